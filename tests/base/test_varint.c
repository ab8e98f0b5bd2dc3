/* Numbers come back at the ends of every length; what is cut off, or too great, is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/varint.h"

static void test_varint_round_trips(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit <= 64; bit++)
        for (int off = -1; off <= 1; off++) {
            uint64_t v = (bit < 64 ? UINT64_C(1) << bit : 0) + (uint64_t)off, back = 0;
            unsigned char b[KEEP_VARINT_MOST];
            unsigned length = 1;
            for (uint64_t left = v; left >>= 7;)
                length++;
            const unsigned char *end = keep_varint_put(b, v), *at = b;
            assert_int_equal(end - b, length);
            for (const unsigned char *cut = b; cut < end; cut++) {
                assert_false(keep_varint_get(&at, cut, &back));
                assert_ptr_equal(at, b);
            }
            assert_true(keep_varint_get(&at, end, &back) && back == v);
            assert_ptr_equal(at, end);
        }
}

static void test_varint_refuses_what_does_not_fit(void **state)
{
    unsigned char b[KEEP_VARINT_MOST + 1];
    const unsigned char *at = b;
    uint64_t v = 7;
    (void)state;
    memset(b, 0xff, sizeof b);
    assert_false(keep_varint_get(&at, b + sizeof b, &v));
    b[9] = 2;
    assert_false(keep_varint_get(&at, b + sizeof b, &v));
    b[9] = 0x81;
    assert_false(keep_varint_get(&at, b + sizeof b, &v));
    assert_true(at == b && v == 7);
    b[9] = 1;
    assert_true(keep_varint_get(&at, b + sizeof b, &v) && v == UINT64_MAX && at == b + 10);
}

static void test_varint_folds_signs(void **state)
{
    static const int64_t signs[] = {0, -1, 1, -2, 2};
    (void)state;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        assert_true(keep_varint_fold(signs[i]) == i);
        assert_true(keep_varint_unfold(i) == signs[i]);
    }
    assert_true(keep_varint_unfold(keep_varint_fold(INT64_MIN)) == INT64_MIN && keep_varint_unfold(keep_varint_fold(INT64_MAX)) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_varint_round_trips),
        cmocka_unit_test(test_varint_refuses_what_does_not_fit),
        cmocka_unit_test(test_varint_folds_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
