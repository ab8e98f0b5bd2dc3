/* Cases: hits grouped by rule, person and patient (or run of a window), scored
 * by fixed numbers, ranked, and put into words. */
#ifndef CORE_AUDIT_CASES_H
#define CORE_AUDIT_CASES_H

#include "core/audit/passes.h"

/* The score of a case: its rule's weight, and each of these once.
 *   + the weight of every evidence rule that holds for any of its events;
 *   + KEEP_CASES_OWN_LATE when nothing explains it but what the user wrote after the first access;
 *   - KEEP_CASES_REASON when every one of its events has a reason on file;
 *   - KEEP_CASES_SHADED when every one of its events stands in cases above it, or it is about an unexplained pair that one above is about (shade.h);
 * never below 0. */
#define KEEP_CASES_UNEXPLAINED 10 /* weight of an unexplained pair: any evidence outranks none */
#define KEEP_CASES_OWN_LATE 10
#define KEEP_CASES_REASON 100     /* the packs' high severity (120) falls to 20: below anything that evidence speaks for */

#define KEEP_CASES_SHADED 100 /* as much: it is found with the other */

#define KEEP_CASES_NO_RULE UINT32_MAX /* the verdict unexplained */

struct keep_cases; /* of one thread, until it is joined */

/* What of an event makes a case. */
struct keep_cases_hit {
    const struct keep_passes_event *event;
    uint32_t rule;
    const struct keep_window_hit *run; /* of the rule, NULL none */
    uint64_t evidence;                 /* bits: keep_judge_weigh */
};

/* judge: the one that judges what will be added; it must outlive the cases. */
int keep_cases_new(struct keep_cases **out, const struct keep_policy *p, const struct keep_world *w, struct keep_judge *judge, struct keep_err *err);
void keep_cases_free(struct keep_cases *c);

/* Adds an event to the case of (rule, subject, patient), of (rule, subject) when neither the rule nor its text looks at the patient, or of the run when there is one. */
int keep_cases_add(struct keep_cases *c, const struct keep_cases_hit *hit, struct keep_err *err);
/* Moves the cases of `from` over; those of one pair or run become one. */
int keep_cases_join(struct keep_cases *c, struct keep_cases *from, struct keep_err *err);

/* Ranks and words them into out->cases, by as many threads as p has; adds to the counts of cases. */
int keep_cases_finish(struct keep_cases *c, const struct keep_passes *p, struct keep_arena *a, struct keep_audit_result *out, struct keep_audit_rule_count *access, struct keep_err *err);

#endif
