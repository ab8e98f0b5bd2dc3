/* How far a long run is, and whether it shall stop: the one way in which cmd
 * is told and asked. */
#ifndef CORE_BASE_PROGRESS_H
#define CORE_BASE_PROGRESS_H

#include <stdint.h>

/* step: what is being done ("accesses"; NULL: only asked), how many of how many (total 0: nobody knows). Non-zero: stop at the next point at
 * which nothing is half, and return KEEP_E_INTERRUPTED. Cheap enough to be asked every few thousand rows. NULL: nobody listens. */
struct keep_progress {
    int (*step)(void *ctx, const char *what, uint64_t done, uint64_t total);
    void *ctx;
};

static inline int keep_progress_step(const struct keep_progress *p, const char *what, uint64_t done, uint64_t total)
{
    return p->step ? p->step(p->ctx, what, done, total) : 0;
}

#endif
