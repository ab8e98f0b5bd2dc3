/* Goal: each event of a log is in the keep once, in the segment of its month,
 * however files overlap and however an import is cut into batches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/inside.h"
#include "core/store/rowio.h"
#include "tests/store/hospital.h"

static int64_t count(struct hospital *h, const char *sql)
{
    int64_t n = -1;

    hospital_must(h, keep_rowio_number(h->s, sql, 0, &n, &h->err));
    return n;
}

static void lines(struct hospital *h, int from, int to)
{
    hospital_begin(h, "log");
    for (int i = from; i < to; i++)
        hospital_event(h, T0 + i * KEEP_USEC, i % 2 ? "ann" : "bob", "p1");
    hospital_finish(h);
}

static void recheck(struct hospital *h)
{
    struct keep_store_checker c = {NULL, hospital_found, NULL};

    hospital_must(h, keep_recheck_tables(h->s, &c, &h->err));
}

/* Reads all events back: their number; the sum of their times, less T0, in seconds. */
static uint64_t scan(struct hospital *h, int64_t *sum)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    struct keep_load_events *e;
    struct keep_event_scan s;
    struct keep_events b;
    uint64_t n = 0, last = 0;
    uint32_t source = 0;
    int rc;

    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    hospital_must(h, keep_load_events_open(&e, h->s, &w, &s, &h->err));
    *sum = 0;
    while ((rc = s.next(s.ctx, &b, &h->err)) > 0) {
        for (uint32_t i = 0; i < b.n; i++) {
            *sum += (b.time[i] - T0) / KEEP_USEC;
            assert_true(b.account[i] < w.accounts && b.patient[i] == 0);
            assert_true(i == 0 || b.ordinal[i] > b.ordinal[i - 1]);
        }
        assert_true(b.source >= source);
        source = b.source;
        last = b.ordinal[b.n - 1] > last ? b.ordinal[b.n - 1] : last;
        n += b.n;
    }
    hospital_must(h, rc);
    assert_int_equal(last, n); /* ordinals run from 1 without a gap */
    keep_load_events_close(e);
    keep_arena_free(a);
    return n;
}

static void test_events_same_file_adds_nothing(void **state)
{
    struct hospital *h = *state;

    lines(h, 0, 3000);
    assert_int_equal(h->counts.events, 3000);
    lines(h, 0, 3000);
    assert_int_equal(h->counts.events, 0);
    assert_int_equal(h->counts.repeated, 3000);
    assert_int_equal(keep_load_events_count(h->s), 3000);
}

static void test_events_overlapping_files_add_what_is_new(void **state)
{
    struct hospital *h = *state;
    int64_t sum;

    lines(h, 0, 100);
    lines(h, 50, 150);
    assert_int_equal(h->counts.events, 50);
    lines(h, 40, 160);
    assert_int_equal(h->counts.events, 10);
    assert_int_equal(scan(h, &sum), 160);
    assert_int_equal(sum, 160 * 159 / 2);
    recheck(h);
}

static void test_events_equal_lines_of_one_file_stay(void **state)
{
    struct hospital *h = *state;

    for (int round = 0; round < 2; round++) {
        hospital_begin(h, "log");
        for (int i = 0; i < 5; i++)
            hospital_event(h, T0, "ann", "p1");
        hospital_finish(h);
        assert_int_equal(h->counts.events, round ? 0 : 5);
    }
    hospital_begin(h, "log"); /* a file that has one more */
    for (int i = 0; i < 6; i++)
        hospital_event(h, T0, "ann", "p1");
    hospital_must(h, keep_intake_file(h->in, S("next.csv"), &h->err)); /* and one that has fewer */
    for (int i = 0; i < 2; i++)
        assert_int_equal(hospital_event(h, T0, "ann", "p1"), 1);
    hospital_finish(h);
    assert_int_equal(h->counts.events, 1);
    assert_int_equal(keep_load_events_count(h->s), 6);
}

