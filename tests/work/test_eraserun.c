/* Goal: nothing is destroyed that is not approved, unchanged, archived where it is
 * official, and free of gates; whatever was destroyed is in one certificate,
 * wherever the run stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/sets.h"
#include "core/text/json.h"
#include "core/work/eraserun.h"
#include "core/work/hold.h"
#include "core/work/sealrun.h"
#include "tests/aid/clinic.h"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static void begin(struct clinic *c, const char *custody, const char *rules)
{
    clinic_fill(c, custody);
    clinic_adopt(c, rules);
    assert_int_equal(clinic_plan(c), 1);
    clinic_approve(c);
}

static void archive(struct clinic *c)
{
    const char *out = clinic_path(c, "out");
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = out};
    struct keep_sealrun_result r;
    clinic_must(c, keep_sealrun_archive(c->s, &p, c->arena, &r, &c->err));
}

static int dispose_as(struct clinic *c, const struct keep_sign_secret *officer, struct keep_eraserun_result *r, int (*progress)(void *, uint64_t, uint64_t))
{
    struct keep_eraserun_params p = {.adopted = &c->adopted, .plan = &c->plan, .officer = officer, .progress = progress};
    return keep_eraserun_dispose(c->s, &p, c->arena, r, &c->err);
}

static int dispose(struct clinic *c, struct keep_eraserun_result *r)
{
    int rc = dispose_as(c, c->him, r, NULL);
    clinic_must(c, rc);
    return rc;
}

static void done(struct keep_eraserun_result *r)
{
    keep_buf_free(&r->certificate);
    keep_buf_free(&r->signature);
}

static uint64_t records_left(struct clinic *c)
{
    struct keep_load_status st;
    clinic_must(c, keep_load_status(c->s, &st, &c->err));
    return st.records;
}

static const struct keep_json *certificate(struct clinic *c, const struct keep_eraserun_result *r)
{
    const struct keep_json *j;
    struct keep_sign_public pub;
    struct keep_str trusted;
    keep_sign_public_of(keep_store_signer(c->s), &pub);
    assert_int_equal(keep_sign_check(&pub, r->certificate.p, r->certificate.n, keep_buf_view(&r->signature), &trusted, NULL), 0);
    assert_true(keep_str_is(trusted, "chartkeep certificate of destruction"));
    assert_int_equal(keep_json_parse(&j, keep_arena_str(c->arena, keep_buf_view(&r->certificate), NULL), "certificate", c->arena, &c->err), 0);
    return j;
}

static int64_t number(const struct keep_json *j, const char *name)
{
    int64_t v = -1;
    keep_json_i64(keep_json_get(j, name), &v);
    return v;
}

static void test_eraserun_destroys_what_is_archived_and_certifies_it(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r, again;
    struct keep_set_state st;
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_dates d;
    begin(c, "official", CLINIC_RULES);
    archive(c);
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, keep_civil_utc_date(CLINIC_NOW), NULL, NULL, &c->err));
    uint64_t record = 0;
    for (size_t i = 0; i < d.result.sets; i++)
        if (d.result.set[i].status == KEEP_SET_ARCHIVED)
            record = d.result.set[i].record[0];
    keep_dates_free(&d);
    assert_int_equal(keep_load_payload(c->s, record, 0, &b, &c->err), 0);
    assert_int_equal(dispose(c, &r), 0);
    assert_int_equal(r.sets, 1);
    assert_int_equal(r.records, 1);
    assert_int_equal(r.left, 0);
    assert_string_equal(r.reason[0], "");
    assert_int_equal(keep_load_payload(c->s, record, 0, &b, &c->err), 2);
    assert_int_equal(keep_sets_get(c->s, c->plan.set[0].set, c->arena, &st, &c->err), 0);
    assert_int_equal(st.status, KEEP_SET_DESTROYED);
    const struct keep_json *j = certificate(c, &r);
    assert_int_equal(number(j, "sets_destroyed"), 1);
    assert_int_equal(number(j, "records_destroyed"), 1);
    assert_int_equal(keep_json_len(keep_json_get(j, "approvals")), 2);
    assert_true(keep_str_is(keep_json_str(keep_json_get(j, "performed_by")), "him"));
    assert_true(keep_str_is(keep_json_str(keep_json_get(j, "date_of_destruction")), "2026-11-21"));
    assert_true(keep_str_eq(keep_json_str(keep_json_get(keep_json_at(keep_json_get(j, "sets"), 0), "package")), st.package));
    assert_null(memmem(r.certificate.p, r.certificate.n, "M-old", 5));
    assert_true(clinic_whole(c));
    assert_int_equal(dispose(c, &again), 2); /* nothing is left; the certificate comes again */
    assert_string_equal(again.reason[0], "destroyed before");
    assert_int_equal(again.sets, 0);
    assert_true(keep_str_eq(keep_buf_view(&again.certificate), keep_buf_view(&r.certificate)));
    assert_true(keep_str_eq(keep_buf_view(&again.signature), keep_buf_view(&r.signature)));
    done(&again);
    done(&r);
    keep_buf_free(&b);
}

