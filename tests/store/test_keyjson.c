/* keep.json: what goes in comes out, every flipped bit is damage and none looks
 * like a wrong key, what has no MAC of ours is damage however its checksum is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/keyjson.h"

static const uint8_t key[32] = {1, 2, 3};

static int start(void **state)
{
    (void)state;
    return keep_secret_start(NULL);
}

static struct keep_store_init params(struct keep_officer o[2])
{
    memset(o, 0, 2 * sizeof *o);
    o[0].role = KEEP_STR("him");
    o[1].role = KEEP_STR("legal");
    memset(o[0].key.key, 5, 32);
    memset(o[1].key.key, 6, 32);
    return (struct keep_store_init){.path = "k", .key = key, .time_zone = "America/Chicago", .officer = o, .officers = 2, .quorum = 2, .now = 1234567 * KEEP_USEC};
}

static void make(struct keep_keyjson *j, struct keep_buf *text)
{
    struct keep_officer o[2];
    struct keep_store_init p = params(o);
    struct keep_err err = {0};

    assert_int_equal(keep_keyjson_new(j, &p, &err), 0);
    assert_int_equal(keep_keyjson_write(j, text, &err), 0);
}

static int code(const struct keep_buf *text, const uint8_t with[32])
{
    struct keep_keyjson j;
    struct keep_err err = {0};
    int rc = keep_keyjson_read(&j, keep_buf_view(text), &(struct keep_unlock){.key = with}, &err);

    assert_int_equal(err.code, rc);
    keep_keyjson_done(&j);
    return rc;
}

static void test_keyjson_round_trip(void **state)
{
    struct keep_keyjson a, b;
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err err = {0};

    (void)state;
    make(&a, &text);
    assert_int_equal(keep_keyjson_read(&b, keep_buf_view(&text), &(struct keep_unlock){.key = key}, &err), 0);
    assert_memory_equal(a.store, b.store, 16);
    assert_int_equal(b.generation, 1);
    assert_int_equal(b.created, a.created);
    assert_string_equal(b.zone, "America/Chicago");
    assert_memory_equal(a.secret, b.secret, offsetof(struct keep_keyjson_secret, file) + 32);
    assert_memory_equal(a.secret->file[1][0], b.secret->file[1][0], 32);
    assert_memory_equal(&a.signer, &b.signer, sizeof a.signer);
    assert_int_equal(b.officers, 2);
    assert_true(keep_str_is(b.officer[0].role, "him"));
    assert_int_equal(b.quorum, 2);
    assert_false(b.has_recovery || b.has_archive);
    keep_keyjson_done(&b);
    /* no secret in clear */
    for (size_t i = 0; i < 2; i++) {
        char hex[65];
        keep_codec_hex(i ? a.secret->file[0][0] : a.secret->master, 32, hex);
        assert_null(memmem(text.p, text.n, hex, 64));
    }
    keep_keyjson_done(&a);
    keep_buf_free(&text);
}

static void test_keyjson_wrong_key(void **state)
{
    struct keep_keyjson j;
    struct keep_buf text = KEEP_BUF_INIT;
    uint8_t other[32];

    (void)state;
    make(&j, &text);
    for (int i = 0; i < 256; i++) {
        memcpy(other, key, sizeof other);
        other[i / 8] ^= (uint8_t)(1 << (i % 8));
        assert_int_equal(code(&text, other), KEEP_E_KEY);
    }
    keep_keyjson_done(&j);
    keep_buf_free(&text);
}

static void test_keyjson_every_bit(void **state)
{
    struct keep_keyjson j;
    struct keep_buf text = KEEP_BUF_INIT;

    (void)state;
    make(&j, &text);
    for (size_t i = 0; i < 8 * text.n; i++) {
        text.p[i / 8] ^= (unsigned char)(1 << (i % 8));
        assert_int_equal(code(&text, key), KEEP_E_INTEGRITY);
        text.p[i / 8] ^= (unsigned char)(1 << (i % 8));
    }
    for (size_t n = text.n; text.n > 0;) { /* cut anywhere */
        text.n = text.n > 37 ? text.n - 37 : 0;
        assert_int_equal(code(&text, key), KEEP_E_INTEGRITY);
        if (text.n == 0) {
            text.n = n;
            break;
        }
    }
    assert_int_equal(code(&text, key), 0);
    keep_buf_char(&text, '\n');
    assert_int_equal(code(&text, key), KEEP_E_INTEGRITY);
    keep_keyjson_done(&j);
    keep_buf_free(&text);
}

