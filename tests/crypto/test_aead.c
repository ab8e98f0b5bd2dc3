/* XChaCha20-Poly1305: the vector of draft-irtf-cfrg-xchacha-03 A.3.1, libsodium as the reference at every size, and that every altered bit is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/aead.h"
#include "core/crypto/secret.h"

enum { TEXT = 114 };

static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";

struct vector {
    uint8_t key[32], ad[12], sealed[TEXT + KEEP_AEAD_OVERHEAD];
};

static void vector_make(struct vector *v)
{
    static const char hex[] = "404142434445464748494a4b4c4d4e4f5051525354555657"
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";

    for (int i = 0; i < 32; i++)
        v->key[i] = (uint8_t)(0x80 + i);
    assert_true(keep_codec_unhex(KEEP_STR("50515253c0c1c2c3c4c5c6c7"), v->ad, sizeof v->ad));
    assert_true(keep_codec_unhex(KEEP_STR(hex), v->sealed, sizeof v->sealed));
}

static void test_aead_draft_vector(void **state)
{
    (void)state;
    struct vector v;
    uint8_t out[TEXT];

    vector_make(&v);
    assert_int_equal(sizeof text - 1, TEXT);
    assert_int_equal(keep_aead_open(out, v.sealed, sizeof v.sealed, v.ad, sizeof v.ad, v.key), 0);
    assert_memory_equal(out, text, TEXT);
}

/* Opens v and sees that it fails and leaves zeros. */
static void fails(const struct vector *v, size_t n, size_t adlen)
{
    static const uint8_t zero[TEXT];
    uint8_t out[TEXT];

    memset(out, 0xaa, sizeof out);
    assert_int_equal(keep_aead_open(out, v->sealed, n, v->ad, adlen, v->key), KEEP_E_INTEGRITY);
    if (n >= KEEP_AEAD_OVERHEAD)
        assert_memory_equal(out, zero, n - KEEP_AEAD_OVERHEAD);
}

