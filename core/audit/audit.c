/* The run: every event gathered and judged (passes.c), hits into cases of the
 * thread that judged them (cases.c), those joined, worded and ranked. Nothing
 * depends on who judged what, or in which order. */
#include "core/audit/audit.h"

#include <stdlib.h>

#include "core/audit/cases.h"
#include "core/audit/passes.h"

struct member {
    struct keep_cases *cases;
    uint64_t verdicts[KEEP_VERDICT_COUNT];
    uint64_t *in_runs; /* events, by access rule */
};

struct run {
    struct keep_passes p;
    struct member member[KEEP_AUDIT_THREADS];
    uint32_t *verdict; /* of each place in the pass, when each is wanted: rule + 1, and the verdict in the low bits; 0: after the as-of time */
    uint64_t verdicts;
};

enum { VERDICT_BITS = 3 };
_Static_assert(KEEP_VERDICT_COUNT < 1 << VERDICT_BITS, "a verdict and one more fit");

/* An event's cases: one for each rule that fired, each run it is in, or the unexplained pair. */
static int hits(struct run *r, const struct keep_passes_event *e, struct keep_err *err)
{
    struct member *m = &r->member[e->member];
    const struct keep_judgement *v = e->v;
    struct keep_judge *j = r->p.judge[e->member];
    struct keep_cases_hit hit = {.event = e, .evidence = keep_judge_weigh(j, e->evidence)};
    int rc = 0;
    for (uint32_t k = 0; k < v->fired_n && !rc; k++) {
        hit.rule = v->fired[k];
        rc = keep_cases_add(m->cases, j, &hit, err);
    }
    for (size_t k = 0; k < e->runs && !rc; k++) {
        m->in_runs[e->run[k].rule]++;
        hit.rule = e->run[k].rule;
        hit.run = &e->run[k];
        rc = keep_cases_add(m->cases, j, &hit, err);
    }
    if (!v->fired_n && !e->runs && !rc) {
        hit.rule = KEEP_CASES_NO_RULE;
        rc = keep_cases_add(m->cases, j, &hit, err);
    }
    return rc;
}

/* The rule or explanation that a list of events names: the first in policy order. */
static int reason(const struct keep_passes_event *e)
{
    const struct keep_judgement *v = e->v;
    if (!v->fired_n && !e->runs)
        return v->verdict == KEEP_VERDICT_EXPECTED ? v->explanation : -1;
    if (!e->runs || (v->fired_n && v->fired[0] < e->run[0].rule))
        return (int)v->fired[0];
    return (int)e->run[0].rule;
}

static int tell(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    struct run *r = ctx;
    r->member[e->member].verdicts[e->v->verdict]++;
    if (r->verdict && e->at < r->verdicts)
        r->verdict[e->at] = (uint32_t)(reason(e) + 1) << VERDICT_BITS | ((uint32_t)e->v->verdict + 1);
    return e->v->verdict >= KEEP_VERDICT_UNEXPLAINED ? hits(r, e, err) : 0;
}

/* Every event's verdict in the order of the log. */
static int list_verdicts(struct run *r, struct keep_err *err)
{
    const struct keep_audit_input *in = r->p.in;
    struct keep_events b;
    uint64_t at = 0;
    int rc = in->scan->rewind(in->scan->ctx, err);
    while (!rc && (rc = in->scan->next(in->scan->ctx, &b, err)) == 1) {
        rc = 0;
        for (uint32_t i = 0; i < b.n && !rc && at < r->verdicts; i++, at++) {
            uint32_t v = r->verdict[at];
            if (v)
                rc = in->verdict(in->verdict_ctx, &b, i, (enum keep_verdict)((v & ((1u << VERDICT_BITS) - 1)) - 1), (int)(v >> VERDICT_BITS) - 1, err);
        }
    }
    return rc;
}

static int count_events(const struct keep_audit_input *in, uint64_t *n, struct keep_err *err)
{
    struct keep_events b;
    int rc = in->scan->rewind(in->scan->ctx, err);
    *n = 0;
    while (!rc && (rc = in->scan->next(in->scan->ctx, &b, err)) == 1) {
        *n += b.n;
        rc = 0;
    }
    return rc;
}

static int members_open(struct run *r, struct keep_err *err)
{
    const struct keep_audit_input *in = r->p.in;
    int rc = 0;
    for (unsigned i = 0; i < r->p.members && !rc; i++) {
        rc = keep_cases_new(&r->member[i].cases, in->policy, in->world, r->p.judge[i], err);
        if (!rc && !(r->member[i].in_runs = calloc(in->policy->accesses + 1, sizeof *r->member[i].in_runs)))
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    if (rc || !in->verdict)
        return rc;
    if ((rc = count_events(in, &r->verdicts, err)) == 0 && !(r->verdict = calloc((size_t)r->verdicts + 1, sizeof *r->verdict)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return rc;
}

/* The members' cases and counts as one. */
static int members_join(struct run *r, struct keep_arena *a, struct keep_audit_result *made, struct keep_audit_rule_count *access,
                        struct keep_audit_rule_count *explanation, struct keep_err *err)
{
    int rc = 0;
    for (unsigned i = 0; i < r->p.members && !rc; i++) {
        struct member *m = &r->member[i];
        for (int v = 0; v < KEEP_VERDICT_COUNT; v++) {
            made->verdicts[v] += m->verdicts[v];
            made->events += m->verdicts[v];
        }
        for (size_t k = 0; k < r->p.in->policy->accesses; k++)
            access[k].fired += m->in_runs[k];
        if (i)
            rc = keep_cases_join(r->member[0].cases, m->cases, err);
    }
    if (!rc && keep_judge_counts(r->p.judge, r->p.members, a, access, explanation))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return rc;
}

int keep_audit_run(const struct keep_audit_input *in, struct keep_arena *a, struct keep_audit_result *out, struct keep_err *err)
{
    const struct keep_policy *p = in->policy;
    struct keep_audit_result made = {0};
    struct run r = {.verdict = NULL};
    struct keep_audit_rule_count *access = keep_arena_array(a, p->accesses + 1, sizeof *access);
    struct keep_audit_rule_count *explanation = keep_arena_array(a, p->explanations + 1, sizeof *explanation);
    int rc = access && explanation ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (!rc)
        rc = keep_passes_open(&r.p, in, err);
    r.p.tell = tell;
    r.p.ctx = &r;
    if (!rc)
        rc = members_open(&r, err);
    if (!rc)
        rc = keep_passes_run(&r.p, err);
    if (!rc && in->verdict)
        rc = list_verdicts(&r, err);
    if (!rc)
        rc = members_join(&r, a, &made, access, explanation, err);
    if (!rc)
        rc = keep_cases_finish(r.member[0].cases, in, r.p.relate[0], a, &made, access, err);
    if (!rc) {
        made.access = access;
        made.explanation = explanation;
        made.as_of = r.p.as_of;
        made.after_as_of = r.p.after_as_of;
        *out = made;
    }
    for (unsigned i = 0; i < KEEP_AUDIT_THREADS; i++) {
        keep_cases_free(r.member[i].cases);
        free(r.member[i].in_runs);
    }
    free(r.verdict);
    keep_passes_close(&r.p);
    return rc;
}

size_t keep_audit_capacity(const struct keep_audit_result *r, size_t capacity)
{
    return r->case_n < capacity ? r->case_n : capacity;
}
