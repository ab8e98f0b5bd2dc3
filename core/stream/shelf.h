/* The files of a folder, or of a tar (as it is, gzip or zstd), one after another
 * and as somebody else made them: with every name as it stands, and with what is no
 * file (a link, a device) told and not followed. */
#ifndef CORE_STREAM_SHELF_H
#define CORE_STREAM_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/stream/unpack.h"

#define KEEP_SHELF_DEPTH 64        /* folders in folders */
#define KEEP_SHELF_MAX 16000000u   /* items: their names alone are a gigabyte by then */

struct keep_shelf;
/* KEEP_E_INPUT: neither a folder nor a tar. */
int keep_shelf_open(struct keep_shelf **out, const char *path, struct keep_err *err);
void keep_shelf_close(struct keep_shelf *s); /* NULL allowed */
bool keep_shelf_folder(const struct keep_shelf *s); /* whether it is one */
/* The next item: 1, 0 the end, <0. A folder's come in the order of their bytes, named below it; a tar's as they stand. */
int keep_shelf_next(struct keep_shelf *s, struct keep_unpack_item *out, struct keep_err *err);
int keep_shelf_read(struct keep_shelf *s, const void **p, size_t *n, struct keep_err *err); /* of the item: 1 bytes until the next call, 0 its end */

#endif
