#include "tests/audit/town.h"

#include "core/audit/places.h"

static void test_places_know_their_events(void **state)
{
    struct town *t = town_new("");
    struct keep_places one = {0}, two = {0}, all = {0}, *both[] = {&one, &two};
    (void)state;
    for (uint32_t i = 0; i < 4000; i++)
        t->ordinal[town_event(t, NOON, 0, 0)] = i < 3000 ? 10 + i : 5000 + 3 * i;
    for (uint32_t from = 0; from < 4000; from += 500) {
        struct keep_events b = town_slice(t, from, 500);
        b.source = 1 + from / 2000;
        assert_int_equal(keep_places_note(from % 1000 ? &one : &two, &b), 0);
    }
    assert_int_equal(keep_places_join(&all, both, 2), 0);
    for (uint32_t i = 0; i < 4000; i++) {
        struct keep_event_id id = keep_places_id(&all, i);
        assert_int_equal(id.source, 1 + i / 2000);
        assert_int_equal(id.ordinal, t->ordinal[i]);
    }
    keep_places_forget(&all);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places_know_their_events)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
