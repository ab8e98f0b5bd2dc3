/* Splitting `when` at its top-level && is exact in three-valued logic: false
 * wins over unknown in any order. Which fields a rule reads is read off the
 * compiled tree. */
#include "core/audit/terms.h"

#include <stdlib.h>

#include "core/policy/expr.h"

/* Does the expression read this field anywhere? */
static bool reads(const struct keep_expr *e, enum keep_field f)
{
    if (!e)
        return false;
    if (e->op == KEEP_OP_FIELD)
        return e->id == f;
    for (uint32_t i = 0; i < e->n; i++)
        if (reads(e->arg[i], f))
            return true;
    return false;
}

static int add(struct keep_terms *t, struct keep_term_rule *r, const struct keep_expr *e, bool negated)
{
    uint32_t grains = keep_expr_grains(e);
    struct keep_term *m = &t->term[t->n++];
    *m = (struct keep_term){.e = e, .negated = negated};
    m->asks = keep_relask_of(e, m->ask);
    m->event_only = grains == 1u << KEEP_GRAIN_event;
    if (m->event_only && !(m->by_class = calloc(KEEP_TERMS_CLASSES, 1)))
        return -1;
    r->n++;
    r->by_event |= m->event_only;
    r->needs_patient |= (grains >> KEEP_GRAIN_patient & 1) != 0;
    if (reads(e, KEEP_FIELD_event_exposure))
        r->opened_only = false;
    return 0;
}

static int add_parts(struct keep_terms *t, struct keep_term_rule *r, const struct keep_expr *e)
{
    const struct keep_expr *part[KEEP_TERMS_PER_RULE];
    size_t room = KEEP_TERMS_PER_RULE - 2 - r->n; /* two are kept: for a step's own condition, and for unless */
    size_t n = e ? keep_expr_conjuncts(e, part, room) : 0;
    if (n > room) {
        part[0] = e;
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        if (add(t, r, part[i], false))
            return -1;
    return 0;
}

static int add_access(struct keep_terms *t, uint32_t rule, const struct keep_access *a)
{
    struct keep_term_rule *r = &t->access[rule];
    *r = (struct keep_term_rule){.begin = (uint32_t)t->n, .number = t->rules++, .opened_only = true, .unless_expected = a->unless_expected, .evidence = a->evidence,
                                 .single = a->form == KEEP_ACCESS_SINGLE, .excepted = a->exceptions > 0, .of = rule};
    return add_parts(t, r, a->when) || (a->unless && add(t, r, a->unless, true));
}

/* What must happen does so under the rule's own conditions; what must not is told by itself, whatever its exposure. */
static int add_step(struct keep_terms *t, uint32_t rule, const struct keep_access *a, const struct keep_step *s)
{
    struct keep_term_rule *r = &t->access[t->units++];
    *r = (struct keep_term_rule){.begin = (uint32_t)t->n, .number = t->rules++, .opened_only = !s->none, .unless_expected = a->unless_expected && !s->none,
                                 .excepted = a->exceptions > 0 && !s->none, .of = rule};
    if ((!s->none && add_parts(t, r, a->when)) || add_parts(t, r, s->when))
        return -1;
    if (s->none)
        r->opened_only = false;
    return !s->none && a->unless ? add(t, r, a->unless, true) : 0;
}

int keep_terms_new(struct keep_terms *t, const struct keep_policy *p, struct keep_err *err)
{
    size_t steps = 0;
    for (size_t i = 0; i < p->accesses; i++)
        steps += p->access[i].steps;
    *t = (struct keep_terms){.units = p->accesses};
    t->term = calloc((p->accesses + steps + p->explanations) * KEEP_TERMS_PER_RULE + 1, sizeof *t->term);
    t->access = calloc(p->accesses + steps + 1, sizeof *t->access);
    t->explanation = calloc(p->explanations + 1, sizeof *t->explanation);
    if (!t->term || !t->access || !t->explanation)
        goto fail;
    for (uint32_t i = 0; i < p->accesses; i++)
        if (add_access(t, i, &p->access[i]))
            goto fail;
    for (uint32_t i = 0; i < p->accesses; i++)
        for (uint32_t k = 0; k < p->access[i].steps; k++)
            if (add_step(t, i, &p->access[i], &p->access[i].step[k]))
                goto fail;
    for (uint32_t i = 0; i < p->explanations; i++) {
        t->explanation[i] = (struct keep_term_rule){.begin = (uint32_t)t->n, .number = t->rules++, .opened_only = true, .of = i};
        if (add_parts(t, &t->explanation[i], p->explanation[i].when))
            goto fail;
    }
    return 0;
fail:
    keep_terms_free(t);
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while preparing the policy");
}

void keep_terms_free(struct keep_terms *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->term[i].by_class);
    }
    free(t->term);
    free(t->access);
    free(t->explanation);
    *t = (struct keep_terms){0};
}
