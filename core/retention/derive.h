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

/* in, x and out (results) must outlive it. can_release: per rule of the policy, it is law or contract, verified, adopted and unexpired. */
int keep_derive_new(struct keep_derive **out, const struct keep_retention_input *in, const struct keep_tally_index *x, const bool *can_release, struct keep_arena *results, struct keep_err *err);
void keep_derive_free(struct keep_derive *d);

/* Fills step, steps, kind, keep_until, rule, reason (of an undetermined date), gates, residue_years and explain of s. */
int keep_derive_set(struct keep_derive *d, const struct keep_tally *t, struct keep_set *s, struct keep_derived *where, struct keep_err *err);

#endif