static void test_events_native_ids_decide(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e = hospital_event_row(T0, "ann", "p1");

    hospital_begin(h, "log");
    e.native_id = S("4711");
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), 0);
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), 1);
    e.native_id = S("4712");
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), 0);
    hospital_finish(h);
    hospital_begin(h, "log");
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), 1);
    hospital_finish(h);
    hospital_begin(h, "another log"); /* ids are a source's own */
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), 0);
    hospital_finish(h);
}

/* A log that counts anew each day: nothing of it is lost, and the same file again adds nothing. */
static void test_events_of_one_id_and_other_times(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e = hospital_event_row(T0, "ann", "p1");

    e.native_id = S("1");
    for (int file = 0; file < 3; file++) {
        hospital_begin(h, "log");
        for (int day = 0; day < 3; day++) {
            e.time = T0 + (keep_time)day * 86400 * KEEP_USEC;
            assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), file > 0);
        }
        e.time = T0 + 30 * KEEP_USEC; /* the first one, written to the second or to the minute */
        assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), 1);
        hospital_finish(h);
    }
    assert_int_equal(keep_load_events_count(h->s), 3);
}

/* A log that writes a line for each patient of one answer, all under its id: none is lost, whichever came first, and again they add nothing. */
static void test_events_of_one_id_and_other_people(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e[] = {hospital_event_row(T0, "ann", "p1"), hospital_event_row(T0, "ann", "p2"), hospital_event_row(T0, "bob", "p1")};
    const size_t n = sizeof e / sizeof *e;

    for (int file = 0; file < 3; file++) {
        hospital_begin(h, "log");
        for (size_t i = file == 0 ? 1 : 0; i < n; i++) {
            size_t at = file == 2 ? n - 1 - i : i;
            e[at].native_id = S("1");
            assert_int_equal(h->sink.event(h->sink.ctx, &e[at], &h->err), file > 0 && (file > 1 || at > 0));
        }
        hospital_finish(h);
    }
    assert_int_equal(keep_load_events_count(h->s), n);
}

static void test_events_months_are_apart(void **state)
{
    struct hospital *h = *state;
    int64_t sum;

    hospital_begin(h, "log");
    for (int i = 0; i < 400; i++)
        hospital_event(h, T0 + (keep_time)(i * 37 % 400) * DAY, "ann", "p1");
    hospital_finish(h);
    assert_int_equal(h->counts.events, 400);
    assert_int_equal(count(h, "SELECT count(*) FROM segment"), count(h, "SELECT count(DISTINCT period) FROM segment"));
    assert_true(count(h, "SELECT count(*) FROM segment") >= 13);
    assert_int_equal(count(h, "SELECT min(period) FROM segment"), 202311);
    assert_int_equal(count(h, "SELECT count(*) FROM segment WHERE period <> CAST(strftime('%Y%m', oldest / 1000000, 'unixepoch') AS INTEGER)"
                              " OR period <> CAST(strftime('%Y%m', newest / 1000000, 'unixepoch') AS INTEGER)"), 0);
    assert_int_equal(count(h, "SELECT count(*) FROM run"), count(h, "SELECT count(*) FROM segment"));
    scan(h, &sum);
    recheck(h);
}

static void test_events_of_many_years(void **state)
{
    struct hospital *h = *state;
    int64_t sum;

    for (int round = 0; round < 2; round++) { /* more months than are held open, each met twice */
        hospital_begin(h, "log");
        for (int i = 0; i < 600; i++)
            hospital_event(h, T0 - (keep_time)(i % 300) * 31 * DAY - i / 300 * KEEP_USEC, "ann", "p1");
        hospital_finish(h);
        assert_int_equal(h->counts.events, round ? 0 : 600);
    }
    assert_int_equal(scan(h, &sum), 600);
    recheck(h);
}

static void test_events_fill_segments(void **state)
{
    struct hospital *h = *state;
    int64_t sum;
    int n = KEEP_SEGMENT_EVENTS * 2 + 5000;

    lines(h, 0, n);
    assert_int_equal(count(h, "SELECT count(*) FROM segment"), 3);
    assert_int_equal(count(h, "SELECT max(n) FROM segment"), KEEP_SEGMENT_EVENTS);
    assert_int_equal(count(h, "SELECT count(*) FROM run"), 2); /* 20,000 rows a batch */
    assert_int_equal(scan(h, &sum), n);
    assert_int_equal(sum, (int64_t)n * (n - 1) / 2);
    recheck(h);
}

