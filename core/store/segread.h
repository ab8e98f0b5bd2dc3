/* Reading a log segment (layout: segment.h) a batch of 1,024 events at a time:
 * what is decoded stays in the nearest cache until it is used, and columns that
 * nobody asks for are not decoded. Pure codec. */
#ifndef CORE_STORE_SEGREAD_H
#define CORE_STORE_SEGREAD_H

#include "core/store/segment.h"

#define KEEP_SEGREAD_BATCH 1024 /* a block of the layout */

struct keep_segread_batch {
    uint32_t n;
    uint64_t ordinal[KEEP_SEGREAD_BATCH];
    keep_time time[KEEP_SEGREAD_BATCH];
    uint32_t account[KEEP_SEGREAD_BATCH], patient[KEEP_SEGREAD_BATCH], place[KEEP_SEGREAD_BATCH], unit[KEEP_SEGREAD_BATCH];
    uint8_t action[KEEP_SEGREAD_BATCH], exposure[KEEP_SEGREAD_BATCH], outcome[KEEP_SEGREAD_BATCH], purpose[KEEP_SEGREAD_BATCH];
    uint8_t break_glass[KEEP_SEGREAD_BATCH], searched[KEEP_SEGREAD_BATCH];
    int16_t reason[KEEP_SEGREAD_BATCH];
};

/* Columns to decode, or-ed. */
enum {
    KEEP_SEGREAD_TIME = 1 << 1,
    KEEP_SEGREAD_ACCOUNT = 1 << 2,
    KEEP_SEGREAD_PATIENT = 1 << 3,
    KEEP_SEGREAD_ALL = (1 << KEEP_SEGMENT_COLUMNS) - 1,
};

struct keep_segread {
    uint32_t n, from, at;  /* events; the first of the batch at hand; the first of the next */
    keep_time first, time; /* of the first event; of the last event decoded */
    struct keep_segread_column {
        const uint8_t *p;
        int64_t base;
        uint64_t limit, scale; /* the largest distance */
        unsigned width;
        bool steps;
    } column[KEEP_SEGMENT_COLUMNS];
    struct keep_segment_bounds top;
    uint32_t less;         /* subtracted from places and units; 0 once opened. 1 makes them term ids, KEEP_ID_NONE for none */
};

/* The blob must stay where it is while it is read. KEEP_E_INTEGRITY unless its length is exact and every column's range
 * within its vocabulary. */
int keep_segread_open(struct keep_segread *r, const void *blob, size_t size, struct keep_err *err);
/* The next events in order, the columns asked for: 1, 0 end, KEEP_E_INTEGRITY for a value above the largest stated. Time,
 * where it is wanted of one batch, must be asked for in every one before it. */
int keep_segread_next(struct keep_segread *r, unsigned columns, struct keep_segread_batch *out, struct keep_err *err);
/* Further columns of the batch at hand; not time. */
int keep_segread_more(const struct keep_segread *r, unsigned columns, struct keep_segread_batch *out, struct keep_err *err);

#endif
