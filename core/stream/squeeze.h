/* zstd (RFC 8878) over whole buffers and over streams. */
#ifndef CORE_STREAM_SQUEEZE_H
#define CORE_STREAM_SQUEEZE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct keep_squeeze; /* a reusable context, one per thread */
int keep_squeeze_new(struct keep_squeeze **out, int level, struct keep_err *err);
void keep_squeeze_free(struct keep_squeeze *s);
/* From now on frames of small texts refer to the phrases that ship with the program (core/stream/phrases.h), and such frames are read: a third of the room and
 * a quarter of the time for a FHIR resource of a kilobyte. Stock zstd cannot unpack them: not for what leaves a keep. */
int keep_squeeze_phrases(struct keep_squeeze *s, struct keep_err *err);
/* One frame with content size, and checksum but where it refers to phrases, appended to out. */
int keep_squeeze_pack(struct keep_squeeze *s, const void *p, size_t n, struct keep_buf *out, struct keep_err *err);
/* Appends at most limit bytes; a frame that holds more, or is malformed: KEEP_E_INTEGRITY. */
int keep_squeeze_unpack(struct keep_squeeze *s, const void *p, size_t n, size_t limit, struct keep_buf *out, struct keep_err *err);

#endif
