#include "tests/audit/town.h"

#include <pthread.h>

#include "core/audit/passes.h"
#include "core/base/buf.h"

/* ---- what is told ---- */

struct told {
    struct keep_passes p;
    unsigned n;
    enum keep_verdict verdict[8];
};

static int tell(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    struct told *t = ctx;
    (void)err;
    assert_int_equal(e->batch->ordinal[e->i], e->at + 1);
    t->verdict[e->at] = e->v->verdict;
    t->n++;
    return 0;
}

static void run(struct town *t, struct told *out)
{
    struct keep_audit_input in = town_input(t);
    *out = (struct told){0};
    assert_int_equal(keep_passes_open(&out->p, &in, NULL), 0);
    out->p.tell = tell;
    out->p.ctx = out;
    assert_int_equal(keep_passes_run(&out->p, NULL), 0);
    keep_passes_close(&out->p);
}

static void test_passes_find_first_accesses_before_anything_is_judged(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    struct told told;
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON)->author = w;
    town_event(t, NOON + 1, w, p);
    town_event(t, NOON - 1, w, p); /* the first, standing last in the log */
    t->exposure[town_event(t, NOON - DAY, w, p)] = KEEP_EXPOSURE_LISTED; /* opened nothing */
    run(t, &told);
    assert_int_equal(told.n, 3);
    assert_int_equal(told.verdict[0], KEEP_VERDICT_UNEXPLAINED);
    assert_int_equal(told.verdict[2], KEEP_VERDICT_NOT_ASSESSED);
    t->w.relation[0].recorded = NOON - DAY; /* written after the list was shown, before the chart was opened */
    run(t, &told);
    assert_int_equal(told.verdict[0], KEEP_VERDICT_EXPECTED);
    town_free(t);
}

/* ---- failures ---- */

static int fail_next(void *ctx, struct keep_events *out, struct keep_err *err)
{
    (void)ctx;
    (void)out;
    return keep_err_set(err, KEEP_E_IO, "the log cannot be read");
}

static int fail_share(void *ctx, struct keep_event_scan *out, struct keep_err *err)
{
    (void)ctx;
    (void)out;
    return keep_err_set(err, KEEP_E_NOMEM, "no reader for you");
}

static int refuse(void *ctx, const struct keep_passes_event *e, struct keep_err *err)
{
    (void)ctx;
    return e->at == 1 ? keep_err_set(err, KEEP_E_LIMIT, "enough") : 0;
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return ++*(int *)ctx > 1;
}

static void test_passes_forward_what_goes_wrong_in_any_thread(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct town *t = town_new(TOWN_VISIT);
        struct keep_audit_input in;
        struct keep_audit_result r;
        struct keep_passes s;
        struct keep_err err = {0};
        int calls = 0;
        for (uint32_t i = 0; i < 4; i++)
            town_patient(t, "P");
        uint32_t w = town_worker(t, "W", "");
        for (uint32_t i = 0; i < 4; i++)
            town_event(t, NOON + i, w, i);
        in = town_input(t);
        in.threads = threads;
        assert_int_equal(keep_passes_open(&s, &in, &err), 0);
        s.tell = refuse;
        assert_int_equal(keep_passes_run(&s, &err), KEEP_E_LIMIT);
        assert_string_equal(err.text, "enough");
        keep_passes_close(&s);
        in.progress = stop;
        in.progress_ctx = &calls;
        assert_int_equal(keep_audit_run(&in, t->a, &r, &err), KEEP_E_INTERRUPTED);
        in.progress = NULL;
        t->scan.next = fail_next;
        assert_int_equal(keep_audit_run(&in, t->a, &r, &err), KEEP_E_IO);
        assert_string_equal(err.text, "the log cannot be read");
        t->scan.share = fail_share;
        assert_int_equal(keep_audit_run(&in, t->a, &r, &err), threads > 1 ? KEEP_E_NOMEM : KEEP_E_IO);
        in.threads = KEEP_AUDIT_THREADS + 1;
        assert_int_equal(keep_audit_run(&in, t->a, &r, &err), KEEP_E_LIMIT);
        town_free(t);
    }
}

/* ---- the same with any number of threads ---- */

struct shared {
    struct town *t;
    pthread_mutex_t lock;
    unsigned rewinds;
};

