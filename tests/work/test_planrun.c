/* Goal: a plan says the same each time it is made, binds keep, rules and quorum,
 * counts approvals of distinct officers alone, and sees every drift. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/hold.h"
#include "core/work/officerrun.h"
#include "tests/aid/clinic.h"

#define TODAY keep_civil_from_ymd(2026, 11, 21)

static void test_planrun_makes_the_same_plan_again(void **state)
{
    struct clinic *c = *state;
    uint8_t one[32], two[32];
    assert_int_equal(clinic_plan(c), 1);
    keep_plan_digest(&c->plan, one);
    struct keep_str annex = c->plan.annex;
    assert_int_equal(c->plan.set[0].action, KEEP_ACT_ARCHIVE);
    assert_int_equal(c->plan.set[0].records, 1);
    assert_true(keep_str_is(c->plan.set[0].rule, "us-ks.a") && keep_str_is(c->plan.set[0].authority, "none"));
    clinic_open(c, CLINIC_NOW + 3600 * KEEP_USEC);
    assert_int_equal(clinic_plan(c), 1);
    keep_plan_digest(&c->plan, two);
    assert_memory_equal(one, two, 32);
    assert_false(keep_str_eq(annex, c->plan.annex)); /* sealed anew */
}

static int to_buf(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)err;
    keep_buf_add(ctx, p, n);
    return 0;
}

static int open_annex(struct clinic *c, const uint8_t identity[32], struct keep_buf *plain)
{
    struct keep_age_in *in = NULL;
    struct keep_buf sealed = KEEP_BUF_INIT;
    assert_true(keep_codec_unbase64(&sealed, c->plan.annex, true));
    int rc = keep_age_in_new(&in, (const uint8_t (*)[32])identity, 1, to_buf, plain, NULL);
    if (rc == 0)
        rc = keep_age_in_add(in, sealed.p, sealed.n, NULL);
    if (rc == 0)
        rc = keep_age_in_finish(in, NULL);
    keep_buf_free(&sealed);
    keep_age_in_free(in);
    return rc;
}

static void test_planrun_names_people_to_the_officers_alone(void **state)
{
    struct clinic *c = *state;
    struct keep_buf text = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;
    uint8_t other[32] = {9};
    clinic_plan(c);
    assert_true(tool_get(clinic_path(c, "p"), &text));
    assert_null(memmem(text.p, text.n, "Familyold", 9));
    assert_null(memmem(text.p, text.n, "M-old", 5));
    for (int i = 0; i < 2; i++) {
        keep_buf_clear(&plain);
        assert_int_equal(open_annex(c, c->identity[i], &plain), 0);
        assert_non_null(memmem(plain.p, plain.n, "\"mrn\":\"M-old\"", 13));
        assert_non_null(memmem(plain.p, plain.n, "Familyold, Given", 16));
        assert_null(memmem(plain.p, plain.n, "M-new", 5));
    }
    keep_buf_clear(&plain);
    assert_int_equal(open_annex(c, other, &plain), KEEP_E_KEY);
    keep_buf_free(&text);
    keep_buf_free(&plain);
}

static void test_planrun_of_nothing_and_of_days_to_come(void **state)
{
    struct clinic *c = *state;
    struct keep_buf text = KEEP_BUF_INIT;
    size_t sets = 77;
    assert_int_equal(keep_planrun_make(c->s, &c->adopted, keep_civil_from_ymd(2011, 3, 4), &text, &sets, &c->err), 1); /* kept through that day */
    assert_int_equal(keep_planrun_make(c->s, &c->adopted, TODAY + 1, &text, &sets, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "destroy early"));
    assert_int_equal(sets, 77);
    assert_int_equal(text.n, 0);
    assert_int_equal(keep_planrun_make(c->s, &c->adopted, keep_civil_from_ymd(2011, 3, 5), &text, &sets, &c->err), 0);
    assert_int_equal(sets, 1);
    keep_buf_free(&text);
}

static int reread(struct clinic *c, struct keep_plan *out)
{
    return keep_planrun_read(c->s, &c->adopted, clinic_path(c, "p"), c->arena, out, &c->err);
}

