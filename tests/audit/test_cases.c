#include "tests/audit/town.h"

#include "core/audit/cases.h"

#define PRINTED TOWN_RULE("printed", 50, "high", "when event.action == \"print\"")
#define CARE TOWN_VISIT PRINTED TOWN_EVIDENCE("searched", 5, "event.searched") TOWN_EVIDENCE("night", 3, "event.local_hour < 6") TOWN_EVIDENCE("confidential", 7, "patient.confidential")

static void test_cases_add_up_evidence_once_each(void **state)
{
    struct town *t = town_new(CARE);
    uint32_t p = town_patient(t, "Doe, Jane"), w = town_worker(t, "Roe, Rob", "");
    (void)state;
    t->w.patient[p].confidential = KEEP_TRI_YES;
    for (int i = 0; i < 3; i++) {
        uint32_t e = town_event(t, NOON + i, w, p);
        t->action[e] = KEEP_ACTION_PRINT;
        t->searched[e] = i > 0;
    }
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.case_n, 1);
    assert_int_equal(r.cases[0].score, 50 + 5 + 7);
    assert_str(r.cases[0].evidence, "searched (+5); confidential (+7)");
    assert_str(r.cases[0].sentence, "Roe, Rob opened Doe, Jane");
    assert_str(r.cases[0].title, "T printed");
    assert_int_equal(r.cases[0].severity, KEEP_SEVERITY_HIGH);
    assert_int_equal(r.cases[0].status, KEEP_CASE_NEEDS_REVIEW);
    assert_int_equal(r.cases[0].events, 3);
    assert_true(r.cases[0].first == NOON && r.cases[0].last == NOON + 2);
    town_free(t);
}

static void test_cases_with_a_reason_for_every_event_fall(void **state)
{
    struct town *t = town_new(CARE);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON);
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;
    struct keep_audit_result r = town_audit(t);
    assert_str(r.cases[0].expected_reason, "visit");
    assert_int_equal(r.cases[0].score, 0); /* 50 - 100, and never below 0 */
    assert_str(r.cases[0].evidence, "a reason is on file (-100)");
    t->action[town_event(t, NOON + 90 * DAY, w, p)] = KEEP_ACTION_PRINT; /* one without a reason */
    r = town_audit(t);
    assert_int_equal(r.case_n, 1);
    assert_int_equal(r.cases[0].events, 2);
    assert_str(r.cases[0].expected_reason, "");
    assert_int_equal(r.cases[0].score, 50);
    town_free(t);
}

static void test_cases_group_by_person_not_by_login(void **state)
{
    struct town *t = town_new(CARE);
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    struct keep_account_span span = {w, KEEP_TIME_NONE, KEEP_TIME_NONE};
    (void)state;
    t->w.account[v].span = &span; /* w has two logins */
    town_event(t, NOON, w, p);
    town_event(t, NOON + 1, v, p);
    town_event(t, NOON + 2, w, q);
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.case_n, 2);
    assert_int_equal(r.cases[0].events, 2);
    assert_int_equal(r.cases[0].account, w);
    assert_str(r.cases[0].rule, "unexplained");
    assert_str(r.cases[0].sentence, "The chart was opened and no reason for it is on file.");
    assert_str(r.cases[0].missing_fact, "an encounter of the patient with the user, not written by the user after the first access, between 2024-10-02T12:00:00.000001Z and 2024-10-05T12:00:00Z");
    town_free(t);
}

static void test_cases_rank_by_score_then_time(void **state)
{
    struct town *t = town_new(CARE);
    uint32_t w = town_worker(t, "W", "");
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        town_patient(t, "P");
        t->searched[town_event(t, NOON - i, w, i)] = i == 1;
    }
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.case_n, 4);
    assert_int_equal(r.cases[0].patient, 1);
    assert_int_equal(r.cases[1].patient, 3);
    assert_int_equal(r.cases[2].patient, 2);
    assert_int_equal(r.cases[3].patient, 0);
    town_free(t);
}

