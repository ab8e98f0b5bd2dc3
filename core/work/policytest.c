/* A test runs the audit, the retention engine, the reviews, or several, as its expectations ask.
 * How an expectation is met:
 *
 *   N findings [by R]    exactly N cases that need review (of rule R; of any rule, unexplained pairs left out), or findings of review R
 *   expected [by E]      every event has the verdict (with explanation E); likewise unexplained and not assessed
 *   flagged [by R]       some event is flagged, for rule R some case of R holds it
 *   keep until D [by R]  the set of the first record given is retained through D (and R decides)
 *   keep permanent       likewise
 *   undetermined [because X]  its date is, and X stands in the reason
 *   not applicable       the test's subject is no step of that set's derivation
 *   [no] label L         the first record's patient carries L for certain (does not)
 *   series S             the first record stands in a set of series S
 *   sentence T           the test's subject says T: a review of a finding, an access rule of a case, else the rule that decides the set;
 *                        some case does where accesses are given and the subject is no rule about them */
#include "core/work/policytest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/audit/audit.h"
#include "core/retention/retention.h"
#include "core/review/review.h"
#include "core/work/givens.h"

enum { DETAIL = 512 };

struct outcome {
    const struct keep_policy *p;
    const struct keep_test *t;
    struct keep_givens *g;
    struct keep_arena *a;
    struct keep_audit_result audit;
    uint8_t *verdict;  /* of each event */
    int *reason;
    size_t events;
    struct keep_retention_result retention;
    struct keep_review_result review;
    char detail[DETAIL];
};

static keep_date as_of(const struct outcome *o)
{
    return o->t->as_of != KEEP_DATE_NONE ? o->t->as_of : keep_civil_from_ymd(2026, 1, 1);
}