static void test_events_small_imports_are_joined(void **state)
{
    struct hospital *h = *state;
    int64_t sum;

    for (int i = 0; i < 40; i++)
        lines(h, i * 10, i * 10 + 10);
    assert_int_equal(scan(h, &sum), 400);
    assert_int_equal(sum, 400 * 399 / 2);
    assert_true(count(h, "SELECT count(*) FROM segment") <= 6); /* a logarithm of forty */
    assert_int_equal(count(h, "SELECT count(*) FROM run"), 40);
    recheck(h);
}

static void test_events_detail_opens(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e = hospital_event_row(T0, "ann", "p1");
    struct keep_buf json = KEEP_BUF_INIT, raw = KEEP_BUF_INIT;

    hospital_begin(h, "log");
    hospital_event(h, T0 - KEEP_USEC, "bob", "p1");
    e.native_id = S("77");
    e.reason = S("cov\xc3\xa9ring \"nights\"");
    e.query = S("name=ng");
    hospital_must(h, h->sink.event(h->sink.ctx, &e, &h->err));
    hospital_finish(h);
    assert_int_equal(keep_load_event_detail(h->s, h->source, 2, &json, &raw, &h->err), 0);
    keep_buf_char(&json, 0);
    assert_string_equal((char *)json.p, "{\"native_id\":\"77\",\"account_name\":\"Nurse Bo\",\"reason\":\"cov\xc3\xa9ring \\\"nights\\\"\",\"query\":\"name=ng\",\"place\":\"WS-7\"}");
    assert_int_equal(raw.n, strlen("a line of the log"));
    keep_buf_clear(&json);
    assert_int_equal(keep_load_event_detail(h->s, h->source, 1, &json, &raw, &h->err), 0);
    keep_buf_char(&json, 0);
    assert_non_null(strstr((char *)json.p, "\"reason\":null"));
    assert_int_equal(keep_load_event_detail(h->s, h->source, 3, &json, &raw, &h->err), 1);
    assert_int_equal(keep_load_event_detail(h->s, 99, 1, &json, &raw, &h->err), 1);
    keep_buf_free(&json);
    keep_buf_free(&raw);
}

static void test_events_columns_say_what_was_logged(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e = hospital_event_row(T0, "ann", "");
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    struct keep_load_events *l;
    struct keep_event_scan s;
    struct keep_events b;

    hospital_begin(h, "log");
    hospital_event(h, T0, "bob", "p1");
    e.account = e.place = e.unit = NOTHING;
    e.action = KEEP_ACTION_SEARCH;
    e.query = S("dob=1970");
    e.break_glass = KEEP_TRI_YES;
    e.reason = S("");
    hospital_must(h, h->sink.event(h->sink.ctx, &e, &h->err));
    e.reason = S("h\xc3\xa4t");
    e.time++;
    hospital_must(h, h->sink.event(h->sink.ctx, &e, &h->err));
    hospital_finish(h);
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    hospital_must(h, keep_load_events_open(&l, h->s, &w, &s, &h->err));
    assert_int_equal(s.next(s.ctx, &b, &h->err), 1);
    assert_int_equal(b.n, 3);
    assert_true(keep_str_is(w.account[b.account[0]].login, "bob"));
    assert_true(keep_str_is(w.term[b.place[0]], "WS-7") && keep_str_is(w.term[b.unit[0]], "ED"));
    assert_int_equal(b.reason[0], -1);
    assert_int_equal(b.searched[0], 0);
    assert_true(b.account[1] == KEEP_ID_NONE && b.patient[1] == KEEP_ID_NONE && b.place[1] == KEEP_ID_NONE && b.unit[1] == KEEP_ID_NONE);
    assert_int_equal(b.action[1], KEEP_ACTION_SEARCH);
    assert_int_equal(b.searched[1], 1);
    assert_int_equal(b.break_glass[1], KEEP_TRI_YES);
    assert_int_equal(b.reason[1], 0);
    assert_int_equal(b.reason[2], 3);
    assert_int_equal(w.newest, T0 + 1);
    assert_int_equal(s.next(s.ctx, &b, &h->err), 0);
    hospital_must(h, s.rewind(s.ctx, &h->err));
    assert_int_equal(s.next(s.ctx, &b, &h->err), 1);
    keep_load_events_close(l);
    keep_arena_free(a);
}

