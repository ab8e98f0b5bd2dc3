/* Goal: a case keeps its id whatever comes in later; what is new or changed is
 * written, the same is not; closing is proposed, never done; a closed case with
 * new accesses needs review again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdatomic.h>

#include "core/store/fault.h"
#include "core/work/casework.h"
#include "tests/work/ward.h"

#define NOBODY ((struct keep_str){NULL, 0})

static void act(struct clinic *c, const char *rule, enum keep_casebook_step_kind kind, enum keep_case_status status)
{
    struct keep_casework *w = ward_look(c);
    struct keep_casebook_step what = {.kind = kind, .status = status, .who = KEEP_STR("jdoe")};
    clinic_must(c, keep_casework_step(w, ward_case(w, rule), &what, &c->err));
    ward_done(w);
}

static void test_caserun_twice_changes_nothing(void **state)
{
    struct clinic *c = *state;
    struct keep_caserun_counts n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.cases == 2 && n.fresh == 2 && n.changed == 0 && n.proposed == 0 && !n.looked_back);
    struct keep_casework *w = ward_look(c);
    assert_int_equal(w->n, 2);
    const struct keep_casebook_case *k = ward_case(w, "unmapped");
    assert_int_equal(k->kind, KEEP_ENTITY_ACCOUNT);
    assert_true(k->score == 100 && k->weight == 100);
    assert_memory_equal(keep_casework_account(w, k).p, "account-", 8);
    assert_int_equal(keep_casework_user(w, k).n, 0);
    k = ward_case(w, "unexplained");
    assert_int_equal(k->kind, KEEP_ENTITY_WORKER);
    assert_memory_equal(keep_casework_patient(w, k).p, "patient-", 8);
    ward_done(w);
    n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.cases == 2 && n.fresh == 0 && n.changed == 0 && n.proposed == 0 && n.reopened == 0);
    assert_true(clinic_whole(c));
}

static void test_caserun_new_access_joins_and_reopens(void **state)
{
    struct clinic *c = *state;
    uint8_t name[16];
    ward_audit(c, KEEP_TIME_NONE);
    struct keep_casework *w = ward_look(c);
    memcpy(name, ward_case(w, "unexplained")->name, sizeof name);
    ward_done(w);
    /* an earlier access than any, so that a digest of the first would be another */
    ward_table(c, "log", "log2.csv", "id,time,user,patient,action\r\n9,2024-02-20 12:00:00,drada,old,View\r\n");
    struct keep_caserun_counts n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.fresh == 0 && n.changed == 1 && n.reopened == 0);
    w = ward_look(c);
    assert_int_equal(w->n, 2);
    assert_memory_equal(ward_case(w, "unexplained")->name, name, sizeof name);
    assert_int_equal(ward_case(w, "unexplained")->events, 2);
    ward_done(w);
    act(c, "unexplained", KEEP_CASEBOOK_CLOSED, KEEP_CASE_UNSUBSTANTIATED);
    n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.changed == 0 && n.reopened == 0 && n.proposed == 0);
    ward_table(c, "log", "log3.csv", "id,time,user,patient,action\r\n10,2024-03-20 12:00:00,drada,old,View\r\n");
    n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.changed == 1 && n.reopened == 1);
    w = ward_look(c);
    assert_true(!ward_case(w, "unexplained")->closed && ward_case(w, "unexplained")->status == KEEP_CASE_NEEDS_REVIEW);
    assert_memory_equal(ward_case(w, "unexplained")->name, name, sizeof name);
    ward_done(w);
    assert_true(clinic_whole(c));
}

/* The visit that explains it comes late. */
#define LATE_VISIT                                                                                                                                                                    \
    "{\"resourceType\":\"Encounter\",\"id\":\"e-late\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/old\"},\"participant\":[{\"individual\":" \
    "{\"reference\":\"Practitioner/d1\"}}],\"period\":{\"start\":\"2024-03-01T10:00:00-06:00\",\"end\":\"2024-03-01T12:00:00-06:00\"},\"serviceProvider\":{\"reference\":\"Organization/o1\"}}\n"

static void test_caserun_late_facts_propose(void **state)
{
    struct clinic *c = *state;
    ward_audit(c, KEEP_TIME_NONE);
    clinic_import(c, "ehr", "late.ndjson", LATE_VISIT);
    struct keep_caserun_counts n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.cases == 1 && n.proposed == 1);
    struct keep_casework *w = ward_look(c);
    const struct keep_casebook_case *k = ward_case(w, "unexplained");
    assert_true(k->proposed && !k->closed && k->status == KEEP_CASE_NEEDS_REVIEW);
    ward_done(w);
    n = ward_audit(c, KEEP_TIME_NONE); /* once */
    assert_int_equal(n.proposed, 0);
    act(c, "unexplained", KEEP_CASEBOOK_CLOSED, KEEP_CASE_UNSUBSTANTIATED);
    n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.proposed == 0 && n.reopened == 0);
    assert_true(clinic_whole(c));
}

