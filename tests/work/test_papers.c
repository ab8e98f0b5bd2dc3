/* Goal: what the keep made itself goes on its own day, under its own rules, by the
 * quorum, and never while somebody holds it, works on it, or needs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/store/ring.h"
#include "core/store/sets.h"
#include "core/text/json.h"
#include "core/work/casedecide.h"
#include "core/work/eraserun.h"
#include "core/work/hold.h"
#include "core/work/papers.h"
#include "core/work/sealrun.h"
#include "tests/work/ward.h"

#define SERIES(id, order, when) "series \"" id "\" { title \"T\" order " order " per source when " when " authority \"A\" checked \"unverified\" }\n"
#define RULE(id, place, series, keep) "retention \"" id "\" { title \"T\" jurisdiction " place " " CLINIC_CHECKED "when set.series == \"" series "\" keep " keep " explain \"x\" }\n"
#define PAPERS \
    SERIES("access log", "95", "record.kind == \"access log period\"") SERIES("access cases", "96", "record.kind == \"access case\"") SERIES("sealed packages", "97", "false")
#define LOG_MONTH RULE("us.log", "US", "access log", "1 months after set.last(\"created_date\")")
#define CASE_MONTH RULE("us.case", "US", "access cases", "1 months after set.last(\"closed_date\")")
#define RULES WARD_RULES CLINIC_US CLINIC_KS PAPERS LOG_MONTH CASE_MONTH
#define LATER (CLINIC_NOW + 60 * CLINIC_DAY)

static int setup(void **state)
{
    int rc = ward_setup(state);
    if (rc == 0)
        clinic_adopt(*state, RULES);
    return rc;
}

struct counted {
    uint64_t status[KEEP_SET_COUNT], all;
    struct keep_str reason; /* of the last */
    uint8_t id[16];
};

static struct counted papers(struct clinic *c, const char *series)
{
    struct counted n = {.all = 0};
    struct keep_dates d;
    keep_date today;
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, today, NULL, NULL, &c->err));
    for (size_t i = 0; i < d.result.sets; i++) {
        const struct keep_set *s = &d.result.set[i];
        if (!keep_str_is(c->adopted.policy->series[s->series].id, series))
            continue;
        assert_true(s->own && s->what.n && s->records == 0 && s->patient == KEEP_ID_NONE);
        n.status[s->status]++;
        n.all++;
        n.reason = keep_arena_str(c->arena, s->reason, NULL);
        memcpy(n.id, s->id, 16);
    }
    keep_dates_free(&d);
    return n;
}

static void decide(struct clinic *c, const char *rule)
{
    struct keep_buf lines = KEEP_BUF_INIT;
    struct keep_casework *w = ward_cases(c);
    clinic_must(c, keep_casedecide_close(w, ward_case(w, rule), KEEP_CASE_UNSUBSTANTIATED, KEEP_STR("{\"rationale\":\"a Mimsy matter\"}"), c->him, &lines, &c->err));
    keep_buf_free(&lines);
    ward_done(w);
}

static size_t cases(struct clinic *c)
{
    struct keep_casework *w = ward_look(c);
    size_t n = w->n;
    ward_done(w);
    return n;
}

/* Disposes of what the plan has; what is official here is not archived and stays. */
static struct keep_eraserun_result dispose(struct clinic *c)
{
    struct keep_eraserun_params p = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    struct keep_eraserun_result r;
    clinic_must(c, keep_eraserun_dispose(c->s, &p, c->arena, &r, &c->err));
    return r;
}

static bool certified(const struct keep_eraserun_result *r, const char *what)
{
    return r->certificate.n && memmem(r->certificate.p, r->certificate.n, what, strlen(what));
}

static void done(struct keep_eraserun_result *r)
{
    keep_buf_free(&r->certificate);
    keep_buf_free(&r->signature);
}

static uint64_t newest_case(struct clinic *c)
{
    struct keep_casework *w = ward_look(c);
    uint64_t id = w->list[w->n - 1].id;
    ward_done(w);
    return id;
}

