/* From the uppermost down, each case that shows something new takes its
 * accesses and its pairs; one that finds all of its own taken is in the shade. */
#include "core/audit/shade.h"

#include <stdlib.h>

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
    bool ok = t.access && t.pair;
    for (size_t i = 0; ok && i < n; i++) {
        shaded[i] = !is_new(&t, &c[i]);
        if (!shaded[i])
            take(&t, &c[i]);
    }
    free(t.access);
    free(t.pair);
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory while grouping cases");
}
