/* What one audit adds to what those before it left (carry.h), as bytes, a part at
 * a time: the accesses it judged, and which of what earlier parts hold is thereby
 * gone. People stand in it as entities. */
#ifndef CORE_AUDIT_CARRYPART_H
#define CORE_AUDIT_CARRYPART_H

#include "core/audit/carrypack.h"
#include "core/base/crew.h"

#define KEEP_CARRYPART_MOST ((size_t)1 << 18) /* accesses of a part, some 3 MiB: of many a part is one thread's work */
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

/* Begins to add parts, in the order in which they were written, to what keep_carrypack_open made: threads of the crew read their accesses meanwhile (NULL: at once).
 * Until the end `part` lives, and c's accesses, words and texts are left alone. KEEP_E_INTEGRITY, KEEP_E_NOMEM: there is nothing to end. */
struct keep_carrypart_reading;
int keep_carrypart_begin(struct keep_carrypart_reading **out, struct keep_carry *c, const struct keep_carrypack_now *now, const struct keep_buf *part, size_t parts,
                         struct keep_crew *crew, struct keep_err *err);
/* Waits for them; r is gone. NULL: there was nothing. */
int keep_carrypart_end(struct keep_carrypart_reading *r, struct keep_err *err);

#endif
