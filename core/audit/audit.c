/* The run: every event gathered and judged (passes.c), hits into cases of the
 * thread that judged them (cases.c), those joined, worded and ranked. Nothing
 * depends on who judged what, or in which order. */
#include "core/audit/audit.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/cases.h"
#include "core/audit/passes.h"
#include "core/audit/u64map.h"

struct member {
    struct keep_cases *cases;
    uint64_t hits[2][KEEP_VERDICT_COUNT]; /* flagged and unexplained events, by whether they opened somebody's chart */
    uint64_t *fired;                      /* events, by access rule */
    struct keep_carry left;               /* hits that were judged now, for a later audit; their unknowns are the judge's numbers */
};

struct run {
    struct keep_passes p;
    struct member member[KEEP_AUDIT_THREADS];
    uint32_t evidence[KEEP_JUDGE_EVIDENCE]; /* which access rule the k-th evidence rule is */
    uint32_t *verdict; /* of each place in the pass, when each is wanted: rule + 1, and the verdict in the low bits; 0: after the as-of time */
    uint64_t verdicts;
};

enum { VERDICT_BITS = 3 };
_Static_assert(KEEP_VERDICT_COUNT < 1 << VERDICT_BITS, "a verdict and one more fit");

/* An event's cases: one for each rule that fired, each run it is in, or the unexplained pair. */
static int hits(struct run *r, const struct keep_passes_event *e, uint64_t evidence, struct keep_err *err)
{
    struct member *m = &r->member[e->member];
    const struct keep_judgement *v = e->v;
    struct keep_cases_hit hit = {.event = e, .evidence = evidence};
    int rc = 0;
    for (uint64_t left = evidence; left; left &= left - 1)
        m->fired[r->evidence[__builtin_ctzll(left)]]++;
    for (uint32_t k = 0; k < v->fired_n && !rc; k++) {
        m->fired[v->fired[k]]++;
        hit.rule = v->fired[k];
        rc = keep_cases_add(m->cases, &hit, err);
    }
    for (size_t k = 0; k < e->runs && !rc; k++) {
        m->fired[e->run[k].rule]++;
        hit.rule = e->run[k].rule;
        hit.run = &e->run[k];
        rc = keep_cases_add(m->cases, &hit, err);
    }
    if (!v->fired_n && !e->runs && !rc) {
        hit.rule = KEEP_CASES_NO_RULE;
        rc = keep_cases_add(m->cases, &hit, err);
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

/* Keeps what was judged now for a later audit. */
static int leave(struct member *m, const struct keep_passes_event *e, uint64_t evidence)
{
    const struct keep_events *b = e->batch;
    const struct keep_judgement *v = e->v;
    uint32_t i = e->i, kind;
    const struct keep_carry_kind k = {.evidence = evidence, .taken = e->taken, .source = b->source, .unknown = v->unknown, .fired_n = (uint16_t)v->fired_n, .class = (uint16_t)keep_terms_class(b, i),
                                      .reason = b->reason[i], .explanation = (int16_t)v->explanation, .verdict = (uint8_t)e->alone, .own_late = v->own_late};
    struct keep_carry_hit *h = keep_carry_add(&m->left);
    if (!h || keep_carry_kind(&m->left, &k, v->fired, &kind))
        return -1;
    *h = (struct keep_carry_hit){.time = b->time[i], .ordinal = b->ordinal[i], .account = b->account[i], .patient = b->patient[i], .place = b->place[i], .unit = b->unit[i], .kind = kind};
    return 0;
}

static int tell(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    struct run *r = ctx;
    struct member *m = &r->member[e->member];
    const struct keep_audit_input *in = r->p.in;
    bool hit = e->v->verdict >= KEEP_VERDICT_UNEXPLAINED, opened = e->batch->exposure[e->i] == KEEP_EXPOSURE_OPENED && e->batch->patient[e->i] < in->world->patients;
    uint64_t evidence = e->kept ? e->kept->evidence : 0;
    if (r->verdict && e->at < r->verdicts)
        r->verdict[e->at] = (uint32_t)(reason(e) + 1) << VERDICT_BITS | ((uint32_t)e->v->verdict + 1);
    m->hits[opened][e->v->verdict] += hit;
    keep_judge_mute(r->p.judge[e->member], e->known);
    if (hit && !e->kept)
        evidence = keep_judge_weigh(r->p.judge[e->member], e->evidence);
    if (in->after && !e->kept && (hit || e->taken & r->p.whole) && leave(m, e, evidence))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
    return hit ? hits(r, e, evidence, err) : 0;
}

static void pass(void *ctx, uint32_t at, enum keep_verdict verdict, int explanation, unsigned member)
{
    struct run *r = ctx;
    (void)member;
    if (r->verdict && at < r->verdicts)
        r->verdict[at] = (uint32_t)(explanation + 1) << VERDICT_BITS | ((uint32_t)verdict + 1);
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
    for (uint32_t i = 0, bit = 0; i < in->policy->accesses && bit < KEEP_JUDGE_EVIDENCE; i++)
        if (in->policy->access[i].evidence)
            r->evidence[bit++] = i;
    for (unsigned i = 0; i < r->p.members && !rc; i++) {
        rc = keep_cases_new(&r->member[i].cases, in->policy, in->world, r->p.judge[i], err);
        if (!rc && !(r->member[i].fired = calloc(in->policy->accesses + 1, sizeof *r->member[i].fired)))
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    if (rc || !in->verdict)
        return rc;
    if ((rc = count_events(in, &r->verdicts, err)) == 0 && !(r->verdict = calloc((size_t)r->verdicts + 1, sizeof *r->verdict)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return rc;
}

/* Every event that opened somebody's chart is expected unless it is a hit, every other one is not assessed unless it is. */
static void count_verdicts(const struct run *r, uint64_t events, uint64_t opened, struct keep_audit_result *made)
{
    uint64_t hit[2] = {0, 0};
    for (unsigned i = 0; i < r->p.members; i++)
        for (int o = 0; o < 2; o++)
            for (int v = KEEP_VERDICT_UNEXPLAINED; v < KEEP_VERDICT_COUNT; v++) {
                made->verdicts[v] += r->member[i].hits[o][v];
                hit[o] += r->member[i].hits[o][v];
            }
    made->events = events;
    made->verdicts[KEEP_VERDICT_EXPECTED] = opened - hit[1];
    made->verdicts[KEEP_VERDICT_NOT_ASSESSED] = events - opened - hit[0];
}

/* What an earlier audit counted of what kept rules from firing. */
static void add_counts(struct keep_audit_rule_count *to, const struct keep_audit_rule_count *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i].fired += from[i].fired;
        to[i].excepted += from[i].excepted;
        if (from[i].unable >= to[i].unable && from[i].unable)
            to[i].missing = from[i].missing;
        to[i].unable += from[i].unable;
    }
}

/* Were accesses that it counted judged again by now? What each of them had added to the counts nobody knows any more. */
static bool judged_again(const struct keep_carry *before)
{
    return before && (before->judged_again || before->patients || before->accounts || before->again != KEEP_TIME_NONE);
}

/* The members' cases and counts as one. */
static int members_join(struct run *r, struct keep_arena *a, struct keep_audit_result *made, struct keep_audit_rule_count *access,
                        struct keep_audit_rule_count *explanation, struct keep_err *err)
{
    const struct keep_policy *p = r->p.in->policy;
    const struct keep_carry *before = r->p.in->before;
    int rc = keep_judge_counts(r->p.judge, r->p.members, a, access, explanation) ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    if (!rc && before) {
        add_counts(access, before->access, p->accesses);
        add_counts(explanation, before->explanation, p->explanations);
    }
    for (size_t k = 0; k < p->accesses && !rc; k++) {
        access[k].fired = 0;
        for (unsigned i = 0; i < r->p.members; i++)
            access[k].fired += r->member[i].fired[k];
    }
    count_verdicts(r, r->p.fresh + (before ? before->events : 0), r->p.opened + (before ? before->opened : 0), made);
    for (unsigned i = 1; i < r->p.members && !rc; i++) {
        rc = keep_cases_join(r->member[0].cases, r->member[i].cases, err);
        keep_cases_free(r->member[i].cases);
        r->member[i].cases = NULL;
    }
    return rc;
}

/* ---- for a later audit ---- */

/* A member's kinds, as kinds of `to`: unknown is the number of a text there, and no longer the judge's. */
static int leave_kinds(struct keep_carry *to, const struct keep_carry *left, const struct keep_judge *j, struct keep_arena *a, uint32_t *number)
{
    int rc = 0;
    for (size_t i = 0; i < left->kinds && !rc; i++) {
        struct keep_carry_kind k = left->kind[i];
        if (k.unknown)
            rc = keep_carry_text(to, keep_judge_unknown(j, k.unknown, a), &k.unknown);
        if (!rc)
            rc = keep_carry_kind(to, &k, left->word + k.fired, &number[i]);
    }
    return rc;
}

static int leave_hits(struct run *r, const struct member *m, const struct keep_judge *j, struct keep_arena *a)
{
    struct keep_carry *to = r->p.in->after;
    uint32_t *number = malloc((m->left.kinds + 1) * sizeof *number);
    struct keep_carry_hit *h = keep_carry_room(to, m->left.hits);
    int rc = number && h ? leave_kinds(to, &m->left, j, a, number) : -1;
    for (size_t i = 0; i < m->left.hits && !rc; i++) {
        h[i] = m->left.hit[i];
        h[i].kind = number[h[i].kind];
    }
    to->hits += rc ? 0 : m->left.hits;
    free(number);
    return rc;
}

static int leave_all(struct run *r, const struct keep_audit_rule_count *access, const struct keep_audit_rule_count *explanation, struct keep_arena *a, struct keep_err *err)
{
    const struct keep_policy *p = r->p.in->policy;
    struct keep_carry *to = r->p.in->after;
    to->judged_again = judged_again(r->p.in->before);
    to->access = calloc(p->accesses + 1, sizeof *to->access);
    to->explanation = calloc(p->explanations + 1, sizeof *to->explanation);
    int rc = to->access && to->explanation ? 0 : -1;
    for (unsigned i = 0; i < r->p.members && !rc; i++)
        rc = leave_hits(r, &r->member[i], r->p.judge[i], a);
    if (rc || keep_carry_part(to, false) || keep_carry_order_late(to))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memcpy(to->access, access, p->accesses * sizeof *access);
    memcpy(to->explanation, explanation, p->explanations * sizeof *explanation);
    return 0;
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
    r.p.pass = pass;
    r.p.ctx = &r;
    if (!rc)
        rc = members_open(&r, err);
    if (!rc)
        rc = keep_passes_run(&r.p, err);
    if (!rc && in->verdict)
        rc = list_verdicts(&r, err);
    if (!rc)
        rc = members_join(&r, a, &made, access, explanation, err);
    if (!rc && in->after)
        rc = leave_all(&r, access, explanation, a, err);
    if (!rc)
        rc = keep_cases_finish(r.member[0].cases, &r.p, a, &made, access, err);
    if (!rc) {
        made.access = access;
        made.explanation = explanation;
        made.judged_again = judged_again(in->before);
        made.as_of = r.p.as_of;
        made.after_as_of = r.p.after_as_of;
        *out = made;
    }
    for (unsigned i = 0; i < KEEP_AUDIT_THREADS; i++) {
        keep_cases_free(r.member[i].cases);
        free(r.member[i].fired);
        keep_carry_done(&r.member[i].left);
    }
    free(r.verdict);
    keep_passes_close(&r.p);
    return rc;
}
