/* CSV: rows and fields, rows that are out of order and what goes on behind them, every way of cutting the input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text/csv.h"

/* All rows as text: "LINE@OFFSET[field|field]" or "LINE@OFFSET!why{raw}". Long raw is given by its length. */
static void read_all(struct keep_str in, char sep, size_t chunk, struct keep_buf *out)
{
    struct keep_csv *c = keep_csv_new(sep);
    struct keep_csv_row row;
    const char *text = NULL;
    int rc = 0;
    assert_non_null(c);
    for (size_t at = 0; at <= in.n; at += chunk) {
        size_t n = in.n - at < chunk ? in.n - at : chunk;
        assert_int_equal(keep_csv_feed(c, in.p + at, n, at + chunk > in.n, NULL), 0);
        while ((rc = keep_csv_next(c, &row, &text, NULL)) > 0) {
            assert_true(row.offset <= in.n && row.raw.n <= in.n - row.offset);
            assert_memory_equal(in.p + row.offset, row.raw.p, row.raw.n);
            keep_buf_printf(out, "%llu@%llu", (unsigned long long)row.line, (unsigned long long)row.offset);
            if (rc == 2 && row.raw.n > 100)
                keep_buf_printf(out, "!%s{%zu bytes}", text, row.raw.n);
            else if (rc == 2)
                keep_buf_printf(out, "!%s{%.*s}", text, (int)row.raw.n, row.raw.p);
            for (size_t i = 0; rc == 1 && i < row.n; i++)
                keep_buf_printf(out, "%c%.*s", i ? '|' : '[', (int)row.field[i].n, row.field[i].p);
            keep_buf_str(out, rc == 1 ? "] " : " ");
        }
        assert_int_equal(rc, 0);
    }
    keep_buf_char(out, '\0');
    keep_csv_free(c);
}

static void rows_of(struct keep_str in, char sep, const char *want)
{
    for (size_t chunk = in.n + 1; chunk > 0; chunk = chunk > 9 ? 9 : chunk - 1) {
        struct keep_buf b = KEEP_BUF_INIT;
        read_all(in, sep, chunk, &b);
        assert_string_equal((char *)b.p, want);
        keep_buf_free(&b);
    }
}

static void rows(const char *in, const char *want)
{
    rows_of(keep_str_of(in), ',', want);
}

static void test_csv_rows(void **state)
{
    (void)state;
    rows("", "");
    rows("a", "1@0[a] ");
    rows("a,b\n1,2\n", "1@0[a|b] 2@4[1|2] ");
    rows("a,b\r\n1,2\r\n", "1@0[a|b] 2@5[1|2] ");
    rows("a,\n,\n", "1@0[a|] 2@3[|] ");
    rows("a,b\n1,2", "1@0[a|b] 2@4[1|2] ");
    rows("a,", "1@0[a|] ");
    rows("\n\r\na\n\n\nb\n", "3@3[a] 6@7[b] ");
    rows("a\r", "1@0[a] ");
    rows("\"a\"\r", "1@0[a] ");
    rows("\r", "");
    rows_of(KEEP_STR("a|b,c|d\n"), '|', "1@0[a|b,c|d] ");
    rows_of(KEEP_STR("a\tb\n"), '\t', "1@0[a|b] ");
    rows_of(KEEP_STR("a;\"b;\"\n"), ';', "1@0[a|b;] ");
}

static void test_csv_quotes(void **state)
{
    (void)state;
    rows("\"a\",\"b\"\n", "1@0[a|b] ");
    rows("\"a,b\",\"\"\r\n\"\"\n", "1@0[a,b|] 2@10[] ");
    rows("\"say \"\"hi\"\"\",\"\"\"\",\"\"\"\"\"\"\nx\n", "1@0[say \"hi\"|\"|\"\"] 2@25[x] ");
    rows("\"a\nb\r\nc\",1\nx,2\n", "1@0[a\nb\r\nc|1] 4@11[x|2] ");
    rows("\"a\"", "1@0[a] ");
    rows("\"a\",\"b\"\r\n", "1@0[a|b] ");
    rows(" \xc3\xa9 ,b\n", "1@0[ \xc3\xa9 |b] ");
}

