#include "tests/audit/town.h"

static void test_audit_tells_the_four_verdicts(void **state)
{
    struct town *t = town_new(TOWN_VISIT TOWN_RULE("printed", 50, "high", "when event.action == \"print\""));
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON);
    town_event(t, NOON, w, p);                                      /* expected */
    town_event(t, NOON, w, q);                                      /* unexplained */
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;       /* flagged, with a reason */
    t->exposure[town_event(t, NOON, w, q)] = KEEP_EXPOSURE_LISTED;  /* not opened */
    town_event(t, NOON, w, KEEP_ID_NONE);                           /* about nobody */
    t->action[town_event(t, NOON, w, KEEP_ID_NONE)] = KEEP_ACTION_PRINT; /* about nobody, and a rule fires */
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.events, 6);
    assert_int_equal(r.verdicts[KEEP_VERDICT_EXPECTED], 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_UNEXPLAINED], 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_FLAGGED], 2);
    assert_int_equal(r.verdicts[KEEP_VERDICT_NOT_ASSESSED], 2);
    assert_int_equal(r.access[0].fired, 2);
    assert_int_equal(r.access[0].cases, 2);
    assert_int_equal(r.explanation[0].fired, 2);
    assert_int_equal(r.case_n, 3);
    town_free(t);
}

static void test_audit_looks_at_opened_charts_unless_a_rule_reads_exposure(void **state)
{
    struct town *t = town_new(TOWN_RULE("any", 50, "high", "when user.name == \"W\"")
                                  TOWN_RULE("listed", 40, "high", "when event.exposure == \"listed\" && user.name == \"W\""));
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    t->exposure[town_event(t, NOON, w, p)] = KEEP_EXPOSURE_LISTED;
    t->exposure[town_event(t, NOON, w, p)] = KEEP_EXPOSURE_SYSTEM;
    town_event(t, NOON, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 1);
    assert_int_equal(r.access[1].fired, 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_NOT_ASSESSED], 1);
    town_free(t);
}

static void test_audit_counts_what_unknown_kept_from_firing(void **state)
{
    struct town *t = town_new(TOWN_VISIT TOWN_RULE("address", 50, "high", "when user.address_key == patient.address_key unless expected"));
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    (void)state;
    t->w.worker[w].address_key[0] = t->w.patient[p].address_key[0] = t->w.patient[q].address_key[0] = 5;
    town_relation(t, KEEP_RELATION_ENCOUNTER, v, p, NOON, NOON);
    town_event(t, NOON, v, p); /* nothing is unable where a reason makes the rule moot */
    town_event(t, NOON, v, q);
    town_event(t, NOON + 1, v, q);
    town_event(t, NOON, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 1);
    assert_int_equal(r.access[0].unable, 2);
    assert_str(r.access[0].missing, "user.address_key");
    assert_int_equal(r.verdicts[KEEP_VERDICT_UNEXPLAINED], 2);
    town_free(t);
}

static void test_audit_lists_what_explanations_lack(void **state)
{
    struct town *t = town_new(TOWN_VISIT "explanation \"unit\" { title \"u\" when department_related([\"encounter\"], duration(\"1h\"), duration(\"1h\")) "
                                         "missing \"a visit to the unit\" authority \"a\" checked \"unverified\" }\n");
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), d = town_term(t, "5 West");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, KEEP_ID_NONE, p, NOON, NOON)->department = d;
    town_event(t, NOON, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.case_n, 1);
    assert_str(r.cases[0].rule, "unexplained");
    assert_str(r.cases[0].missing_fact, "an encounter of the patient with the user, not written by the user after the first access, between 2024-10-02T12:00:00Z and 2024-10-05T12:00:00Z; not recorded: user.department");
    assert_int_equal(r.explanation[1].unable, 1);
    assert_str(r.explanation[1].missing, "user.department");
    assert_int_equal(r.cases[0].score, 10);
    town_free(t);
}

static void test_audit_counts_what_an_event_did_not_say(void **state)
{
    struct town *t = town_new("explanation \"treat\" { title \"t\" when event.purpose == \"TREAT\" && user.name == \"W\" missing \"m\" authority \"a\" checked \"unverified\" }\n");
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    t->purpose[town_event(t, NOON, w, p)] = KEEP_PURPOSE_TREAT;
    t->purpose[town_event(t, NOON, w, p)] = KEEP_PURPOSE_HPAYMT;
    town_event(t, NOON, w, p);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.verdicts[KEEP_VERDICT_EXPECTED], 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_UNEXPLAINED], 2);
    assert_int_equal(r.explanation[0].unable, 1);
    assert_str(r.explanation[0].missing, "event.purpose");
    town_free(t);
}

