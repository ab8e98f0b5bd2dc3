/* Events that the keep holds already, told from new ones, in bounded memory
 * however many there are. Inside core/store only: a part of events.c's writer. */
#ifndef CORE_STORE_REPEAT_H
#define CORE_STORE_REPEAT_H

#include "core/store/inside.h"
#include "core/store/known.h"

#define KEEP_REPEAT_SLOTS ((size_t)24 << 20) /* of all open months together, 4 bytes each: 96 MiB */
#define KEEP_REPEAT_CACHED 48                /* segments whose hashes are in memory, a third of a MiB each */
#define KEEP_REPEAT_COUNTS 1024              /* rows of which a file had several, remembered */

struct keep_repeat_segment; /* hashes of one, in repeat.c */

struct keep_repeat {
    size_t slots;                                           /* KEEP_REPEAT_SLOTS; tests have fewer */
    uint64_t turn;                                          /* counts uses, to know what was used last */
    struct keep_repeat_segment *cached[KEEP_REPEAT_CACHED]; /* filled from the front */
    struct keep_segment *room;                              /* to unpack one */
    uint64_t file_first;                                    /* events from this ordinal on came with the file that is being read */
    uint8_t **met;                                          /* a bit for each earlier one that this file repeated, in pages by ordinal */
    size_t pages;
    struct {
        uint64_t hash;
        uint32_t n;
    } count[KEEP_REPEAT_COUNTS];
};

/* A stored segment of a month. */
struct keep_repeat_span {
    int64_t id;
    uint64_t first, last;
};

struct keep_events_ids;
struct keep_events_writer;
struct keep_events_bucket;

void keep_repeat_done(struct keep_repeat *r);
/* A new file begins; the next event has this ordinal. */
void keep_repeat_file(struct keep_repeat *r, uint64_t next);
/* 1: the event is in the keep; 0: it is new, *hash is the one to store. By content, of which a file may hold several alike. */
int keep_repeat_find(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t *hash, struct keep_err *err);
/* By the hash of the source's own id; 2: the id is there, of another event: one more than a minute away (exports are written to the second, or to the minute),
 * or of another account or patient. Some logs count anew each day, or on each server, and some write a line for each patient of one answer under one id. */
int keep_repeat_find_id(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t hash, keep_time at, const struct keep_events_ids *ids, struct keep_err *err);
/* The event that was new now stands at the end of the bucket's sheet. */
int keep_repeat_note(struct keep_events_bucket *b, struct keep_err *err);
/* A segment of the bucket was written, or dropped. */
int keep_repeat_written(struct keep_events_bucket *b, int64_t id, uint64_t first, uint64_t last, struct keep_err *err);
void keep_repeat_dropped(struct keep_events_bucket *b, int64_t id);

#endif
