/* What one audit adds to what those before it left (carry.h), as bytes, a part at
 * a time: the accesses it judged, and which of what earlier parts hold is thereby
 * gone. People stand in it as entities. */
#ifndef CORE_AUDIT_CARRYPART_H
#define CORE_AUDIT_CARRYPART_H

#include "core/audit/carrypack.h"

#define KEEP_CARRYPART_MOST ((size_t)1 << 18) /* accesses of a part, some 4 MiB: one is taken in while the next is read */
struct keep_carrypart_adding {
    const struct keep_carry *after, *before; /* before: NULL, there is nothing but what is new */
    bool all;       /* what stands of `before` is in it too, so that no earlier part is needed */
    const struct keep_world *world;
    size_t most;    /* accesses of a part */
    size_t at, old; /* accesses written, and looked at in `before`: 0 to begin with */
    bool begun;
};
/* Appends the next part: 1, 0 there is none, KEEP_E_NOMEM, KEEP_E_LIMIT. There is always a first. */
int keep_carrypart_next(struct keep_carrypart_adding *p, struct keep_buf *out, struct keep_err *err);

/* Adds a part to what keep_carrypack_open made, in the order in which they were written. KEEP_E_INTEGRITY. */
int keep_carrypart_add(struct keep_carry *c, const struct keep_carrypack_now *now, struct keep_str part, struct keep_err *err);

#endif
