/* Pass one notes each pair's first access and how full each stretch of time is
 * for the rules that count; pass two, only where a window could reach its limit,
 * collects what counts. Judging comes after both, since a first access may lie
 * anywhere in the log. */
#include "core/audit/passes.h"

int keep_passes_run(struct keep_passes *p, int (*each)(void *ctx, const struct keep_events *batch, struct keep_err *err), void *ctx, struct keep_err *err)
{
    const struct keep_audit_input *in = p->in;
    struct keep_events batch;
    int rc = in->scan->rewind(in->scan->ctx, err);
    while (!rc && (rc = in->scan->next(in->scan->ctx, &batch, err)) == 1) {
        rc = each(ctx, &batch, err);
        p->seen += batch.n;
        if (!rc && in->progress && in->progress(in->progress_ctx, p->seen, in->total_events * (p->window ? 3 : 2)))
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    }
    return rc;
}

static int note(void *ctx, const struct keep_events *b, struct keep_err *err)
{
    struct keep_passes *p = ctx;
    struct keep_idle *idle = keep_relate_idle(p->relate);
    for (uint32_t i = 0; i < b->n; i++) {
        if (keep_passes_late(p, b, i))
            continue;
        int rc = idle ? keep_idle_note(idle, b->account[i], b->time[i], err) : 0;
        if (rc)
            return rc;
        if (b->exposure[i] == KEEP_EXPOSURE_OPENED && b->patient[i] != KEEP_ID_NONE) {
            uint32_t who = keep_judge_subject(p->judge, b, i);
            if (!(who & KEEP_BIND_BY_ACCOUNT))
                keep_relate_access(p->relate, who, b->patient[i], b->time[i]);
        }
        rc = p->window ? keep_window_note(p->window, p->judge, b, i, err) : 0;
        if (rc)
            return rc;
    }
    return 0;
}

static int collect(void *ctx, const struct keep_events *b, struct keep_err *err)
{
    struct keep_passes *p = ctx;
    int rc = 0;
    for (uint32_t i = 0; i < b->n && !rc; i++)
        if (!keep_passes_late(p, b, i))
            rc = keep_window_collect(p->window, p->judge, b, i, err);
    return rc;
}

/* What of the policy's expressions asks for more than relations. */
static int ask(void *ctx, const struct keep_read *r)
{
    uint32_t *what = ctx;
    if (!r->call && r->id == KEEP_FIELD_user_idle_days)
        *what |= KEEP_RELATE_WANT_IDLE;
    if (r->call && r->id == KEEP_CALL_department_ties)
        *what |= KEEP_RELATE_WANT_EDGES;
    return 0;
}

static uint32_t wanted(const struct keep_policy *p)
{
    uint32_t what = 0;
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_expr *part[] = {p->access[i].when, p->access[i].unless};
        for (size_t k = 0; k < sizeof part / sizeof *part; k++)
            if (part[k])
                keep_expr_reads(part[k], ask, &what);
        for (uint32_t k = 0; k < p->access[i].steps; k++)
            keep_expr_reads(p->access[i].step[k].when, ask, &what);
    }
    for (size_t i = 0; i < p->explanations; i++)
        keep_expr_reads(p->explanation[i].when, ask, &what);
    return what;
}

int keep_passes_open(struct keep_passes *p, const struct keep_audit_input *in, struct keep_err *err)
{
    *p = (struct keep_passes){.in = in, .as_of = in->as_of != KEEP_TIME_NONE ? in->as_of : in->world->newest};
    int rc = keep_relate_new(&p->relate, in->world, err);
    if (!rc)
        rc = keep_relate_want(p->relate, wanted(in->policy), err);
    if (!rc)
        rc = keep_judge_new(&p->judge, in->policy, in->world, in->zone, p->relate, err);
    if (!rc)
        rc = keep_window_new(&p->window, in->policy, &(struct keep_window_frame){in->zone, in->total_events, p->as_of}, err);
    if (!rc)
        rc = keep_passes_run(p, note, p, err);
    if (!rc && p->window && keep_window_wanted(p->window)) {
        rc = keep_passes_run(p, collect, p, err);
        if (!rc)
            rc = keep_window_resolve(p->window, err);
        keep_judge_recount(p->judge);
    }
    if (rc)
        keep_passes_close(p);
    return rc;
}

void keep_passes_close(struct keep_passes *p)
{
    keep_window_free(p->window);
    keep_judge_free(p->judge);
    keep_relate_free(p->relate);
    *p = (struct keep_passes){0};
}
