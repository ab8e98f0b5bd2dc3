/* What one audit leaves for the next (carry.h), as bytes: a head, which each
 * audit writes anew, and parts (carrypart.h), which each audit adds to. People
 * stand in both as entities. */
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

/* From a head, with what is on file now: *out has everything but hits and words, and who changed is marked. Strings go to arena. keep_carry_done in every case.
 * 1, with *why: it cannot be gone on from, of another format for one. KEEP_E_INTEGRITY: it is none. */
struct keep_carrypack_now {
    const struct keep_policy *policy;
    const struct keep_world *world; /* which tells what every entity is */
    const struct keep_prints *prints;
    const uint8_t *digest;
    struct keep_arena *arena;
};
int keep_carrypack_open(struct keep_carry *out, const struct keep_carrypack_now *now, struct keep_str head, uint32_t *parts, const char **why, struct keep_err *err);
int keep_carrypack_malformed(struct keep_err *err); /* KEEP_E_INTEGRITY, of a head or a part */

#endif
