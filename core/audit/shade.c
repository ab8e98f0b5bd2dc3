/* From the highest score down, each case that shows something new takes its
 * accesses and its pairs; one that finds all of its own taken is in the shade. */
#include "core/audit/shade.h"

#include <stdlib.h>

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

/* By whom they are taken already: a case above. */
struct taken {
    const struct keep_shade_accesses *x;
    bool *access, *pair;
};

static bool is_new(const struct taken *t, const struct keep_shade_case *c)
{
    for (size_t i = c->begin; i < c->begin + c->n; i++) {
        uint32_t a = t->x->of[i];
        if (!t->access[a] && !(c->pair && t->pair[t->x->pair[a]]))
            return true;
    }
    return false;
}

static void take(struct taken *t, const struct keep_shade_case *c)
{
    for (size_t i = c->begin; i < c->begin + c->n; i++) {
        uint32_t a = t->x->of[i];
        t->access[a] = true;
        if (t->x->pair[a] != KEEP_SHADE_NONE)
            t->pair[t->x->pair[a]] = true;
    }
}

int keep_shade_find(const struct keep_shade_case *c, size_t n, const struct keep_shade_accesses *x, bool *shaded, struct keep_err *err)
{
    struct taken t = {x, calloc(x->n + 1, sizeof *t.access), calloc(x->pairs + 1, sizeof *t.pair)};
    const struct keep_shade_case **order = calloc(n + 1, sizeof *order);
    bool ok = order && t.access && t.pair;
    for (size_t i = 0; ok && i < n; i++)
        order[i] = &c[i];
    if (ok)
        qsort(order, n, sizeof *order, by_rank);
    for (size_t i = 0; ok && i < n; i++) {
        shaded[order[i] - c] = !is_new(&t, order[i]);
        if (!shaded[order[i] - c])
            take(&t, order[i]);
    }
    free(order);
    free(t.access);
    free(t.pair);
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory while grouping cases");
}
