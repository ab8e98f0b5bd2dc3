/* Dates against an oracle that walks the calendar day by day with nothing but the
 * lengths of the months, over 1880 to 2200, and against worked retention cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/civil.h"

enum { FIRST = 1880, LAST = 2200, YEARS = LAST - FIRST + 1 };

static keep_date table[YEARS][13][32]; /* the oracle: day numbers; 0 in [.][.][0] unused */

static bool oracle_leap(int y)
{
    if (y % 400 == 0)
        return true;
    if (y % 100 == 0)
        return false;
    return y % 4 == 0;
}

static int oracle_length(int y, int m)
{
    static const int length[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && oracle_leap(y) ? 29 : length[m];
}

static int build(void **state)
{
    keep_date n = -32872; /* 1880-01-01, counted back from 1970 below */
    (void)state;
    for (int y = FIRST; y <= LAST; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= 31; d++)
                table[y - FIRST][m][d] = d <= oracle_length(y, m) ? n++ : KEEP_DATE_NONE;
    return table[1970 - FIRST][1][1] == 0 ? 0 : -1;
}

/* The day, or where there is none the next one. */
static keep_date oracle(int y, int m, int d)
{
    keep_date n = table[y - FIRST][m][d];
    return n == KEEP_DATE_NONE ? table[y - FIRST][m + 1][1] : n;
}

static keep_date day(const char *z)
{
    keep_date d;
    enum keep_precision p;
    assert_true(keep_civil_parse_date(keep_str_of(z), &d, &p));
    return d;
}

static void is_day(keep_date d, const char *want)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    assert_string_equal(keep_civil_format_date(d, text), want);
}

static void test_civil_every_day(void **state)
{
    (void)state;
    for (int y = FIRST; y <= LAST; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= 31; d++) {
                keep_date n = table[y - FIRST][m][d];
                assert_int_equal(keep_civil_from_ymd(y, m, d), n);
                if (n == KEEP_DATE_NONE)
                    continue;
                struct keep_ymd t = keep_civil_to_ymd(n);
                assert_true(t.y == y && t.m == m && t.d == d);
                assert_int_equal(keep_civil_end_of_month(n), table[y - FIRST][m][oracle_length(y, m)]);
                assert_int_equal(keep_civil_end_of_year(n), table[y - FIRST][12][31]);
                int q = m <= 3 ? 3 : m <= 6 ? 6 : m <= 9 ? 9 : 12;
                assert_int_equal(keep_civil_end_of_quarter(n), table[y - FIRST][q][oracle_length(y, q)]);
            }
}

static void test_civil_add_years_1900_2110(void **state)
{
    static const int spans[] = {0, 1, 2, 3, 4, 5, 6, 7, 10, 19, 20, 21, 25, 28, 30, 40, 75, -1, -4, -18};
    (void)state;
    for (int y = 1900; y <= 2110; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= oracle_length(y, m); d++)
                for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
                    keep_date got = keep_civil_add_years(table[y - FIRST][m][d], spans[i]);
                    if (got != oracle(y + spans[i], m, d))
                        fail_msg("%d-%d-%d + %d years", y, m, d, spans[i]);
                }
}

static void test_civil_add_months_1900_2110(void **state)
{
    (void)state;
    for (int y = 1900; y <= 2110; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= oracle_length(y, m); d++)
                for (int n = 0; n <= 30; n++) {
                    /* twelve months are a year first; then a month at a time, and the day it has or the first of the next */
                    int yy = y + n / 12, mm = m, dd = d;
                    if (dd > oracle_length(yy, mm)) {
                        mm = 3;
                        dd = 1;
                    }
                    for (int k = 0; k < n % 12; k++)
                        if (++mm == 13) {
                            mm = 1;
                            yy++;
                        }
                    keep_date got = keep_civil_add_months(table[y - FIRST][m][d], n);
                    if (got != oracle(yy, mm, dd))
                        fail_msg("%d-%d-%d + %d months", y, m, d, n);
                }
    is_day(keep_civil_add_months(day("2025-03-31"), -1), "2025-03-01");
    is_day(keep_civil_add_months(day("2025-01-31"), -14), "2023-12-01");
    is_day(keep_civil_add_months(day("2024-01-15"), -1), "2023-12-15");
}

/* From each birth on, a walk that counts birthdays. */
static void test_civil_age(void **state)
{
    (void)state;
    for (int y = 1900; y <= 2100; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= oracle_length(y, m); d += m == 2 && d < 28 ? 1 : 11) {
                bool leapling = m == 2 && d == 29;
                keep_date birth = table[y - FIRST][m][d];
                assert_int_equal(keep_civil_age(birth, birth - 1), -1);
                for (int age = 0, yy = y; yy <= y + 24 && yy <= 2110; yy++, age++) {
                    keep_date birthday = leapling && !oracle_leap(yy) ? table[yy - FIRST][3][1] : table[yy - FIRST][m][d];
                    assert_int_equal(keep_civil_age(birth, birthday), age);
                    assert_int_equal(keep_civil_age(birth, birthday - 1), age - 1);
                    assert_int_equal(keep_civil_age(birth, birthday + 1), age);
                }
            }
    assert_int_equal(keep_civil_age(KEEP_DATE_NONE, 0), -1);
    assert_int_equal(keep_civil_age(0, KEEP_DATE_NONE), -1);
}

