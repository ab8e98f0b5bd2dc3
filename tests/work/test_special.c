/* Goal: a special plan destroys what its kind says and nothing on hold, by the
 * same quorum, of single records these alone; and it drifts like any plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/store/sets.h"
#include "core/work/eraserun.h"
#include "core/work/hold.h"
#include "core/work/sealrun.h"
#include "core/work/special.h"
#include "tests/aid/clinic.h"

#define TODAY keep_civil_from_ymd(2026, 11, 21)
#define SLIP "{\"resourceType\":\"Condition\",\"id\":\"slip\",\"subject\":{\"reference\":\"Patient/new\"},\"encounter\":{\"reference\":\"Encounter/e-new\"},\"recordedDate\":\"2024-02-01\",\"code\":{\"text\":\"not hers\"}}\n"

static int setup(void **state)
{
    struct clinic *c = clinic_new();
    clinic_fill(c, "official");
    clinic_import(c, "ehr", "slip.ndjson", SLIP);
    clinic_adopt(c, CLINIC_RULES);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    keep_fault_set(NULL, NULL);
    clinic_free(*state);
    return 0;
}

/* The set of a patient, and its records; copied out. */
struct found {
    uint8_t id[16];
    uint64_t record[8];
    size_t records;
    enum keep_set_status status;
};

static struct found find(struct clinic *c, const char *mrn, uint32_t series)
{
    struct keep_dates d;
    keep_date today;
    struct found f = {.records = 0};
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, today, NULL, NULL, &c->err));
    for (size_t i = 0; i < d.result.sets; i++) {
        const struct keep_set *s = &d.result.set[i];
        if (s->patient == KEEP_ID_NONE || s->series != series || !keep_str_is(d.world.patient[s->patient].mrn, mrn))
            continue;
        memcpy(f.id, s->id, 16);
        f.status = s->status;
        f.records = s->records;
        assert_true(s->records <= 8);
        memcpy(f.record, s->record, s->records * sizeof *s->record);
    }
    keep_dates_free(&d);
    return f;
}

static int make(struct clinic *c, const struct keep_special_request *r)
{
    struct keep_buf text = KEEP_BUF_INIT;
    size_t sets = 0;
    keep_date today;
    keep_err_clear(&c->err);
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    int rc = keep_special_make(c->s, &c->adopted, today, r, &text, &sets, &c->err);
    if (rc == 0) {
        assert_true(tool_put(clinic_path(c, "sp"), text.p, text.n));
        clinic_must(c, keep_planrun_read(c->s, &c->adopted, clinic_path(c, "sp"), c->arena, &c->plan, &c->err));
        assert_int_equal(c->plan.sets, sets);
        assert_int_equal(c->plan.kind, r->kind);
    }
    keep_buf_free(&text);
    return rc;
}

static int of_set(struct clinic *c, enum keep_plan_kind kind, const struct found *f)
{
    static const uint8_t order[32] = {9};
    struct keep_special_request r = {.kind = kind, .set = (const uint8_t (*)[16])&f->id, .sets = 1, .reason = KEEP_STR("why"), .authority = KEEP_STR("a court"), .order = order};
    return make(c, &r);
}

static int of_records(struct clinic *c, enum keep_plan_kind kind, const uint64_t *record, size_t n)
{
    struct keep_special_request r = {.kind = kind, .record = record, .records = n, .reason = KEEP_STR("why")};
    return make(c, &r);
}

static int dispose(struct clinic *c, struct keep_eraserun_result *r)
{
    struct keep_eraserun_params p = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    keep_err_clear(&c->err);
    return keep_eraserun_dispose(c->s, &p, c->arena, r, &c->err);
}

static void done(struct keep_eraserun_result *r)
{
    keep_buf_free(&r->certificate);
    keep_buf_free(&r->signature);
}

static bool certified(const struct keep_eraserun_result *r, const char *text)
{
    return memmem(r->certificate.p, r->certificate.n, text, strlen(text)) != NULL;
}

static bool opens(struct clinic *c, uint64_t record)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_load_payload(c->s, record, 0, &b, &c->err);
    keep_buf_free(&b);
    return rc == 0;
}

