/* Goal: what is listed, left out, held back and told as one is what 45 CFR 164.528
 * says; a merged patient has one accounting; what sources lack is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/work/accounting.h"
#include "core/work/answered.h"
#include "core/work/patientrun.h"
#include "tests/work/ward.h"

#define MAPS                                                                                                                                                             \
    CLINIC_PACK("1")                                                                                                                                                     \
    "map \"roi\" { into disclosures column disclosure_id from \"n\" column patient_id from \"p\" column recipient from \"to\" column purpose from \"for\" column basis " \
    "from \"basis\" column description from \"what\" column created from \"day\" column status from \"status\" column until from \"until\" column agency from \"agency\" }\n"
#define HEAD "n,p,to,what,for,basis,day,status,until,agency\r\n"

static uint32_t patient_new(void *ctx, const struct keep_world *w, struct keep_err *err)
{
    (void)err;
    return ward_patient(w, ctx);
}

static uint32_t nobody(void *ctx, const struct keep_world *w, struct keep_err *err)
{
    (void)ctx;
    (void)w;
    keep_err_set(err, KEEP_E_USAGE, "nobody");
    return KEEP_ID_NONE;
}

static void run(struct clinic *c, struct keep_accounting *a, bool each)
{
    keep_date today = keep_civil_from_ymd(2026, 11, 21);
    struct keep_accounting_params p = {.patient = patient_new, .ctx = "M-new", .from = keep_civil_add_years(today, -6), .through = today, .today = today, .each = each};
    clinic_must(c, keep_accounting_run(a, c->s, &p, &c->err));
}

static void test_accounting_fates(void **state)
{
    struct clinic *c = *state;
    struct keep_accounting a;
    struct keep_buf lacks = KEEP_BUF_INIT;
    run(c, &a, false);
    assert_int_equal(a.sources, 0);
    assert_false(a.complete);
    keep_accounting_free(&a);
    ward_table(c, "roi", "roi.csv",
               HEAD "1,new,Office,chart,inspection,health oversight,2025-01-01,,,\r\n2,new,Office,chart,inspection,164.512(d),2026-01-01,,,\r\n"
                    "3,new,Office,chart,other,164.512(d),2025-06-01,,,\r\n4,new,Friend,chart,,,2025-07-01,,,\r\n5,new,Friend,chart,,,2025-08-01,,,\r\n"
                    "6,new,Payer,bill,bill,payment,2025-07-02,,,\r\n7,new,Police,all,case,law enforcement,2025-07-03,,2027-01-01,Police\r\n"
                    "8,new,Wrong,all,case,law enforcement,2025-07-04,void,,\r\n9,new,Undated,,,research,,,,\r\n10,old,Other,all,x,research,2025-01-01,,,\r\n"
                    "11,new,Old,all,x,research,2019-01-01,,,\r\n");
    run(c, &a, false);
    assert_int_equal(a.sources, 1);
    assert_int_equal(a.count[KEEP_ACCOUNTING_LISTED], 5);
    assert_int_equal(a.count[KEEP_ACCOUNTING_LEFT_OUT], 1);
    assert_int_equal(a.count[KEEP_ACCOUNTING_SUSPENDED], 1);
    assert_int_equal(a.count[KEEP_ACCOUNTING_RETRACTED], 1);
    assert_int_equal(a.count[KEEP_ACCOUNTING_UNDATED], 1);
    assert_int_equal(a.entries, 8); /* two inspections are one; friends without a purpose are not */
    assert_true(keep_str_is(a.entry[0].recipient, "Office") && a.entry[0].times == 2 && a.entry[0].last == keep_civil_from_ymd(2026, 1, 1));
    assert_true(a.entry[1].times == 1 && keep_str_is(a.entry[1].purpose, "other"));
    keep_accounting_missing(&a.entry[2], &lacks);
    assert_true(keep_str_is(keep_buf_view(&lacks), "purpose"));
    keep_accounting_free(&a);
    run(c, &a, true);
    assert_int_equal(a.entries, 9);
    keep_buf_clear(&lacks);
    keep_accounting_missing(&a.entry[8], &lacks);
    assert_true(keep_str_is(keep_buf_view(&lacks), "date, description, purpose"));
    keep_accounting_free(&a);
    keep_buf_free(&lacks);
}