static void test_cases_have_ids_of_their_own(void **state)
{
    struct town *t = town_new(CARE TOWN_RULE("viewed", 50, "high", "when event.action == \"print\""));
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "");
    struct keep_audit_result r, again;
    (void)state;
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;
    t->action[town_event(t, NOON, w, q)] = KEEP_ACTION_PRINT;
    r = town_audit(t);
    assert_int_equal(r.case_n, 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(r.cases[i].id, r.cases[k].id, 16);
    t->w.patient[p].name = KEEP_STR("renamed"); /* what is shown has no part in it; a later event has none either */
    t->action[town_event(t, NOON + 1, w, p)] = KEEP_ACTION_PRINT;
    again = town_audit(t);
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(r.cases[i].id, again.cases[i].id, 16);
    town_free(t);
}

struct masks {
    int calls;
    uint64_t worker, patient;
};

static struct keep_str mask(void *ctx, const uint8_t case_id[16], enum keep_field f, uint64_t entity, struct keep_str clear)
{
    struct masks *m = ctx;
    assert_non_null(case_id);
    assert_true(clear.n > 0);
    m->calls++;
    if (f == KEEP_FIELD_user_name)
        m->worker = entity;
    else
        m->patient = entity;
    return f == KEEP_FIELD_user_name ? KEEP_STR("somebody") : KEEP_STR("a patient");
}

static void test_cases_mask_identifiers(void **state)
{
    struct town *t = town_new(CARE);
    uint32_t p = town_patient(t, "Doe, Jane"), w = town_worker(t, "Roe, Rob", "");
    struct keep_audit_input in;
    struct keep_audit_result r;
    struct masks m = {0};
    (void)state;
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;
    in = town_input(t);
    in.mask = mask;
    in.mask_ctx = &m;
    assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
    assert_str(r.cases[0].sentence, "somebody opened a patient");
    assert_int_equal(m.calls, 2);
    assert_int_equal(m.worker, 200 + w);
    assert_int_equal(m.patient, 100 + p);
    town_free(t);
}

/* A rule that neither asks for the patient nor names one makes one case a user, however many charts they opened. */
static void test_cases_about_logins_are_not_parted_by_charts(void **state)
{
    static const char rules[] =
        "access \"login\" { title \"l\" severity high weight 90 when user.role == \"guard\" authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{user.name}\" }\n"
        "access \"chart\" { title \"c\" severity high weight 80 when user.role == \"guard\" authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{patient.name}\" }\n"
        "access \"old\" { title \"o\" severity high weight 70 when user.role == \"guard\" && patient.confidential authority \"a\" threshold \"h\" state house_policy checked \"unverified\" "
        "explain \"e\" }\n";
    struct town *t = town_new(rules);
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    unsigned login = 0, chart = 0, old = 0;
    (void)state;
    t->w.worker[w].role = t->w.worker[v].role = KEEP_STR("guard");
    t->w.patient[p].confidential = t->w.patient[q].confidential = KEEP_TRI_YES;
    town_event(t, NOON, w, p);
    town_event(t, NOON + HOUR, w, q);
    town_event(t, NOON + DAY, v, q);
    struct keep_audit_result r = town_audit(t);
    for (size_t i = 0; i < r.case_n; i++) {
        const struct keep_case *c = &r.cases[i];
        bool mine = keep_str_is(c->rule, "login");
        login += mine;
        chart += keep_str_is(c->rule, "chart");
        old += keep_str_is(c->rule, "old");
        if (mine)
            assert_int_equal(c->patient, KEEP_ID_NONE);
        if (mine && c->worker == w)
            assert_int_equal(c->events, 2);
    }
    assert_int_equal(login, 2);
    assert_int_equal(chart, 3);
    assert_int_equal(old, 3);
    town_free(t);
}

/* What stands wholly in better cases sinks, and says why. */
static void test_cases_in_the_shade_of_others_sink(void **state)
{
    struct town *t = town_new(TOWN_RULE("strong", 120, "high", "when event.action == \"print\"") TOWN_RULE("weak", 60, "medium", "when event.action == \"print\""));
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;
    town_event(t, NOON + HOUR, w, p); /* unexplained, of the same two */
    struct keep_audit_result r = town_audit(t);
    assert_int_equal(r.case_n, 3);
    assert_str(r.cases[0].rule, "strong");
    assert_int_equal(r.cases[0].score, 120);
    assert_str(r.cases[1].rule, "weak");
    assert_int_equal(r.cases[1].score, 0);
    assert_str(r.cases[1].evidence, "all of it stands in cases above (-100)");
    assert_str(r.cases[2].rule, "unexplained");
    assert_int_equal(r.cases[2].score, 0);
    town_free(t);
}

