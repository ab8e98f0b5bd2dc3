/* What one audit leaves for the next (carry.h), as bytes: a head, which each
 * audit writes anew, and parts, which each audit adds to: what it judged and which of
 * what earlier parts hold is thereby gone. People stand in both as
 * entities. */
#ifndef CORE_AUDIT_CARRYPACK_H
#define CORE_AUDIT_CARRYPACK_H

#include "core/audit/audit.h"
#include "core/audit/carry.h"
#include "core/audit/prints.h"
#include "core/base/buf.h"

/* Of whom and of what rules: equal digests, the same question. */
#define KEEP_CARRYPACK_DIGEST 32

/* Appends; KEEP_E_NOMEM, KEEP_E_LIMIT. parts: how many there are with those that this audit adds. */
int keep_carrypack_head(const struct keep_carry *after, const struct keep_policy *p, const struct keep_world *w, const struct keep_prints *prints,
                        const uint8_t digest[KEEP_CARRYPACK_DIGEST], uint32_t parts, struct keep_buf *out, struct keep_err *err);

/* What this audit adds, a part at a time. */
#define KEEP_CARRYPACK_MOST ((size_t)1 << 18) /* some 17 MiB: one is taken in while the next is read */
struct keep_carrypack_adding {
    const struct keep_carry *after, *before; /* before: NULL, there is nothing but what is new */
    bool all;       /* what stands of `before` is in it too, so that no earlier part is needed */
    const struct keep_world *world;
    size_t most;    /* accesses of a part */
    size_t at, old; /* accesses written, and looked at in `before`: 0 to begin with */
    bool begun;
};
/* Appends the next part: 1, 0 there is none, KEEP_E_NOMEM, KEEP_E_LIMIT. There is always a first. */
int keep_carrypack_part(struct keep_carrypack_adding *p, struct keep_buf *out, struct keep_err *err);

/* From a head, with what is on file now: *out has everything but hits and words, and who changed is marked. Strings go to a. keep_carry_done in every case.
 * 1, with *why: it cannot be gone on from, of another format for one. KEEP_E_INTEGRITY: it is none. */
struct keep_carrypack_now {
    const struct keep_policy *policy;
    const struct keep_world *world;
    const struct keep_prints *prints;
    const uint8_t *digest;
    struct keep_arena *arena;
    struct keep_carrypack_people *people; /* NULL to begin with: who is who, found at the first reading and kept for the next */
};
void keep_carrypack_forget(struct keep_carrypack_now *now); /* when all is read: that memory */
int keep_carrypack_open(struct keep_carry *out, struct keep_carrypack_now *now, struct keep_str head, uint32_t *parts, const char **why, struct keep_err *err);
/* Adds a part, in the order in which they were written. KEEP_E_INTEGRITY. */
int keep_carrypack_add(struct keep_carry *c, struct keep_carrypack_now *now, struct keep_str part, struct keep_err *err);

#endif
