/* What people are at work on and which therefore must not be destroyed meanwhile,
 * without anybody placing a hold: access cases that somebody has taken up. */
#ifndef CORE_WORK_OPENWORK_H
#define CORE_WORK_OPENWORK_H

#include "core/model/records.h"
#include "core/store/store.h"

/* Adds one hold, in force since the first step of a person, for each case that is not closed and about a patient of the world; its matter is
 * "access case ID". It ends with the case. *hold becomes a longer list in a. */
int keep_openwork_holds(struct keep_store *s, const struct keep_world *w, struct keep_arena *a, struct keep_hold **hold, size_t *n, struct keep_err *err);

#endif
