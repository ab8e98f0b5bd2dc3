/* What asks something of all expressions of a rule asks here, so that a clause
 * the language learns is forgotten by nobody. */
#include "core/retention/ruleparts.h"

struct walk {
    void (*each)(void *ctx, const struct keep_expr *e);
    void *ctx;
};

static void tell(const struct walk *w, const struct keep_expr *e)
{
    if (e)
        w->each(w->ctx, e);
}

static void tell_periods(const struct walk *w, const struct keep_keep *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tell(w, k[i].after);
        tell(w, k[i].only_if);
        tell_periods(w, k[i].cap, k[i].caps);
    }
}

void keep_ruleparts_each(const struct keep_retention *r, void (*each)(void *ctx, const struct keep_expr *e), void *ctx)
{
    const struct walk w = {each, ctx};
    tell(&w, r->when);
    tell_periods(&w, r->keep, r->keeps);
    tell_periods(&w, r->destroy, r->destroys);
    for (size_t k = 0; k < r->gates; k++)
        tell(&w, r->gate[k].only_if);
    for (size_t k = 0; k < r->earlies; k++)
        tell(&w, r->early[k].from.after);
    for (size_t k = 0; k < r->pauses; k++) {
        tell(&w, r->pause[k].only_while);
        tell(&w, r->pause[k].from);
        tell(&w, r->pause[k].to);
        tell(&w, r->pause[k].only_if);
    }
}
