/* Goal: a fingerprint changes with what a judgement could rest on, and with nothing else. */
#include "tests/audit/town.h"

#include "core/audit/prints.h"

/* By one and by three: the same. */
static struct keep_prints prints(struct town *t)
{
    struct keep_prints f, by_three;
    struct keep_crew *crew;
    struct keep_err err = {0};
    assert_int_equal(keep_prints_make(&f, NULL, t->p, &t->w, KEEP_STR("UTC"), NULL, &err), 0);
    assert_int_equal(keep_crew_new(&crew, 3, &err), 0);
    assert_int_equal(keep_prints_make(&by_three, crew, t->p, &t->w, KEEP_STR("UTC"), NULL, &err), 0);
    assert_memory_equal(f.patient, by_three.patient, t->w.patients * sizeof *f.patient);
    assert_memory_equal(f.account, by_three.account, t->w.accounts * sizeof *f.account);
    assert_true(f.whole == by_three.whole && f.vouches == by_three.vouches);
    keep_prints_done(&by_three);
    keep_crew_free(crew);
    return f;
}

/* Bits: patient 0, patient 1, account 0, account 1, everybody. Takes over. */
static unsigned changed(struct town *t, struct keep_prints *was)
{
    struct keep_prints now = prints(t);
    unsigned bits = (now.patient[0] != was->patient[0]) | (unsigned)(now.patient[1] != was->patient[1]) << 1 | (unsigned)(now.account[0] != was->account[0]) << 2 |
                    (unsigned)(now.account[1] != was->account[1]) << 3 | (unsigned)(now.whole != was->whole) << 4;
    keep_prints_done(was);
    *was = now;
    return bits;
}

static void test_prints_follow_what_is_on_file(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), v = town_worker(t, "V", "North"), w = town_worker(t, "W", "South");
    struct keep_prints f = prints(t);
    (void)state;
    (void)p;
    assert_int_equal(changed(t, &f), 0);
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, q, NOON, NOON);
    assert_int_equal(changed(t, &f), 2 | 16); /* now some source tells of encounters */
    t->w.relation[0].recorded++;
    assert_int_equal(changed(t, &f), 2);
    t->w.relation[0].row = 99; /* which row says so is nothing that is judged by */
    assert_int_equal(changed(t, &f), 0);
    t->w.worker[w].department = KEEP_STR("East"); /* and with it, whose departments the patient's visits were in */
    assert_int_equal(changed(t, &f), 2 | 8);
    t->w.patient[0].address_key[2] = 7;
    assert_int_equal(changed(t, &f), 1);
    struct keep_account_span s = {w, KEEP_TIME_NONE, KEEP_TIME_NONE};
    t->w.account[v].span = &s; /* both are one user's now */
    assert_int_equal(changed(t, &f), 4 | 8);
    t->w.patient[0].worker = w;
    assert_int_equal(changed(t, &f), 1);
    t->w.worker[w].patient = 0;
    assert_int_equal(changed(t, &f), 1 | 4 | 8 | 16); /* now some worker is known to be a patient */
    keep_prints_done(&f);
    town_free(t);
}

static void test_prints_see_of_departments_what_a_rule_asks(void **state)
{
    static const char below[] = TOWN_RULE("few", 40, "low", "when department_ties() < 2"), shown[] = TOWN_RULE("few", 40, "low", "when department_ties() * 2 < 5");
    (void)state;
    for (int exact = 0; exact < 2; exact++) {
        struct town *t = town_new(exact ? shown : below);
        uint32_t p[5];
        for (int i = 0; i < 5; i++)
            p[i] = town_patient(t, "P");
        for (int i = 0; i < 6; i++)
            town_worker(t, "W", i == 1 ? "South" : "North");
        town_relation(t, KEEP_RELATION_ENCOUNTER, 1, p[2], NOON, NOON);
        struct keep_prints f = prints(t);
        for (uint32_t n = 0; n < 4; n++) { /* one more of the North shares a patient with the South */
            town_relation(t, KEEP_RELATION_ENCOUNTER, n ? n + 1 : 0, p[2], NOON, NOON);
            assert_int_equal(changed(t, &f) & 4, exact || n < 3 ? 4 : 0); /* up to one above the number it is compared with */
        }
        keep_prints_done(&f);
        town_free(t);
    }
}

