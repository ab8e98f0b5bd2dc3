/* Ordinals of a batch mostly run without a gap, and so do batches: what runs on is
 * one place. */
#include "core/audit/places.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

enum { BLOCK = 1024 }; /* events to which one number leads */

static int place_add(struct keep_places *p, struct keep_places_run v)
{
    if (!keep_grow(&p->place, &p->room, p->n + 1, sizeof *p->place, 256))
        return -1;
    p->place[p->n++] = v;
    return 0;
}

int keep_places_note(struct keep_places *p, const struct keep_events *batch)
{
    struct keep_places_run v = {(uint32_t)batch->from, batch->n, batch->source, batch->n ? batch->ordinal[0] : 0, NULL};
    for (uint32_t i = 1; i < batch->n && !v.each; i++)
        if (batch->ordinal[i] != v.ordinal + i) {
            if (!(v.each = malloc(batch->n * sizeof *v.each)))
                return -1;
            memcpy(v.each, batch->ordinal, batch->n * sizeof *v.each);
        }
    if (batch->n && place_add(p, v)) {
        free(v.each);
        return -1;
    }
    return 0;
}

static int by_from(const void *a, const void *b)
{
    const struct keep_places_run *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Batches whose ordinals run on without a gap become one place; how many are left. */
static size_t merge_places(struct keep_places_run *v, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        struct keep_places_run *last = out ? &v[out - 1] : NULL;
        if (last && !last->each && !v[i].each && v[i].source == last->source && v[i].from == last->from + last->n && v[i].ordinal == last->ordinal + last->n)
            last->n += v[i].n;
        else
            v[out++] = v[i];
    }
    return out;
}

int keep_places_join(struct keep_places *p, struct keep_places *const *others, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < others[k]->n; i++) {
            if (place_add(p, others[k]->place[i]))
                return -1;
            others[k]->place[i].each = NULL;
        }
        keep_places_forget(others[k]);
    }
    if (p->n)
        qsort(p->place, p->n, sizeof *p->place, by_from);
    p->n = merge_places(p->place, p->n);
    uint64_t end = p->n ? (uint64_t)p->place[p->n - 1].from + p->place[p->n - 1].n : 0;
    free(p->block);
    if (!(p->block = calloc((size_t)(end / BLOCK) + 1, sizeof *p->block)))
        return -1;
    for (size_t i = 0, b = 0; i < p->n; i++)
        for (; b * BLOCK < (uint64_t)p->place[i].from + p->place[i].n; b++)
            p->block[b] = (uint32_t)i;
    return 0;
}

struct keep_event_id keep_places_id(const struct keep_places *p, uint32_t at)
{
    const struct keep_places_run *v = &p->place[p->block[at / BLOCK]];
    while (at - v->from >= v->n)
        v++;
    return (struct keep_event_id){v->source, v->each ? v->each[at - v->from] : v->ordinal + (at - v->from)};
}

void keep_places_forget(struct keep_places *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->place[i].each);
    free(p->place);
    free(p->block);
    *p = (struct keep_places){0};
}
