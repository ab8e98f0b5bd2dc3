/* A hash map from 64-bit keys to 32-bit numbers, open addressing: the index
 * behind pairs, departments, cases and window runs. The order of its
 * slots means nothing: whoever walks them may only ask whether any will do. */
#ifndef CORE_AUDIT_U64MAP_H
#define CORE_AUDIT_U64MAP_H

#include <stddef.h>
#include <stdint.h>

#define KEEP_U64MAP_NONE UINT32_MAX

struct keep_u64map {
    struct keep_u64map_slot {
        uint64_t key;
        uint32_t value; /* NONE: free */
    } *slot;
    size_t cap, n; /* cap: 0 or a power of two */
};

#define KEEP_U64MAP_INIT {NULL, 0, 0}

void keep_u64map_free(struct keep_u64map *m); /* the struct is reusable */

/* Room for n keys in all, taken at once. -1: out of memory. */
int keep_u64map_reserve(struct keep_u64map *m, size_t n);

/* The value under key, KEEP_U64MAP_NONE when there is none. */
uint32_t keep_u64map_get(const struct keep_u64map *m, uint64_t key);

/* The value's place, made with value NONE when new: the caller fills it before the next call. NULL: out of memory. */
uint32_t *keep_u64map_put(struct keep_u64map *m, uint64_t key);

/* Two indices as one key. */
static inline uint64_t keep_u64map_pair(uint32_t a, uint32_t b)
{
    return (uint64_t)a << 32 | b;
}

/* A finalizer that spreads neighbouring keys over the table (xor, multiply, xor). */
static inline uint64_t keep_u64map_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9E3779B97F4A7C15);
    x ^= x >> 29;
    return x;
}

#endif
