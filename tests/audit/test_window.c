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

/* ---- against a plain search over all windows ---- */

struct plain {
    const char *per, *what;
    int limit, days;
};

static uint32_t value(const struct town *t, const char *field, uint32_t i)
{
    return !strcmp(field, "user.id") || !strcmp(field, "user.login") ? t->account[i] : !strcmp(field, "event.patient_id") ? t->patient[i] : !strcmp(field, "event.place")
           ? t->place[i] : !strcmp(field, "event.unit") ? t->unit[i] : (uint32_t)(t->time[i] / DAY);
}

static bool same_key(const struct town *t, const struct plain *r, uint32_t a, uint32_t b)
{
    char per[64], *rest = per;
    snprintf(per, sizeof per, "%s", r->per);
    for (char *f; (f = strtok_r(rest, ", ", &rest));)
        if (value(t, f, a) != value(t, f, b) || value(t, f, a) == KEEP_ID_NONE)
            return false;
    return true;
}

static bool counted(const struct town *t, const struct plain *r, uint32_t i)
{
    return !r->what || value(t, r->what, i) != KEEP_ID_NONE;
}

static uint32_t root(const uint32_t *up, uint32_t i)
{
    while (up[i] != i)
        i = up[i];
    return i;
}

/* Every window that ends at an event: those that reach the limit are joined where they share one. run[i]: UINT32_MAX in none. */
static void plainly(const struct town *t, const struct plain *r, uint32_t *run)
{
    uint32_t up[TOWN_EVENTS], in[TOWN_EVENTS];
    bool hit[TOWN_EVENTS] = {false};
    for (uint32_t i = 0; i < t->n; i++)
        up[i] = i;
    for (uint32_t end = 0; end < t->n; end++) {
        uint32_t n = 0, distinct = 0;
        for (uint32_t k = 0; k < t->n; k++)
            if (same_key(t, r, k, end) && counted(t, r, k) && t->time[k] <= t->time[end] && t->time[end] - t->time[k] <= r->days * DAY)
                in[n++] = k;
        for (uint32_t a = 0; a < n; a++) {
            bool again = false;
            for (uint32_t b = 0; b < a && r->what; b++)
                again |= value(t, r->what, in[a]) == value(t, r->what, in[b]);
            distinct += !again;
        }
        for (uint32_t a = 0; a < n && distinct >= (uint32_t)r->limit; a++) {
            hit[in[a]] = true;
            up[root(up, in[a])] = root(up, in[0]);
        }
    }
    for (uint32_t i = 0; i < t->n; i++)
        run[i] = hit[i] ? root(up, i) : UINT32_MAX;
}

static uint32_t event_of(const struct town *t, struct keep_event_id id)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->ordinal[i] == id.ordinal)
            return i;
    fail();
    return 0;
}

static void agree(const struct town *t, const struct keep_audit_result *r, const uint32_t *run)
{
    uint64_t want = 0, have = 0;
    for (uint32_t i = 0; i < t->n; i++)
        want += run[i] != UINT32_MAX;
    for (size_t c = 0; c < r->case_n; c++) {
        const struct keep_case *k = &r->cases[c];
        if (!keep_str_is(k->rule, "many"))
            continue;
        uint32_t first = event_of(t, k->event[0]), size = 0;
        for (uint32_t i = 0; i < t->n; i++)
            size += run[i] == run[first];
        assert_int_equal(k->events, size);
        for (size_t e = 0; e < k->events; e++)
            assert_int_equal(run[event_of(t, k->event[e])], run[first]);
        assert_true(run[first] != UINT32_MAX);
        have += k->events;
    }
    assert_int_equal(have, want);
}