/* Both numbers of one patient, and a compliance date that lies before. */
static void test_accounting_merged(void **state)
{
    struct clinic *c = *state;
    struct keep_patientrun_result r = {0};
    struct keep_accounting a;
    struct keep_world w;
    keep_date early = keep_civil_from_ymd(2002, 1, 1);
    ward_table(c, "roi", "roi.csv", HEAD "1,new,Office,chart,x,research,2025-01-01,,,\r\n2,old,Office,chart,x,research,2025-02-01,,,\r\n3,old,Office,chart,x,research,2003-04-13,,,\r\n");
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    uint64_t both[2] = {w.patient[ward_patient(&w, "M-new")].entity, w.patient[ward_patient(&w, "M-old")].entity};
    struct keep_patientrun_params pp = {.act = KEEP_PATIENTRUN_MERGE, .adopted = &c->adopted, .today = keep_civil_from_ymd(2026, 11, 21), .identity = both, .identities = 2, .confirm = true};
    clinic_must(c, keep_patientrun(c->s, &pp, &r, &c->err));
    keep_patientrun_free(&r);
    struct keep_accounting_params p = {.patient = patient_new, .ctx = "M-new", .from = early, .through = keep_civil_from_ymd(2026, 11, 21), .today = keep_civil_from_ymd(2026, 11, 21)};
    struct keep_world merged;
    clinic_must(c, keep_load_world(c->s, c->arena, &merged, &c->err));
    if (ward_patient(&merged, "M-new") == merged.patients)
        p.ctx = "M-old";
    clinic_must(c, keep_accounting_run(&a, c->s, &p, &c->err));
    assert_int_equal(a.count[KEEP_ACCOUNTING_LISTED], 2);
    assert_int_equal(a.count[KEEP_ACCOUNTING_LEFT_OUT], 1);
    assert_string_equal(a.entry[1].paragraph, "(ix)");
    keep_accounting_free(&a);
    p.patient = nobody;
    assert_int_equal(keep_accounting_run(&a, c->s, &p, &c->err), KEEP_E_USAGE);
    keep_accounting_free(&a);
}

static void test_accounting_answer(void **state)
{
    struct clinic *c = *state;
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_sign_public pub;
    struct keep_str trusted;
    keep_time last;
    struct keep_answered_count n = {"listed", 3};
    struct keep_answered a = {.kind = "accounting", .comment = "chartkeep accounting of disclosures", .request = KEEP_STR("R-1"), .patient = 7, .from = 0, .through = 9, .document = KEEP_STR("text"),
                              .count = &n, .counts = 1};
    assert_int_equal(keep_answered_record(c->s, &a, &sig, &c->err), KEEP_E_REFUSED);
    a.officer = c->stranger;
    assert_int_equal(keep_answered_record(c->s, &a, &sig, &c->err), KEEP_E_REFUSED);
    clinic_must(c, keep_answered_last(c->s, "accounting", 7, &last, &c->err));
    assert_true(last == KEEP_TIME_NONE);
    uint64_t size = keep_ledger_size(c->s);
    a.officer = c->him;
    clinic_must(c, keep_answered_record(c->s, &a, &sig, &c->err));
    assert_int_equal(keep_ledger_size(c->s), size + 1);
    keep_sign_public_of(c->him, &pub);
    clinic_must(c, keep_sign_check(&pub, "text", 4, keep_buf_view(&sig), &trusted, &c->err));
    assert_true(keep_str_is(trusted, "chartkeep accounting of disclosures"));
    clinic_must(c, keep_answered_last(c->s, "accounting", 7, &last, &c->err));
    assert_true(last == CLINIC_NOW);
    clinic_must(c, keep_answered_last(c->s, "accounting", 8, &last, &c->err));
    assert_true(last == KEEP_TIME_NONE);
    a.officer = NULL; /* masked: the keep's own key */
    a.request = (struct keep_str){NULL, 0};
    keep_buf_clear(&sig);
    clinic_must(c, keep_answered_record(c->s, &a, &sig, &c->err));
    keep_sign_public_of(keep_store_signer(c->s), &pub);
    clinic_must(c, keep_sign_check(&pub, "text", 4, keep_buf_view(&sig), &trusted, &c->err));
    keep_buf_free(&sig);
}

static int setup(void **state)
{
    struct clinic *c = clinic_new();
    clinic_fill(c, "official");
    clinic_import(c, "ehr", "visit.ndjson", WARD_VISIT);
    clinic_adopt(c, MAPS CLINIC_US);
    *state = c;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_accounting_fates, setup, clinic_teardown), cmocka_unit_test_setup_teardown(test_accounting_merged, setup, clinic_teardown),
                                       cmocka_unit_test_setup_teardown(test_accounting_answer, setup, clinic_teardown)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
