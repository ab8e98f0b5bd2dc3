/* Judges events: which explanation holds, which single-event access rules fire.
 * Each conjunct of a rule is evaluated once at the coarsest grain that it turned
 * out to depend on: always, per account, per patient, per (account, patient)
 * and stretch of time, per class of event, and only else per event. */
#ifndef CORE_AUDIT_JUDGE_H
#define CORE_AUDIT_JUDGE_H

#include "core/audit/audit.h"
#include "core/audit/bind.h"

struct keep_judge;

struct keep_judgement {
    enum keep_verdict verdict;
    int explanation;           /* the first in policy order that holds, -1 none */
    const uint32_t *fired;     /* access rules in policy order, counts left out; until the next call */
    uint32_t fired_n;
    bool own_late;             /* nothing holds, and an own late fact was left out */
    uint32_t unknown;          /* what unknowns kept explanations from holding: keep_judge_unknown(); 0 none */
};

#define KEEP_JUDGE_EVIDENCE 61 /* evidence rules of a policy at most: one bit each, and three to spare */

int keep_judge_new(struct keep_judge **out, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                   struct keep_relate *relate, struct keep_err *err);
void keep_judge_free(struct keep_judge *j);

int keep_judge_event(struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_judgement *out, struct keep_err *err);

/* The same of an event that the state of the event judged before it decides: one of the same pair that is expected and fires nothing, or one that opened
 * nothing and is not assessed. class: keep_terms_class. false: it must be judged whole. Only verdict and explanation of *out are set. */
bool keep_judge_quick(struct keep_judge *j, uint32_t class, uint32_t account, uint32_t patient, keep_time t, struct keep_judgement *out);

/* Has what is held of an account brought nearer, before it is asked about. */
void keep_judge_fetch(const struct keep_judge *j, uint32_t account);

/* Events judged from now on were judged before: they are not counted again. */
void keep_judge_mute(struct keep_judge *j, bool muted);

/* Who acts in event i; who is behind an account at a time. */
uint32_t keep_judge_subject(struct keep_judge *j, const struct keep_events *batch, uint32_t i);
uint32_t keep_judge_who(struct keep_judge *j, uint32_t account, keep_time t);
const struct keep_bind_user *keep_judge_user(struct keep_judge *j, uint32_t account, keep_time t); /* until the account is asked for another time */

/* Could this access rule fire for event i, by its exposure and what else the class of the event tells? Cheap. Here and in the next, steps of sequences are
 * rules, too: they are numbered behind the access rules, in policy order. */
int keep_judge_alive(struct keep_judge *j, uint32_t rule, const struct keep_events *batch, uint32_t i, bool *alive, struct keep_err *err);

/* Does the event just judged satisfy this access rule of whatever form (when, unless, unless expected, and no exception)? Unknown is counted as unable. */
int keep_judge_rule(struct keep_judge *j, uint32_t rule, const struct keep_judgement *v, enum keep_tristate *holds, struct keep_err *err);

/* What of each evidence rule is known for event i, in policy order, one code each (conjunct.h); nothing is counted. */
int keep_judge_evidence(struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint8_t *code, struct keep_err *err);
uint32_t keep_judge_evidences(const struct keep_judge *j); /* how many */
/* Counts such codes; the bits of those that hold: bit k is the k-th evidence rule of the policy. */
uint64_t keep_judge_weigh(struct keep_judge *j, const uint8_t *code);

/* "user.department, event.unit": what judgement.unknown stands for. */
struct keep_str keep_judge_unknown(const struct keep_judge *j, uint32_t unknown, struct keep_arena *a);

/* events fired, unable and what was missing of several judges of one policy together, into arrays of the policy's lengths. Strings go to a. */
int keep_judge_counts(struct keep_judge *const *judge, size_t n, struct keep_arena *a, struct keep_audit_rule_count *access,
                      struct keep_audit_rule_count *explanation);

/* One rule or explanation over the event just judged, without any memory of others. */
int keep_judge_prove(struct keep_judge *j, bool access, uint32_t index, const struct keep_judgement *v, struct keep_audit_proof *out, struct keep_err *err);

#endif
