/* A sheet: the events of one log segment in the making, and the press that makes
 * the segment's bytes of it. Neither knows the database, so that a press can
 * work in a thread of its own. Inside core/store only. */
#ifndef CORE_STORE_LOGSHEET_H
#define CORE_STORE_LOGSHEET_H

#include "core/store/logdetail.h"

/* An event with its references resolved to ids as segments hold them. */
struct keep_events_ids {
    uint32_t account, patient, place, unit;
};

struct keep_logsheet {
    struct keep_segment c;
    uint64_t hash[KEEP_SEGMENT_EVENTS];
    uint32_t end[KEEP_SEGMENT_EVENTS]; /* of each detail in detail */
    struct keep_buf detail;
};
struct keep_logsheet *keep_logsheet_new(void); /* empty; NULL if out of memory */
void keep_logsheet_free(struct keep_logsheet *s); /* NULL allowed */
void keep_logsheet_clear(struct keep_logsheet *s);
bool keep_logsheet_full(const struct keep_logsheet *s);
/* Adds an event to a sheet that is not full. */
int keep_logsheet_add(struct keep_logsheet *s, const struct keep_row_event *e, const struct keep_events_ids *ids, uint64_t ordinal, uint64_t hash, struct keep_err *err);
/* Puts the events of more behind those of s: 0, or 1 when both together are more than a segment. */
int keep_logsheet_join(struct keep_logsheet *s, const struct keep_logsheet *more, struct keep_err *err);
/* Adds the canonical forms of events from.. to a run's hash. */
void keep_logsheet_hash(const struct keep_logsheet *s, uint32_t from, struct keep_hash_stream *run);

/* What becomes of a sheet, and what is needed to make it. */
struct keep_logsheet_press {
    struct keep_squeeze *z;
    struct keep_logdetail_room room;
    struct keep_buf columns, hashes, sealed;
    struct keep_logdetail_place at;
    keep_time oldest, newest;
};
int keep_logsheet_press_init(struct keep_logsheet_press *p, struct keep_err *err); /* done must be called also when it fails */
void keep_logsheet_press_done(struct keep_logsheet_press *p);
/* Packs, compresses and seals events from.. of s into p; source and period stand in p->at. */
int keep_logsheet_press(struct keep_logsheet_press *p, const struct keep_logsheet *s, uint32_t from, const uint8_t key[32], struct keep_err *err);

#endif
