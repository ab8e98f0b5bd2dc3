/* Hashes against published digests: at once, in pieces and in two parts. */
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

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA512_ABC "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
/* a million times "a" */
#define SHA256_MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
#define SHA512_MILLION "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"

enum { MILLION = 1000000 };

static void equal_hex(const uint8_t *p, size_t n, const char *want)
{
    char hex[129];

    keep_codec_hex(p, n, hex);
    assert_string_equal(hex, want);
}

static char *million(void)
{
    char *p = malloc(MILLION);

    assert_non_null(p);
    memset(p, 'a', MILLION);
    return p;
}

static void test_hash_sha2_at_once(void **state)
{
    (void)state;
    uint8_t d[64];
    char *a = million();

    keep_sha256(d, NULL, 0);
    equal_hex(d, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    keep_sha256(d, "abc", 3);
    equal_hex(d, 32, SHA256_ABC);
    keep_sha512(d, "abc", 3);
    equal_hex(d, 64, SHA512_ABC);
    keep_sha256(d, a, MILLION);
    equal_hex(d, 32, SHA256_MILLION);
    keep_sha512(d, a, MILLION);
    equal_hex(d, 64, SHA512_MILLION);
    free(a);
}

/* Those of one block and two go another way: every length around, in two parts, as the streaming one has it. */
static void test_hash_sha256_of_few_bytes(void **state)
{
    (void)state;
    uint8_t in[200], want[32], d[32];
    struct keep_sha_ctx *c = NULL;

    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7 + 1);
    assert_int_equal(keep_sha_new(&c, KEEP_SHA256, NULL), 0);
    for (size_t n = 0; n <= sizeof in; n++) {
        assert_int_equal(keep_sha_update(c, in, n, NULL), 0);
        assert_int_equal(keep_sha_final(c, want, NULL), 0);
        keep_sha256(d, in, n);
        assert_memory_equal(d, want, sizeof d);
        for (size_t k = 0; k <= n; k += 13) {
            keep_sha256_pair(d, in, k, in + k, n - k);
            assert_memory_equal(d, want, sizeof d);
        }
    }
    keep_sha_free(c);
}

/* The first vectors of SipHash-2-4 with 128 bits, of its authors (vectors.h): key 00 01 …, text 00 01 … */
static void test_hash_short(void **state)
{
    (void)state;
    uint8_t key[32], in[2] = {0, 1}, d[KEEP_HASH_SHORT];

    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = i;
    keep_hash_short(d, in, 0, key);
    equal_hex(d, sizeof d, "a3817f04ba25a8e66df67214c7550293");
    keep_hash_short(d, in, 1, key);
    equal_hex(d, sizeof d, "da87c1d86b99af44347659119b22fc45");
    keep_hash_short(d, in, 2, key);
    equal_hex(d, sizeof d, "8177228da4a45dc7fca38bdef60affe4");
}

static void test_hash_sha2_streaming_is_the_same_and_starts_anew(void **state)
{
    (void)state;
    static const char *const want[2][2] = {{SHA256_MILLION, SHA256_ABC}, {SHA512_MILLION, SHA512_ABC}};
    struct keep_err err = {.code = 0};
    uint8_t d[64];
    char *a = million();

    for (int which = KEEP_SHA256; which <= KEEP_SHA512; which++) {
        struct keep_sha_ctx *c = NULL;
        size_t n = which == KEEP_SHA256 ? 32 : 64;
        assert_int_equal(keep_sha_new(&c, which, &err), 0);
        for (size_t at = 0, take = 1; at < MILLION; at += take, take = take * 3 + 1) {
            if (take > MILLION - at)
                take = MILLION - at;
            assert_int_equal(keep_sha_update(c, a + at, take, &err), 0);
        }
        assert_int_equal(keep_sha_final(c, d, &err), 0);
        equal_hex(d, n, want[which][0]);
        assert_int_equal(keep_sha_update(c, NULL, 0, &err), 0);
        assert_int_equal(keep_sha_update(c, "abc", 3, &err), 0);
        assert_int_equal(keep_sha_final(c, d, &err), 0);
        equal_hex(d, n, want[which][1]);
        keep_sha_free(c);
    }
    keep_sha_free(NULL);
    free(a);
}

static void test_hash_sha256_of_two_parts(void **state)
{
    (void)state;
    uint8_t in[200], a[32], b[32];

    memset(in, 0x3c, sizeof in);
    for (size_t n = 0; n <= sizeof in; n++) {
        keep_sha256(a, in, n);
        for (size_t cut = 0; cut <= n; cut += 7) {
            keep_sha256_pair(b, in, cut, in + cut, n - cut);
            assert_memory_equal(a, b, 32);
        }
    }
    keep_sha256_pair(a, "abc", 3, NULL, 0);
    equal_hex(a, 32, SHA256_ABC);
}

static void test_hash_blake2b(void **state)
{
    (void)state;
    uint8_t d[64], more[64], key[32] = {1}, other[32] = {2};

    keep_hash_blake2b(d, "", 0);
    equal_hex(d, 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    for (size_t n = 8; n <= 64; n++) {
        memset(d, 0, sizeof d);
        keep_hash_keyed(d, n, "x", 1, key);
        for (size_t i = n; i < sizeof d; i++)
            assert_int_equal(d[i], 0);
        keep_hash_keyed(more, n, "x", 1, other);
        assert_memory_not_equal(d, more, n);
        keep_hash_keyed(more, n, "x", 1, key);
        assert_memory_equal(d, more, n);
    }
    keep_hash_keyed(d, 8, "x", 1, key);
    keep_hash_keyed(more, 16, "x", 1, key);
    assert_memory_equal(d, more, 8);
}

static void test_hash_stream_is_the_hash_of_the_whole(void **state)
{
    (void)state;
    static uint8_t in[1000];
    uint8_t key[32] = {7}, d[32], whole[32];
    struct keep_hash_stream *h = NULL;
    struct keep_err err = {0};

    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 31);
    assert_int_equal(keep_hash_stream_new(&h, &err), 0);
    for (size_t step = 1; step < sizeof in; step += 61) { /* one after the other: each start forgets what was before */
        keep_hash_stream_start(h, key);
        for (size_t at = 0; at < sizeof in; at += step)
            keep_hash_stream_add(h, in + at, step < sizeof in - at ? step : sizeof in - at);
        keep_hash_stream_end(h, d);
        keep_hash_keyed(whole, sizeof whole, in, sizeof in, key);
        assert_memory_equal(d, whole, sizeof d);
    }
    keep_hash_stream_start(h, key);
    keep_hash_stream_end(h, d);
    keep_hash_keyed(whole, sizeof whole, "", 0, key);
    assert_memory_equal(d, whole, sizeof d);
    keep_hash_stream_free(h);
    keep_hash_stream_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_sha2_at_once),
        cmocka_unit_test(test_hash_sha256_of_few_bytes),
        cmocka_unit_test(test_hash_short),
        cmocka_unit_test(test_hash_sha2_streaming_is_the_same_and_starts_anew),
        cmocka_unit_test(test_hash_sha256_of_two_parts),
        cmocka_unit_test(test_hash_blake2b),
        cmocka_unit_test(test_hash_stream_is_the_hash_of_the_whole),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
