/* Goal: anyone may stop disposal, the legal officer alone may let it go on, and
 * that only after the cooling-off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/hold.h"
#include "tests/aid/clinic.h"

static uint64_t place(struct clinic *c, const char *matter, const char *series, const uint64_t *patient, size_t n, keep_time from)
{
    struct keep_hold_order order = {.matter = keep_str_of(matter), .series = keep_str_of(series), .patient = patient, .patients = n, .effective_from = from};
    uint64_t placed = 0;
    clinic_must(c, keep_hold_place(c->s, &order, &placed, &c->err));
    return placed;
}

static uint64_t entity_of(struct clinic *c, const char *mrn, struct keep_world *w)
{
    clinic_must(c, keep_load_world(c->s, c->arena, w, &c->err));
    for (size_t i = 0; i < w->patients; i++)
        if (keep_str_is(w->patient[i].mrn, mrn))
            return w->patient[i].entity;
    fail_msg("no patient %s", mrn);
    return 0;
}

static void test_hold_stops_everything(void **state)
{
    struct clinic *c = *state;
    struct keep_world w;
    struct keep_hold *h;
    size_t n;
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    assert_int_equal(place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE), 1);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    assert_true(clinic_standing(c, KEEP_SET_HELD) >= 4); /* also what is not due */
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    assert_int_equal(keep_hold_load(c->s, &w, c->arena, &h, &n, &c->err), 0);
    assert_int_equal(n, 1);
    assert_true(keep_str_is(h[0].matter, "CASE-1"));
    assert_int_equal(h[0].patient, KEEP_ID_NONE);
    assert_int_equal(h[0].placed, CLINIC_NOW);
    assert_int_equal(h[0].effective_from, CLINIC_NOW);
    assert_int_equal(h[0].released, KEEP_TIME_NONE);
}

static void test_hold_of_patients_and_series(void **state)
{
    struct clinic *c = *state;
    struct keep_world w;
    struct keep_hold *h;
    size_t n;
    uint64_t patient[2] = {entity_of(c, "M-new", &w), 0};
    place(c, "A", NULL, patient, 1, KEEP_TIME_NONE);
    assert_int_equal(clinic_standing(c, KEEP_SET_HELD), 2); /* record and identity of that patient */
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    patient[1] = entity_of(c, "M-old", &w);
    assert_int_equal(place(c, "B", "medical record", patient, 2, KEEP_TIME_NONE), 2);
    assert_int_equal(clinic_standing(c, KEEP_SET_HELD), 3);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    assert_int_equal(keep_hold_load(c->s, &w, c->arena, &h, &n, &c->err), 0);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++)
        assert_true(h[i].patient < w.patients && (i == 0 || h[i].id > h[i - 1].id));
    assert_true(keep_str_is(h[2].series, "medical record"));
}

