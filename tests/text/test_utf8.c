/* UTF-8 over all code points, and every kind of ill-formed sequence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text/utf8.h"

static void test_utf8_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[4];
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        size_t n = keep_utf8_put(c, bytes), i = 0;
        struct keep_str s = {bytes, n};
        assert_true(keep_utf8_sequence(bytes, n) == n && keep_utf8_valid(s));
        assert_true(keep_utf8_next(s, &i) == c && i == n);
        for (size_t cut = 1; cut < n; cut++)
            assert_false(keep_utf8_valid((struct keep_str){bytes, cut}));
    }
}

static void test_utf8_ill_formed(void **state)
{
    static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80\x41", "\xed\xa0\x80",
                                      "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff",
                                      "12345678\xff", "1234567\xe2\x82"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(keep_utf8_valid(keep_str_of(bad[i])));
    /* one U+FFFD a byte, and the text goes on behind it */
    struct keep_str s = KEEP_STR("a\xe2\x82z");
    size_t i = 0;
    assert_int_equal(keep_utf8_next(s, &i), 'a');
    assert_int_equal(keep_utf8_next(s, &i), 0xfffd);
    assert_int_equal(keep_utf8_next(s, &i), 0xfffd);
    assert_int_equal(keep_utf8_next(s, &i), 'z');
    assert_int_equal(i, s.n);
    assert_true(keep_utf8_valid((struct keep_str){NULL, 0}));
    assert_true(keep_utf8_valid(KEEP_STR("a\0b")));
}

static void test_utf8_lengths(void **state)
{
    (void)state;
    assert_int_equal(keep_utf8_count(KEEP_STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff")), 5);
    assert_int_equal(keep_utf8_columns(KEEP_STR("abc")), 3);
    assert_int_equal(keep_utf8_columns(KEEP_STR("\xe6\xbc\xa2\xe5\xad\x97")), 4); /* two wide characters */
    assert_int_equal(keep_utf8_columns(KEEP_STR("e\xcc\x81")), 1);               /* e and a combining accent */
    assert_int_equal(keep_utf8_columns(KEEP_STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_every_code_point),
        cmocka_unit_test(test_utf8_ill_formed),
        cmocka_unit_test(test_utf8_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
