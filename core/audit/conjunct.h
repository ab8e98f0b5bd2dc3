/* Conjuncts of rules, each evaluated once at the coarsest grain that it turned out
 * to depend on, and remembered there: always, per account (over one state of the
 * user), per patient, per class of event. What depends on both people or on time
 * is for the caller to keep per pair, over the stretch [lo, hi). */
#ifndef CORE_AUDIT_CONJUNCT_H
#define CORE_AUDIT_CONJUNCT_H

#include "core/audit/bind.h"
#include "core/audit/terms.h"

/* What is known of a conjunct or a rule; from UNKNOWN up, the number of what was missing is added. */
enum { KEEP_CODE_NONE, KEEP_CODE_NO, KEEP_CODE_YES, KEEP_CODE_DEPENDS, KEEP_CODE_UNKNOWN };
enum { KEEP_CONJUNCT_MISSING = 250 }; /* distinct texts of what was missing: codes are one byte; more share number 0, "something else" */

/* A rule that still depends on the event: which of its conjuncts, and what was missing besides. */
struct keep_conjunct_left {
    uint32_t rule;
    uint32_t missing; /* code of an unknown conjunct, 0 none */
    uint64_t terms;
};

/* What does not tie two people, as bits: those of keep_relate_strangers, and that they certainly are not the same. */
#define KEEP_CONJUNCT_NOT_SELF 4u
#define KEEP_CONJUNCT_CASES 8
_Static_assert(((KEEP_RELATE_NO_WORKER | KEEP_RELATE_NO_DEPARTMENT) & KEEP_CONJUNCT_NOT_SELF) == 0 && KEEP_RELATE_NO_WORKER + KEEP_RELATE_NO_DEPARTMENT < KEEP_CONJUNCT_CASES, "a bit each");

struct keep_conjunct {
    const struct keep_policy *p;
    struct keep_relate *relate;
    struct keep_terms terms;
    struct keep_bind bind;
    bool fresh;              /* remember nothing, recall nothing: for proofs */
    struct keep_conjunct_memo {
        uint8_t code, needs; /* needs: bits of what must not tie the two for it to be used */
    } *always, *by_account;  /* [term], [account][term] */
    struct keep_conjunct_chart {
        keep_time lo, hi;    /* the same over [lo, hi) */
        uint32_t patient;
        uint8_t code;
    } (*by_patient)[2];      /* [term]: of the patient last asked about, the latest two stretches; events come patient by patient, and what changes mostly changes once */
    uint8_t **lives;         /* [access or step][class]; NULL: exposure alone decides */

    /* Sets of rules, `words` words each, that are known not to hold: always, for an account in one state of its user, for the patient at hand.
     * Those of the first two stand KEEP_CONJUNCT_CASES times, by the bits that must hold. */
    size_t words;
    uint64_t *dead_always, *dead_account, *dead_patient;
    uint32_t patient;        /* whose dead_patient is */
    uint64_t **alive;        /* [class]: access rules that its class lets live; NULL: not yet known */
    struct keep_str missing[KEEP_CONJUNCT_MISSING];
    size_t missings;

    /* of the event pointed at */
    const struct keep_events *batch;
    uint32_t i, class, strangers;
    bool bound;              /* bind points at it */

    /* since meet */
    keep_time lo, hi;
    bool own_late;
    bool unnamed;         /* of the pair met: nobody knows who is behind the account */
    const struct keep_relation *by; /* the latest relation that made something hold */
};

int keep_conjunct_init(struct keep_conjunct *c, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                       struct keep_relate *relate, struct keep_err *err);
void keep_conjunct_done(struct keep_conjunct *c);

/* Has what is remembered of an account brought nearer. */
void keep_conjunct_fetch(const struct keep_conjunct *c, uint32_t account);

void keep_conjunct_point(struct keep_conjunct *c, const struct keep_events *batch, uint32_t i);

/* The user's state; what was remembered of the account's former state is forgotten. */
const struct keep_bind_user *keep_conjunct_user(struct keep_conjunct *c, uint32_t account, keep_time t);

/* Begins a pair: what ties the two at all, and a fresh stretch of time. */
void keep_conjunct_meet(struct keep_conjunct *c, const struct keep_bind_user *u);

/* The first exception of the rule that is in force on the event's day and known to hold for the event pointed at; NULL: none. */
int keep_conjunct_excepted(struct keep_conjunct *c, const struct keep_access *a, const struct keep_exception **out, struct keep_err *err);

/* Could this access rule, or step of one (a place in terms.access), hold, by the exposure and the class of the event pointed at? */
int keep_conjunct_alive(struct keep_conjunct *c, uint32_t rule, bool *out, struct keep_err *err);

/* Rules that are known not to hold for the pair met: bits by keep_term_rule.number. */
static inline uint64_t keep_conjunct_dead(const struct keep_conjunct *c, size_t account, size_t word)
{
    size_t at = c->strangers * c->words + word;
    return c->dead_always[at] | c->dead_account[account * KEEP_CONJUNCT_CASES * c->words + at] | c->dead_patient[word];
}

/* Access rules that the class of the event pointed at lets live, opened or not; bits as above. */
int keep_conjunct_living(struct keep_conjunct *c, const uint64_t **out, struct keep_err *err);

/* A rule over the pair met: NO, YES, UNKNOWN+, or DEPENDS with what is left in *o. */
int keep_conjunct_by_pair(struct keep_conjunct *c, const struct keep_term_rule *r, struct keep_conjunct_left *o, uint8_t *code, struct keep_err *err);
/* What was left, over the event pointed at: NO, YES or UNKNOWN+. */
int keep_conjunct_by_event(struct keep_conjunct *c, const struct keep_term_rule *r, const struct keep_conjunct_left *o, uint8_t *code, struct keep_err *err);
/* Both. NO for a rule about patients when the event is about none. */
int keep_conjunct_whole(struct keep_conjunct *c, const struct keep_term_rule *r, uint8_t *code, struct keep_err *err);

#endif
