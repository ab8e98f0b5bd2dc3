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
    const struct keep_shade_case c[] = {{8, 1, false}, {0, 3, false}, {6, 2, false}, {3, 1, false}, {4, 1, true}, {5, 1, true}}; /* the uppermost first */
    bool shaded[6];
    (void)state;
    assert_int_equal(keep_shade_find(c, 6, &x, shaded, NULL), 0);
    assert_false(shaded[0]);
    assert_false(shaded[1]); /* two of its three are its own */
    assert_false(shaded[2]);
    assert_true(shaded[3]);
    assert_true(shaded[4]);
    assert_false(shaded[5]);
}

static void test_shade_the_upper_of_two_alike_stands(void **state)
{
    const uint32_t of[] = {0, 1, 0, 1}, pair[2] = {KEEP_SHADE_NONE, KEEP_SHADE_NONE};
    const struct keep_shade_accesses x = {of, 2, pair, 0};
    const struct keep_shade_case c[2] = {{0, 2, false}, {2, 2, false}};
    bool shaded[2];
    (void)state;
    assert_int_equal(keep_shade_find(c, 2, &x, shaded, NULL), 0);
    assert_true(!shaded[0] && shaded[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shade_falls_on_what_shows_nothing_new),
        cmocka_unit_test(test_shade_the_upper_of_two_alike_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