/* Kept until 2034 by its rules; the court wants it gone. */
static void test_special_expungement(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    struct keep_eraserun_result r;
    size_t n;
    assert_int_equal(f.status, KEEP_SET_KEPT);
    assert_int_equal(of_set(c, KEEP_PLAN_EXPUNGE, &f), 0);
    assert_int_equal(c->plan.set[0].action, KEEP_ACT_DESTROY);
    assert_int_equal(keep_planrun_honest(c->s, &c->adopted, &c->plan, c->arena, &c->err), 0);
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err));
    assert_int_equal(dispose(c, &r), KEEP_E_REFUSED);
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err));
    assert_int_equal(dispose(c, &r), 0);
    assert_true(r.sets == 1 && r.records == 2);
    assert_true(certified(&r, "\"special\":\"court-ordered expungement\"") && certified(&r, "\"special_authority\":\"a court\"") && !certified(&r, "normal course of business"));
    done(&r);
    assert_false(opens(c, f.record[0]));
    struct keep_set_state st;
    assert_int_equal(keep_sets_get(c->s, f.id, c->arena, &st, &c->err), 0);
    assert_int_equal(st.status, KEEP_SET_DESTROYED);
    assert_true(clinic_whole(c));
}

static void test_special_expungement_is_legals_business(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    struct keep_special_request r = {.kind = KEEP_PLAN_EXPUNGE, .set = (const uint8_t (*)[16])&f.id, .sets = 1, .reason = KEEP_STR("why"), .authority = KEEP_STR("a court")};
    assert_int_equal(make(c, &r), KEEP_E_USAGE); /* no document */
    assert_true(clinic_said(c, KEEP_E_USAGE, "cites the court's order"));
    assert_int_equal(of_set(c, KEEP_PLAN_EXPUNGE, &f), 0);
    c->plan.quorum = 1;
    size_t n;
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err));
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "needs the approval of the officer whose role is legal"));
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err));
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), 0);
}

/* One record goes, its chart stays, and does not drift by growing. */
static void test_special_single_records(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD), after;
    struct keep_eraserun_result r;
    assert_int_equal(f.records, 2);
    uint64_t slip = f.record[1], stays = f.record[0];
    assert_int_equal(of_records(c, KEEP_PLAN_MISFILED, &slip, 1), 0);
    assert_true(c->plan.set[0].onlys == 1 && c->plan.set[0].records == 1 && c->plan.set[0].rule.n == 0);
    clinic_approve(c);
    clinic_import(c, "ehr", "more.ndjson", "{\"resourceType\":\"Condition\",\"id\":\"later\",\"subject\":{\"reference\":\"Patient/new\"},\"encounter\":{\"reference\":\"Encounter/e-new\"},\"recordedDate\":\"2024-02-02\"}\n");
    assert_int_equal(dispose(c, &r), 0);
    assert_true(r.sets == 1 && r.records == 1);
    assert_true(certified(&r, "\"single_records\":1") && certified(&r, "\"special\":\"wrong-patient filing\""));
    done(&r);
    assert_true(opens(c, stays));
    assert_false(opens(c, slip));
    after = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    assert_true(after.status == KEEP_SET_KEPT && after.records == 2);
    assert_int_equal(dispose(c, &r), 2); /* nothing is left of it; the certificate again */
    assert_true(certified(&r, "\"single_records\":1"));
    done(&r);
    assert_int_equal(of_records(c, KEEP_PLAN_ERRONEOUS, &slip, 1), KEEP_E_USAGE); /* not there any more */
    assert_true(clinic_whole(c));
}

static const char *reason_of(struct clinic *c)
{
    struct keep_eraserun_result r;
    int rc = dispose(c, &r);
    assert_true(rc == 2 || rc == 1);
    done(&r);
    return r.reason[0];
}

static void test_special_a_new_version_drifts(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    assert_int_equal(of_records(c, KEEP_PLAN_ERRONEOUS, &f.record[1], 1), 0);
    clinic_approve(c);
    clinic_import(c, "ehr", "slip2.ndjson", "{\"resourceType\":\"Condition\",\"id\":\"slip\",\"subject\":{\"reference\":\"Patient/new\"},\"encounter\":{\"reference\":\"Encounter/e-new\"},\"recordedDate\":\"2024-02-03\"}\n");
    assert_non_null(strstr(reason_of(c), "drifted"));
    assert_true(opens(c, f.record[1]));
}

