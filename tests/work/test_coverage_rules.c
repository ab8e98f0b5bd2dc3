/* Goal: a rule runs when what it must know is known for somebody; otherwise what is missing is named by what would bring it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/coverage.h"
#include "tests/aid/clinic.h"

#define ACCESS(id, when) "access \"" id "\" { title \"T\" severity high weight 10 state house_policy when " when " authority \"a\" checked \"unverified\" threshold \"t\" explain \"E.\" }\n"
#define REASON(id, when) "explanation \"" id "\" { title \"T\" when " when " missing \"m\" authority \"a\" checked \"unverified\" }\n"
#define RULES \
    CLINIC_RULES ACCESS("department", "user.department == patient.department") ACCESS("button", "event.break_glass && event.reason_length < 5") \
    ACCESS("either", "user.is_patient || patient.confidential") ACCESS("action", "event.action == \"print\"") ACCESS("untrained", "!user.trained") \
    REASON("order", "related([\"order\", \"referral\"], duration(\"1h\"), duration(\"1h\"))") REASON("visit", "related([\"encounter\"], duration(\"1h\"), duration(\"1h\"))")
#define PRACTITIONER "{\"resourceType\":\"Practitioner\",\"id\":\"p\",\"name\":[{\"family\":\"P\"}]}\n"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static const struct keep_coverage_rule *rule(const struct keep_coverage *v, const char *id)
{
    for (size_t i = 0; i < v->rules; i++)
        if (keep_str_is(v->rule[i].id, id))
            return &v->rule[i];
    fail_msg("no rule %s", id);
    return NULL;
}

static bool lists(const struct keep_str *list, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (keep_str_is(list[i], text))
            return true;
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "  has: %.*s\n", (int)list[i].n, list[i].p);
    return false;
}

static bool lacks(const struct keep_coverage_rule *r, const char *text)
{
    return lists(r->missing, r->missings, text);
}

static void run(struct clinic *c, struct keep_packs *packs, struct keep_coverage *v)
{
    clinic_must(c, keep_coverage_run(v, c->s, &(struct keep_coverage_params){.packs = packs}, &c->err));
}

static void test_coverage_rules_of_an_empty_keep(void **state)
{
    struct clinic *c = *state;
    struct keep_packs packs;
    struct keep_coverage v;
    clinic_must(c, clinic_read(c, RULES, &packs));
    run(c, &packs, &v);
    assert_int_equal(v.rules, 9);
    for (size_t i = 0; i < v.rules; i++)
        assert_false(v.rule[i].runs);
    assert_true(lacks(rule(&v, "action"), "no access log"));
    assert_true(lacks(rule(&v, "department"), "no roster"));
    assert_true(lacks(rule(&v, "untrained"), "no roster"));
    assert_true(lacks(rule(&v, "order"), "no order relations"));
    assert_true(lacks(rule(&v, "us.a"), "no encounters"));
    assert_true(lacks(rule(&v, "us.a"), "no source whose completeness an officer signed"));
    assert_true(lacks(rule(&v, "us.a"), "no records"));
    keep_coverage_free(&v);
    keep_packs_free(&packs);
}

#define MAP "map \"log\" { into events column event_id from \"id\" column time from \"when\" column account from \"who\" column patient_id from \"whom\" " \
            "column action from \"what\" values { \"View\": \"view\" } }\n"

static void test_coverage_rules_name_what_is_missing(void **state)
{
    struct clinic *c = *state;
    struct keep_packs packs;
    struct keep_coverage v;
    struct keep_import_result r;
    clinic_fill(c, "official");
    clinic_import(c, "ehr", "p.ndjson", PRACTITIONER);
    clinic_must(c, clinic_read(c, RULES MAP, &packs));
    const char *path = clinic_file(c, "log.csv", "id,when,who,whom,what\n1,2024-02-01T10:00:00Z,u1,new,View\n2,2024-02-01T11:00:00Z,u2,old,View\n");
    clinic_must(c, keep_import_run(c->s, &(struct keep_import_params){.source = "log", .path = &path, .paths = 1, .packs = &packs}, &r, &c->err));
    run(c, &packs, &v);
    assert_true(rule(&v, "action")->runs);
    assert_int_equal(rule(&v, "action")->missings, 0);
    assert_false(rule(&v, "department")->runs);
    assert_true(lacks(rule(&v, "department"), "no account map"));
    assert_false(rule(&v, "button")->runs);
    assert_true(lacks(rule(&v, "button"), "access log without event.break_glass"));
    assert_true(lacks(rule(&v, "button"), "access log without event.reason_length"));
    assert_false(rule(&v, "either")->runs);
    assert_true(lacks(rule(&v, "either"), "nothing says which patients are of the workforce"));
    assert_true(lacks(rule(&v, "either"), "patients without patient.confidential"));
    assert_false(rule(&v, "order")->runs);
    assert_true(lacks(rule(&v, "order"), "no referral relations"));
    assert_true(rule(&v, "us.a")->runs);
    assert_true(rule(&v, "us-ks.a")->runs);
    assert_int_equal(rule(&v, "us.a")->missings, 0);
    keep_coverage_free(&v);
    keep_packs_free(&packs);
}

/* Trainings of one are enough for the rule to run; without any, and nobody's word for them, what it lacks is named. */
static void test_coverage_rules_of_trainings(void **state)
{
    struct clinic *c = *state;
    struct keep_packs packs;
    struct keep_coverage v;
    struct keep_import_result r;
    static const char maps[] = "map \"accounts\" { into accounts column login from \"who\" column worker_id from \"number\" }\n"
                               "map \"training\" { into training column worker_id from \"number\" column course from \"course\" column completed from \"done\" }\n"
                               "map \"workforce\" { into workforce column worker_id from \"number\" column family from \"family\" }\n";
    char text[8192];
    snprintf(text, sizeof text, "%s%s%s", RULES, MAP, maps);
    clinic_fill(c, "official");
    clinic_must(c, clinic_read(c, text, &packs));
    static const char *const file[][2] = {{"w.csv", "number,family\n7,Dee\n"}, {"a.csv", "who,number\nu1,7\n"}, {"log.csv", "id,when,who,whom,what\n1,2024-02-01T10:00:00Z,u1,new,View\n"},
                                          {"t.csv", "number,course,done\n7,privacy,2024-01-02\n"}};
    for (int i = 0; i < 4; i++) {
        if (i == 3) {
            run(c, &packs, &v);
            assert_false(rule(&v, "untrained")->runs);
            assert_true(lacks(rule(&v, "untrained"), "no trainings, and no source that is complete for class \"training\""));
            keep_coverage_free(&v);
        }
        const char *path = clinic_file(c, file[i][0], file[i][1]);
        clinic_must(c, keep_import_run(c->s, &(struct keep_import_params){.source = "hr", .path = &path, .paths = 1, .packs = &packs}, &r, &c->err));
    }
    run(c, &packs, &v);
    assert_true(rule(&v, "untrained")->runs);
    keep_coverage_free(&v);
    keep_packs_free(&packs);
}