static void test_papers_case_goes_when_its_time_is_over(void **state)
{
    struct clinic *c = *state;
    struct keep_hold_order hold = {.matter = KEEP_STR("the log"), .series = KEEP_STR("access log"), .effective_from = KEEP_TIME_NONE};
    decide(c, "unmapped");
    clinic_must(c, keep_hold_place(c->s, &hold, &(uint64_t){0}, &c->err));
    uint64_t newest = newest_case(c);
    size_t before = cases(c);
    assert_true(before > 1);
    assert_int_equal(papers(c, KEEP_PAPERS_CASES).status[KEEP_SET_KEPT], 1); /* the decided one; open ones are at work */
    clinic_open(c, LATER);
    assert_int_equal(papers(c, KEEP_PAPERS_CASES).status[KEEP_SET_DUE], 1);
    assert_true(clinic_plan(c) > 0);
    clinic_approve(c);
    struct keep_eraserun_result r = dispose(c);
    assert_true(certified(&r, "\"what\":\"access case ") && certified(&r, ": unsubstantiated\""));
    assert_true(certified(&r, "\"result\":\"no destroyed key is left\""));
    assert_false(certified(&r, "Mimsy"));
    done(&r);
    assert_int_equal(cases(c), before - 1);
    assert_int_equal(papers(c, KEEP_PAPERS_CASES).all, 0);
    assert_true(clinic_whole(c));
    ward_audit(c, KEEP_TIME_NONE); /* the accesses are there still: it is found again, under another number */
    assert_int_equal(cases(c), before);
    assert_true(newest_case(c) > newest);
    assert_true(clinic_whole(c));
}

static void test_papers_case_that_is_taken_up_again_stays(void **state)
{
    struct clinic *c = *state;
    struct keep_casebook *b;
    decide(c, "unmapped");
    size_t before = cases(c);
    clinic_open(c, LATER);
    clinic_plan(c);
    clinic_approve(c);
    struct keep_casework *w = ward_look(c);
    const struct keep_casebook_case *it = ward_case(w, "unmapped");
    struct keep_casebook_step step = {.kind = KEEP_CASEBOOK_REOPENED, .status = KEEP_CASE_NEEDS_REVIEW, .who = KEEP_STR("privacy")};
    clinic_must(c, keep_txn_begin(c->s, KEEP_LEDGER_CASE, &c->err));
    clinic_must(c, keep_casebook_new(&b, c->s, &c->err));
    clinic_must(c, keep_casebook_step(b, it->id, it->patient_key, &step, NULL, &c->err));
    keep_casebook_free(b);
    clinic_must(c, keep_txn_end(c->s, 0, &c->err));
    ward_done(w);
    struct keep_eraserun_result r = dispose(c);
    assert_false(certified(&r, "access case "));
    done(&r);
    assert_int_equal(cases(c), before);
}

static void hold_on(struct clinic *c, const char *mrn)
{
    struct keep_world w;
    uint64_t n;
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    struct keep_hold_order hold = {.matter = KEEP_STR("M-1"), .patient = &w.patient[ward_patient(&w, mrn)].entity, .patients = 1, .effective_from = KEEP_TIME_NONE};
    clinic_must(c, keep_hold_place(c->s, &hold, &n, &c->err));
}

static void test_papers_about_a_held_patient_stay(void **state)
{
    struct clinic *c = *state;
    decide(c, "unmapped"); /* about "new" */
    clinic_open(c, LATER);
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_DUE], 2); /* February: "new"; March: "old" */
    hold_on(c, "M-old");
    assert_int_equal(papers(c, KEEP_PAPERS_CASES).status[KEEP_SET_DUE], 1);
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_HELD], 1);
    hold_on(c, "M-new");
    struct counted n = papers(c, KEEP_PAPERS_CASES);
    assert_int_equal(n.status[KEEP_SET_HELD], 1);
    assert_true(keep_str_is(n.reason, "M-1"));
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_HELD], 2);
}

