/* Goal: a list holds exactly the ids it was made of, is small, and is refused when damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/store/present.h"

static uint64_t seed = 11;

static uint32_t below(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 32) * n >> 32);
}

static void test_present_holds_what_was_listed(void **state)
{
    static const uint32_t range[] = {1, 2, 40, 3000, 1000000, UINT32_MAX};
    static uint32_t id[KEEP_SEGMENT_EVENTS], copy[KEEP_SEGMENT_EVENTS];

    (void)state;
    for (int round = 0; round < 60; round++) {
        uint32_t r = range[round % 6], n = round < 12 ? (uint32_t)round : 1 + below(2000);
        struct keep_buf list = KEEP_BUF_INIT;
        for (uint32_t i = 0; i < n; i++)
            copy[i] = id[i] = below(r);
        keep_present_list(copy, n, &list);
        for (uint32_t t = 0; t < 300; t++) {
            uint32_t want = t < n ? id[t] : below(r), in = 0;
            for (uint32_t i = 0; i < n; i++)
                in |= id[i] == want && want != 0;
            assert_int_equal(keep_present_has(list.p, list.n, &want, 1, NULL), in);
        }
        assert_int_equal(keep_present_has(list.p, list.n, copy, 0, NULL), 0);
        keep_buf_free(&list);
    }
}

static void test_present_finds_any_of_several(void **state)
{
    uint32_t id[] = {9, 4, 4, 0, 70, 1000};
    struct keep_buf list = KEEP_BUF_INIT;

    (void)state;
    keep_present_list(id, 6, &list);
    assert_int_equal(keep_present_has(list.p, list.n, (const uint32_t[]){1, 5, 70}, 3, NULL), 1);
    assert_int_equal(keep_present_has(list.p, list.n, (const uint32_t[]){1, 5, 71, 2000}, 4, NULL), 0);
    assert_int_equal(keep_present_has(list.p, list.n, (const uint32_t[]){0, 1000}, 2, NULL), 1);
    keep_buf_free(&list);
}

/* A day of 5,000 patients out of a million: under a byte and three quarters each. */
static void test_present_is_small(void **state)
{
    static uint32_t id[5000];
    struct keep_buf list = KEEP_BUF_INIT;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        id[i] = below(1000000);
    keep_present_list(id, 5000, &list);
    assert_true(list.n < 5000 * 7 / 4);
    keep_buf_free(&list);
}

static void test_present_refuses_damage(void **state)
{
    uint32_t id[] = {1, 100, 200};
    struct keep_buf list = KEEP_BUF_INIT;
    struct keep_err err = {0};
    uint32_t want = 200;

    (void)state;
    keep_present_list(id, 3, &list);
    for (size_t n = 0; n < list.n; n++)
        assert_int_equal(keep_present_has(list.p, n, &want, 1, &err), KEEP_E_INTEGRITY);
    list.p[8] = 33;
    assert_int_equal(keep_present_has(list.p, list.n, &want, 1, &err), KEEP_E_INTEGRITY);
    list.p[8] = 7;
    list.p[2] = 1;
    assert_int_equal(keep_present_has(list.p, list.n, &want, 1, &err), KEEP_E_INTEGRITY);
    keep_buf_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_present_holds_what_was_listed),
        cmocka_unit_test(test_present_finds_any_of_several),
        cmocka_unit_test(test_present_is_small),
        cmocka_unit_test(test_present_refuses_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
