/* Codecs: the vectors of RFC 4648, round trips of every length, and that only the one right text decodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/codec.h"

static void test_codec_base64_vectors(void **state)
{
    static const struct {
        const char *plain, *padded;
    } rfc[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t i = 0; i < sizeof rfc / sizeof *rfc; i++) {
        struct keep_buf b = KEEP_BUF_INIT, back = KEEP_BUF_INIT;
        keep_codec_base64(&b, rfc[i].plain, strlen(rfc[i].plain), true);
        assert_true(keep_str_is(keep_buf_view(&b), rfc[i].padded));
        assert_true(keep_codec_unbase64(&back, keep_buf_view(&b), true));
        assert_true(keep_str_is(keep_buf_view(&back), rfc[i].plain));
        keep_buf_free(&b);
        keep_buf_free(&back);
    }
}

static void test_codec_base64_round_trips(void **state)
{
    unsigned char bytes[100];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 151 + 7);
    for (size_t n = 0; n <= sizeof bytes; n++)
        for (int pad = 0; pad < 2; pad++) {
            struct keep_buf b = KEEP_BUF_INIT, back = KEEP_BUF_INIT;
            keep_codec_base64(&b, bytes, n, pad);
            assert_true(keep_codec_unbase64(&back, keep_buf_view(&b), pad));
            assert_int_equal(back.n, n);
            assert_memory_equal(back.p, bytes, n);
            if (n % 3)
                assert_false(keep_codec_unbase64(&back, keep_buf_view(&b), !pad));
            assert_int_equal(back.n, n);
            keep_buf_free(&b);
            keep_buf_free(&back);
        }
}

static void test_codec_base64_refuses(void **state)
{
    static const char *const padded[] = {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "Zg==\n", " Zg==", "Zm9v\n", "Zm-_", "Zm9vYmF", "=", "Zg=v"};
    static const char *const bare[] = {"Z", "Zh", "Zm9", "Zg==", "Zm9vZ", "Zm9v "};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_buf_str(&b, "x");
    for (size_t i = 0; i < sizeof padded / sizeof *padded; i++)
        assert_false(keep_codec_unbase64(&b, keep_str_of(padded[i]), true));
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        assert_false(keep_codec_unbase64(&b, keep_str_of(bare[i]), false));
    assert_false(keep_codec_unbase64(&b, (struct keep_str){"Zg\0=", 4}, true));
    assert_true(keep_str_is(keep_buf_view(&b), "x"));
    keep_buf_free(&b);
}

static void test_codec_hex(void **state)
{
    unsigned char all[256], back[256];
    char hex[513];
    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    keep_codec_hex(all, 256, hex);
    assert_memory_equal(hex + 0x1a * 2, "1a1b", 4);
    assert_true(keep_codec_unhex(keep_str_of(hex), back, 256));
    assert_memory_equal(all, back, 256);
    assert_true(keep_codec_unhex(KEEP_STR("FFab"), back, 2));
    assert_int_equal(back[0], 0xff);
    unsigned char same[2] = {1, 2};
    assert_false(keep_codec_unhex(KEEP_STR("ff"), same, 2));
    assert_false(keep_codec_unhex(KEEP_STR("ffff0"), same, 2));
    assert_false(keep_codec_unhex(KEEP_STR("fffg"), same, 2));
    assert_false(keep_codec_unhex(KEEP_STR("0xff"), same, 2));
    assert_int_equal(same[0] + same[1], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codec_base64_vectors),
        cmocka_unit_test(test_codec_base64_round_trips),
        cmocka_unit_test(test_codec_base64_refuses),
        cmocka_unit_test(test_codec_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