static int shared_next(void *ctx, struct keep_events *out, struct keep_err *err)
{
    struct shared *s = ctx;
    pthread_mutex_lock(&s->lock);
    int rc = town_next(s->t, out, err);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static int shared_rewind(void *ctx, struct keep_err *err)
{
    struct shared *s = ctx;
    s->rewinds++;
    return town_rewind(s->t, err);
}

static int shared_share(void *ctx, struct keep_event_scan *out, struct keep_err *err)
{
    (void)err;
    *out = (struct keep_event_scan){.ctx = ctx, .next = shared_next};
    return 0;
}

static void shared_unshare(void *ctx)
{
    (void)ctx;
}

static int list(void *ctx, const struct keep_events *b, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    (void)err;
    keep_buf_printf(ctx, "%llu %d %d\n", (unsigned long long)b->ordinal[i], (int)v, rule);
    return 0;
}

static void print_counts(struct keep_buf *b, const struct keep_audit_rule_count *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        keep_buf_printf(b, "%llu %llu %llu %llu %.*s\n", (unsigned long long)c[i].fired, (unsigned long long)c[i].cases, (unsigned long long)c[i].excepted,
                        (unsigned long long)c[i].unable, (int)c[i].missing.n, c[i].missing.n ? c[i].missing.p : "");
}

/* All that an audit says, as text; how often it began with the log. */
static unsigned print_audit_of(struct town *t, struct keep_audit_input in, bool verdicts, struct keep_buf *b)
{
    struct shared s = {t, PTHREAD_MUTEX_INITIALIZER, 0};
    struct keep_event_scan scan = {&s, shared_next, shared_rewind, shared_share, shared_unshare};
    struct keep_audit_result r;
    struct keep_err err = {0};
    in.scan = &scan;
    in.verdict = verdicts ? list : NULL;
    in.verdict_ctx = b;
    keep_buf_clear(b);
    assert_int_equal(keep_audit_run(&in, t->a, &r, &err), 0);
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++)
        keep_buf_printf(b, "%llu ", (unsigned long long)r.verdicts[v]);
    keep_buf_printf(b, "%llu %llu\n", (unsigned long long)r.events, (unsigned long long)r.after_as_of);
    print_counts(b, r.access, t->p->accesses);
    print_counts(b, r.explanation, t->p->explanations);
    for (size_t i = 0; i < r.case_n; i++) {
        const struct keep_case *c = &r.cases[i];
        keep_buf_bytes(b, c->id, sizeof c->id);
        keep_buf_printf(b, "%.*s %d %d %u %u %u %lld %lld", (int)c->rule.n, c->rule.p, c->score, (int)c->severity, c->account, c->worker, c->patient, (long long)c->first, (long long)c->last);
        keep_buf_printf(b, " [%.*s] %.*s; %.*s; %.*s", (int)c->expected_reason.n, c->expected_reason.p ? c->expected_reason.p : "", (int)c->evidence.n, c->evidence.p ? c->evidence.p : "",
                        (int)c->missing_fact.n, c->missing_fact.p ? c->missing_fact.p : "", (int)c->sentence.n, c->sentence.p);
        for (size_t k = 0; k < c->events; k++)
            keep_buf_printf(b, " %u:%llu", c->event[k].source, (unsigned long long)c->event[k].ordinal);
        keep_buf_str(b, "\n");
    }
    assert_false(b->failed);
    return s.rewinds;
}

static void print_audit(struct town *t, unsigned threads, bool verdicts, struct keep_buf *b)
{
    struct keep_audit_input in = town_input(t);
    in.threads = threads;
    print_audit_of(t, in, verdicts, b);
}

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

