/* Goal: chains are found as the manual says, edge by edge, and as a plain search over all chains finds them. */
#include "tests/audit/town.h"

#define MINUTE (60 * KEEP_USEC)
#define RULE(form)                                                                                                                             \
    "access \"chain\" { title \"m\" severity medium weight 60 when event.exposure in [\"opened\", \"system\"] " form                          \
    " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{count} of {limit} from {first.place} to {last.place}\" }\n"
#define LOGINS "first event.action == \"login\" && event.outcome != \"success\" count >= 3 then event.action == \"login\" && event.outcome == \"success\" then event.action == \"view\" "
#define EXPORT "first event.action == \"export\" then no event.action == \"print\" within 2 hours per user.id"

static uint32_t act(struct town *t, keep_time at, uint32_t who, int action, int outcome)
{
    uint32_t e = town_event(t, at, who, KEEP_ID_NONE);
    t->action[e] = (uint8_t)action;
    t->outcome[e] = (uint8_t)outcome;
    t->exposure[e] = action == KEEP_ACTION_LOGIN ? KEEP_EXPOSURE_SYSTEM : KEEP_EXPOSURE_OPENED;
    return e;
}

static uint64_t fired(struct town *t)
{
    t->w.newest = t->time[0];
    for (uint32_t i = 1; i < t->n; i++)
        t->w.newest = t->time[i] > t->w.newest ? t->time[i] : t->w.newest;
    return town_audit(t).access[0].fired;
}

static void test_sequence_follows_its_steps(void **state)
{
    struct town *t = town_new(RULE(LOGINS "within 1 hour per user.id"));
    uint32_t w = town_worker(t, "W", ""), v = town_worker(t, "V", ""), fail = KEEP_OUTCOME_MINOR, term[2] = {town_term(t, "ER"), town_term(t, "lab")};
    (void)state;
    for (int i = 0; i < 4; i++)
        t->place[act(t, NOON + i * MINUTE, w, KEEP_ACTION_LOGIN, (int)fail)] = term[0];
    act(t, NOON + 5 * MINUTE, v, KEEP_ACTION_LOGIN, KEEP_OUTCOME_SUCCESS); /* somebody else */
    uint32_t in = act(t, NOON + 9 * MINUTE, w, KEEP_ACTION_LOGIN, KEEP_OUTCOME_SUCCESS);
    assert_int_equal(fired(t), 0);
    uint32_t view = act(t, NOON + 61 * MINUTE, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS);
    t->place[view] = term[1];
    t->w.newest = t->time[view];
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 5); /* three failures within the hour, the login and the view */
    assert_int_equal(r.access[0].cases, 1);
    assert_str(r.cases[0].sentence, "5 of 5 from ER to lab");
    assert_int_equal(r.cases[0].worker, w);
    t->time[view] = NOON + 62 * MINUTE;
    assert_int_equal(fired(t), 0); /* the first of three lies an hour and a minute before */
    t->time[view] = NOON + 60 * MINUTE;
    t->time[in] = NOON + 2 * MINUTE; /* at the time of the third, but of a later number */
    assert_int_equal(fired(t), 5);
    t->time[in] = NOON + 2 * MINUTE - 1;
    assert_int_equal(fired(t), 0); /* before the third */
    town_free(t);
}

static void test_sequence_waits_for_what_must_follow(void **state)
{
    struct town *t = town_new(RULE(EXPORT));
    uint32_t w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    (void)state;
    act(t, NOON, w, KEEP_ACTION_EXPORT, KEEP_OUTCOME_SUCCESS);
    uint32_t last = act(t, NOON + 2 * HOUR - 1, v, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS);
    assert_int_equal(fired(t), 0); /* the log ends before the two hours do */
    t->time[last]++;
    assert_int_equal(fired(t), 1);
    uint32_t print = act(t, NOON + 2 * HOUR, w, KEEP_ACTION_PRINT, KEEP_OUTCOME_SUCCESS);
    assert_int_equal(fired(t), 0);
    t->time[print]++;
    assert_int_equal(fired(t), 1); /* too late */
    t->time[print] = NOON - 1;
    assert_int_equal(fired(t), 1); /* before it */
    t->time[print] = NOON;
    assert_int_equal(fired(t), 0); /* at its time, of a later number */
    t->ordinal[print] = 0;
    assert_int_equal(fired(t), 1);
    t->account[print] = v;
    t->time[print] = NOON + 1;
    assert_int_equal(fired(t), 1); /* somebody else's */
    act(t, NOON + 4 * HOUR, w, KEEP_ACTION_EXPORT, KEEP_OUTCOME_SUCCESS);
    act(t, NOON + 5 * HOUR, w, KEEP_ACTION_EXPORT, KEEP_OUTCOME_SUCCESS);
    act(t, NOON + 9 * HOUR, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS);
    assert_int_equal(fired(t), 3);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].cases, 2); /* two waits that touch are one, the other ended two hours before */
    town_free(t);
}

