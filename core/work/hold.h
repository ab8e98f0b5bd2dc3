/* Holds: anyone may place one; releasing one needs the legal officer's key and
 * a cooling-off. A hold stops disposal, never the clock. */
#ifndef CORE_WORK_HOLD_H
#define CORE_WORK_HOLD_H

#include "core/model/records.h"
#include "core/store/store.h"

#define KEEP_HOLD_COOLING_DAYS 30 /* from release to the first day it no longer stops anything */

struct keep_hold_order {
    struct keep_str matter;     /* case or matter number; shown in lists, so no patient's name */
    const uint64_t *patient;    /* entity ids; none: the whole keep */
    size_t patients;
    struct keep_str series;     /* empty: all */
    struct keep_str where;      /* a condition on sets, or on records (core/policy/condition.h), of which those it cannot be told of are held too; empty: none */
    keep_time effective_from;   /* NONE: now; may be past */
};
/* One hold for each patient named (one in all without). *n: how many. KEEP_E_USAGE: the condition is none, or names a label or series that no adopted pack declares. */
int keep_hold_place(struct keep_store *s, const struct keep_hold_order *order, uint64_t *n, struct keep_err *err);
/* The same hold on another patient (an entity), inside a transaction: where a chart is split or parts of it move, what was held stays held. It ends when that one does. */
int keep_hold_carry(struct keep_store *s, const struct keep_hold *hold, uint64_t patient, struct keep_err *err);
/* Releases all holds of a matter. Needs the officer whose role is "legal". 1: no such matter in force. */
int keep_hold_release(struct keep_store *s, struct keep_str matter, const struct keep_sign_secret *officer, uint64_t *n, struct keep_err *err);
/* All holds, in order of placing, ids mapped to the world (patients that are gone: KEEP_ID_NONE never; such holds are left out).
 * released carries the end of the cooling-off, so that "in force" is released NONE or later than the day in question. Memory in a. */
int keep_hold_load(struct keep_store *s, const struct keep_world *w, struct keep_arena *a, struct keep_hold **out, size_t *n, struct keep_err *err);

#endif
