/* Goal: the same numbers everywhere and for ever, spread evenly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/demo/chance.h"

/* The first numbers of xoshiro256** from the state {1, 2, 3, 4}, worked out by hand from its definition. */
static void test_chance_is_the_published_generator(void **state)
{
    struct keep_chance c = {{1, 2, 3, 4}};
    (void)state;
    assert_int_equal(keep_chance_next(&c), 11520);
    assert_int_equal(keep_chance_next(&c), 0);
    assert_int_equal(keep_chance_next(&c), 1509978240);
}

static void test_chance_streams_differ(void **state)
{
    struct keep_chance a, b, c, d;
    (void)state;
    keep_chance_init(&a, 1, 1);
    keep_chance_init(&b, 1, 1);
    keep_chance_init(&c, 1, 2);
    keep_chance_init(&d, 2, 1);
    uint64_t x = keep_chance_next(&a);
    assert_true(x == keep_chance_next(&b));
    assert_true(x != keep_chance_next(&c));
    assert_true(x != keep_chance_next(&d));
}

static void test_chance_stays_in_bounds(void **state)
{
    struct keep_chance c;
    uint32_t seen[7] = {0};
    (void)state;
    keep_chance_init(&c, 7, 7);
    for (int i = 0; i < 70000; i++)
        seen[keep_chance_below(&c, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 9500, 10500);
    for (int i = 0; i < 1000; i++) {
        int32_t v = keep_chance_range(&c, -3, 3);
        assert_true(v >= -3 && v <= 3);
    }
    assert_int_equal(keep_chance_below(&c, 0), 0);
    assert_int_equal(keep_chance_below(&c, 1), 0);
    assert_int_equal(keep_chance_range(&c, 5, 4), 5);
    assert_true(keep_chance_range(&c, INT32_MIN, INT32_MAX) <= INT32_MAX);
}

static void test_chance_weighs(void **state)
{
    static const uint8_t weight[] = {0, 30, 0, 10};
    struct keep_chance c;
    uint32_t seen[4] = {0}, yes = 0;
    (void)state;
    keep_chance_init(&c, 3, 3);
    for (int i = 0; i < 40000; i++) {
        seen[keep_chance_weighted(&c, weight, 4)]++;
        yes += keep_chance_per_mille(&c, 250);
    }
    assert_int_equal(seen[0], 0);
    assert_int_equal(seen[2], 0);
    assert_in_range(seen[1], 29000, 31000);
    assert_in_range(yes, 9500, 10500);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void test_chance_scramble_never_meets(void **state)
{
    enum { N = 200000 };
    uint32_t *v = malloc(N * sizeof *v);
    (void)state;
    assert_non_null(v);
    for (uint32_t i = 0; i < N; i++)
        v[i] = keep_chance_scramble(11, i);
    qsort(v, N, sizeof *v, by_value);
    for (uint32_t i = 1; i < N; i++)
        assert_true(v[i] != v[i - 1]);
    assert_true(keep_chance_scramble(11, 5) != keep_chance_scramble(12, 5));
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chance_is_the_published_generator), cmocka_unit_test(test_chance_streams_differ), cmocka_unit_test(test_chance_stays_in_bounds),
        cmocka_unit_test(test_chance_weighs), cmocka_unit_test(test_chance_scramble_never_meets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
