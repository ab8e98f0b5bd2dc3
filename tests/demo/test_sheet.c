/* Goal: a file is there whole or not at all; times carry the offset that was in force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/demo/sheet.h"
#include "tests/aid/tool.h"

static int folder(void)
{
    int fd = open(tool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void test_sheet_appears_when_committed(void **state)
{
    struct keep_sheet s;
    struct keep_buf text = KEEP_BUF_INIT;
    int fd = folder();
    (void)state;
    assert_int_equal(keep_sheet_open(&s, fd, "a.csv", NULL), 0);
    keep_sheet_cell(&s, "one");
    keep_sheet_cell(&s, "");
    keep_sheet_cell(&s, "box 1, jacket \"2\"");
    keep_sheet_cell_date(&s, keep_civil_from_ymd(2020, 2, 29));
    keep_sheet_cell_date(&s, KEEP_DATE_NONE);
    assert_int_equal(keep_sheet_row(&s, NULL), 0);
    keep_sheet_cell(&s, "two");
    assert_int_equal(keep_sheet_row(&s, NULL), 0);
    assert_int_equal(faccessat(fd, "a.csv", F_OK, 0), -1);
    assert_int_equal(keep_sheet_commit(&s, NULL), 0);
    keep_sheet_drop(&s); /* nothing is left to drop */
    assert_int_equal(faccessat(fd, "a.csv.tmp", F_OK, 0), -1);
    assert_int_equal(keep_file_read_all(fd, "a.csv", 1000, &text, NULL), 0);
    assert_true(keep_str_is(keep_buf_view(&text), "one,,\"box 1, jacket \"\"2\"\"\",2020-02-29,\ntwo\n"));
    assert_int_equal(s.rows, 2);
    keep_buf_free(&text);
    close(fd);
}

static void test_sheet_dropped_leaves_nothing(void **state)
{
    struct keep_sheet s, none = {0};
    int fd = folder();
    (void)state;
    assert_int_equal(keep_sheet_open(&s, fd, "b.csv", NULL), 0);
    keep_sheet_cell(&s, "one");
    keep_sheet_drop(&s);
    keep_sheet_drop(&none);
    assert_int_equal(faccessat(fd, "b.csv", F_OK, 0), -1);
    assert_int_equal(faccessat(fd, "b.csv.tmp", F_OK, 0), -1);
    close(fd);
}

static void test_sheet_says_what_it_could_not_write(void **state)
{
    struct keep_sheet s;
    struct keep_err err = {0};
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), fd = folder();
    (void)state;
    assert_true(full >= 0);
    assert_true(keep_sheet_open(&s, -1, "no/such", NULL) < 0);
    assert_int_equal(keep_sheet_open(&s, fd, "c.csv", NULL), 0);
    close(s.fd);
    s.fd = full; /* a disk that is full */
    keep_sheet_cell(&s, "one");
    assert_int_equal(keep_sheet_row(&s, NULL), 0);
    assert_int_equal(keep_sheet_commit(&s, &err), KEEP_E_IO);
    keep_sheet_drop(&s);
    assert_int_equal(faccessat(fd, "c.csv.tmp", F_OK, 0), -1);
    close(fd);
}

static void time_is(struct keep_sheet *s, const struct keep_zone *z, int32_t y, int m, int d, int32_t second, const char *want)
{
    keep_buf_clear(&s->buf);
    s->json.comma = false;
    keep_sheet_time(s, "t", z, KEEP_WALL(keep_civil_from_ymd(y, m, d), second));
    assert_true(keep_str_is(keep_buf_view(&s->buf), want));
}

static void test_sheet_times_have_the_offset_in_force(void **state)
{
    struct keep_zone *z;
    struct keep_sheet s;
    int fd = folder();
    (void)state;
    assert_int_equal(keep_zone_load(&z, "America/Chicago", NULL), 0);
    assert_int_equal(keep_sheet_open(&s, fd, "d.ndjson", NULL), 0);
    time_is(&s, z, 2026, 1, 15, 3600, "\"t\":\"2026-01-15T01:00:00-06:00\"");
    time_is(&s, z, 2026, 7, 15, 86399, "\"t\":\"2026-07-15T23:59:59-05:00\"");
    time_is(&s, z, 1999, 4, 5, 0, "\"t\":\"1999-04-05T00:00:00-05:00\"");      /* the clock changed in early April then */
    time_is(&s, z, 2026, 3, 8, 9000, "\"t\":\"2026-03-08T03:30:00-05:00\"");    /* half past two did not exist */
    time_is(&s, z, 1969, 12, 31, 60, "\"t\":\"1969-12-31T00:01:00-06:00\"");
    keep_sheet_drop(&s);
    keep_zone_free(z);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sheet_appears_when_committed), cmocka_unit_test(test_sheet_dropped_leaves_nothing),
        cmocka_unit_test(test_sheet_says_what_it_could_not_write), cmocka_unit_test(test_sheet_times_have_the_offset_in_force),
    };
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