static void test_csv_byte_order_mark(void **state)
{
    (void)state;
    rows("\xef\xbb\xbfname,x\n\xef\xbb\xbf" "b,y\n", "1@3[name|x] 2@10[\xef\xbb\xbf" "b|y] ");
    rows("\xef\xbb\xbf\"a\",b\n", "1@3[a|b] ");
    rows("\xef\xbb\xbf", "");
    rows("\xef\xbb", "1@0[\xef\xbb] ");
}

static void test_csv_malformed(void **state)
{
    (void)state;
    rows("a,b\"c,d\nx,y\n", "1@0!a quote inside a field that does not begin with one{a,b\"c,d} 2@8[x|y] ");
    rows("\"a\"b,c\r\nx,y\n", "1@0!something stands behind a closing quote{\"a\"b,c} 2@8[x|y] ");
    rows("\"a\" ,c", "1@0!something stands behind a closing quote{\"a\" ,c} ");
    rows("\"a\"\rb\nx\n", "1@0!something stands behind a closing quote{\"a\"\rb} 2@6[x] ");
    /* one quote that is never closed costs its own line, not the rest of the file */
    rows("1,\"open\n2,x\n3,y\n", "1@0!a quote is never closed{1,\"open} 2@8[2|x] 3@12[3|y] ");
    rows("1,\"open\r\n2,x\r\n3,\"y\",z\r\n4,w\r\n", "1@0!something stands behind a closing quote{1,\"open} 2@9[2|x] 3@14[3|y|z] 4@23[4|w] ");
    rows("1,\"open", "1@0!a quote is never closed{1,\"open} ");
    rows("\"", "1@0!a quote is never closed{\"} ");
    rows_of(KEEP_STR("a\0b,c\nx\n"), ',', "1@0!a NUL byte{a} 2@6[x] ");
    rows_of(KEEP_STR("\"a\n\0\",c\nx\n"), ',', "1@0!a NUL byte{\"a\n} 3@8[x] ");
}

/* Lines that end with a CR alone are never one long row; at the very end of a file, and inside quotes, a CR says nothing of the kind. */
static void test_csv_carriage_returns(void **state)
{
    (void)state;
    rows("a,b\r1,2\r3,4\r", "1@0!a carriage return that no line feed follows{a,b\r1,2\r3,4} ");
    rows("a,b\r1,2\nx,y\n", "1@0!a carriage return that no line feed follows{a,b\r1,2} 2@8[x|y] ");
    rows("a\rb,c\r\nx\n", "1@0!a carriage return that no line feed follows{a\rb,c} 2@7[x] ");
    rows("a,b\r\r\nx\n", "1@0!a carriage return that no line feed follows{a,b\r} 2@6[x] ");
    rows("\"a\",\rb\n", "1@0!a carriage return that no line feed follows{\"a\",\rb} ");
    rows("\"a\rb\",c\r\n,\"\r\"\n", "1@0[a\rb|c] 2@9[|\r] ");
}

static void test_csv_too_many_fields(void **state)
{
    struct keep_buf in = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    (void)state;
    for (int i = 0; i < KEEP_CSV_FIELDS; i++)
        keep_buf_str(&in, i ? ",1" : "1");
    keep_buf_char(&in, '\n');
    for (int i = 0; i <= KEEP_CSV_FIELDS; i++)
        keep_buf_str(&in, i ? ",1" : "1");
    keep_buf_str(&in, "\nx\n");
    struct keep_csv *c = keep_csv_new(',');
    struct keep_csv_row row;
    const char *text;
    assert_int_equal(keep_csv_feed(c, in.p, in.n, true, NULL), 0);
    assert_int_equal(keep_csv_next(c, &row, &text, NULL), 1);
    assert_int_equal(row.n, KEEP_CSV_FIELDS);
    assert_int_equal(keep_csv_next(c, &row, &text, NULL), 2);
    assert_string_equal(text, "too many fields");
    assert_int_equal(row.n, 0);
    assert_int_equal(row.raw.n, 2 * KEEP_CSV_FIELDS + 1);
    assert_int_equal(keep_csv_next(c, &row, &text, NULL), 1);
    assert_true(keep_str_is(row.field[0], "x"));
    assert_int_equal(keep_csv_feed(c, "y", 1, true, NULL), KEEP_E_USAGE);
    keep_csv_free(c);
    keep_csv_free(NULL);
    keep_buf_free(&in);
    keep_buf_free(&out);
}

static void fill(struct keep_buf *b, size_t n)
{
    assert_true(keep_buf_reserve(b, n));
    memset(b->p + b->n, 'x', n);
    b->n += n;
}