static void test_audit_gives_own_late_facts_no_weight_but_names_them(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON)->author = w;
    town_event(t, NOON + HOUR, w, p); /* later in the log, and later in time */
    town_event(t, NOON - HOUR, w, p); /* the first access */
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.verdicts[KEEP_VERDICT_UNEXPLAINED], 2);
    assert_int_equal(r.case_n, 1);
    assert_int_equal(r.cases[0].score, 20);
    assert_str(r.cases[0].evidence, "the only entry on file was written by the user after the first access (+10)");
    assert_int_equal(r.cases[0].event[0].ordinal, 2);
    town_free(t);
}

static void test_audit_leaves_out_what_is_after_the_as_of_time(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct keep_audit_input in;
    struct keep_audit_result r;
    (void)state;
    town_event(t, NOON, w, p);
    town_event(t, NOON + 1, w, p);
    in = town_input(t);
    in.as_of = NOON;
    assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
    assert_int_equal(r.events, 1);
    assert_int_equal(r.after_as_of, 1);
    assert_true(r.as_of == NOON);
    in.as_of = KEEP_TIME_NONE;
    t->w.newest = NOON + 1;
    assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
    assert_int_equal(r.events, 2);
    assert_true(r.as_of == NOON + 1);
    town_free(t);
}

static void test_audit_follows_an_account_to_whoever_holds_it(void **state)
{
    struct town *t = town_new(TOWN_VISIT TOWN_RULE("unmapped", 50, "high", "when !user.mapped") TOWN_RULE("left", 70, "critical", "when !user.affiliated"));
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    struct keep_account_span span[] = {{w, KEEP_TIME_NONE, NOON}, {v, NOON + DAY, KEEP_TIME_NONE}};
    struct keep_interval in = {KEEP_TIME_NONE, NOON - DAY, true};
    (void)state;
    t->w.account[w].span = span;
    t->w.account[w].spans = 2;
    t->w.worker[w].affiliation = &in;
    t->w.worker[w].affiliations = 1;
    town_relation(t, KEEP_RELATION_ENCOUNTER, v, p, NOON, NOON);
    town_event(t, NOON - HOUR, w, p);           /* w holds it, and has left */
    town_event(t, NOON, w, p);                  /* nobody holds it */
    town_event(t, NOON + DAY, w, p);            /* v holds it and saw the patient */
    town_event(t, NOON - 2 * DAY, w, p);        /* w, not yet left */
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 1);
    assert_int_equal(r.access[1].fired, 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_EXPECTED], 1);
    assert_int_equal(r.verdicts[KEEP_VERDICT_UNEXPLAINED], 1);
    assert_str(r.cases[0].rule, "left");
    assert_int_equal(r.cases[0].worker, w);
    assert_int_equal(r.cases[1].worker, KEEP_ID_NONE);
    assert_int_equal(r.cases[1].account, w);
    town_free(t);
}

static uint64_t seed = 11;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((seed >> 33) % n);
}

static const char busy[] = TOWN_VISIT TOWN_RULE("address", 50, "high", "when user.address_key == patient.address_key unless expected")
    TOWN_RULE("night", 40, "low", "when event.local_hour < 3 && patient.confidential") TOWN_RULE("glass", 60, "high", "when event.break_glass && event.reason_length < 5")
        TOWN_RULE("many", 45, "medium", "when event.exposure == \"opened\" per user.id within 1 hour count distinct event.patient_id >= 4")
            TOWN_EVIDENCE("searched", 5, "event.searched") TOWN_EVIDENCE("same address", 40, "user.address_key == patient.address_key");

static struct town *busy_town(void)
{
    struct town *t = town_new(busy);
    for (uint32_t i = 0; i < 12; i++) {
        town_patient(t, "P");
        t->w.patient[i].address_key[0] = below(4);
        t->w.patient[i].confidential = below(3);
        t->w.patient[i].known = true;
    }
    for (uint32_t i = 0; i < 6; i++)
        t->w.worker[town_worker(t, "W", "D")].address_key[0] = below(4);
    for (uint32_t p = 0; p < 12; p++)
        for (keep_time at = NOON; at < NOON + 20 * DAY; at += (1 + below(9)) * DAY) {
            uint32_t w = below(6);
            town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, at, at + HOUR)->author = below(2) ? w : KEEP_ID_NONE;
        }
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t e = town_event(t, NOON + (keep_time)below(20 * 24 * 60) * 60 * KEEP_USEC, below(7) < 6 ? below(6) : KEEP_ID_NONE, below(30) ? below(12) : KEEP_ID_NONE);
        t->exposure[e] = (uint8_t)(below(5) ? KEEP_EXPOSURE_OPENED : KEEP_EXPOSURE_LISTED);
        t->searched[e] = below(9) == 0;
        t->glass[e] = (uint8_t)below(KEEP_TRI_COUNT);
        t->reason[e] = (int16_t)(below(20) - 1);
    }
    return t;
}

