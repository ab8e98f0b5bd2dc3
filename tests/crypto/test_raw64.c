/* Base64 of keys: every byte value at every place, and what is not canonical. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/crypto/raw64.h"
#include "core/crypto/secret.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void test_raw64_only_the_alphabet(void **state)
{
    (void)state;
    char text[5] = "++//";
    uint8_t out[3];

    for (int at = 0; at < 4; at++) {
        char was = text[at];
        for (int c = 0; c < 256; c++) {
            text[at] = (char)c;
            bool want = c != 0 && strchr(alphabet, c) != NULL;
            assert_int_equal(keep_raw64_read(out, 3, (struct keep_str){text, 4}, KEEP_RAW64_PADDED), want);
            assert_int_equal(keep_raw64_read(out, 3, (struct keep_str){text, 4}, KEEP_RAW64_BARE), want);
        }
        text[at] = was;
    }
}

static void test_raw64_canonical_only(void **state)
{
    (void)state;
    static const struct { const char *text; size_t n; int variant; bool want; } rows[] = {
        {"QQ==", 1, KEEP_RAW64_PADDED, true}, {"QQ", 1, KEEP_RAW64_BARE, true}, {"QUI=", 2, KEEP_RAW64_PADDED, true}, {"QUI", 2, KEEP_RAW64_BARE, true},
        {"QQ=", 1, KEEP_RAW64_PADDED, false}, {"QQ", 1, KEEP_RAW64_PADDED, false}, {"QQ==", 1, KEEP_RAW64_BARE, false}, {"QR==", 1, KEEP_RAW64_PADDED, false},
        {"QR", 1, KEEP_RAW64_BARE, false}, {"QUJ", 2, KEEP_RAW64_BARE, false}, {"QUI", 1, KEEP_RAW64_BARE, false}, {"QQ", 2, KEEP_RAW64_BARE, false},
        {"QQ== ", 1, KEEP_RAW64_PADDED, false}, {" QQ==", 1, KEEP_RAW64_PADDED, false}, {"Q", 0, KEEP_RAW64_BARE, false}, {"", 0, KEEP_RAW64_BARE, true}, {"====", 0, KEEP_RAW64_PADDED, false},
    };
    uint8_t out[4];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (keep_raw64_read(out, rows[i].n, keep_str_of(rows[i].text), rows[i].variant) != rows[i].want)
            fail_msg("row %zu: %s", i, rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw64_only_the_alphabet),
        cmocka_unit_test(test_raw64_canonical_only),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