/* A hold stops every kind, at the plan and after it. */
static void test_special_never_a_hold(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    struct keep_hold_order hold = {.matter = KEEP_STR("CASE-9"), .effective_from = KEEP_TIME_NONE};
    uint64_t n;
    assert_int_equal(of_set(c, KEEP_PLAN_EXPUNGE, &f), 0);
    clinic_approve(c);
    clinic_must(c, keep_hold_place(c->s, &hold, &n, &c->err));
    assert_string_equal(reason_of(c), "held: CASE-9");
    assert_true(opens(c, f.record[0]));
    for (int kind = KEEP_PLAN_EXPUNGE; kind < KEEP_PLAN_KIND_COUNT; kind++) {
        assert_int_equal(of_set(c, (enum keep_plan_kind)kind, &f), KEEP_E_REFUSED);
        assert_true(clinic_said(c, KEEP_E_REFUSED, "held: CASE-9"));
    }
    assert_int_equal(of_records(c, KEEP_PLAN_MISFILED, f.record, 1), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "held: CASE-9"));
}

static void test_special_what_is_refused(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD), who = find(c, "M-new", KEEP_SERIES_PATIENT_IDENTITY), none = {.id = {1}};
    uint64_t no_record[2] = {f.record[0], 999999};
    assert_int_equal(of_set(c, KEEP_PLAN_MISFILED, &who), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "outlives the patient's other sets"));
    assert_int_equal(of_set(c, KEEP_PLAN_DESTROY_BY, &f), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "no rule wants it destroyed"));
    assert_int_equal(of_set(c, KEEP_PLAN_EXPUNGE, &none), KEEP_E_USAGE);
    assert_int_equal(of_records(c, KEEP_PLAN_MISFILED, no_record, 2), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "1 of the 2 records named are none of this keep"));
    assert_int_equal(of_records(c, KEEP_PLAN_DESTROY_BY, f.record, 1), KEEP_E_USAGE);
    assert_int_equal(of_records(c, KEEP_PLAN_DUE, f.record, 1), KEEP_E_USAGE);
    struct keep_special_request quiet = {.kind = KEEP_PLAN_MISFILED, .record = f.record, .records = 1};
    assert_int_equal(make(c, &quiet), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "says why"));
}

/* Reason, kind and records are what officers sign: none can be put in place of another. */
static void test_special_edited(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    uint8_t one[32], two[32];
    assert_int_equal(of_records(c, KEEP_PLAN_MISFILED, &f.record[1], 1), 0);
    keep_plan_digest(&c->plan, one);
    struct keep_plan edited = c->plan;
    edited.reason = KEEP_STR("another");
    keep_plan_digest(&edited, two);
    assert_memory_not_equal(one, two, 32);
    edited = c->plan;
    edited.kind = KEEP_PLAN_ERRONEOUS;
    keep_plan_digest(&edited, two);
    assert_memory_not_equal(one, two, 32);
    struct keep_plan_set ps = c->plan.set[0];
    ps.only = &f.record[0];
    edited = c->plan;
    edited.set = &ps;
    keep_plan_digest(&edited, two);
    assert_memory_not_equal(one, two, 32);
    c->plan = edited; /* the digest of another record: drifted, whoever approves it */
    clinic_approve(c);
    assert_non_null(strstr(reason_of(c), "drifted"));
    assert_true(opens(c, f.record[0]));
    ps = (struct keep_plan_set){0};
    assert_int_equal(of_records(c, KEEP_PLAN_MISFILED, &f.record[1], 1), 0);
    ps = c->plan.set[0];
    ps.records = 2;
    c->plan.set = &ps;
    assert_int_equal(keep_planrun_honest(c->s, &c->adopted, &c->plan, c->arena, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "edited"));
}

#define CONFLICT(read, gate)                                                                                                                                          \
    CLINIC_PACK("1") CLINIC_US CLINIC_KS "retention \"us.gone\" { title \"G\" jurisdiction US status law checked " read " cite \"42 none\" "       \
                                         "when set.series == \"medical record\" destroy by 9 years after set.last(\"discharge_date\") " gate " explain \"Gone.\" }\n"

