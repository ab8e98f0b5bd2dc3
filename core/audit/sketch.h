/* How often each of very many keys came, never less than the truth: a count-min
 * sketch of two rows in one table of bytes. Its memory is fixed, whatever the
 * number of keys, and the sum of two is the sketch of both logs, whatever the
 * order: a log can be noted in parts. */
#ifndef CORE_AUDIT_SKETCH_H
#define CORE_AUDIT_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#define KEEP_SKETCH_FULL 255 /* stands for itself and all above */

struct keep_sketch {
    uint8_t *cell; /* 1 << bits */
    unsigned bits;
};

int keep_sketch_init(struct keep_sketch *s, unsigned bits); /* bits: 4 to 31; -1: out of memory */
void keep_sketch_done(struct keep_sketch *s);
/* The fullest cell. */
uint32_t keep_sketch_most(const struct keep_sketch *s);
/* Adds what another of the same bits has noted. */
void keep_sketch_merge(struct keep_sketch *into, const struct keep_sketch *from);

/* SplitMix64's finalizer (Steele, Lea, Flood 2014): each half of the result is a row's place. */
static inline uint64_t keep_sketch_hash(uint64_t key)
{
    uint64_t x = key + UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* One more of (hash, more). Neighbours in `more` stand beside each other: who counts by time touches the same lines of the cache for a while. */
void keep_sketch_add(struct keep_sketch *s, uint64_t hash, uint32_t more);
/* Has both cells brought nearer. */
static inline void keep_sketch_fetch(const struct keep_sketch *s, uint64_t hash, uint32_t more)
{
    uint32_t mask = (UINT32_C(1) << s->bits) - 1;
    __builtin_prefetch(&s->cell[((uint32_t)(hash >> 32) + more) & mask]);
    __builtin_prefetch(&s->cell[((uint32_t)hash + more) & mask]);
}
/* How many there are at most by the first row alone. */
static inline uint32_t keep_sketch_row(const struct keep_sketch *s, uint64_t hash, uint32_t more)
{
    return s->cell[((uint32_t)(hash >> 32) + more) & ((UINT32_C(1) << s->bits) - 1)];
}
/* How many there are at most. */
static inline uint32_t keep_sketch_get(const struct keep_sketch *s, uint64_t hash, uint32_t more)
{
    uint32_t mask = (UINT32_C(1) << s->bits) - 1;
    uint8_t a = s->cell[((uint32_t)(hash >> 32) + more) & mask], b = s->cell[((uint32_t)hash + more) & mask];
    return a < b ? a : b;
}

#endif
