/* Where workers were when: department and unit of each over time, since people
 * are moved, leave and come back. Departments and units are words; here each
 * distinct word has a number. */
#ifndef CORE_AUDIT_POSTS_H
#define CORE_AUDIT_POSTS_H

#include <stdbool.h>

#include "core/model/world.h"

/* Where a worker is from a time on, until the worker's next stay; KEEP_ID_NONE: not recorded. */
struct keep_posts_stay {
    keep_time from;
    uint32_t department, unit;
};

struct keep_posts {
    struct keep_str *name; /* by number, ascending */
    size_t names;
    struct keep_posts_stay *stay; /* of one worker after the other; each worker's first is from ever (INT64_MIN) */
    size_t *first;                /* where each worker's begin; workers + 1 */
};

/* Where a worker was at a time: by the latest begun of the affiliations around it that say; what it does not say, and outside of all of them, as the
 * worker is told without a time. */
struct keep_post keep_posts_of(const struct keep_worker *w, keep_time t);

/* 0, or -1 when memory ran out; valid for _done in both cases. The world must outlive it. */
int keep_posts_init(struct keep_posts *p, const struct keep_world *w);
void keep_posts_done(struct keep_posts *p);

/* Number of a department or unit of a worker, or of any word of the world's dictionary; KEEP_ID_NONE: empty, or no such. */
uint32_t keep_posts_number(const struct keep_posts *p, struct keep_str name);
/* The worker's stay at a time, as an index of p->stay; and when a stay ends (INT64_MAX: never). */
size_t keep_posts_at(const struct keep_posts *p, uint32_t worker, keep_time t);
keep_time keep_posts_end(const struct keep_posts *p, uint32_t worker, size_t stay);
/* Was the worker in that department or unit at some time of [lo, hi], both included? */
bool keep_posts_was_in(const struct keep_posts *p, uint32_t worker, uint32_t department, keep_time lo, keep_time hi);

#endif