/* Rows at and beyond the limit, in one piece and in chunks: the same rows. */
static void test_csv_long_rows(void **state)
{
    static const struct {
        const char *before, *after, *want;
    } cases[] = {
        {"", "\na\n", "1@0!the row is too long{4194304 bytes} 2@4194404[a] "},
        {"\"", "\"\na\n", "1@0!the row is too long{4194304 bytes} 2@4194406[a] "},
        {"1,\"2\nb\n", "\na\n", "1@0!the row is too long{1,\"2} 2@5[b] 3@7!the row is too long{4194304 bytes} 4@4194411[a] "},
        {"\"q\"z", "", "1@0!something stands behind a closing quote{4194304 bytes} "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t chunk = 1u << 16; chunk <= 1u << 24; chunk <<= 4) {
            struct keep_buf in = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
            keep_buf_str(&in, cases[i].before);
            fill(&in, KEEP_CSV_ROW + 99);
            keep_buf_str(&in, cases[i].after);
            read_all(keep_buf_view(&in), ',', chunk, &out);
            assert_string_equal((char *)out.p, cases[i].want);
            keep_buf_free(&in);
            keep_buf_free(&out);
        }
    struct keep_buf in = KEEP_BUF_INIT;
    fill(&in, KEEP_CSV_ROW);
    keep_buf_str(&in, "\na\n");
    for (size_t chunk = 1u << 16; chunk <= 1u << 24; chunk <<= 4) {
        struct keep_csv *c = keep_csv_new(',');
        struct keep_csv_row row;
        const char *text;
        int n = 0, rc = 0;
        for (size_t at = 0; at <= in.n; at += chunk) {
            assert_int_equal(keep_csv_feed(c, in.p + at, in.n - at < chunk ? in.n - at : chunk, at + chunk > in.n, NULL), 0);
            while ((rc = keep_csv_next(c, &row, &text, NULL)) > 0) {
                assert_int_equal(rc, 1);
                assert_int_equal(row.field[0].n, n++ ? 1 : KEEP_CSV_ROW);
            }
        }
        assert_int_equal(n, 2);
        keep_csv_free(c);
    }
    keep_buf_free(&in);
}

static void test_csv_write(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"}, {"", ""}, {"a,b", "\"a,b\""}, {"a\"b", "\"a\"\"b\""}, {"a\nb", "\"a\nb\""}, {"\"", "\"\"\"\""},
        {"=1+2", "'=1+2"}, {"+1", "'+1"}, {"-1", "'-1"}, {"@x", "'@x"}, {"\tx", "'\tx"}, {"\rx", "\"'\rx\""}, {"=\"a\",b", "\"'=\"\"a\"\",b\""}, {"a=1", "a=1"},
        {"\nx", "\"'\nx\""}, {"\xef\xbc\x9d" "1", "'\xef\xbc\x9d" "1"}, {"\xef\xbc\x8b", "'\xef\xbc\x8b"}, {"\xef\xbc\x8d", "'\xef\xbc\x8d"}, {"\xef\xbc\xa0", "'\xef\xbc\xa0"},
        {"\xef\xbc\x9e", "\xef\xbc\x9e"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keep_buf b = KEEP_BUF_INIT, want = KEEP_BUF_INIT;
        keep_csv_write_field(&b, keep_str_of(cases[i].in), true);
        keep_csv_write_field(&b, keep_str_of(cases[i].in), false);
        keep_buf_printf(&want, "%s,%s", cases[i].out, cases[i].out);
        assert_true(keep_str_eq(keep_buf_view(&b), keep_buf_view(&want)));
        /* and it reads back, the apostrophe aside */
        struct keep_csv *c = keep_csv_new(',');
        struct keep_csv_row row;
        const char *text;
        assert_int_equal(keep_csv_feed(c, b.p, b.n, true, NULL), 0);
        assert_int_equal(keep_csv_next(c, &row, &text, NULL), 1);
        assert_int_equal(row.n, 2);
        size_t skip = row.field[1].n > strlen(cases[i].in) && row.field[1].p[0] == '\'';
        assert_true(keep_str_is((struct keep_str){row.field[1].p + skip, row.field[1].n - skip}, cases[i].in));
        keep_csv_free(c);
        keep_buf_free(&b);
        keep_buf_free(&want);
    }
}

