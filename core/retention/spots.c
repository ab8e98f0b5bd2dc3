/* Open addressing, at most two thirds full; slots hold a place + 1, keys stand in
 * the order of the places. */
#include "core/retention/spots.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/grow.h"

struct keep_spots {
    uint32_t *slot;
    size_t mask;
    uint32_t (*key)[4];
    size_t n, cap;
};

static size_t mix(const uint32_t k[4])
{
    uint64_t h = ((uint64_t)k[0] << 32 | k[1]) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= ((uint64_t)k[2] << 32 | k[3]) * UINT64_C(0xc2b2ae3d27d4eb4f);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(h ^ h >> 32);
}

struct keep_spots *keep_spots_new(void)
{
    struct keep_spots *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->mask = 1023;
    s->slot = calloc(s->mask + 1, sizeof *s->slot);
    if (!s->slot) {
        keep_spots_free(s);
        return NULL;
    }
    return s;
}

void keep_spots_free(struct keep_spots *s)
{
    if (!s)
        return;
    free(s->slot);
    free(s->key);
    free(s);
}

static uint32_t *find(const struct keep_spots *s, const uint32_t key[4])
{
    size_t i = mix(key) & s->mask;
    while (s->slot[i] && memcmp(s->key[s->slot[i] - 1], key, sizeof *s->key) != 0)
        i = (i + 1) & s->mask;
    return &s->slot[i];
}

static int grow(struct keep_spots *s)
{
    if (!keep_grow(&s->key, &s->cap, s->n + 1, sizeof *s->key, 512))
        return KEEP_E_NOMEM;
    if ((s->n + 1) * 3 < (s->mask + 1) * 2)
        return 0;
    uint32_t *old = s->slot, *more = s->n < UINT32_MAX / 4 ? calloc((s->mask + 1) * 2, sizeof *more) : NULL;
    if (!more)
        return KEEP_E_NOMEM;
    s->slot = more;
    s->mask = s->mask * 2 + 1;
    for (size_t i = 0; i < s->n; i++)
        *find(s, s->key[i]) = (uint32_t)i + 1;
    free(old);
    return 0;
}

int keep_spots_at(struct keep_spots *s, const uint32_t key[4], size_t *at)
{
    uint32_t *slot = find(s, key);
    if (*slot) {
        *at = *slot - 1;
        return 0;
    }
    int rc = grow(s);
    if (rc)
        return rc;
    slot = find(s, key);
    memcpy(s->key[s->n], key, sizeof *s->key);
    *at = s->n++;
    *slot = (uint32_t)s->n;
    return 1;
}
