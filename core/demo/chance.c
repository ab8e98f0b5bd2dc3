/* The generators' constants are their authors'; below() rejects what would make
 * small numbers likelier (Lemire's bound, done with a 64-bit product). */
#include "core/demo/chance.h"

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

void keep_chance_init(struct keep_chance *c, uint64_t seed, uint64_t stream)
{
    uint64_t from = stream, x;
    x = seed ^ splitmix(&from);
    for (int i = 0; i < 4; i++)
        c->s[i] = splitmix(&x);
}

static uint64_t rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t keep_chance_next(struct keep_chance *c)
{
    uint64_t *s = c->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

uint32_t keep_chance_below(struct keep_chance *c, uint32_t n)
{
    uint64_t product;
    uint32_t least = n ? -n % n : 0;
    do
        product = (keep_chance_next(c) >> 32) * n;
    while ((uint32_t)product < least);
    return (uint32_t)(product >> 32);
}

int32_t keep_chance_range(struct keep_chance *c, int32_t lo, int32_t hi)
{
    return hi < lo ? lo : (int32_t)(lo + (int64_t)keep_chance_below(c, (uint32_t)((int64_t)hi - lo + 1)));
}

bool keep_chance_per_mille(struct keep_chance *c, uint32_t n)
{
    return keep_chance_below(c, 1000) < n;
}

uint32_t keep_chance_weighted(struct keep_chance *c, const uint8_t *weight, uint32_t n)
{
    uint32_t total = 0, i = 0;
    for (uint32_t k = 0; k < n; k++)
        total += weight[k];
    uint32_t at = keep_chance_below(c, total);
    while (i + 1 < n && at >= weight[i])
        at -= weight[i++];
    return i;
}

uint32_t keep_chance_scramble(uint64_t seed, uint32_t v)
{
    uint64_t x = seed;
    uint32_t a = (uint32_t)splitmix(&x), b = (uint32_t)splitmix(&x);
    v ^= a; /* each step can be undone: xor, odd product, xor-shift, addition */
    v *= UINT32_C(0x9E3779B1);
    v ^= v >> 16;
    v += b;
    v *= UINT32_C(0x85EBCA6B);
    return v ^ v >> 13;
}