static void same_case(const struct keep_case *a, const struct keep_case *b)
{
    assert_memory_equal(a->id, b->id, 16);
    assert_int_equal(a->score, b->score);
    assert_int_equal(a->events, b->events);
    for (size_t i = 0; i < a->events; i++)
        assert_true(a->event[i].source == b->event[i].source && a->event[i].ordinal == b->event[i].ordinal);
    assert_true(keep_str_eq(a->evidence, b->evidence) && keep_str_eq(a->sentence, b->sentence) && keep_str_eq(a->rule, b->rule) &&
                keep_str_eq(a->missing_fact, b->missing_fact) && keep_str_eq(a->expected_reason, b->expected_reason));
}

static void test_audit_is_the_same_at_any_batch_size(void **state)
{
    struct town *t = busy_town();
    struct keep_audit_result whole = town_audit(t);
    (void)state;
    assert_true(whole.case_n > 20 && whole.access[3].cases > 0);
    for (uint32_t size = 1; size < 3000; size = size * 3 + 4) {
        t->batch = size;
        struct keep_audit_result r = town_audit(t);
        assert_memory_equal(r.verdicts, whole.verdicts, sizeof r.verdicts);
        assert_int_equal(r.case_n, whole.case_n);
        for (size_t i = 0; i < r.case_n; i++)
            same_case(&r.cases[i], &whole.cases[i]);
        for (size_t i = 0; i < t->p->accesses; i++)
            assert_true(r.access[i].fired == whole.access[i].fired && r.access[i].unable == whole.access[i].unable && r.access[i].cases == whole.access[i].cases);
    }
    town_free(t);
}

static void test_audit_cases_hold_every_hit_once(void **state)
{
    struct town *t = busy_town();
    struct keep_audit_result r = town_audit(t);
    uint64_t events = 0, fired = 0;
    (void)state;
    for (size_t i = 0; i < r.case_n; i++) {
        events += r.cases[i].events;
        assert_true(i == 0 || r.cases[i - 1].score >= r.cases[i].score);
        for (size_t k = 1; k < r.cases[i].events; k++)
            assert_true(t->time[r.cases[i].event[k - 1].ordinal - 1] <= t->time[r.cases[i].event[k].ordinal - 1]);
    }
    for (size_t i = 0; i < t->p->accesses; i++)
        fired += t->p->access[i].evidence ? 0 : r.access[i].fired;
    assert_int_equal(events, fired + r.verdicts[KEEP_VERDICT_UNEXPLAINED]);
    assert_int_equal(r.events, 2000);
    town_free(t);
}

struct seen {
    uint32_t n;
    uint64_t verdicts[KEEP_VERDICT_COUNT];
};

static int see(void *ctx, const struct keep_events *batch, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    struct seen *s = ctx;
    (void)err;
    assert_int_equal(batch->ordinal[i], ++s->n);
    assert_true((rule >= 0) == (v == KEEP_VERDICT_EXPECTED || v == KEEP_VERDICT_FLAGGED));
    s->verdicts[v]++;
    return s->n == 1500 ? 7 : 0;
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    assert_true(done <= total);
    return 1;
}

static void test_audit_hands_out_verdicts_and_stops_when_told(void **state)
{
    struct town *t = busy_town();
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r = {.events = 99};
    struct keep_err err = {0};
    struct seen s = {0};
    (void)state;
    in.verdict = see;
    in.verdict_ctx = &s;
    assert_int_equal(keep_audit_run(&in, t->a, &r, &err), 7);
    assert_int_equal(s.n, 1500);
    assert_int_equal(r.events, 99); /* outputs are set only on success */
    in.verdict = NULL;
    in.progress = stop;
    assert_int_equal(keep_audit_run(&in, t->a, &r, &err), KEEP_E_INTERRUPTED);
    town_free(t);
}

static void test_audit_of_nothing_is_nothing(void **state)
{
    struct town *t = town_new("");
    struct keep_audit_result r = town_audit(t);
    (void)state;
    assert_int_equal(r.events, 0);
    assert_int_equal(r.case_n, 0);
    assert_true(r.as_of == KEEP_TIME_NONE);
    town_free(t);
}

