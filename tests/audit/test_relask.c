#include "tests/audit/town.h"

#include "core/audit/relask.h"

#define RULE(when) "explanation \"x\" { title \"x\" when " when " missing \"m\" authority \"a\" checked \"unverified\" }\n"

static void test_relask_knows_what_is_nothing_but_questions(void **state)
{
    static const struct {
        const char *text;
        uint32_t n;
    } want[] = {
        {RULE("related([\"note\"], duration(\"1h\"), duration(\"2h\"))"), 1},
        {RULE("encounter_at_unit(duration(\"1h\"), duration(\"2h\"))"), 1},
        {RULE("department_related([\"order\", \"note\"], duration(\"1h\"), duration(\"2h\")) || encounter_at_unit(duration(\"3h\"), duration(\"4h\"))"), 2},
        {RULE("related([\"note\"], duration(\"1h\"), duration(\"2h\")) || user.is_patient"), 0},
        {RULE("!related([\"note\"], duration(\"1h\"), duration(\"2h\"))"), 0},
        {RULE("user.is_patient"), 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct town *t = town_new(want[i].text);
        struct keep_relask ask[KEEP_RELASK_MOST];
        assert_int_equal(keep_relask_of(t->p->explanation[0].when, ask), want[i].n);
        if (i == 2) {
            assert_int_equal(ask[0].call, KEEP_CALL_department_related);
            assert_int_equal(ask[0].kinds, 1u << KEEP_RELATION_ORDER | 1u << KEEP_RELATION_NOTE);
            assert_true(ask[0].before == HOUR && ask[0].after == 2 * HOUR);
            assert_int_equal(ask[1].call, KEEP_CALL_encounter_at_unit);
            assert_true(ask[1].before == 3 * HOUR && ask[1].after == 4 * HOUR);
        }
        town_free(t);
    }
}

/* The same questions, asked and walked: outcome, what was missing, dependencies, stretch. */
static void test_relask_answers_as_the_expression_does(void **state)
{
    struct town *t = town_new(RULE("related([\"note\"], duration(\"1h\"), duration(\"2h\")) || department_related([\"order\"], duration(\"1h\"), duration(\"1h\"))"
                                   " || encounter_at_unit(duration(\"1h\"), duration(\"1h\"))"));
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), heart = town_term(t, "Heart");
    struct keep_relask ask[KEEP_RELASK_MOST];
    struct keep_relate *r;
    struct keep_bind b;
    (void)state;
    town_worker(t, "W", "Heart");
    town_worker(t, "V", "");
    t->w.accounts++; /* nobody's */
    t->w.account[2] = (struct keep_account){.entity = 9, .login = KEEP_STR("x")};
    town_relation(t, KEEP_RELATION_NOTE, 1, p, NOON, NOON)->author = 1;
    town_relation(t, KEEP_RELATION_ORDER, KEEP_ID_NONE, p, NOON + DAY, NOON + DAY)->department = heart;
    town_relation(t, KEEP_RELATION_NOTE, 0, q, KEEP_TIME_NONE, KEEP_TIME_NONE);
    uint32_t n = keep_relask_of(t->p->explanation[0].when, ask);
    assert_int_equal(n, 3);
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    assert_int_equal(keep_bind_init(&b, t->p, &t->w, NULL, r, NULL), 0);
    for (uint32_t account = 0; account < 4; account++)
        for (uint32_t patient = 0; patient < 3; patient++)
            for (keep_time at = NOON - 2 * HOUR; at < NOON + 2 * DAY; at += HOUR / 2) {
                enum keep_tristate x, y;
                struct keep_str why, whom;
                keep_bind_set(&b, &(struct keep_bind_event){.account = account < 3 ? account : KEEP_ID_NONE, .patient = patient < 2 ? patient : KEEP_ID_NONE, .time = at});
                assert_int_equal(keep_bind_run(&b, t->p->explanation[0].when, &x, &why, NULL), 0);
                const struct keep_bind walked = b;
                keep_relask_run(&b, ask, n, &y, &whom);
                assert_int_equal(x, y);
                assert_true(keep_str_eq(why, whom));
                assert_int_equal(walked.deps, b.deps);
                assert_true(walked.lo == b.lo && walked.hi == b.hi && walked.by == b.by && walked.own_late == b.own_late);
            }
    keep_bind_done(&b);
    keep_relate_free(r);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_relask_knows_what_is_nothing_but_questions), cmocka_unit_test(test_relask_answers_as_the_expression_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
