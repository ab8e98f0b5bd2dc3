/* Goal: the bound is the textbook's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/audit/bound.h"

static void near(double have, double want, double by)
{
    if (fabs(have - want) > by)
        print_error("have %.8f, want %.8f\n", have, want);
    assert_true(fabs(have - want) <= by);
}

static void test_bound_none_wrong(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 5000; n = n * 3 / 2 + 1)
        near(keep_bound_upper(n, 0), 1 - pow(0.05, 1.0 / (double)n), 1e-12);
    near(keep_bound_upper(59, 0), 0.0495, 0.0001); /* 59 without error: under five percent */
    assert_true(keep_bound_upper(58, 0) > 0.05 && keep_bound_upper(59, 0) < 0.05);
    near(keep_bound_upper(1000, 0), 3.0 / 1000, 0.0001); /* the rule of three */
}

/* Tables of one-sided 95 percent limits: 1 of 10, 2 of 20, 5 of 50, 1 of 93 (under five percent, the next of the auditors' series 59, 93, 124, 153). */
static void test_bound_tables(void **state)
{
    (void)state;
    near(keep_bound_upper(10, 1), 0.394163, 0.000001);
    near(keep_bound_upper(20, 2), 0.282619, 0.000001);
    near(keep_bound_upper(50, 5), 0.198833, 0.000001);
    assert_true(keep_bound_upper(93, 1) < 0.05 && keep_bound_upper(92, 1) > 0.05);
    assert_true(keep_bound_upper(124, 2) < 0.05 && keep_bound_upper(123, 2) > 0.05);
    assert_true(keep_bound_upper(153, 3) < 0.05 && keep_bound_upper(152, 3) > 0.05);
}

static void test_bound_orders(void **state)
{
    (void)state;
    for (uint64_t n = 2; n < 200; n += 7)
        for (uint64_t k = 0; k < n; k++) {
            assert_true(keep_bound_upper(n, k) > (double)k / (double)n);
            assert_true(keep_bound_upper(n, k) < keep_bound_upper(n, k + 1));
            assert_true(keep_bound_upper(n + 1, k) < keep_bound_upper(n, k));
        }
    assert_true(keep_bound_upper(7, 7) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_none_wrong),
        cmocka_unit_test(test_bound_tables),
        cmocka_unit_test(test_bound_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
