/* HKDF-SHA256: the vectors of RFC 5869 appendix A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"

static void row(uint8_t *p, size_t n, uint8_t from)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(from + i);
}

static void test_kdf_rfc5869_case_1(void **state)
{
    (void)state;
    uint8_t ikm[22], salt[13], info[10], okm[42];
    char hex[2 * sizeof okm + 1];

    memset(ikm, 0x0b, sizeof ikm);
    row(salt, sizeof salt, 0);
    row(info, sizeof info, 0xf0);
    keep_kdf_hkdf(okm, sizeof okm, ikm, sizeof ikm, salt, sizeof salt, info, sizeof info);
    keep_codec_hex(okm, sizeof okm, hex);
    assert_string_equal(hex, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

static void test_kdf_rfc5869_case_2(void **state)
{
    (void)state;
    uint8_t ikm[80], salt[80], info[80], okm[82];
    char hex[2 * sizeof okm + 1];

    row(ikm, sizeof ikm, 0);
    row(salt, sizeof salt, 0x60);
    row(info, sizeof info, 0xb0);
    keep_kdf_hkdf(okm, sizeof okm, ikm, sizeof ikm, salt, sizeof salt, info, sizeof info);
    keep_codec_hex(okm, sizeof okm, hex);
    assert_string_equal(hex, "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                             "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

static void test_kdf_rfc5869_case_3(void **state)
{
    (void)state;
    uint8_t ikm[22], okm[42];
    char hex[2 * sizeof okm + 1];

    memset(ikm, 0x0b, sizeof ikm);
    keep_kdf_hkdf(okm, sizeof okm, ikm, sizeof ikm, NULL, 0, NULL, 0);
    keep_codec_hex(okm, sizeof okm, hex);
    assert_string_equal(hex, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static void test_kdf_longest_output_begins_as_a_short_one(void **state)
{
    (void)state;
    static uint8_t most[255 * 32];
    uint8_t few[33];

    keep_kdf_hkdf(most, sizeof most, "k", 1, NULL, 0, "i", 1);
    keep_kdf_hkdf(few, sizeof few, "k", 1, NULL, 0, "i", 1);
    assert_memory_equal(most, few, sizeof few);
}

static void test_kdf_subkeys_differ_by_key_label_and_context(void **state)
{
    (void)state;
    uint8_t key[32] = {1}, other[32] = {2}, k[5][32], again[32];

    keep_kdf_subkey(k[0], key, "label", "ctx", 3);
    keep_kdf_subkey(k[1], key, "labelc", "tx", 2); /* no label runs into a context */
    keep_kdf_subkey(k[2], key, "label", "ctX", 3);
    keep_kdf_subkey(k[3], key, "label", NULL, 0);
    keep_kdf_subkey(k[4], other, "label", "ctx", 3);
    keep_kdf_subkey(again, key, "label", "ctx", 3);
    assert_memory_equal(k[0], again, 32);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(k[i], k[j], 32);
}

static void test_kdf_argon2id_depends_on_all_it_is_given(void **state)
{
    (void)state;
    struct keep_kdf_cost least = {.passes = 1, .memory = KEEP_KDF_MEMORY_LEAST}, more = {.passes = 2, .memory = KEEP_KDF_MEMORY_LEAST},
                         wide = {.passes = 1, .memory = 2 * KEEP_KDF_MEMORY_LEAST};
    uint8_t salt[KEEP_KDF_SALT] = {1}, other[KEEP_KDF_SALT] = {2}, k[6][32];

    assert_int_equal(keep_kdf_argon2id(k[0], "open", 4, salt, &least, NULL), 0);
    assert_int_equal(keep_kdf_argon2id(k[1], "oped", 4, salt, &least, NULL), 0);
    assert_int_equal(keep_kdf_argon2id(k[2], "open", 4, other, &least, NULL), 0);
    assert_int_equal(keep_kdf_argon2id(k[3], "open", 4, salt, &more, NULL), 0);
    assert_int_equal(keep_kdf_argon2id(k[4], "open", 4, salt, &wide, NULL), 0);
    assert_int_equal(keep_kdf_argon2id(k[5], "open", 4, salt, &least, NULL), 0);
    for (int i = 1; i < 5; i++)
        assert_memory_not_equal(k[0], k[i], 32);
    assert_memory_equal(k[0], k[5], 32);
}

static void test_kdf_argon2id_has_limits(void **state)
{
    (void)state;
    const struct keep_kdf_cost bad[] = {{0, 1 << 20}, {1, KEEP_KDF_MEMORY_LEAST - 1}, {1, 0}, {1, KEEP_KDF_MEMORY_MOST + 1}, {5, KEEP_KDF_MEMORY_MOST}, {UINT32_MAX, 1 << 20}, {1, UINT64_MAX}};
    uint8_t salt[KEEP_KDF_SALT] = {0}, k[32];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keep_err err = {0};
        assert_int_equal(keep_kdf_cost_ok(&bad[i]), 0);
        assert_int_equal(keep_kdf_argon2id(k, "x", 1, salt, &bad[i], &err), KEEP_E_LIMIT);
        assert_int_equal(err.code, KEEP_E_LIMIT);
    }
}

static uint64_t clock_now, clock_step;

static uint64_t clock_fake(void)
{
    return clock_now += clock_step;
}

static void test_kdf_calibration_follows_the_machine(void **state)
{
    (void)state;
    struct keep_kdf_cost slow, middle, fast;

    clock_step = 10000000; /* the probe takes ten seconds */
    assert_int_equal(keep_kdf_calibrate(&slow, 500000, clock_fake, NULL), 0);
    assert_int_equal(slow.passes, 3);
    assert_int_equal(slow.memory, 32u << 20);
    clock_step = 50000; /* 48 MiB in 50 ms: 480 MiB in half a second */
    assert_int_equal(keep_kdf_calibrate(&middle, 500000, clock_fake, NULL), 0);
    assert_int_equal(middle.passes, 3);
    assert_int_equal(middle.memory, 160u << 20);
    clock_step = 0;
    assert_int_equal(keep_kdf_calibrate(&fast, 500000, clock_fake, NULL), 0);
    assert_int_equal(fast.passes, 8);
    assert_int_equal(fast.memory, 512u << 20);
    assert_true(keep_kdf_cost_ok(&fast));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kdf_rfc5869_case_1),
        cmocka_unit_test(test_kdf_rfc5869_case_2),
        cmocka_unit_test(test_kdf_rfc5869_case_3),
        cmocka_unit_test(test_kdf_longest_output_begins_as_a_short_one),
        cmocka_unit_test(test_kdf_subkeys_differ_by_key_label_and_context),
        cmocka_unit_test(test_kdf_argon2id_depends_on_all_it_is_given),
        cmocka_unit_test(test_kdf_argon2id_has_limits),
        cmocka_unit_test(test_kdf_calibration_follows_the_machine),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
