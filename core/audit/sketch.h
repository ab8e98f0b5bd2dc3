/* How often each of very many keys came in each of many stretches of time, never
 * less than the truth, in one table of bytes whose memory is fixed. Where keys are
 * few and numbered, each has a cell a stretch, and those of one stretch stand
 * beside each other: a log comes in order of time. Else it is a count-min sketch
 * of two rows. The sum of two is the sketch of both logs, whatever the order: a
 * log can be noted in parts. */
#ifndef CORE_AUDIT_SKETCH_H
#define CORE_AUDIT_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEEP_SKETCH_FULL 255 /* stands for itself and all above */
#define KEEP_SKETCH_BESIDE 4 /* stretches before one, and behind it, that have cells of their own at least */

struct keep_sketch {
    uint8_t *cell;
    size_t cells;
    uint32_t keys;      /* numbered from 0; 0: keys are hashes */
    uint32_t stretches; /* a power of two: so many have cells of their own, of numbered keys; those further apart share them */
    bool any;           /* something was added; else no cell was touched */
};

/* bits: 4 to 31, of about so many cells. keys: how many, where they are numbered, else 0. -1: out of memory. */
int keep_sketch_init(struct keep_sketch *s, unsigned bits, uint32_t keys);
void keep_sketch_done(struct keep_sketch *s);
/* The fullest cell. */
uint32_t keep_sketch_most(const struct keep_sketch *s);
/* Adds what another of the same size has noted. */
void keep_sketch_merge(struct keep_sketch *into, const struct keep_sketch *from);
/* Of numbered keys: sets flag[key] where a stretch and so many behind it, up to KEEP_SKETCH_BESIDE, could hold so many together. */
void keep_sketch_reach(const struct keep_sketch *s, uint32_t beside, uint32_t need, uint8_t *flag);

/* SplitMix64's finalizer (Steele, Lea, Flood 2014): each half of the result is a row's place. */
static inline uint64_t keep_sketch_hash(uint64_t key)
{
    uint64_t x = key + UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* The cell of a numbered key. */
static inline uint8_t *keep_sketch_cell(const struct keep_sketch *s, uint64_t key, uint32_t stretch)
{
    return &s->cell[(size_t)(stretch & (s->stretches - 1)) * s->keys + key];
}

/* One more of a key, or its hash. */
static inline void keep_sketch_add(struct keep_sketch *s, uint64_t key, uint32_t stretch)
{
    size_t mask = s->cells - 1;
    uint8_t *a = s->keys ? keep_sketch_cell(s, key, stretch) : &s->cell[((uint32_t)(key >> 32) + stretch) & mask];
    uint8_t *b = s->keys ? a : &s->cell[((uint32_t)key + stretch) & mask];
    s->any = true;
    *a += *a < KEEP_SKETCH_FULL;
    if (b != a)
        *b += *b < KEEP_SKETCH_FULL;
}
/* How many there are at most. */
static inline uint32_t keep_sketch_get(const struct keep_sketch *s, uint64_t key, uint32_t stretch)
{
    if (s->keys)
        return *keep_sketch_cell(s, key, stretch);
    size_t mask = s->cells - 1;
    uint8_t a = s->cell[((uint32_t)(key >> 32) + stretch) & mask], b = s->cell[((uint32_t)key + stretch) & mask];
    return a < b ? a : b;
}

#endif
