/* Records whose set cannot be told. What nobody recorded of a record, its codes
 * above all, or where care was given, may be what would put it into another set of its patient: there it
 * would count with its days, its labels and all else, and they for it. So it
 * counts towards each set that it could belong to, and such a set towards the one
 * that it is in, wherever that makes a set stay longer. */
#ifndef CORE_RETENTION_DOUBT_H
#define CORE_RETENTION_DOUBT_H

#include "core/retention/assign.h"
#include "core/retention/tally.h"

/* Before a record is added to t: whether it could belong to other sets. */
int keep_doubt_take(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, const struct keep_assigned *to, struct keep_arena *a, struct keep_err *err);

/* Adds to *both, which begins as NULL and becomes t with them, what of another tally, of the same patient or like t of none, could stand in one set with records of
 * t; lives in a. */
int keep_doubt_add(struct keep_tally **both, const struct keep_tally *t, const struct keep_tally *other, const struct keep_policy *p, struct keep_arena *a, struct keep_err *err);

/* s: the set dated and released by itself; with: the same, with the records that could stand in one with its own, undecided for want of codes, unplaced for want of a facility. The later date of both stands, and it is
 * released only where both are. 1: that of `with` stands, 0: its own. What s points to then lives in a, or where it did. */
int keep_doubt_settle(struct keep_set *s, const struct keep_set *with, size_t undecided, size_t unplaced, struct keep_arena *a, struct keep_err *err);

#endif
