/* The policy's explanations and access rules as the judge runs them: lists of
 * conjuncts with what is known of each before any event is seen. */
#ifndef CORE_AUDIT_TERMS_H
#define CORE_AUDIT_TERMS_H

#include "core/audit/relask.h"
#include "core/model/events.h"
#include "core/policy/policy.h"

#define KEEP_TERMS_PER_RULE 64 /* conjuncts of one rule: one bit each; a longer one is run as a whole */

/* One conjunct. unless EXPR is one more, negated. */
struct keep_term {
    const struct keep_expr *e;
    bool negated;
    bool event_only;     /* reads nothing but event fields: by_class is there */
    uint32_t asks;       /* it is nothing but so many questions about relations */
    struct keep_relask ask[KEEP_RELASK_MOST];
    uint8_t *by_class;   /* code by event class */
};

struct keep_term_rule {
    uint32_t begin, n;      /* in term */
    uint32_t number;        /* among access rules, then explanations: its bit in sets of rules */
    bool opened_only;       /* never reads event.exposure: looks at opened events only */
    bool needs_patient;     /* reads the patient: not tried on events about none */
    bool unless_expected, evidence, single;
    bool excepted;          /* exceptions of its rule apply */
    bool by_event;          /* an event-only conjunct is among its terms */
    uint32_t of;            /* the access rule of the policy, or the explanation, that it is or is a step of */
};

struct keep_terms {
    struct keep_term *term;
    size_t n;
    struct keep_term_rule *access, *explanation; /* as many as in the policy; behind the access rules their steps, in order */
    size_t units;           /* access rules and steps */
    uint32_t rules;         /* of both arrays: access rules, steps, explanations */
};

int keep_terms_new(struct keep_terms *t, const struct keep_policy *p, struct keep_err *err);
void keep_terms_free(struct keep_terms *t);

/* Events alike in every column with few values are of one class. */
#define KEEP_TERMS_CLASSES (KEEP_ACTION_COUNT * KEEP_EXPOSURE_COUNT * KEEP_OUTCOME_COUNT * KEEP_PURPOSE_COUNT * KEEP_TRI_COUNT * 2)
static inline uint32_t keep_terms_class(const struct keep_events *b, uint32_t i)
{
    uint32_t c = b->action[i];
    c = c * KEEP_EXPOSURE_COUNT + b->exposure[i];
    c = c * KEEP_OUTCOME_COUNT + b->outcome[i];
    c = c * KEEP_PURPOSE_COUNT + b->purpose[i];
    c = c * KEEP_TRI_COUNT + b->break_glass[i];
    return c * 2 + (b->searched[i] != 0);
}
static inline uint32_t keep_terms_class_exposure(uint32_t class)
{
    return class / (KEEP_TERMS_CLASSES / KEEP_ACTION_COUNT / KEEP_EXPOSURE_COUNT) % KEEP_EXPOSURE_COUNT;
}

#endif