static bool said(struct outcome *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool said(struct outcome *o, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(o->detail, sizeof o->detail, fmt, ap);
    va_end(ap);
    return false;
}

/* ---- accesses ---- */

static int note(void *ctx, const struct keep_events *batch, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    struct outcome *o = ctx;
    (void)batch;
    (void)i;
    (void)err;
    o->verdict[o->events] = (uint8_t)v;
    o->reason[o->events++] = rule;
    return 0;
}

static int audit(struct outcome *o, struct keep_err *err)
{
    struct keep_audit_input in = {.policy = o->p, .world = &o->g->world, .scan = &o->g->event_scan, .as_of = KEEP_TIME_NONE, .verdict = note, .verdict_ctx = o,
                                  .total_events = o->g->events.n};
    o->verdict = keep_arena_array(o->a, o->g->events.n + 1, sizeof *o->verdict);
    o->reason = keep_arena_array(o->a, o->g->events.n + 1, sizeof *o->reason);
    if (!o->verdict || !o->reason)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a test");
    return keep_audit_run(&in, o->a, &o->audit, err);
}

static bool meets_findings(struct outcome *o, const struct keep_test_expect *x)
{
    int64_t n = 0;
    for (size_t i = 0; i < o->audit.case_n; i++) {
        struct keep_str rule = o->audit.cases[i].rule;
        n += x->text.n ? keep_str_eq(rule, x->text) : !keep_str_is(rule, "unexplained");
    }
    return n == x->findings || said(o, "%lld findings, not %lld", (long long)n, (long long)x->findings);
}

static struct keep_str reason_of(const struct outcome *o, size_t i)
{
    int r = o->reason[i];
    if (r < 0)
        return KEEP_STR("nothing");
    return o->verdict[i] == KEEP_VERDICT_FLAGGED ? o->p->access[r].id : o->p->explanation[r].id;
}

static bool meets_flagged(struct outcome *o, const struct keep_test_expect *x)
{
    for (size_t i = 0; i < o->audit.case_n; i++)
        if (x->text.n ? keep_str_eq(o->audit.cases[i].rule, x->text) : !keep_str_is(o->audit.cases[i].rule, "unexplained"))
            return true;
    return said(o, "nothing was flagged%s%.*s", x->text.n ? " by " : "", (int)x->text.n, x->text.n ? x->text.p : "");
}

static bool meets_verdict(struct outcome *o, const struct keep_test_expect *x)
{
    if (!o->events)
        return said(o, "the test gives no event");
    if (x->verdict == KEEP_VERDICT_FLAGGED)
        return meets_flagged(o, x);
    for (size_t i = 0; i < o->events; i++) {
        struct keep_str why = reason_of(o, i);
        if (o->verdict[i] != x->verdict || (x->text.n && !keep_str_eq(why, x->text)))
            return said(o, "event %zu is %s (%.*s), not %s%s%.*s", i + 1, keep_vocab_verdict_word(o->verdict[i]), (int)why.n, why.p,
                        keep_vocab_verdict_word((int)x->verdict), x->text.n ? " by " : "", (int)x->text.n, x->text.n ? x->text.p : "");
    }
    return true;
}

/* ---- records ---- */

static int retain(struct outcome *o, struct keep_err *err)
{
    static const uint8_t salt[32] = {0};
    struct keep_retention_input in = {.policy = o->p, .world = &o->g->world, .records = &o->g->record_scan, .salt = salt,
                                      .as_of = as_of(o)};
    keep_givens_rewind(o->g);
    int rc = keep_retention_labels(o->p, &o->g->world, &o->g->record_scan, err);
    keep_givens_rewind(o->g);
    return rc ? rc : keep_retention_run(&in, o->a, &o->retention, err);
}

/* The set that the first record given is in. */
static const struct keep_set *set_of(const struct outcome *o)
{
    for (size_t i = 0; i < o->retention.sets; i++)
        for (size_t r = 0; r < o->retention.set[i].records; r++)
            if (o->retention.set[i].record[r] == 1)
                return &o->retention.set[i];
    return NULL;
}

static const char *decider(const struct outcome *o, const struct keep_set *s, int *n)
{
    struct keep_str id = s->rule >= 0 ? o->p->retention[s->rule].id : KEEP_STR("no rule");
    *n = (int)id.n;
    return id.p;
}

static bool meets_date(struct outcome *o, const struct keep_set *s, const struct keep_test_expect *x)
{
    char want[KEEP_CIVIL_DATE_SIZE], have[KEEP_CIVIL_DATE_SIZE];
    int n;
    const char *by = decider(o, s, &n);
    bool permanent = x->what == KEEP_EXPECT_PERMANENT;
    bool same = permanent ? s->kind == KEEP_UNTIL_PERMANENT : s->kind == KEEP_UNTIL_DATE && s->keep_until == x->until;
    if (same && (!x->text.n || (s->rule >= 0 && keep_str_eq(o->p->retention[s->rule].id, x->text))))
        return true;
    if (s->kind == KEEP_UNTIL_UNKNOWN)
        return said(o, "undetermined: %.*s", (int)s->reason.n, s->reason.n ? s->reason.p : "");
    return said(o, "kept %s by %.*s, not %s", s->kind == KEEP_UNTIL_PERMANENT ? "permanently" : keep_civil_format_date(s->keep_until, have), n, by,
                permanent ? "permanently" : keep_civil_format_date(x->until, want));
}

/* A set of no date: its reason, or what a rule lacked, holds the text. */
static bool because(const struct keep_set *s, struct keep_str text)
{
    bool named = !text.n || (s->reason.n && memmem(s->reason.p, s->reason.n, text.p, text.n));
    for (size_t i = 0; i < s->steps && !named; i++)
        named = s->step[i].missing.n && memmem(s->step[i].missing.p, s->step[i].missing.n, text.p, text.n);
    return named;
}

static bool meets_suspended(struct outcome *o, const struct keep_set *s, const struct keep_test_expect *x)
{
    if (s->suspended && because(s, x->text))
        return true;
    return said(o, s->suspended ? "suspended because: %.*s" : "no clock is suspended for certain: %.*s", (int)s->reason.n, s->reason.n ? s->reason.p : "");
}

static bool meets_destroy(struct outcome *o, const struct keep_set *s, const struct keep_test_expect *x)
{
    char want[KEEP_CIVIL_DATE_SIZE], have[KEEP_CIVIL_DATE_SIZE];
    return s->destroy_by == x->until ||
           said(o, "destroyed by %s, not %s", s->destroy_by == KEEP_DATE_NONE ? "no day" : keep_civil_format_date(s->destroy_by, have), keep_civil_format_date(x->until, want));
}

static bool meets_conflict(struct outcome *o, const struct keep_set *s, const struct keep_test_expect *x)
{
    bool by = !x->text.n || (s->destroy_rule >= 0 && keep_str_eq(o->p->retention[s->destroy_rule].id, x->text));
    if (s->status == KEEP_SET_CONFLICT && by)
        return true;
    return said(o, "%s: %.*s", keep_vocab_set_status_word((int)s->status), (int)s->reason.n, s->reason.n ? s->reason.p : "no conflict");
}

static bool meets_gate(struct outcome *o, const struct keep_set *s, const struct keep_test_expect *x)
{
    return (s->gates.n && memmem(s->gates.p, s->gates.n, x->text.p, x->text.n)) || said(o, "gates: %.*s", (int)s->gates.n, s->gates.n ? s->gates.p : "");
}

static bool meets_undetermined(struct outcome *o, const struct keep_set *s, const struct keep_test_expect *x)
{
    if (s->kind == KEEP_UNTIL_UNKNOWN && because(s, x->text))
        return true;
    if (s->kind == KEEP_UNTIL_UNKNOWN)
        return said(o, "undetermined because: %.*s", (int)s->reason.n, s->reason.n ? s->reason.p : "");
    return said(o, "it is determined");
}

static bool meets_not_applicable(struct outcome *o, const struct keep_set *s)
{
    for (size_t i = 0; i < s->steps; i++)
        if (keep_str_eq(o->p->retention[s->step[i].rule].id, o->t->subject) && s->step[i].applies != KEEP_TRI_NO && !s->step[i].replaced)
            return said(o, "the rule applies%s", s->step[i].applies == KEEP_TRI_UNKNOWN ? ", as far as is known" : "");
    return true;
}

static bool meets_label(struct outcome *o, const struct keep_test_expect *x)
{
    uint64_t labels = o->g->subject_patient != KEEP_ID_NONE ? o->g->world.patient[o->g->subject_patient].labels : 0;
    for (size_t i = 0; i < o->p->labels; i++)
        if (keep_str_eq(o->p->label[i].id, x->text) && ((labels >> i & 1) != 0) != x->negated)
            return true;
    return said(o, x->negated ? "the label holds" : "the label does not hold");
}

static bool meets_record(struct outcome *o, const struct keep_test_expect *x)
{
    const struct keep_set *s = set_of(o);
    if (!s)
        return said(o, "the test gives no record");
    switch (x->what) {
    case KEEP_EXPECT_UNTIL:
    case KEEP_EXPECT_PERMANENT: return meets_date(o, s, x);
    case KEEP_EXPECT_UNDETERMINED: return meets_undetermined(o, s, x);
    case KEEP_EXPECT_NOT_APPLICABLE: return meets_not_applicable(o, s);
    case KEEP_EXPECT_CONFLICT: return meets_conflict(o, s, x);
    case KEEP_EXPECT_SUSPENDED: return meets_suspended(o, s, x);
    case KEEP_EXPECT_DESTROY: return meets_destroy(o, s, x);
    case KEEP_EXPECT_GATE: return meets_gate(o, s, x);
    case KEEP_EXPECT_LABEL: return meets_label(o, x);
    default: break;
    }
    struct keep_str series = o->p->series[s->series].id;
    return keep_str_eq(series, x->text) || said(o, "the series is %.*s", (int)series.n, series.p);
}

/* ---- reviews ---- */

static bool is_review(const struct outcome *o, struct keep_str id)
{
    for (size_t i = 0; id.n && i < o->p->reviews; i++)
        if (keep_str_eq(o->p->review[i].id, id))
            return true;
    return false;
}

static int look(struct outcome *o, struct keep_err *err)
{
    struct keep_record_scan notes;
    struct keep_givens *again;
    struct keep_codebook *book = NULL;
    int rc = keep_givens_make(&again, o->p, o->t, o->a, err);
    if (rc == 0)
        rc = keep_givens_book(&book, o->t, err);
    if (rc)
        return rc;
    keep_givens_rewind(o->g);
    notes = again->record_scan;
    struct keep_review_input in = {.policy = o->p, .world = &o->g->world, .notes = &notes, .records = &o->g->record_scan, .book = book, .as_of = as_of(o)};
    rc = keep_review_run(&in, o->a, &o->review, err);
    keep_codebook_free(book);
    return rc;
}

static bool meets_review(struct outcome *o, const struct keep_test_expect *x)
{
    int64_t n = 0;
    for (size_t i = 0; i < o->review.findings; i++)
        n += keep_str_eq(o->p->review[o->review.finding[i].rule].id, x->text);
    return n == x->findings || said(o, "%lld findings, not %lld", (long long)n, (long long)x->findings);
}

/* ---- sentences ---- */

static bool is_access(const struct keep_policy *p, struct keep_str id)
{
    for (size_t i = 0; i < p->accesses; i++)
        if (keep_str_eq(p->access[i].id, id))
            return true;
    return false;
}

/* One of those that say something: is it T? *last: what it says. */
static bool says(struct keep_str sentence, const struct keep_test_expect *x, struct keep_str *last)
{
    *last = sentence;
    return keep_str_eq(sentence, x->text);
}

static bool case_says(const struct outcome *o, const struct keep_test_expect *x, struct keep_str *last)
{
    bool one_rule = is_access(o->p, o->t->subject);
    for (size_t i = 0; i < o->audit.case_n; i++) {
        const struct keep_case *k = &o->audit.cases[i];
        bool counts = one_rule ? keep_str_eq(k->rule, o->t->subject) : !keep_str_is(k->rule, "unexplained");
        if (counts && says(k->sentence, x, last))
            return true;
    }
    return false;
}

static bool review_says(const struct outcome *o, const struct keep_test_expect *x, struct keep_str *last)
{
    for (size_t i = 0; i < o->review.findings; i++)
        if (keep_str_eq(o->p->review[o->review.finding[i].rule].id, o->t->subject) && says(o->review.finding[i].sentence, x, last))
            return true;
    return false;
}

static bool set_says(const struct outcome *o, const struct keep_test_expect *x, struct keep_str *last)
{
    const struct keep_set *s = set_of(o);
    return s && says(s->explain, x, last);
}

/* ---- all ---- */

enum engine { AUDIT, RETENTION, REVIEW };

static enum engine engine_of(const struct outcome *o, const struct keep_test_expect *x)
{
    bool event = false;
    for (size_t i = 0; i < o->t->givens; i++)
        event = event || o->t->given[i].entity == KEEP_GRAIN_event;
    switch (x->what) {
    case KEEP_EXPECT_VERDICT: return AUDIT;
    case KEEP_EXPECT_FINDINGS: return is_review(o, x->text) ? REVIEW : AUDIT;
    case KEEP_EXPECT_SENTENCE: return is_review(o, o->t->subject) ? REVIEW : event ? AUDIT : RETENTION;
    default: return RETENTION;
    }
}

static bool meets_sentence(struct outcome *o, const struct keep_test_expect *x)
{
    static bool (*const said_by[])(const struct outcome *, const struct keep_test_expect *, struct keep_str *) = {case_says, set_says, review_says};
    struct keep_str last = {NULL, 0};
    if (said_by[engine_of(o, x)](o, x, &last))
        return true;
    return last.n ? said(o, "it says \"%.*s\"", (int)last.n, last.p) : said(o, "nothing says anything");
}

static bool meets(struct outcome *o, const struct keep_test_expect *x)
{
    switch (x->what) {
    case KEEP_EXPECT_FINDINGS: return engine_of(o, x) == REVIEW ? meets_review(o, x) : meets_findings(o, x);
    case KEEP_EXPECT_VERDICT: return meets_verdict(o, x);
    case KEEP_EXPECT_SENTENCE: return meets_sentence(o, x);
    default: return meets_record(o, x);
    }
}

/* *unmet: the first expectation that was not met. */
static int run(struct outcome *o, const struct keep_test_expect **unmet, struct keep_err *err)
{
    static int (*const engine[])(struct outcome *, struct keep_err *) = {audit, retain, look};
    bool wanted[sizeof engine / sizeof *engine] = {false};
    for (size_t i = 0; i < o->t->expects; i++)
        wanted[engine_of(o, &o->t->expect[i])] = true;
    int rc = keep_givens_make(&o->g, o->p, o->t, o->a, err);
    for (size_t i = 0; !rc && i < sizeof engine / sizeof *engine; i++)
        rc = wanted[i] ? engine[i](o, err) : 0;
    if (rc)
        return rc;
    for (size_t i = 0; i < o->t->expects && !*unmet; i++)
        *unmet = meets(o, &o->t->expect[i]) ? NULL : &o->t->expect[i];
    return 0;
}

int keep_policytest_run(const struct keep_policy *p, struct keep_arena *a, int (*each)(void *ctx, const struct keep_policytest_result *r), void *ctx, struct keep_err *err)
{
    for (size_t i = 0; i < p->tests; i++) {
        struct outcome o = {.p = p, .t = &p->test[i], .a = a};
        struct keep_policytest_result r = {.test = &p->test[i]};
        struct keep_err own = {0};
        int rc = run(&o, &r.unmet, &own);
        r.passed = rc == 0 && !r.unmet;
        if (rc == KEEP_E_USAGE) /* the test itself is wrong: it fails, the others go on */
            said(&o, "line %llu: %s", (unsigned long long)own.line, own.text);
        else if (rc)
            return keep_err_set(err, rc, "%s", own.text);
        r.found = r.passed ? "" : o.detail;
        rc = each(ctx, &r);
        keep_arena_reset(a);
        if (rc)
            return rc;
    }
    return 0;
}
