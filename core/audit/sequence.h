/* Chains of events: `first A then B within D per KEY`, and `… then no C`.
 *
 * A chain is the events that the first step takes, then those of the next, and
 * so on; each after all of the step before in the order (time, source, ordinal),
 * the last no more than D after the first. An event stands for one step of a
 * chain, though it may satisfy several. With `then no C` a chain counts when no
 * event that satisfies C, or of which nobody can tell, follows its last event
 * in that order within D of it, and D has passed by the as-of time. Every event
 * of every chain that counts is found; chains whose times touch, D after the
 * last event included under `then no`, are one run. */
#ifndef CORE_AUDIT_SEQUENCE_H
#define CORE_AUDIT_SEQUENCE_H

#include "core/audit/window.h"

/* Over n items of one rule and key in order, with bit k of `what` for step k: sets run of those that are in one, numbered from *runs on.
 * as_of: NONE, no bound. -1: out of memory. */
int keep_sequence_run(const struct keep_access *a, keep_time as_of, struct keep_window_item *item, size_t n, uint32_t *runs);

#endif
