/* Linear probing at a load of at most one half; growing doubles. Nothing is
 * ever removed. */
#include "core/audit/u64map.h"

#include <stdlib.h>

enum { FIRST_CAP = 64 };

void keep_u64map_free(struct keep_u64map *m)
{
    free(m->slot);
    *m = (struct keep_u64map)KEEP_U64MAP_INIT;
}

static struct keep_u64map_slot *find(struct keep_u64map_slot *slot, size_t cap, uint64_t key)
{
    size_t i = (size_t)keep_u64map_mix(key) & (cap - 1);
    while (slot[i].value != KEEP_U64MAP_NONE && slot[i].key != key)
        i = (i + 1) & (cap - 1);
    return &slot[i];
}

uint32_t keep_u64map_get(const struct keep_u64map *m, uint64_t key)
{
    return m->cap ? find(m->slot, m->cap, key)->value : KEEP_U64MAP_NONE;
}

static int grow(struct keep_u64map *m, size_t cap)
{
    struct keep_u64map_slot *slot = calloc(cap, sizeof *slot);
    if (!slot)
        return -1;
    for (size_t i = 0; i < cap; i++)
        slot[i].value = KEEP_U64MAP_NONE;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slot[i].value != KEEP_U64MAP_NONE)
            *find(slot, cap, m->slot[i].key) = m->slot[i];
    free(m->slot);
    m->slot = slot;
    m->cap = cap;
    return 0;
}

int keep_u64map_reserve(struct keep_u64map *m, size_t n)
{
    size_t cap = m->cap ? m->cap : FIRST_CAP;
    while (cap / 2 < n && cap <= SIZE_MAX / 2 / sizeof *m->slot)
        cap *= 2;
    return cap > m->cap ? grow(m, cap) : 0;
}

uint32_t *keep_u64map_put(struct keep_u64map *m, uint64_t key)
{
    if (m->n >= m->cap / 2 && grow(m, m->cap ? m->cap * 2 : FIRST_CAP))
        return NULL;
    struct keep_u64map_slot *s = find(m->slot, m->cap, key);
    if (s->value == KEEP_U64MAP_NONE) {
        s->key = key;
        m->n++;
    }
    return &s->value;
}
