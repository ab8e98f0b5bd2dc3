/* The files of a tar archive that is read as a stream (ustar, pax, GNU, old V7;
 * compressed ones through keep_input). An archive is somebody else's: names are
 * labels only and never paths, and what is no file (folders, links, devices)
 * is passed over, since it holds no bytes. For our own packages, which must be
 * canonical, see tar.h. */
#ifndef CORE_STREAM_UNPACK_H
#define CORE_STREAM_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/stream/input.h"

#define KEEP_UNPACK_BLOCK 512 /* bytes that keep_unpack_is needs to tell */

/* Is the first block of a file the header of a tar member, by its own checksum (POSIX.1-1988)? */
bool keep_unpack_is(const void *p, size_t n);

struct keep_unpack;
/* in stays the caller's, and outlives it. name: of the archive, for messages. */
int keep_unpack_open(struct keep_unpack **out, struct keep_input *in, const char *name, struct keep_err *err);
/* The next file: 1, 0 at the archive's end, <0; damaged or cut off: KEEP_E_INPUT. *label (printable, valid UTF-8) and *member live until the
 * next call. A member that is itself compressed is given decompressed. */
int keep_unpack_next(struct keep_unpack *u, const char **label, struct keep_input **member, struct keep_err *err);
/* Everything that stands in it, as it stands there: 1, 0 at the end, <0. Not to be mixed with _next. */
enum keep_unpack_kind { KEEP_UNPACK_FILE, KEEP_UNPACK_FOLDER, KEEP_UNPACK_LINK, KEEP_UNPACK_OTHER };
struct keep_unpack_item {
    const char *name; /* the bytes of it, not to be trusted; until the next call */
    enum keep_unpack_kind kind;
    uint64_t size;
};
int keep_unpack_item(struct keep_unpack *u, struct keep_unpack_item *out, struct keep_err *err);
int keep_unpack_bytes(struct keep_unpack *u, const void **p, size_t *n, struct keep_err *err); /* of the item: 1, 0 its end */
void keep_unpack_close(struct keep_unpack *u); /* NULL allowed */

#endif