/* Who the patient was goes last, and then the patient's own key. */
static void test_eraserun_of_the_identity_comes_last(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    struct keep_world w;
    begin(c, "copy", CLINIC_RULES);
    assert_int_equal(dispose(c, &r), 0);
    done(&r);
    assert_int_equal(clinic_plan(c), 1);
    assert_true(keep_str_is(c->plan.set[0].series, "patient identity"));
    clinic_approve(c);
    assert_int_equal(dispose(c, &r), 0);
    done(&r);
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    for (size_t i = 0; i < w.patients; i++)
        assert_false(keep_str_is(w.patient[i].mrn, "M-old") || keep_str_is(w.patient[i].name, "Familyold, Given"));
    assert_int_equal(records_left(c), 3);
    assert_true(clinic_whole(c));
}

static void test_eraserun_needs_quorum_and_an_officer(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    size_t n;
    clinic_fill(c, "copy");
    clinic_adopt(c, CLINIC_RULES);
    clinic_plan(c);
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err));
    uint64_t size = keep_ledger_size(c->s);
    assert_int_equal(dispose_as(c, c->him, &r, NULL), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "approved by: legal"));
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err));
    assert_int_equal(dispose_as(c, c->stranger, &r, NULL), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "no officer"));
    assert_int_equal(keep_ledger_size(c->s), size + 1);
    assert_int_equal(records_left(c), 5);
}

/* The plan is left whole, and says why. */
static void left(struct clinic *c, const char *why)
{
    struct keep_eraserun_result r;
    uint64_t size = keep_ledger_size(c->s), records = records_left(c);
    assert_int_equal(dispose(c, &r), 2);
    assert_int_equal(r.left, 1);
    if (!strstr(r.reason[0], why))
        fail_msg("%s", r.reason[0]);
    assert_int_equal(keep_ledger_size(c->s), size); /* not even an intent */
    assert_int_equal(records_left(c), records);
    done(&r);
}

static void test_eraserun_leaves_what_is_not_archived(void **state)
{
    begin(*state, "official", CLINIC_RULES);
    left(*state, "not archived yet");
}

static void test_eraserun_leaves_what_has_a_gate(void **state)
{
    begin(*state, "official", CLINIC_PACK("1") CLINIC_US "retention \"us-ks.g\" { title \"G\" jurisdiction US-KS " CLINIC_CHECKED
                              "when set.series == \"medical record\" keep 10 years after set.last(\"discharge_date\") gate \"tell the department\" explain \"x\" }\n");
    archive(*state);
    left(*state, "a gate is not met");
}

