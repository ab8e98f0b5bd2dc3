#include "tests/audit/town.h"

#include "core/audit/passes.h"

static int count(void *ctx, const struct keep_events *batch, struct keep_err *err)
{
    uint64_t *n = ctx;
    (void)err;
    *n += batch->n;
    return 0;
}

static int fail_next(void *ctx, struct keep_events *out, struct keep_err *err)
{
    (void)ctx;
    (void)out;
    return keep_err_set(err, KEEP_E_IO, "the log cannot be read");
}

static void test_passes_find_first_accesses_before_anything_is_judged(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct keep_passes s;
    struct keep_audit_input in;
    uint64_t n = 0;
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON)->author = w;
    town_event(t, NOON + 1, w, p);
    town_event(t, NOON - 1, w, p); /* the first, standing last in the log */
    t->exposure[town_event(t, NOON - DAY, w, p)] = KEEP_EXPOSURE_LISTED; /* opened nothing */
    in = town_input(t);
    assert_int_equal(keep_passes_open(&s, &in, NULL), 0);
    assert_null(s.window);
    struct keep_relate_ask q = {w, p, UINT32_MAX, HOUR, HOUR, NOON};
    struct keep_relate_answer a;
    keep_relate_worker(s.relate, &q, &a);
    assert_true(a.holds == KEEP_TRI_NO && a.own_late);
    assert_int_equal(keep_passes_run(&s, count, &n, NULL), 0);
    assert_int_equal(n, 3);
    keep_passes_close(&s);

    t->w.relation[0].recorded = NOON - DAY; /* written after the list was shown, before the chart was opened */
    assert_int_equal(keep_passes_open(&s, &in, NULL), 0);
    keep_relate_worker(s.relate, &q, &a);
    assert_int_equal(a.holds, KEEP_TRI_YES);
    keep_passes_close(&s);
    town_free(t);
}

static void test_passes_forward_what_the_log_says(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r;
    struct keep_passes s = {0};
    struct keep_err err = {0};
    (void)state;
    t->scan.next = fail_next;
    assert_int_equal(keep_passes_open(&s, &in, &err), KEEP_E_IO);
    assert_string_equal(err.text, "the log cannot be read");
    assert_null(s.relate);
    keep_passes_close(&s);
    assert_int_equal(keep_audit_run(&in, t->a, &r, &err), KEEP_E_IO);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_passes_find_first_accesses_before_anything_is_judged), cmocka_unit_test(test_passes_forward_what_the_log_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
