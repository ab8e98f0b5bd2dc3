/* A crew: threads that take pieces of pure work (parsing, compressing, hashing)
 * off their owner's hands. Who gives a job waits for it later, and works on
 * other jobs meanwhile, so a machine of two cores has two at work, not three.
 * One thread owns a crew; jobs give no jobs. What a job reads and writes is its
 * own between give and wait: nothing is shared but the queue. */
#ifndef CORE_BASE_CREW_H
#define CORE_BASE_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

#define KEEP_CREW_MAX 64 /* threads: more than this is a slip of the pen */

struct keep_crew;
/* threads: how many work at once, the owner included (1..KEEP_CREW_MAX); with 1 no thread is started. KEEP_E_LIMIT when the system gives none. */
int keep_crew_new(struct keep_crew **out, unsigned threads, struct keep_err *err);
void keep_crew_free(struct keep_crew *c); /* every job waited for or taken back before; NULL allowed */
/* How many work at once; 1 for NULL. */
unsigned keep_crew_threads(const struct keep_crew *c);

/* One piece of work. It fails, if it can, in its own ctx. */
struct keep_crew_job {
    void (*run)(void *ctx);
    void *ctx;
    bool lasts;                 /* a tenth of a second and more: an owner that waits for a short one does not begin it meanwhile */
    struct keep_crew_job *next; /* the crew's */
    int state;                  /* the crew's; zeroed before the first use */
};
/* Jobs begin in the order they were given. A crew of one, or NULL, runs it at once. */
void keep_crew_give(struct keep_crew *c, struct keep_crew_job *job);
/* Returns when it is done; at once for a job that was never given, or waited for before. It can be given again. */
void keep_crew_wait(struct keep_crew *c, struct keep_crew_job *job);
/* The same without working on other jobs meanwhile: for a chain of jobs, each of which builds on the one before. A crew of two runs those in their order. */
void keep_crew_await(struct keep_crew *c, struct keep_crew_job *job);
/* The same for work whose result nobody wants: if it has not begun it never will. */
void keep_crew_drop(struct keep_crew *c, struct keep_crew_job *job);

/* Runs run(ctx, i) once for each i below n, by all threads, each taking the next that nobody has; returns when all are done. */
void keep_crew_each(struct keep_crew *c, size_t n, void (*run)(void *ctx, size_t i), void *ctx);

/* For threads that share n things but have memory of their own: the next piece that nobody has, from *at on, below *to. next: 0 before the first is taken.
 * false: none is left. */
static inline bool keep_crew_take(atomic_size_t *next, size_t piece, size_t n, size_t *at, size_t *to)
{
    *at = atomic_fetch_add(next, piece);
    *to = *at < n && n - *at > piece ? *at + piece : n;
    return *at < n;
}

#endif
