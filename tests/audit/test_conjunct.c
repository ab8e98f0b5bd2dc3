#include "tests/audit/town.h"

#include "core/audit/conjunct.h"

struct desk {
    struct town *t;
    struct keep_relate *relate;
    struct keep_conjunct c;
    struct keep_events all;
};

static void sit(struct desk *d, struct town *t)
{
    d->t = t;
    assert_int_equal(keep_relate_new(&d->relate, &t->w, NULL, NULL), 0);
    assert_int_equal(keep_conjunct_init(&d->c, t->p, &t->w, NULL, d->relate, NULL), 0);
    d->all = town_slice(t, 0, t->n);
}

static void rise(struct desk *d)
{
    keep_conjunct_done(&d->c);
    keep_relate_free(d->relate);
    town_free(d->t);
}

static uint8_t pair(struct desk *d, uint32_t event, uint32_t rule, struct keep_conjunct_left *left)
{
    uint8_t code;
    keep_conjunct_point(&d->c, &d->all, event);
    keep_conjunct_meet(&d->c, keep_conjunct_user(&d->c, d->all.account[event], d->all.time[event]));
    assert_int_equal(keep_conjunct_by_pair(&d->c, &d->c.terms.access[rule], left, &code, NULL), 0);
    return code;
}

static void test_conjunct_leaves_for_the_event_only_what_needs_it(void **state)
{
    struct town *t = town_new(TOWN_RULE("a", 1, "low", "when patient.confidential && event.searched && user.role == \"nurse\""));
    struct desk d;
    struct keep_conjunct_left left;
    uint8_t code;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "");
    (void)state;
    t->w.patient[p].confidential = KEEP_TRI_YES;
    t->w.patient[q].confidential = KEEP_TRI_NO;
    town_event(t, NOON, w, p);
    t->searched[town_event(t, NOON, w, p)] = 1;
    town_event(t, NOON, w, q);
    sit(&d, t);
    assert_int_equal(pair(&d, 0, 0, &left), KEEP_CODE_DEPENDS);
    assert_int_equal(left.terms, 2); /* the second conjunct */
    assert_true(left.missing >= KEEP_CODE_UNKNOWN);
    assert_str(d.c.missing[left.missing - KEEP_CODE_UNKNOWN], "user.role");
    assert_int_equal(keep_conjunct_by_event(&d.c, &d.c.terms.access[0], &left, &code, NULL), 0);
    assert_int_equal(code, KEEP_CODE_NO); /* false wins over unknown */
    keep_conjunct_point(&d.c, &d.all, 1);
    assert_int_equal(keep_conjunct_by_event(&d.c, &d.c.terms.access[0], &left, &code, NULL), 0);
    assert_int_equal(code, left.missing);
    assert_int_equal(pair(&d, 2, 0, &left), KEEP_CODE_NO);
    assert_int_equal(d.c.by_patient[0][0].patient, q);
    assert_int_equal(d.c.by_patient[0][0].code, KEEP_CODE_NO);
    rise(&d);
}

static void test_conjunct_knows_dead_classes(void **state)
{
    struct town *t = town_new(TOWN_RULE("a", 1, "low", "when event.action == \"print\" && user.name == \"W\"") TOWN_RULE("b", 1, "low", "when event.exposure == \"listed\""));
    struct desk d;
    bool alive;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    town_event(t, NOON, w, p);
    t->action[town_event(t, NOON, w, p)] = KEEP_ACTION_PRINT;
    t->exposure[town_event(t, NOON, w, p)] = KEEP_EXPOSURE_LISTED;
    sit(&d, t);
    const bool want[3][2] = {{false, false}, {true, false}, {false, true}};
    for (uint32_t e = 0; e < 3; e++)
        for (uint32_t r = 0; r < 2; r++) {
            keep_conjunct_point(&d.c, &d.all, e);
            assert_int_equal(keep_conjunct_alive(&d.c, r, &alive, NULL), 0);
            assert_int_equal(alive, want[e][r]);
        }
    rise(&d);
}

static void test_conjunct_forgets_when_the_account_changes_hands(void **state)
{
    struct town *t = town_new(TOWN_RULE("a", 1, "low", "when user.role == \"nurse\""));
    struct desk d;
    struct keep_conjunct_left left;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    struct keep_account_span span[] = {{w, KEEP_TIME_NONE, NOON}, {v, NOON, KEEP_TIME_NONE}};
    (void)state;
    t->w.account[w].span = span;
    t->w.account[w].spans = 2;
    t->w.worker[w].role = KEEP_STR("nurse");
    t->w.worker[v].role = KEEP_STR("coder");
    for (int i = 0; i < 4; i++)
        town_event(t, NOON - 2 + i, w, p);
    sit(&d, t);
    assert_int_equal(pair(&d, 0, 0, &left), KEEP_CODE_YES);
    assert_int_equal(pair(&d, 1, 0, &left), KEEP_CODE_YES);
    assert_int_equal(pair(&d, 2, 0, &left), KEEP_CODE_NO);
    assert_true(d.c.lo == NOON);
    assert_int_equal(pair(&d, 0, 0, &left), KEEP_CODE_YES);
    rise(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conjunct_leaves_for_the_event_only_what_needs_it), cmocka_unit_test(test_conjunct_knows_dead_classes),
        cmocka_unit_test(test_conjunct_forgets_when_the_account_changes_hands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
