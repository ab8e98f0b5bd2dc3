/* The smallest fact that would have made accesses expected: one relation, of
 * which kind, with whom and when. Of what the explanations offer the weakest
 * counts as smallest: anybody's relation, then the department's or unit's where it
 * is known where the user was, then the user's own; of equals the widest. */
#ifndef CORE_AUDIT_MISSING_H
#define CORE_AUDIT_MISSING_H

#include "core/base/buf.h"
#include "core/model/world.h"
#include "core/policy/policy.h"

/* What one explanation asks for, and nothing beside it. */
struct keep_missing_offer {
    uint32_t explanation;   /* in the policy */
    enum keep_call call;    /* related, department_related, encounter_at_unit or patient_related */
    uint32_t kinds;         /* bits 1u << enum keep_relation_kind; 0 for encounter_at_unit */
    int64_t before, after;  /* microseconds */
};
/* Every one of the policy, smallest first. Explanations that ask for more than one thing at once, or for something else, offer none. Memory in a. */
int keep_missing_offers(const struct keep_policy *p, struct keep_arena *a, const struct keep_missing_offer **out, size_t *n, struct keep_err *err);

struct keep_missing {
    const struct keep_missing_offer *offer;
    bool lasting;           /* no instant will do: it must have begun by `from` and end at `to` or later */
    keep_time from, to;     /* else: any instant of [from, to] */
};
/* Over accesses from first to last; post: where the user was. false: nothing is offered. */
bool keep_missing_find(const struct keep_missing_offer *offer, size_t n, keep_time first, keep_time last, const struct keep_post *post, struct keep_missing *out);
/* "an encounter or order of the patient in the user's department or unit (Medicine) between … and …" */
void keep_missing_write(const struct keep_missing *m, const struct keep_post *post, struct keep_buf *out);

#endif