static void test_window_agrees_with_a_plain_search(void **state)
{
    static const struct plain rules[] = {
        {"user.id", "event.patient_id", 4, 1}, {"user.login", NULL, 7, 1}, {"event.patient_id", "user.id", 3, 1}, {"user.id, event.patient_id", "event.day", 3, 9},
        {"event.patient_id, user.id", NULL, 3, 9}, {"event.place", "user.id", 3, 1}, {"user.id", "event.place", 3, 2}, {"event.unit, event.place", "user.login", 3, 30},
        {"user.id", "event.day", 4, 4}, {"event.patient_id", "event.unit", 2, 2}, {"user.id", NULL, 300, 400}};
    uint64_t fired = 0;
    (void)state;
    for (int round = 0; round < 55; round++) {
        const struct plain *r = &rules[(size_t)round % (sizeof rules / sizeof *rules)];
        char text[1024];
        uint32_t run[TOWN_EVENTS];
        snprintf(text, sizeof text, "access \"many\" { title \"m\" severity medium weight 60 when event.exposure == \"opened\" per %s within %d days count %s%s >= %d "
                 "authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{count} of {limit} on {event.day}\" }\n",
                 r->per, r->days, r->what ? "distinct " : "", r->what ? r->what : "", r->limit);
        struct town *t = town_new(text);
        for (int i = 0; i < 8; i++)
            town_patient(t, "P");
        for (int i = 0; i < 4; i++)
            town_worker(t, "W", "");
        uint32_t term[3] = {town_term(t, "a"), town_term(t, "b"), town_term(t, "c")};
        for (int i = 0; i < (r->limit > 100 ? 1300 : 160); i++) {
            uint32_t e = town_event(t, NOON + (keep_time)below(24 * 20) * HOUR, below(4), below(9));
            t->patient[e] = t->patient[e] == 8 ? KEEP_ID_NONE : t->patient[e];
            t->place[e] = below(8) ? term[below(3)] : KEEP_ID_NONE;
            t->unit[e] = term[below(2)];
        }
        plainly(t, r, run);
        struct keep_audit_result a = town_audit(t);
        agree(t, &a, run);
        fired += a.access[0].fired;
        t->batch = 7;
        assert_int_equal(town_audit(t).access[0].fired, a.access[0].fired);
        town_free(t);
    }
    assert_true(fired > 2000);
}

static void test_window_names_whom_the_rule_counts_per(void **state)
{
    struct town *t = town_new("access \"many\" { title \"m\" severity medium weight 60 when event.exposure == \"opened\" per event.patient_id within 24 hours "
                              "count distinct user.id >= 2 authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{patient.name}: {count}\" }\n"
                              "access \"pair\" { title \"m\" severity medium weight 50 when event.exposure == \"opened\" per user.id, event.patient_id within 90 days "
                              "count distinct event.day >= 2 authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{user.name}, {patient.name}\" }\n");
    uint32_t p = town_patient(t, "P"), v = town_worker(t, "V", ""), w = town_worker(t, "W", "");
    (void)state;
    town_event(t, NOON, v, p);
    town_event(t, NOON + HOUR, w, p);
    town_event(t, NOON + 80 * DAY, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.case_n, 2);
    assert_str(r.cases[0].rule, "many");
    assert_str(r.cases[0].sentence, "P: 2");
    assert_int_equal(r.cases[0].patient, p);
    assert_int_equal(r.cases[0].worker, KEEP_ID_NONE);
    assert_int_equal(r.cases[0].account, KEEP_ID_NONE);
    assert_str(r.cases[1].sentence, "W, P");
    assert_int_equal(r.cases[1].patient, p);
    assert_int_equal(r.cases[1].worker, w);
    assert_int_equal(r.cases[1].account, w);
    town_free(t);
}

static void test_window_counts_what_has_no_reason(void **state)
{
    struct town *t = town_new(TOWN_VISIT "access \"many\" { title \"m\" severity medium weight 60 when event.exposure == \"opened\" unless expected per event.patient_id "
                              "within 24 hours count distinct user.id >= 2 authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{count}\" }\n");
    uint32_t p = town_patient(t, "P"), v = town_worker(t, "V", ""), w = town_worker(t, "W", ""), x = town_worker(t, "X", "");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, v, p, NOON, NOON);
    town_event(t, NOON + 1, v, p);
    town_event(t, NOON + 2, w, p);
    assert_int_equal(town_audit(t).access[0].fired, 0);
    town_event(t, NOON + 3, x, p);
    assert_int_equal(town_audit(t).access[0].fired, 2);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_counts_distinct_values_in_any_hour), cmocka_unit_test(test_window_counts_events),
        cmocka_unit_test(test_window_makes_one_run_of_windows_that_overlap), cmocka_unit_test(test_window_puts_an_event_into_the_runs_of_several_rules),
        cmocka_unit_test(test_window_agrees_with_a_plain_search), cmocka_unit_test(test_window_names_whom_the_rule_counts_per),
        cmocka_unit_test(test_window_counts_what_has_no_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