/* Somebody without the key who knows the format puts the checksum right. */
static void test_keyjson_forged_checksum(void **state)
{
    struct keep_keyjson j;
    struct keep_buf text = KEEP_BUF_INIT;
    uint8_t sum[32];
    char hex[65];

    (void)state;
    make(&j, &text);
    char *quorum = memmem(text.p, text.n, "\"quorum\":2", 10);
    assert_non_null(quorum);
    quorum[9] = '1';
    keep_hash_blake2b(sum, text.p, text.n - 67);
    keep_codec_hex(sum, sizeof sum, hex);
    memcpy(text.p + text.n - 67, hex, 64);
    assert_int_equal(code(&text, key), KEEP_E_INTEGRITY);
    keep_keyjson_done(&j);
    keep_buf_free(&text);
}

static void test_keyjson_swap(void **state)
{
    struct keep_keyjson a, b;
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err err = {0};
    uint8_t fresh[32];

    (void)state;
    make(&a, &text);
    keep_keyjson_swap_begin(&a, KEEP_KEYJSON_KEYRING);
    memcpy(fresh, a.secret->file[KEEP_KEYJSON_KEYRING][1], 32);
    keep_buf_clear(&text);
    assert_int_equal(keep_keyjson_write(&a, &text, &err), 0);
    assert_int_equal(keep_keyjson_read(&b, keep_buf_view(&text), &(struct keep_unlock){.key = key}, &err), 0);
    assert_int_equal(b.file[1].keys, 2);
    assert_int_equal(b.generation, 2);
    assert_memory_equal(b.secret->file[KEEP_KEYJSON_KEYRING][1], fresh, 32);
    assert_memory_equal(b.secret->file[KEEP_KEYJSON_KEYRING][0], a.secret->file[KEEP_KEYJSON_KEYRING][0], 32);
    keep_keyjson_swap_end(&b, KEEP_KEYJSON_KEYRING, true);
    assert_int_equal(b.file[1].keys, 1);
    assert_int_equal(b.file[1].epoch[0], 2);
    assert_memory_equal(b.secret->file[KEEP_KEYJSON_KEYRING][0], fresh, 32);
    keep_keyjson_swap_end(&a, KEEP_KEYJSON_KEYRING, false);
    assert_memory_not_equal(a.secret->file[KEEP_KEYJSON_KEYRING][0], fresh, 32);
    keep_keyjson_done(&a);
    keep_keyjson_done(&b);
    keep_buf_free(&text);
}

static void test_keyjson_refuses(void **state)
{
    struct keep_officer o[2];
    struct keep_store_init p = params(o);
    struct keep_keyjson j;
    struct keep_err err = {0};

    (void)state;
    o[1].role = KEEP_STR("him");
    assert_int_equal(keep_keyjson_new(&j, &p, &err), KEEP_E_USAGE);
    p = params(o);
    memcpy(o[1].key.key, o[0].key.key, 32);
    keep_err_clear(&err);
    assert_int_equal(keep_keyjson_new(&j, &p, &err), KEEP_E_USAGE);
    p = params(o);
    o[0].role = KEEP_STR("Him Officer");
    keep_err_clear(&err);
    assert_int_equal(keep_keyjson_new(&j, &p, &err), KEEP_E_USAGE);
    p = params(o);
    p.quorum = 3;
    keep_err_clear(&err);
    assert_int_equal(keep_keyjson_new(&j, &p, &err), KEEP_E_USAGE);
    p.quorum = 0;
    keep_err_clear(&err);
    assert_int_equal(keep_keyjson_new(&j, &p, &err), KEEP_E_USAGE);
    p = params(o);
    p.time_zone = "No/Where";
    keep_err_clear(&err);
    assert_true(keep_keyjson_new(&j, &p, &err) < 0);
    p.time_zone = "";
    keep_err_clear(&err);
    assert_int_equal(keep_keyjson_new(&j, &p, &err), KEEP_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyjson_round_trip), cmocka_unit_test(test_keyjson_wrong_key),       cmocka_unit_test(test_keyjson_every_bit),
        cmocka_unit_test(test_keyjson_swap),       cmocka_unit_test(test_keyjson_forged_checksum), cmocka_unit_test(test_keyjson_refuses),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
