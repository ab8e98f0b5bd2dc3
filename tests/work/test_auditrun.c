/* Goal: an audit of a keep gives each access its verdict, names nobody unless
 * asked to, gives the same again, and leaves its counts in the ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text/json.h"
#include "tests/work/ward.h"

#define NOBODY ((struct keep_str){NULL, 0})

static void run(struct clinic *c, struct keep_auditrun *r, keep_time as_of, struct keep_str revealed)
{
    clinic_must(c, keep_auditrun_open(r, c->s, &c->adopted, as_of, revealed, &c->err));
    clinic_must(c, keep_auditrun_run(r, &c->err));
}

static const struct keep_case *case_of(const struct keep_auditrun *r, const char *rule)
{
    for (size_t i = 0; i < r->result.case_n; i++)
        if (keep_str_is(r->result.cases[i].rule, rule))
            return &r->result.cases[i];
    fail_msg("no case of %s", rule);
    return NULL;
}

static void test_auditrun_judges_every_access(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    run(c, &r, KEEP_TIME_NONE, NOBODY);
    assert_int_equal(r.result.events, 4);
    assert_int_equal(r.result.verdicts[KEEP_VERDICT_EXPECTED], 1);
    assert_int_equal(r.result.verdicts[KEEP_VERDICT_UNEXPLAINED], 1);
    assert_int_equal(r.result.verdicts[KEEP_VERDICT_FLAGGED], 1);
    assert_int_equal(r.result.verdicts[KEEP_VERDICT_NOT_ASSESSED], 1);
    assert_int_equal(r.result.case_n, 2);
    assert_int_equal(r.result.as_of, r.world.newest);
    const struct keep_case *k = case_of(&r, "unmapped");
    assert_int_equal(k->patient, ward_patient(&r.world, "M-new"));
    assert_int_equal(k->worker, KEEP_ID_NONE);
    k = case_of(&r, "unexplained");
    assert_int_equal(k->patient, ward_patient(&r.world, "M-old"));
    assert_true(memmem(k->missing_fact.p, k->missing_fact.n, "an encounter of the patient with the user", 41));
    keep_auditrun_free(&r);
}

static void test_auditrun_as_of_leaves_out_what_came_later(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    run(c, &r, (keep_time)1706900000 * KEEP_USEC, NOBODY); /* 2024-02-02 18:53 UTC */
    assert_int_equal(r.result.events, 2);
    assert_int_equal(r.result.after_as_of, 2);
    assert_int_equal(r.result.verdicts[KEEP_VERDICT_UNEXPLAINED], 0);
    keep_auditrun_free(&r);
}

static void test_auditrun_masks_what_it_shows(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r, again;
    char hex[33];
    run(c, &r, KEEP_TIME_NONE, NOBODY);
    const struct keep_case *k = case_of(&r, "unexplained"), *g = case_of(&r, "unmapped");
    assert_memory_equal(keep_auditrun_patient(&r, k).p, "patient-", 8);
    assert_memory_equal(keep_auditrun_user(&r, k).p, "user-", 5);
    assert_memory_equal(keep_auditrun_account(&r, k).p, "account-", 8);
    assert_int_equal(keep_auditrun_user(&r, g).n, 0); /* an account that is nobody's */
    assert_null(memmem(g->sentence.p, g->sentence.n, "ghost", 5));
    struct keep_str mask = keep_auditrun_patient(&r, g);
    assert_non_null(memmem(g->sentence.p, g->sentence.n, mask.p, mask.n)); /* the sentence speaks of the same mask */
    keep_codec_hex(k->id, 16, hex);
    run(c, &again, KEEP_TIME_NONE, keep_str_of(hex)); /* the same run, that case in clear */
    assert_true(keep_str_is(keep_auditrun_patient(&again, case_of(&again, "unexplained")), "Familyold, Given"));
    assert_true(keep_str_is(keep_auditrun_account(&again, case_of(&again, "unexplained")), "drada"));
    assert_true(keep_str_eq(keep_auditrun_patient(&again, case_of(&again, "unmapped")), mask));
    assert_memory_equal(case_of(&again, "unexplained")->id, k->id, 16);
    keep_auditrun_free(&again);
    keep_auditrun_free(&r);
}

