/* Goal: the fact that is said to be missing is enough, and no wider than it is
 * said to be: put on file at either end of its time the accesses are expected, a
 * moment outside they are not. */
#include "core/audit/missing.h"
#include "tests/audit/town.h"

#define EXPLAIN(id, when) "explanation \"" id "\" { title \"t\" when " when " missing \"m-" id "\" authority \"a\" checked \"unverified\" }\n"
#define OWN EXPLAIN("own", "related([\"encounter\", \"order\"], duration(\"24h\"), duration(\"48h\"))")
#define UNIT EXPLAIN("unit", "department_related([\"procedure\"], duration(\"1h\"), duration(\"2h\")) || encounter_at_unit(duration(\"30m\"), duration(\"30m\"))")
#define ANY EXPLAIN("any", "patient_related([\"referral\"], duration(\"1h\"), duration(\"1h\"))")
#define BOTH EXPLAIN("both", "event.purpose == \"TREAT\" && related([\"note\"], duration(\"900h\"), duration(\"900h\"))")

static void test_missing_weakest_first(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = town_compile(a, OWN UNIT BOTH ANY);
    const struct keep_missing_offer *o;
    struct keep_missing m;
    struct keep_post post = {.department = KEEP_STR("Medicine")}, nowhere = {.role = KEEP_STR("nurse")};
    struct keep_err err = {0};
    size_t n;
    (void)state;
    assert_int_equal(keep_missing_offers(p, a, &o, &n, &err), 0);
    assert_int_equal(n, 4); /* what needs more than the relation offers none */
    assert_true(o[0].call == KEEP_CALL_patient_related && o[0].explanation == 3);
    assert_true(o[1].call == KEEP_CALL_department_related && o[1].kinds == 1u << KEEP_RELATION_PROCEDURE && o[1].before == HOUR && o[1].after == 2 * HOUR);
    assert_int_equal(o[2].call, KEEP_CALL_encounter_at_unit);
    assert_int_equal(o[3].kinds, 1u << KEEP_RELATION_ENCOUNTER | 1u << KEEP_RELATION_ORDER);
    assert_true(keep_missing_find(o + 1, 3, NOON, NOON, &post, &m) && m.offer == &o[1]);
    assert_true(keep_missing_find(o + 1, 3, NOON, NOON, &nowhere, &m) && m.offer == &o[3]); /* whose department is not known */
    assert_false(keep_missing_find(o, 0, NOON, NOON, &post, &m));
    keep_arena_free(a);
}

static void test_missing_in_words(void **state)
{
    struct keep_missing_offer o = {.call = KEEP_CALL_department_related, .kinds = 1u << KEEP_RELATION_ORDER | 1u << KEEP_RELATION_NOTE, .before = HOUR, .after = HOUR};
    struct keep_post post = {.department = KEEP_STR("Medicine")};
    struct keep_missing m;
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    assert_true(keep_missing_find(&o, 1, NOON, NOON, &post, &m));
    keep_missing_write(&m, &post, &b);
    assert_str(keep_buf_view(&b), "an order or note of the patient in the user's department or unit (Medicine) between 2024-10-04T11:00:00Z and 2024-10-04T13:00:00Z");
    keep_buf_clear(&b);
    assert_true(keep_missing_find(&o, 1, NOON, NOON + 3 * HOUR, &post, &m));
    keep_missing_write(&m, &post, &b);
    assert_str(keep_buf_view(&b), "an order or note of the patient in the user's department or unit (Medicine) that lasts from 2024-10-04T13:00:00Z or before until 2024-10-04T14:00:00Z or later");
    keep_buf_free(&b);
}

/* --- put on file --- */

struct scene {
    const char *rules;
    keep_time last; /* of two accesses, the first at noon */
    enum keep_call call;
};

