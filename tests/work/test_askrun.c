/* Goal: "who opened my chart" and "what did this user do" are answered with the
 * verdicts of any other audit, and with what was on file at the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/askrun.h"
#include "tests/work/ward.h"

struct answers {
    struct keep_ask_row row[8];
    size_t n, stop_at; /* stop_at: the row that fails, from 1; 0 none */
};

static int each(void *ctx, const struct keep_ask_row *row, struct keep_err *err)
{
    struct answers *a = ctx;
    assert_true(a->n < 8);
    a->row[a->n++] = *row;
    return a->n == a->stop_at ? keep_err_set(err, KEEP_E_IO, "the pipe is closed") : 0;
}

static void open_run(struct clinic *c, struct keep_auditrun *r)
{
    clinic_must(c, keep_auditrun_open(r, c->s, &c->adopted, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, &c->err));
}

static uint32_t account(const struct keep_world *w, const char *login)
{
    uint32_t i = 0;
    while (i < w->accounts && !keep_str_is(w->account[i].login, login))
        i++;
    return i < w->accounts ? i : KEEP_ID_NONE;
}

static void test_askrun_by_patient(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    struct answers a = {.n = 0};
    open_run(c, &r);
    uint32_t who = ward_patient(&r.world, "M-new");
    struct keep_ask_params p = {.patient = &who, .patients = 1};
    assert_int_equal(keep_askrun(&r, &p, each, &a, &c->err), 0);
    assert_int_equal(a.n, 2);
    assert_int_equal(a.row[0].verdict, KEEP_VERDICT_EXPECTED);
    assert_true(keep_str_is(a.row[0].rule, "visit"));
    assert_true(keep_str_is(r.world.account[a.row[0].account].login, "drada"));
    assert_true(keep_str_is(r.world.worker[a.row[0].worker].department, "Medicine"));
    assert_non_null(a.row[0].relation);
    assert_int_equal(a.row[0].relation->kind, KEEP_RELATION_ENCOUNTER);
    assert_int_equal(a.row[0].action, KEEP_ACTION_VIEW);
    assert_int_equal(a.row[1].verdict, KEEP_VERDICT_FLAGGED);
    assert_true(keep_str_is(a.row[1].rule, "unmapped"));
    assert_int_equal(a.row[1].worker, KEEP_ID_NONE);
    assert_null(a.row[1].relation);
    assert_true(keep_str_is(keep_auditrun_event_text(&r, a.row[1].event), "log:3"));
    keep_auditrun_free(&r);
}

static void test_askrun_by_account_and_by_both(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    struct answers a = {.n = 0}, b = {.n = 0}, none = {.n = 0}, all = {.n = 0};
    open_run(c, &r);
    uint32_t user = account(&r.world, "drada"), who = ward_patient(&r.world, "M-old"), ghost = account(&r.world, "ghost");
    struct keep_ask_params p = {.account = &user, .accounts = 1};
    assert_int_equal(keep_askrun(&r, &p, each, &a, &c->err), 0);
    assert_int_equal(a.n, 3); /* the list about nobody too */
    assert_int_equal(a.row[2].verdict, KEEP_VERDICT_NOT_ASSESSED);
    assert_int_equal(a.row[2].patient, KEEP_ID_NONE);
    assert_int_equal(a.row[2].rule.n, 0);
    keep_auditrun_free(&r);

    open_run(c, &r);
    p = (struct keep_ask_params){.account = &user, .accounts = 1, .patient = &who, .patients = 1};
    assert_int_equal(keep_askrun(&r, &p, each, &b, &c->err), 0);
    assert_int_equal(b.n, 1);
    assert_int_equal(b.row[0].verdict, KEEP_VERDICT_UNEXPLAINED);
    assert_null(b.row[0].relation);
    keep_auditrun_free(&r);

    open_run(c, &r);
    p.account = &ghost;
    assert_int_equal(keep_askrun(&r, &p, each, &none, &c->err), 0);
    assert_int_equal(none.n, 0);
    keep_auditrun_free(&r);

    open_run(c, &r);
    assert_int_equal(keep_askrun(&r, &(struct keep_ask_params){.accounts = 0}, each, &all, &c->err), 0);
    assert_int_equal(all.n, 4);
    keep_auditrun_free(&r);
}

static void test_askrun_forwards_what_the_caller_fails_with(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    struct answers a = {.stop_at = 2};
    open_run(c, &r);
    assert_int_equal(keep_askrun(&r, &(struct keep_ask_params){.accounts = 0}, each, &a, &c->err), KEEP_E_IO);
    assert_int_equal(a.n, 2);
    keep_err_clear(&c->err);
    keep_auditrun_free(&r);
}

static void test_askrun_finds_accounts_as_people_name_them(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    uint32_t out[4], user;
    open_run(c, &r);
    user = account(&r.world, "drada");
    static const char *const names[] = {"drada", "DRADA", "Jubjub, Carol", "jubjub, carol"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(keep_askrun_accounts(&r.world, keep_str_of(names[i]), out, 4), 1);
        assert_int_equal(out[0], user);
    }
    assert_int_equal(keep_askrun_accounts(&r.world, r.world.worker[r.world.account[user].span[0].worker].number, out, 4), 1);
    assert_int_equal(keep_askrun_accounts(&r.world, KEEP_STR("drad"), out, 4), 0);
    assert_int_equal(keep_askrun_accounts(&r.world, KEEP_STR(""), out, 4), 0);
    assert_int_equal(keep_askrun_accounts(&r.world, KEEP_STR("drada"), out, 0), 0);
    keep_auditrun_free(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, ward_setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_askrun_by_patient),
        T(test_askrun_by_account_and_by_both),
        T(test_askrun_forwards_what_the_caller_fails_with),
        T(test_askrun_finds_accounts_as_people_name_them),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
