/* Goal: a month of the log goes whole and for good, the other months stay, what
 * is left says so, and a crash leaves one or the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "core/store/fault.h"
#include "core/store/logperiod.h"
#include "core/store/rowio.h"
#include "core/store/sets.h"
#include "tests/store/hospital.h"

enum { DAYS = 70 }; /* T0 is a 14 November: 16 days of it and of the zone's evening, all of December, the rest of January */

static struct hospital *with_log(void)
{
    struct hospital *h = hospital_new();

    hospital_begin(h, "log");
    for (int i = 0; i < DAYS * 10; i++)
        hospital_event(h, T0 + (keep_time)i * (DAY / 10), i % 2 ? "ann" : "bob", i % 3 ? "p1" : "p2");
    hospital_finish(h);
    return h;
}

static int64_t number(struct hospital *h, const char *sql)
{
    int64_t v;

    hospital_must(h, keep_rowio_number(h->s, sql, 0, &v, &h->err));
    return v;
}

static int destroy(struct hospital *h, int64_t period, int (*check)(void *, struct keep_err *), void *ctx)
{
    const struct keep_logperiod p = {.source = h->source, .period = period};
    const struct keep_erasure_key key = {KEEP_RING_PERIOD, keep_logperiod_owner(&p)};
    struct keep_erasure e = {.intent = 4, .key = &key, .keys = 1};

    memset(e.plan, 0xab, sizeof e.plan);
    return keep_sets_erase(h->s, &e, 1, check, ctx, &h->err);
}

static int december(struct hospital *h, int (*check)(void *, struct keep_err *), void *ctx)
{
    return destroy(h, 202312, check, ctx);
}

struct seen {
    int n;
    struct keep_logperiod p[5];
};

static int see(void *ctx, const struct keep_logperiod *p, struct keep_err *err)
{
    struct seen *s = ctx;

    (void)err;
    assert_true(s->n < 5);
    assert_true(keep_str_is(p->name, "log"));
    s->p[s->n++] = *p;
    return 0;
}

static struct seen seen(struct hospital *h)
{
    struct seen s = {0};

    hospital_must(h, keep_logperiod_list(h->s, see, &s, &h->err));
    assert_int_equal(s.n, 3);
    assert_int_equal(s.p[0].events + s.p[1].events + s.p[2].events, DAYS * 10);
    return s;
}

static int check(struct hospital *h)
{
    struct keep_store_checker c = {.found = hospital_found};
    struct keep_store_params p = {.path = h->d->keep, .key = h->d->key};

    return keep_store_check(&p, &c, &h->err);
}

static void again(struct hospital *h, bool write)
{
    keep_store_close(h->s);
    h->s = keepdir_open(h->d, write);
}

static int detail(struct hospital *h, uint64_t ordinal)
{
    struct keep_buf json = KEEP_BUF_INIT, raw = KEEP_BUF_INIT;
    int rc = keep_load_event_detail(h->s, h->source, ordinal, &json, &raw, &h->err);

    keep_buf_free(&json);
    keep_buf_free(&raw);
    return rc;
}

/* Of the first access of a period, one of another, and such as never were: do they stand? */
static void stand(struct hospital *h, uint64_t ordinal, bool does)
{
    struct keep_load_standing of[] = {{h->source, 0, true}, {h->source, 1, false}, {h->source, ordinal, !does}, {h->source, ordinal + 1, !does}, {h->source, UINT64_C(1) << 40, true}, {h->source + 1, 1, true}};
    const bool want[] = {false, true, does, does, false, false};

    hospital_must(h, keep_load_events_standing(h->s, of, sizeof of / sizeof *of, &h->err));
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        assert_int_equal(of[i].stands, want[i]);
    hospital_must(h, keep_load_events_standing(h->s, of, 0, &h->err));
}

static void is_destroyed(struct hospital *h, uint64_t events)
{
    struct seen s = seen(h);

    assert_true(s.p[1].destroyed);
    assert_int_equal(s.p[1].events, events);
    assert_int_equal(s.p[1].bytes, 0);
    assert_int_equal(s.p[1].intent, 4);
    assert_false(s.p[0].destroyed || s.p[2].destroyed);
    assert_int_equal(number(h, "SELECT sum(n) FROM segment"), (int64_t)(s.p[0].events + s.p[2].events));
    assert_int_equal(number(h, "SELECT count(*) FROM segment WHERE period = 202312"), 0);
    assert_int_equal(number(h, "SELECT count(*) FROM present WHERE segment NOT IN (SELECT id FROM segment)"), 0);
    assert_int_equal(number(h, "SELECT count(*) FROM erased WHERE kind = 3"), 1);
}

