/* Goal: digests of files that come in pieces, through two buffers that are written over by turns, are those of the whole files. */
#include "core/bag/twohash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/crypto/hash.h"

enum { FILES = 200, BUFFER = 4096 };

static uint8_t got[FILES][64];
static size_t told;

static void done(void *ctx, size_t file, const uint8_t sha512[64])
{
    assert_ptr_equal(ctx, got);
    assert_int_equal(file, told++); /* in the order of their ends */
    memcpy(got[file], sha512, 64);
}

/* Byte i of file f. */
static uint8_t byte(size_t f, size_t i)
{
    return (uint8_t)(f * 31 + i * 7 + (i >> 8));
}

static size_t size_of(size_t f)
{
    return f % 5 == 0 ? 0 : f % 7 == 0 ? 3 * BUFFER + f : f * 13 % 700;
}

static void test_twohash_equals_the_whole(void **state)
{
    (void)state;
    static uint8_t buffer[2][BUFFER], whole[4 * BUFFER];
    struct keep_twohash *h = NULL;
    uint8_t sha256[FILES][32], want[64];
    size_t fill = 0, at = 0;
    assert_int_equal(keep_twohash_new(&h, done, got, NULL), 0);
    told = 0;
    for (size_t f = 0; f < FILES; f++) {
        for (size_t i = 0; i < size_of(f);) {
            if (at == BUFFER) {
                keep_twohash_turn(h);
                fill++;
                at = 0;
            }
            size_t n = size_of(f) - i < BUFFER - at ? size_of(f) - i : BUFFER - at;
            for (size_t k = 0; k < n; k++)
                buffer[fill % 2][at + k] = byte(f, i + k);
            assert_int_equal(keep_twohash_add(h, buffer[fill % 2] + at, n, NULL), 0);
            at += n;
            i += n;
        }
        assert_int_equal(keep_twohash_end(h, f, sha256[f], NULL), 0);
        if (f == FILES / 2) {
            assert_int_equal(keep_twohash_settle(h, NULL), 0);
            assert_int_equal(told, f + 1);
        }
    }
    assert_true(told < FILES);
    assert_int_equal(keep_twohash_settle(h, NULL), 0);
    assert_int_equal(told, FILES);
    for (size_t f = 0; f < FILES; f++) {
        for (size_t i = 0; i < size_of(f); i++)
            whole[i] = byte(f, i);
        keep_sha512(want, whole, size_of(f));
        assert_memory_equal(got[f], want, 64);
        keep_sha256(want, whole, size_of(f));
        assert_memory_equal(sha256[f], want, 32);
    }
    keep_twohash_free(h);
}

/* Left in the middle: nothing is told any more, and nothing is read once it is freed. */
static void test_twohash_can_be_left(void **state)
{
    (void)state;
    uint8_t *p = calloc(1, BUFFER), sha256[32];
    struct keep_twohash *h = NULL;
    assert_non_null(p);
    assert_int_equal(keep_twohash_new(&h, done, got, NULL), 0);
    told = 0;
    assert_int_equal(keep_twohash_add(h, p, BUFFER, NULL), 0);
    assert_int_equal(keep_twohash_end(h, 0, sha256, NULL), 0);
    keep_twohash_turn(h);
    assert_int_equal(keep_twohash_add(h, p, BUFFER, NULL), 0);
    keep_twohash_free(h);
    assert_int_equal(told, 0);
    free(p);
    keep_twohash_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twohash_equals_the_whole), cmocka_unit_test(test_twohash_can_be_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
