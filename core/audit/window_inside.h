/* What noting, collecting and finding runs share. Inside core/audit/window.c and
 * core/audit/window_runs.c only. */
#ifndef CORE_AUDIT_WINDOW_INSIDE_H
#define CORE_AUDIT_WINDOW_INSIDE_H

#include "core/audit/sketch.h"
#include "core/audit/window.h"

struct keep_window_step {
    uint32_t unit;              /* whose condition it is: the rule's, or a step's (keep_judge_alive) */
    uint32_t need;              /* events of it in a window, as far as a sketch can tell */
    bool none;                  /* `then no`: no window needs it, and nothing is noted */
    struct keep_sketch stretch; /* (key, stretch) -> events */
};

/* One event that one counter took. */
struct keep_window_part {
    uint32_t event;             /* in keep_window.event */
    uint32_t steps;             /* of a sequence, as bits; else 1 */
};

struct keep_window_counter {
    uint32_t rule; /* in the policy */
    const struct keep_access *a;
    struct keep_window_step step[KEEP_ACCESS_STEPS];
    uint32_t steps; /* one, but of a sequence */
    size_t bit;     /* number of the first among the steps of all */
    bool unfiltered; /* counts only what nothing explains: few events, which are known once they are judged, so no sketch tells */
    bool whole;     /* collects all that it counts, for a later audit: it is little */
    uint64_t noted; /* events that it could count */
    bool wanted;    /* some stretch of each step holds half of what is needed */
    keep_time lo, hi; /* of the stretch last asked for: most events are of the same */
    uint32_t stretch;
    struct keep_window_part *part;
    size_t parts, room;
};

/* An event that some counter took. */
struct keep_window_event {
    keep_time time;
    uint64_t ordinal;
    uint32_t source, account, subject, patient, place, unit;
};

/* Of events of one class, which steps are noted and which counters may take them. */
struct keep_window_class {
    uint64_t noted;             /* events, not yet among those of the counters */
    uint32_t notes, takes;
    struct {
        uint32_t counter, step;
    } *note;
    struct {
        uint32_t counter, alive; /* alive: steps as bits */
    } *take;
};

enum { KEEP_WINDOW_AHEAD = 16 }; /* notes whose cells are fetched before they are written: about one memory latency of work */

struct keep_window {
    struct {
        struct keep_sketch *in;
        uint64_t hash;
        uint32_t stretch;
    } ahead[KEEP_WINDOW_AHEAD]; /* a ring; in NULL: free */
    uint32_t aheads;
    struct keep_window_class **of_class; /* NULL: not yet known */
    size_t steps;
    bool unfiltered;          /* some counter is */
    const struct keep_zone *zone;
    keep_time as_of;
    struct keep_window_counter *counter;
    size_t counters;
    struct keep_window_event *event;
    size_t events, room;
    /* After resolving. */
    uint32_t *first;          /* of each event: its first hit; events + 1 */
    struct keep_window_hit *hit;
};

static inline bool keep_window_tells_apart(const struct keep_access *a)
{
    return a->form == KEEP_ACCESS_DISTINCT || a->form == KEEP_ACCESS_OVERLAP;
}

static inline uint32_t keep_window_day(const struct keep_window *w, keep_time t)
{
    return (uint32_t)(w->zone ? keep_zone_date(w->zone, t) : keep_civil_utc_date(t));
}

/* What events are counted per, or counted apart by, as a number; false: this event has none. */
static inline bool keep_window_value(const struct keep_window *w, const struct keep_window_event *e, enum keep_field f, uint32_t *out)
{
    switch ((int)f) {
    case KEEP_FIELD_user_id: *out = e->subject; break;
    case KEEP_FIELD_user_login: *out = e->account; break;
    case KEEP_FIELD_event_patient_id: *out = e->patient; break;
    case KEEP_FIELD_event_place: *out = e->place; break;
    case KEEP_FIELD_event_unit: *out = e->unit; break;
    case KEEP_FIELD_event_day: *out = keep_window_day(w, e->time); return true;
    default: return false;
    }
    return *out != KEEP_ID_NONE;
}

static inline bool keep_window_key(const struct keep_window *w, const struct keep_window_event *e, const struct keep_access *a, uint64_t *out)
{
    uint32_t v;
    *out = 0;
    for (uint32_t k = 0; k < a->pers; k++) {
        if (!keep_window_value(w, e, a->per[k], &v))
            return false;
        *out = *out << 32 | v;
    }
    return true;
}

#endif
