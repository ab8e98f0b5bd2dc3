/* Goal: dates and times of reports are read exactly as their format says, or not at all. */
#include "tests/ingest/recorder.h"

#include "core/ingest/table_time.h"

/* want: "first..last instant", NULL when it must not be read */
static void expect_time(const struct keep_zone *zone, const char *text, const char *format, const char *want)
{
    struct keep_table_time t;
    char first[KEEP_CIVIL_DATE_SIZE], last[KEEP_CIVIL_DATE_SIZE], instant[KEEP_CIVIL_TIME_SIZE], got[128];
    bool ok = keep_table_time_parse(keep_str_of(text), keep_str_of(format), zone, &t);
    assert_int_equal(ok, want != NULL);
    if (!ok)
        return;
    snprintf(got, sizeof got, "%s..%s %s", keep_civil_format_date(t.first, first), keep_civil_format_date(t.last, last), keep_civil_format_time(t.instant, instant));
    assert_string_equal(got, want);
}

static void test_table_time_iso(void **state)
{
    (void)state;
    expect_time(NULL, "2020-03-01T10:20:30Z", "iso", "2020-03-01..2020-03-01 2020-03-01T10:20:30Z");
    expect_time(NULL, "2020-03-01 10:20:30.123456", "", "2020-03-01..2020-03-01 2020-03-01T10:20:30.123456Z");
    expect_time(NULL, "2020-03-01 10:20", "", "2020-03-01..2020-03-01 2020-03-01T10:20:00Z");
    expect_time(NULL, "2020-03-01T23:20:30-06:00", "", "2020-03-01..2020-03-01 2020-03-02T05:20:30Z");
    expect_time(NULL, "2020-03-01T23:20:30 +0530", "", "2020-03-01..2020-03-01 2020-03-01T17:50:30Z");
    expect_time(NULL, "2020-03-01T23:59:60Z", "", "2020-03-01..2020-03-01 2020-03-01T23:59:59Z");
    expect_time(NULL, "2020-03-01", "", "2020-03-01..2020-03-01 unknown");
    expect_time(NULL, "2020-02", "", "2020-02-01..2020-02-29 unknown");
    expect_time(NULL, "1987", "", "1987-01-01..1987-12-31 unknown");
    static const char *const bad[] = {"",        "x",          "2020-02-30", "2020-03-01T",         "2020-03-01T24:00:00Z", "2020-03-01T10:60:00Z", "2020-03-01T10:00:61Z",
                                      "2020-3-1", "20200301",   "2020-03-01T10:20:30+25:00", "2020-03-01T10:20:30Zx", "2020-03-01T10:20:30.", "2020-03-01T10",
                                      "2020-03-01x10:20:30", "0000-01-01", "2020-03-01T10:20:30-06:", "2020-03-01T10:20:30-06:0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_time(NULL, bad[i], "iso", NULL);
}

static void test_table_time_formats(void **state)
{
    (void)state;
    expect_time(NULL, "03/01/2020 1:05 PM", "%m/%d/%Y %I:%M %p", "2020-03-01..2020-03-01 2020-03-01T13:05:00Z");
    expect_time(NULL, "03/01/2020 12:05 AM", "%m/%d/%Y %I:%M %p", "2020-03-01..2020-03-01 2020-03-01T00:05:00Z");
    expect_time(NULL, "3/1/2020 12:05 pm", "%m/%d/%Y %I:%M %p", "2020-03-01..2020-03-01 2020-03-01T12:05:00Z");
    expect_time(NULL, "20200301102030.5", "%Y%m%d%H%M%S.%f", "2020-03-01..2020-03-01 2020-03-01T10:20:30.5Z");
    expect_time(NULL, "01-03-69", "%d-%m-%y", "1969-03-01..1969-03-01 unknown");
    expect_time(NULL, "01-03-68", "%d-%m-%y", "2068-03-01..2068-03-01 unknown");
    expect_time(NULL, "100% 2020-03-01", "100%% %Y-%m-%d", "2020-03-01..2020-03-01 unknown");
    expect_time(NULL, "13/01/2020", "%m/%d/%Y", NULL);
    expect_time(NULL, "03/01/2020 ", "%m/%d/%Y", NULL);
    expect_time(NULL, "03/01", "%m/%d/%Y", NULL);
    expect_time(NULL, "03/01/2020 0:05 AM", "%m/%d/%Y %I:%M %p", NULL);
    expect_time(NULL, "03/01/2020 1:05 XM", "%m/%d/%Y %I:%M %p", NULL);
    expect_time(NULL, "2020", "%Y", NULL);
}

static void test_table_time_wall(void **state)
{
    (void)state;
    struct keep_zone *zone = NULL;
    assert_int_equal(keep_zone_load(&zone, "America/Chicago", NULL), 0);
    expect_time(zone, "2020-07-01 10:20:30.25", "", "2020-07-01..2020-07-01 2020-07-01T15:20:30.25Z");
    expect_time(zone, "2020-07-01 10:20:30Z", "", "2020-07-01..2020-07-01 2020-07-01T10:20:30Z");
    expect_time(zone, "9999-12-31 23:59:59", "", "9999-12-31..9999-12-31 unknown"); /* in UTC it would be the year 10000 */
    expect_time(zone, "9999-12-31T23:59:59-06:00", "", "9999-12-31..9999-12-31 unknown");
    expect_time(NULL, "0001-01-01T00:00:00+01:00", "", "0001-01-01..0001-01-01 unknown");
    expect_time(zone, "2020-11-01 01:30:00", "", "2020-11-01..2020-11-01 2020-11-01T07:30:00Z"); /* the later of the two */
    keep_zone_free(zone);
}

static void test_table_time_format_check(void **state)
{
    (void)state;
    assert_int_equal(keep_table_time_format(KEEP_STR("iso")), 0);
    assert_int_equal(keep_table_time_format(KEEP_STR("")), 0);
    assert_int_equal(keep_table_time_format(KEEP_STR("%Y%m%d %H:%I:%M:%S.%f %p %y 100%%")), 0);
    assert_int_equal(keep_table_time_format(KEEP_STR("%Y %Q")), 'Q');
    assert_int_equal(keep_table_time_format(KEEP_STR("%Y %")), '%');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_time_iso),
        cmocka_unit_test(test_table_time_formats),
        cmocka_unit_test(test_table_time_wall),
        cmocka_unit_test(test_table_time_format_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
