/* The bytes of one input file in pieces and in lines. What was read to tell
 * the format (the head) is given once more, so that a pipe can be sniffed. */
#ifndef CORE_INGEST_FEED_H
#define CORE_INGEST_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/ingest/ingest.h"

#define KEEP_FEED_LINE ((size_t)64 << 20) /* bytes of one NDJSON line: far above a note with a scan inside it, far below a host's memory */

struct keep_feed {
    const struct keep_ingest *p;
    struct keep_buf head;    /* bytes read ahead, given first */
    bool head_given, ended;
    struct keep_str piece;   /* what is left of the current piece */
    struct keep_buf carry;   /* the part of a line that a piece's end cut off */
    bool in_long;            /* pieces of a too long line were given, its end was not */
    uint64_t line, offset;   /* of the next byte that keep_feed_line gives */
};

void keep_feed_init(struct keep_feed *f, const struct keep_ingest *p);
void keep_feed_done(struct keep_feed *f);
/* Reads one more piece into the head: 1 grown, 0 at the end, <0. */
int keep_feed_ahead(struct keep_feed *f, struct keep_err *err);
/* The next piece, valid until the next call: 1, 0 end, <0. Calls progress. */
int keep_feed_piece(struct keep_feed *f, struct keep_str *out, struct keep_err *err);

struct keep_feed_line {
    struct keep_str bytes; /* without its line end; valid until the next call */
    uint64_t line, offset;
};
/* 1 a line, 2 a piece of KEEP_FEED_LINE bytes or the last piece of a line longer than that, 0 end, <0. Not to be mixed with keep_feed_piece. */
int keep_feed_line(struct keep_feed *f, struct keep_feed_line *out, struct keep_err *err);
/* Everything that is left, appended to out; more than limit bytes: KEEP_E_LIMIT. */
int keep_feed_rest(struct keep_feed *f, struct keep_buf *out, size_t limit, struct keep_err *err);

#endif
