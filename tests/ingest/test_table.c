/* Goal: the right map is chosen by the header, a wrong one is refused with what
 * it lacks, and tables of any separator and size are read whole. */
#include "tests/ingest/recorder.h"

#define COLUMN(field, column) {KEEP_STR(field), KEEP_STR(column), {NULL, 0}, {NULL, 0}, NULL, 0}

static const struct keep_map_column few[] = {COLUMN("time", "Time"), COLUMN("account", "User")};
static const struct keep_map_column more[] = {COLUMN("time", "Time"), COLUMN("account", "User"), COLUMN("place", "Place")};
static const struct keep_map_column other[] = {COLUMN("time", "When"), COLUMN("account", "User")};
static const struct keep_map_column unknown[] = {COLUMN("time", "Time"), COLUMN("account", "User"), COLUMN("color", "Place")};
static const struct keep_map_column needy[] = {COLUMN("time", "Time")};
static const struct keep_map_column badly[] = {{{"time", 4}, {"Time", 4}, {NULL, 0}, {"%Q", 2}, NULL, 0}, COLUMN("account", "User")};

static const struct keep_map a = {{"a", 1}, KEEP_MAP_EVENTS, ',', {NULL, 0}, few, 2};
static const struct keep_map b = {{"b", 1}, KEEP_MAP_EVENTS, ',', {NULL, 0}, more, 3};
static const struct keep_map c = {{"c", 1}, KEEP_MAP_EVENTS, '|', {"America/Chicago", 15}, other, 2};
static const struct keep_map b2 = {{"b2", 2}, KEEP_MAP_EVENTS, ',', {NULL, 0}, more, 3};
static const struct keep_map *const all[] = {&a, &b, &c};

static void test_table_chooses(void **state)
{
    (void)state;
    struct keep_ingest p = {.map = all, .maps = 3};
    expect_rows(p, "Time,User\n2020-01-01T10:00:00Z,u\n", "event time=2020-01-01T10:00:00Z account=u action=unknown exposure=unknown raw\n");
    expect_rows(p, "\xef\xbb\xbfPlace,User,Time\nws,u,2020-01-01T10:00:00Z",
                "event time=2020-01-01T10:00:00Z account=u action=unknown exposure=unknown place=ws raw\n");
    expect_rows(p, "User|When\nu|2020-01-01 10:00\n", "event time=2020-01-01T16:00:00Z account=u action=unknown exposure=unknown raw\n");
    p.map_name = "a";
    expect_rows(p, "Place,User,Time\nws,u,2020-01-01T10:00:00Z", "event time=2020-01-01T10:00:00Z account=u action=unknown exposure=unknown raw\n");
    expect_rows(p, "Place,User,Time\n", "");
}

static void expect_refused(struct keep_ingest p, const char *text, int code, const char *why, const char *hint)
{
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, p, text, strlen(text)), code);
    assert_string_equal(r.err.text, why);
    assert_string_equal(r.err.hint, hint);
    assert_int_equal(r.rows, 0);
    recorder_clear(&r);
}

static void test_table_refuses(void **state)
{
    (void)state;
    struct keep_ingest p = {.map = all, .maps = 3};
    static const char text[] = "Time,Place\n2020-01-01T10:00:00Z,u\n";
    static const char none[] = "neither FHIR JSON nor a table whose header has the required columns of a column map";
    expect_refused(p, text, KEEP_E_INPUT, none, "map \"a\" needs one column \"User\"");
    expect_refused(p, "Time,User,user\nx,y,z\n", KEEP_E_INPUT, none, "map \"a\" needs one column \"User\"");
    expect_refused(p, "\x01\x02\x03", KEEP_E_INPUT, none, "map \"a\" needs one column \"Time\"");
    expect_refused(p, "\"open", KEEP_E_INPUT, "the header row is not CSV: a quote is never closed", "");
    expect_refused(p, "Time,User\r2020-01-01T10:00:00Z,u\r", KEEP_E_INPUT, "the header row is not CSV: a carriage return that no line feed follows", "");
    p.map_name = "zz";
    expect_refused(p, text, KEEP_E_USAGE, "no column map \"zz\"", "");
    p.map_name = "a";
    expect_refused(p, text, KEEP_E_INPUT, "neither FHIR JSON nor a table whose header has the required columns of the column map", "map \"a\" needs one column \"User\"");
    p = (struct keep_ingest){0};
    expect_refused(p, text, KEEP_E_INPUT, none, "");
    const struct keep_map *two[] = {&b, &b2};
    p = (struct keep_ingest){.map = two, .maps = 2};
    expect_refused(p, "Time,User,Place\nx,y,z\n", KEEP_E_INPUT, "two column maps fit: \"b\" and \"b2\"", "name the one to use");
}

static void test_table_refuses_maps(void **state)
{
    (void)state;
    static const char text[] = "Time,User,Place\nx,y,z\n";
    struct keep_map m = {{"m", 1}, KEEP_MAP_EVENTS, ',', {NULL, 0}, unknown, 3};
    const struct keep_map *map = &m;
    struct keep_ingest p = {.map = &map, .maps = 1};
    expect_refused(p, text, KEEP_E_USAGE, "map \"m\": field \"color\" is not one of its kind, or stands twice", "");
    m.column = needy;
    m.columns = 1;
    expect_refused(p, text, KEEP_E_USAGE, "map \"m\" does not say which column is \"account\"", "");
    m.column = badly;
    m.columns = 2;
    expect_refused(p, text, KEEP_E_USAGE, "map \"m\": field \"time\": %Q is no part of a date format", "");
    m.column = few;
    m.zone = KEEP_STR("No/Where");
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, p, text, sizeof text - 1), KEEP_E_INPUT);
    recorder_clear(&r);
}

/* Lines that end with a CR alone, more of them than a header may have bytes. */
static void test_table_refuses_a_header_without_end(void **state)
{
    (void)state;
    struct keep_buf t = KEEP_BUF_INIT;
    struct keep_ingest p = {.map = all, .maps = 3};
    keep_buf_str(&t, "Time,User\r");
    while (t.n <= 1u << 20)
        keep_buf_str(&t, "2020-01-01T10:00:00Z,u\r");
    keep_buf_char(&t, '\0');
    expect_refused(p, (char *)t.p, KEEP_E_INPUT, "the table has no header row", "its first line does not end within 1048576 bytes; a line ends with LF, or CR and LF");
    keep_buf_free(&t);
}

/* More than one piece of input, rows cut by their ends. */
static void test_table_long(void **state)
{
    (void)state;
    struct keep_buf t = KEEP_BUF_INIT;
    struct recorder r = {.out = KEEP_BUF_INIT};
    struct keep_ingest p = {.map = all, .maps = 3};
    keep_buf_str(&t, "Time,User\n");
    for (int i = 0; i < 120000; i++)
        keep_buf_printf(&t, "2020-01-01T10:00:00Z,user-%d\n", i);
    assert_true(t.n > 3u << 20);
    assert_int_equal(read_bytes(&r, p, t.p, t.n), 0);
    assert_int_equal(r.counts.items, 120000);
    assert_int_equal(r.counts.quarantined, 0);
    assert_int_equal(r.rows, 120000);
    keep_buf_char(&r.out, '\0');
    assert_non_null(strstr((char *)r.out.p, "account=user-119999 "));
    recorder_clear(&r);
    keep_buf_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_chooses),
        cmocka_unit_test(test_table_refuses),
        cmocka_unit_test(test_table_refuses_maps),
        cmocka_unit_test(test_table_refuses_a_header_without_end),
        cmocka_unit_test(test_table_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
