/* Goal: one row description gives five formats that say the same, as they go;
 * what a spreadsheet or a terminal would obey arrives there as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/report/report.h"
#include "core/text/json.h"

static const struct keep_report_field field[] = {{"name", KEEP_REPORT_TEXT, "who", 12}, {"hidden", KEEP_REPORT_TEXT, NULL, 0}, {"count", KEEP_REPORT_NUMBER, "n", 0}, {"day", KEEP_REPORT_DATE, "day", 0},
                                                 {"at", KEEP_REPORT_TIME, "at", 0}, {"ids", KEEP_REPORT_LIST, "ids", 0}, {"ok", KEEP_REPORT_BOOL, "ok", 0}};
#define FIELDS (sizeof field / sizeof *field)

struct sink {
    struct keep_buf b;
    unsigned writes, fail_at; /* fail_at: the write that fails, from 1; 0 none */
};

static int take(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct sink *s = ctx;
    assert_true(n > 0);
    if (++s->writes == s->fail_at)
        return keep_err_set(err, KEEP_E_IO, "the disk is full");
    keep_buf_add(&s->b, p, n);
    return 0;
}

static const char *text(struct sink *s)
{
    keep_buf_char(&s->b, '\0');
    s->b.n--;
    return (const char *)s->b.p;
}

static int row(struct keep_report *r, const char *name, struct keep_err *err)
{
    const struct keep_str list[] = {KEEP_STR("log:1"), KEEP_STR("log:2")};
    struct keep_report_cell cell[FIELDS] = {KEEP_CELL_Z(name), KEEP_CELL_Z("h"), KEEP_CELL_N(-7), KEEP_CELL_N(keep_civil_from_ymd(2011, 3, 9)), KEEP_CELL_N(1000000000 * KEEP_USEC),
                                            {.list = list, .n = 2}, KEEP_CELL_N(1)};
    return keep_report_row(r, cell, err);
}

static int nothing(struct keep_report *r, struct keep_err *err)
{
    struct keep_report_cell cell[FIELDS] = {{.n = 0}, {.n = 0}, KEEP_CELL_N(0), KEEP_CELL_N(KEEP_DATE_NONE), KEEP_CELL_N(KEEP_TIME_NONE), {.n = 0}, {.n = 0}};
    return keep_report_row(r, cell, err);
}

/* One row of everything and one of nothing. */
static const char *both(struct sink *s, enum keep_report_format f, const char *name)
{
    struct keep_report *r;
    struct keep_err err = {0};
    memset(s, 0, sizeof *s);
    assert_int_equal(keep_report_open(&r, f, "things", field, FIELDS, take, s, &err), 0);
    assert_int_equal(row(r, name, &err), 0);
    assert_int_equal(nothing(r, &err), 0);
    assert_int_equal(keep_report_rows(r), 2);
    assert_int_equal(keep_report_close(r, &err), 0);
    return text(s);
}

static void test_report_formats_have_words(void **state)
{
    (void)state;
    assert_int_equal(keep_report_format(KEEP_STR("table")), KEEP_REPORT_TABLE);
    assert_int_equal(keep_report_format(KEEP_STR("json")), KEEP_REPORT_JSON);
    assert_int_equal(keep_report_format(KEEP_STR("ndjson")), KEEP_REPORT_NDJSON);
    assert_int_equal(keep_report_format(KEEP_STR("csv")), KEEP_REPORT_CSV);
    assert_int_equal(keep_report_format(KEEP_STR("html")), KEEP_REPORT_HTML);
    assert_int_equal(keep_report_format(KEEP_STR("CSV")), -1);
    assert_int_equal(keep_report_format(KEEP_STR("")), -1);
}

static void test_report_ndjson(void **state)
{
    struct sink s;
    (void)state;
    assert_string_equal(both(&s, KEEP_REPORT_NDJSON, "Ada \"x\""),
                        "{\"schema_version\":1,\"name\":\"Ada \\\"x\\\"\",\"hidden\":\"h\",\"count\":-7,\"day\":\"2011-03-09\",\"at\":\"2001-09-09T01:46:40Z\",\"ids\":[\"log:1\",\"log:2\"],\"ok\":true}\n"
                        "{\"schema_version\":1,\"name\":null,\"hidden\":null,\"count\":0,\"day\":null,\"at\":null,\"ids\":[],\"ok\":false}\n");
    keep_buf_free(&s.b);
}

