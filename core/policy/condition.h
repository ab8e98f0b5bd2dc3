/* A condition by itself, outside of any pack: what a hold covers. */
#ifndef CORE_POLICY_CONDITION_H
#define CORE_POLICY_CONDITION_H

#include "core/policy/policy.h"

#define KEEP_CONDITION_BYTES 2000 /* of its text: it is stored with each hold, and people read it */

struct keep_condition {
    const struct keep_expr *when; /* bool */
    bool of_record;               /* asked of each record; else of the set, its facility and its patient */
};
/* text must outlive it. KEEP_E_USAGE with diags: it is no condition, or it is about records and sets at once. */
int keep_condition_compile(struct keep_condition *out, struct keep_str text, struct keep_arena *a, struct keep_diags *diags, struct keep_err *err);

/* Are all labels and series that it compares with declared by p? A name that is not would make it false for everything, silently. */
bool keep_condition_known(const struct keep_expr *when, const struct keep_policy *p);

#endif