static void test_sequence_cannot_tell(void **state)
{
    struct town *t = town_new(RULE("first event.action == \"export\" then no event.place == \"ROI\" within 2 hours per user.id"));
    uint32_t w = town_worker(t, "W", ""), roi = town_term(t, "ROI");
    (void)state;
    t->place[act(t, NOON, w, KEEP_ACTION_EXPORT, KEEP_OUTCOME_SUCCESS)] = town_term(t, "ER");
    uint32_t e = act(t, NOON + HOUR, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS);
    t->exposure[e] = KEEP_EXPOSURE_LISTED; /* what must not follow is told by itself */
    act(t, NOON + 9 * HOUR, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS);
    struct keep_audit_result r = town_audit(t); /* nobody recorded where */
    assert_int_equal(r.access[0].fired, 0);
    assert_true(r.access[0].unable > 0);
    assert_str(r.access[0].missing, "event.place");
    t->place[e] = roi;
    assert_int_equal(fired(t), 0);
    t->place[e] = roi - 1;
    t->place[e] = town_term(t, "lab");
    assert_int_equal(fired(t), 1);
    town_free(t);
}

static void test_sequence_of_what_has_no_reason(void **state)
{
    struct town *t = town_new(TOWN_VISIT RULE("unless expected first event.action == \"view\" then event.action == \"print\" within 1 hour per user.id, event.patient_id"));
    uint32_t w = town_worker(t, "W", ""), p = town_patient(t, "P");
    (void)state;
    town_event(t, NOON, w, p);
    t->action[town_event(t, NOON + MINUTE, w, p)] = KEEP_ACTION_PRINT;
    assert_int_equal(fired(t), 2);
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON);
    assert_int_equal(fired(t), 0);
    town_free(t);
}

static void test_sequence_overlap_is_two_places_within_reach(void **state)
{
    struct town *t = town_new(RULE("overlap event.place within 10 minutes per user.id"));
    uint32_t w = town_worker(t, "W", ""), v = town_worker(t, "V", ""), term[2] = {town_term(t, "ER"), town_term(t, "lab")};
    (void)state;
    t->place[act(t, NOON, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS)] = term[0];
    t->place[act(t, NOON + 1, v, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS)] = term[1];
    act(t, NOON + 2, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS); /* nobody recorded where */
    uint32_t e = act(t, NOON + 10 * MINUTE + 1, w, KEEP_ACTION_VIEW, KEEP_OUTCOME_SUCCESS);
    t->place[e] = term[1];
    assert_int_equal(fired(t), 0);
    t->time[e]--;
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 2);
    assert_str(r.cases[0].sentence, "2 of 2 from ER to lab");
    town_free(t);
}

/* ---- against a plain search ---- */

static uint64_t seed = 11;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((seed >> 33) % n);
}

struct plain {
    const char *form;
    int steps, count[3], minutes; /* of the steps that must happen: step k is event.place "k"; "x" is all of them, "n" what must not follow */
    bool none;
};

static bool after(const struct town *t, uint32_t a, uint32_t b)
{
    return t->time[a] != t->time[b] ? t->time[a] > t->time[b] : t->ordinal[a] > t->ordinal[b];
}

static bool is_step(const struct town *t, uint32_t e, int k)
{
    struct keep_str place = t->w.term[t->place[e]];
    return place.p[0] == '0' + k || place.p[0] == 'x';
}

enum { LONGEST = 8 }; /* events of a chain: more than the steps of any rule here take */

/* Every way to go on from a chain of `have` events, the last `at`: is there a whole one? Then all of it is hit, and its times are told. */
static bool go_on(const struct town *t, const struct plain *r, uint32_t *chain, int have, bool *hit, keep_time *begin)
{
    int k = 0, left = have;
    while (k < r->steps && left >= r->count[k])
        left -= r->count[k++];
    if (have && k == r->steps) {
        uint32_t z = chain[have - 1];
        keep_time end = t->time[z] + r->minutes * MINUTE;
        if (r->none && end > t->w.newest)
            return false;
        for (uint32_t e = 0; r->none && e < t->n; e++)
            if (t->account[e] == t->account[z] && t->w.term[t->place[e]].p[0] == 'n' && after(t, e, z) && t->time[e] <= end)
                return false;
        for (int i = 0; i < have; i++)
            hit[chain[i]] = true;
        if (t->time[chain[0]] < begin[z])
            begin[z] = t->time[chain[0]];
        return true;
    }
    bool any = false;
    for (uint32_t e = 0; have < LONGEST && e < t->n; e++) {
        if (!is_step(t, e, k) || (have && (!after(t, e, chain[have - 1]) || t->account[e] != t->account[chain[0]] || t->time[e] - t->time[chain[0]] > r->minutes * MINUTE)))
            continue;
        chain[have] = e;
        any |= go_on(t, r, chain, have + 1, hit, begin);
    }
    return any;
}

