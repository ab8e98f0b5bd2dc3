/* Goal: each job runs exactly once, whoever runs it; a wait returns behind its
 * end; what is dropped before it began never runs; a crew of one is no thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/base/crew.h"

enum { JOBS = 200 };

struct sum {
    unsigned n, runs;
    uint64_t value;
};

static void add(void *ctx)
{
    struct sum *s = ctx;
    s->runs++;
    s->value = 0;
    for (unsigned i = 1; i <= s->n; i++)
        s->value += i;
}

static void slow(void *ctx)
{
    usleep(20000);
    add(ctx);
}

static void test_crew_runs_each_job_once(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct keep_crew *c = NULL;
        struct keep_err err = {0};
        static struct sum sum[JOBS];
        static struct keep_crew_job job[JOBS];
        assert_int_equal(keep_crew_new(&c, threads, &err), 0);
        assert_int_equal(keep_crew_threads(c), threads);
        for (unsigned round = 1; round <= 3; round++) { /* a job can be given again */
            for (unsigned i = 0; i < JOBS; i++) {
                sum[i].n = i * round;
                sum[i].runs = 0;
                job[i].run = add;
                job[i].ctx = &sum[i];
                keep_crew_give(c, &job[i]);
            }
            for (unsigned i = JOBS; i-- > 0;) { /* from behind: the owner must work through the others */
                keep_crew_wait(c, &job[i]);
                assert_int_equal(sum[i].runs, 1);
                assert_int_equal(sum[i].value, (uint64_t)sum[i].n * (sum[i].n + 1) / 2);
            }
        }
        keep_crew_wait(c, &job[0]); /* once more: returns */
        keep_crew_free(c);
    }
}

struct link {
    unsigned *last, number, wrong;
};

static void follow(void *ctx)
{
    struct link *l = ctx;
    l->wrong = *l->last + 1 != l->number;
    *l->last = l->number;
}

/* Each job needs the one before, and the next is given before it is waited for: no two of them run at once, and none before its turn. */
static void test_crew_awaits_a_chain(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct keep_crew *c = NULL;
        struct link link[JOBS];
        struct keep_crew_job job[JOBS] = {0};
        unsigned last = 0;
        assert_int_equal(keep_crew_new(&c, threads, NULL), 0);
        for (unsigned i = 0; i < JOBS; i++) {
            link[i] = (struct link){&last, i + 1, 1};
            job[i] = (struct keep_crew_job){.run = follow, .ctx = &link[i]};
            keep_crew_give(c, &job[i]);
            if (i > 0)
                keep_crew_await(c, &job[i - 1]);
        }
        keep_crew_await(c, &job[JOBS - 1]);
        assert_int_equal(last, JOBS);
        for (unsigned i = 0; i < JOBS; i++)
            assert_int_equal(link[i].wrong, 0);
        keep_crew_free(c);
    }
}

static void test_crew_drops_what_has_not_begun(void **state)
{
    (void)state;
    struct keep_crew *c = NULL;
    struct keep_err err = {0};
    struct sum sum[4] = {{.n = 1}, {.n = 2}, {.n = 3}, {.n = 4}};
    struct keep_crew_job job[4];
    assert_int_equal(keep_crew_new(&c, 2, &err), 0);
    for (int i = 0; i < 4; i++) {
        job[i] = (struct keep_crew_job){.run = slow, .ctx = &sum[i]};
        keep_crew_give(c, &job[i]);
    }
    keep_crew_drop(c, &job[3]); /* the last in the queue, then one between */
    keep_crew_drop(c, &job[1]);
    keep_crew_wait(c, &job[2]);
    keep_crew_drop(c, &job[0]); /* running, or done */
    assert_int_equal(sum[3].runs, 0);
    assert_int_equal(sum[2].runs, 1);
    assert_true(sum[1].runs <= 1);
    keep_crew_give(c, &job[3]); /* the queue is whole behind it */
    keep_crew_wait(c, &job[3]);
    assert_int_equal(sum[3].runs, 1);
    keep_crew_free(c);
}

/* Keeps a thread until it is let go; what it saw is its own. */
struct held {
    atomic_bool begun, over;
    pthread_t by;
};

static void hold(void *ctx)
{
    struct held *h = ctx;
    h->by = pthread_self();
    atomic_store(&h->begun, true);
    while (!atomic_load(&h->over))
        usleep(100);
}

