#include "tests/audit/town.h"

#include "core/audit/states.h"

static void test_states_keep_equal_ones_once(void **state)
{
    const struct keep_conjunct_left open[] = {{3, 0, 5}}, maybe[] = {{1, 0, 1}, {70, 4, 2}};
    const uint32_t fire[] = {2, 9}, unable[] = {1 << 8 | 5}, unknown[] = {7, 8, 9};
    const uint64_t later[3] = {4, 0, 8}, none[3] = {0};
    const struct keep_state one = {.expected = -1, .later = later, .opens = 1, .maybes = 2, .fires = 2, .unables = 1, .unknowns = 3, .open = open, .maybe = maybe, .fire = fire, .unable = unable, .unknown = unknown};
    struct keep_state other = one;
    struct keep_states s;
    uint32_t a, b, c;
    (void)state;
    assert_int_equal(keep_states_init(&s, 130), 0);
    assert_int_equal(keep_states_intern(&s, &one, &a), 0);
    for (uint32_t i = 0; i < 200; i++) { /* many others between, and their table moves */
        const uint32_t n = i;
        other = (struct keep_state){.expected = (int32_t)i, .later = none, .fires = 1, .fire = &n};
        assert_int_equal(keep_states_intern(&s, &other, &b), 0);
    }
    assert_int_equal(keep_states_intern(&s, &one, &c), 0);
    assert_int_equal(a, c);
    assert_int_equal(s.n, 201);
    const struct keep_state *have = &s.state[a];
    assert_memory_equal(have->open, open, sizeof open);
    assert_memory_equal(have->maybe, maybe, sizeof maybe);
    assert_memory_equal(have->fire, fire, sizeof fire);
    assert_memory_equal(have->unable, unable, sizeof unable);
    assert_memory_equal(have->unknown, unknown, sizeof unknown);
    assert_memory_equal(have->later, later, sizeof later);
    assert_true(have->maybes_set[0] == (2 | 4) && have->maybes_set[1] == 64 && have->maybes_set[2] == 8);
    other = one;
    other.later = none;
    assert_int_equal(keep_states_intern(&s, &other, &b), 0);
    assert_int_not_equal(a, b);
    other = one;
    other.fires = 1; /* the lists are as long in words */
    assert_int_equal(keep_states_intern(&s, &other, &b), 0);
    assert_int_not_equal(a, b);
    keep_states_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_states_keep_equal_ones_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
