/* Runs, of what was collected: sorted by (rule, key, time, event), two hands move
 * over what is counted, and sequence.c looks for chains in the rest. */
#include "core/audit/window_inside.h"

#include <stdlib.h>

#include "core/audit/sequence.h"

static int order(const void *a, const void *b)
{
    const struct keep_window_item *x = a, *y = b;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Over the items [begin, end) of one rule and key. seen: how many of each value stand in the window; peak: of each run. */
static void slide(struct keep_window_item *it, size_t begin, size_t end, const struct keep_access *a, uint32_t *seen, uint32_t *run, uint64_t *peak)
{
    size_t tail = begin, filled = begin; /* filled: items before it have their run, or never will */
    uint64_t distinct = 0;
    bool any = false;
    for (size_t i = begin; i < end; i++) {
        distinct += seen[it[i].what]++ == 0;
        while (it[i].time - it[tail].time > a->within)
            distinct -= --seen[it[tail++].what] == 0;
        uint64_t n = keep_window_tells_apart(a) ? distinct : i - tail + 1;
        if (n < (uint64_t)a->limit)
            continue;
        if (!any || tail >= filled)
            ++*run;
        any = true;
        for (size_t k = tail > filled ? tail : filled; k <= i; k++)
            it[k].run = *run - 1;
        peak[*run - 1] = n > peak[*run - 1] ? n : peak[*run - 1];
        filled = i + 1;
    }
    for (; tail < end; tail++)
        seen[it[tail].what]--;
}

/* Numbers the values told apart from 0 without gaps, so that a window's tally is an array. */
static int number_values(struct keep_window *w, uint32_t *n)
{
    struct keep_u64map of = KEEP_U64MAP_INIT;
    *n = 0;
    for (size_t i = 0; i < w->items; i++) {
        if (!keep_window_tells_apart(w->counter[w->item[i].rule].a))
            continue;
        uint32_t *at = keep_u64map_put(&of, w->item[i].what);
        if (!at) {
            keep_u64map_free(&of);
            return -1;
        }
        if (*at == KEEP_U64MAP_NONE)
            *at = (*n)++;
        w->item[i].what = *at;
    }
    keep_u64map_free(&of);
    return 0;
}

static uint64_t event_key(uint32_t source, uint64_t ordinal)
{
    return (uint64_t)source << 40 ^ ordinal; /* not unique beyond 2^40 events of a source: found items are compared */
}

/* The items [begin, end) of one rule and key. */
static int runs_of(struct keep_window *w, size_t begin, size_t end, uint32_t *seen, uint32_t *run)
{
    const struct keep_access *a = w->counter[w->item[begin].rule].a;
    if (!a->steps) {
        slide(w->item, begin, end, a, seen, run, w->peak);
        return 0;
    }
    int rc = keep_sequence_run(a, w->as_of, w->item + begin, end - begin, run);
    for (size_t i = begin; i < end; i++)
        if (w->item[i].run != KEEP_U64MAP_NONE)
            w->peak[w->item[i].run]++;
    return rc;
}

/* Chains of what was found, by event. Backwards, so that they go in policy order. */
static int index_events(struct keep_window *w)
{
    for (size_t i = w->items; i-- > 0;) {
        struct keep_window_item *it = &w->item[i];
        if (it->run == KEEP_U64MAP_NONE)
            continue;
        uint32_t *at = keep_u64map_put(&w->found, event_key(it->source, it->ordinal));
        if (!at)
            return -1;
        it->next = *at;
        *at = (uint32_t)i;
    }
    return 0;
}

int keep_window_resolve(struct keep_window *w, struct keep_err *err)
{
    uint32_t values, run = 0, *seen = NULL;
    int rc = number_values(w, &values);
    if (!rc && (!(seen = calloc((size_t)values + 1, sizeof *seen)) || !(w->peak = calloc(w->items + 1, sizeof *w->peak))))
        rc = -1;
    if (!rc && w->items)
        qsort(w->item, w->items, sizeof *w->item, order);
    for (size_t begin = 0, end; !rc && begin < w->items; begin = end) {
        for (end = begin; end < w->items && w->item[end].rule == w->item[begin].rule && w->item[end].key == w->item[begin].key; end++)
            ;
        rc = runs_of(w, begin, end, seen, &run);
    }
    free(seen);
    if (!rc)
        rc = index_events(w);
    return rc ? keep_window_no_memory(err) : 0;
}

size_t keep_window_find(const struct keep_window *w, uint32_t source, uint64_t ordinal, struct keep_window_hit *out, size_t max)
{
    size_t n = 0;
    if (!w->found.n)
        return 0;
    uint32_t i = keep_u64map_get(&w->found, event_key(source, ordinal));
    for (; i != KEEP_U64MAP_NONE && n < max; i = w->item[i].next)
        if (w->item[i].source == source && w->item[i].ordinal == ordinal)
            out[n++] = (struct keep_window_hit){w->counter[w->item[i].rule].rule, w->item[i].run, w->peak[w->item[i].run]};
    return n;
}
