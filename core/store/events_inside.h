/* The writer of the access log: shared by events.c (taking events, commits) and
 * settle.c (joining what small imports left). */
#ifndef CORE_STORE_EVENTS_INSIDE_H
#define CORE_STORE_EVENTS_INSIDE_H

#include "core/store/events.h"
#include "core/store/repeat.h"

#define KEEP_EVENTS_PARTS 4096 /* small segments of one bucket before it is written in whole anyway */
#define KEEP_EVENTS_CLOSINGS 2 /* full sheets in a crew's hands at once: one is pressed, one waits to be written */

struct keep_events_bucket {
    int64_t period;
    keep_time from, to; /* [from, to) of the period */
    uint8_t *key;       /* of the period, in secret memory */
    struct keep_known known;       /* its events */
    struct keep_repeat_span *span; /* its stored segments, while known is loaded */
    size_t spans, span_room;
    uint64_t turn; /* of the writer's, when it was used last */
    struct keep_logsheet *sheet;
    uint32_t stored;    /* events of the sheet that stand in small segments */
    uint32_t hashed;    /* and that are in the run's hash */
    uint32_t run_n;     /* events since the last flush, full segments included */
    uint64_t run_first, run_last;
    struct keep_hash_stream *run; /* over their canonical forms */
    int64_t part[KEEP_EVENTS_PARTS]; /* the small segments of the sheet, or of the one that is being closed */
    size_t parts;
    struct keep_events_closing *closing; /* of its last full sheet; NULL when that is written */
};

/* A full sheet on its way into a segment: pressed and hashed by the crew, at once where two are free, written by the owner. Until
 * then the bucket's run and key are the crew's, and nobody writes to the sheet. */
struct keep_events_closing {
    struct keep_crew_job pressing, hashing;
    struct keep_events_bucket *of; /* NULL: none is under way */
    struct keep_logsheet *sheet; /* an empty one between */
    struct keep_logsheet_press press;
    uint32_t hashed;
    int rc;
    struct keep_err err;
};

struct keep_events_writer {
    struct keep_store *s;
    const struct keep_seal_keys *keys;
    struct keep_crew *crew;
    struct keep_events_closing closing[KEEP_EVENTS_CLOSINGS];
    size_t turn; /* the closing that began first, or is free */
    uint32_t source;
    struct keep_repeat repeat;
    uint64_t next; /* ordinal */
    struct keep_events_bucket **bucket, *last;
    size_t buckets, held;
    uint32_t loose; /* events that stand in no segment */
    struct keep_buf form, plain;
};

/* The 64-bit keyed hash of form; never 0. */
uint64_t keep_events_inside_hash(const struct keep_events_writer *w, const struct keep_buf *form);
/* Begins to write all of a bucket's events as one segment in place of its small ones; the bucket is empty then. */
int keep_events_inside_whole(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err);
/* Writes the sheets that are being closed, in the order in which they began: segments have the same order with any crew. */
int keep_events_inside_land(struct keep_events_writer *w, struct keep_err *err);

#endif