static void test_planrun_of_another_keep_quorum_or_rules_is_refused(void **state)
{
    struct clinic *c = *state, *other = clinic_new();
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_plan p;
    clinic_plan(c);
    clinic_adopt(other, CLINIC_RULES);
    assert_int_equal(keep_planrun_read(other->s, &other->adopted, clinic_path(c, "p"), c->arena, &p, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "another keep"));
    clinic_free(other);

    struct keep_plan changed = c->plan;
    changed.quorum = 1;
    keep_plan_write(&changed, &text);
    assert_true(tool_put(clinic_path(c, "q"), text.p, text.n));
    assert_int_equal(keep_planrun_read(c->s, &c->adopted, clinic_path(c, "q"), c->arena, &p, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "quorum has changed"));
    keep_buf_free(&text);

    clinic_adopt(c, CLINIC_PACK("2") CLINIC_US CLINIC_KS);
    assert_int_equal(reread(c, &p), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "policy has changed"));
    clinic_adopt(c, CLINIC_RULES);
    assert_int_equal(reread(c, &p), 0);
}

static void test_planrun_reads_plans_alone(void **state)
{
    struct clinic *c = *state;
    struct keep_plan p = {.sets = 77};
    assert_int_equal(keep_planrun_read(c->s, &c->adopted, clinic_path(c, "absent"), c->arena, &p, &c->err), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    assert_int_equal(keep_planrun_read(c->s, &c->adopted, clinic_file(c, "q", "{}\n"), c->arena, &p, &c->err), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    assert_int_equal(p.sets, 77);
}

static void test_planrun_counts_officers_once(void **state)
{
    struct clinic *c = *state;
    struct keep_buf list = KEEP_BUF_INIT;
    size_t n = 77;
    clinic_plan(c);
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "2 officers of distinct roles; approved by: none"));
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->stranger, &n, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "no officer"));
    assert_int_equal(n, 77);
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "him has approved this plan already"));
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "approved by: him"));
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, &list, &c->err), 0);
    assert_non_null(memmem(list.p, list.n, "\"role\":\"him\"", 12));
    assert_non_null(memmem(list.p, list.n, "\"role\":\"legal\"", 14));
    keep_buf_free(&list);
    assert_true(clinic_whole(c));
}

static void test_planrun_approval_is_of_one_plan(void **state)
{
    struct clinic *c = *state;
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_plan(c);
    clinic_approve(c);
    clinic_stay(&b, "older", "1930-02-03", "2000-03-04");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "more.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    assert_int_equal(clinic_plan(c), 2);
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    keep_err_clear(&c->err);
}

/* With the keep's key but no officer's: an approval's act can be written, and counts for nothing. */
static void test_planrun_forged_approvals_count_for_nothing(void **state)
{
    struct clinic *c = *state;
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    char digest[65], store[33];
    uint8_t d[32];
    clinic_plan(c);
    keep_plan_digest(&c->plan, d);
    keep_codec_hex(d, 32, digest);
    keep_codec_hex(keep_store_id(c->s), 16, store);
    keep_buf_printf(&body, "{\"approve\":\"%s\",\"store\":\"%s\"}", digest, store);
    for (int i = 0; i < 3; i++) { /* by a stranger, for another purpose, under another's role */
        uint64_t id;
        keep_buf_clear(&sig);
        clinic_must(c, keep_sign_message(&sig, i == 0 ? c->stranger : c->him, body.p, body.n, "x", i == 1 ? "chartkeep adoption" : "chartkeep approval", &c->err));
        struct keep_act act = {.kind = KEEP_STR("approve"), .subject = keep_str_of(digest), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig),
                               .role = i == 2 ? KEEP_STR("legal") : KEEP_STR("him"), .at = CLINIC_NOW};
        clinic_must(c, keep_txn_begin(c->s, KEEP_LEDGER_APPROVE, &c->err));
        clinic_must(c, keep_txn_act(c->s, &act, &id, &c->err));
        clinic_must(c, keep_txn_commit(c->s, &c->err));
    }
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "approved by: none"));
    clinic_approve(c); /* the true ones still do */
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), 0);
    keep_buf_free(&body);
    keep_buf_free(&sig);
}

