/* The first error sticks, text is cut and never overruns, each code has its exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/err.h"

static void test_err_first_sticks(void **state)
{
    struct keep_err e = {0};
    (void)state;
    assert_int_equal(keep_err_at(&e, KEEP_E_INPUT, "a.json", 3, 7, "not %s", "UTF-8"), KEEP_E_INPUT);
    assert_int_equal(keep_err_set(&e, KEEP_E_IO, "later"), KEEP_E_IO);
    keep_err_hint(&e, "save it as UTF-8");
    keep_err_hint(&e, "a second hint");
    char out[256];
    keep_err_format(&e, out, sizeof out);
    assert_string_equal(out, "a.json:3:7: not UTF-8\nhint: save it as UTF-8");
    keep_err_clear(&e);
    assert_int_equal(e.code, 0);
    keep_err_hint(&e, "to nothing");
    assert_string_equal(e.hint, "");
}

static void test_err_format_parts(void **state)
{
    static const struct {
        const char *where;
        uint64_t line, col;
        const char *text, *out;
    } cases[] = {
        {"k", 0, 0, "it is gone", "k: it is gone"},
        {"k", 4, 0, "odd", "k:4: odd"},
        {NULL, 4, 2, "odd", "line:4:2: odd"},
        {NULL, 0, 0, "odd", "odd"},
        {NULL, 0, 0, "", "out of memory"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keep_err e = {0};
        char out[128];
        keep_err_at(&e, KEEP_E_NOMEM, cases[i].where, cases[i].line, cases[i].col, "%s", cases[i].text);
        keep_err_format(&e, out, sizeof out);
        assert_string_equal(out, cases[i].out);
    }
}

static void test_err_long_text_is_cut(void **state)
{
    struct keep_err e = {0};
    char longer[2000], out[40];
    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    keep_err_at(&e, KEEP_E_IO, longer, 1, 1, "%s", longer);
    keep_err_hint(&e, "%s", longer);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strlen(e.where), sizeof e.where - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    keep_err_format(&e, out, sizeof out);
    assert_int_equal(strlen(out), sizeof out - 1);
}

static void test_err_codes(void **state)
{
    (void)state;
    assert_int_equal(keep_err_set(NULL, KEEP_E_KEY, "nobody listens"), KEEP_E_KEY);
    assert_int_equal(keep_err_exit(0), 0);
    assert_int_equal(keep_err_exit(KEEP_E_USAGE), 2);
    assert_int_equal(keep_err_exit(KEEP_E_INTEGRITY), 4);
    assert_int_equal(keep_err_exit(KEEP_E_REFUSED), 6);
    assert_int_equal(keep_err_exit(KEEP_E_INTERRUPTED), 130);
    assert_int_equal(keep_err_exit(-1000), 3);
    assert_string_equal(keep_err_name(KEEP_E_REFUSED), "refused");
    assert_string_equal(keep_err_name(KEEP_E_IO), "io");
    assert_string_equal(keep_err_name(0), "ok");
    assert_string_equal(keep_err_name(-1000), "unknown");
    for (int c = -1; c >= -KEEP_ERR_COUNT; c--)
        assert_true(strlen(keep_err_name(c)) > 0 && keep_err_exit(c) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err_first_sticks),
        cmocka_unit_test(test_err_format_parts),
        cmocka_unit_test(test_err_long_text_is_cut),
        cmocka_unit_test(test_err_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
