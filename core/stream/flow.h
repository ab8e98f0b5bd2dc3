/* zstd (RFC 8878) as a stream of one frame, either way: bytes go in, bytes come
 * out through write in pieces, and at no time more than a window is held. */
#ifndef CORE_STREAM_FLOW_H
#define CORE_STREAM_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

typedef int (*keep_flow_write)(void *ctx, const void *p, size_t n, struct keep_err *err); /* 0 or <0, forwarded */

struct keep_flow;
/* Packs exactly size bytes into a frame that states their number and ends with a checksum. */
int keep_flow_pack(struct keep_flow **out, int level, uint64_t size, keep_flow_write write, void *ctx, struct keep_err *err);
/* Unpacks one frame of at most limit bytes. A second frame, bytes behind the end, a window of more than 8 MiB or anything malformed: KEEP_E_INTEGRITY. */
int keep_flow_unpack(struct keep_flow **out, uint64_t limit, keep_flow_write write, void *ctx, struct keep_err *err);
int keep_flow_add(struct keep_flow *f, const void *p, size_t n, struct keep_err *err);
/* The end of the input: what is left comes out; KEEP_E_INTEGRITY when a frame to unpack is not at its end. */
int keep_flow_finish(struct keep_flow *f, struct keep_err *err);
void keep_flow_free(struct keep_flow *f); /* wipes; NULL allowed */

#endif
