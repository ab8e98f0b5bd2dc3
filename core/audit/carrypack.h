/* What one audit leaves for the next (carry.h), as bytes: a head, which each
 * audit writes anew, and parts, of which each audit adds one: what it judged and
 * which of what earlier parts hold is thereby gone. People stand in both as
 * entities. */
#ifndef CORE_AUDIT_CARRYPACK_H
#define CORE_AUDIT_CARRYPACK_H

#include "core/audit/audit.h"
#include "core/audit/carry.h"
#include "core/audit/prints.h"
#include "core/base/buf.h"

/* Of whom and of what rules: equal digests, the same question. */
#define KEEP_CARRYPACK_DIGEST 32

/* Appends; KEEP_E_NOMEM, KEEP_E_LIMIT. parts: how many there are with the one that this audit adds. */
int keep_carrypack_head(const struct keep_carry *after, const struct keep_policy *p, const struct keep_world *w, const struct keep_prints *prints,
                        const uint8_t digest[KEEP_CARRYPACK_DIGEST], uint32_t parts, struct keep_buf *out, struct keep_err *err);
/* before: NULL, all of it is new. all: the hits of `before` that stand are in it too, so that it needs no earlier part. */
int keep_carrypack_part(const struct keep_carry *after, const struct keep_carry *before, bool all, const struct keep_world *w, struct keep_buf *out, struct keep_err *err);

/* From a head, with what is on file now: *out has everything but hits and words, and who changed is marked. Strings go to a. keep_carry_done in every case.
 * 1, with *why: it cannot be gone on from. KEEP_E_INTEGRITY: it is none. */
struct keep_carrypack_now {
    const struct keep_policy *policy;
    const struct keep_world *world;
    const struct keep_prints *prints;
    const uint8_t *digest;
    struct keep_arena *arena;
};
int keep_carrypack_open(struct keep_carry *out, const struct keep_carrypack_now *now, struct keep_str head, uint32_t *parts, const char **why, struct keep_err *err);
/* Adds a part, in the order in which they were written. KEEP_E_INTEGRITY. */
int keep_carrypack_add(struct keep_carry *c, const struct keep_carrypack_now *now, struct keep_str part, struct keep_err *err);

#endif
