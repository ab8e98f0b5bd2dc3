/* A Bloom filter in lines: a hash chooses a line of 512 bits, which is one line
 * of the cache, and five bits in it. What comes in is mixed once more (the end of
 * MurmurHash3), so that numbers in a row do as well as hashes. */
#include "core/store/sieve.h"

#include <stdlib.h>
#include <string.h>

#define LINES 16384
#define WORDS 8
#define BITS 5

struct keep_sieve {
    uint64_t line[LINES][WORDS];
};

int keep_sieve_new(struct keep_sieve **out, struct keep_err *err)
{
    struct keep_sieve *s = calloc(1, sizeof *s);

    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *out = s;
    return 0;
}

void keep_sieve_free(struct keep_sieve *s)
{
    free(s);
}

/* The line of a hash, and its bits there as a mask. */
static size_t place(uint64_t hash, uint64_t mask[WORDS])
{
    uint64_t h = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;

    memset(mask, 0, WORDS * sizeof *mask);
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    h ^= h >> 33;
    for (uint64_t bits = h >> 14, i = 0; i < BITS; i++, bits >>= 9)
        mask[bits >> 6 & (WORDS - 1)] |= (uint64_t)1 << (bits & 63);
    return (size_t)(h & (LINES - 1));
}

void keep_sieve_add(struct keep_sieve *s, uint64_t hash)
{
    uint64_t mask[WORDS], *line = s->line[place(hash, mask)];

    for (int i = 0; i < WORDS; i++)
        line[i] |= mask[i];
}

bool keep_sieve_may(const struct keep_sieve *s, uint64_t hash)
{
    uint64_t mask[WORDS], missing = 0;
    const uint64_t *line = s->line[place(hash, mask)];

    for (int i = 0; i < WORDS; i++)
        missing |= mask[i] & ~line[i];
    return missing == 0;
}