static void test_caserun_rule_withdrawn_and_back(void **state)
{
    struct clinic *c = *state;
    ward_audit(c, KEEP_TIME_NONE);
    clinic_adopt(c, CLINIC_PACK("2") "explanation \"visit\" { title \"Visit\" when related([\"encounter\"], duration(\"24h\"), duration(\"24h\")) missing \"a visit\" authority \"A\" checked \"unverified\" }\n");
    struct keep_caserun_counts n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.proposed == 1);
    struct keep_casework *w = ward_look(c);
    assert_true(ward_case(w, "unmapped")->proposed);
    size_t cases = w->n;
    ward_done(w);
    clinic_adopt(c, WARD_RULES);
    n = ward_audit(c, KEEP_TIME_NONE);
    w = ward_look(c);
    assert_true(!ward_case(w, "unmapped")->proposed);
    assert_int_equal(w->n, cases); /* no second case of the same */
    ward_done(w);
}

static void test_caserun_looking_back_leaves_cases_alone(void **state)
{
    struct clinic *c = *state;
    ward_audit(c, KEEP_TIME_NONE);
    struct keep_caserun_counts n = ward_audit(c, (keep_time)1706900000 * KEEP_USEC); /* 2024-02-02 18:53 UTC: one of the two had not happened */
    assert_true(n.looked_back && n.proposed == 0 && n.fresh == 0);
    n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(!n.looked_back && n.changed == 0 && n.fresh == 0);
}

static int each_proposal(void *ctx, const struct keep_casebook_passing *p, struct keep_err *err)
{
    (void)err;
    if (p->kind == KEEP_CASEBOOK_PROPOSED)
        keep_buf_add(ctx, p->about.p, p->about.n);
    return 0;
}

/* Two runs of a count become one when what lay between them comes in: the earlier case has it all, the other says where its accesses went. */
static void test_caserun_cases_that_grow_together(void **state)
{
    struct clinic *c = *state;
    struct keep_buf about = KEEP_BUF_INIT;
    char want[80], name[33];
    clinic_adopt(c, WARD_RULES "access \"often\" { title \"O\" severity low weight 5 when event.exposure == \"opened\" per user.id within 1 hour count >= 3 " WARD_HOUSE "explain \"{user.login}\" }\n");
    ward_table(c, "log", "runs.csv", "id,time,user,patient,action\r\n20,2024-04-01 12:00:00,drada,new,View\r\n21,2024-04-01 12:10:00,drada,new,View\r\n22,2024-04-01 12:20:00,drada,new,View\r\n"
               "30,2024-04-01 16:00:00,drada,new,View\r\n31,2024-04-01 16:10:00,drada,new,View\r\n32,2024-04-01 16:20:00,drada,new,View\r\n");
    ward_audit(c, KEEP_TIME_NONE);
    struct keep_casework *w = ward_look(c);
    size_t runs = 0, all = w->n;
    for (size_t i = 0; i < w->n; i++)
        runs += keep_str_is(w->list[i].rule, "often");
    assert_int_equal(runs, 2);
    keep_codec_hex(ward_case(w, "often")->name, 16, name);
    bool earlier = ward_case(w, "often")->first < w->list[w->n - 1].first;
    ward_done(w);
    struct keep_buf more = KEEP_BUF_INIT;
    keep_buf_str(&more, "id,time,user,patient,action\r\n");
    for (int m = 30; m < 240; m += 10)
        keep_buf_printf(&more, "%d,2024-04-01 %02d:%02d:00,drada,new,View\r\n", 100 + m, 12 + m / 60, m % 60);
    keep_buf_char(&more, 0);
    ward_table(c, "log", "between.csv", (const char *)more.p);
    keep_buf_free(&more);
    struct keep_caserun_counts n = ward_audit(c, KEEP_TIME_NONE);
    assert_true(n.fresh == 0 && n.proposed == 1);
    clinic_must(c, keep_casebook_steps(c->s, each_proposal, &about, &c->err));
    keep_buf_char(&about, 0);
    snprintf(want, sizeof want, "its accesses are in case %s now", name);
    if (earlier)
        assert_string_equal((const char *)about.p, want);
    else
        assert_memory_equal(about.p, want, strlen("its accesses are in case "));
    keep_buf_free(&about);
    w = ward_look(c);
    assert_int_equal(w->n, all);
    ward_done(w);
    assert_true(clinic_whole(c));
}

