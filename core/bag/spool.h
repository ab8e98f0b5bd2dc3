/* Bytes put by until their length is known: an unlinked file in the output
 * folder, so that what a package lists does not have to fit in memory. For open
 * or sealed bytes only, never for anything in clear that identifies. */
#ifndef CORE_BAG_SPOOL_H
#define CORE_BAG_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct keep_spool;
int keep_spool_new(struct keep_spool **out, int dirfd, struct keep_err *err);
int keep_spool_add(struct keep_spool *s, const void *p, size_t n, struct keep_err *err);
uint64_t keep_spool_size(const struct keep_spool *s);
/* Hands all of it to write, in order; more may be added afterwards. */
typedef int (*keep_spool_write)(void *ctx, const void *p, size_t n, struct keep_err *err);
int keep_spool_replay(struct keep_spool *s, keep_spool_write write, void *ctx, struct keep_err *err);
void keep_spool_free(struct keep_spool *s); /* NULL allowed */

#endif
