/* Bech32 of 32-byte keys: one spelling, every altered character is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/crypto/bech32.h"
#include "core/crypto/secret.h"

static void test_bech32_round_trip(void **state)
{
    (void)state;
    uint8_t key[32], back[32];
    char text[80];

    for (int i = 0; i < 256; i++) {
        memset(key, 0, sizeof key);
        key[i / 8] = (uint8_t)(1 << i % 8);
        keep_bech32_write(text, "age", key);
        assert_int_equal(strlen(text), 3 + 1 + 52 + 6);
        assert_true(keep_bech32_read(back, "age", keep_str_of(text)));
        assert_memory_equal(back, key, 32);
        assert_false(keep_bech32_read(back, "agf", keep_str_of(text)));
    }
}

static void test_bech32_altered_text_is_refused(void **state)
{
    (void)state;
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7lb1QA ";
    uint8_t key[32], back[32];
    char text[80];

    keep_secret_random(key, sizeof key);
    keep_bech32_write(text, "age", key);
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        char was = text[i];
        for (const char *c = alphabet; *c; c++) {
            text[i] = *c;
            assert_int_equal(keep_bech32_read(back, "age", keep_str_of(text)), *c == was);
        }
        text[i] = was;
        assert_false(keep_bech32_read(back, "age", (struct keep_str){text, i}));
    }
    strcat(text, "q");
    assert_false(keep_bech32_read(back, "age", keep_str_of(text)));
    assert_false(keep_bech32_read(back, "age", (struct keep_str){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bech32_round_trip),
        cmocka_unit_test(test_bech32_altered_text_is_refused),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
