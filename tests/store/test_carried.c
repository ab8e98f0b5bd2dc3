/* Goal: what an audit leaves is there as it was given, in order, or gone as a whole; and the log is read from where it left off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/store/carried.h"
#include "core/store/txn.h"
#include "tests/store/hospital.h"

static void begin(struct hospital *h)
{
    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_AUDIT, &h->err));
    keep_txn_count(h->s, "cases", 1);
}

static void leave(struct hospital *h, const char *head, const char *part, bool fresh)
{
    begin(h);
    if (fresh)
        hospital_must(h, keep_carried_drop(h->s, &h->err));
    hospital_must(h, keep_carried_add(h->s, keep_str_of(part), &h->err));
    hospital_must(h, keep_carried_begin(h->s, keep_str_of(head), &h->err));
    hospital_must(h, keep_txn_end(h->s, 0, &h->err));
}

static int add(void *ctx, struct keep_str body, struct keep_err *err)
{
    (void)err;
    keep_buf_add(ctx, body.p, body.n);
    keep_buf_char(ctx, ' ');
    return 0;
}

static void is(struct hospital *h, const char *head, const char *parts)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_carried_head(h->s, &b, &h->err);
    assert_int_equal(rc, head ? 1 : 0);
    assert_true(keep_str_is(keep_buf_view(&b), head ? head : ""));
    keep_buf_clear(&b);
    hospital_must(h, keep_carried_parts(h->s, add, &b, &h->err));
    assert_true(keep_str_is(keep_buf_view(&b), parts));
    keep_buf_free(&b);
}

static void test_carried_parts_add_up(void **state)
{
    struct hospital *h = hospital_new();
    (void)state;
    is(h, NULL, "");
    leave(h, "first", "a", true);
    leave(h, "second", "b", false);
    leave(h, "third", "c", false);
    is(h, "third", "a b c ");
    begin(h);
    hospital_must(h, keep_carried_drop(h->s, &h->err));
    hospital_must(h, keep_carried_begin(h->s, KEEP_STR("never"), &h->err));
    keep_txn_abort(h->s);
    is(h, "third", "a b c ");
    leave(h, "fourth", "abc", true);
    is(h, "fourth", "abc ");
    begin(h);
    hospital_must(h, keep_carried_drop(h->s, &h->err));
    hospital_must(h, keep_txn_end(h->s, 0, &h->err));
    is(h, NULL, "");
    hospital_free(h);
}

static void test_carried_is_refused_when_too_long(void **state)
{
    struct hospital *h = hospital_new();
    char *much = calloc(1, KEEP_CARRIED_MAX + 1);
    (void)state;
    assert_non_null(much);
    leave(h, "first", "a", true);
    begin(h);
    assert_int_equal(keep_carried_add(h->s, (struct keep_str){much, KEEP_CARRIED_MAX + 1}, &h->err), KEEP_E_LIMIT);
    keep_txn_abort(h->s);
    is(h, "first", "a ");
    free(much);
    hospital_free(h);
}

/* What a pass over the log gives: ordinals' sum; how many. */
static uint64_t pass(struct hospital *h, struct keep_event_scan *s, uint64_t *sum)
{
    struct keep_events b;
    uint64_t n = 0;
    int rc;
    *sum = 0;
    hospital_must(h, s->rewind(s->ctx, &h->err));
    while ((rc = s->next(s->ctx, &b, &h->err)) > 0)
        for (uint32_t i = 0; i < b.n; i++, n++) {
            *sum += b.ordinal[i];
            assert_int_equal(b.time[i], T0 + ((keep_time)b.ordinal[i] - 1) * KEEP_USEC);
            assert_int_equal(b.patient[i], b.ordinal[i] == 20001);
        }
    hospital_must(h, rc);
    return n;
}

static void test_carried_log_is_read_from_there(void **state)
{
    enum { MANY = 40000, MORE = 1000 };
    struct hospital *h = hospital_new();
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    struct keep_load_events *e;
    struct keep_event_scan s;
    uint64_t events, sum;
    uint8_t of[4] = {0};
    (void)state;
    hospital_begin(h, "log");
    for (int i = 0; i < MANY; i++)
        hospital_event(h, T0 + i * KEEP_USEC, "ann", i == 20000 ? "p2" : "p1");
    hospital_finish(h);
    hospital_begin(h, "log");
    for (int i = MANY; i < MANY + MORE; i++)
        hospital_event(h, T0 + i * KEEP_USEC, "ann", "p1");
    hospital_finish(h);
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    hospital_must(h, keep_load_events_open(&e, h->s, &w, &s, &h->err));
    const struct keep_load_since since = {1, MANY};
    struct keep_load_only only = {.since = &since, .sources = 1, .from = KEEP_TIME_NONE};
    events = keep_load_events_only(e, &only);
    uint64_t fresh = pass(h, &s, &sum), sum_fresh = sum;
    assert_true(fresh >= MORE && fresh <= KEEP_SEGMENT_EVENTS + MORE && fresh == events);
    only.from = T0 + (MANY - 20000) * KEEP_USEC;
    events = keep_load_events_only(e, &only);
    uint64_t later = pass(h, &s, &sum);
    assert_true(later >= 20000 + MORE && later < MANY);
    only.from = KEEP_TIME_NONE;
    assert_true(w.patients == 2 && w.patients <= sizeof of);
    of[1] = 1;
    only.patient = of;
    events = keep_load_events_only(e, &only);
    uint64_t about = pass(h, &s, &sum);
    assert_int_equal(about, fresh + 1);
    assert_int_equal(sum, sum_fresh + 20001);
    assert_int_equal(keep_load_events_only(e, NULL), MANY + MORE);
    assert_int_equal(pass(h, &s, &sum), MANY + MORE);
    assert_int_equal(sum, (uint64_t)(MANY + MORE) * (MANY + MORE + 1) / 2);
    keep_load_events_close(e);
    keep_arena_free(a);
    hospital_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carried_parts_add_up),
        cmocka_unit_test(test_carried_is_refused_when_too_long),
        cmocka_unit_test(test_carried_log_is_read_from_there),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
