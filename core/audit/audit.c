/* The run: first accesses and windows (passes.c), then every event judged in scan
 * order, hits into cases (cases.c), cases into a ranking. Nothing depends on
 * where a batch begins: judging looks at one event at a time, and what it
 * remembers is only ever what it would find again. */
#include "core/audit/audit.h"

#include "core/audit/cases.h"
#include "core/audit/passes.h"

enum {
    AHEAD = 8,     /* events ahead whose pair is fetched: about one memory latency of work */
    RUNS_MAX = 64, /* counting rules that one event can be in a run of; a policy has a handful */
};

struct run {
    struct keep_passes p;
    struct keep_cases *cases;
    struct keep_audit_result *out;
    struct keep_audit_rule_count *access;
};

/* An event's cases: one for each rule that fired, each run it is in, or the unexplained pair. */
static int hits(struct run *r, const struct keep_events *b, uint32_t i, const struct keep_judgement *v, const struct keep_window_hit *w, size_t ws,
                struct keep_err *err)
{
    int rc = 0;
    for (uint32_t k = 0; k < v->fired_n && !rc; k++)
        rc = keep_cases_add(r->cases, r->p.judge, v->fired[k], NULL, b, i, v, err);
    for (size_t k = 0; k < ws && !rc; k++) {
        r->access[w[k].rule].fired++;
        rc = keep_cases_add(r->cases, r->p.judge, w[k].rule, &w[k], b, i, v, err);
    }
    if (!v->fired_n && !ws && !rc)
        rc = keep_cases_add(r->cases, r->p.judge, KEEP_CASES_NO_RULE, NULL, b, i, v, err);
    return rc;
}

/* The rule or explanation that a list of events names: the first in policy order. */
static int reason(const struct keep_judgement *v, const struct keep_window_hit *w, size_t ws)
{
    if (!v->fired_n && !ws)
        return v->verdict == KEEP_VERDICT_EXPECTED ? v->explanation : -1;
    if (!ws || (v->fired_n && v->fired[0] < w[0].rule))
        return (int)v->fired[0];
    return (int)w[0].rule;
}

static int judge(void *ctx, const struct keep_events *b, struct keep_err *err)
{
    struct run *r = ctx;
    const struct keep_audit_input *in = r->p.in;
    struct keep_window_hit w[RUNS_MAX];
    struct keep_judgement v;
    for (uint32_t i = 0; i < b->n; i++) {
        if (i + AHEAD < b->n)
            keep_judge_prefetch(r->p.judge, b, i + AHEAD);
        if (keep_passes_late(&r->p, b, i)) {
            r->out->after_as_of++;
            continue;
        }
        int rc = keep_judge_event(r->p.judge, b, i, &v, err);
        if (rc)
            return rc;
        size_t ws = r->p.window ? keep_window_find(r->p.window, b->source, b->ordinal[i], w, RUNS_MAX) : 0;
        enum keep_verdict verdict = ws ? KEEP_VERDICT_FLAGGED : v.verdict;
        r->out->verdicts[verdict]++;
        r->out->events++;
        if (verdict >= KEEP_VERDICT_UNEXPLAINED && (rc = hits(r, b, i, &v, w, ws, err)))
            return rc;
        if (in->verdict && (rc = in->verdict(in->verdict_ctx, b, i, verdict, reason(&v, w, ws), err)))
            return rc;
    }
    return 0;
}

_Static_assert(KEEP_VERDICT_UNEXPLAINED == 2 && KEEP_VERDICT_FLAGGED == 3, "what a case is made of stands at the end");

int keep_audit_run(const struct keep_audit_input *in, struct keep_arena *a, struct keep_audit_result *out, struct keep_err *err)
{
    const struct keep_policy *p = in->policy;
    struct keep_audit_result made = {0};
    struct run r = {.out = &made};
    struct keep_audit_rule_count *access = keep_arena_array(a, p->accesses + 1, sizeof *access);
    struct keep_audit_rule_count *explanation = keep_arena_array(a, p->explanations + 1, sizeof *explanation);
    int rc = access && explanation ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    r.access = access;
    if (!rc)
        rc = keep_passes_open(&r.p, in, err);
    if (!rc)
        rc = keep_cases_new(&r.cases, p, in->world, err);
    if (!rc)
        rc = keep_passes_run(&r.p, judge, &r, err);
    if (!rc && keep_judge_counts(r.p.judge, a, access, explanation))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (!rc)
        rc = keep_cases_finish(r.cases, in, r.p.judge, r.p.relate, a, &made, access, err);
    if (!rc) {
        made.access = access;
        made.explanation = explanation;
        made.as_of = r.p.as_of;
        *out = made;
    }
    keep_cases_free(r.cases);
    keep_passes_close(&r.p);
    return rc;
}

size_t keep_audit_capacity(const struct keep_audit_result *r, size_t capacity)
{
    return r->case_n < capacity ? r->case_n : capacity;
}