/* Wanted gone by 2010, kept through 2011 by another: neither goes by itself; the quorum may decide for the first, if its text was read. */
static void conflict(struct clinic *c, const char *rules, struct found *f)
{
    clinic_adopt(c, rules);
    *f = find(c, "M-old", KEEP_SERIES_MEDICAL_RECORD);
    assert_int_equal(f->status, KEEP_SET_CONFLICT);
}

static void test_special_destroy_by(void **state)
{
    struct clinic *c = *state;
    struct found f;
    struct keep_eraserun_result r;
    conflict(c, CONFLICT("date(\"2026-01-01\") source \"made up\"", ""), &f);
    assert_int_equal(of_set(c, KEEP_PLAN_DESTROY_BY, &f), 0);
    assert_true(keep_str_is(c->plan.set[0].rule, "us.gone") && keep_str_is(c->plan.set[0].authority, "42 none"));
    clinic_approve(c);
    assert_int_equal(dispose(c, &r), 0);
    assert_int_equal(r.sets, 1);
    done(&r);
    assert_true(clinic_whole(c));
}

static void test_special_destroy_by_under_an_unread_rule(void **state)
{
    struct clinic *c = *state;
    struct found f;
    conflict(c, CONFLICT("\"unverified\"", ""), &f);
    assert_int_equal(of_set(c, KEEP_PLAN_DESTROY_BY, &f), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "may not release it"));
    assert_int_equal(of_set(c, KEEP_PLAN_EXPUNGE, &f), 0); /* a court may */
}

static void test_special_destroy_by_waits_for_its_gates(void **state)
{
    struct clinic *c = *state;
    struct found f;
    conflict(c, CONFLICT("date(\"2026-01-01\") source \"made up\"", "gate \"tell somebody\""), &f);
    assert_int_equal(of_set(c, KEEP_PLAN_DESTROY_BY, &f), 0);
    clinic_approve(c);
    assert_non_null(strstr(reason_of(c), "tell somebody"));
    assert_int_equal(of_set(c, KEEP_PLAN_ERRONEOUS, &f), 0);
    assert_int_equal(c->plan.set[0].gates.n, 0);
}

static int dies(void *ctx, enum keep_fault_op op, const char *what)
{
    int *left = ctx;
    (void)what;
    return op != KEEP_FAULT_READ && --*left == 0;
}

/* Wherever a disposal of single records fails, another run ends it: the record is gone, its chart is not, one certificate tells. */
static void test_special_failing_anywhere(void **state)
{
    struct clinic *c = *state;
    struct found f = find(c, "M-new", KEEP_SERIES_MEDICAL_RECORD);
    struct keep_eraserun_result r;
    int failed = 0;
    assert_int_equal(of_records(c, KEEP_PLAN_MISFILED, &f.record[1], 1), 0);
    clinic_approve(c);
    for (int n = 2; n < 4000; n += 9) {
        int left = n;
        keep_fault_set(dies, &left);
        int rc = dispose(c, &r);
        keep_fault_set(NULL, NULL);
        done(&r);
        keep_err_clear(&c->err);
        failed += rc < 0;
        clinic_open(c, CLINIC_NOW);
        assert_true(opens(c, f.record[0]));
        if (left > 0)
            break;
    }
    assert_true(failed > 3);
    int rc = dispose(c, &r);
    assert_true(rc == 0 || rc == 2);
    assert_true(certified(&r, "\"single_records\":1"));
    done(&r);
    assert_false(opens(c, f.record[1]));
    assert_true(clinic_whole(c));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_special_expungement),
        T(test_special_expungement_is_legals_business),
        T(test_special_single_records),
        T(test_special_a_new_version_drifts),
        T(test_special_never_a_hold),
        T(test_special_what_is_refused),
        T(test_special_edited),
        T(test_special_destroy_by),
        T(test_special_destroy_by_under_an_unread_rule),
        T(test_special_destroy_by_waits_for_its_gates),
        T(test_special_failing_anywhere),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