/* What an officer reads is what the digest stands for; drift alone is nobody's offence. */
static void test_planrun_edited_words_are_refused(void **state)
{
    struct clinic *c = *state;
    clinic_plan(c);
    assert_int_equal(keep_planrun_honest(c->s, &c->adopted, &c->plan, c->arena, &c->err), 0);
    struct keep_plan_set said[4] = {c->plan.set[0], c->plan.set[0], c->plan.set[0], c->plan.set[0]};
    struct keep_plan edited = c->plan;
    said[0].records = 0;
    said[1].authority = KEEP_STR("a better law");
    said[2].action = KEEP_ACT_DESTROY;
    said[3].keep_until--;
    for (size_t i = 0; i < 4; i++) {
        edited.set = &said[i];
        assert_int_equal(keep_planrun_honest(c->s, &c->adopted, &edited, c->arena, &c->err), KEEP_E_REFUSED);
        assert_true(clinic_said(c, KEEP_E_REFUSED, "edited"));
    }
    clinic_import(c, "ehr", "later.ndjson",
                  "{\"resourceType\":\"Condition\",\"id\":\"c9\",\"subject\":{\"reference\":\"Patient/old\"},\"encounter\":{\"reference\":\"Encounter/e-old\"},\"recordedDate\":\"2001-03-04\"}\n");
    assert_int_equal(keep_planrun_honest(c->s, &c->adopted, &c->plan, c->arena, &c->err), 0);
}

/* What the plan's only set is said to be now. */
static const char *standing(struct clinic *c, keep_date today)
{
    struct keep_dates d;
    const struct keep_set *set = NULL;
    const char *reason = NULL;
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, today, NULL, NULL, &c->err));
    assert_int_equal(keep_planrun_match(&c->plan, &d, today, &set, &reason, c->arena), 0);
    assert_true((set != NULL) == (reason[0] == 0));
    keep_dates_free(&d);
    return reason;
}

static void test_planrun_sees_every_drift(void **state)
{
    struct clinic *c = *state;
    assert_int_equal(clinic_plan(c), 1);
    assert_string_equal(standing(c, TODAY), "");
    assert_string_equal(standing(c, keep_civil_from_ymd(2011, 3, 4)), "not due today");

    struct keep_hold_order hold = {.matter = KEEP_STR("CASE-9"), .effective_from = KEEP_TIME_NONE};
    uint64_t n;
    clinic_must(c, keep_hold_place(c->s, &hold, &n, &c->err));
    assert_string_equal(standing(c, TODAY), "held: CASE-9");
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("CASE-9"), c->legal, &n, &c->err));
    clinic_open(c, CLINIC_NOW + 40 * CLINIC_DAY);
    assert_string_equal(standing(c, TODAY + 40), "");

    clinic_open(c, CLINIC_NOW + 301 * CLINIC_DAY);
    assert_string_equal(standing(c, TODAY + 301), "the adoption of its rules is past its review");
    clinic_open(c, CLINIC_NOW);
    struct keep_plan_set away = c->plan.set[0];
    away.set[0] ^= 1;
    c->plan.set = &away;
    assert_non_null(strstr(standing(c, TODAY), "gone"));
}

static void drifted_by(struct clinic *c, const char *line)
{
    assert_int_equal(clinic_plan(c), 1);
    assert_string_equal(standing(c, TODAY), "");
    clinic_import(c, "ehr", "later.ndjson", line);
    assert_non_null(strstr(standing(c, TODAY), "drifted"));
}

static void test_planrun_drifts_with_a_new_record(void **state)
{
    drifted_by(*state, "{\"resourceType\":\"Condition\",\"id\":\"c9\",\"subject\":{\"reference\":\"Patient/old\"},\"encounter\":{\"reference\":\"Encounter/e-old\"},\"recordedDate\":\"2001-03-04\"}\n");
}

static void test_planrun_drifts_with_a_changed_record(void **state)
{
    drifted_by(*state, "{\"resourceType\":\"Encounter\",\"id\":\"e-old\",\"status\":\"finished\",\"class\":{\"code\":\"EMER\"},\"subject\":{\"reference\":\"Patient/old\"},"
                       "\"period\":{\"start\":\"2001-03-04T10:00:00-06:00\",\"end\":\"2001-03-04T12:00:00-06:00\"},\"serviceProvider\":{\"reference\":\"Organization/o1\"}}\n");
}