static uint32_t cases_of(const struct town *t, const struct plain *r, const keep_time *begin, uint32_t workers)
{
    uint32_t cases = 0;
    for (uint32_t w = 0; w < workers; w++)
        for (uint32_t z = 0; z < t->n; z++) { /* a case begins where nothing that began before still lasts */
            bool joins = begin[z] == INT64_MAX || t->account[z] != w;
            for (uint32_t y = 0; y < t->n && !joins; y++)
                joins = y != z && t->account[y] == w && begin[y] != INT64_MAX && (begin[y] < begin[z] || (begin[y] == begin[z] && y < z)) &&
                        begin[z] <= t->time[y] + (r->none ? r->minutes * MINUTE : 0);
            cases += !joins;
        }
    return cases;
}

static void test_sequence_agrees_with_a_plain_search(void **state)
{
    static const struct plain rules[] = {
        {"first event.place in [\"0\", \"x\"] then event.place in [\"1\", \"x\"]", 2, {1, 1, 0}, 20, false},
        {"first event.place in [\"0\", \"x\"] count >= 3 then event.place in [\"1\", \"x\"]", 2, {3, 1, 0}, 40, false},
        {"first event.place in [\"0\", \"x\"] count >= 2 then event.place in [\"1\", \"x\"] then event.place in [\"2\", \"x\"]", 3, {2, 1, 1}, 40, false},
        {"first event.place in [\"0\", \"x\"] then event.place in [\"1\", \"x\"] count >= 2", 2, {1, 2, 0}, 30, false},
        {"first event.place in [\"0\", \"x\"] then no event.place == \"n\"", 1, {1, 0, 0}, 25, true},
        {"first event.place in [\"0\", \"x\"] count >= 2 then no event.place == \"n\"", 1, {2, 0, 0}, 25, true},
        {"first event.place in [\"0\", \"x\"] then event.place in [\"1\", \"x\"] then no event.place == \"n\"", 2, {1, 1, 0}, 25, true}};
    static const char *const places[] = {"0", "1", "2", "x", "n", "else"};
    uint64_t all = 0;
    (void)state;
    for (int round = 0; round < 140; round++) {
        const struct plain *r = &rules[(size_t)round % (sizeof rules / sizeof *rules)];
        char text[1024];
        bool hit[TOWN_EVENTS] = {false};
        keep_time begin[TOWN_EVENTS];
        uint32_t chain[LONGEST], want = 0, term[6];
        snprintf(text, sizeof text, RULE("%s within %d minutes per user.id"), r->form, r->minutes);
        struct town *t = town_new(text);
        for (int i = 0; i < 2; i++)
            town_worker(t, "W", "");
        for (int i = 0; i < 6; i++)
            term[i] = town_term(t, places[i]);
        for (int i = 0; i < 45; i++) { /* with ties in time, numbers not in the order of time */
            uint32_t e = town_event(t, NOON + below(round % 2 ? 90 : 300) * MINUTE, below(2), KEEP_ID_NONE);
            t->place[e] = term[below(6)];
            t->w.newest = t->w.newest == KEEP_TIME_NONE || t->time[e] > t->w.newest ? t->time[e] : t->w.newest;
        }
        for (uint32_t i = 0; i < t->n; i++)
            begin[i] = INT64_MAX;
        go_on(t, r, chain, 0, hit, begin);
        for (uint32_t i = 0; i < t->n; i++)
            want += hit[i];
        struct keep_audit_result a = town_audit(t);
        assert_int_equal(a.access[0].fired, want);
        assert_int_equal(a.access[0].cases, cases_of(t, r, begin, 2));
        for (size_t c = 0; c < a.case_n; c++)
            for (size_t e = 0; e < a.cases[c].events && keep_str_is(a.cases[c].rule, "chain"); e++)
                assert_true(hit[a.cases[c].event[e].ordinal - 1]);
        all += want;
        town_free(t);
    }
    assert_true(all > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence_follows_its_steps), cmocka_unit_test(test_sequence_waits_for_what_must_follow), cmocka_unit_test(test_sequence_cannot_tell),
        cmocka_unit_test(test_sequence_of_what_has_no_reason), cmocka_unit_test(test_sequence_overlap_is_two_places_within_reach),
        cmocka_unit_test(test_sequence_agrees_with_a_plain_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
