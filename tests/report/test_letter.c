/* Goal: the paragraphs of a letter stand around its rows where people read it,
 * beside them in JSON, and nowhere in what machines read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/report/letter.h"

static const struct keep_report_field field[] = {{"who", KEEP_REPORT_TEXT, "who", 0}};

static int one_row(void *ctx, struct keep_report *r, struct keep_err *err)
{
    struct keep_report_cell cell[] = {KEEP_CELL_Z("<you>")};
    (void)ctx;
    return keep_report_row(r, cell, err);
}

static int failing(void *ctx, struct keep_report *r, struct keep_err *err)
{
    (void)ctx;
    (void)r;
    return keep_err_set(err, KEEP_E_IO, "stopped");
}

static const char *written(struct keep_buf *b, enum keep_report_format f, struct keep_letter *l)
{
    struct keep_err err = {0};
    keep_buf_clear(b);
    assert_int_equal(keep_letter_write(b, f, l, &err), 0);
    keep_buf_char(b, '\0');
    return (const char *)b->p;
}

static void test_letter_formats(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_letter l = {.arena = keep_arena_new(0), .name = "people", .title = "All & sundry", .field = field, .fields = 1, .rows = one_row};
    (void)state;
    for (int i = 0; i < 40; i++)
        keep_letter_say(&l, &l.before, "line %d", i);
    keep_letter_say(&l, &l.after, "%s", "one word and another one until it is longer than a line of a letter that is to be printed on a sheet of paper may be");
    const char *t = written(&b, KEEP_REPORT_TABLE, &l);
    assert_non_null(strstr(t, "All & sundry\n\nline 0\nline 1\n"));
    assert_non_null(strstr(t, "line 39\n\n"));
    assert_non_null(strstr(t, "a sheet\nof paper may be\n"));
    t = written(&b, KEEP_REPORT_HTML, &l);
    assert_non_null(strstr(t, "<h1>All &amp; sundry</h1>\n<p>line 0</p>"));
    assert_non_null(strstr(t, "&lt;you&gt;"));
    assert_true(strstr(t, "<p>line 39</p>") < strstr(t, "<table>") && strstr(t, "</table>") < strstr(t, "<p>one word"));
    t = written(&b, KEEP_REPORT_JSON, &l);
    assert_non_null(strstr(t, "{\"schema_version\":1,\"people\":[{\"who\":\"<you>\"}],\"before\":[\"line 0\","));
    assert_non_null(strstr(t, "may be\"]}\n"));
    assert_string_equal(written(&b, KEEP_REPORT_NDJSON, &l), "{\"schema_version\":1,\"who\":\"<you>\"}\n");
    assert_null(strstr(written(&b, KEEP_REPORT_CSV, &l), "line"));
    keep_arena_free(l.arena);
    keep_buf_free(&b);
}

static void test_letter_failures(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    struct keep_letter l = {.arena = keep_arena_new(64), .name = "people", .title = "T", .field = field, .fields = 1, .rows = failing};
    (void)state;
    assert_int_equal(keep_letter_write(&b, KEEP_REPORT_JSON, &l, &err), KEEP_E_IO);
    keep_letter_say(&l, &l.before, "there is no room for this");
    l.rows = one_row;
    assert_int_equal(keep_letter_write(&b, KEEP_REPORT_TABLE, &l, &err), KEEP_E_NOMEM);
    keep_arena_free(l.arena);
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_letter_formats), cmocka_unit_test(test_letter_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
