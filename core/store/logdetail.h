/* What a log says of an event beyond columns (ids, names, reasons, raw bytes):
 * one blob a segment, sealed under the key of its period. Inside core/store only. */
#ifndef CORE_STORE_LOGDETAIL_H
#define CORE_STORE_LOGDETAIL_H

#include "core/crypto/hash.h"
#include "core/model/rows.h"
#include "core/store/seal.h"
#include "core/store/segment.h"
#include "core/stream/squeeze.h"

/* A log period is a calendar month in UTC, numbered year * 100 + month; its key's owner is source << 32 | period. */
#define KEEP_LOGDETAIL_OWNER(source, period) ((uint64_t)(source) << 32 | (uint32_t)(period))

#define KEEP_LOGDETAIL_EVENT_MAX ((size_t)1 << 20)   /* of one event: a log line, not a file */
#define KEEP_LOGDETAIL_SEGMENT_MAX ((size_t)1 << 22) /* a segment is closed beyond it: bounds what opening one event must unpack, and what months under way hold */

/* Whose segment it is: what the seal is bound to. */
struct keep_logdetail_place {
    uint32_t source;
    int64_t period;
    uint64_t first, last; /* ordinals */
};

/* One event's detail as bytes, and in parts. reason {NULL,0}: the log has no such field. */
struct keep_logdetail {
    struct keep_str native_id, account_name, query, reason, raw;
};
void keep_logdetail_put(struct keep_buf *b, const struct keep_row_event *e);
int keep_logdetail_get(struct keep_logdetail *out, struct keep_str detail, struct keep_err *err);

/* n details: number i ends at end[i] of text, the first begins at start. */
struct keep_logdetail_span {
    struct keep_str text;
    uint32_t start, n;
    const uint32_t *end;
};
/* Room for sealing, kept from one segment to the next: fresh memory for each costs more than the sealing. Zeroed before the first use. */
struct keep_logdetail_room {
    struct keep_buf plain, frame;
};
void keep_logdetail_room_free(struct keep_logdetail_room *room);
/* Compresses and seals them. Appends to out. */
int keep_logdetail_seal(struct keep_squeeze *z, const struct keep_logdetail_span *details, const struct keep_logdetail_place *at, const uint8_t key[32],
                        struct keep_logdetail_room *room, struct keep_buf *out, struct keep_err *err);
/* Opens them into plain (cleared first), which the walk below reads. */
int keep_logdetail_open(struct keep_squeeze *z, struct keep_str sealed, const struct keep_logdetail_place *at, const uint8_t key[32], struct keep_buf *plain, struct keep_err *err);

struct keep_logdetail_walk {
    struct keep_str lengths, rest;
};
/* A walk over n opened details. */
int keep_logdetail_start(struct keep_logdetail_walk *w, const struct keep_buf *plain, uint32_t n, struct keep_err *err);
int keep_logdetail_next(struct keep_logdetail_walk *w, struct keep_str *detail, struct keep_err *err);

/* Adds the canonical form of event i, the data of a run's leaf: the same from any segment that it ever stands in. */
void keep_logdetail_canon(struct keep_hash_stream *h, const struct keep_segment *c, uint32_t i, uint64_t hash, struct keep_str detail);

#endif