static void test_civil_fiscal_years(void **state)
{
    (void)state;
    for (int first = 1; first <= 12; first++)
        for (keep_date d = day("1999-01-01"); d < day("2005-01-01"); d++) {
            keep_date end = keep_civil_end_of_fiscal_year(d, first);
            struct keep_ymd next = keep_civil_to_ymd(end + 1);
            assert_true(end >= d && end < d + 366);
            assert_true(next.d == 1 && next.m == first);
        }
    assert_int_equal(keep_civil_end_of_fiscal_year(0, 0), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_end_of_fiscal_year(0, 13), KEEP_DATE_NONE);
    is_day(keep_civil_end_of_fiscal_year(day("2019-07-01"), 7), "2020-06-30");
    is_day(keep_civil_end_of_fiscal_year(day("2019-06-30"), 7), "2019-06-30");
    assert_int_equal(keep_civil_end_of_fiscal_year(day("9999-07-01"), 7), KEEP_DATE_NONE);
    is_day(keep_civil_end_of_fiscal_year(day("9999-06-01"), 7), "9999-06-30");
}

/* Retained through: worked cases of retention law. */
static void test_civil_retention_cases(void **state)
{
    (void)state;
    is_day(keep_civil_add_years(day("2016-02-29"), 6), "2022-03-01");
    is_day(keep_civil_add_years(day("2016-02-29"), 20), "2036-02-29");
    is_day(keep_civil_add_years(day("2008-02-29"), 30), "2038-03-01");
    is_day(keep_civil_add_years(day("2009-05-10"), 20), "2029-05-10");
    is_day(keep_civil_add_years(day("2012-06-01"), 10), "2022-06-01");
    is_day(keep_civil_add_months(day("2025-09-20"), 6), "2026-03-20");
    is_day(keep_civil_add_years(day("2070-02-28"), 30), "2100-02-28");
    is_day(keep_civil_add_years(day("2072-02-29"), 28), "2100-03-01");
    is_day(keep_civil_add_years(keep_civil_end_of_year(day("2019-03-03")), 5), "2024-12-31");
    is_day(keep_civil_add_years(keep_civil_end_of_fiscal_year(day("2019-07-01"), 7), 7), "2027-06-30");
    is_day(keep_civil_add_years(day("2013-02"), 7), "2020-02-28");
    is_day(keep_civil_add_years(day("2018-01-01"), 7), "2025-01-01");
    is_day(day("2018-01-01") + 7 * 365, "2024-12-30"); /* what counting days would have destroyed two days early */
    is_day(keep_civil_add_months(day("2015-08-31"), 6), "2016-03-01");
    is_day(keep_civil_add_months(day("2016-02-29"), 12), "2017-03-01");
    is_day(keep_civil_add_months(day("2016-02-29"), 13), "2017-04-01");
    is_day(day("2024-06-30") + 30, "2024-07-30");
}

static void test_civil_limits(void **state)
{
    (void)state;
    assert_int_equal(keep_civil_add_years(KEEP_DATE_NONE, 1), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_months(KEEP_DATE_NONE, 1), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_years(0, INT32_MAX), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_years(0, INT32_MIN), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_months(0, INT32_MAX), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_months(0, INT32_MIN), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_months(day("9999-12-31"), 1), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_add_months(day("0001-01-01"), -1), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_end_of_month(KEEP_DATE_NONE), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_end_of_quarter(KEEP_DATE_NONE), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_end_of_year(KEEP_DATE_NONE), KEEP_DATE_NONE);
    assert_int_equal(keep_civil_to_ymd(INT32_MAX).y, 0);
    assert_int_equal(keep_civil_to_ymd(day("9999-12-31") + 1).y, 0);
    assert_int_equal(keep_civil_to_ymd(day("0001-01-01") - 1).y, 0);
    assert_int_equal(day("0001-01-01"), -719162);
    for (int32_t y = 1; y <= 9999; y++) { /* year ends, where the cycles of 4, 100 and 400 years meet */
        struct keep_ymd t = keep_civil_to_ymd(keep_civil_from_ymd(y, 12, 31));
        assert_true(t.y == y && t.m == 12 && t.d == 31);
        if (y < 9999)
            assert_int_equal(keep_civil_from_ymd(y + 1, 1, 1), keep_civil_from_ymd(y, 12, 31) + 1);
    }
    is_day(KEEP_DATE_NONE, "unknown");
}