/* The same records from a source that nobody signed: the last discharge may be elsewhere. */
static void test_coverage_rules_need_signed_completeness(void **state)
{
    struct clinic *c = *state;
    struct keep_packs packs;
    struct keep_coverage v;
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_declare(c, "ehr", "official", NULL);
    clinic_stay(&b, "a", "1990-01-01", "2020-05-05");
    keep_buf_str(&b, "{\"resourceType\":\"Encounter\",\"id\":\"open\",\"status\":\"in-progress\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/a\"},\"period\":{\"start\":\"2021-01-01T10:00:00Z\"}}\n");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "a.ndjson", (const char *)b.p);
    clinic_must(c, clinic_read(c, RULES, &packs));
    run(c, &packs, &v);
    assert_false(rule(&v, "us.a")->runs);
    assert_true(lacks(rule(&v, "us.a"), "no source whose completeness an officer signed"));
    assert_true(lists(rule(&v, "us.a")->part, rule(&v, "us.a")->parts, "discharge_date: 1 of 2 encounters"));
    keep_coverage_free(&v);
    keep_packs_free(&packs);
    keep_buf_free(&b);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {T(test_coverage_rules_of_an_empty_keep), T(test_coverage_rules_name_what_is_missing), T(test_coverage_rules_need_signed_completeness), T(test_coverage_rules_of_trainings)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
