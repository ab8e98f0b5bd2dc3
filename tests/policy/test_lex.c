/* Tokens, their columns in code points, and what is no token. */
#include "tests/policy/try.h"

#include "core/policy/lex.h"

struct lexing {
    struct keep_arena *arena;
    struct keep_diags ds;
    struct keep_lexed l;
};

static struct lexing lex(const char *text, size_t n)
{
    struct lexing x = {.arena = keep_arena_new(0)};
    x.ds.arena = x.arena;
    assert_non_null(x.arena);
    assert_true(keep_lex_run(&x.l, "f", (struct keep_str){text, n}, x.arena, &x.ds));
    assert_true(x.l.n > 0);
    assert_int_equal(x.l.token[x.l.n - 1].kind, KEEP_T_END);
    return x;
}

static void done(struct lexing *x)
{
    keep_arena_free(x->arena);
}

#define LEX(literal) lex("" literal "", sizeof(literal) - 1)

static void test_lex_columns_are_code_points(void **state)
{
    struct lexing x = LEX("\xef\xbb\xbf" "a \"\xc3\xa9\xf0\x9f\x98\x80\" b // \xc3\xa9\n\tc");
    static const struct { uint32_t line, col, end; } want[] = {{1, 1, 2}, {1, 3, 7}, {1, 8, 9}, {2, 2, 3}};
    (void)state;
    assert_int_equal(x.l.n, 5);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(x.l.token[i].at.line, want[i].line);
        assert_int_equal(x.l.token[i].at.col, want[i].col);
        assert_int_equal(x.l.token[i].at.end_col, want[i].end);
    }
    done(&x);
    x = LEX("a // \xc3\xa9"); /* a comment that no line ends */
    assert_int_equal(x.l.token[1].at.col, 7);
    done(&x);
    x = LEX("\"\"\"\xc3\xa9\\n\n\xc3\xa9\\\"\\u00e9x\"\"\" b");
    assert_true(keep_str_is(x.l.token[0].s, "\xc3\xa9\n\n\xc3\xa9\"\xc3\xa9x"));
    assert_int_equal(x.l.token[1].at.line, 2);
    assert_int_equal(x.l.token[1].at.col, 15);
    done(&x);
}

static void test_lex_numbers(void **state)
{
    struct lexing x = LEX("0 18446744073709551615 0xFf 12u 1.5 .5 1e3 2e-1 1.a");
    (void)state;
    assert_int_equal(x.ds.n, 0);
    assert_int_equal(x.l.token[1].u, UINT64_MAX);
    assert_int_equal(x.l.token[2].u, 255);
    assert_int_equal(x.l.token[3].kind, KEEP_T_UINT);
    assert_true(x.l.token[4].d == 1.5 && x.l.token[5].d == 0.5 && x.l.token[6].d == 1000 && x.l.token[7].d == 0.2);
    assert_int_equal(x.l.token[8].kind, KEEP_T_INT); /* 1 . a is a member of a number, left to the parser */
    done(&x);
}

static void test_lex_bad_numbers(void **state)
{
    struct lexing x = LEX("18446744073709551616 12abc 0xfffffffffffffffff 1u8");
    (void)state;
    assert_int_equal(x.ds.errors, 4);
    assert_string_equal(x.ds.list[0].text, "this number is too large");
    assert_string_equal(x.ds.list[1].text, "this is no number");
    assert_string_equal(x.ds.list[2].text, "this number is too large");
    assert_string_equal(x.ds.list[3].text, "this is no number");
    done(&x);
}

static void test_lex_strings(void **state)
{
    static const struct { const char *text, *want; size_t n; } c[] = {
        {"\"a\\n\\\"\\x41\\u00e9\\U0001F600\\101\"", "a\n\"A\xc3\xa9\xf0\x9f\x98\x80" "A", 11}, {"'it''s'", "it", 2}, {"r\"\\n\"", "\\n", 2},
        {"\"\"\"two\n\"lines\" \"\"\"", "two\n\"lines\" ", 12}, {"'''a'b'''", "a'b", 3}, {"b\"\\xff\\303\"", "\xff\xc3", 2}, {"rb'\\x'", "\\x", 2}, {"\"\"", "", 0},
        {"\"\xc3\xa9\"", "\xc3\xa9", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct lexing x = lex(c[i].text, strlen(c[i].text));
        assert_int_equal(x.ds.n, 0);
        assert_int_equal(x.l.token[0].s.n, c[i].n);
        assert_memory_equal(x.l.token[0].s.p, c[i].want, c[i].n);
        done(&x);
    }
}

static void test_lex_bad_strings(void **state)
{
    static const char *const c[] = {"\"open", "'a\nb'", "\"\\q\"", "\"\\ud800\"", "\"\\U00110000\"", "\"\\x4\"", "\"\"\"a\"\"", "\"\\", "b'\\u00e9'", "\"\\400\""};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct lexing x = lex(c[i], strlen(c[i]));
        if (x.ds.errors == 0)
            fail_msg("%s: no error", c[i]);
        assert_int_equal(x.l.token[0].kind, KEEP_T_BAD);
        done(&x);
    }
}

