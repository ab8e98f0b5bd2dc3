/* What makers of plans share. Inside core/work only. */
#ifndef CORE_WORK_PLANRUN_INSIDE_H
#define CORE_WORK_PLANRUN_INSIDE_H

#include "core/work/planrun.h"

extern const char keep_planrun_edited[]; /* the reason of a set that the plan words otherwise than its digest has it */

/* The sets as of a day, which must not lie ahead; how NULL: all of all. d: to be freed in every case. */
int keep_planrun_look(struct keep_dates *d, struct keep_store *s, const struct keep_packs *adopted, keep_date as_of, const struct keep_dates_how *how, struct keep_err *err);
/* What a plan says of a set of today. */
void keep_planrun_fill(struct keep_plan_set *ps, const struct keep_set *set, const struct keep_policy *p);
/* The text of a plan whose day, kind and sets stand: store, quorum, adoptions and the sealed annex are added. set: its sets of today, in the plan's order. */
int keep_planrun_write(struct keep_plan *plan, const struct keep_dates *d, const struct keep_packs *adopted, const struct keep_set *const *set, struct keep_buf *out, struct keep_err *err);
const char *keep_planrun_held(const struct keep_set *set, struct keep_arena *a);

#endif
