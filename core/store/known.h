/* Which events of one source and month the keep holds, in five to eight bytes an
 * event: for each a mark of 16 bits of its hash and the number of its block. A
 * hash without a mark is not there; one with a mark may be, in that block, and
 * is looked up there (core/store/repeat.h). A few in ten thousand are looked up in
 * vain. Pure memory, knows no database. Inside core/store only. */
#ifndef CORE_STORE_KNOWN_H
#define CORE_STORE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/store/segment.h"

#define KEEP_KNOWN_BLOCKS 65536 /* a thousand million events of a month; the last block takes what comes after */

/* Up to a segment's events that came one after the other: between which ordinals they stand. */
struct keep_known_block {
    uint64_t first, last;
    uint32_t n;
};

struct keep_known {
    uint32_t *slot; /* NULL: not loaded. Open addressing: block << 16 | mark, 0 is free */
    size_t cap, used;
    struct keep_known_block *block;
    size_t blocks, room;
};

/* Room for so many events and more; what was known is forgotten. False when out of memory. */
bool keep_known_start(struct keep_known *k, size_t slots);
void keep_known_free(struct keep_known *k);
/* Slots for n events with room to grow, and the least that n events do with. */
size_t keep_known_slots(size_t n);
size_t keep_known_least(size_t n);
/* No more events go in: time to begin anew with more slots. */
bool keep_known_full(const struct keep_known *k);
/* Events that follow stand in a block of their own. False when out of memory. */
bool keep_known_cut(struct keep_known *k);
/* Adds an event to one that is not full; ordinals ascend within a block, and last is the block's last so far. False when out of memory. */
bool keep_known_add(struct keep_known *k, uint64_t hash, uint64_t first, uint64_t last);

/* The blocks that may hold a hash, one after the other; NULL at the end. */
struct keep_known_probe {
    size_t at;
    uint32_t mark;
};
struct keep_known_probe keep_known_ask(const struct keep_known *k, uint64_t hash);
const struct keep_known_block *keep_known_next(const struct keep_known *k, struct keep_known_probe *p);

#endif