static void test_logperiod_is_destroyed(void **state)
{
    struct hospital *h = with_log();
    struct seen s = seen(h);
    uint64_t december_events = s.p[1].events, first = (uint64_t)number(h, "SELECT first FROM run WHERE period = 202312");

    (void)state;
    assert_int_equal(s.p[1].period, 202312);
    assert_int_equal(s.p[1].to - s.p[1].from, 30);
    assert_true(s.p[1].bytes > 0 && !s.p[1].destroyed);
    assert_int_equal(december_events, 310);
    assert_int_equal(detail(h, first), 0);
    stand(h, first, true);
    assert_int_equal(december(h, NULL, NULL), 0);
    is_destroyed(h, december_events);
    assert_int_equal(detail(h, first), 2);
    stand(h, first, false);
    assert_int_equal(detail(h, 1), 0);
    assert_int_equal(detail(h, 100000), 1);
    assert_int_equal(keep_sets_rewrite_keyring(h->s, &h->err), 0);
    again(h, false);
    is_destroyed(h, december_events);
    assert_int_equal(check(h), 0);
    hospital_free(h);
}

static void test_logperiod_nothing_is_added_to_what_went(void **state)
{
    struct hospital *h = with_log();
    struct keep_row_event late = hospital_event_row(T0 + 20 * DAY + 77, "ann", "p1");

    (void)state;
    assert_int_equal(december(h, NULL, NULL), 0);
    assert_int_equal(december(h, NULL, NULL), KEEP_E_REFUSED);
    keep_err_clear(&h->err);
    hospital_begin(h, "log");
    assert_int_equal(h->sink.event(h->sink.ctx, &late, &h->err), KEEP_E_REFUSED);
    keep_intake_free(h->in);
    h->in = NULL;
    keep_err_clear(&h->err);
    hospital_begin(h, "log");
    hospital_event(h, T0 + 60 * DAY + 77, "ann", "p1");
    hospital_finish(h);
    assert_int_equal(number(h, "SELECT max(last) FROM run"), DAYS * 10 + 1); /* ordinals are not given twice */
    again(h, false);
    assert_int_equal(check(h), 0);
    hospital_free(h);
}

static int answer(void *ctx, struct keep_err *err)
{
    (void)err;
    return *(int *)ctx;
}

static void test_logperiod_refusals_leave_it(void **state)
{
    struct hospital *h = with_log();
    int held = 1;

    (void)state;
    assert_int_equal(december(h, answer, &held), 1);
    assert_int_equal(destroy(h, 202306, NULL, NULL), KEEP_E_REFUSED); /* a month that never was */
    assert_int_equal(number(h, "SELECT sum(n) FROM segment"), DAYS * 10);
    assert_false(seen(h).p[1].destroyed);
    hospital_free(h);
}

struct fault {
    int at, seen;
};

static int die(void *ctx, enum keep_fault_op op, const char *what)
{
    struct fault *f = ctx;

    (void)what;
    if (op != KEEP_FAULT_READ && ++f->seen == f->at)
        _exit(77);
    return 0;
}

/* Dies at one point after the other: all of December is there afterwards, or it is destroyed and recorded. */
static void test_logperiod_killed_anywhere(void **state)
{
    bool went = false, stayed = false, done = false;

    (void)state;
    for (int at = 1; !done; at += 3) {
        struct hospital *h = with_log();
        struct fault f = {at, 0};
        int status;

        keep_store_close(h->s);
        h->s = NULL;
        pid_t child = fork();
        if (child == 0) {
            h->s = keepdir_open(h->d, true);
            keep_fault_set(die, &f);
            _exit(december(h, NULL, NULL) == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
        done = WEXITSTATUS(status) == 0;
        h->s = keepdir_open(h->d, true);
        if (seen(h).p[1].destroyed) {
            is_destroyed(h, 310);
            went = true;
        } else {
            assert_int_equal(number(h, "SELECT sum(n) FROM segment"), DAYS * 10);
            stayed = true;
        }
        again(h, false);
        assert_int_equal(check(h), 0);
        hospital_free(h);
    }
    assert_true(went && stayed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logperiod_is_destroyed),
        cmocka_unit_test(test_logperiod_nothing_is_added_to_what_went),
        cmocka_unit_test(test_logperiod_refusals_leave_it),
        cmocka_unit_test(test_logperiod_killed_anywhere),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