/* Two years old then: kept to a year past majority, which is another day. */
static void test_planrun_drifts_with_a_birth_date(void **state)
{
    drifted_by(*state, "{\"resourceType\":\"Patient\",\"id\":\"old\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"M-old\"}],\"name\":[{\"family\":\"Familyold\",\"given\":[\"Given\"]}],"
                       "\"birthDate\":\"1999-02-03\"}\n");
}

static void renew(struct clinic *c, const char *role, const char *name, keep_date until)
{
    const struct keep_sign_secret *both[] = {c->him, c->legal};
    struct keep_officer o = {.role = keep_str_of(role), .name = keep_str_of(name), .until = until};
    clinic_must(c, keep_officerrun_change(c->s, &(struct keep_officerrun_change){.renew = &o, .signer = both, .signers = 2}, &c->err));
}

/* An approval counts while its officer is in office and the key is good. */
static void test_planrun_expired_keys_approve_nothing(void **state)
{
    struct clinic *c = *state;
    size_t n;
    renew(c, "legal", "", TODAY + 3);
    clinic_plan(c);
    clinic_approve(c);
    clinic_open(c, CLINIC_NOW + 3 * CLINIC_DAY);
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), 0);
    clinic_open(c, CLINIC_NOW + 4 * CLINIC_DAY);
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "approved by: him; still to approve: 1 of nobody"));
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "officer legal has expired: it was valid until 2026-11-24"));
    struct keep_buf plain = KEEP_BUF_INIT;
    clinic_plan(c); /* and a new plan's annex is not for him */
    assert_int_equal(open_annex(c, c->identity[1], &plain), KEEP_E_KEY);
    keep_buf_clear(&plain);
    assert_int_equal(open_annex(c, c->identity[0], &plain), 0);
    keep_buf_free(&plain);
}

static void test_planrun_counts_people_once(void **state)
{
    struct clinic *c = *state;
    size_t n;
    struct keep_officer third = {.role = KEEP_STR("privacy"), .name = KEEP_STR("A. Byron")};
    const struct keep_sign_secret *both[] = {c->him, c->legal};
    keep_sign_public_of(c->stranger, &third.key);
    memset(third.recipient, 6, 32);
    clinic_must(c, keep_officerrun_change(c->s, &(struct keep_officerrun_change){.add = &third, .signer = both, .signers = 2}, &c->err));
    renew(c, "legal", "a byron", 0);
    clinic_plan(c);
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->stranger, &n, &c->err), 0);
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "the same person has approved this plan already, as privacy"));
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "approved by: privacy; still to approve: 1 of him"));
    renew(c, "legal", "Another", 0);
    assert_int_equal(keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err), 0);
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), 0);
    renew(c, "legal", "A. BYRON", 0); /* one person after all: counted once, whoever signed first */
    assert_int_equal(keep_planrun_approved(c->s, &c->plan, NULL, &c->err), KEEP_E_REFUSED);
    keep_err_clear(&c->err);
}

#define T(f) cmocka_unit_test_setup_teardown(f, clinic_setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_planrun_makes_the_same_plan_again),
        T(test_planrun_names_people_to_the_officers_alone),
        T(test_planrun_of_nothing_and_of_days_to_come),
        T(test_planrun_of_another_keep_quorum_or_rules_is_refused),
        T(test_planrun_reads_plans_alone),
        T(test_planrun_counts_officers_once),
        T(test_planrun_approval_is_of_one_plan),
        T(test_planrun_forged_approvals_count_for_nothing),
        T(test_planrun_edited_words_are_refused),
        T(test_planrun_sees_every_drift),
        T(test_planrun_drifts_with_a_new_record),
        T(test_planrun_drifts_with_a_changed_record),
        T(test_planrun_drifts_with_a_birth_date),
        T(test_planrun_expired_keys_approve_nothing),
        T(test_planrun_counts_people_once),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
