#include "core/work/givens_build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct keep_arena *arena;

static int make(const char *clauses, struct keep_givens **out, struct keep_err *err)
{
    static char text[8192];
    struct keep_diags diags = {.arena = arena};
    const struct keep_policy *p = NULL;
    snprintf(text, sizeof text,
             "pack \"t\" { version \"1\" language 1 }\nlabel \"a\" { title \"a\" when record.kind == \"a\" authority \"a\" checked \"unverified\" }\n"
             "label \"b\" { title \"b\" when record.kind == \"b\" authority \"a\" checked \"unverified\" }\ntest \"t\" { %s expect unexplained }\n", clauses);
    struct keep_policy_text file = {"t.policy", keep_str_of(text)};
    int rc = keep_policy_compile(&p, &file, 1, arena, &diags, err);
    for (size_t i = 0; rc && i < diags.n; i++)
        if (diags.list[i].level == KEEP_DIAG_ERROR)
            print_error("%u: %s\n", diags.list[i].line, diags.list[i].text);
    assert_int_equal(rc, 0);
    return keep_givens_make(out, p, &p->test[0], arena, err);
}

static int setup(void **state)
{
    (void)state;
    arena = keep_arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keep_arena_free(arena);
    return 0;
}

static void test_givens_build_makes_people(void **state)
{
    struct keep_givens *g;
    (void)state;
    assert_int_equal(make("given user {id: \"u\", name: \"N\", role: \"r\", address_key: [\"x\", \"y\"], from: timestamp(\"2020-01-01T00:00:00Z\"), patient_id: \"p\"} "
                          "given user {id: \"ghost\", mapped: false} given user {id: \"v\", affiliated: false} "
                          "given patient {id: \"p\", address_key: \"y\", death_date: date(\"2026-01-02\"), labels: [\"b\"]} given patient {id: \"q\", department: \"Lab\"}",
                          &g, NULL), 0);
    struct keep_world *w = &g->world;
    assert_int_equal(w->accounts, 3);
    assert_int_equal(w->worker[0].patient, 0);
    assert_int_equal(w->patient[0].worker, 0);
    assert_true(w->worker[0].address_key[1] == w->patient[0].address_key[0] && w->patient[0].address_key[1] == 0);
    assert_true(w->worker[0].affiliations == 1 && w->worker[0].affiliation[0].to == KEEP_TIME_NONE && w->worker[0].affiliation[0].end_known);
    assert_true(w->account[1].spans == 0 && w->account[1].kind == KEEP_ACCOUNT_UNMAPPED);
    assert_true(w->worker[1].affiliations == 1 && w->worker[1].affiliation[0].to < 0);
    assert_int_equal(w->patient[0].deceased, KEEP_TRI_YES);
    assert_true(w->patient[0].labels == 2 && w->patient[0].labels_unknown == 0);
    assert_true(w->patient[1].labels == 0 && w->patient[1].labels_unknown == 3);
    assert_true(keep_str_is(w->worker[w->patient[1].worker].department, "Lab"));
}

static void test_givens_build_ties_them(void **state)
{
    struct keep_givens *g;
    (void)state;
    assert_int_equal(make("given user {id: \"u\"} given patient {id: \"p\"} given patient {id: \"q\"} "
                          "given relation {kind: \"order\", patient_id: \"q\", from: timestamp(\"2026-01-02T00:00:00Z\"), author: \"u\"} "
                          "given relation {kind: \"team\", department: \"Lab\", from: timestamp(\"2026-01-03T00:00:00Z\"), open: true} "
                          "given user {id: \"x\"} given encounter {user_id: \"x\", unit: \"5 West\", start: timestamp(\"2026-01-01T00:00:00Z\")} "
                          "given event {time: timestamp(\"2026-01-02T00:00:00Z\"), user_id: \"u\", patient_id: \"\", reason_length: 4} given event {local_hour: 3}",
                          &g, NULL), 0);
    struct keep_world *w = &g->world;
    assert_int_equal(w->relations, 4);
    assert_int_equal(w->relation[0].patient, 0); /* sorted by patient and start */
    assert_int_equal(w->relation[0].worker, 1);
    assert_true(keep_str_is(w->term[w->relation[1].department], "5 West"));
    assert_true(w->relation[2].open && w->relation[2].worker == KEEP_ID_NONE);
    assert_true(w->relation[3].patient == 1 && w->relation[3].worker == 0 && w->relation[3].author == 0 && w->relation[3].recorded == w->relation[3].from);
    assert_int_equal(w->encounters, 1);
    assert_int_equal(g->events.n, 2);
    assert_int_equal(g->events.patient[0], KEEP_ID_NONE);
    assert_int_equal(g->events.patient[1], 0);
    assert_true(g->events.reason[0] == 4 && g->events.reason[1] == -1);
    assert_int_equal(g->events.time[1] / KEEP_USEC % 86400, 3 * 3600);
    assert_int_equal(g->events.exposure[1], KEEP_EXPOSURE_OPENED);
}

