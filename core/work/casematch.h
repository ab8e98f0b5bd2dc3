/* Which case on file a finding is: of those of its rule, its user and its
 * patient that share an access with it, the one that holds the earliest of the
 * finding's accesses, of several the oldest. One who was an account that belonged
 * to nobody stays the same user when a roster names the owner. */
#ifndef CORE_WORK_CASEMATCH_H
#define CORE_WORK_CASEMATCH_H

#include "core/audit/u64map.h"
#include "core/base/err.h"
#include "core/store/casebook.h"

#define KEEP_CASEMATCH_NONE KEEP_U64MAP_NONE

struct keep_casematch {
    const struct keep_world *world;
    const struct keep_casebook_case *file;
    struct keep_u64map chain;       /* whose -> number of a chain */
    uint32_t *first, *next;         /* of a chain; after a case. Ascending, KEEP_CASEMATCH_NONE at the end */
    struct keep_casematch_spot *room; /* for the accesses of any one case */
};

/* Cases on file in order of id, which must outlive it; `of`: those of them that are looked at, NULL all. keep_casematch_done in every case. */
int keep_casematch_make(struct keep_casematch *m, const struct keep_world *w, const struct keep_casebook_case *file, size_t files, const bool *of, struct keep_err *err);
void keep_casematch_done(struct keep_casematch *m); /* a zeroed struct is allowed */

/* Where the case that a finding is may be: numbers of chains, NONE none. By any thread. */
struct keep_casematch_chains {
    uint32_t at[2];
};
struct keep_casematch_chains keep_casematch_chains(const struct keep_casematch *m, const struct keep_case *k);
/* The case that a finding is, by its place among those on file; no other finding is it from then on. NONE: it is new. */
uint32_t keep_casematch_take(struct keep_casematch *m, const struct keep_case *k, struct keep_casematch_chains chains);

/* Cases of a finding's rule, user and patient that are not taken, each with the place of the earliest of its accesses that the finding has. */
int keep_casematch_each(struct keep_casematch *m, const struct keep_case *k, int (*each)(void *ctx, uint32_t file, size_t place), void *ctx);

/* The entities that a finding is about, 0 none. */
uint64_t keep_casematch_account(const struct keep_world *w, const struct keep_case *k);
uint64_t keep_casematch_patient(const struct keep_world *w, const struct keep_case *k);
enum keep_entity keep_casematch_user(const struct keep_world *w, const struct keep_case *k, uint64_t *user);

#endif
