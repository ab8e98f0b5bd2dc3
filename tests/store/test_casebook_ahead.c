/* Goal: cases read ahead are those that are read at once, however many threads
 * there are; in the middle of a transaction they are those it has written; what
 * fails is told to who waits for them, and whoever does not want them any more
 * is rid of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/casebook_ahead.h"
#include "core/store/casebook_read.h"
#include "core/store/fault.h"
#include "core/store/inside.h"
#include "tests/store/hospital.h"

enum { CASES = 3000 }; /* of more pages than a connection keeps in mind at first */

/* Inside a transaction: cases first..CASES, each found once. */
static void write_cases(struct hospital *h, int first)
{
    static const struct keep_event_id events[] = {{1, 7}, {1, UINT64_C(5000000000)}};
    struct keep_casebook *b = NULL;

    hospital_must(h, keep_casebook_new(&b, h->s, &h->err));
    for (int i = first; i <= CASES; i++) {
        struct keep_casebook_subject who = {.name = {(uint8_t)i, (uint8_t)(i >> 8)}, .rule = S("household"), .kind = KEEP_ENTITY_WORKER, .user = (uint64_t)i % 7 + 1};
        struct keep_casebook_finding f = {.title = S("Same address"), .authority = S("house"), .sentence = S(""), .score = i % 50, .first = T0, .last = T0 + i, .as_of = T0 + DAY,
                                          .event = events, .events = i % 3 ? 1 : 2};
        struct keep_casebook_step step = {.kind = KEEP_CASEBOOK_ASSIGNED, .status = KEEP_CASE_NEEDS_REVIEW, .about = S("jdoe")};
        uint64_t id = 0;
        hospital_must(h, keep_casebook_add(b, &who, &id, &h->err));
        hospital_must(h, keep_casebook_find(b, id, 0, &f, &h->err));
        if (i % 11 == 0)
            hospital_must(h, keep_casebook_step(b, id, 0, &step, NULL, &h->err));
    }
    keep_casebook_free(b);
}

static int setup(void **state)
{
    struct hospital *h;

    hospital_setup(state);
    h = *state;
    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_CASE, &h->err));
    write_cases(h, 1);
    hospital_must(h, keep_txn_commit(h->s, &h->err));
    return 0;
}

static struct keep_crew *crew_of(unsigned threads)
{
    struct keep_crew *c = NULL;

    if (threads > 0)
        assert_int_equal(keep_crew_new(&c, threads, NULL), 0);
    return c;
}

/* Read ahead by so many threads (0: no crew): as read at once. */
static void same(struct hospital *h, unsigned threads, size_t want)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_crew *crew = crew_of(threads);
    struct keep_casebook_ahead *ahead = NULL;
    struct keep_casebook_case *list, *at_once;
    size_t n, m;

    hospital_must(h, keep_casebook_ahead_begin(&ahead, h->s, crew, &h->err));
    hospital_must(h, keep_casebook_read_brief(keep_store_db(h->s), a, &at_once, &m, &h->err));
    for (int again = 0; again < 2; again++) {
        hospital_must(h, keep_casebook_ahead_end(ahead, &list, &n, &h->err));
        assert_true(n == want && m == want);
    }
    for (size_t i = 0; i < n; i++) {
        assert_true(list[i].id == at_once[i].id && list[i].finding == at_once[i].finding && list[i].score == at_once[i].score && list[i].steps == at_once[i].steps);
        assert_true(list[i].events == at_once[i].events && (!list[i].events || list[i].event[0].ordinal == at_once[i].event[0].ordinal));
        assert_true(keep_str_eq(list[i].rule, at_once[i].rule) && keep_str_eq(list[i].assignee, at_once[i].assignee) && !list[i].title.n);
    }
    keep_casebook_ahead_free(ahead);
    keep_crew_free(crew);
    keep_arena_free(a);
}

static void test_casebook_ahead_is_as_at_once(void **state)
{
    for (unsigned threads = 0; threads <= 3; threads++)
        same(*state, threads, CASES);
}

/* There is no second connection that could see them. */
static void test_casebook_ahead_inside_a_transaction(void **state)
{
    struct hospital *h = *state;

    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_CASE, &h->err));
    assert_int_equal(sqlite3_exec(keep_store_db(h->s), "DELETE FROM case_step; DELETE FROM case_find; DELETE FROM case_file WHERE id > 5", NULL, NULL, NULL), SQLITE_OK);
    same(h, 2, 5);
    keep_txn_abort(h->s);
    same(h, 2, CASES);
}