/* A town's log again and again, each time a day later. */
struct days {
    struct town *t;
    uint32_t day, days;
    uint64_t ordinal[TOWN_EVENTS];
    keep_time time[TOWN_EVENTS];
};

static int next_day(void *ctx, struct keep_events *out, struct keep_err *err)
{
    struct days *d = ctx;
    (void)err;
    if (d->day == d->days)
        return 0;
    for (uint32_t i = 0; i < d->t->n; i++) {
        d->ordinal[i] = (uint64_t)d->day * d->t->n + i + 1;
        d->time[i] = d->t->time[i] + d->day * DAY;
    }
    *out = town_slice(d->t, 0, d->t->n);
    out->ordinal = d->ordinal;
    out->time = d->time;
    out->from = (uint64_t)d->day++ * d->t->n;
    return 1;
}

static int first_day(void *ctx, struct keep_err *err)
{
    (void)err;
    ((struct days *)ctx)->day = 0;
    return 0;
}

/* More accesses than stand in one piece of memory: each case has all of its own, in order, by any number of threads. */
static void test_cases_of_a_long_log_by_threads(void **state)
{
    enum { WHO = 4, WHOSE = 25, DAYS = 50 };
    struct town *t = town_new(TOWN_RULE("viewed", 50, "high", "when event.action == \"print\"") TOWN_RULE("again", 20, "low", "when event.action == \"print\""));
    struct days *d = calloc(1, sizeof *d);
    struct keep_audit_result one, r;
    (void)state;
    for (int i = 0; i < WHOSE; i++)
        town_patient(t, "P");
    for (int i = 0; i < WHO; i++)
        town_worker(t, "W", "");
    for (uint32_t i = 0; i < TOWN_EVENTS; i++)
        t->action[town_event(t, NOON + i, i % WHO, i / WHO % WHOSE)] = KEEP_ACTION_PRINT;
    *d = (struct days){.t = t, .days = DAYS};
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct keep_audit_input in = town_input(t);
        struct keep_event_scan scan = {.ctx = d, .next = next_day, .rewind = first_day};
        size_t all = 0;
        in.scan = &scan;
        in.total_events = (uint64_t)TOWN_EVENTS * DAYS;
        in.threads = threads;
        assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
        assert_int_equal(r.case_n, 2 * WHO * WHOSE);
        one = threads == 1 ? r : one;
        for (size_t i = 0; i < r.case_n; i++) {
            const struct keep_case *k = &r.cases[i], *as = &one.cases[i];
            uint32_t whose = (uint32_t)((k->event[0].ordinal - 1) % TOWN_EVENTS) % (WHO * WHOSE);
            assert_memory_equal(k->id, as->id, sizeof k->id);
            assert_true(k->events == as->events && k->score == as->score && k->first == as->first && k->last == as->last);
            for (size_t e = 0; e < k->events; e++) {
                assert_true(e == 0 || k->event[e].ordinal > k->event[e - 1].ordinal);
                assert_int_equal((k->event[e].ordinal - 1) % TOWN_EVENTS % (WHO * WHOSE), whose);
            }
            all += k->events;
        }
        assert_int_equal(all, 2 * (size_t)TOWN_EVENTS * DAYS);
    }
    free(d);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_add_up_evidence_once_each), cmocka_unit_test(test_cases_with_a_reason_for_every_event_fall),
        cmocka_unit_test(test_cases_group_by_person_not_by_login), cmocka_unit_test(test_cases_rank_by_score_then_time),
        cmocka_unit_test(test_cases_have_ids_of_their_own), cmocka_unit_test(test_cases_mask_identifiers),
        cmocka_unit_test(test_cases_about_logins_are_not_parted_by_charts), cmocka_unit_test(test_cases_in_the_shade_of_others_sink),
        cmocka_unit_test(test_cases_of_a_long_log_by_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