static void test_papers_touch_states_that_have_a_rule(void **state)
{
    struct clinic *c = *state;
    clinic_open(c, LATER);
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_DUE], 2); /* Kansas says nothing of a log */
    clinic_adopt(c, WARD_RULES CLINIC_US CLINIC_KS PAPERS LOG_MONTH RULE("us-ks.log", "US-KS", "access log", "10 years after set.last(\"created_date\")"));
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_KEPT], 2);
    clinic_adopt(c, RULES); /* P7: the day that was stored stands */
    struct counted n = papers(c, KEEP_PAPERS_LOG);
    assert_int_equal(n.status[KEEP_SET_KEPT], 2);
    assert_non_null(memmem(n.reason.p, n.reason.n, "stored one stands", 17));
}

static void test_papers_need_a_series_a_rule_and_its_adoption(void **state)
{
    struct clinic *c = *state;
    clinic_open(c, LATER);
    clinic_adopt(c, WARD_RULES CLINIC_US CLINIC_KS);
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).all, 0);
    clinic_adopt(c, WARD_RULES CLINIC_US CLINIC_KS PAPERS);
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_DUE], 0);
    clinic_adopt(c, RULES);
    clinic_open(c, LATER + 301 * CLINIC_DAY);
    assert_int_equal(papers(c, KEEP_PAPERS_LOG).status[KEEP_SET_NOT_ADOPTED], 2);
}

static int identity(struct clinic *c, struct keep_str package)
{
    uint8_t key[32];
    int rc = keep_ring_get(c->s, KEEP_RING_PACKAGE, keep_sealrun_owner(package), key, &c->err);
    clinic_must(c, rc < 0 ? rc : 0);
    return rc;
}

static void test_papers_package_goes_after_its_sets(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = clinic_path(c, "out")};
    struct keep_sealrun_result packed;
    struct keep_set_state st;
    clinic_plan(c);
    clinic_approve(c);
    clinic_must(c, keep_sealrun_archive(c->s, &p, c->arena, &packed, &c->err));
    struct counted n = papers(c, KEEP_PAPERS_PACKAGES);
    assert_int_equal(n.status[KEEP_SET_KEPT], 1);
    assert_non_null(memmem(n.reason.p, n.reason.n, "not destroyed here", 18));
    struct keep_eraserun_result r = dispose(c);
    assert_true(r.records > 0);
    done(&r);
    clinic_must(c, keep_sets_get(c->s, c->plan.set[0].set, c->arena, &st, &c->err));
    struct keep_str package = {NULL, 0};
    for (size_t i = 0; i < c->plan.sets; i++)
        if (keep_sets_get(c->s, c->plan.set[i].set, c->arena, &st, &c->err) == 0 && st.package.n)
            package = st.package;
    assert_true(package.n > 0);
    assert_int_equal(identity(c, package), 0);
    assert_int_equal(papers(c, KEEP_PAPERS_PACKAGES).status[KEEP_SET_DUE], 1); /* the law's day of its one set is long past */
    hold_on(c, "M-old");
    assert_int_equal(papers(c, KEEP_PAPERS_PACKAGES).status[KEEP_SET_HELD], 1); /* told by the ids that its sets had */
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("M-1"), c->legal, &(uint64_t){0}, &c->err));
    hold_on(c, "M-new");
    assert_int_equal(papers(c, KEEP_PAPERS_PACKAGES).status[KEEP_SET_HELD], 1); /* it cools off */
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("M-1"), c->legal, &(uint64_t){0}, &c->err));
    clinic_open(c, CLINIC_NOW + 40 * CLINIC_DAY);
    assert_int_equal(papers(c, KEEP_PAPERS_PACKAGES).status[KEEP_SET_DUE], 1);
    assert_true(clinic_plan(c) > 0);
    clinic_approve(c);
    r = dispose(c);
    assert_true(certified(&r, "can be opened any more with the identity"));
    done(&r);
    assert_int_equal(identity(c, package), 1);
    assert_int_equal(papers(c, KEEP_PAPERS_PACKAGES).all, 0);
    assert_true(clinic_whole(c));
}

