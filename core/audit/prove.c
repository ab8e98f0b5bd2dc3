/* The proof of one event: the same passes, then every explanation, rule and
 * evidence run over that event alone, in policy order, without short cuts. */
#include "core/audit/passes.h"

struct proof {
    struct keep_passes p;
    struct keep_event_id id;
    bool found;
    enum keep_verdict verdict;
    int (*each)(void *ctx, const struct keep_audit_proof *, struct keep_err *);
    void *ctx;
};

enum { RUNS_MAX = 64 };

static int prove(struct proof *f, const struct keep_events *b, uint32_t i, struct keep_err *err)
{
    const struct keep_policy *p = f->p.in->policy;
    struct keep_window_hit w[RUNS_MAX];
    struct keep_judgement v;
    struct keep_audit_proof out;
    int rc = keep_judge_event(f->p.judge, b, i, &v, err);
    if (rc)
        return rc;
    size_t ws = f->p.window ? keep_window_find(f->p.window, b->source, b->ordinal[i], w, RUNS_MAX) : 0;
    f->verdict = ws ? KEEP_VERDICT_FLAGGED : v.verdict;
    bool about = b->patient[i] < f->p.in->world->patients;
    for (uint32_t e = 0; about && e < p->explanations; e++)
        if ((rc = keep_judge_prove(f->p.judge, false, e, &v, &out, err)) || (rc = f->each(f->ctx, &out, err)))
            return rc;
    for (uint32_t r = 0; r < p->accesses; r++) {
        if (p->access[r].form == KEEP_ACCESS_SINGLE) {
            rc = keep_judge_prove(f->p.judge, true, r, &v, &out, err);
        } else {
            out = (struct keep_audit_proof){.access = true, .index = r, .outcome = KEEP_TRI_NO};
            for (size_t k = 0; k < ws; k++)
                if (w[k].rule == r)
                    out.outcome = KEEP_TRI_YES;
        }
        if (rc || (rc = f->each(f->ctx, &out, err)))
            return rc;
    }
    return 0;
}

static int look(void *ctx, const struct keep_events *b, struct keep_err *err)
{
    struct proof *f = ctx;
    if (b->source != f->id.source || f->found)
        return 0;
    for (uint32_t i = 0; i < b->n; i++) {
        if (b->ordinal[i] != f->id.ordinal || keep_passes_late(&f->p, b, i))
            continue;
        f->found = true;
        return prove(f, b, i, err);
    }
    return 0;
}

int keep_audit_prove(const struct keep_audit_input *in, struct keep_event_id id, enum keep_verdict *verdict,
                     int (*each)(void *ctx, const struct keep_audit_proof *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct proof f = {.id = id, .each = each, .ctx = ctx};
    int rc = keep_passes_open(&f.p, in, err);
    if (!rc)
        rc = keep_passes_run(&f.p, look, &f, err);
    keep_passes_close(&f.p);
    if (rc)
        return rc;
    if (!f.found)
        return 1;
    *verdict = f.verdict;
    return 0;
}