static void test_aead_every_altered_bit_fails(void **state)
{
    (void)state;
    struct vector v;
    uint8_t *const parts[] = {v.sealed, v.ad, v.key};
    const size_t sizes[] = {sizeof v.sealed, sizeof v.ad, sizeof v.key};

    vector_make(&v);
    for (int p = 0; p < 3; p++) {
        for (size_t bit = 0; bit < sizes[p] * 8; bit++) {
            parts[p][bit / 8] ^= (uint8_t)(1 << bit % 8);
            fails(&v, sizeof v.sealed, sizeof v.ad);
            parts[p][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static void test_aead_every_truncation_fails(void **state)
{
    (void)state;
    struct vector v;

    vector_make(&v);
    for (size_t n = 0; n < sizeof v.sealed; n++)
        fails(&v, n, sizeof v.ad);
    for (size_t n = 0; n < sizeof v.ad; n++)
        fails(&v, sizeof v.sealed, n);
}

static void test_aead_round_trip(void **state)
{
    (void)state;
    uint8_t key[32] = {7}, in[300], out[300], a[300 + KEEP_AEAD_OVERHEAD], b[300 + KEEP_AEAD_OVERHEAD];

    memset(in, 0x5a, sizeof in);
    for (size_t n = 0; n <= sizeof in; n += n < 20 ? 1 : 70) {
        keep_aead_seal(a, in, n, "ad", 2, key);
        keep_aead_seal(b, in, n, "ad", 2, key);
        assert_memory_not_equal(a, b, KEEP_AEAD_NONCE); /* a fresh nonce each time */
        assert_int_equal(keep_aead_open(out, a, n + KEEP_AEAD_OVERHEAD, "ad", 2, key), 0);
        assert_memory_equal(out, in, n);
    }
}

static void test_aead_detached_in_place(void **state)
{
    (void)state;
    uint8_t key[32] = {9}, page[4096], nonce[24], tag[16];

    memset(page, 0x11, sizeof page);
    keep_aead_seal_detached(page, nonce, tag, page, sizeof page, "page 1", 6, key);
    assert_int_equal(keep_aead_open_detached(page, nonce, tag, page, sizeof page, "page 1", 6, key), 0);
    for (size_t i = 0; i < sizeof page; i++)
        assert_int_equal(page[i], 0x11);
    keep_aead_seal_detached(page, nonce, tag, page, sizeof page, "page 1", 6, key);
    assert_int_equal(keep_aead_open_detached(page, nonce, tag, page, sizeof page, "page 2", 6, key), KEEP_E_INTEGRITY);
    for (size_t i = 0; i < sizeof page; i++)
        assert_int_equal(page[i], 0);
}

/* --- against libsodium, which is the reference: both directions, on both sides of every border --- */

static const size_t sizes[] = {0, 1, 15, 16, 17, 63, 64, 65, 1000, 2047, 2048, 2049, 2063, 2064, 4055, 4056, 4096, 65535, 65536, 65537, 300001};
enum { SIZES = sizeof sizes / sizeof *sizes, MOST = 300001 };
static const size_t ads[] = {0, 1, 12, 16, 48, 100};

struct room {
    uint8_t key[32], ad[100], plain[MOST], sealed[MOST + KEEP_AEAD_OVERHEAD], out[MOST + 1];
};

static struct room *room_new(void)
{
    struct room *r = calloc(1, sizeof *r);

    assert_non_null(r);
    randombytes_buf(r->key, sizeof r->key);
    randombytes_buf(r->ad, sizeof r->ad);
    randombytes_buf(r->plain, sizeof r->plain);
    return r;
}

static void test_aead_libsodium_opens_what_is_sealed(void **state)
{
    (void)state;
    struct room *r = room_new();

    for (size_t i = 0; i < SIZES; i++) {
        for (size_t k = 0; k < sizeof ads / sizeof *ads; k++) {
            size_t n = sizes[i];
            keep_aead_seal(r->sealed, r->plain, n, ads[k] ? r->ad : NULL, ads[k], r->key);
            memset(r->out, 0xaa, sizeof r->out);
            assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(r->out, NULL, NULL, r->sealed + KEEP_AEAD_NONCE, n + KEEP_AEAD_TAG, r->ad, ads[k], r->sealed, r->key), 0);
            assert_memory_equal(r->out, r->plain, n);
            assert_int_equal(r->out[n], 0xaa);
        }
    }
    free(r);
}

static void test_aead_what_libsodium_seals_is_opened(void **state)
{
    (void)state;
    struct room *r = room_new();

    for (size_t i = 0; i < SIZES; i++) {
        for (size_t k = 0; k < sizeof ads / sizeof *ads; k++) {
            size_t n = sizes[i];
            randombytes_buf(r->sealed, KEEP_AEAD_NONCE);
            crypto_aead_xchacha20poly1305_ietf_encrypt(r->sealed + KEEP_AEAD_NONCE, NULL, r->plain, n, r->ad, ads[k], NULL, r->sealed, r->key);
            memset(r->out, 0xaa, sizeof r->out);
            assert_int_equal(keep_aead_open(r->out, r->sealed, n + KEEP_AEAD_OVERHEAD, ads[k] ? r->ad : NULL, ads[k], r->key), 0);
            assert_memory_equal(r->out, r->plain, n);
            assert_int_equal(r->out[n], 0xaa); /* and not a byte past it */
        }
    }
    free(r);
}

static void page_fails(struct room *r, size_t n, size_t adlen)
{
    memset(r->out, 0xaa, n + 1);
    assert_int_equal(keep_aead_open(r->out, r->sealed, n + KEEP_AEAD_OVERHEAD, r->ad, adlen, r->key), KEEP_E_INTEGRITY);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(r->out[i], 0);
    assert_int_equal(r->out[n], 0xaa);
}

/* Flips one bit of the byte and sees the opening fail. */
static void flipped(struct room *r, uint8_t *byte, size_t n)
{
    uint8_t bit = (uint8_t)(1 << (size_t)byte % 8);

    *byte ^= bit;
    page_fails(r, n, 48);
    *byte ^= bit;
}

/* Every byte of nonce, tag, associated data and key, and some all over the text, of a page and of a chunk. */
static void test_aead_every_altered_byte_of_a_page_fails(void **state)
{
    (void)state;
    static const size_t pages[] = {4056, 65536};
    struct room *r = room_new();

    for (int p = 0; p < 2; p++) {
        size_t n = pages[p];
        keep_aead_seal(r->sealed, r->plain, n, r->ad, 48, r->key);
        for (size_t i = 0; i < KEEP_AEAD_NONCE; i++)
            flipped(r, r->sealed + i, n);
        for (size_t at = 0; at < n; at += n / 16)
            flipped(r, r->sealed + KEEP_AEAD_NONCE + at, n);
        for (size_t i = 0; i <= KEEP_AEAD_TAG; i++)
            flipped(r, r->sealed + KEEP_AEAD_NONCE + n - 1 + i, n);
        for (size_t i = 0; i < 48; i++)
            flipped(r, r->ad + i, n);
        for (size_t i = 0; i < sizeof r->key; i++)
            flipped(r, r->key + i, n);
        page_fails(r, n, 47);
        page_fails(r, n, 0);
        assert_int_equal(keep_aead_open(r->out, r->sealed, n + KEEP_AEAD_OVERHEAD, r->ad, 48, r->key), 0);
    }
    free(r);
}

static void *turns(void *ctx)
{
    struct room *r = room_new();
    uint8_t *page = r->sealed;
    bool ok = true;

    for (int i = 0; i < 200; i++) {
        keep_aead_seal(page, r->plain, 4056, r->ad, 30, r->key);
        ok = ok && keep_aead_open(r->out, page, 4056 + KEEP_AEAD_OVERHEAD, r->ad, 30, r->key) == 0 && memcmp(r->out, r->plain, 4056) == 0;
    }
    *(bool *)ctx = ok;
    free(r);
    return NULL;
}

static void test_aead_threads_side_by_side(void **state)
{
    (void)state;
    pthread_t t[4];
    bool ok[4] = {false};

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, turns, &ok[i]), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
        assert_true(ok[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aead_draft_vector),
        cmocka_unit_test(test_aead_every_altered_bit_fails),
        cmocka_unit_test(test_aead_every_truncation_fails),
        cmocka_unit_test(test_aead_round_trip),
        cmocka_unit_test(test_aead_detached_in_place),
        cmocka_unit_test(test_aead_libsodium_opens_what_is_sealed),
        cmocka_unit_test(test_aead_what_libsodium_seals_is_opened),
        cmocka_unit_test(test_aead_every_altered_byte_of_a_page_fails),
        cmocka_unit_test(test_aead_threads_side_by_side),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
