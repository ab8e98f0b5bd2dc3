/* The proof of one event: the same passes over the whole log, and where the event
 * is met every explanation, rule and evidence run over it alone, in policy order,
 * without short cuts. What counting rules say is known when all is judged. */
#include <stdlib.h>

#include "core/audit/passes.h"

struct proof {
    struct keep_passes p;
    struct keep_event_id id;
    struct keep_audit_proof *list; /* explanations, when there is a patient, then rules */
    size_t n;
    bool found;                    /* written by the one thread that judges the event, read when all are done */
    enum keep_verdict verdict;
};

static bool is_it(const struct proof *f, const struct keep_passes_event *e)
{
    return e->batch->source == f->id.source && e->batch->ordinal[e->i] == f->id.ordinal;
}

static int look(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    struct proof *f = ctx;
    const struct keep_policy *p = f->p.in->policy;
    int rc = 0;
    if (!is_it(f, e))
        return 0;
    f->n = 0;
    bool about = e->batch->patient[e->i] < f->p.in->world->patients;
    for (uint32_t x = 0; about && x < p->explanations && !rc; x++)
        rc = keep_judge_prove(f->p.judge[e->member], false, x, e->v, &f->list[f->n++], err);
    for (uint32_t r = 0; r < p->accesses && !rc; r++) {
        struct keep_audit_proof *out = &f->list[f->n++];
        rc = keep_judge_prove(f->p.judge[e->member], true, r, e->v, out, err);
        if (p->access[r].form != KEEP_ACCESS_SINGLE) /* fires for several events or not at all; whether this one is excepted it says alone */
            *out = (struct keep_audit_proof){.access = true, .index = r, .outcome = KEEP_TRI_NO, .exception = out->exception};
    }
    return rc;
}

static int tell(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    struct proof *f = ctx;
    (void)err;
    if (!is_it(f, e))
        return 0;
    f->found = true;
    f->verdict = e->v->verdict;
    for (size_t k = 0; k < e->runs; k++)
        for (size_t i = 0; i < f->n; i++)
            if (f->list[i].access && f->list[i].index == e->run[k].rule)
                f->list[i].outcome = KEEP_TRI_YES;
    return 0;
}

int keep_audit_prove(const struct keep_audit_input *in, struct keep_event_id id, enum keep_verdict *verdict,
                     int (*each)(void *ctx, const struct keep_audit_proof *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct proof f = {.id = id};
    int rc = keep_passes_open(&f.p, in, err);
    f.p.tell = tell;
    f.p.look = look;
    f.p.ctx = &f;
    if (!rc && !(f.list = calloc(in->policy->explanations + in->policy->accesses + 1, sizeof *f.list)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (!rc)
        rc = keep_passes_run(&f.p, err);
    for (size_t i = 0; f.found && i < f.n && !rc; i++)
        rc = each(ctx, &f.list[i], err);
    keep_passes_close(&f.p);
    free(f.list);
    if (rc)
        return rc;
    if (!f.found)
        return 1;
    *verdict = f.verdict;
    return 0;
}