/* A source's word that it has everything counts only where a rule asks for what it may have left out; that it may have left out something never does. */
static void test_prints_follow_what_is_vouched_for(void **state)
{
    static const char *const rule[] = {TOWN_VISIT, TOWN_RULE("x", 40, "low", "when event.searched && !user.trained"), TOWN_RULE("x", 40, "low", "when event.searched && user.idle_days > 9")};
    (void)state;
    for (int asked = 0; asked < 3; asked++) {
        struct town *t = town_new(rule[asked]);
        town_patient(t, "P");
        town_patient(t, "Q");
        town_worker(t, "V", "");
        uint32_t w = town_worker(t, "W", "");
        struct keep_prints f = prints(t);
        town_training(t, w, "privacy", 19000, KEEP_DATE_NONE);
        assert_int_equal(changed(t, &f), 8);
        t->w.training[0].valid_until = 20000;
        assert_int_equal(changed(t, &f), 8);
        town_vouches(t, 20000);
        assert_int_equal(changed(t, &f), asked ? 16 : 0);
        assert_int_equal(f.vouches, asked ? 2 : 0);
        struct keep_prints_vouched before[] = {{1, 20000}, {KEEP_PRINTS_DISCLOSURES, KEEP_DATE_NONE}};
        for (int days = -2; days < 3; days++) { /* its steward declares it anew */
            town_vouches(t, 20000 + days);
            assert_int_equal(changed(t, &f), 0);
            assert_true(keep_prints_since(&f, before) == (!asked || !days ? KEEP_TIME_NONE : (20001 + (days < 0 ? days : 0)) * DAY));
        }
        t->w.source[0].through = KEEP_DATE_NONE; /* it says nothing of when it ends */
        assert_int_equal(changed(t, &f), asked ? 16 : 0);
        t->w.source[0].id++;
        assert_int_equal(changed(t, &f), asked ? 16 : 0);
        t->w.source[0].complete = false;
        assert_int_equal(changed(t, &f), asked ? 16 : 0);
        t->w.source[0].through = 19990;
        assert_int_equal(changed(t, &f), 0);
        keep_prints_done(&f);
        town_free(t);
    }
}

/* The accounting of disclosures speaks for itself through its last entry: the next one, whosever, changes what is behind the one before. */
static void test_prints_follow_the_last_disclosure(void **state)
{
    struct town *t = town_new(TOWN_RULE("x", 40, "low", "when event.searched && !patient_related([\"disclosure\"], duration(\"1h\"), duration(\"1h\"))"));
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "");
    struct keep_prints f = prints(t);
    (void)state;
    assert_int_equal(f.vouched[0].through, KEEP_DATE_NONE);
    town_relation(t, KEEP_RELATION_DISCLOSURE, w, p, 100 * DAY, KEEP_TIME_NONE);
    assert_int_equal(changed(t, &f), 16 | 1); /* from now on the accounting is known to be one */
    struct keep_prints_vouched before = f.vouched[0];
    assert_int_equal(before.source, KEEP_PRINTS_DISCLOSURES);
    town_relation(t, KEEP_RELATION_DISCLOSURE, w, q, 90 * DAY, KEEP_TIME_NONE);
    assert_int_equal(changed(t, &f), 2);
    assert_true(keep_prints_since(&f, &before) == KEEP_TIME_NONE);
    town_relation(t, KEEP_RELATION_DISCLOSURE, w, q, 110 * DAY, KEEP_TIME_NONE);
    assert_int_equal(changed(t, &f), 2);
    assert_true(keep_prints_since(&f, &before) == 101 * DAY);
    keep_prints_done(&f);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_follow_the_last_disclosure),
        cmocka_unit_test(test_prints_follow_what_is_on_file),
        cmocka_unit_test(test_prints_follow_what_is_vouched_for),
        cmocka_unit_test(test_prints_see_of_departments_what_a_rule_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
