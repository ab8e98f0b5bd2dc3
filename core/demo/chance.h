/* Chance that is the same on every machine: xoshiro256** (Blackman and Vigna,
 * 2018) seeded through splitmix64, and integer arithmetic only. Not for secrets. */
#ifndef CORE_DEMO_CHANCE_H
#define CORE_DEMO_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct keep_chance {
    uint64_t s[4];
};

/* The stream of this number under a seed: streams are independent, so that one part of the hospital can change without moving another. */
void keep_chance_init(struct keep_chance *c, uint64_t seed, uint64_t stream);
uint64_t keep_chance_next(struct keep_chance *c);
uint32_t keep_chance_below(struct keep_chance *c, uint32_t n);        /* 0..n-1, without bias; n = 0 gives 0 */
int32_t keep_chance_range(struct keep_chance *c, int32_t lo, int32_t hi); /* both included; lo when hi < lo */
bool keep_chance_per_mille(struct keep_chance *c, uint32_t n);        /* true n times in a thousand */
uint32_t keep_chance_weighted(struct keep_chance *c, const uint8_t *weight, uint32_t n); /* an index by its weight; not all may be 0 */

/* A one-to-one shuffling of the 32-bit numbers that depends on the seed: ids that look random and never meet. */
uint32_t keep_chance_scramble(uint64_t seed, uint32_t v);

#endif
