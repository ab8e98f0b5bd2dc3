/* Rules that count: `per KEY within D count >= N` and `count distinct`. Three
 * passes over the log: note (how many events could count, per key and stretch of
 * time), collect (only where that could reach the limit), and look up which
 * events belong to a run. Memory is a fixed sketch a rule, and what stands in
 * suspicious stretches; it does not follow the log.
 *
 * A rule whose keys hold user.id or user.login counts one user's events only, so
 * that a part of the log with all of a user's events has all that such a rule
 * asks for; the others (per event.patient_id, event.place, event.unit) count
 * across users. What is noted and what is collected are both sums over events:
 * sketches add up (core/audit/sketch.h), items are sorted before they are used. */
#ifndef CORE_AUDIT_WINDOW_H
#define CORE_AUDIT_WINDOW_H

#include "core/audit/judge.h"

struct keep_window;

/* Two events no more than `within` apart can stand in one window. A run is every event of windows that reach the limit and overlap. */
struct keep_window_hit {
    uint32_t rule, run; /* run: unique over all rules */
    uint64_t count;     /* the most that any window of the run counted */
};

/* *out is NULL when the policy has no rule that counts. zone: of event.day, NULL for UTC. events: how many are to come, about. */
int keep_window_new(struct keep_window **out, const struct keep_policy *p, const struct keep_zone *zone, uint64_t events, struct keep_err *err);
void keep_window_free(struct keep_window *w);

int keep_window_note(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err);
/* After noting: is there anything to collect? */
bool keep_window_wanted(const struct keep_window *w);
int keep_window_collect(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err);
/* After collecting: finds the runs. */
int keep_window_resolve(struct keep_window *w, struct keep_err *err);

/* The runs an event belongs to, one a rule at most: up to max, in policy order. */
size_t keep_window_find(const struct keep_window *w, uint32_t source, uint64_t ordinal, struct keep_window_hit *out, size_t max);

#endif