static void test_givens_build_makes_trainings(void **state)
{
    struct keep_givens *g;
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(make("given user {id: \"u\"} given user {id: \"v\"} given training {course: \"fire\", user_id: \"v\"} "
                          "given training {course: \"privacy\", completed: date(\"2026-01-02\"), valid_until: date(\"2026-12-31\")} given event {local_hour: 3}",
                          &g, NULL), 0);
    struct keep_world *w = &g->world;
    assert_int_equal(w->trainings, 2);
    assert_true(w->training[0].worker == 0 && keep_str_is(w->training[0].course, "privacy") && w->training[0].valid_until == keep_civil_from_ymd(2026, 12, 31));
    assert_true(w->training[1].worker == 1 && w->training[1].completed == KEEP_DATE_NONE);
    assert_int_equal(make("given training {completed: date(\"2026-01-02\")}", &g, &err), KEEP_E_USAGE);
    assert_non_null(strstr(err.text, "a training is a course of somebody"));
}

static void test_givens_build_makes_records(void **state)
{
    struct keep_givens *g;
    (void)state;
    assert_int_equal(make("given source {classes: [\"film\"], complete: true, custody: \"official\", jurisdiction: \"KS\", through: date(\"2026-01-01\")} "
                          "given record {kind: \"film\", discharge_date: date(\"2020-02-03\"), service_date: date(\"2020-02-01\"), codes: [{system: \"CPT\", code: \"1\"}]} "
                          "given record {kind: \"film\", custody: \"copy\"}",
                          &g, NULL), 0);
    assert_int_equal(g->records, 2);
    assert_true(g->record[0].codes == 1 && keep_str_is(g->record[0].code[0].code, "1") && keep_str_is(g->world.term[g->record[0].code[0].system], "CPT"));
    assert_int_equal(g->record[0].custody, KEEP_CUSTODY_OFFICIAL);
    assert_int_equal(g->record[1].custody, KEEP_CUSTODY_COPY);
    assert_true(g->record[0].facility == 0 && !g->world.facility[0].state.n);
    const struct keep_encounter *e = &g->world.encounter[g->record[0].encounter];
    assert_true(e->end_date == keep_civil_from_ymd(2020, 2, 3) && e->start_date == keep_civil_from_ymd(2020, 2, 1));
    assert_int_equal(g->record[1].encounter, KEEP_ID_NONE);
    assert_true(g->world.source[0].declared && !g->world.source[0].all_classes && g->world.source[0].all_facilities);
    assert_true(keep_str_is(g->world.source[0].jurisdiction, "KS"));
    assert_int_equal(g->subject_patient, 0);
}

static void test_givens_build_refuses_what_cannot_be_given(void **state)
{
    struct keep_givens *g = NULL;
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(make("given set {series: \"medical record\"}", &g, &err), KEEP_E_USAGE);
    assert_string_equal(err.text, "a test gives records, not sets");
    assert_int_equal(err.line, 4);
    keep_err_clear(&err);
    assert_int_equal(make("given relation {from: timestamp(\"2026-01-02T00:00:00Z\")}", &g, &err), KEEP_E_USAGE);
    keep_err_clear(&err);
    assert_int_equal(make("given event {}", &g, &err), KEEP_E_USAGE);
    assert_null(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_givens_build_makes_people, setup, teardown), cmocka_unit_test_setup_teardown(test_givens_build_ties_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_givens_build_makes_records, setup, teardown), cmocka_unit_test_setup_teardown(test_givens_build_makes_trainings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_givens_build_refuses_what_cannot_be_given, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
