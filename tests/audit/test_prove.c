#include "tests/audit/town.h"

struct proofs {
    struct keep_audit_proof p[16];
    char missing[16][64];
    int n, stop_at;
};

static int each(void *ctx, const struct keep_audit_proof *p, struct keep_err *err)
{
    struct proofs *l = ctx;
    (void)err;
    memcpy(l->missing[l->n], p->missing.p ? p->missing.p : "", p->missing.n);
    l->p[l->n++] = *p;
    return l->n == l->stop_at ? 9 : 0;
}

static const char rules[] = TOWN_VISIT "explanation \"order\" { title \"o\" when related([\"order\"], duration(\"1h\"), duration(\"1h\")) missing \"m\" authority \"a\" "
                                       "checked \"unverified\" }\n" TOWN_RULE("address", 50, "high", "when user.address_key == patient.address_key unless expected")
    TOWN_RULE("printed", 40, "high", "when event.action == \"print\"") TOWN_EVIDENCE("searched", 5, "event.searched")
        "access \"many\" { title \"m\" severity low weight 1 when event.exposure == \"opened\" per user.id within 1 hour count >= 2 "
        "authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"e\" }\n";

static void test_prove_names_every_reason_and_rule_considered(void **state)
{
    struct town *t = town_new(rules);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct keep_audit_input in;
    struct proofs l = {0};
    enum keep_verdict v;
    (void)state;
    t->w.worker[w].address_key[0] = t->w.patient[p].address_key[0] = 4;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON);
    town_relation(t, KEEP_RELATION_ORDER, w, p, NOON + 1, NOON + 1)->author = w;
    t->searched[town_event(t, NOON, w, p)] = 1;
    in = town_input(t);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 1}, &v, each, &l, NULL), 0);
    assert_int_equal(v, KEEP_VERDICT_EXPECTED);
    assert_int_equal(l.n, 6);
    assert_true(!l.p[0].access && l.p[0].index == 0 && l.p[0].outcome == KEEP_TRI_YES && l.p[0].relation == &t->w.relation[0]);
    assert_true(!l.p[1].access && l.p[1].outcome == KEEP_TRI_NO && l.p[1].own_late_fact && !l.p[1].relation);
    assert_true(l.p[2].access && l.p[2].index == 0 && l.p[2].outcome == KEEP_TRI_NO); /* a reason is on file */
    assert_int_equal(l.p[3].outcome, KEEP_TRI_NO);
    assert_int_equal(l.p[4].outcome, KEEP_TRI_YES); /* evidence is shown too */
    assert_int_equal(l.p[5].outcome, KEEP_TRI_NO);
    town_free(t);
}

static void test_prove_tells_unknowns_and_windows(void **state)
{
    struct town *t = town_new(rules);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct keep_audit_input in;
    struct proofs l = {0};
    enum keep_verdict v;
    (void)state;
    town_event(t, NOON, w, p);
    town_event(t, NOON + 1, w, p);
    in = town_input(t);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 2}, &v, each, &l, NULL), 0);
    assert_int_equal(v, KEEP_VERDICT_FLAGGED);
    assert_int_equal(l.p[2].outcome, KEEP_TRI_UNKNOWN);
    assert_string_equal(l.missing[2], "user.address_key");
    assert_int_equal(l.p[5].outcome, KEEP_TRI_YES);
    town_free(t);
}

static void test_prove_says_when_there_is_no_such_event(void **state)
{
    struct town *t = town_new(rules);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct keep_audit_input in;
    struct proofs l = {.stop_at = 2};
    enum keep_verdict v = KEEP_VERDICT_COUNT;
    (void)state;
    town_event(t, NOON, w, p);
    in = town_input(t);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 2}, &v, each, &l, NULL), 1);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){2, 1}, &v, each, &l, NULL), 1);
    in.as_of = NOON - 1; /* after the as-of time it is not there either */
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 1}, &v, each, &l, NULL), 1);
    in.as_of = NOON;
    assert_int_equal(l.n, 0);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 1}, &v, each, &l, NULL), 9); /* what the caller returns goes through */
    assert_int_equal(v, KEEP_VERDICT_COUNT);
    town_free(t);
}

static void test_prove_names_the_exception(void **state)
{
    struct town *t = town_new(TOWN_RULE("any", 40, "low", "when true") "exception \"x\" for \"any\" { when event.searched until date(\"2999-01-01\") owner \"o\" reason \"r\" }\n");
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct keep_audit_input in;
    struct proofs l = {0};
    enum keep_verdict v;
    (void)state;
    t->searched[town_event(t, NOON, w, p)] = 1;
    town_event(t, NOON, w, p);
    in = town_input(t);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 1}, &v, each, &l, NULL), 0);
    assert_int_equal(v, KEEP_VERDICT_UNEXPLAINED);
    assert_true(l.p[0].outcome == KEEP_TRI_NO && l.p[0].exception == &t->p->exception[0]);
    assert_int_equal(keep_audit_prove(&in, (struct keep_event_id){1, 2}, &v, each, &l, NULL), 0);
    assert_true(l.p[1].outcome == KEEP_TRI_YES && !l.p[1].exception);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prove_names_every_reason_and_rule_considered), cmocka_unit_test(test_prove_tells_unknowns_and_windows),
        cmocka_unit_test(test_prove_says_when_there_is_no_such_event), cmocka_unit_test(test_prove_names_the_exception),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