static void test_lex_bad_bytes(void **state)
{
    struct lexing x = LEX("ab \xc3( \"\xff\""), y = LEX("a \0 # ; & \xc3\xa9 b");
    (void)state;
    assert_int_equal(x.ds.errors, 1);
    assert_string_equal(x.ds.list[0].text, "this byte is not UTF-8, and 1 more is not");
    assert_int_equal(x.ds.list[0].col, 4);
    assert_true(x.l.mended && !x.l.unreadable);
    assert_int_equal(x.l.token[1].kind, KEEP_T_BAD);
    assert_int_equal(x.l.token[2].at.col, 5);
    assert_string_equal(x.l.token[3].s.p, "\xef\xbf\xbd");
    assert_int_equal(y.ds.errors, 5);
    assert_int_equal(y.ds.list[4].col, 11);
    assert_int_equal(y.l.token[6].at.col, 13);
    done(&x);
    done(&y);
}

/* What else is wrong is told in the same run; only of what is no text nothing is. */
static void test_lex_goes_on_behind_bad_bytes(void **state)
{
    struct lexing x = LEX("// caf\xe9\nx \xe9\xe8 # y"), y = LEX("\xff\xfep\0a\0c\0k\0 #");
    (void)state;
    assert_int_equal(x.ds.errors, 2);
    assert_string_equal(x.ds.list[0].text, "this byte is not UTF-8, and 2 more are not");
    assert_string_equal(x.ds.list[0].source, "// caf\xef\xbf\xbd");
    assert_int_equal(x.ds.list[0].col, 7);
    assert_string_equal(x.ds.list[1].text, "this character has no meaning here");
    assert_int_equal(x.ds.list[1].line, 2);
    assert_int_equal(x.ds.list[1].col, 6);
    assert_int_equal(y.ds.errors, 1);
    assert_true(y.l.unreadable && y.l.n == 1);
    done(&x);
    done(&y);
}

static void test_lex_punctuation(void **state)
{
    struct lexing x = LEX("&&||==!=<=>=<>!{}[]().,:?+-*/%");
    (void)state;
    assert_int_equal(x.ds.n, 0);
    assert_int_equal(x.l.n, 25);
    assert_int_equal(x.l.token[0].punct, KEEP_PUNCT2('&', '&'));
    assert_int_equal(x.l.token[6].punct, '<');
    done(&x);
}

/* Spans inside a literal count what was written, escapes included. */
static void test_lex_span(void **state)
{
    struct lexing x = LEX("x \"\xc3\xa9\\\"{\\u0041}\"");
    (void)state;
    struct keep_span s = keep_lex_span(&x.l.token[1], 4, 5); /* é is 2 bytes, \" one, { one, then A */
    assert_int_equal(s.col, 8);
    assert_int_equal(s.end_col, 14);
    s = keep_lex_span(&x.l.token[1], 0, 2);
    assert_int_equal(s.col, 4);
    assert_int_equal(s.end_col, 5);
    s = keep_lex_span(&x.l.token[1], 6, 7); /* its end */
    assert_int_equal(s.col, 15);
    done(&x);
}

/* Any cut of a text lexes to an end, with no more tokens than bytes. */
static void test_lex_truncated(void **state)
{
    static const char text[] = "pack \"a\\u00e9\" { version '''1'''  x 1.5e+3 \xc3\xa9 // \xc3\xa9\n r\"\\\" b'\\x00' && }";
    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, text, n);
        struct lexing x = lex(exact, n);
        assert_true(x.l.n <= n + 1);
        done(&x);
        free(exact);
    }
}

static void test_lex_without_memory(void **state)
{
    (void)state;
    struct keep_arena *a = keep_arena_new(64);
    struct keep_diags ds = {.arena = a};
    struct keep_lexed l;
    assert_false(keep_lex_run(&l, "f", KEEP_STR("a b c"), a, &ds));
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lex_columns_are_code_points), cmocka_unit_test(test_lex_numbers), cmocka_unit_test(test_lex_bad_numbers), cmocka_unit_test(test_lex_strings),
        cmocka_unit_test(test_lex_bad_strings), cmocka_unit_test(test_lex_bad_bytes), cmocka_unit_test(test_lex_goes_on_behind_bad_bytes), cmocka_unit_test(test_lex_punctuation), cmocka_unit_test(test_lex_span),
        cmocka_unit_test(test_lex_truncated), cmocka_unit_test(test_lex_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
