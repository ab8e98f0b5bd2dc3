/* Special plans: destruction for a reason that is no retention rule's, by the
 * same quorum, with reason and authority in the plan that officers sign.
 *
 *   kind        may destroy                           over            demands
 *   expunge     whole sets, single records            any date or     the order's citation and document;
 *                                                     undetermined    the approval of legal
 *   misfiled    single records, sets wrongly filed    any date        a reason
 *   erroneous   the same                              any date        a reason
 *   destroy-by  whole sets in conflict, in the last   a later date    that the rule with the last day may release:
 *               weeks before that day or after it                     its text read, adopted, unexpired; gates
 *
 * None of them touches what is on hold, ordered or destroyed; a package is outside of
 * a keep, so only an expungement takes what is archived, and its certificate
 * names the package. Who a patient is outlives the patient's other sets. */
#ifndef CORE_WORK_SPECIAL_H
#define CORE_WORK_SPECIAL_H

#include "core/work/planrun.h"

#define KEEP_SPECIAL_AHEAD 30   /* days before a destroy-by day from which its plan may be made: approvals and notices take time */
#define KEEP_SPECIAL_MOST 4096 /* sets, or records, that one special plan names */

struct keep_special_request {
    enum keep_plan_kind kind;
    const uint8_t (*set)[16];   /* whole sets, */
    size_t sets;
    const uint64_t *record;     /* or single records */
    size_t records;
    struct keep_str reason, authority;
    const uint8_t *order;       /* SHA-256 of the order's document; NULL none */
};
/* KEEP_E_REFUSED names the first set that may not go, and why; KEEP_E_USAGE what the kind demands and is not there, or a set or record that is none of this keep. */
int keep_special_make(struct keep_store *s, const struct keep_packs *adopted, keep_date as_of, const struct keep_special_request *r, struct keep_buf *out, size_t *sets, struct keep_err *err);

/* For a plan's sets of today. */
struct keep_special_look {
    const struct keep_plan *plan;
    const struct keep_dates *d;
    keep_date today;
    struct keep_special_leaf *leaf; /* of single records, by id; filled by _look */
    size_t leaves;
    bool failed;
};
void keep_special_look(struct keep_special_look *l, struct keep_arena *a);
/* "" when it may go: *set is then the set of today, of single records a copy that holds these alone. Else why not. */
const char *keep_special_why_not(const struct keep_special_look *l, const struct keep_plan_set *ps, const struct keep_set **set, struct keep_arena *a);

/* Were these single records destroyed under this plan? 1 yes, 0 no. */
int keep_special_gone(struct keep_store *s, const struct keep_plan_set *ps, const uint8_t plan[32], struct keep_err *err);

/* Who must be among those who approve; empty: nobody in particular. */
struct keep_str keep_special_role(enum keep_plan_kind kind);

#endif
