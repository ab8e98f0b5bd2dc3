/* From the highest score down, each case that shows something new takes its
 * accesses and its pairs; one that finds all of its own taken is in the shade. */
#include "core/audit/shade.h"

#include <stdlib.h>

#include "core/audit/u64map.h"

static int by_rank(const void *a, const void *b)
{
    const struct keep_shade_case *x = *(const struct keep_shade_case *const *)a, *y = *(const struct keep_shade_case *const *)b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x > y) - (x < y); /* as they stand in the array */
}

static uint64_t event_key(const struct keep_shade_hit *h)
{
    return (uint64_t)h->source << 40 ^ h->ordinal;
}

struct taken {
    struct keep_u64map event, pair;
};

static bool is_new(const struct taken *t, const struct keep_shade_case *c, const struct keep_shade_hit *hit)
{
    for (size_t i = c->begin; i < c->begin + c->n; i++) {
        if (keep_u64map_get(&t->event, event_key(&hit[i])) != KEEP_U64MAP_NONE)
            continue;
        if (!c->pair || keep_u64map_get(&t->pair, keep_u64map_pair(hit[i].subject, hit[i].patient)) == KEEP_U64MAP_NONE)
            return true;
    }
    return false;
}

static int take(struct taken *t, const struct keep_shade_case *c, const struct keep_shade_hit *hit)
{
    for (size_t i = c->begin; i < c->begin + c->n; i++) {
        uint32_t *event = keep_u64map_put(&t->event, event_key(&hit[i]));
        if (!event)
            return -1;
        *event = 1;
        uint32_t *pair = keep_u64map_put(&t->pair, keep_u64map_pair(hit[i].subject, hit[i].patient));
        if (!pair)
            return -1;
        *pair = 1;
    }
    return 0;
}

int keep_shade_find(const struct keep_shade_case *c, size_t n, const struct keep_shade_hit *hit, bool *shaded, struct keep_err *err)
{
    struct taken t = {KEEP_U64MAP_INIT, KEEP_U64MAP_INIT};
    const struct keep_shade_case **order = calloc(n + 1, sizeof *order);
    size_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits += c[i].n;
    bool ok = order && keep_u64map_reserve(&t.event, hits) == 0;
    for (size_t i = 0; ok && i < n; i++)
        order[i] = &c[i];
    if (ok)
        qsort(order, n, sizeof *order, by_rank);
    for (size_t i = 0; ok && i < n; i++) {
        shaded[order[i] - c] = !is_new(&t, order[i], hit);
        ok = shaded[order[i] - c] || take(&t, order[i], hit) == 0;
    }
    free(order);
    keep_u64map_free(&t.event);
    keep_u64map_free(&t.pair);
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory while grouping cases");
}