/* An account that belonged to nobody is the same user when the roster names who it is. */
static void test_caserun_follows_an_account_to_its_owner(void **state)
{
    struct clinic *c = *state;
    clinic_adopt(c, WARD_RULES "access \"view\" { title \"V\" severity low weight 5 when event.exposure == \"opened\" " WARD_HOUSE "explain \"{user.login} {patient.name}\" }\n");
    struct keep_caserun_counts n = ward_audit(c, KEEP_TIME_NONE);
    assert_int_equal(n.cases, 4); /* three charts opened, one by nobody */
    ward_table(c, "hr", "staff2.csv", "number,login,npi,family,given,department,from,to\r\nE3,ghost,9990000013,Gyre,Dan,Medicine,2000-01-01,\r\n");
    n = ward_audit(c, KEEP_TIME_NONE);
    assert_int_equal(n.fresh, 0);
    struct keep_casework *w = ward_look(c);
    assert_int_equal(w->n, 4);
    assert_true(ward_case(w, "unmapped")->proposed);
    ward_done(w);
}

static struct keep_caserun_counts audit_by(struct clinic *c, unsigned threads)
{
    struct keep_caserun_counts n;
    struct keep_auditrun *r = calloc(1, sizeof *r);
    const struct keep_auditrun_asked asked = {&c->adopted, KEEP_TIME_NONE, NOBODY, threads};
    clinic_must(c, keep_auditrun_open_by(r, c->s, &asked, &c->err));
    clinic_must(c, keep_auditrun_run(r, &c->err));
    clinic_must(c, keep_auditrun_record(r, &c->adopted, &n, &c->err));
    keep_auditrun_free(r);
    free(r);
    return n;
}

static int fail_read(void *ctx, enum keep_fault_op op, const char *what)
{
    (void)what;
    return op == KEEP_FAULT_READ && atomic_fetch_sub((atomic_long *)ctx, 1) <= 0 ? SQLITE_IOERR_READ : 0;
}

/* At every place in turn, whoever reads there, cases or the world: an error, and nothing is left behind; and so when it is given up before it ran. */
static void test_caserun_when_the_disk_fails(void **state)
{
    struct clinic *c = *state;
    int failures = 0;
    ward_audit(c, KEEP_TIME_NONE);
    for (long n = 0, rc = -1; rc < 0; n += n / 4 + 1) {
        struct keep_auditrun *r = calloc(1, sizeof *r);
        const struct keep_auditrun_asked asked = {&c->adopted, KEEP_TIME_NONE, NOBODY, 2};
        struct keep_err err = {0};
        atomic_long left = n;
        keep_fault_set(fail_read, &left);
        rc = keep_auditrun_open_by(r, c->s, &asked, &err);
        if (rc == 0 && n % 2)
            rc = keep_auditrun_run(r, &err);
        keep_fault_set(NULL, NULL);
        failures += rc < 0;
        assert_true(rc == 0 || (rc == KEEP_E_IO && err.text[0]));
        keep_auditrun_free(r);
        free(r);
    }
    assert_true(failures > 0);
    assert_int_equal(audit_by(c, 2).fresh, 0);
}

/* More cases than are told in one piece: any number of threads writes what is new or changed, and that alone. */
static void test_caserun_many_by_threads(void **state)
{
    enum { MANY = 1500, AGAIN = 40 };
    struct clinic *c = *state;
    struct keep_buf log = KEEP_BUF_INIT;
    keep_buf_str(&log, "id,time,user,patient,action\r\n");
    for (int i = 0; i < MANY; i++)
        keep_buf_printf(&log, "%d,2024-04-%02d %02d:%02d:00,drada,m%d,View\r\n", 1000 + i, 1 + i / 600, 8 + i / 60 % 10, i % 60, i);
    keep_buf_char(&log, 0);
    ward_table(c, "log", "many.csv", (const char *)log.p);
    struct keep_caserun_counts n = audit_by(c, 3);
    assert_true(n.cases == MANY + 2 && n.fresh == MANY + 2 && n.changed == 0);
    for (unsigned threads = 1; threads <= 3; threads++) {
        n = audit_by(c, threads);
        assert_true(n.cases == MANY + 2 && n.fresh == 0 && n.changed == 0 && n.proposed == 0);
    }
    keep_buf_clear(&log);
    keep_buf_str(&log, "id,time,user,patient,action\r\n");
    for (int i = 0; i < AGAIN; i++)
        keep_buf_printf(&log, "%d,2024-05-01 12:%02d:00,drada,m%d,View\r\n", 3000 + i, i, i * (MANY / AGAIN));
    keep_buf_char(&log, 0);
    ward_table(c, "log", "again.csv", (const char *)log.p);
    n = audit_by(c, 2);
    assert_true(n.cases == MANY + 2 && n.fresh == 0 && n.changed == AGAIN);
    n = audit_by(c, 1);
    assert_true(n.fresh == 0 && n.changed == 0);
    keep_buf_free(&log);
    assert_true(clinic_whole(c));
}

