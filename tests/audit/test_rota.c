#include "tests/audit/town.h"

#include "core/audit/rota.h"

static enum keep_tristate on_shift(const struct town *t, uint32_t worker, keep_time at, int64_t grace)
{
    return keep_rota_on_shift(&t->w, worker, at, keep_civil_utc_date(at), grace);
}

static void test_rota_tells_shifts_with_their_grace(void **state)
{
    struct town *t = town_new("");
    uint32_t none = town_worker(t, "none", ""), w = town_worker(t, "W", ""), other = town_worker(t, "other", "");
    (void)state;
    town_vouches(t, keep_civil_utc_date(NOON) + 1);
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON, NOON + 8 * HOUR);
    town_duty(t, w, KEEP_DUTY_ON_CALL, NOON + DAY, NOON + 2 * DAY);
    town_duty(t, other, KEEP_DUTY_SHIFT, NOON - DAY, NOON - 16 * HOUR);
    assert_int_equal(on_shift(t, w, NOON, 0), KEEP_TRI_YES);
    assert_int_equal(on_shift(t, w, NOON + 8 * HOUR, 0), KEEP_TRI_NO);
    assert_int_equal(on_shift(t, w, NOON + 9 * HOUR - 1, HOUR), KEEP_TRI_YES);
    assert_int_equal(on_shift(t, w, NOON + 9 * HOUR, HOUR), KEEP_TRI_NO);
    assert_int_equal(on_shift(t, w, NOON - HOUR, HOUR), KEEP_TRI_YES);
    assert_int_equal(on_shift(t, w, NOON - HOUR - 1, HOUR), KEEP_TRI_NO);
    assert_int_equal(on_shift(t, w, NOON + 30 * HOUR, 0), KEEP_TRI_YES); /* on call */
    assert_int_equal(on_shift(t, none, NOON, HOUR), KEEP_TRI_UNKNOWN);
    town_free(t);
}

/* A roster says nothing of the year before it was kept, nor of what comes after. */
static void test_rota_is_silent_beyond_its_ends(void **state)
{
    struct town *t = town_new("");
    uint32_t w = town_worker(t, "W", ""), open = town_worker(t, "open", "");
    (void)state;
    town_vouches(t, keep_civil_utc_date(NOON) + 100);
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON, NOON + 8 * HOUR);
    town_duty(t, open, KEEP_DUTY_SHIFT, NOON, KEEP_TIME_NONE);
    assert_int_equal(on_shift(t, w, NOON - KEEP_ROTA_KNOWN_DAYS * DAY, HOUR), KEEP_TRI_NO);
    assert_int_equal(on_shift(t, w, NOON - KEEP_ROTA_KNOWN_DAYS * DAY - 1, HOUR), KEEP_TRI_UNKNOWN);
    assert_int_equal(on_shift(t, w, NOON + 8 * HOUR + KEEP_ROTA_KNOWN_DAYS * DAY, HOUR), KEEP_TRI_NO);
    assert_int_equal(on_shift(t, w, NOON + 8 * HOUR + KEEP_ROTA_KNOWN_DAYS * DAY + 1, HOUR), KEEP_TRI_UNKNOWN);
    assert_int_equal(on_shift(t, open, NOON + HOUR, 0), KEEP_TRI_UNKNOWN); /* nobody wrote when it ends */
    assert_int_equal(on_shift(t, open, NOON + 30 * HOUR, 0), KEEP_TRI_NO);
    town_free(t);
}

/* Nor of a day for which nobody says that all of it came in. */
static void test_rota_that_may_lack_lines(void **state)
{
    struct town *t = town_new("");
    uint32_t w = town_worker(t, "W", "");
    (void)state;
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON, NOON + HOUR);
    assert_int_equal(on_shift(t, w, NOON, 0), KEEP_TRI_YES);
    assert_int_equal(on_shift(t, w, NOON + 2 * HOUR, 0), KEEP_TRI_UNKNOWN);
    town_vouches(t, keep_civil_utc_date(NOON));
    assert_int_equal(on_shift(t, w, NOON + 2 * HOUR, 0), KEEP_TRI_NO);
    assert_int_equal(on_shift(t, w, NOON + DAY, 0), KEEP_TRI_UNKNOWN);
    t->w.source[0].unread = 1;
    assert_int_equal(on_shift(t, w, NOON + 2 * HOUR, 0), KEEP_TRI_UNKNOWN);
    town_free(t);
}

static enum keep_tristate on_leave(const struct town *t, uint32_t worker, keep_time at, keep_time lo, keep_time hi)
{
    keep_time have[2] = {INT64_MIN, INT64_MAX};
    enum keep_tristate out = keep_rota_on_leave(&t->w, worker, at, &have[0], &have[1]);
    assert_true(have[0] == lo && have[1] == hi);
    return out;
}

