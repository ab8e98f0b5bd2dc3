/* Names of cases: which finding is which case on file, and so what it is called,
 * how far people are with it, and whether it says anything new. */
#ifndef CORE_WORK_CASENAME_H
#define CORE_WORK_CASENAME_H

#include "core/audit/u64map.h"
#include "core/base/crew.h"
#include "core/store/casebook.h"

struct keep_casename {
    const struct keep_world *world;
    const struct keep_casebook_case *file; /* in order of id; they outlive it */
    size_t files;
    struct keep_u64map by_name;
    bool *taken;                           /* of each: a finding is it */
};

/* keep_casename_done in every case. KEEP_E_NOMEM. */
int keep_casename_make(struct keep_casename *n, const struct keep_world *w, const struct keep_casebook_case *file, size_t files, struct keep_err *err);
void keep_casename_done(struct keep_casename *n); /* a zeroed struct is allowed */

/* The case on file of that name; NULL none. By any thread. */
const struct keep_casebook_case *keep_casename_of(const struct keep_casename *n, const uint8_t name[16]);
/* Has a finding accesses that the case did not have when it was last found? */
bool keep_casename_grew(const struct keep_casebook_case *f, const struct keep_case *k);

/* Findings, in any order; time: their places by their first access. */
struct keep_casename_found {
    struct keep_case *list;
    const uint32_t *time;
    size_t n;
    keep_time before; /* up to when the audit looked that this one goes on from; NONE: it goes on from none */
};
/* Gives each its id and status, says which are known, and sets taken. crew: NULL allowed; the same with any. KEEP_E_NOMEM. */
int keep_casename_give(struct keep_casename *n, const struct keep_casename_found *found, struct keep_crew *crew, struct keep_err *err);

#endif
