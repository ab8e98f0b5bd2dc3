/* From a gathered set to its date: every rule of every jurisdiction it touches,
 * tried; the latest day wins. */
#ifndef CORE_RETENTION_DERIVE_H
#define CORE_RETENTION_DERIVE_H

#include "core/retention/tally.h"

struct keep_derive;

#define KEEP_DERIVE_STATES 8 /* jurisdictions one set can touch besides US; a set of more is undetermined */

struct keep_derived {
    struct keep_str state[KEEP_DERIVE_STATES]; /* USPS, distinct */
    size_t states;
    bool no_state;          /* nobody recorded where it is: its law is unknown */
};

/* One flag a rule of the policy. */
struct keep_derive_rules {
    const bool *can_release; /* law or contract, verified, adopted and unexpired */
    const bool *read;        /* its text was read, by its pack's author or by the hospital */
};

/* in, x and rules must outlive it. */
int keep_derive_new(struct keep_derive **out, const struct keep_retention_input *in, const struct keep_tally_index *x, const struct keep_derive_rules *rules, struct keep_err *err);
void keep_derive_free(struct keep_derive *d);

/* Fills step, steps, kind, keep_until, destroy_by, rule, destroy_rule, suspended, reason (of an undetermined date), gates and residue_years of s; with
 * words also the steps' arithmetic and explain. What it points to lives in a. */
int keep_derive_set(struct keep_derive *d, const struct keep_tally *t, struct keep_set *s, bool words, struct keep_arena *a, struct keep_err *err);
/* Another condition, of the set of the last call. */
int keep_derive_ask(struct keep_derive *d, const struct keep_expr *e, enum keep_tristate *out, struct keep_err *err);
/* Where the set of the last call is. */
const struct keep_derived *keep_derive_where(const struct keep_derive *d);

#endif
