/* Whole strings or nothing, and nothing that wraps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/num.h"

static void test_num_u64(void **state)
{
    static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "18446744073709551616", "99999999999999999999"};
    uint64_t v = 7;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(keep_num_u64(keep_str_of(bad[i]), &v));
        assert_int_equal(v, 7);
    }
    assert_true(keep_num_u64(KEEP_STR("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_true(keep_num_u64(KEEP_STR("0"), &v) && v == 0);
    assert_true(keep_num_u64((struct keep_str){"123456", 3}, &v) && v == 123);
    assert_false(keep_num_u64((struct keep_str){"1\0002", 3}, &v));
}

static void test_num_i64(void **state)
{
    static const char *const bad[] = {"", "-", "--1", "+1", "9223372036854775808", "-9223372036854775809", "- 1"};
    int64_t v = 7;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(keep_num_i64(keep_str_of(bad[i]), &v));
        assert_int_equal(v, 7);
    }
    assert_true(keep_num_i64(KEEP_STR("-9223372036854775808"), &v) && v == INT64_MIN);
    assert_true(keep_num_i64(KEEP_STR("9223372036854775807"), &v) && v == INT64_MAX);
    assert_true(keep_num_i64(KEEP_STR("-0"), &v) && v == 0);
}

static void test_num_overflow(void **state)
{
    size_t v = 7;
    (void)state;
    assert_false(keep_num_add(SIZE_MAX, 1, &v));
    assert_false(keep_num_mul(SIZE_MAX / 2 + 1, 2, &v));
    assert_int_equal(v, 7);
    assert_true(keep_num_add(SIZE_MAX - 1, 1, &v) && v == SIZE_MAX);
    assert_true(keep_num_mul(0, SIZE_MAX, &v) && v == 0);
}

static void test_num_order(void **state)
{
    uint64_t u[] = {UINT64_MAX, 0, 7, (uint64_t)INT64_MAX + 1, 7};
    int64_t i[] = {INT64_MAX, 0, INT64_MIN, -1, 1};
    (void)state;
    qsort(u, 5, sizeof *u, keep_num_by_u64);
    assert_true(u[0] == 0 && u[1] == 7 && u[2] == 7 && u[3] == (uint64_t)INT64_MAX + 1 && u[4] == UINT64_MAX);
    qsort(i, 5, sizeof *i, keep_num_by_i64);
    assert_true(i[0] == INT64_MIN && i[1] == -1 && i[2] == 0 && i[3] == 1 && i[4] == INT64_MAX);
    assert_null(bsearch(&(uint64_t){8}, u, 5, sizeof *u, keep_num_by_u64));
}

static void test_num_sort(void **state)
{
    static uint64_t v[3000], like[3000];
    (void)state;
    for (size_t n = 0; n <= 3000; n = n * 2 + 1) {
        for (size_t i = 0; i < n; i++)
            v[i] = like[i] = (i + 1) * UINT64_C(0x9E3779B97F4A7C15) >> (i % 3 ? 0 : 58); /* some stand twice */
        keep_num_sort(v, n);
        if (n)
            qsort(like, n, sizeof *like, keep_num_by_u64);
        for (size_t i = 0; i < n; i++)
            assert_true(v[i] == like[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_num_u64),
        cmocka_unit_test(test_num_i64),
        cmocka_unit_test(test_num_overflow),
        cmocka_unit_test(test_num_order),
        cmocka_unit_test(test_num_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
