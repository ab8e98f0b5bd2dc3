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

struct keep_prints {
    uint64_t *patient, *account; /* as many as in the world */
    uint64_t whole;              /* but for what sources vouch for (keep_prints_whole) */
    const struct keep_zone *zone;
    bool vouched;                /* the policy asks for that */
    struct keep_edges *edges;    /* how departments share patients, which an audit of the same world may ask for, too; NULL: the policy does not */
    struct keep_posts *posts;    /* that they rest on */
};

/* zone: the keep's (NULL: UTC), which has to outlast them, and its name. crew: NULL, none; the same with any. KEEP_E_NOMEM. */
int keep_prints_make(struct keep_prints *out, struct keep_crew *crew, const struct keep_policy *p, const struct keep_world *w, struct keep_str name, const struct keep_zone *zone,
                     struct keep_err *err);
/* What concerns everybody, for accesses up to `newest`: that a source which was complete through that day now is through a later one changes none of them, so that a log
 * declared anew each day does not make each day's audit one of everything. */
uint64_t keep_prints_whole(const struct keep_prints *f, const struct keep_world *w, keep_time newest);
void keep_prints_done(struct keep_prints *f); /* a zeroed struct is allowed */

#endif