/* One reader alone, two that share a pass, and one alone again see the same events, also after a pass that was left in the middle. */
static void test_events_readers_alone_and_sharing(void **state)
{
    enum { N = 40000, PASSES = 4 };
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    struct keep_load_events *l;
    struct keep_event_scan s, more;
    struct keep_events b;
    int64_t sum[PASSES] = {0};

    lines(h, 0, N);
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    hospital_must(h, keep_load_events_open(&l, h->s, &w, &s, &h->err));
    for (int pass = 0; pass < PASSES; pass++) {
        bool sharing = pass == 1;
        uint64_t n = 0;
        int rc[2] = {1, sharing};
        hospital_must(h, s.rewind(s.ctx, &h->err));
        if (sharing)
            hospital_must(h, s.share(s.ctx, &more, &h->err));
        while (rc[0] > 0 || rc[1] > 0)
            for (int k = 0; k < 2; k++) { /* by turns, in the middle of each other's segments */
                if (rc[k] > 0)
                    rc[k] = k ? more.next(more.ctx, &b, &h->err) : s.next(s.ctx, &b, &h->err);
                for (uint32_t i = 0; rc[k] > 0 && i < b.n; i++)
                    sum[pass] += b.time[i] / KEEP_USEC * (int64_t)(b.ordinal[i] % 7);
                n += rc[k] > 0 ? b.n : 0;
                if (pass == 2 && n > N / 2)
                    rc[k] = 0;
            }
        hospital_must(h, rc[0] < 0 ? rc[0] : rc[1]);
        assert_true(pass == 2 || (n == N && sum[pass] == sum[0]));
        if (sharing)
            s.unshare(more.ctx);
    }
    keep_load_events_close(l);
    keep_arena_free(a);
}

static void test_events_large_batches_commit(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e = hospital_event_row(T0, "ann", "p1");
    size_t n = 1000000;
    char *big = calloc(1, n);
    uint64_t entries = keep_ledger_size(h->s);
    int64_t sum;

    hospital_begin(h, "log");
    e.raw = (struct keep_str){big, n};
    for (int i = 0; i < 100; i++) {
        e.time = T0 + i;
        hospital_must(h, h->sink.event(h->sink.ctx, &e, &h->err));
    }
    assert_int_equal(keep_ledger_size(h->s), entries + 2); /* the source, and a batch of 64 MiB before its 20,000 rows */
    hospital_finish(h);
    assert_true(count(h, "SELECT count(*) FROM segment") >= 20); /* 4 MiB of detail close a segment */
    scan(h, &sum);
    recheck(h);
    free(big);
}

static void test_events_too_large_are_refused(void **state)
{
    struct hospital *h = *state;
    struct keep_row_event e = hospital_event_row(T0, "ann", "p1");
    char *big = calloc(1, 2 << 20);

    hospital_begin(h, "log");
    e.raw = (struct keep_str){big, 2 << 20};
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), KEEP_E_LIMIT);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events_same_file_adds_nothing, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_overlapping_files_add_what_is_new, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_equal_lines_of_one_file_stay, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_native_ids_decide, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_of_one_id_and_other_times, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_of_one_id_and_other_people, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_months_are_apart, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_of_many_years, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_readers_alone_and_sharing, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_large_batches_commit, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_fill_segments, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_small_imports_are_joined, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_detail_opens, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_columns_say_what_was_logged, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_events_too_large_are_refused, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