static void test_csv_columns(void **state)
{
    static const char *const name[] = {"b", "a"};
    struct keep_csv *c = keep_csv_new(',');
    struct keep_csv_row row;
    const char *why = NULL;
    size_t column[2];
    (void)state;
    assert_int_equal(keep_csv_feed(c, " a ,x,\tb\n1, 2,\"  three\t\"\nalone\nx,a\n", 35, true, NULL), 0);
    assert_int_equal(keep_csv_next(c, &row, &why, NULL), 1);
    assert_null(keep_csv_columns(&row, name, 2, column));
    assert_int_equal(column[0], 2);
    assert_int_equal(column[1], 0);
    assert_int_equal(keep_csv_next(c, &row, &why, NULL), 1);
    assert_true(keep_str_is(keep_csv_cell(&row, column[0]), "three"));
    assert_int_equal(keep_csv_next(c, &row, &why, NULL), 1);
    assert_int_equal(keep_csv_cell(&row, column[0]).n, 0);
    assert_true(keep_str_is(keep_csv_cell(&row, column[1]), "alone"));
    assert_int_equal(keep_csv_next(c, &row, &why, NULL), 1);
    assert_string_equal(keep_csv_columns(&row, name, 2, column), "b");
    keep_csv_free(c);
}

struct table {
    size_t rows, bad;
    char text[64];
    int rc;
};

static int table_row(void *ctx, const struct keep_csv_row *row, struct keep_err *err)
{
    struct table *t = ctx;
    (void)err;
    snprintf(t->text + strlen(t->text), sizeof t->text - strlen(t->text), "%.*s;", (int)row->raw.n, row->raw.p);
    t->rows++;
    return t->rc;
}

static void table_bad(void *ctx, uint64_t line, const char *why)
{
    struct table *t = ctx;
    assert_int_equal(line, 3);
    assert_non_null(why);
    t->bad++;
}

static void test_csv_table(void **state)
{
    static const char *const name[] = {"b", "a"};
    size_t column[2];
    struct table seen = {0};
    struct keep_csv_table t = {.name = name, .names = 2, .column = column, .where = "t.csv", .row = table_row, .ctx = &seen};
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,b\n1,2\n3,4"), &err), 0);
    assert_string_equal(seen.text, "1,2;3,4;");
    assert_int_equal(column[0], 1);
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,c\n1,2\n"), &err), KEEP_E_INPUT);
    assert_string_equal(err.text, "the table has no column \"b\"");
    assert_int_equal(err.line, 1);
    err = (struct keep_err){0};
    assert_int_equal(keep_csv_table(&t, KEEP_STR(""), &err), KEEP_E_INPUT);
    assert_string_equal(err.text, "the table is empty");
    err = (struct keep_err){0};
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,b\n1,2\nx\"y,1\n3,4\n"), &err), KEEP_E_INPUT); /* a row that is none ends it*/
    assert_int_equal(err.line, 3);
    assert_string_equal(err.where, "t.csv");
    err = (struct keep_err){0};
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,b\n1,2\n1,2,3\n3,4\n"), &err), KEEP_E_INPUT); /* and one of more fields than the header*/
    assert_int_equal(err.line, 3);
    t.bad = table_bad; /* unless somebody is told */
    seen = (struct table){0};
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,b\n1,2\nx\"y,1\n3,4\n"), NULL), 0);
    assert_string_equal(seen.text, "1,2;3,4;");
    assert_int_equal(seen.bad, 1);
    seen = (struct table){0};
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,x,b\n1,2\n1,2,3,\n3,4,5\n"), NULL), 0); /* what lacks cells has empty ones */
    assert_string_equal(seen.text, "1,2;3,4,5;");
    assert_int_equal(seen.bad, 1);
    seen = (struct table){.rc = KEEP_E_USAGE};
    assert_int_equal(keep_csv_table(&t, KEEP_STR("a,b\n1,2\n3,4\n"), NULL), KEEP_E_USAGE);
    assert_int_equal(seen.rows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_rows),
        cmocka_unit_test(test_csv_quotes),
        cmocka_unit_test(test_csv_byte_order_mark),
        cmocka_unit_test(test_csv_malformed),
        cmocka_unit_test(test_csv_carriage_returns),
        cmocka_unit_test(test_csv_too_many_fields),
        cmocka_unit_test(test_csv_long_rows),
        cmocka_unit_test(test_csv_columns),
        cmocka_unit_test(test_csv_table),
        cmocka_unit_test(test_csv_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
