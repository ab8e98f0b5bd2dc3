/* Open addressing with linear steps; hashes are keyed and uniform, so their low
 * bits are the place. 16 bytes a slot, of which three in four are used at most. */
#include "core/store/seen.h"

#include <stdlib.h>
#include <string.h>

#define START 4096

void keep_seen_free(struct keep_seen *s)
{
    free(s->table);
    *s = (struct keep_seen){NULL, 0, 0};
}

void keep_seen_clear(struct keep_seen *s)
{
    if (s->used)
        memset(s->table, 0, s->cap * sizeof *s->table);
    s->used = 0;
}

static struct keep_seen_entry *place(struct keep_seen_entry *table, size_t cap, uint64_t hash)
{
    size_t i = (size_t)hash & (cap - 1);

    while (table[i].hash && table[i].hash != hash)
        i = (i + 1) & (cap - 1);
    return &table[i];
}

struct keep_seen_entry *keep_seen_find(const struct keep_seen *s, uint64_t hash)
{
    struct keep_seen_entry *e = s->cap ? place(s->table, s->cap, hash) : NULL;

    return e && e->hash ? e : NULL;
}

struct keep_seen_entry *keep_seen_add(struct keep_seen *s, uint64_t hash)
{
    struct keep_seen_entry *e;

    if (s->used * 4 >= s->cap * 3) {
        size_t cap = s->cap ? s->cap * 2 : START;
        struct keep_seen_entry *table = calloc(cap, sizeof *table);
        if (!table)
            return NULL;
        for (size_t i = 0; i < s->cap; i++)
            if (s->table[i].hash)
                *place(table, cap, s->table[i].hash) = s->table[i];
        free(s->table);
        s->table = table;
        s->cap = cap;
    }
    e = place(s->table, s->cap, hash);
    s->used += e->hash == 0;
    e->hash = hash;
    return e;
}