static void change(struct hospital *h, const char *sql)
{
    const struct keep_act act = {.kind = S("note"), .subject = S("cases"), .body = S("{}"), .at = T0};

    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_CASE, &h->err));
    hospital_must(h, keep_txn_act(h->s, &act, NULL, &h->err)); /* else there is nothing to commit */
    assert_int_equal(sqlite3_exec(keep_store_db(h->s), sql, NULL, NULL, NULL), SQLITE_OK);
    hospital_must(h, keep_txn_commit(h->s, &h->err));
}

static void wait_long(void *ctx)
{
    while (!atomic_load((atomic_bool *)ctx))
        ;
}

/* What was read keeps nobody from writing; nor, once it is given up, what was not. */
static void test_casebook_ahead_then_written(void **state)
{
    struct hospital *h = *state;
    struct keep_crew *crew = crew_of(2);
    struct keep_casebook_ahead *ahead = NULL;
    struct keep_casebook_case *list;
    size_t n;

    for (int read = 0; read < 2; read++) {
        atomic_bool over = false;
        struct keep_crew_job busy = {.run = wait_long, .ctx = &over};
        if (!read)
            keep_crew_give(crew, &busy); /* the other thread comes too late */
        hospital_must(h, keep_casebook_ahead_begin(&ahead, h->s, crew, &h->err));
        if (read)
            hospital_must(h, keep_casebook_ahead_end(ahead, &list, &n, &h->err));
        else
            keep_casebook_ahead_free(ahead);
        change(h, "UPDATE case_find SET score = score + 1");
        atomic_store(&over, true);
        keep_crew_wait(crew, &busy);
    }
    keep_casebook_ahead_free(ahead);
    for (int i = 0; i < 20; i++) { /* given up before, in the middle of, or after the reading */
        hospital_must(h, keep_casebook_ahead_begin(&ahead, h->s, crew, &h->err));
        for (volatile int k = 0; k < i * 20000; k++)
            ;
        keep_casebook_ahead_free(ahead);
    }
    keep_casebook_ahead_free(NULL);
    keep_crew_free(crew);
}

static void test_casebook_ahead_refuses_damage(void **state)
{
    struct hospital *h = *state;

    change(h, "UPDATE case_find SET digest = x'00' WHERE id = 2000");
    for (unsigned threads = 0; threads <= 2; threads++) {
        struct keep_crew *crew = crew_of(threads);
        struct keep_casebook_ahead *ahead = NULL;
        struct keep_casebook_case *list;
        size_t n;
        hospital_must(h, keep_casebook_ahead_begin(&ahead, h->s, crew, &h->err));
        for (int again = 0; again < 2; again++) {
            struct keep_err err = {0};
            assert_int_equal(keep_casebook_ahead_end(ahead, &list, &n, &err), KEEP_E_INTEGRITY);
            assert_non_null(strstr(err.text, "malformed"));
        }
        keep_casebook_ahead_free(ahead);
        keep_crew_free(crew);
    }
}

static int fail_read(void *ctx, enum keep_fault_op op, const char *what)
{
    (void)what;
    return op == KEEP_FAULT_READ && atomic_fetch_sub((atomic_long *)ctx, 1) <= 0 ? SQLITE_IOERR_READ : SQLITE_OK;
}

/* At every place in turn, under whoever reads there. */
static void test_casebook_ahead_when_the_disk_fails(void **state)
{
    struct hospital *h = *state;
    struct keep_crew *crew = crew_of(2);
    int failures = 0;

    keep_store_close(h->s);
    h->s = NULL;
    for (long at = 0, rc = -1; rc < 0; at += at / 4 + 1) {
        struct keep_store *s = keepdir_open(h->d, false); /* nothing at hand */
        struct keep_casebook_ahead *ahead = NULL;
        struct keep_casebook_case *list;
        struct keep_err err = {0};
        atomic_long left = at;
        size_t n;
        keep_fault_set(fail_read, &left);
        rc = keep_casebook_ahead_begin(&ahead, s, crew, &err);
        if (rc == 0)
            rc = keep_casebook_ahead_end(ahead, &list, &n, &err);
        keep_fault_set(NULL, NULL);
        failures += rc < 0;
        assert_true(rc == 0 || (rc == KEEP_E_IO && err.text[0]));
        keep_casebook_ahead_free(ahead);
        keep_store_close(s);
    }
    assert_true(failures > 8);
    keep_crew_free(crew);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_casebook_ahead_is_as_at_once, setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_ahead_inside_a_transaction, setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_ahead_then_written, setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_ahead_refuses_damage, setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_ahead_when_the_disk_fails, setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
