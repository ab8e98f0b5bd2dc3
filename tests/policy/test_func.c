/* Sizes, text, conversions, and the parts of instants, days and spans. */
#include "tests/policy/try.h"

static void test_func_text(void **state)
{
    static const struct try_case c[] = {
        {"size(\"né\")", "2"}, {"\"né\".size()", "2"}, {"size(b\"né\")", "3"}, {"size([1, 2])", "2"}, {"size({1: 2})", "1"}, {"\"abc\".startsWith(\"ab\")", "true"},
        {"\"abc\".startsWith(\"\")", "true"}, {"\"abc\".endsWith(\"bc\")", "true"}, {"\"a\".endsWith(\"ba\")", "false"}, {"\"abc\".contains(\"b\")", "true"}, {"\"abc\".contains(\"x\")", "false"},
        {"\"\".contains(\"\")", "true"}, {"size(1)", "size() does not take int"}, {"\"a\".startsWith(1)", "startsWith() does not take these arguments"},
    };
    (void)state;
    TRY(c);
}

static void test_func_conversions(void **state)
{
    static const struct try_case c[] = {
        {"int(\"-12\")", "-12"}, {"int(\"1x\")", "the text is no whole number"}, {"int(1.9)", "1"}, {"int(-1.9)", "-1"}, {"int(1e19)", "the number does not fit"}, {"int(18446744073709551615u)", "the number does not fit"},
        {"int(timestamp(\"1969-12-31T23:59:59.5Z\"))", "-1"}, {"uint(3)", "3u"}, {"uint(-3)", "the number does not fit"}, {"uint(\"7\")", "7u"}, {"uint(-0.5)", "the number does not fit"},
        {"double(\"2.5\")", "2.5d"}, {"double(\" 2\")", "the text is no number"}, {"double(\"0x1\")", "the text is no number"}, {"double(3)", "3d"}, {"bool(\"true\")", "true"},
        {"bool(\"yes\")", "the text is neither true nor false"}, {"string(b\"ab\")", "abs"}, {"string(b\"\\xff\")", "the bytes are not UTF-8"}, {"bytes(\"é\") == b\"\\xc3\\xa9\"", "true"},
        {"timestamp(0)", "1970-01-01T00:00:00Z"}, {"timestamp(253402300800)", "the number does not fit"}, {"dyn(3)", "3"},
    };
    (void)state;
    TRY(c);
}

static void test_func_of_two_days(void **state)
{
    static const struct try_case c[] = {
        {"earlier(date(\"2020-01-01\"), date(\"2019-12-31\"))", "2019-12-31"}, {"later(date(\"2020-01-01\"), date(\"2019-12-31\"))", "2020-01-01"},
        {"earlier(patient.birth_date, patient.birth_date)", "2015-06-30"}, {"later(set.last(\"service_date\"), patient.birth_date)", "2020-01-31"},
        {"earlier(patient.death_date, patient.birth_date)", "unknown patient.death_date"}, {"later(patient.birth_date, patient.death_date)", "unknown patient.death_date"},
        {"later(1, 2)", "later() does not take these arguments"},
    };
    (void)state;
    TRY(c);
}

static void test_func_times(void **state)
{
    static const struct try_case c[] = {
        {"date(\"2026-02-29\")", "this is no day: write \"2026-03-02\""}, {"date(\"2026-02\")", "this is no day: write \"2026-03-02\""}, {"date(\"2024-02-29\")", "2024-02-29"},
        {"date(timestamp(\"2026-01-01T03:00:00Z\"))", "2026-01-01"}, {"date(timestamp(\"2026-01-01T03:00:00Z\"), \"America/Chicago\")", "2025-12-31"},
        {"date(timestamp(\"2026-01-01T03:00:00Z\"), \"Nowhere/City\")", "there is no such time zone"},
        {"timestamp(\"2026-01-01T03:00:00\")", "an instant needs a zone: Z, or an offset such as -06:00"}, {"duration(\"1h30m\")", "5400s"}, {"duration(\"1.5h\")", "5400s"}, {"duration(\"-10s\")", "-10s"},
        {"duration(\"1500us\")", "0.0015s"}, {"duration(\"0\")", "0s"}, {"duration(\"\")", "this is no duration: write \"90m\", \"1h30m\" or \"720h\" (h, m, s, ms; no days)"},
        {"duration(\"30d\")", "this is no duration: write \"90m\", \"1h30m\" or \"720h\" (h, m, s, ms; no days)"},
        {"duration(\"99999999999999999999h\")", "this is no duration: write \"90m\", \"1h30m\" or \"720h\" (h, m, s, ms; no days)"},
    };
    (void)state;
    TRY(c);
}

static void test_func_parts(void **state)
{
    static const struct try_case c[] = {
        {"date(\"2026-11-21\").getFullYear()", "2026"}, {"date(\"2026-11-21\").getMonth()", "10"}, {"date(\"2026-11-21\").getDate()", "21"}, {"date(\"2026-11-21\").getDayOfMonth()", "20"},
        {"date(\"2026-11-21\").getDayOfWeek()", "6"}, {"date(\"1969-12-28\").getDayOfWeek()", "0"}, {"date(\"2024-12-31\").getDayOfYear()", "365"},
        {"timestamp(\"2026-11-21T23:59:58.123Z\").getSeconds()", "58"}, {"timestamp(\"2026-11-21T23:59:58.123Z\").getMilliseconds()", "123"},
        {"timestamp(\"2026-11-21T23:59:58Z\").getMinutes(\"05:30\")", "29"}, {"timestamp(\"2026-11-21T23:59:58Z\").getDayOfWeek(\"America/New_York\")", "6"},
        {"timestamp(\"2026-07-01T00:00:00Z\").getHours(\"America/New_York\")", "20"}, {"timestamp(\"1900-01-01T00:00:00.5Z\").getMilliseconds()", "500"},
        {"timestamp(\"2026-07-01T00:00:00Z\").getHours(\"+25:00\")", "there is no such time zone"}, {"duration(\"90m\").getHours()", "1"}, {"duration(\"90m\").getMinutes()", "90"},
        {"duration(\"3.5s\").getMilliseconds()", "500"}, {"duration(\"1h\").getFullYear()", "getFullYear() does not take duration"}, {"date(\"2026-11-21\").getHours()", "getHours() does not take date"},
    };
    (void)state;
    TRY(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_func_text), cmocka_unit_test(test_func_conversions), cmocka_unit_test(test_func_times), cmocka_unit_test(test_func_of_two_days), cmocka_unit_test(test_func_of_two_days), cmocka_unit_test(test_func_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
