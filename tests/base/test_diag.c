/* Diagnostics as they are printed: carets below code points, nothing that moves the cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/diag.h"

static void shows(struct keep_diag d, const char *want)
{
    struct keep_buf b = KEEP_BUF_INIT;
    keep_diag_format(&d, &b);
    keep_buf_char(&b, '\0');
    assert_string_equal((char *)b.p, want);
    keep_buf_free(&b);
}

static void test_diag_carets(void **state)
{
    (void)state;
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a.policy", 3, 8, 12, "no field \"usr\"", "did you mean \"user\"?", "  when usr."},
          "a.policy:3:8: error: no field \"usr\"\n  when usr.\n       ^^^^\n  hint: did you mean \"user\"?\n");
    /* two bytes before it are one column */
    shows((struct keep_diag){KEEP_DIAG_WARNING, "a", 1, 4, 6, "t", NULL, "\"\xc3\xa9\" xy"}, "a:1:4: warning: t\n\"\xc3\xa9\" xy\n   ^^\n");
    /* tabs stay tabs, so that the caret stands right at any tab width */
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 1, 3, 4, "t", NULL, "\t\tx"}, "a:1:3: error: t\n\t\tx\n\t\t^\n");
    /* behind the end of the line, where something is missing */
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 1, 4, 4, "t", NULL, "abc"}, "a:1:4: error: t\nabc\n   ^\n");
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 1, 900, 4000000000u, "t", NULL, "abc"}, "a:1:900: error: t\nabc\n   ^\n");
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 1, 2, 99, "t", NULL, "abc"}, "a:1:2: error: t\nabc\n ^^\n");
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 1, 1, 2, "t", NULL, ""}, "a:1:1: error: t\n\n^\n");
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 0, 0, 0, "t", NULL, NULL}, "a: error: t\n");
    shows((struct keep_diag){KEEP_DIAG_ERROR, NULL, 0, 0, 0, "t", NULL, NULL}, "error: t\n");
}

static void test_diag_harmless(void **state)
{
    (void)state;
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a\x1b[2J", 1, 3, 4, "\x07", NULL, "\xe2\x80\xae" "a\xc2\x9b" "b\xff\x7f\xe2\x81\xa6"},
          "a\xef\xbf\xbd[2J:1:3: error: \xef\xbf\xbd\n\xef\xbf\xbd" "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n  ^\n");
    /* a sequence cut off by the line's end */
    shows((struct keep_diag){KEEP_DIAG_ERROR, "a", 1, 2, 3, "t", NULL, "x\xe2\x80"}, "a:1:2: error: t\nx\xef\xbf\xbd\xef\xbf\xbd\n ^\n");
}

static void test_diag_list(void **state)
{
    struct keep_diags ds = {.arena = keep_arena_new(0)};
    (void)state;
    char text[8] = "first";
    assert_true(keep_diag_add(&ds, (struct keep_diag){KEEP_DIAG_ERROR, "f", 1, 1, 2, text, NULL, "s"}));
    memset(text, 'x', 5);
    assert_string_equal(ds.list[0].text, "first");
    for (int i = 0; i < 100; i++)
        assert_true(keep_diag_add(&ds, (struct keep_diag){KEEP_DIAG_WARNING, "f", 2, 1, 2, "w", "h", "s"}));
    assert_int_equal(ds.n, 101);
    assert_int_equal(ds.errors, 1);
    assert_int_equal(ds.warnings, 100);
    assert_string_equal(ds.list[0].text, "first");
    assert_string_equal(ds.list[100].help, "h");
    keep_arena_free(ds.arena);

    struct keep_diags full = {.arena = keep_arena_new(16)};
    assert_false(keep_diag_add(&full, (struct keep_diag){KEEP_DIAG_ERROR, "f", 1, 1, 2, "t", NULL, "s"}));
    assert_int_equal(full.errors, 1);
    assert_int_equal(full.n, 0);
    keep_arena_free(full.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diag_carets),
        cmocka_unit_test(test_diag_harmless),
        cmocka_unit_test(test_diag_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