static void test_civil_parse_date(void **state)
{
    static const char *const bad[] = {"", "201", "20133", "2013-", "2013-2", "2013-00", "2013-13", "2013-02-", "2013-02-30", "2013-02-29", "2013-02-2", "2013-02-281",
                                      "2013-02-28T", " 2013", "2013-02-28 ", "0000", "0000-01-01", "-2013", "+2013", "2013/02/28", "2013-0a-01", "20130228", "1900-02-29"};
    keep_date d = 7;
    enum keep_precision p = KEEP_PREC_NONE;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (keep_civil_parse_date(keep_str_of(bad[i]), &d, &p))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_true(d == 7 && p == KEEP_PREC_NONE);
    assert_true(keep_civil_parse_date(KEEP_STR("2013"), &d, &p) && p == KEEP_PREC_YEAR);
    is_day(d, "2013-12-31");
    assert_true(keep_civil_parse_date(KEEP_STR("2012-02"), &d, &p) && p == KEEP_PREC_MONTH);
    is_day(d, "2012-02-29");
    assert_true(keep_civil_parse_date(KEEP_STR("2000-02-29"), &d, &p) && p == KEEP_PREC_DAY);
    is_day(d, "2000-02-29");
}

static void same_time(const char *in, const char *want, bool zone)
{
    keep_time t;
    bool has;
    char text[KEEP_CIVIL_TIME_SIZE];
    if (!keep_civil_parse_time(keep_str_of(in), &t, &has))
        fail_msg("\"%s\" was refused", in);
    assert_string_equal(keep_civil_format_time(t, text), want);
    assert_int_equal(has, zone);
}

static void test_civil_parse_time(void **state)
{
    static const char *const bad[] = {"", "2013-02-28", "2013-02-28T", "2013-02-28T10:00Z", "2013-02-28T24:00:00Z", "2013-02-28T10:60:00Z", "2013-02-28T10:00:61Z",
                                      "2013-02-28 10:00:00Z", "2013-02-29T10:00:00Z", "2013-02-28T10:00:00.Z", "2013-02-28T10:00:00+1", "2013-02-28T10:00:00+24:00",
                                      "2013-02-28T10:00:00+01:60", "2013-02-28T10:00:00+0100", "2013-02-28T10:00:00ZZ", "2013-02-28T10:00:00Z ", "2013-02-28T1:00:00Z",
                                      "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2013-02-28T10:00:00.-5Z"};
    keep_time t = 7;
    bool has;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (keep_civil_parse_time(keep_str_of(bad[i]), &t, &has))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(t, 7);
    same_time("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", true);
    same_time("2013-02-28T10:00:00-06:00", "2013-02-28T16:00:00Z", true);
    same_time("2013-02-28T10:00:00.25+05:45", "2013-02-28T04:15:00.25Z", true);
    same_time("2013-02-28T10:00:00.1234567891Z", "2013-02-28T10:00:00.123456Z", true);
    same_time("2013-02-28T10:00:00", "2013-02-28T10:00:00Z", false);
    same_time("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", true);
    same_time("1960-02-28t23:59:59.999999z", "1960-02-28T23:59:59.999999Z", true);
    same_time("2013-02-28T00:30:00-00:00", "2013-02-28T00:30:00Z", true);
    same_time("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", true);
}

static void test_civil_times_round_trip(void **state)
{
    uint64_t seed = 42;
    char text[KEEP_CIVIL_TIME_SIZE], date[KEEP_CIVIL_DATE_SIZE];
    (void)state;
    for (int i = 0; i < 200000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        keep_time t = (int64_t)(seed >> 8) % (INT64_C(253402300800) * KEEP_USEC), back;
        bool has;
        if (seed & 128)
            t = -(t / 4);
        keep_civil_format_time(t, text);
        assert_true(keep_civil_parse_time(keep_str_of(text), &back, &has));
        assert_true(back == t);
        assert_memory_equal(text, keep_civil_format_date(keep_civil_utc_date(t), date), 10);
    }
    assert_string_equal(keep_civil_format_time(KEEP_TIME_NONE, text), "unknown");
    assert_string_equal(keep_civil_format_time(INT64_MAX, text), "unknown");
    assert_int_equal(keep_civil_utc_date(-1), -1);
    assert_int_equal(keep_civil_utc_date(KEEP_TIME_NONE), KEEP_DATE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civil_every_day),
        cmocka_unit_test(test_civil_add_years_1900_2110),
        cmocka_unit_test(test_civil_add_months_1900_2110),
        cmocka_unit_test(test_civil_age),
        cmocka_unit_test(test_civil_fiscal_years),
        cmocka_unit_test(test_civil_retention_cases),
        cmocka_unit_test(test_civil_limits),
        cmocka_unit_test(test_civil_parse_date),
        cmocka_unit_test(test_civil_parse_time),
        cmocka_unit_test(test_civil_times_round_trip),
    };
    return cmocka_run_group_tests(tests, build, NULL);
}