static void test_auditrun_names_events_by_source_and_number(void **state)
{
    struct clinic *c = *state;
    static const char *const bad[] = {"", ":", "log", "log:", ":2", "log:x", "log:-1", "nolog:2", "log:2 ", "log:99999999999999999999", "log:281474976710658"};
    struct keep_auditrun r;
    struct keep_event_id id;
    run(c, &r, KEEP_TIME_NONE, NOBODY);
    const struct keep_case *k = case_of(&r, "unexplained");
    assert_true(keep_str_is(keep_auditrun_event_text(&r, k->event[0]), "log:2"));
    assert_true(keep_auditrun_event_id(&r, KEEP_STR("log:2"), &id));
    assert_true(id.source == k->event[0].source && id.ordinal == k->event[0].ordinal);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(keep_auditrun_event_id(&r, keep_str_of(bad[i]), &id));
    assert_true(keep_str_is(keep_auditrun_event_text(&r, (struct keep_event_id){999, 1}), "?:1"));
    keep_auditrun_free(&r);
}

static int read_act(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_buf *b = ctx;
    (void)err;
    keep_buf_add(b, act->body.p, act->body.n);
    return 0;
}

static void test_auditrun_records_counts_and_no_names(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    struct keep_buf body = KEEP_BUF_INIT, entry = KEEP_BUF_INIT;
    const struct keep_json *j;
    int64_t n;
    uint64_t size = keep_ledger_size(c->s);
    run(c, &r, KEEP_TIME_NONE, NOBODY);
    assert_int_equal(keep_auditrun_record(&r, &c->adopted, NULL, &c->err), 0);
    assert_int_equal(keep_ledger_size(c->s), size + 1);
    clinic_must(c, keep_txn_acts(c->s, "audit", NULL, read_act, &body, &c->err));
    assert_int_equal(keep_json_parse(&j, keep_buf_view(&body), "act", c->arena, &c->err), 0);
    assert_true(keep_json_i64(keep_json_get(j, "events"), &n) && n == 4);
    assert_true(keep_json_i64(keep_json_get(j, "flagged"), &n) && n == 1);
    assert_true(keep_json_i64(keep_json_get(j, "cases"), &n) && n == 2);
    assert_true(keep_json_i64(keep_json_get(j, "new"), &n) && n == 2);
    assert_int_equal(keep_json_len(keep_json_get(j, "packs")), 1);
    assert_int_equal(keep_json_len(keep_json_get(j, "rules")), 1);
    clinic_must(c, keep_ledger_entry(c->s, size, &entry, &c->err));
    for (int i = 0; i < 2; i++) {
        const struct keep_buf *b = i ? &entry : &body;
        assert_null(memmem(b->p, b->n, "drada", 5));
        assert_null(memmem(b->p, b->n, "M-old", 5));
        assert_null(memmem(b->p, b->n, "Family", 6));
    }
    keep_auditrun_free(&r);
    keep_buf_free(&body);
    keep_buf_free(&entry);
    assert_true(clinic_whole(c));
}

static int fail_at_second(void *ctx, const struct keep_events *b, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    (void)b, (void)i, (void)v, (void)rule;
    return ++*(int *)ctx == 2 ? keep_err_set(err, KEEP_E_IO, "the pipe is closed") : 0;
}

static void test_auditrun_forwards_a_failed_callback(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun r;
    int calls = 0;
    clinic_must(c, keep_auditrun_open(&r, c->s, &c->adopted, KEEP_TIME_NONE, NOBODY, &c->err));
    r.in.verdict = fail_at_second;
    r.in.verdict_ctx = &calls;
    assert_int_equal(keep_auditrun_run(&r, &c->err), KEEP_E_IO);
    assert_true(clinic_said(c, KEEP_E_IO, "pipe"));
    assert_int_equal(calls, 2);
    keep_auditrun_free(&r);
    keep_auditrun_free(&r); /* as after an opening that failed */
}

static void test_auditrun_of_an_empty_log(void **state)
{
    struct clinic *c = clinic_new();
    struct keep_auditrun r;
    (void)state;
    clinic_adopt(c, WARD_RULES);
    run(c, &r, KEEP_TIME_NONE, NOBODY);
    assert_int_equal(r.result.events, 0);
    assert_int_equal(r.result.case_n, 0);
    assert_int_equal(keep_auditrun_record(&r, &c->adopted, NULL, &c->err), 0);
    keep_auditrun_free(&r);
    clinic_free(c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, ward_setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_auditrun_judges_every_access),
        T(test_auditrun_as_of_leaves_out_what_came_later),
        T(test_auditrun_masks_what_it_shows),
        T(test_auditrun_names_events_by_source_and_number),
        T(test_auditrun_records_counts_and_no_names),
        T(test_auditrun_forwards_a_failed_callback),
        cmocka_unit_test(test_auditrun_of_an_empty_log),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
