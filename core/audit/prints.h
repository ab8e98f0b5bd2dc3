/* Fingerprints of what is on file about each patient and each account's user, as
 * an audit sees it: equal ones, nothing changed that a judgement could rest on.
 * A patient's covers relations, encounters and contacts, and where those were who
 * treated the patient; an account's covers its user, rosters included, and whose
 * other accounts are the same user's. What concerns everybody has one of its own. */
#ifndef CORE_AUDIT_PRINTS_H
#define CORE_AUDIT_PRINTS_H

#include "core/base/crew.h"
#include "core/base/str.h"
#include "core/base/zone.h"
#include "core/model/world.h"
#include "core/policy/policy.h"

struct keep_edges;
struct keep_posts;

#define KEEP_PRINTS_DISCLOSURES UINT32_MAX /* no source's id */

struct keep_prints {
    uint64_t *patient, *account; /* as many as in the world */
    uint64_t whole;              /* of what concerns everybody, but for the days through which sources vouch for something: */
    struct keep_prints_vouched {
        uint32_t source;         /* KEEP_PRINTS_DISCLOSURES: the accounting of disclosures */
        keep_date through;       /* NONE: the declaration names none */
    } *vouched;                  /* only where the policy asks for that */
    size_t vouches;
    const struct keep_zone *zone;
    struct keep_edges *edges;    /* how departments share patients, which an audit of the same world may ask for, too; NULL: the policy does not */
    struct keep_posts *posts;    /* that they rest on */
};

/* zone: the keep's (NULL: UTC), which has to outlast them, and its name. crew: NULL, none; the same with any. KEEP_E_NOMEM. */
int keep_prints_make(struct keep_prints *out, struct keep_crew *crew, const struct keep_policy *p, const struct keep_world *w, struct keep_str name, const struct keep_zone *zone,
                     struct keep_err *err);
/* Where the same sources vouched through other days before (as many, in the same order), the time from which on accesses may be judged otherwise than they were; NONE: nowhere.
 * A log is declared anew each day: that is no reason to judge those of all years again. */
keep_time keep_prints_since(const struct keep_prints *f, const struct keep_prints_vouched *before);
void keep_prints_done(struct keep_prints *f); /* a zeroed struct is allowed */

#endif