/* On from the last audit: of what is on file as it is, only what is shown is put into words; nothing of it is written. */
static void test_caserun_words_of_what_is_known(void **state)
{
    enum { CHARTS = 20, SHOWN = 2 };
    struct clinic *c = *state;
    struct keep_buf log = KEEP_BUF_INIT;
    keep_buf_str(&log, "id,time,user,patient,action\r\n");
    for (int i = 0; i < CHARTS; i++)
        keep_buf_printf(&log, "%d,2024-04-01 12:%02d:00,drada,m%d,View\r\n", 1000 + i, i, i);
    keep_buf_char(&log, 0);
    ward_table(c, "log", "many.csv", (const char *)log.p);
    keep_buf_free(&log);
    for (int day = 0; day < 3; day++) {
        struct keep_caserun_counts n;
        struct keep_auditrun *r = calloc(1, sizeof *r);
        size_t known = 0, said = 0;
        if (day == 1)
            ward_table(c, "log", "again.csv", "id,time,user,patient,action\r\n2000,2024-04-02 12:00:00,drada,m7,View\r\n");
        clinic_must(c, keep_auditrun_open(r, c->s, &c->adopted, KEEP_TIME_NONE, NOBODY, &c->err));
        clinic_must(c, keep_auditrun_since(r, &c->adopted, NULL, &c->err));
        r->in.brief = day < 2;
        r->in.shown = SHOWN;
        clinic_must(c, keep_auditrun_run(r, &c->err));
        for (size_t i = 0; i < r->result.case_n; i++) {
            const struct keep_case *k = &r->result.cases[i];
            known += k->known;
            said += k->sentence.n > 0;
            assert_true(k->rule.n && k->title.n);
            assert_true(k->sentence.n > 0 || (day == 1 && k->known && i >= SHOWN));
        }
        assert_int_equal(r->result.case_n, CHARTS + 2);
        assert_int_equal(known, day == 0 ? 0 : day == 1 ? CHARTS + 1 : CHARTS + 2);
        assert_int_equal(said, day == 1 ? SHOWN + 1 : CHARTS + 2);
        clinic_must(c, keep_auditrun_record(r, &c->adopted, &n, &c->err));
        assert_true(n.fresh == (day ? 0 : CHARTS + 2) && n.changed == (day == 1) && n.proposed == 0);
        keep_auditrun_free(r);
        free(r);
    }
    assert_true(clinic_whole(c));
}

static void test_caserun_trial_stores_and_finds_nothing(void **state)
{
    struct clinic *c = *state;
    struct keep_packs trial;
    struct keep_auditrun *r = calloc(1, sizeof *r);
    ward_audit(c, KEEP_TIME_NONE);
    act(c, "unexplained", KEEP_CASEBOOK_CLOSED, KEEP_CASE_UNSUBSTANTIATED);
    clinic_must(c, clinic_read(c, WARD_RULES, &trial));
    clinic_must(c, keep_auditrun_open(r, c->s, &trial, KEEP_TIME_NONE, NOBODY, &c->err));
    clinic_must(c, keep_auditrun_run(r, &c->err));
    assert_null(r->cases);
    for (size_t i = 0; i < r->result.case_n; i++)
        assert_int_equal(r->result.cases[i].status, KEEP_CASE_NEEDS_REVIEW); /* what was decided is of the adopted rules */
    keep_auditrun_free(r);
    keep_packs_free(&trial);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_caserun_twice_changes_nothing, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_new_access_joins_and_reopens, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_late_facts_propose, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_rule_withdrawn_and_back, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_looking_back_leaves_cases_alone, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_cases_that_grow_together, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_follows_an_account_to_its_owner, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_when_the_disk_fails, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_many_by_threads, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_words_of_what_is_known, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caserun_trial_stores_and_finds_nothing, ward_setup, clinic_teardown),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