static void test_report_json_is_one_object(void **state)
{
    struct sink s;
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_json *v;
    (void)state;
    both(&s, KEEP_REPORT_JSON, "Ada");
    assert_int_equal(keep_json_parse(&v, keep_buf_view(&s.b), "report", a, NULL), 0);
    int64_t version;
    assert_true(keep_json_i64(keep_json_get(v, "schema_version"), &version) && version == KEEP_REPORT_SCHEMA);
    assert_int_equal(keep_json_len(keep_json_get(v, "things")), 2);
    assert_true(keep_str_is(keep_json_str(keep_json_get(keep_json_at(keep_json_get(v, "things"), 0), "name")), "Ada"));
    assert_null(keep_json_get(keep_json_at(keep_json_get(v, "things"), 0), "schema_version"));
    keep_buf_free(&s.b);
    keep_arena_free(a);
}

static void test_report_without_rows_is_still_whole(void **state)
{
    static const struct { enum keep_report_format f; const char *want; } want[] = {
        {KEEP_REPORT_JSON, "{\"schema_version\":1,\"things\":[]}\n"}, {KEEP_REPORT_NDJSON, ""}, {KEEP_REPORT_TABLE, ""}, {KEEP_REPORT_CSV, "schema_version,name,hidden,count,day,at,ids,ok\r\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct sink s = {.writes = 0};
        struct keep_report *r;
        assert_int_equal(keep_report_open(&r, want[i].f, "things", field, FIELDS, take, &s, NULL), 0);
        assert_int_equal(keep_report_close(r, NULL), 0);
        assert_string_equal(text(&s), want[i].want);
        keep_buf_free(&s.b);
    }
}

static void test_report_csv(void **state)
{
    struct sink s;
    (void)state;
    assert_string_equal(both(&s, KEEP_REPORT_CSV, "Ada, \"x\"\ny"), "schema_version,name,hidden,count,day,at,ids,ok\r\n"
                                                                    "1,\"Ada, \"\"x\"\"\ny\",h,-7,2011-03-09,2001-09-09T01:46:40Z,log:1 log:2,yes\r\n"
                                                                    "1,,,0,,,,no\r\n");
    keep_buf_free(&s.b);
}

/* What the table shows, with all of it escaped. */
static void test_report_html(void **state)
{
    struct sink s;
    (void)state;
    const char *page = both(&s, KEEP_REPORT_HTML, "<script>x</script> & \"q\"");
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_non_null(strstr(page, "<th scope=\"col\">who</th><th class=\"n\" scope=\"col\">n</th>"));
    assert_non_null(strstr(page, "<tr><td>&lt;script&gt;x&lt;/script&gt; &amp; &quot;q&quot;</td><td class=\"n\">-7</td><td>2011-03-09</td><td>2001-09-09T01:46:40Z</td><td>log:1 log:2</td><td>yes</td></tr>\n"));
    assert_null(strstr(page, "<td>h</td>")); /* a column without a title */
    assert_non_null(strstr(page, "<p>2 rows</p>\n</body>\n</html>\n"));
    keep_buf_free(&s.b);
    struct keep_report *r;
    memset(&s, 0, sizeof s);
    assert_int_equal(keep_report_open_table(&r, field, FIELDS, take, &s, NULL), 0);
    assert_int_equal(row(r, "Ada", NULL), 0);
    assert_int_equal(keep_report_close(r, NULL), 0);
    assert_int_equal(strncmp(text(&s), "<table>\n<thead>", 15), 0);
    assert_non_null(strstr(text(&s), "</tbody>\n</table>\n"));
    assert_null(strstr(text(&s), "html"));
    keep_buf_free(&s.b);
}

/* A cell that a spreadsheet would run is text; a negative number stays a number. */
static void test_report_csv_guards_formulas(void **state)
{
    static const char *const bad[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sink s;
        const char *line = strchr(both(&s, KEEP_REPORT_CSV, bad[i]), '\n') + 1;
        assert_memory_equal(line, "1,", 2);
        line += 2 + (line[2] == '"');
        assert_int_equal(*line, '\'');
        assert_memory_equal(line + 1, bad[i], strlen(bad[i]));
        assert_non_null(strstr(line, ",-7,"));
        keep_buf_free(&s.b);
    }
}

static void test_report_table_shows_titled_fields_alone(void **state)
{
    struct sink s;
    const char *t;
    (void)state;
    t = both(&s, KEEP_REPORT_TABLE, "a name that is longer than its column");
    assert_non_null(strstr(t, "who"));
    assert_null(strstr(t, "hidden"));
    assert_non_null(strstr(t, "2011-03-09"));
    assert_non_null(strstr(t, "log:1 log:2"));
    assert_non_null(strstr(t, "yes"));
    assert_null(strstr(t, "longer than its")); /* wrapped at twelve columns */
    assert_non_null(strstr(t, "longer"));
    keep_buf_free(&s.b);
}

static void test_report_table_lets_no_control_character_through(void **state)
{
    struct sink s;
    (void)state;
    both(&s, KEEP_REPORT_TABLE, "a\x1b[31m\x07\tb\r\xc2\x9b" "c\x7f\xff");
    for (size_t i = 0; i < s.b.n; i++) {
        assert_true(s.b.p[i] == '\n' || s.b.p[i] >= 0x20);
        assert_int_not_equal(s.b.p[i], 0x7f);
        assert_false(i && s.b.p[i - 1] == 0xc2 && s.b.p[i] < 0xa0); /* C1 */
        assert_int_not_equal(s.b.p[i], 0xff);
    }
    keep_buf_free(&s.b);
}

/* Rows leave while they come; a table waits for its widths. */
static void test_report_streams(void **state)
{
    static const enum keep_report_format f[] = {KEEP_REPORT_NDJSON, KEEP_REPORT_CSV, KEEP_REPORT_JSON, KEEP_REPORT_TABLE};
    char name[32];
    (void)state;
    for (size_t k = 0; k < sizeof f / sizeof *f; k++) {
        struct sink s = {.writes = 0};
        struct keep_report *r;
        assert_int_equal(keep_report_open(&r, f[k], "things", field, FIELDS, take, &s, NULL), 0);
        for (int i = 0; i < 4000; i++) {
            snprintf(name, sizeof name, "number %04d", i);
            assert_int_equal(row(r, name, NULL), 0);
        }
        unsigned early = s.writes;
        assert_true(f[k] == KEEP_REPORT_TABLE ? early == 0 : early >= 3);
        assert_int_equal(keep_report_close(r, NULL), 0);
        assert_true(s.writes > early);
        const char *t = text(&s);
        assert_non_null(strstr(t, f[k] == KEEP_REPORT_TABLE ? "number" : "number 0000"));
        assert_non_null(strstr(t, "3999"));
        keep_buf_free(&s.b);
    }
}

static void test_report_forwards_a_failed_write(void **state)
{
    static const enum keep_report_format f[] = {KEEP_REPORT_NDJSON, KEEP_REPORT_CSV, KEEP_REPORT_JSON, KEEP_REPORT_TABLE};
    (void)state;
    for (size_t k = 0; k < sizeof f / sizeof *f; k++)
        for (int many = 0; many < 2; many++) {
            struct sink s = {.fail_at = 1};
            struct keep_report *r;
            struct keep_err err = {0};
            int rc = 0;
            assert_int_equal(keep_report_open(&r, f[k], "things", field, FIELDS, take, &s, &err), 0);
            for (int i = 0; rc == 0 && i < (many ? 4000 : 1); i++)
                rc = row(r, "x", &err);
            if (rc == 0)
                rc = keep_report_close(r, &err);
            else
                keep_report_drop(r);
            assert_int_equal(rc, KEEP_E_IO);
            assert_string_equal(err.text, "the disk is full");
            assert_int_equal(s.writes, 1);
            keep_buf_free(&s.b);
        }
    keep_report_drop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_formats_have_words),
        cmocka_unit_test(test_report_ndjson),
        cmocka_unit_test(test_report_json_is_one_object),
        cmocka_unit_test(test_report_without_rows_is_still_whole),
        cmocka_unit_test(test_report_csv), cmocka_unit_test(test_report_html),
        cmocka_unit_test(test_report_csv_guards_formulas),
        cmocka_unit_test(test_report_table_shows_titled_fields_alone),
        cmocka_unit_test(test_report_table_lets_no_control_character_through),
        cmocka_unit_test(test_report_streams),
        cmocka_unit_test(test_report_forwards_a_failed_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
