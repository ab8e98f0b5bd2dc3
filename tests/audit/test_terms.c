#include "tests/audit/town.h"

#include "core/audit/terms.h"

static void test_terms_know_what_a_rule_reads(void **state)
{
    struct town *t = town_new(TOWN_VISIT TOWN_RULE("a", 1, "low", "when event.break_glass && event.reason_length < 5 && patient.confidential unless user.role == \"coder\"")
                                  TOWN_RULE("b", 1, "low", "when [\"opened\", \"listed\"].exists(x, x == event.exposure) unless expected")
                                      TOWN_RULE("c", 1, "low", "when event.searched || patient.confidential"));
    struct keep_terms m;
    (void)state;
    assert_int_equal(keep_terms_new(&m, t->p, NULL), 0);
    assert_int_equal(m.access[0].n, 4);
    assert_true(m.access[0].opened_only && m.access[0].needs_patient && m.access[0].by_event && m.access[0].single && !m.access[0].unless_expected);
    const struct keep_term *x = &m.term[m.access[0].begin];
    assert_true(x[0].event_only && x[0].by_class && !x[0].negated);
    assert_true(!x[2].event_only && !x[2].by_class);
    assert_true(x[3].negated && !x[3].event_only);
    assert_true(!m.access[1].opened_only && m.access[1].unless_expected && !m.access[1].needs_patient);
    assert_int_equal(m.access[2].n, 1); /* no top-level && to split at */
    assert_false(m.term[m.access[2].begin].event_only);
    assert_int_equal(m.explanation[0].n, 1);
    keep_terms_free(&m);
    town_free(t);
}

static void test_terms_keep_a_very_long_rule_whole(void **state)
{
    char text[8192] = "access \"long\" { title \"t\" severity low weight 1 when event.searched";
    (void)state;
    for (int i = 0; i < KEEP_TERMS_PER_RULE; i++)
        strcat(text, " && user.name != \"x\"");
    strcat(text, " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"e\" }\n");
    struct town *t = town_new(text);
    struct keep_terms m;
    assert_int_equal(keep_terms_new(&m, t->p, NULL), 0);
    assert_int_equal(m.access[0].n, 1);
    assert_ptr_equal(m.term[0].e, t->p->access[0].when);
    keep_terms_free(&m);

    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    t->searched[town_event(t, NOON, w, p)] = 1;
    town_event(t, NOON, w, p);
    assert_int_equal(town_audit(t).access[0].fired, 1);
    town_free(t);
}

static void test_terms_classes_are_apart(void **state)
{
    struct town *t = town_new("");
    uint8_t *seen = calloc(KEEP_TERMS_CLASSES, 1);
    (void)state;
    uint32_t n = 0, e = town_event(t, NOON, 0, 0);
    struct keep_events all = town_slice(t, 0, 1);
    for (int a = 0; a < KEEP_ACTION_COUNT; a++)
        for (int x = 0; x < KEEP_EXPOSURE_COUNT; x++)
            for (int o = 0; o < KEEP_OUTCOME_COUNT; o++)
                for (int u = 0; u < KEEP_PURPOSE_COUNT; u++)
                    for (int g = 0; g < KEEP_TRI_COUNT * 2; g++) {
                        t->action[e] = (uint8_t)a;
                        t->exposure[e] = (uint8_t)x;
                        t->outcome[e] = (uint8_t)o;
                        t->purpose[e] = (uint8_t)u;
                        t->glass[e] = (uint8_t)(g / 2);
                        t->searched[e] = (uint8_t)(g % 2);
                        uint32_t c = keep_terms_class(&all, e);
                        assert_true(c < KEEP_TERMS_CLASSES);
                        n += !seen[c];
                        seen[c] = 1;
                    }
    assert_int_equal(n, KEEP_TERMS_CLASSES);
    free(seen);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms_know_what_a_rule_reads), cmocka_unit_test(test_terms_keep_a_very_long_rule_whole), cmocka_unit_test(test_terms_classes_are_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
