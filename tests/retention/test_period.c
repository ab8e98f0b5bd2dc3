/* Goal: the arithmetic of retention equals the counting convention, on its known
 * vectors and, day by day, against a second way of counting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/retention/period.h"

static keep_date day(const char *s)
{
    keep_date d;
    enum keep_precision p;
    assert_true(keep_civil_parse_date(keep_str_of(s), &d, &p));
    return d;
}

static keep_date years(const char *from, int n)
{
    struct keep_keep k = {.n = n, .unit = KEEP_UNIT_YEARS};
    return keep_period_until(&k, day(from));
}

static void test_period_vectors(void **state)
{
    struct keep_keep months = {.n = 6, .unit = KEEP_UNIT_MONTHS};
    struct keep_keep cutoff = {.n = 5, .unit = KEEP_UNIT_YEARS, .round = KEEP_ROUND_YEAR};
    (void)state;
    assert_int_equal(years("2016-02-29", 6), day("2022-03-01"));  /* to a common year: the later day */
    assert_int_equal(years("2016-02-29", 20), day("2036-02-29")); /* to a leap year */
    assert_int_equal(years("2070-02-28", 30), day("2100-02-28")); /* 2100 is none */
    assert_int_equal(years("2013-02-28", 7), day("2020-02-28"));
    assert_int_equal(years("2018-01-01", 7), day("2025-01-01"));  /* 7 * 365 days would be 2024-12-30 */
    assert_int_equal(keep_period_until(&cutoff, day("2019-03-03")), day("2024-12-31"));
    assert_int_equal(keep_period_until(&months, day("2025-09-20")), day("2026-03-20"));
    assert_int_equal(keep_period_until(&months, day("2025-08-31")), day("2026-03-01")); /* clamped to 28 February, then the first after it */
}

static void test_period_rounds_up_only(void **state)
{
    struct keep_keep k = {.n = 1, .unit = KEEP_UNIT_YEARS};
    (void)state;
    k.round = KEEP_ROUND_MONTH;
    assert_int_equal(keep_period_until(&k, day("2019-02-05")), day("2020-02-29"));
    k.round = KEEP_ROUND_QUARTER;
    assert_int_equal(keep_period_until(&k, day("2019-02-05")), day("2020-03-31"));
    k.round = KEEP_ROUND_YEAR;
    assert_int_equal(keep_period_until(&k, day("2019-12-31")), day("2020-12-31"));
    k = (struct keep_keep){.n = 30, .unit = KEEP_UNIT_DAYS};
    assert_int_equal(keep_period_until(&k, day("2020-02-15")), day("2020-03-16"));
}

static void test_period_refuses_what_has_no_day(void **state)
{
    struct keep_keep k = {.n = 30, .unit = KEEP_UNIT_YEARS}, forever = {.permanent = true};
    (void)state;
    assert_int_equal(keep_period_until(&k, KEEP_DATE_NONE), KEEP_DATE_NONE);
    assert_int_equal(keep_period_until(&k, day("9990-01-01")), KEEP_DATE_NONE);
    assert_int_equal(keep_period_until(&forever, day("2000-01-01")), KEEP_DATE_NONE);
    k = (struct keep_keep){.n = INT32_MAX, .unit = KEEP_UNIT_DAYS};
    assert_int_equal(keep_period_until(&k, day("2000-01-01")), KEEP_DATE_NONE);
}

/* The oracle walks the calendar: the first day on which n anniversaries have passed, where a birthday that the year lacks is passed on 1 March. */
static keep_date walk(keep_date from, int n)
{
    struct keep_ymd a = keep_civil_to_ymd(from);
    for (keep_date d = from + n * 365;; d++) {
        struct keep_ymd b = keep_civil_to_ymd(d);
        if (b.y > a.y + n || (b.y == a.y + n && (b.m > a.m || (b.m == a.m && b.d >= a.d))))
            return d;
    }
}

static void test_period_equals_day_by_day_oracle(void **state)
{
    static const int spans[] = {1, 5, 6, 7, 10, 20, 30, 75};
    (void)state;
    for (keep_date d = keep_civil_from_ymd(1896, 1, 1); d <= keep_civil_from_ymd(2104, 12, 31); d++)
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
            struct keep_keep k = {.n = spans[i], .unit = KEEP_UNIT_YEARS};
            if (keep_period_until(&k, d) != walk(d, spans[i]))
                fail_msg("%d years after day %d", spans[i], d);
        }
}

static void test_period_text_says_what_was_done(void **state)
{
    struct keep_keep k = {.n = 1, .unit = KEEP_UNIT_YEARS, .round = KEEP_ROUND_YEAR};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_period_text(&k, KEEP_STR("set.last(\"service_date\")"), day("1989-05-09"), keep_period_until(&k, day("1989-05-09")), &b);
    keep_period_rounding(&k, &b);
    keep_buf_char(&b, '\0');
    assert_string_equal((char *)b.p, "1 year after set.last(\"service_date\") = 1989-05-09 -> 1990-12-31 (rounded up to end of year)");
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_period_vectors),          cmocka_unit_test(test_period_rounds_up_only),
        cmocka_unit_test(test_period_refuses_what_has_no_day), cmocka_unit_test(test_period_equals_day_by_day_oracle),
        cmocka_unit_test(test_period_text_says_what_was_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
