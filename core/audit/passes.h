/* The passes over the log that an audit and a proof have in common. */
#ifndef CORE_AUDIT_PASSES_H
#define CORE_AUDIT_PASSES_H

#include "core/audit/judge.h"
#include "core/audit/window.h"

struct keep_passes {
    const struct keep_audit_input *in;
    keep_time as_of;         /* NONE: no bound */
    struct keep_relate *relate;
    struct keep_judge *judge;
    struct keep_window *window; /* NULL: no rule counts */
    uint64_t seen;           /* events met in all passes, for progress */
};

/* First accesses and windows: one pass, or two. Afterwards the scan stands at its beginning again. */
int keep_passes_open(struct keep_passes *p, const struct keep_audit_input *in, struct keep_err *err);
void keep_passes_close(struct keep_passes *p); /* a zeroed struct is allowed */

/* One pass: each(ctx, batch, err) for every batch. */
int keep_passes_run(struct keep_passes *p, int (*each)(void *ctx, const struct keep_events *batch, struct keep_err *err), void *ctx, struct keep_err *err);

/* Is event i after the as-of time? */
static inline bool keep_passes_late(const struct keep_passes *p, const struct keep_events *b, uint32_t i)
{
    return p->as_of != KEEP_TIME_NONE && b->time[i] > p->as_of;
}

#endif
