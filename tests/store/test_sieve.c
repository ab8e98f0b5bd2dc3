/* What was put into a sieve is never denied; what was not is seldom claimed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/sieve.h"

/* splitmix64; with an odd step for numbers in a row as well, as ids are. */
static uint64_t hash_of(uint64_t i)
{
    uint64_t z = i * 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    return z ^ z >> 27;
}

static void test_sieve_claims(void **state)
{
    (void)state;
    struct keep_sieve *s = NULL;
    uint64_t claimed = 0;

    assert_int_equal(keep_sieve_new(&s, NULL), 0);
    assert_false(keep_sieve_may(s, 1));
    for (uint64_t i = 0; i < 1000000; i++)
        keep_sieve_add(s, hash_of(i));
    for (uint64_t i = 0; i < 1000000; i++)
        assert_true(keep_sieve_may(s, hash_of(i)));
    for (uint64_t i = 1000000; i < 2000000; i++)
        claimed += keep_sieve_may(s, hash_of(i));
    assert_in_range(claimed, 1, 50000);
    keep_sieve_free(s);
    keep_sieve_free(NULL);
}

/* Hashes that are a few numbers in a row, or differ in their high bits alone, spread as well. */
static void test_sieve_spreads(void **state)
{
    (void)state;
    struct keep_sieve *s = NULL;
    uint64_t claimed = 0;

    assert_int_equal(keep_sieve_new(&s, NULL), 0);
    for (uint64_t i = 0; i < 100000; i++)
        keep_sieve_add(s, i), keep_sieve_add(s, i << 40);
    for (uint64_t i = 100000; i < 200000; i++)
        claimed += keep_sieve_may(s, i) + keep_sieve_may(s, i << 40);
    assert_in_range(claimed, 0, 2000);
    keep_sieve_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sieve_claims),
        cmocka_unit_test(test_sieve_spreads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
