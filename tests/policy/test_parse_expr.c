/* The grammar: precedence, chains, literals, and where a syntax error is put. */
#include "tests/policy/try.h"

/* What a text is read as, printed again. */
static const char *read_as(const char *text)
{
    static char out[512];
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    const struct keep_expr *e = keep_compile_expr(keep_str_of(text), true, TRY_ALL, a, &ds);
    if (e)
        snprintf(out, sizeof out, "%.*s", (int)keep_expr_text(e).n, keep_expr_text(e).p);
    else
        snprintf(out, sizeof out, "%u: %s", ds.n ? ds.list[0].col : 0, ds.n ? ds.list[0].text : "nothing said");
    keep_arena_free(a);
    return out;
}

static void same(const struct try_case *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(read_as(c[i].text), c[i].want) != 0)
            fail_msg("%s: have %s, want %s", c[i].text, read_as(c[i].text), c[i].want);
}
#define SAME(cases) same(cases, sizeof(cases) / sizeof *(cases))

static void test_parse_expr_precedence(void **state)
{
    static const struct try_case c[] = {
        {"a||b&&c==d+e*-f", "a || b && c == d + e * -f"}, {"(a || b) && c", "(a || b) && c"}, {"a && (b && c) && d", "a && b && c && d"}, {"a - (b - c) - d", "a - (b - c) - d"},
        {"(a - b) - c", "a - b - c"}, {"!(a && b)", "!(a && b)"}, {"!a.b(c)[0]", "!a.b(c)[0]"}, {"(a ? b : c) ? d : e ? f : g", "(a ? b : c) ? d : e ? f : g"}, {"a ? b : c || d", "a ? b : c || d"},
        {"x in [1, 2,]", "x in [1, 2]"}, {"{\"a\": 1, 2: b,}", "{\"a\": 1, 2: b}"}, {"a.b.c(d, e.f)", "a.b.c(d, e.f)"}, {"(a + b).c", "(a + b).c"}, {"-1", "-1"}, {"- 1", "-1"}, {"-a", "-a"}, {"a -1", "a - 1"},
        {"\"a\\\"\\n\\x01\"", "\"a\\\"\\n\\x01\""}, {"b'\\xff'", "b\"\\xff\""}, {"1.0", "1.0"}, {"3u", "3u"}, {"a /* b", "4: expected an expression, have `*`"}, {"a // b", "a"},
        {"(a == b) == c", "a == b == c"}, {"a == (b == c)", "a == (b == c)"}, {"null == true", "null == true"},
    };
    (void)state;
    SAME(c);
}

static void test_parse_expr_errors(void **state)
{
    static const struct try_case c[] = {
        {"", "1: expected an expression, have the end of the text"}, {"a &&", "5: expected an expression, have the end of the text"}, {"(a", "3: expected `)`, have the end of the text"},
        {"[1 2]", "4: expected `,` or `]`, have `2`"}, {"{1 2}", "4: expected `:`, have `2`"}, {"f(a b)", "5: expected `,` or `)`, have `b`"}, {"a b", "3: expected the end of the expression, have `b`"},
        {"a.1", "2: expected the end of the expression, have `.1`"}, {"a.", "3: expected a name after `.`, have the end of the text"}, {"a ? b", "6: expected `:`, have the end of the text"},
        {"if", "1: expected an expression, have `if`"}, {"a[", "3: expected an expression, have the end of the text"}, {"9223372036854775808", "1: this number is too large"}, {"-9223372036854775809", "1: this number is too large"},
        {"a = b", "3: this character has no meaning here"}, {"\"a", "1: this string has no end"},
    };
    (void)state;
    SAME(c);
}

static char *repeat(const char *before, const char *middle, const char *after, size_t n)
{
    struct keep_buf b = KEEP_BUF_INIT;
    for (size_t i = 0; i < n; i++)
        keep_buf_str(&b, before);
    keep_buf_str(&b, middle);
    for (size_t i = 0; i < n; i++)
        keep_buf_str(&b, after);
    keep_buf_char(&b, '\0');
    char *z = strdup((const char *)b.p);
    keep_buf_free(&b);
    return z;
}

/* cel-spec asks for 32 of each; a hundred thousand must end in a message, not in a crash. */
static void test_parse_expr_depth(void **state)
{
    static const struct { const char *before, *middle, *after; } c[] = {
        {"(", "1", ")"}, {"[", "1", "]"}, {"{1:", "1", "}"}, {"!", "true", ""}, {"-", "a", ""}, {"", "1", "+1"}, {"", "a", ".b"}, {"", "a", "[0]"}, {"f(", "1", ")"}, {"", "a", ".f()"},
        {"true ? 1 : ", "2", ""}, {"", "1", " == 1"}, {"", "true", " ? true : true"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        char *some = repeat(c[i].before, c[i].middle, c[i].after, 32), *many = repeat(c[i].before, c[i].middle, c[i].after, 100000);
        if (strstr(read_as(some), "nested"))
            fail_msg("32 times %s%s: %s", c[i].before, c[i].after, read_as(some));
        if (!strstr(read_as(many), "nested too deeply"))
            fail_msg("100000 times %s%s: %s", c[i].before, c[i].after, read_as(many));
        free(some);
        free(many);
    }
}

/* Long chains of one logical operator are one node and no depth. */
static void test_parse_expr_long_chain(void **state)
{
    char *z = repeat("", "false", " || false", 5000);
    (void)state;
    assert_string_equal(try_run(z, false), "false");
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_expr_precedence), cmocka_unit_test(test_parse_expr_errors), cmocka_unit_test(test_parse_expr_depth), cmocka_unit_test(test_parse_expr_long_chain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