static void test_rota_tells_leaves(void **state)
{
    const keep_time ever = INT64_MIN, never = INT64_MAX, from = NOON + DAY, to = NOON + 10 * DAY;
    struct town *t = town_new("");
    uint32_t w = town_worker(t, "W", ""), other = town_worker(t, "other", ""), open = town_worker(t, "open", ""), gone = town_worker(t, "gone", "");
    (void)state;
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON, NOON + HOUR);
    assert_false(keep_rota_leaves(&t->w));
    town_duty(t, w, KEEP_DUTY_LEAVE, from, to);
    town_duty(t, open, KEEP_DUTY_LEAVE, NOON, KEEP_TIME_NONE);
    town_duty(t, open, KEEP_DUTY_SHIFT, NOON + 5 * DAY, NOON + 6 * DAY);
    town_duty(t, gone, KEEP_DUTY_LEAVE, NOON, KEEP_TIME_NONE);
    assert_true(keep_rota_leaves(&t->w));
    assert_int_equal(on_leave(t, w, from - 1, ever, from), KEEP_TRI_NO);
    assert_int_equal(on_leave(t, w, from, from, to), KEEP_TRI_YES);
    assert_int_equal(on_leave(t, w, to, to, never), KEEP_TRI_NO);
    assert_int_equal(on_leave(t, other, NOON, ever, never), KEEP_TRI_NO);
    assert_int_equal(on_leave(t, open, NOON + DAY, NOON, NOON + 5 * DAY), KEEP_TRI_UNKNOWN);
    assert_int_equal(on_leave(t, open, NOON + 5 * DAY, NOON + 5 * DAY, never), KEEP_TRI_NO); /* rostered again */
    assert_int_equal(on_leave(t, gone, NOON + 900 * DAY, NOON, never), KEEP_TRI_UNKNOWN);
    town_vouches(t, keep_civil_utc_date(NOON) + 5);
    assert_int_equal(on_shift(t, w, NOON + 5 * DAY, 0), KEEP_TRI_NO); /* on leave is not on shift */
    assert_true(keep_rota_back(&t->w, w, to) == to);
    assert_true(keep_rota_back(&t->w, w, to - 1) == KEEP_TIME_NONE);
    assert_true(keep_rota_back(&t->w, open, NOON + 9 * DAY) == NOON + 5 * DAY);
    assert_true(keep_rota_back(&t->w, open, NOON + 4 * DAY) == KEEP_TIME_NONE && keep_rota_back(&t->w, gone, NOON + 900 * DAY) == KEEP_TIME_NONE);
    town_free(t);
}

/* A roster that has somebody at work in the middle of a leave contradicts itself: who came back early is not accused. */
static void test_rota_at_work_during_a_leave(void **state)
{
    const keep_time shift = NOON + 3 * DAY, to = NOON + 10 * DAY;
    struct town *t = town_new("");
    uint32_t w = town_worker(t, "W", "");
    (void)state;
    town_duty(t, w, KEEP_DUTY_LEAVE, NOON, to);
    town_duty(t, w, KEEP_DUTY_SHIFT, shift, shift + 8 * HOUR);
    assert_int_equal(on_leave(t, w, NOON, NOON, shift - HOUR), KEEP_TRI_YES);
    assert_int_equal(on_leave(t, w, shift - HOUR, shift - HOUR, shift + 9 * HOUR), KEEP_TRI_UNKNOWN);
    assert_int_equal(on_leave(t, w, shift + 9 * HOUR, shift + 9 * HOUR, to), KEEP_TRI_YES);
    town_free(t);
}

static void test_rota_walks_duties_at_units(void **state)
{
    struct town *t = town_new("");
    uint32_t other = town_worker(t, "other", ""), w = town_worker(t, "W", ""), unit = 9;
    (void)state;
    town_duty(t, other, KEEP_DUTY_SHIFT, NOON, NOON + HOUR);
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON - DAY, NOON - 20 * HOUR);
    town_duty(t, w, KEEP_DUTY_LEAVE, NOON - HOUR, NOON + HOUR);
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON, NOON + 8 * HOUR);
    town_duty(t, w, KEEP_DUTY_ON_CALL, NOON + HOUR, NOON + DAY);
    for (size_t i = 0; i < t->w.duties; i++)
        t->w.duty[i].unit = i == 3 ? KEEP_ID_NONE : (uint32_t)i;
    size_t at = keep_world_duties(&t->w, w);
    assert_int_equal(at, 1);
    assert_true(keep_rota_next(&t->w, w, NOON + 2 * HOUR, 0, &at, &unit)); /* the shift names no unit, the leave is none */
    assert_int_equal(unit, 4);
    assert_false(keep_rota_next(&t->w, w, NOON + 2 * HOUR, 0, &at, &unit));
    at = keep_world_duties(&t->w, w);
    assert_true(keep_rota_next(&t->w, w, NOON - 20 * HOUR, HOUR, &at, &unit));
    assert_int_equal(unit, 1);
    at = keep_world_duties(&t->w, w);
    assert_false(keep_rota_next(&t->w, w, NOON - 20 * HOUR, 0, &at, &unit));
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rota_tells_shifts_with_their_grace),
        cmocka_unit_test(test_rota_is_silent_beyond_its_ends), cmocka_unit_test(test_rota_that_may_lack_lines),
        cmocka_unit_test(test_rota_tells_leaves), cmocka_unit_test(test_rota_at_work_during_a_leave),
        cmocka_unit_test(test_rota_walks_duties_at_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