static void test_eraserun_leaves_what_owes_a_summary(void **state)
{
    begin(*state, "copy", CLINIC_PACK("1") CLINIC_US "retention \"us-ks.g\" { title \"G\" jurisdiction US-KS " CLINIC_CHECKED
                          "when set.series == \"medical record\" keep 10 years after set.last(\"discharge_date\") residue 25 years \"a summary\" explain \"x\" }\n");
    left(*state, "a summary must outlive it");
}

static void test_eraserun_leaves_what_is_held_since(void **state)
{
    struct clinic *c = *state;
    struct keep_hold_order hold = {.matter = KEEP_STR("CASE-9"), .effective_from = KEEP_TIME_NONE};
    uint64_t n;
    begin(c, "official", CLINIC_RULES);
    archive(c);
    clinic_must(c, keep_hold_place(c->s, &hold, &n, &c->err));
    left(c, "held: CASE-9");
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("CASE-9"), c->legal, &n, &c->err));
    left(c, "held: CASE-9"); /* it cools off */
}

static void test_eraserun_leaves_what_has_a_new_record(void **state)
{
    begin(*state, "official", CLINIC_RULES);
    archive(*state);
    clinic_import(*state, "ehr", "later.ndjson",
                  "{\"resourceType\":\"Condition\",\"id\":\"c9\",\"subject\":{\"reference\":\"Patient/old\"},\"encounter\":{\"reference\":\"Encounter/e-old\"},\"recordedDate\":\"2001-03-04\"}\n");
    left(*state, "drifted");
}

static void test_eraserun_leaves_what_has_another_day_by_birth(void **state)
{
    begin(*state, "official", CLINIC_RULES);
    archive(*state);
    clinic_import(*state, "ehr", "later.ndjson",
                  "{\"resourceType\":\"Patient\",\"id\":\"old\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"M-old\"}],\"name\":[{\"family\":\"Familyold\"}],\"birthDate\":\"1999-02-03\"}\n");
    left(*state, "drifted");
}

static void test_eraserun_leaves_what_has_other_custody(void **state)
{
    begin(*state, "copy", CLINIC_RULES);
    clinic_declare(*state, "ehr", "official", ((struct clinic *)*state)->him);
    left(*state, "drifted");
}

static void test_eraserun_leaves_what_is_past_the_review_of_its_rules(void **state)
{
    begin(*state, "official", CLINIC_RULES);
    archive(*state);
    clinic_open(*state, CLINIC_NOW + 301 * CLINIC_DAY);
    left(*state, "past its review");
}

static void test_eraserun_under_replaced_rules_is_refused(void **state)
{
    struct clinic *c = *state;
    struct keep_plan again;
    begin(c, "official", CLINIC_RULES);
    archive(c);
    clinic_adopt(c, CLINIC_PACK("2") CLINIC_US CLINIC_KS);
    assert_int_equal(keep_planrun_read(c->s, &c->adopted, clinic_path(c, "p"), c->arena, &again, &c->err), KEEP_E_REFUSED);
    keep_err_clear(&c->err);
}

static void test_eraserun_leaves_a_part_and_takes_the_rest(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_fill(c, "copy");
    clinic_stay(&b, "second", "1931-02-03", "2002-03-04");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "more.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    clinic_adopt(c, CLINIC_RULES);
    assert_int_equal(clinic_plan(c), 2);
    clinic_approve(c);
    clinic_import(c, "ehr", "later.ndjson",
                  "{\"resourceType\":\"Condition\",\"id\":\"c9\",\"subject\":{\"reference\":\"Patient/second\"},\"encounter\":{\"reference\":\"Encounter/e-second\"},\"recordedDate\":\"2002-03-04\"}\n");
    assert_int_equal(dispose(c, &r), 1);
    assert_int_equal(r.sets, 1);
    assert_int_equal(r.left, 1);
    assert_int_equal((r.reason[0][0] != 0) + (r.reason[1][0] != 0), 1);
    assert_int_equal(keep_json_len(keep_json_get(certificate(c, &r), "sets")), 1);
    assert_int_equal(number(certificate(c, &r), "sets_left"), 1);
    done(&r);
}

