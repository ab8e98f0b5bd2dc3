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

static int add(struct keep_terms *t, struct keep_term_rule *r, const struct keep_expr *e, bool negated, size_t patients)
{
    uint32_t grains = keep_expr_grains(e);
    struct keep_term *m = &t->term[t->n++];
    *m = (struct keep_term){.e = e, .negated = negated};
    m->event_only = grains == 1u << KEEP_GRAIN_event;
    m->patient_only = grains == 1u << KEEP_GRAIN_patient;
    if (m->event_only && !(m->by_class = calloc(KEEP_TERMS_CLASSES, 1)))
        return -1;
    if (m->patient_only && !(m->by_patient = calloc(patients + 1, 1)))
        return -1;
    r->n++;
    r->by_event |= m->event_only;
    r->needs_patient |= (grains >> KEEP_GRAIN_patient & 1) != 0;
    if (reads(e, KEEP_FIELD_event_exposure))
        r->opened_only = false;
    return 0;
}

static int add_rule(struct keep_terms *t, struct keep_term_rule *r, const struct keep_expr *when, const struct keep_expr *unless, size_t patients)
{
    const struct keep_expr *part[KEEP_TERMS_PER_RULE];
    size_t room = KEEP_TERMS_PER_RULE - 1; /* one is kept for unless */
    size_t n = when ? keep_expr_conjuncts(when, part, room) : 0;
    if (n > room) {
        part[0] = when;
        n = 1;
    }
    r->begin = (uint32_t)t->n;
    for (size_t i = 0; i < n; i++)
        if (add(t, r, part[i], false, patients))
            return -1;
    return unless ? add(t, r, unless, true, patients) : 0;
}

int keep_terms_new(struct keep_terms *t, const struct keep_policy *p, size_t patients, struct keep_err *err)
{
    *t = (struct keep_terms){0};
    t->term = calloc((p->accesses + p->explanations) * KEEP_TERMS_PER_RULE + 1, sizeof *t->term);
    t->access = calloc(p->accesses + 1, sizeof *t->access);
    t->explanation = calloc(p->explanations + 1, sizeof *t->explanation);
    if (!t->term || !t->access || !t->explanation)
        goto fail;
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_access *a = &p->access[i];
        t->access[i] = (struct keep_term_rule){
            .opened_only = true, .unless_expected = a->unless_expected, .evidence = a->evidence, .single = a->form == KEEP_ACCESS_SINGLE};
        if (add_rule(t, &t->access[i], a->when, a->unless, patients))
            goto fail;
    }
    for (size_t i = 0; i < p->explanations; i++)
        if (add_rule(t, &t->explanation[i], p->explanation[i].when, NULL, patients))
            goto fail;
    return 0;
fail:
    keep_terms_free(t);
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while preparing the policy");
}

void keep_terms_free(struct keep_terms *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->term[i].by_class);
        free(t->term[i].by_patient);
    }
    free(t->term);
    free(t->access);
    free(t->explanation);
    *t = (struct keep_terms){0};
}
