/* Which labels a record carries and which set it belongs to. Three-valued: a
 * label that the missing codes could still prove is unknown, and so is a series
 * whose condition rests on it. */
#ifndef CORE_RETENTION_ASSIGN_H
#define CORE_RETENTION_ASSIGN_H

#include "core/base/err.h"
#include "core/model/records.h"
#include "core/policy/policy.h"

struct keep_assign;

struct keep_assigned {
    uint64_t labels, labels_unknown; /* bit i: label i of the policy holds / cannot be told */
    uint64_t held;                   /* bit i: the condition on records of the i-th hold that has one is not certainly false */
    uint32_t series;                 /* whose set takes the record */
    uint64_t also, maybe;            /* bit i: series i matches but does not take it / may match: its rules apply to the set as well */
    uint64_t could;                  /* bit i: series i may match, and would then have taken it; or would have, had anybody recorded where it was made */
};

/* p and w must outlive it. KEEP_E_LIMIT: more than 64 series. */
int keep_assign_new(struct keep_assign **out, const struct keep_policy *p, const struct keep_world *w, struct keep_err *err);
/* Before the first record: the holds, of which those with conditions on records are asked of each, KEEP_ASSIGN_HOLDS at most. They must outlive it. */
#define KEEP_ASSIGN_HOLDS 64
void keep_assign_holds(struct keep_assign *a, const struct keep_hold *hold, size_t n);
void keep_assign_free(struct keep_assign *a); /* NULL allowed */
int keep_assign_record(struct keep_assign *a, const struct keep_record *r, struct keep_assigned *out, struct keep_err *err);

#endif