/* --- clocks --- */

static void test_eraserun_of_a_day_to_come_is_refused(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    clinic_fill(c, "copy");
    clinic_adopt(c, CLINIC_RULES);
    clinic_open(c, CLINIC_NOW + 100 * CLINIC_DAY); /* the clock was ahead when it was planned and approved */
    assert_int_equal(clinic_plan(c), 1);
    clinic_approve(c);
    clinic_open(c, CLINIC_NOW);
    uint64_t size = keep_ledger_size(c->s);
    assert_int_equal(dispose_as(c, c->him, &r, NULL), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "a day to come"));
    assert_int_equal(keep_ledger_size(c->s), size);
    assert_int_equal(records_left(c), 5);
}

static void test_eraserun_behind_the_ledger_is_refused(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_params p = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    struct keep_eraserun_result r;
    uint64_t n;
    begin(c, "copy", CLINIC_RULES);
    clinic_open(c, CLINIC_NOW + 100 * CLINIC_DAY);
    clinic_must(c, keep_hold_place(c->s, &(struct keep_hold_order){.matter = KEEP_STR("M"), .series = KEEP_STR("patient identity"), .effective_from = KEEP_TIME_NONE}, &n, &c->err));
    clinic_open(c, CLINIC_NOW);
    p.plan = &c->plan;
    assert_int_equal(keep_eraserun_dispose(c->s, &p, c->arena, &r, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "later than now"));
    assert_int_equal(records_left(c), 5);
    p.clock_checked = true;
    clinic_must(c, keep_eraserun_dispose(c->s, &p, c->arena, &r, &c->err));
    assert_int_equal(r.sets, 1);
    done(&r);
}

/* A hold that was placed while the clock stood in a year to come is one of today. */
static void test_eraserun_leaves_what_is_held_from_a_day_to_come(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_params p = {.adopted = &c->adopted, .officer = c->him, .clock_checked = true};
    struct keep_eraserun_result r;
    uint64_t n;
    begin(c, "copy", CLINIC_RULES);
    clinic_open(c, CLINIC_NOW + 4000 * CLINIC_DAY);
    clinic_must(c, keep_hold_place(c->s, &(struct keep_hold_order){.matter = KEEP_STR("M-40"), .effective_from = KEEP_TIME_NONE}, &n, &c->err));
    clinic_open(c, CLINIC_NOW);
    p.plan = &c->plan;
    int rc = keep_eraserun_dispose(c->s, &p, c->arena, &r, &c->err);
    clinic_must(c, rc);
    assert_int_equal(rc, 2);
    assert_non_null(strstr(r.reason[0], "M-40"));
    assert_int_equal(records_left(c), 5);
    done(&r);
}

/* --- stopped --- */

static unsigned calls;

static int stop(void *ctx, uint64_t sets, uint64_t total)
{
    (void)ctx;
    assert_true(sets <= total);
    calls++;
    return 1;
}

/* That many due copies, planned and approved. */
static void many(struct clinic *c, int n)
{
    struct keep_buf b = KEEP_BUF_INIT;
    char id[16];
    clinic_declare(c, "ehr", "copy", c->him);
    keep_buf_str(&b, CLINIC_HOSPITAL);
    for (int i = 0; i < n; i++) {
        snprintf(id, sizeof id, "p%d", i);
        clinic_stay(&b, id, "1930-02-03", "2001-03-04");
    }
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "ehr.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    clinic_adopt(c, CLINIC_RULES);
    assert_int_equal(clinic_plan(c), n);
    clinic_approve(c);
}