static void test_hold_begins_on_its_day(void **state)
{
    struct clinic *c = *state;
    place(c, "LATER", NULL, NULL, 0, CLINIC_NOW + 10 * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    clinic_open(c, CLINIC_NOW + 11 * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
}

static void test_hold_needs_a_matter(void **state)
{
    struct clinic *c = *state;
    char much[202];
    uint64_t n = 77, before = keep_ledger_size(c->s);
    memset(much, 'x', 201);
    much[201] = 0;
    struct keep_hold_order order = {.matter = KEEP_STR(""), .effective_from = KEEP_TIME_NONE};
    assert_int_equal(keep_hold_place(c->s, &order, &n, &c->err), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    order.matter = keep_str_of(much);
    assert_int_equal(keep_hold_place(c->s, &order, &n, &c->err), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    assert_int_equal(n, 77);
    assert_int_equal(keep_ledger_size(c->s), before);
}

static void test_hold_is_released_by_the_legal_officer_alone(void **state)
{
    struct clinic *c = *state;
    uint64_t n = 77;
    place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE);
    assert_int_equal(keep_hold_release(c->s, KEEP_STR("CASE-1"), c->him, &n, &c->err), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "legal"));
    assert_int_equal(keep_hold_release(c->s, KEEP_STR("CASE-1"), c->stranger, &n, &c->err), KEEP_E_REFUSED);
    keep_err_clear(&c->err);
    assert_int_equal(keep_hold_release(c->s, KEEP_STR("CASE-2"), c->legal, &n, &c->err), 1);
    assert_int_equal(n, 77);
    assert_int_equal(keep_hold_release(c->s, KEEP_STR("CASE-1"), c->legal, &n, &c->err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(keep_hold_release(c->s, KEEP_STR("CASE-1"), c->legal, &n, &c->err), 1); /* in force no more */
    assert_true(clinic_whole(c));
}

static void test_hold_cools_off(void **state)
{
    struct clinic *c = *state;
    uint64_t n;
    place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE);
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("CASE-1"), c->legal, &n, &c->err));
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    clinic_open(c, CLINIC_NOW + (KEEP_HOLD_COOLING_DAYS - 2) * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    clinic_open(c, CLINIC_NOW + (KEEP_HOLD_COOLING_DAYS + 1) * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    assert_int_equal(clinic_standing(c, KEEP_SET_HELD), 0);
}

static void test_hold_placed_again_is_not_ended_by_an_older_release(void **state)
{
    struct clinic *c = *state;
    uint64_t n;
    place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE);
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("CASE-1"), c->legal, &n, &c->err));
    place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE);
    clinic_open(c, CLINIC_NOW + 100 * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    assert_int_equal(keep_hold_release(c->s, KEEP_STR("CASE-1"), c->legal, &n, &c->err), 0);
    assert_int_equal(n, 1);
}

struct copy { /* the release that is there, to be written again */
    struct keep_arena *a;
    struct keep_act act;
};

static int remember(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct copy *c = ctx;
    (void)err;
    c->act = *act;
    c->act.id = 0; /* another decision with the same words */
    c->act.kind = KEEP_STR("release");
    c->act.body = keep_arena_str(c->a, act->body, NULL);
    c->act.subject = keep_arena_str(c->a, act->subject, NULL);
    c->act.signature = keep_arena_str(c->a, act->signature, NULL);
    c->act.role = keep_arena_str(c->a, act->role, NULL);
    return 0;
}

static int write_act(struct clinic *c, const struct keep_act *act)
{
    uint64_t id;
    int rc = keep_txn_begin(c->s, KEEP_LEDGER_HOLD, &c->err);
    if (rc == 0)
        rc = keep_txn_act(c->s, act, &id, &c->err);
    return rc == 0 ? keep_txn_commit(c->s, &c->err) : rc;
}

/* Whoever has the keep's key but not the legal officer's: an old release written again ends nothing new, one with other words is damage. */
static void test_hold_release_cannot_be_forged(void **state)
{
    struct clinic *c = *state;
    struct copy old = {.a = c->arena};
    struct keep_hold *h;
    size_t holds;
    uint64_t n;
    place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE);
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("CASE-1"), c->legal, &n, &c->err));
    clinic_must(c, keep_txn_acts(c->s, "release", NULL, remember, &old, &c->err));
    place(c, "CASE-1", NULL, NULL, 0, KEEP_TIME_NONE);
    clinic_must(c, write_act(c, &old.act));
    clinic_open(c, CLINIC_NOW + 100 * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    struct keep_buf body = KEEP_BUF_INIT;
    keep_buf_add(&body, old.act.body.p, old.act.body.n);
    body.p[body.n - 3] ^= 1; /* another hold's number */
    old.act.body = keep_buf_view(&body);
    clinic_must(c, write_act(c, &old.act));
    assert_int_equal(keep_hold_load(c->s, NULL, c->arena, &h, &holds, &c->err), KEEP_E_INTEGRITY);
    assert_true(clinic_said(c, KEEP_E_INTEGRITY, "not signed by the legal officer"));
    keep_buf_free(&body);
}

#define T(f) cmocka_unit_test_setup_teardown(f, clinic_setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_hold_stops_everything),
        T(test_hold_of_patients_and_series),
        T(test_hold_begins_on_its_day),
        T(test_hold_needs_a_matter),
        T(test_hold_is_released_by_the_legal_officer_alone),
        T(test_hold_cools_off),
        T(test_hold_placed_again_is_not_ended_by_an_older_release),
        T(test_hold_release_cannot_be_forged),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
