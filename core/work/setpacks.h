/* In which packages an archived set stands. Its state names one; a set that is
 * larger than a package stands in several, of which that is the last. */
#ifndef CORE_WORK_SETPACKS_H
#define CORE_WORK_SETPACKS_H

#include "core/work/planrun.h"

#define KEEP_SETPACKS_ID 64 /* characters of a package's name at most */

/* Packages that were recorded as archived, each once. */
struct keep_setpacks {
    struct keep_setpack {
        char id[KEEP_SETPACKS_ID + 1];
        char plan[65], part[65]; /* digests: of the plan it was made under, of what it holds of it */
        uint64_t records;
        bool named;              /* by the state of a set of the plan at hand */
        bool replaced;           /* what it holds was sealed again later, for it was lost */
    } *pack;
    size_t n;
};

/* Memory in the arena. */
int keep_setpacks_load(struct keep_setpacks *out, struct keep_store *s, const struct keep_plan *plan, struct keep_arena *a, struct keep_err *err);

/* Calls each with every package of a set of so many records whose state names this one: 0 to go on, else stops and is returned. The other packages of a large set are all that
 * no set names, of the same plan: perhaps of another large set, too. KEEP_E_INTEGRITY: no such package was archived. */
int keep_setpacks_of(const struct keep_setpacks *p, struct keep_str package, uint64_t records, int (*each)(void *ctx, size_t pack, struct keep_err *err), void *ctx, struct keep_err *err);

#endif
