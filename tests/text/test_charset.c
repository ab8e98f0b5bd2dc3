/* Each encoding to UTF-8; what is malformed in it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/text/charset.h"

static void test_charset_reads(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want; /* want NULL: refused */
        size_t n;
        bool marked;
    } c[] = {
        {"UTF-8", "N\xc3\xba", "N\xc3\xba", 3, false},
        {"utf8", "\xef\xbb\xbfN", "N", 4, true},
        {"UTF-8", "\xff", NULL, 1, false},
        {"UTF-16", "\xfe\xff\0N\0\xfa", "N\xc3\xba", 6, true},
        {"UTF-16", "\xff\xfeN\0\xfa\0", "N\xc3\xba", 6, true},
        {"UTF-16", "\0N", "N", 2, false},
        {"utf-16be", "\xd8\x3d\xde\x00", "\xf0\x9f\x98\x80", 4, false},
        {"UTF-16LE", "\x3d\xd8\x00\xde", "\xf0\x9f\x98\x80", 4, false},
        {"UTF-16BE", "\xd8\x3d", NULL, 2, false},
        {"UTF-16BE", "\xde\x00", NULL, 2, false},
        {"UTF-16BE", "\xd8\x3d\0N", NULL, 4, false},
        {"UTF-16BE", "\0", NULL, 1, false},
        {"ISO-8859-1", "N\xfa", "N\xc3\xba", 2, false},
        {"US-ASCII", "N", "N", 1, false},
        {"ASCII", "\xfa", NULL, 1, false},
        {"UTF-8", "", "", 0, false},
    };
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct keep_buf out = KEEP_BUF_INIT;
        bool marked = true;
        bool ok = keep_charset_utf8(&out, keep_charset_named(keep_str_of(c[i].name)), (struct keep_str){c[i].text, c[i].n}, &marked);
        assert_int_equal(ok, c[i].want != NULL);
        assert_int_equal(marked, c[i].marked);
        if (ok)
            assert_true(keep_str_is(keep_buf_view(&out), c[i].want));
        keep_buf_free(&out);
    }
    assert_int_equal(keep_charset_named(KEEP_STR("KOI8-R")), KEEP_CHARSETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_charset_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
