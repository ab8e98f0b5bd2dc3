#include "tests/audit/town.h"

#include "core/audit/u64map.h"

static void test_u64map_keeps_what_is_put(void **state)
{
    struct keep_u64map m = KEEP_U64MAP_INIT;
    (void)state;
    assert_int_equal(keep_u64map_get(&m, 7), KEEP_U64MAP_NONE);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t *at = keep_u64map_put(&m, keep_u64map_pair(i % 70, i * 64));
        assert_non_null(at);
        assert_int_equal(*at, KEEP_U64MAP_NONE);
        *at = i;
    }
    assert_int_equal(m.n, 5000);
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(keep_u64map_get(&m, keep_u64map_pair(i % 70, i * 64)), i);
    assert_int_equal(keep_u64map_get(&m, keep_u64map_pair(71, 0)), KEEP_U64MAP_NONE);
    keep_u64map_free(&m);
    assert_int_equal(keep_u64map_get(&m, 7), KEEP_U64MAP_NONE);
}

static void test_u64map_put_finds_what_is_there(void **state)
{
    struct keep_u64map m = KEEP_U64MAP_INIT;
    (void)state;
    *keep_u64map_put(&m, UINT64_MAX) = 3;
    *keep_u64map_put(&m, 0) = 4;
    assert_int_equal(*keep_u64map_put(&m, UINT64_MAX), 3);
    assert_int_equal(*keep_u64map_put(&m, 0), 4);
    assert_int_equal(m.n, 2);
    keep_u64map_free(&m);
}

/* What is reserved is not grown again, and what was there stays. */
static void test_u64map_reserves(void **state)
{
    struct keep_u64map m = KEEP_U64MAP_INIT;
    (void)state;
    *keep_u64map_put(&m, 5) = 50;
    assert_int_equal(keep_u64map_reserve(&m, 1000), 0);
    size_t cap = m.cap;
    assert_true(cap >= 2000);
    for (uint32_t i = 0; i < 999; i++)
        *keep_u64map_put(&m, 1000 + i) = i;
    assert_int_equal(m.cap, cap);
    assert_int_equal(keep_u64map_get(&m, 5), 50);
    assert_int_equal(keep_u64map_reserve(&m, 10), 0);
    assert_int_equal(m.cap, cap);
    assert_int_equal(keep_u64map_get(&m, 1998), 998);
    keep_u64map_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_u64map_keeps_what_is_put), cmocka_unit_test(test_u64map_put_finds_what_is_there),
                                       cmocka_unit_test(test_u64map_reserves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
