#include "tests/audit/town.h"

#include "core/audit/idle.h"

static void note(struct keep_idle *d, uint32_t account, keep_date day)
{
    struct keep_err err = {0};
    assert_int_equal(keep_idle_note(d, account, day * DAY + 5 * HOUR, &err), 0);
}

static keep_date before(const struct keep_idle *d, uint32_t account, keep_date day)
{
    return keep_idle_before(d, account, day * DAY + HOUR);
}

static void test_idle_finds_the_day_before(void **state)
{
    struct keep_idle d;
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(keep_idle_init(&d, 2, &err), 0);
    assert_int_equal(d.first, KEEP_DATE_NONE);
    assert_int_equal(before(&d, 0, 20000), KEEP_DATE_NONE);
    note(&d, 0, 20000);
    note(&d, 0, 20300); /* to the right, over several words */
    note(&d, 0, 19900); /* and to the left */
    note(&d, 0, 20300);
    assert_int_equal(d.first, 19900);
    assert_int_equal(before(&d, 0, 19900), KEEP_DATE_NONE); /* its own day does not count */
    assert_int_equal(before(&d, 0, 19901), 19900);
    assert_int_equal(before(&d, 0, 20000), 19900);
    assert_int_equal(before(&d, 0, 20001), 20000);
    assert_int_equal(before(&d, 0, 20300), 20000);
    assert_int_equal(before(&d, 0, 90000), 20300);
    assert_int_equal(before(&d, 0, -90000), KEEP_DATE_NONE);
    assert_int_equal(before(&d, 1, 20300), KEEP_DATE_NONE);
    note(&d, 7, 19000); /* nobody's: the log begins then all the same */
    assert_int_equal(d.first, 19000);
    assert_int_equal(before(&d, 7, 20000), KEEP_DATE_NONE);
    keep_idle_done(&d);
}

static void test_idle_leaves_out_what_no_log_can_hold(void **state)
{
    struct keep_idle d, none = {0};
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(keep_idle_init(&d, 1, &err), 0);
    note(&d, 0, -3);
    note(&d, 0, 100000);
    note(&d, 0, -100000);
    assert_int_equal(d.first, -3);
    assert_int_equal(before(&d, 0, 50000), -3);
    keep_idle_done(&d);
    keep_idle_done(&none);
}

static void test_idle_adds_up_what_threads_noted(void **state)
{
    struct keep_idle one, two, all;
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(keep_idle_init(&one, 3, &err), 0);
    assert_int_equal(keep_idle_init(&two, 3, &err), 0);
    assert_int_equal(keep_idle_init(&all, 3, &err), 0);
    for (keep_date day = 19000; day < 21000; day += 37) {
        note(day % 2 ? &one : &two, (uint32_t)day % 3, day);
        note(&all, (uint32_t)day % 3, day);
    }
    note(&two, 9, 18000);
    note(&all, 9, 18000);
    assert_int_equal(keep_idle_merge(&one, &two, &err), 0);
    assert_int_equal(one.first, all.first);
    for (uint32_t a = 0; a < 3; a++)
        for (keep_date day = 18990; day < 21010; day++)
            assert_int_equal(before(&one, a, day), before(&all, a, day));
    keep_idle_done(&one);
    keep_idle_done(&two);
    keep_idle_done(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_finds_the_day_before),
        cmocka_unit_test(test_idle_leaves_out_what_no_log_can_hold),
        cmocka_unit_test(test_idle_adds_up_what_threads_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
