/* JSON: the tree of what is right, the exact place of what is wrong, and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/text/json.h"

static struct keep_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = keep_arena_new(64u << 20);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    keep_arena_free(arena);
    return 0;
}

static const struct keep_json *parsed(const char *z)
{
    const struct keep_json *v = NULL;
    struct keep_err err = {0};
    if (keep_json_parse(&v, keep_str_of(z), "t", arena, &err) != 0)
        fail_msg("%s: %s", z, err.text);
    return v;
}

static void refused(struct keep_str in, uint64_t line, uint64_t col, const char *part)
{
    const struct keep_json *v = NULL;
    struct keep_err err = {0};
    if (keep_json_parse(&v, in, "t", arena, &err) != KEEP_E_INPUT)
        fail_msg("taken: %.*s", (int)in.n, in.p);
    assert_null(v);
    assert_string_equal(err.where, "t");
    if (err.line != line || err.col != col || !strstr(err.text, part))
        fail_msg("%.*s: %d:%d: %s", (int)in.n, in.p, (int)err.line, (int)err.col, err.text);
}

static void bad(const char *z, uint64_t line, uint64_t col, const char *part)
{
    refused(keep_str_of(z), line, col, part);
}

static void test_json_tree(void **state)
{
    (void)state;
    const struct keep_json *v = parsed(" {\"a\": [1, \"x\", true, {\"b\":null}], \"\":{} , \"c\" : -2.50e+10,\"d\":[ ] }\n");
    assert_int_equal(v->type, KEEP_JSON_OBJECT);
    assert_int_equal(v->n, 4);
    const struct keep_json *a = keep_json_get(v, "a");
    assert_int_equal(keep_json_len(a), 4);
    int64_t one;
    assert_true(keep_json_i64(keep_json_at(a, 0), &one) && one == 1);
    assert_true(keep_str_is(keep_json_str(keep_json_at(a, 1)), "x"));
    assert_true(keep_json_true(keep_json_at(a, 2)));
    assert_int_equal(keep_json_get(keep_json_at(a, 3), "b")->type, KEEP_JSON_NULL);
    assert_null(keep_json_at(a, 4));
    assert_true(keep_str_is(a->span, "[1, \"x\", true, {\"b\":null}]"));
    assert_true(keep_str_is(keep_json_get(v, "c")->text, "-2.50e+10"));
    assert_int_equal(keep_json_get(v, "")->type, KEEP_JSON_OBJECT);
    assert_int_equal(keep_json_get(v, "d")->n, 0);
    assert_true(keep_str_is(v->name[3], "d"));
    assert_int_equal(v->span.p[v->span.n - 1], '}');
}

static void test_json_absent(void **state)
{
    int64_t i = 7;
    (void)state;
    const struct keep_json *v = parsed("{\"s\":\"1\",\"f\":1.0,\"big\":9223372036854775808,\"huge\":1e999999}");
    assert_null(keep_json_get(NULL, "a"));
    assert_null(keep_json_get(keep_json_get(v, "s"), "a"));
    assert_null(keep_json_get(v, "S"));
    assert_null(keep_json_at(v, 0));
    assert_null(keep_json_at(NULL, 0));
    assert_int_equal(keep_json_len(v), 0);
    assert_null(keep_json_str(v).p);
    assert_null(keep_json_str(NULL).p);
    assert_false(keep_json_true(NULL));
    assert_false(keep_json_i64(keep_json_get(v, "s"), &i));
    assert_false(keep_json_i64(keep_json_get(v, "f"), &i));
    assert_false(keep_json_i64(keep_json_get(v, "big"), &i));
    assert_int_equal(i, 7);
    assert_true(keep_str_is(keep_json_get(v, "huge")->text, "1e999999"));
}

static void test_json_strings(void **state)
{
    (void)state;
    const struct keep_json *v = parsed("[\"\\u00e9\\uD83D\\uDE00\\ud7ff\\ue000\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"plain \xc3\xa9 \xf0\x9f\x98\x80\",\"\",\"a\\u0000b\",\"\\u005C\"]");
    assert_true(keep_str_is(keep_json_str(keep_json_at(v, 0)), "\xc3\xa9\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80"));
    assert_true(keep_str_is(keep_json_str(keep_json_at(v, 1)), "\"\\/\b\f\n\r\t"));
    assert_true(keep_str_is(keep_json_str(keep_json_at(v, 2)), "plain \xc3\xa9 \xf0\x9f\x98\x80"));
    assert_true(keep_json_at(v, 3)->text.p && keep_json_at(v, 3)->text.n == 0);
    assert_true(keep_str_eq(keep_json_str(keep_json_at(v, 4)), (struct keep_str){"a\0b", 3}));
    assert_true(keep_str_is(keep_json_str(keep_json_at(v, 5)), "\\"));
}

/* An odd byte at every place relative to the sixteen-byte steps. */
static void test_json_strings_at_every_offset(void **state)
{
    static const char *const piece[] = {"\\n", "\xc3\xa9", "\\u20ac", "", "\x7f"};
    static const char *const meaning[] = {"\n", "\xc3\xa9", "\xe2\x82\xac", "", "\x7f"};
    (void)state;
    for (size_t lead = 0; lead < 40; lead++)
        for (size_t tail = 0; tail < 20; tail++)
            for (size_t k = 0; k < sizeof piece / sizeof *piece; k++) {
                char in[128], want[128];
                snprintf(in, sizeof in, "\"%.*s%s%.*s\"", (int)lead, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop", piece[k], (int)tail, "ABCDEFGHIJKLMNOPQRST");
                snprintf(want, sizeof want, "%.*s%s%.*s", (int)lead, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop", meaning[k], (int)tail, "ABCDEFGHIJKLMNOPQRST");
                assert_true(keep_str_is(parsed(in)->text, want));
                in[1 + lead] = '\x01';
                if (piece[k][0]) {
                    struct keep_err err = {0};
                    const struct keep_json *v;
                    assert_int_equal(keep_json_parse(&v, keep_str_of(in), NULL, arena, &err), KEEP_E_INPUT);
                    assert_int_equal(err.col, 2 + lead);
                }
                keep_arena_reset(arena);
            }
}

static void test_json_refused(void **state)
{
    (void)state;
    bad("", 1, 1, "too early");
    bad("  \n ", 2, 2, "too early");
    bad("{\"a\":1", 1, 7, "too early");
    bad("[1,", 1, 4, "too early");
    bad("\"abc", 1, 5, "too early");
    bad("{", 1, 2, "too early");
    bad("-", 1, 2, "too early");
    bad("1.", 1, 3, "too early");
    bad("1e", 1, 3, "too early");
    bad("tru", 1, 1, "not a JSON value");
    bad("[tru]", 1, 2, "not a JSON value");
    bad("nul", 1, 1, "not a JSON value");
    bad("NaN", 1, 1, "not a JSON value");
    bad("+1", 1, 1, "not a JSON value");
    bad(".5", 1, 1, "not a JSON value");
    bad("'a'", 1, 1, "not a JSON value");
    bad("[1,]", 1, 4, "not a JSON value");
    bad("[,1]", 1, 2, "not a JSON value");
    bad("/* */ 1", 1, 1, "not a JSON value");
    bad("01", 1, 2, "begin with 0");
    bad("-01", 1, 3, "begin with 0");
    bad("[1.]", 1, 4, "digit");
    bad("[1e+]", 1, 5, "digit");
    bad("[-]", 1, 3, "digit");
    bad("1 2", 1, 3, "behind");
    bad("{} {}", 1, 4, "behind");
    bad("[1 2]", 1, 4, "expected");
    bad("{\"a\" 1}", 1, 6, "\":\"");
    bad("{\"a\":1,}", 1, 8, "name");
    bad("{a:1}", 1, 2, "name");
    bad("{1:1}", 1, 2, "name");
    bad("[1}", 1, 3, "expected");
    bad("{\"a\":1]", 1, 7, "expected");
    bad("\"a\tb\"", 1, 3, "control");
    bad("\"a\nb\"", 1, 3, "control");
    bad("[\n\"\xc3\xa9\", x]", 2, 6, "not a JSON value"); /* columns are code points */
    refused((struct keep_str){"[1\0]", 4}, 1, 3, "expected");
    refused((struct keep_str){"\"\0\"", 3}, 1, 2, "control");
}

static void test_json_refused_strings(void **state)
{
    static const char *const escapes[] = {"\\x", "\\u12", "\\u12g4", "\\ud800", "\\ud800x", "\\ud800\\n", "\\ud800\\u0041", "\\ud800\\ud800", "\\udc00", "\\U0041", "\\'", "\\u 041"};
    static const char *const bytes[] = {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xf0\x9f\x98", "\xc3"};
    char z[64];
    (void)state;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        snprintf(z, sizeof z, "\"ab%s\"", escapes[i]);
        bad(z, 1, 4, "escape");
    }
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        snprintf(z, sizeof z, "{\"ab%s\":1}", bytes[i]);
        bad(z, 1, 5, "UTF-8");
    }
    bad("\"\\", 1, 2, "");
    bad("\"\\u", 1, 2, "");
}

static void test_json_duplicates(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    bad("{\"a\":1,\n \"b\":2, \"a\":3}", 2, 9, "twice");
    bad("{\"a\":1,\"\\u0061\":3}", 1, 8, "twice");
    bad("{\"\":1,\"\":3}", 1, 7, "twice");
    parsed("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}");
    for (int n = 10; n < 400; n += 37) /* few, and so many that they are sorted */
        for (int twice = -1; twice < n - 1; twice += n / 5) {
            keep_buf_clear(&b);
            keep_buf_char(&b, '{');
            for (int i = 0; i < n; i++)
                keep_buf_printf(&b, "%s\"name%d\":%d", i ? "," : "", i == n - 1 && twice >= 0 ? twice : i, i);
            keep_buf_char(&b, '}');
            const struct keep_json *v;
            struct keep_err err = {0};
            assert_int_equal(keep_json_parse(&v, keep_buf_view(&b), NULL, arena, &err), twice >= 0 ? KEEP_E_INPUT : 0);
            if (twice >= 0) {
                const char *last = memrchr(b.p, ',', b.n);
                assert_int_equal(err.col, last - (char *)b.p + 2);
            }
            keep_arena_reset(arena);
        }
    /* two pairs: the earlier second one is named */
    keep_buf_clear(&b);
    keep_buf_char(&b, '{');
    for (int i = 0; i < 40; i++)
        keep_buf_printf(&b, "%s\"%02d\":0", i ? "," : "", i == 20 ? 19 : i == 30 ? 1 : i);
    keep_buf_char(&b, '}');
    refused(keep_buf_view(&b), 1, 2 + 20 * 7, "twice");
    keep_buf_free(&b);
}

static void test_json_depth(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    const struct keep_json *v = NULL;
    (void)state;
    for (int deep = KEEP_JSON_DEPTH; deep <= KEEP_JSON_DEPTH + 1; deep++)
        for (int object = 0; object < 2; object++) {
            struct keep_err err = {0};
            keep_buf_clear(&b);
            for (int i = 0; i < deep; i++)
                keep_buf_str(&b, object ? "{\"a\":" : "[");
            keep_buf_char(&b, '0');
            for (int i = 0; i < deep; i++)
                keep_buf_char(&b, object ? '}' : ']');
            int rc = keep_json_parse(&v, keep_buf_view(&b), NULL, arena, &err);
            assert_int_equal(rc, deep > KEEP_JSON_DEPTH ? KEEP_E_LIMIT : 0);
        }
    keep_buf_clear(&b);
    for (int i = 0; i < 1000000; i++)
        keep_buf_char(&b, '[');
    assert_int_equal(keep_json_parse(&v, keep_buf_view(&b), NULL, arena, NULL), KEEP_E_LIMIT);
    keep_buf_free(&b);
}

static void test_json_memory_ceiling(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_arena *small = keep_arena_new(100000);
    const struct keep_json *v = NULL;
    (void)state;
    keep_buf_str(&b, "[0");
    for (int i = 0; i < 1000000; i++)
        keep_buf_str(&b, ",0");
    keep_buf_char(&b, ']');
    struct keep_err err = {0};
    assert_int_equal(keep_json_parse(&v, keep_buf_view(&b), "t", small, &err), KEEP_E_LIMIT);
    assert_non_null(strstr(err.text, "memory"));
    keep_buf_clear(&b);
    keep_buf_str(&b, "\"\\n");
    for (int i = 0; i < 100000; i++)
        keep_buf_char(&b, 'x');
    keep_buf_char(&b, '"');
    assert_int_equal(keep_json_parse(&v, keep_buf_view(&b), "t", small, NULL), KEEP_E_LIMIT);
    assert_null(v);
    /* every ceiling below what is needed: an error, never a crash */
    static const char doc[] = "{\"a\":[1,2,3,{\"b\":\"c\\n\"}],\"d\":{\"e\":[[],{}]}}";
    bool done = false;
    for (size_t ceiling = 16; !done; ceiling += 16) {
        struct keep_arena *a = keep_arena_new(ceiling);
        int rc = keep_json_parse(&v, keep_str_of(doc), NULL, a, NULL);
        assert_true(rc == 0 || rc == KEEP_E_LIMIT);
        done = rc == 0;
        keep_arena_free(a);
    }
    keep_arena_free(small);
    keep_buf_free(&b);
}

static void test_json_every_truncation_and_flip(void **state)
{
    static const char doc[] = "{\"resourceType\":\"Patient\",\"id\":\"p\\u00e9\",\"n\":[1,-2.5e3,true,false,null],\"e\":{\"x\":{}}}";
    const struct keep_json *v;
    (void)state;
    for (size_t n = 0; n < sizeof doc - 1; n++) {
        char *copy = test_malloc(n ? n : 1); /* of exactly n bytes, so that reading on is noticed */
        memcpy(copy, doc, n);
        assert_int_equal(keep_json_parse(&v, (struct keep_str){copy, n}, NULL, arena, NULL), KEEP_E_INPUT);
        test_free(copy);
    }
    for (size_t i = 0; i < sizeof doc - 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            char copy[sizeof doc];
            memcpy(copy, doc, sizeof doc);
            copy[i] ^= (char)(1 << bit);
            int rc = keep_json_parse(&v, (struct keep_str){copy, sizeof doc - 1}, NULL, arena, NULL);
            assert_true(rc == 0 || rc == KEEP_E_INPUT);
            keep_arena_reset(arena);
        }
}

static void test_json_mark(void **state)
{
    (void)state;
    assert_int_equal(parsed("\xef\xbb\xbf{}")->type, KEEP_JSON_OBJECT);
    bad("\xef\xbb{}", 1, 1, "not a JSON value");
    bad("{}\xef\xbb\xbf", 1, 3, "behind");
    refused((struct keep_str){NULL, 0}, 1, 1, "too early");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_json_tree), T(test_json_absent), T(test_json_strings), T(test_json_strings_at_every_offset), T(test_json_refused),
        T(test_json_refused_strings), T(test_json_duplicates), T(test_json_depth), T(test_json_memory_ceiling), T(test_json_every_truncation_and_flip), T(test_json_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
