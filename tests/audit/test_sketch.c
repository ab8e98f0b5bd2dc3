/* Goal: no key is ever told to have come less often than it did, alone or merged, and with room few come out as more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/audit/sketch.h"

enum { KEYS = 5000 };

static uint32_t times(uint32_t key)
{
    return key % 7 == 0 ? 300 : key % 5;
}

static void fill(struct keep_sketch *s, uint32_t part, uint32_t parts)
{
    for (uint32_t k = 0; k < KEYS; k++)
        for (uint32_t i = 0; i < times(k); i++)
            if ((k + i) % parts == part)
                keep_sketch_add(s, keep_sketch_hash(k), k / 3);
}

static void test_sketch_never_tells_less(void **state)
{
    struct keep_sketch s, part[3];
    uint32_t more = 0;
    (void)state;
    assert_int_equal(keep_sketch_init(&s, 15, 0), 0);
    fill(&s, 0, 1);
    for (uint32_t k = 0; k < KEYS; k++) {
        uint32_t have = keep_sketch_get(&s, keep_sketch_hash(k), k / 3), want = times(k) < KEEP_SKETCH_FULL ? times(k) : KEEP_SKETCH_FULL;
        assert_true(have >= want);
        more += have > want;
    }
    assert_true(more < KEYS / 5);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(keep_sketch_init(&part[i], 15, 0), 0);
        fill(&part[i], i, 3);
    }
    keep_sketch_merge(&part[0], &part[1]);
    keep_sketch_merge(&part[0], &part[2]);
    assert_memory_equal(part[0].cell, s.cell, (size_t)1 << 15);
    for (uint32_t i = 0; i < 3; i++)
        keep_sketch_done(&part[i]);
    keep_sketch_done(&s);
}

static void test_sketch_counts_one_key_exactly(void **state)
{
    struct keep_sketch s;
    (void)state;
    assert_int_equal(keep_sketch_init(&s, 4, 0), 0);
    for (uint32_t i = 1; i <= 260; i++) {
        keep_sketch_add(&s, keep_sketch_hash(9), 9);
        assert_int_equal(keep_sketch_get(&s, keep_sketch_hash(9), 9), i < KEEP_SKETCH_FULL ? i : KEEP_SKETCH_FULL);
    }
    keep_sketch_done(&s);
}

/* Each key and stretch by itself, as far apart as there is room; beyond it with those that share the cell. */
static void test_sketch_of_numbered_keys(void **state)
{
    enum { USERS = 100 };
    struct keep_sketch s, part[2];
    (void)state;
    assert_int_equal(keep_sketch_init(&s, 12, USERS), 0);
    assert_int_equal(s.stretches, 32);
    for (int i = 0; i < 2; i++)
        assert_int_equal(keep_sketch_init(&part[i], 12, USERS), 0);
    for (uint32_t u = 0; u < USERS; u++)
        for (uint32_t t = 0; t < 32; t++)
            for (uint32_t i = 0; i < (u * t) % 6; i++) {
                keep_sketch_add(&s, u, UINT32_MAX - 3 + t); /* numbers wrap */
                keep_sketch_add(&part[i % 2], u, UINT32_MAX - 3 + t);
            }
    for (uint32_t u = 0; u < USERS; u++)
        for (uint32_t t = 0; t < 32; t++)
            assert_int_equal(keep_sketch_get(&s, u, UINT32_MAX - 3 + t), (u * t) % 6);
    keep_sketch_merge(&part[0], &part[1]);
    assert_memory_equal(part[0].cell, s.cell, s.cells);
    assert_int_equal(keep_sketch_most(&s), 5);
    keep_sketch_add(&s, 7, 1);
    keep_sketch_add(&s, 7, 33);
    assert_int_equal(keep_sketch_get(&s, 7, 1), 7 * 5 % 6 + 2);
    for (int i = 0; i < 2; i++)
        keep_sketch_done(&part[i]);
    keep_sketch_done(&s);
}

/* Who could hold so many in two stretches beside each other, and nobody else. */
static void test_sketch_tells_who_could_reach(void **state)
{
    enum { USERS = 300 };
    struct keep_sketch s;
    uint8_t flag[USERS] = {0};
    (void)state;
    assert_int_equal(keep_sketch_init(&s, 4, USERS), 0); /* sixteen stretches at least, however little room */
    assert_int_equal(s.stretches, 16);
    for (int i = 0; i < 5; i++) {
        keep_sketch_add(&s, 10, 7);          /* ten in two neighbours */
        keep_sketch_add(&s, 10, 8);
        keep_sketch_add(&s, 11, 9);          /* ten, but not beside each other */
        keep_sketch_add(&s, 11, 11);
        keep_sketch_add(&s, USERS - 1, 15);  /* ten, the last beside the first */
        keep_sketch_add(&s, USERS - 1, 16);
        keep_sketch_add(&s, 13, 2);          /* ten, three further */
        keep_sketch_add(&s, 13, 5);
    }
    for (int i = 0; i < 300; i++)
        keep_sketch_add(&s, 12, 1);
    keep_sketch_reach(&s, 1, 10, flag);
    for (uint32_t u = 0; u < USERS; u++)
        assert_int_equal(flag[u], u == 10 || u == 12 || u == USERS - 1);
    memset(flag, 0, sizeof flag);
    keep_sketch_reach(&s, 2, 10, flag);
    for (uint32_t u = 0; u < USERS; u++)
        assert_int_equal(flag[u], u == 10 || u == 11 || u == 12 || u == USERS - 1);
    memset(flag, 0, sizeof flag);
    keep_sketch_reach(&s, KEEP_SKETCH_BESIDE, 10, flag);
    for (uint32_t u = 0; u < USERS; u++)
        assert_int_equal(flag[u], (u >= 10 && u <= 13) || u == USERS - 1);
    keep_sketch_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sketch_never_tells_less), cmocka_unit_test(test_sketch_counts_one_key_exactly),
                                       cmocka_unit_test(test_sketch_of_numbered_keys), cmocka_unit_test(test_sketch_tells_who_could_reach)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
