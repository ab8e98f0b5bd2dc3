#include "tests/audit/town.h"

#define COUNT(n, what) "access \"many\" { title \"m\" severity medium weight 60 when event.exposure == \"opened\" per user.id within 1 hour count " what " >= " n      \
    " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{user.name}: {count} of {limit}, {first.time} to {last.time}\" }\n"
#define MINUTE (60 * KEEP_USEC)

static void test_window_counts_distinct_values_in_any_hour(void **state)
{
    struct town *t = town_new(COUNT("4", "distinct event.patient_id"));
    uint32_t w = town_worker(t, "W", "");
    (void)state;
    for (uint32_t i = 0; i < 8; i++)
        town_patient(t, "P");
    for (uint32_t i = 0; i < 4; i++) /* four within exactly an hour, over the edge of a clock hour */
        town_event(t, NOON + (keep_time)i * 20 * MINUTE + 7, w, i);
    for (uint32_t i = 0; i < 20; i++) /* one chart twenty times, much later */
        town_event(t, NOON + 10 * HOUR + i * MINUTE, w, 5);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 4);
    assert_int_equal(r.access[0].cases, 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_FLAGGED], 4);
    assert_str(r.cases[0].rule, "many");
    assert_int_equal(r.cases[0].patient, KEEP_ID_NONE);
    assert_int_equal(r.cases[0].worker, w);
    assert_str(r.cases[0].sentence, "W: 4 of 4, 2024-10-04T12:00:00.000007Z to 2024-10-04T13:00:00.000007Z");
    t->time[3] += 1; /* a microsecond too far apart */
    r = town_audit(t);
    assert_int_equal(r.access[0].fired, 0);
    town_free(t);
}

static void test_window_counts_events(void **state)
{
    struct town *t = town_new(COUNT("3", ""));
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    (void)state;
    town_event(t, NOON, w, p);
    town_event(t, NOON + 1, v, p);
    town_event(t, NOON + 2, w, p);
    town_event(t, NOON + 3, v, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 0); /* two each */
    t->exposure[town_event(t, NOON + 4, w, p)] = KEEP_EXPOSURE_LISTED;
    assert_int_equal(town_audit(t).access[0].fired, 0); /* a list opens nothing */
    town_event(t, NOON + 5, w, p);
    r = town_audit(t);
    assert_int_equal(r.access[0].fired, 3);
    town_free(t);
}

static void test_window_makes_one_run_of_windows_that_overlap(void **state)
{
    struct town *t = town_new(COUNT("3", ""));
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    for (int i = 0; i < 6; i++)
        town_event(t, NOON + i * 25 * MINUTE, w, p); /* any three within 50 minutes; six in a chain */
    for (int i = 0; i < 3; i++)
        town_event(t, NOON + 9 * HOUR + i, w, p);
    town_event(t, NOON + 20 * HOUR, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].cases, 2);
    assert_int_equal(r.access[0].fired, 9);
    assert_int_equal(r.cases[0].events, 6);
    assert_int_equal(r.cases[1].events, 3);
    assert_int_equal(r.verdicts[KEEP_VERDICT_UNEXPLAINED], 1);
    town_free(t);
}

static void test_window_puts_an_event_into_the_runs_of_several_rules(void **state)
{
    struct town *t = town_new(COUNT("3", "") "access \"few\" { title \"f\" severity low weight 20 when user.name == \"W\" per user.id within 10 minutes count >= 2 "
                                             "authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"e\" }\n");
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    for (int i = 0; i < 3; i++)
        town_event(t, NOON + i * 10 * MINUTE, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 3);
    assert_int_equal(r.access[1].fired, 3);
    assert_int_equal(r.case_n, 2);
    assert_int_equal(r.verdicts[KEEP_VERDICT_FLAGGED], 3);
    town_free(t);
}

static uint64_t seed = 5;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((seed >> 33) % n);
}

/* Is event i in any window of an hour, ending at some event, with at least four of the user's patients? */
static bool naive(const struct town *t, uint32_t i)
{
    for (uint32_t end = 0; end < t->n; end++) {
        uint32_t seen = 0;
        if (t->account[end] != t->account[i] || t->time[end] < t->time[i] || t->time[end] - t->time[i] > HOUR)
            continue;
        for (uint32_t k = 0; k < t->n; k++)
            if (t->account[k] == t->account[i] && t->time[k] <= t->time[end] && t->time[end] - t->time[k] <= HOUR)
                seen |= 1u << t->patient[k];
        if (__builtin_popcount(seen) >= 4)
            return true;
    }
    return false;
}

static void test_window_agrees_with_a_plain_search(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct town *t = town_new(COUNT("4", "distinct event.patient_id"));
        uint64_t want = 0;
        for (int i = 0; i < 10; i++)
            town_patient(t, "P");
        for (int i = 0; i < 3; i++)
            town_worker(t, "W", "");
        for (int i = 0; i < 120; i++)
            town_event(t, NOON + (keep_time)below(24 * 60) * MINUTE, below(3), below(10));
        for (uint32_t i = 0; i < t->n; i++)
            want += naive(t, i);
        assert_int_equal(town_audit(t).access[0].fired, want);
        town_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_counts_distinct_values_in_any_hour), cmocka_unit_test(test_window_counts_events),
        cmocka_unit_test(test_window_makes_one_run_of_windows_that_overlap), cmocka_unit_test(test_window_puts_an_event_into_the_runs_of_several_rules),
        cmocka_unit_test(test_window_agrees_with_a_plain_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