/* A town where the worker of "Medicine" opens a chart twice; the fact is on file from..to. How many cases are left. */
static size_t cases_with(const struct scene *s, const struct keep_missing *m, keep_time from, keep_time to)
{
    struct town *t = town_new(s->rules);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "Medicine"), v = town_worker(t, "V", "Medicine"), u = town_worker(t, "U", "Surgery"), d = town_term(t, "Medicine");
    int kind = 0;
    if (m) {
        while (m->offer->kinds && !(m->offer->kinds >> kind & 1))
            kind++;
        switch (s->call) {
        case KEEP_CALL_related: town_relation(t, kind, w, p, from, to); break;
        case KEEP_CALL_department_related: town_relation(t, kind, KEEP_ID_NONE, p, from, to)->department = d; break;
        case KEEP_CALL_encounter_at_unit:
            town_relation(t, KEEP_RELATION_ENCOUNTER, v, p, from, to);
            t->w.encounter[t->w.encounters++] = (struct keep_encounter){.entity = 1, .patient = p, .facility = KEEP_ID_NONE, .start = from, .end = to};
            break;
        default: town_relation(t, kind, u, p, from, to); break;
        }
    }
    town_event(t, NOON, w, p);
    town_event(t, s->last, w, p);
    size_t n = town_audit(t).case_n;
    town_free(t);
    return n;
}

static void test_missing_is_enough_and_no_wider(void **state)
{
    static const struct scene scene[] = {
        {OWN, NOON, KEEP_CALL_related},      {OWN, NOON + 72 * HOUR, KEEP_CALL_related},       {OWN, NOON + 73 * HOUR, KEEP_CALL_related}, {OWN, NOON + 900 * HOUR, KEEP_CALL_related},
        {OWN UNIT, NOON, KEEP_CALL_department_related}, {OWN UNIT, NOON + 5 * HOUR, KEEP_CALL_department_related},
        {EXPLAIN("around", "encounter_at_unit(duration(\"30m\"), duration(\"30m\"))"), NOON, KEEP_CALL_encounter_at_unit},
        {OWN UNIT ANY, NOON + HOUR, KEEP_CALL_patient_related}, {OWN UNIT ANY, NOON + 9 * HOUR, KEEP_CALL_patient_related}};
    struct keep_post post = {.department = KEEP_STR("Medicine")};
    (void)state;
    for (size_t i = 0; i < sizeof scene / sizeof *scene; i++) {
        struct keep_arena *a = keep_arena_new(0);
        const struct keep_missing_offer *o;
        struct keep_missing m;
        struct keep_err err = {0};
        size_t n;
        assert_int_equal(keep_missing_offers(town_compile(a, scene[i].rules), a, &o, &n, &err), 0);
        assert_true(keep_missing_find(o, n, NOON, scene[i].last, &post, &m));
        assert_int_equal(m.offer->call, scene[i].call);
        assert_int_equal(cases_with(&scene[i], NULL, 0, 0), 1);
        if (m.lasting) {
            assert_int_equal(cases_with(&scene[i], &m, m.from, m.to), 0);
            assert_int_equal(cases_with(&scene[i], &m, m.from + 1, m.to), 1); /* begins too late for the first */
            assert_int_equal(cases_with(&scene[i], &m, m.from, m.to - 1), 1); /* ends too early for the last */
        } else {
            assert_int_equal(cases_with(&scene[i], &m, m.from, KEEP_TIME_NONE), 0);
            assert_int_equal(cases_with(&scene[i], &m, m.to, KEEP_TIME_NONE), 0);
            assert_int_equal(cases_with(&scene[i], &m, m.from - 1, KEEP_TIME_NONE), 1);
            assert_int_equal(cases_with(&scene[i], &m, m.to + 1, KEEP_TIME_NONE), 1);
        }
        keep_arena_free(a);
    }
}

/* Only where a reason would have mattered is one said to be missing. */
static void test_missing_stands_where_it_matters(void **state)
{
    struct town *t = town_new(OWN TOWN_RULE("strict", 20, "low", "when event.action == \"print\"") TOWN_RULE("lenient", 10, "low", "when event.action == \"export\" unless expected"));
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), r = town_patient(t, "R"), w = town_worker(t, "W", "");
    (void)state;
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;
    t->action[town_event(t, NOON, w, q)] = KEEP_ACTION_EXPORT;
    town_event(t, NOON, w, r);
    struct keep_audit_result res = town_audit(t);
    assert_int_equal(res.case_n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(res.cases[i].missing_fact.n > 0, !keep_str_is(res.cases[i].rule, "strict"));
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_weakest_first),
        cmocka_unit_test(test_missing_in_words),
        cmocka_unit_test(test_missing_is_enough_and_no_wider),
        cmocka_unit_test(test_missing_stands_where_it_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
