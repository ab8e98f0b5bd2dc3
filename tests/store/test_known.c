/* Goal: a hash that was added is always among the blocks told, and one that was
 * not nearly never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/known.h"

static uint64_t mix(uint64_t x)
{
    x = (x + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void test_known_tells_blocks(void **state)
{
    struct keep_known k = {0};
    const struct keep_known_block *b;
    uint64_t n = 0, vain = 0;
    (void)state;

    assert_true(keep_known_start(&k, 100000));
    while (!keep_known_full(&k)) {
        assert_true(keep_known_add(&k, mix(n), n + 1, n + 1));
        n++;
    }
    assert_true(n > 84000 && n <= 85000);
    for (uint64_t i = 0; i < n; i++) {
        struct keep_known_probe p = keep_known_ask(&k, mix(i));
        bool there = false;
        while ((b = keep_known_next(&k, &p)) != NULL)
            there = there || (b->first <= i + 1 && i + 1 <= b->last && b->n <= KEEP_SEGMENT_EVENTS);
        assert_true(there);
    }
    for (uint64_t i = n; i < 11 * n; i++) {
        struct keep_known_probe p = keep_known_ask(&k, mix(i));
        while (keep_known_next(&k, &p))
            vain++;
    }
    assert_true(vain < n * 10 / 1000);
    keep_known_free(&k);
}

/* Hashes with the same place, and with no bits at all for a mark. */
static void test_known_crowded(void **state)
{
    struct keep_known k = {0};
    const struct keep_known_block *b = NULL;
    (void)state;

    assert_true(keep_known_start(&k, keep_known_slots(0)));
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(keep_known_add(&k, UINT64_MAX - (i << 16), i, i)); /* the last slots: the search goes on from the front */
    assert_true(keep_known_cut(&k));
    assert_true(keep_known_cut(&k)); /* an empty block is not left behind */
    assert_int_equal(k.blocks, 2);
    assert_true(keep_known_add(&k, (uint64_t)7 << 32, 5000, 5000));
    struct keep_known_probe p = keep_known_ask(&k, (uint64_t)7 << 32);
    while ((b = keep_known_next(&k, &p)) != NULL && b->first != 5000)
        ;
    assert_non_null(b);
    p = keep_known_ask(&k, UINT64_MAX - (999u << 16));
    b = keep_known_next(&k, &p);
    assert_true(b && b->first == 0 && b->last == 999);
    keep_known_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_tells_blocks),
        cmocka_unit_test(test_known_crowded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
