/* Holds that came late: in effect before a disposal that was already made. What
 * was destroyed cannot be held any more; that it was is for counsel to know
 * (FRCP 37(e): information that should have been preserved). */
#ifndef CORE_WORK_HOLDCHECK_H
#define CORE_WORK_HOLDCHECK_H

#include "core/model/records.h"
#include "core/policy/policy.h"
#include "core/store/store.h"

struct keep_holdcheck_finding {
    uint64_t hold;
    struct keep_str matter;
    uint8_t set[16];
    keep_time destroyed;
    bool certain; /* false: it may have been covered; its condition or series cannot be asked of what is gone */
};

/* Every disposal at or after a hold's effective day and before it was placed, in the order of holds, then of sets. from: only holds of this id and
 * later. policy names the series there are. Memory in a. */
struct keep_holdcheck {
    const struct keep_world *world;
    const struct keep_policy *policy;
    const struct keep_hold *hold;
    size_t holds;
    uint64_t from;
};
/* Is that the id of a set, gone or not, of the hold's patient, in the series that it covers? Unknown: it may have had records of that series. salt: that of set ids. */
enum keep_tristate keep_holdcheck_is_of(const struct keep_holdcheck *c, const uint8_t salt[32], const struct keep_hold *h, const uint8_t set[16]);
int keep_holdcheck_run(struct keep_store *s, const struct keep_holdcheck *c, struct keep_arena *a, struct keep_holdcheck_finding **out, size_t *n, struct keep_err *err);

#endif
