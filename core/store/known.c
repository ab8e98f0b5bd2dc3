/* The upper half of a hash says where its search begins, the lowest 16 bits are
 * its mark; slots are looked through one after the other, so the ones a search
 * needs lie beside each other. The table cannot grow by itself, since it does
 * not hold the hashes: it is made anew from the stored ones. */
#include "core/store/known.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

#define START 4096

/* Above 17 of 20 slots used, searches get long. */
#define FULL(used, cap) ((used) * 20 >= (cap) * 17)

size_t keep_known_slots(size_t n)
{
    return n * 2 < START ? START : n * 2;
}

size_t keep_known_least(size_t n)
{
    return n + n / 4 + START;
}

void keep_known_free(struct keep_known *k)
{
    free(k->slot);
    free(k->block);
    *k = (struct keep_known){0};
}

bool keep_known_start(struct keep_known *k, size_t slots)
{
    keep_known_free(k);
    k->slot = calloc(slots, sizeof *k->slot);
    k->cap = k->slot ? slots : 0;
    return k->slot != NULL;
}

bool keep_known_full(const struct keep_known *k)
{
    return FULL(k->used + 1, k->cap);
}

bool keep_known_cut(struct keep_known *k)
{
    if (k->blocks == KEEP_KNOWN_BLOCKS || (k->blocks && k->block[k->blocks - 1].n == 0))
        return true;
    if (!keep_grow(&k->block, &k->room, k->blocks + 1, sizeof *k->block, 16))
        return false;
    k->block[k->blocks++] = (struct keep_known_block){UINT64_MAX, 0, 0};
    return true;
}

struct keep_known_probe keep_known_ask(const struct keep_known *k, uint64_t hash)
{
    uint32_t mark = (uint32_t)hash & 0xffff;

    return (struct keep_known_probe){(size_t)((hash >> 32) * k->cap >> 32), mark ? mark : 1};
}

bool keep_known_add(struct keep_known *k, uint64_t hash, uint64_t first, uint64_t last)
{
    struct keep_known_probe p = keep_known_ask(k, hash);
    struct keep_known_block *b;

    if ((k->blocks == 0 || k->block[k->blocks - 1].n >= KEEP_SEGMENT_EVENTS) && !keep_known_cut(k))
        return false;
    b = &k->block[k->blocks - 1];
    b->first = first < b->first ? first : b->first;
    b->last = last > b->last ? last : b->last;
    b->n++;
    while (k->slot[p.at])
        p.at = p.at + 1 == k->cap ? 0 : p.at + 1;
    k->slot[p.at] = (uint32_t)(k->blocks - 1) << 16 | p.mark;
    k->used++;
    return true;
}

const struct keep_known_block *keep_known_next(const struct keep_known *k, struct keep_known_probe *p)
{
    uint32_t slot;

    while ((slot = k->slot[p->at]) != 0) {
        p->at = p->at + 1 == k->cap ? 0 : p->at + 1;
        if ((slot & 0xffff) == p->mark)
            return &k->block[slot >> 16];
    }
    return NULL;
}
