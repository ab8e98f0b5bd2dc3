/* One queue, one lock, two conditions. The owner that waits for a job takes
 * jobs from the queue's front like any thread, those that last aside; only when
 * there are none and its own job is still in another's hands does it sleep. Jobs
 * last milliseconds, so one lock is not felt. Threads take no signals: the owner
 * answers those. */
#include "core/base/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { IDLE, GIVEN, RUNNING, DONE };

struct keep_crew {
    pthread_mutex_t lock;
    pthread_cond_t given, done;
    struct keep_crew_job *first, **last;
    bool over;
    unsigned threads; /* started */
    pthread_t thread[KEEP_CREW_MAX];
};

static void take(struct keep_crew *c, struct keep_crew_job **at)
{
    *at = (*at)->next;
    if (!*at)
        c->last = at;
}

/* Takes a job out of the queue and runs it; the lock is held before and after. */
static void run_job(struct keep_crew *c, struct keep_crew_job **at)
{
    struct keep_crew_job *job = *at;
    take(c, at);
    job->state = RUNNING;
    pthread_mutex_unlock(&c->lock);
    job->run(job->ctx);
    pthread_mutex_lock(&c->lock);
    job->state = DONE;
    pthread_cond_broadcast(&c->done);
}

static void *work(void *ctx)
{
    struct keep_crew *c = ctx;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->first && !c->over)
            pthread_cond_wait(&c->given, &c->lock);
        if (!c->first)
            break;
        run_job(c, &c->first);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

int keep_crew_new(struct keep_crew **out, unsigned threads, struct keep_err *err)
{
    struct keep_crew *c = calloc(1, sizeof *c);
    sigset_t all, before;
    if (!c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for threads");
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->given, NULL);
    pthread_cond_init(&c->done, NULL);
    c->last = &c->first;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (c->threads + 1 < threads && c->threads < KEEP_CREW_MAX && pthread_create(&c->thread[c->threads], NULL, work, c) == 0)
        c->threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (c->threads + 1 < threads) {
        keep_crew_free(c);
        keep_err_set(err, KEEP_E_LIMIT, "the system gives no %u threads", threads);
        keep_err_hint(err, "run it with --threads 1, or raise RLIMIT_NPROC (ulimit -u)");
        return KEEP_E_LIMIT;
    }
    *out = c;
    return 0;
}

void keep_crew_free(struct keep_crew *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->over = true;
    pthread_cond_broadcast(&c->given);
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < c->threads; i++)
        pthread_join(c->thread[i], NULL);
    pthread_cond_destroy(&c->given);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

unsigned keep_crew_threads(const struct keep_crew *c)
{
    return c ? c->threads + 1 : 1;
}

void keep_crew_give(struct keep_crew *c, struct keep_crew_job *job)
{
    if (keep_crew_threads(c) == 1) {
        job->run(job->ctx);
        return;
    }
    pthread_mutex_lock(&c->lock);
    job->state = GIVEN;
    job->next = NULL;
    *c->last = job;
    c->last = &job->next;
    pthread_cond_signal(&c->given);
    pthread_mutex_unlock(&c->lock);
}

static void wait_for(struct keep_crew *c, struct keep_crew_job *job, bool working)
{
    if (keep_crew_threads(c) == 1)
        return;
    pthread_mutex_lock(&c->lock);
    while (job->state == GIVEN || job->state == RUNNING) {
        struct keep_crew_job **at = &c->first;
        while (*at && (*at)->lasts && !job->lasts)
            at = &(*at)->next;
        if (working && *at)
            run_job(c, at);
        else
            pthread_cond_wait(&c->done, &c->lock);
    }
    job->state = IDLE;
    pthread_mutex_unlock(&c->lock);
}

void keep_crew_wait(struct keep_crew *c, struct keep_crew_job *job)
{
    wait_for(c, job, true);
}

void keep_crew_await(struct keep_crew *c, struct keep_crew_job *job)
{
    wait_for(c, job, false);
}

void keep_crew_drop(struct keep_crew *c, struct keep_crew_job *job)
{
    if (keep_crew_threads(c) == 1)
        return;
    pthread_mutex_lock(&c->lock);
    for (struct keep_crew_job **at = &c->first; *at; at = &(*at)->next) {
        if (*at != job)
            continue;
        take(c, at);
        job->state = IDLE;
        break;
    }
    while (job->state == RUNNING)
        pthread_cond_wait(&c->done, &c->lock);
    job->state = IDLE;
    pthread_mutex_unlock(&c->lock);
}

struct each {
    void (*run)(void *ctx, size_t i);
    void *ctx;
    size_t n;
    _Atomic size_t next;
};

static void run_some(void *ctx)
{
    struct each *e = ctx;
    for (size_t i; (i = atomic_fetch_add(&e->next, 1)) < e->n;)
        e->run(e->ctx, i);
}

void keep_crew_each(struct keep_crew *c, size_t n, void (*run)(void *ctx, size_t i), void *ctx)
{
    struct each e = {.run = run, .ctx = ctx, .n = n};
    struct keep_crew_job job[KEEP_CREW_MAX + 1];
    unsigned jobs = keep_crew_threads(c);
    for (unsigned k = 0; k < jobs; k++) {
        job[k] = (struct keep_crew_job){.run = run_some, .ctx = &e};
        keep_crew_give(c, &job[k]);
    }
    for (unsigned k = 0; k < jobs; k++)
        keep_crew_wait(c, &job[k]);
}
