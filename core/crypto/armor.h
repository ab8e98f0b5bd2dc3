/* age's armor (C2SP age.md, "ASCII armor"): RFC 7468's strict form of PEM with the
 * label AGE ENCRYPTED FILE, streaming both ways. */
#ifndef CORE_CRYPTO_ARMOR_H
#define CORE_CRYPTO_ARMOR_H

#include <stddef.h>

#include "core/base/err.h"

typedef int (*keep_armor_write)(void *ctx, const void *p, size_t n, struct keep_err *err);

/* Bytes go in, text comes out. */
struct keep_armor_out;
int keep_armor_out_new(struct keep_armor_out **out, keep_armor_write write, void *ctx, struct keep_err *err);
int keep_armor_out_add(struct keep_armor_out *o, const void *p, size_t n, struct keep_err *err);
int keep_armor_out_finish(struct keep_armor_out *o, struct keep_err *err);
void keep_armor_out_free(struct keep_armor_out *o); /* NULL allowed */

/* Text goes in, bytes come out a line at a time. White space before and behind is let pass, LF and CR LF end lines; anything else that is not canonical:
 * KEEP_E_INTEGRITY. */
struct keep_armor_in;
int keep_armor_in_new(struct keep_armor_in **out, keep_armor_write write, void *ctx, struct keep_err *err);
int keep_armor_in_add(struct keep_armor_in *i, const void *p, size_t n, struct keep_err *err);
int keep_armor_in_finish(struct keep_armor_in *i, struct keep_err *err);
void keep_armor_in_free(struct keep_armor_in *i); /* NULL allowed */

#endif