static void test_eraserun_stopped_and_run_again_certifies_all(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    uint64_t records;
    many(c, 70);
    records = records_left(c);
    calls = 0;
    assert_int_equal(dispose_as(c, c->him, &r, stop), KEEP_E_INTERRUPTED);
    assert_true(clinic_said(c, KEEP_E_INTERRUPTED, "run again"));
    assert_int_equal(calls, 1);
    uint64_t first = r.sets;
    assert_true(first > 0 && first < 70);
    assert_int_equal(records_left(c), records - first);
    assert_int_equal(r.certificate.n, 0);
    done(&r);
    assert_true(clinic_whole(c));
    clinic_open(c, CLINIC_NOW + CLINIC_DAY);
    assert_int_equal(dispose_as(c, c->legal, &r, NULL), 0);
    assert_int_equal(r.sets, 70 - first);
    assert_int_equal(r.left, 0);
    const struct keep_json *j = certificate(c, &r);
    assert_int_equal(number(j, "sets_destroyed"), 70);
    assert_int_equal(number(j, "records_destroyed"), 70);
    assert_int_equal(keep_json_len(keep_json_get(j, "sets")), 70);
    uint64_t earlier = 0;
    for (size_t i = 0; i < 70; i++) {
        const struct keep_json *set = keep_json_at(keep_json_get(j, "sets"), i);
        if (keep_json_get(set, "destroyed_at")) {
            assert_true(keep_str_is(keep_json_str(keep_json_get(set, "performed_by")), "him"));
            earlier++;
        }
        assert_string_equal(r.reason[i], "");
    }
    assert_int_equal(earlier, first);
    done(&r);
    assert_int_equal(records_left(c), records - 70);
    assert_int_equal(dispose(c, &r), 2);
    done(&r);
    assert_true(clinic_whole(c));
}

/* Everything was destroyed when it stopped: what is left to do is the keyring and the certificate. */
static void test_eraserun_stopped_before_its_certificate_makes_it_later(void **state)
{
    struct clinic *c = *state;
    struct keep_eraserun_result r;
    many(c, 64);
    int rc = dispose_as(c, c->him, &r, stop);
    assert_int_equal(rc, KEEP_E_INTERRUPTED);
    keep_err_clear(&c->err);
    assert_int_equal(r.sets, 64);
    done(&r);
    uint64_t size = keep_ledger_size(c->s);
    assert_int_equal(dispose(c, &r), 0);
    assert_int_equal(r.sets, 0);
    assert_int_equal(r.left, 0);
    assert_int_equal(keep_ledger_size(c->s), size + 2); /* the keyring rewritten, the certificate; no second intent */
    assert_int_equal(number(certificate(c, &r), "sets_destroyed"), 64);
    done(&r);
    assert_int_equal(dispose(c, &r), 2);
    done(&r);
    assert_true(clinic_whole(c));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_eraserun_destroys_what_is_archived_and_certifies_it),
        T(test_eraserun_of_the_identity_comes_last),
        T(test_eraserun_needs_quorum_and_an_officer),
        T(test_eraserun_leaves_what_is_not_archived),
        T(test_eraserun_leaves_what_has_a_gate),
        T(test_eraserun_leaves_what_owes_a_summary),
        T(test_eraserun_leaves_what_is_held_since),
        T(test_eraserun_leaves_what_has_a_new_record),
        T(test_eraserun_leaves_what_has_another_day_by_birth),
        T(test_eraserun_leaves_what_has_other_custody),
        T(test_eraserun_leaves_what_is_past_the_review_of_its_rules),
        T(test_eraserun_under_replaced_rules_is_refused),
        T(test_eraserun_leaves_a_part_and_takes_the_rest),
        T(test_eraserun_of_a_day_to_come_is_refused),
        T(test_eraserun_behind_the_ledger_is_refused),
        T(test_eraserun_leaves_what_is_held_from_a_day_to_come),
        T(test_eraserun_stopped_and_run_again_certifies_all),
        T(test_eraserun_stopped_before_its_certificate_makes_it_later),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