/* What must outlive a record is owed from the day on which the record went, however long it had been due, and however long before it was sealed. */
static void test_papers_package_holds_what_is_owed_from_the_disposal_on(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = clinic_path(c, "out")};
    struct keep_sealrun_result packed;
    struct keep_dates d;
    char owed[80], day[KEEP_CIVIL_DATE_SIZE];
    keep_date gone = keep_civil_utc_date(CLINIC_NOW + 100 * CLINIC_DAY), until = KEEP_DATE_NONE;
    clinic_adopt(c, WARD_RULES CLINIC_US PAPERS "retention \"us-ks.r\" { title \"T\" jurisdiction US-KS " CLINIC_CHECKED
                    "when set.series == \"medical record\" keep 10 years after set.last(\"discharge_date\") residue 10 years \"a summary\" explain \"x\" }\n");
    clinic_plan(c);
    clinic_approve(c);
    clinic_must(c, keep_sealrun_archive(c->s, &p, c->arena, &packed, &c->err));
    clinic_open(c, CLINIC_NOW + 100 * CLINIC_DAY);
    struct keep_eraserun_result r = dispose(c);
    snprintf(owed, sizeof owed, "\"summary_owed_through\":\"%s\"", keep_civil_format_date(keep_civil_add_years(gone, 10), day));
    assert_true(certified(&r, owed));
    done(&r);
    assert_int_equal(papers(c, KEEP_PAPERS_PACKAGES).status[KEEP_SET_KEPT], 1);
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, gone, NULL, NULL, &c->err));
    for (size_t i = 0; i < d.result.sets; i++)
        if (keep_str_is(c->adopted.policy->series[d.result.set[i].series].id, KEEP_PAPERS_PACKAGES))
            until = d.result.set[i].keep_until;
    assert_int_equal(until, keep_civil_add_years(gone, 10));
    keep_dates_free(&d);
    assert_int_equal(keep_papers_owed(100, 90, 0), 100);
    assert_int_equal(keep_papers_owed(keep_civil_from_ymd(2030, 5, 6), gone, 1), keep_civil_from_ymd(2031, 5, 6)); /* disposed of before its day, by a court */
    assert_int_equal(keep_papers_owed(100, 90, KEEP_RESIDUE_PERMANENT), KEEP_DATE_NONE);
}

/* --- between the keys and their recording --- */

static int fail_there(void *ctx, enum keep_fault_op op, const char *what)
{
    (void)ctx;
    return op == KEEP_FAULT_STEP && strcmp(what, "keys destroyed") == 0 ? 10 /* SQLITE_IOERR */ : 0;
}

static void test_papers_destroyed_and_not_recorded_are_certified_later(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    decide(c, "unmapped");
    clinic_open(c, LATER);
    clinic_plan(c);
    clinic_approve(c);
    struct keep_eraserun_params p = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    keep_fault_set(fail_there, NULL);
    assert_int_equal(keep_eraserun_dispose(c->s, &p, c->arena, &r, &c->err), KEEP_E_UNRECORDED);
    keep_fault_set(NULL, NULL);
    keep_err_clear(&c->err);
    done(&r);
    assert_true(clinic_whole(c)); /* as it stands, and then the next writer has recorded it */
    r = dispose(c);
    assert_int_equal(r.sets, 0);
    assert_true(certified(&r, "\"what\":\"access case ") && certified(&r, "\"what\":\"log of "));
    assert_true(certified(&r, "\"performed_by\":\"him\""));
    done(&r);
    assert_int_equal(papers(c, KEEP_PAPERS_CASES).all + papers(c, KEEP_PAPERS_LOG).all, 0);
    assert_true(clinic_whole(c));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_papers_case_goes_when_its_time_is_over),
        T(test_papers_case_that_is_taken_up_again_stays),
        T(test_papers_about_a_held_patient_stay),
        T(test_papers_touch_states_that_have_a_rule),
        T(test_papers_need_a_series_a_rule_and_its_adoption),
        T(test_papers_package_goes_after_its_sets),
        T(test_papers_package_holds_what_is_owed_from_the_disposal_on),
        T(test_papers_destroyed_and_not_recorded_are_certified_later),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
