#include "tests/audit/town.h"

#include "core/audit/shade.h"

static void test_shade_falls_on_what_shows_nothing_new(void **state)
{
    enum { A, B, C, UNEXPLAINED, OTHER, LATER, ACCESSES };
    const uint32_t of[] = {
        A, B, C,       /* a run of three charts */
        B,             /* one of them, by a rule of less weight */
        UNEXPLAINED,   /* the same two people, another access */
        OTHER,         /* somebody else: unexplained */
        C, LATER,      /* one of the run and one more, by a rule */
        A,             /* of more weight than the run */
    };
    const uint32_t pair[ACCESSES] = {KEEP_SHADE_NONE, 0, KEEP_SHADE_NONE, 0, 1, KEEP_SHADE_NONE};
    const struct keep_shade_accesses x = {of, ACCESSES, pair, 2};
    const struct keep_shade_case c[] = {
        {60, 1, false, 100, 1, 1, 0, 3, 0}, {30, 1, false, 100, 1, 2, 3, 1, 0}, {10, 0, true, 200, 1, 9, 4, 1, 0},
        {10, 0, true, 200, 1, 10, 5, 1, 0}, {50, 1, false, 100, 1, 3, 6, 2, 0}, {120, 2, false, 100, 1, 1, 8, 1, 0},
    };
    bool shaded[6];
    (void)state;
    assert_int_equal(keep_shade_find(c, 6, &x, shaded, NULL), 0);
    assert_false(shaded[0]); /* two of its three are its own */
    assert_true(shaded[1]);
    assert_true(shaded[2]);
    assert_false(shaded[3]);
    assert_false(shaded[4]);
    assert_false(shaded[5]);
}

/* Of two cases alike the earlier stands; the order of the array changes nothing. */
static void test_shade_is_the_same_in_any_order(void **state)
{
    const uint32_t of[] = {0, 1, 0, 1}, pair[2] = {KEEP_SHADE_NONE, KEEP_SHADE_NONE};
    const struct keep_shade_accesses x = {of, 2, pair, 0};
    const struct keep_shade_case c[2] = {{60, 1, false, 100, 1, 1, 0, 2, 0}, {60, 2, false, 100, 1, 1, 2, 2, 0}}, d[2] = {c[1], c[0]};
    bool a[2], b[2];
    (void)state;
    assert_int_equal(keep_shade_find(c, 2, &x, a, NULL), 0);
    assert_int_equal(keep_shade_find(d, 2, &x, b, NULL), 0);
    assert_true(a[0] && !a[1] && !b[0] && b[1]);
    const struct keep_shade_case e[2] = {{60, 1, false, 100, 1, 1, 0, 2, 8}, {60, 1, false, 100, 1, 1, 2, 2, 5}}, f[2] = {e[1], e[0]}; /* of two rules */
    assert_int_equal(keep_shade_find(e, 2, &x, a, NULL), 0);
    assert_int_equal(keep_shade_find(f, 2, &x, b, NULL), 0);
    assert_true(a[0] && !a[1] && !b[0] && b[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shade_falls_on_what_shows_nothing_new),
        cmocka_unit_test(test_shade_is_the_same_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