#define EXCEPTION(rule, when, until) "exception \"x " rule "\" for \"" rule "\" { when " when " until date(\"" until "\") owner \"o\" reason \"r\" }\n"

static void test_audit_leaves_out_what_is_excepted(void **state)
{
    struct town *t = town_new(TOWN_RULE("any", 40, "low", "when true") EXCEPTION("any", "user.unit == \"ED\"", "2024-10-05")
                              TOWN_RULE("first", 40, "low", "when event.action == \"view\"") EXCEPTION("first", "event.searched", "2024-10-04"));
    uint32_t p = town_patient(t, "P"), v = town_worker(t, "V", ""), w = town_worker(t, "W", "");
    (void)state;
    t->w.worker[v].unit = KEEP_STR("ED");
    town_event(t, NOON, v, p);                             /* of 2024-10-04 */
    town_event(t, NOON, w, p);                             /* nobody knows the unit: the exception does not hold */
    t->searched[town_event(t, NOON + 12 * HOUR, v, p)] = 1; /* of the first day without */
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.access[0].fired, 2);
    assert_int_equal(r.access[0].excepted, 1);
    assert_int_equal(r.access[0].unable, 0);
    assert_int_equal(r.access[1].fired, 3);
    assert_int_equal(r.access[1].excepted, 0);
    town_free(t);
}

/* An exception that never ends and whose condition is always known is another word for `unless`. */
static void test_audit_exceptions_are_like_unless(void **state)
{
    static const char *const form[] = {
        "", "per user.id within 2 hours count >= 3", "per event.patient_id within 5 hours count distinct user.id >= 3",
        "per user.id within 3 hours first event.action == \"print\" then event.action == \"view\"",
        "per user.id within 3 hours first event.action == \"print\" then no event.action == \"export\" && event.searched"};
    uint64_t draw = 3, excepted = 0;
    (void)state;
    for (size_t f = 0; f < sizeof form / sizeof *form * 3; f++) {
        char text[2048];
        snprintf(text, sizeof text, TOWN_RULE("a", 40, "low", "when event.exposure == \"opened\" %s") EXCEPTION("a", "event.searched", "2999-01-01")
                 TOWN_RULE("b", 40, "low", "when event.exposure == \"opened\" unless event.searched %s"), form[f / 3], form[f / 3]);
        struct town *t = town_new(text);
        for (int i = 0; i < 5; i++) {
            town_patient(t, "P");
            town_worker(t, "W", "");
        }
        for (int i = 0; i < 200; i++) {
            draw = draw * UINT64_C(6364136223846793005) + 1;
            uint32_t x = (uint32_t)(draw >> 33), e = town_event(t, NOON + x / 64 % 3000 * 60 * KEEP_USEC, x % 5, x / 5 % 5);
            t->searched[e] = x / 25 % 3 == 0;
            t->action[e] = (uint8_t[]){KEEP_ACTION_VIEW, KEEP_ACTION_PRINT, KEEP_ACTION_EXPORT}[x / 75 % 3];
        }
        t->w.newest = NOON + 90 * HOUR;
        struct keep_audit_result r = town_audit(t);
        assert_true(r.access[0].fired > 0);
        assert_int_equal(r.access[0].fired, r.access[1].fired);
        assert_int_equal(r.access[0].cases, r.access[1].cases);
        assert_int_equal(r.access[1].excepted, 0);
        excepted += r.access[0].excepted;
        town_free(t);
    }
    assert_true(excepted > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit_tells_the_four_verdicts),
        cmocka_unit_test(test_audit_looks_at_opened_charts_unless_a_rule_reads_exposure),
        cmocka_unit_test(test_audit_counts_what_unknown_kept_from_firing),
        cmocka_unit_test(test_audit_lists_what_explanations_lack),
        cmocka_unit_test(test_audit_counts_what_an_event_did_not_say),
        cmocka_unit_test(test_audit_gives_own_late_facts_no_weight_but_names_them),
        cmocka_unit_test(test_audit_leaves_out_what_is_after_the_as_of_time),
        cmocka_unit_test(test_audit_follows_an_account_to_whoever_holds_it),
        cmocka_unit_test(test_audit_is_the_same_at_any_batch_size),
        cmocka_unit_test(test_audit_cases_hold_every_hit_once),
        cmocka_unit_test(test_audit_hands_out_verdicts_and_stops_when_told),
        cmocka_unit_test(test_audit_of_nothing_is_nothing),
        cmocka_unit_test(test_audit_leaves_out_what_is_excepted), cmocka_unit_test(test_audit_exceptions_are_like_unless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
