/* Goal: notices are due on the day that the law's own count gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/audit/breach.h"

static keep_date day(int y, int m, int d)
{
    return keep_civil_from_ymd(y, m, d);
}

static void test_breach_one_patient(void **state)
{
    struct keep_breach_clock c[KEEP_BREACH_CLOCKS];
    (void)state;
    assert_int_equal(keep_breach_clocks(day(2026, 3, 1), 1, 0, c), 2);
    assert_string_equal(c[0].who, "individuals");
    assert_int_equal(c[0].by, day(2026, 4, 30));
    assert_string_equal(c[1].cite, "45 CFR 164.408(c)");
    assert_int_equal(c[1].by, day(2027, 3, 1));
}

static void test_breach_after_a_leap_years_end(void **state)
{
    struct keep_breach_clock c[KEEP_BREACH_CLOCKS];
    (void)state;
    assert_int_equal(keep_breach_clocks(day(2027, 12, 31), 1, 0, c), 2);
    assert_int_equal(c[1].by, day(2028, 2, 29));
    assert_int_equal(c[0].by, day(2028, 2, 29));
    assert_int_equal(keep_breach_clocks(day(2028, 1, 1), 1, 0, c), 2);
    assert_int_equal(c[0].by, day(2028, 3, 1)); /* across 29 February */
    assert_int_equal(c[1].by, day(2029, 3, 1));
}

static void test_breach_of_many(void **state)
{
    struct keep_breach_clock c[KEEP_BREACH_CLOCKS];
    (void)state;
    assert_int_equal(keep_breach_clocks(day(2026, 3, 1), 499, 499, c), 2);
    assert_int_equal(keep_breach_clocks(day(2026, 3, 1), 500, 500, c), 2); /* HHS with them; the media from the 501st resident */
    assert_string_equal(c[1].cite, "45 CFR 164.408(b)");
    assert_int_equal(c[1].by, c[0].by);
    assert_int_equal(keep_breach_clocks(day(2026, 3, 1), 501, 501, c), 3);
    assert_string_equal(c[2].who, "media");
    assert_string_equal(c[2].checked, "unverified");
    assert_int_equal(keep_breach_clocks(day(2026, 3, 1), 501, 0, c), 3); /* where they live is not stated: it may be one State */
    assert_int_equal(keep_breach_clocks(day(2026, 3, 1), 600, 300, c), 2);
    assert_int_equal(keep_breach_clocks(KEEP_DATE_NONE, 1, 0, c), 0);
}

/* Against a count of days one by one. */
static void test_breach_every_day_of_thirty_years(void **state)
{
    struct keep_breach_clock c[KEEP_BREACH_CLOCKS];
    (void)state;
    for (keep_date d = day(2010, 1, 1); d <= day(2040, 12, 31); d++) {
        struct keep_ymd y = keep_civil_to_ymd(d);
        keep_breach_clocks(d, 1, 1, c);
        assert_int_equal(c[0].by - d, 60);
        assert_int_equal(c[1].by, keep_civil_valid(y.y + 1, 2, 29) ? day(y.y + 1, 2, 29) : day(y.y + 1, 3, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breach_one_patient),
        cmocka_unit_test(test_breach_after_a_leap_years_end),
        cmocka_unit_test(test_breach_of_many),
        cmocka_unit_test(test_breach_every_day_of_thirty_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