/* Who waits for a short job leaves a long one to others; who waits for a long one does what there is. */
static void test_crew_leaves_long_jobs_alone(void **state)
{
    (void)state;
    struct keep_crew *c = NULL;
    struct held first = {.begun = false}, second = {.over = true}, third = {.over = true};
    struct sum sum[2] = {{.n = 1}, {.n = 2}};
    struct keep_crew_job job[] = {{.run = hold, .ctx = &first, .lasts = true}, {.run = hold, .ctx = &second, .lasts = true}, {.run = add, .ctx = &sum[0]}, {.run = hold, .ctx = &third, .lasts = true},
                                  {.run = add, .ctx = &sum[1]}};
    assert_int_equal(keep_crew_new(&c, 2, NULL), 0);
    keep_crew_give(c, &job[0]);
    while (!atomic_load(&first.begun))
        usleep(100);
    for (int i = 1; i < 5; i++)
        keep_crew_give(c, &job[i]);
    keep_crew_wait(c, &job[4]); /* the other thread is held: both short ones are the owner's, the long ones nobody's */
    assert_true(sum[0].runs == 1 && sum[1].runs == 1 && !atomic_load(&second.begun) && !atomic_load(&third.begun));
    keep_crew_wait(c, &job[1]);
    assert_true(pthread_equal(second.by, pthread_self()));
    keep_crew_drop(c, &job[3]); /* the last of the queue, which is whole behind it */
    assert_false(atomic_load(&third.begun));
    keep_crew_give(c, &job[2]);
    keep_crew_wait(c, &job[2]);
    assert_int_equal(sum[0].runs, 2);
    atomic_store(&first.over, true);
    keep_crew_wait(c, &job[0]);
    keep_crew_free(c);
}

static void test_crew_of_nobody(void **state)
{
    (void)state;
    struct sum sum = {.n = 10};
    struct keep_crew_job job = {.run = add, .ctx = &sum};
    assert_int_equal(keep_crew_threads(NULL), 1);
    keep_crew_give(NULL, &job);
    keep_crew_wait(NULL, &job);
    keep_crew_drop(NULL, &job);
    assert_int_equal(sum.value, 55);
    keep_crew_free(NULL);
}

static void test_crew_too_large(void **state)
{
    (void)state;
    struct keep_crew *c = NULL;
    struct keep_err err = {0};
    assert_int_equal(keep_crew_new(&c, KEEP_CREW_MAX + 10, &err), KEEP_E_LIMIT);
    assert_null(c);
}

struct counted {
    atomic_uint runs[JOBS];
    atomic_uint all;
};

static void count(void *ctx, size_t i)
{
    struct counted *c = ctx;
    atomic_fetch_add(&c->runs[i], 1);
    atomic_fetch_add(&c->all, 1);
}

static void test_crew_each_runs_every_number_once(void **state)
{
    static const size_t some[] = {0, 1, 2, 3, JOBS};
    (void)state;
    for (unsigned threads = 0; threads <= 4; threads++) { /* 0: no crew */
        struct keep_crew *c = NULL;
        struct keep_err err = {0};
        assert_int_equal(threads ? keep_crew_new(&c, threads, &err) : 0, 0);
        for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
            struct counted counted = {.all = 0};
            keep_crew_each(c, some[k], count, &counted);
            assert_int_equal(counted.all, some[k]);
            for (size_t i = 0; i < JOBS; i++)
                assert_int_equal(counted.runs[i], i < some[k]);
        }
        keep_crew_free(c);
    }
}

static void test_crew_takes_each_piece_once(void **state)
{
    static const size_t of[][2] = {{0, 1}, {1, 1}, {7, 1}, {7, 7}, {7, 8}, {7, 3}, {9, 3}, {SIZE_MAX / 2, SIZE_MAX / 4}}; /* things, in a piece */
    (void)state;
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        atomic_size_t next = 0;
        size_t end = 0, at, to;
        while (keep_crew_take(&next, of[k][1], of[k][0], &at, &to)) {
            assert_int_equal(at, end);
            assert_true(to > at && to - at <= of[k][1]);
            end = to;
        }
        assert_int_equal(end, of[k][0]);
        assert_false(keep_crew_take(&next, of[k][1], of[k][0], &at, &to)); /* nor later */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crew_runs_each_job_once), cmocka_unit_test(test_crew_takes_each_piece_once),
        cmocka_unit_test(test_crew_each_runs_every_number_once),
        cmocka_unit_test(test_crew_awaits_a_chain), cmocka_unit_test(test_crew_drops_what_has_not_begun),
        cmocka_unit_test(test_crew_leaves_long_jobs_alone),
        cmocka_unit_test(test_crew_of_nobody),
        cmocka_unit_test(test_crew_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