/* People of two departments, visits, notes that their authors wrote late, and a log in which everything happens. */
static struct town *made_town(void)
{
    struct town *t = town_new(TOWN_VISIT "explanation \"unit\" { title \"u\" when department_related([\"order\"], duration(\"1h\"), duration(\"1h\")) missing \"m\" authority \"a\" checked \"unverified\" }\n"
                              TOWN_RULE("self", 50, "high", "when user.is_patient unless expected") TOWN_RULE("glass", 40, "low", "when event.break_glass && event.reason_length < 5")
                              "access \"many\" { title \"m\" severity medium weight 60 when event.exposure == \"opened\" per user.id within 1 hour count distinct event.patient_id >= 4"
                              " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{user.name}: {count}\" }\n"
                              "access \"chart\" { title \"c\" severity medium weight 60 when event.exposure == \"opened\" unless expected per event.patient_id within 1 hour count >= 5"
                              " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{patient.name}: {count}\" }\n"
                              "access \"chain\" { title \"s\" severity medium weight 60 when event.exposure == \"opened\" first event.action == \"print\" count >= 2 then event.action == \"view\" "
                              "within 2 hours per user.id authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{count} at {last.place}\" }\n"
                              "access \"silent\" { title \"n\" severity medium weight 60 when event.exposure == \"opened\" first event.action == \"export\" then no event.place == \"lab\" "
                              "within 1 hour per event.patient_id authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{first.place}\" }\n"
                              "access \"apart\" { title \"o\" severity medium weight 60 when event.exposure == \"opened\" overlap event.place within 3 minutes per user.id"
                              " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{first.place} {last.place}\" }\n"
                              "exception \"x\" for \"chain\" { when event.searched until date(\"2024-10-06\") owner \"o\" reason \"r\" }\n"
                              "exception \"y\" for \"glass\" { when user.department == \"Heart\" until date(\"2024-10-06\") owner \"o\" reason \"r\" }\n"
                              TOWN_EVIDENCE("searched", 5, "event.searched") TOWN_EVIDENCE("alike", 7, "user.surname_key == patient.surname_key && !event.searched"));
    for (uint32_t i = 0; i < 12; i++)
        t->w.patient[town_patient(t, "P")].surname_key[0] = i % 5;
    for (uint32_t i = 0; i < 9; i++) {
        uint32_t w = town_worker(t, "W", i % 3 == 0 ? "" : i % 2 ? "Heart" : "Bone");
        t->w.worker[w].surname_key[0] = i % 4;
        t->w.worker[w].patient = i < 3 ? i : KEEP_ID_NONE;
    }
    uint32_t heart = town_term(t, "Heart"), place[3] = {town_term(t, "ER"), town_term(t, "lab"), KEEP_ID_NONE};
    for (uint32_t i = 0; i < 36; i++) {
        keep_time at = NOON + below(48) * HOUR;
        struct keep_relation *r = town_relation(t, i % 4 ? KEEP_RELATION_ENCOUNTER : KEEP_RELATION_ORDER, i % 4 ? below(9) : KEEP_ID_NONE, i / 3, NOON + (i % 3) * DAY, KEEP_TIME_NONE);
        r->recorded = at;
        r->author = i % 2 ? r->worker : KEEP_ID_NONE;
        r->department = i % 4 ? KEEP_ID_NONE : heart;
    }
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t e = town_event(t, NOON + (keep_time)below(72 * 60) * 60 * KEEP_USEC, below(12) ? below(9) : KEEP_ID_NONE, below(20) ? below(12) : KEEP_ID_NONE);
        t->exposure[e] = below(8) ? KEEP_EXPOSURE_OPENED : KEEP_EXPOSURE_LISTED;
        t->glass[e] = below(40) ? KEEP_TRI_NO : KEEP_TRI_YES;
        t->reason[e] = t->glass[e] == KEEP_TRI_YES ? (int16_t)below(10) : -1;
        t->searched[e] = below(10) == 0;
        t->place[e] = place[below(3)];
        t->action[e] = (uint8_t[]){KEEP_ACTION_VIEW, KEEP_ACTION_PRINT, KEEP_ACTION_EXPORT}[below(3)];
        t->ordinal[e] += i >= 1000 ? i - 990 : 0; /* ordinals with gaps */
    }
    t->w.newest = NOON + 70 * HOUR;
    return t;
}

static void test_passes_give_the_same_bytes_with_any_threads_and_batches(void **state)
{
    static const unsigned threads[] = {1, 2, 3, 7, 16};
    struct keep_buf want = KEEP_BUF_INIT, have = KEEP_BUF_INIT;
    (void)state;
    for (seed = 1; seed < 4; seed++) {
        uint64_t s = seed;
        struct town *t = made_town();
        seed = s;
        t->batch = TOWN_EVENTS;
        print_audit(t, 1, true, &want);
        assert_true(want.n > 20000);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
            for (t->batch = 7; t->batch < 2000; t->batch *= 13) {
                print_audit(t, threads[i], true, &have);
                assert_int_equal(have.n, want.n);
                assert_memory_equal(have.p, want.p, want.n);
            }
        town_free(t);
    }
    keep_buf_free(&want);
    keep_buf_free(&have);
}

static void same_text(const struct keep_buf *x, const struct keep_buf *y)
{
    assert_int_equal(x->n, y->n);
    assert_memory_equal(x->p, y->p, x->n);
}

static void test_passes_read_a_long_log_in_several_rounds(void **state)
{
    struct keep_buf want = KEEP_BUF_INIT, have = KEEP_BUF_INIT;
    struct town *t;
    (void)state;
    seed = 5;
    t = made_town();
    t->batch = 100;
    struct keep_audit_input in = town_input(t);
    print_audit(t, 1, false, &want);
    in.total_events = 4 * KEEP_PASSES_MOST; /* so long it is said to be */
    for (in.threads = 1; in.threads < 4; in.threads++) {
        assert_int_equal(print_audit_of(t, in, false, &have), 5);
        same_text(&have, &want);
    }
    in.total_events = t->n;
    in.likely_events = 1; /* so little should wait, and more does */
    in.threads = 1;
    assert_int_equal(print_audit_of(t, in, false, &want), 1);
    for (in.threads = 1; in.threads < 4; in.threads++) {
        unsigned rounds = 1, now;
        for (in.room = t->n; in.room; in.room /= 3, rounds = now) {
            now = print_audit_of(t, in, false, &have);
printf("%u room %llu rounds %u\n", in.threads,(unsigned long long)in.room,now);
            same_text(&have, &want);
        }
        assert_true(in.threads > 1 || rounds > 4);
    }
    keep_buf_free(&want);
    keep_buf_free(&have);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes_find_first_accesses_before_anything_is_judged),
        cmocka_unit_test(test_passes_forward_what_goes_wrong_in_any_thread),
        cmocka_unit_test(test_passes_give_the_same_bytes_with_any_threads_and_batches),
        cmocka_unit_test(test_passes_read_a_long_log_in_several_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
