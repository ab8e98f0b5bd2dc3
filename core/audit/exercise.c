/* Every condition over every event, whole: no rule spares another, nothing is
 * remembered from an event to the next. What comes out is of no interest here,
 * only that it came out, to those who watch the expressions. */
#include "core/audit/passes.h"

struct exercise {
    struct keep_passes p;
    struct keep_bind bind;
};

static int run(struct exercise *x, const struct keep_expr *e, struct keep_err *err)
{
    enum keep_tristate v;
    struct keep_str missing;
    return e ? keep_bind_run(&x->bind, e, &v, &missing, err) : 0;
}

static int over_event(struct exercise *x, struct keep_err *err)
{
    const struct keep_policy *p = x->p.in->policy;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < p->explanations; i++)
        rc = run(x, p->explanation[i].when, err);
    for (size_t i = 0; rc == 0 && i < p->accesses; i++) {
        const struct keep_access *r = &p->access[i];
        rc = run(x, r->when, err);
        if (rc == 0)
            rc = run(x, r->unless, err);
        for (uint32_t s = 0; rc == 0 && s < r->steps; s++)
            rc = run(x, r->step[s].when, err);
    }
    for (size_t i = 0; rc == 0 && i < p->exceptions; i++)
        rc = run(x, p->exception[i].when, err);
    return rc;
}

static int look(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    struct exercise *x = ctx;
    struct keep_bind_event row;
    keep_bind_row(&row, e->batch, e->i);
    keep_bind_set(&x->bind, &row);
    return over_event(x, err);
}

static int tell(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    (void)ctx;
    (void)e;
    (void)err;
    return 0;
}

int keep_audit_exercise(const struct keep_audit_input *in, struct keep_err *err)
{
    struct keep_audit_input alone = *in;
    struct exercise x = {0};
    alone.threads = 1; /* the expressions are bound once */
    int rc = keep_passes_open(&x.p, &alone, err);
    if (rc == 0)
        rc = keep_bind_init(&x.bind, in->policy, in->world, in->zone, x.p.relate[0], err);
    x.p.look = look;
    x.p.tell = tell;
    x.p.ctx = &x;
    if (rc == 0)
        rc = keep_passes_run(&x.p, err);
    keep_bind_done(&x.bind);
    keep_passes_close(&x.p);
    return rc;
}
