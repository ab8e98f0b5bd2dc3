/* What collecting for counting rules (window.c) and finding their runs
 * (window_runs.c) share. Inside the two files only. */
#ifndef CORE_AUDIT_WINDOW_INSIDE_H
#define CORE_AUDIT_WINDOW_INSIDE_H

#include "core/audit/sketch.h"
#include "core/audit/u64map.h"
#include "core/audit/window.h"

struct keep_window_step {
    uint32_t unit;              /* whose condition it is: the rule's, or a step's (keep_judge_step) */
    uint32_t need;              /* events of it in a window, as far as a sketch can tell */
    bool none;                  /* `then no`: no window needs it, and nothing is noted */
    struct keep_sketch stretch; /* (key, stretch) -> events */
};

struct keep_window_counter {
    uint32_t rule; /* in the policy */
    const struct keep_access *a;
    struct keep_window_step step[KEEP_ACCESS_STEPS];
    uint32_t steps; /* one, but of a sequence */
    bool unfiltered; /* counts only what nothing explains: few events, which are known once they are judged, so no sketch tells */
    bool whole;     /* collects all that it counts, for a later audit: it is little */
    uint64_t noted; /* events that it could count */
    bool wanted;    /* some stretch of each step holds half of what is needed */
};

struct keep_window {
    uint64_t **alive;         /* [class]: steps that its class lets live, numbered through all counters; NULL: not yet known */
    size_t steps;
    bool unfiltered;          /* some counter is */
    const struct keep_zone *zone;
    keep_time as_of;
    struct keep_window_counter *counter;
    size_t counters;
    struct keep_window_item *item;
    size_t items, cap;
    struct keep_u64map found; /* event -> first item in a run */
    uint64_t *peak;           /* of each run */
};

static inline bool keep_window_tells_apart(const struct keep_access *a)
{
    return a->form == KEEP_ACCESS_DISTINCT || a->form == KEEP_ACCESS_OVERLAP;
}

static inline int keep_window_no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while counting accesses");
}

#endif
