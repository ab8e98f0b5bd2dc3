/* The digests of "abc" and of nothing, as RFC 1321, RFC 3174 and FIPS 180-4 print them; the same in pieces, and again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/codec.h"
#include "core/crypto/digest.h"

static const char *const abc[KEEP_DIGESTS] = {
    "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"};
static const char empty_md5[] = "d41d8cd98f00b204e9800998ecf8427e";

static void test_digest_of_published_texts(void **state)
{
    (void)state;
    struct keep_digest_set *s = NULL;
    uint8_t out[KEEP_DIGESTS][KEEP_DIGEST_MOST];
    char hex[2 * KEEP_DIGEST_MOST + 1];
    assert_int_equal(keep_digest_new(&s, NULL), 0);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(keep_digest_start(s, (1u << KEEP_DIGESTS) - 1, NULL), 0);
        assert_int_equal(keep_digest_add(s, "a", 1, NULL), 0);
        assert_int_equal(keep_digest_add(s, "bc", 2, NULL), 0);
        assert_int_equal(keep_digest_end(s, out, NULL), 0);
        for (int d = 0; d < KEEP_DIGESTS; d++) {
            keep_codec_hex(out[d], keep_digest_size(d), hex);
            assert_string_equal(hex, abc[d]);
        }
    }
    assert_int_equal(keep_digest_start(s, 1u << KEEP_DIGEST_MD5, NULL), 0);
    assert_int_equal(keep_digest_end(s, out, NULL), 0);
    keep_codec_hex(out[KEEP_DIGEST_MD5], 16, hex);
    assert_string_equal(hex, empty_md5);
    keep_digest_free(s);
    keep_digest_free(NULL);
}

static void test_digest_names(void **state)
{
    (void)state;
    for (int d = 0; d < KEEP_DIGESTS; d++)
        assert_int_equal(keep_digest_named(keep_str_of(keep_digest_name(d))), d);
    assert_int_equal(keep_digest_named(KEEP_STR("SHA512")), KEEP_DIGEST_SHA512);
    assert_int_equal(keep_digest_named(KEEP_STR("sha3")), KEEP_DIGESTS);
    assert_int_equal(keep_digest_named(KEEP_STR("sha51")), KEEP_DIGESTS);
    assert_int_equal(keep_digest_named((struct keep_str){NULL, 0}), KEEP_DIGESTS);
    assert_false(keep_digest_strong(KEEP_DIGEST_SHA1));
    assert_true(keep_digest_strong(KEEP_DIGEST_SHA256));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_digest_of_published_texts), cmocka_unit_test(test_digest_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
