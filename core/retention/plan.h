/* Plans: the deterministic bytes that officers sign. A plan binds the store,
 * the packs and adoptions, the as-of date and for each set its action and a
 * digest of its records' versions, keep-until, custody, holds and gates. */
#ifndef CORE_RETENTION_PLAN_H
#define CORE_RETENTION_PLAN_H

#include "core/retention/retention.h"

struct keep_plan_set {
    uint8_t set[16];
    uint8_t digest[32];       /* keep_plan_set_digest */
    enum keep_set_action action;
    struct keep_str series, rule, authority;
    keep_date keep_until;
    uint64_t records;
    enum keep_custody custody;
    struct keep_str gates;
    int32_t residue_years;
};

struct keep_plan {
    uint8_t store[16];
    keep_date as_of;
    uint32_t quorum;
    const struct keep_plan_adoption {
        struct keep_str pack, version;
        uint8_t digest[32];
    } *adoption;
    size_t adoptions;
    const struct keep_plan_set *set; /* in order of set id */
    size_t sets;
    struct keep_str annex;    /* base64 of the age file with the identifying part, sealed to the officers; not part of the digest */
};

/* Digest over everything that must not have drifted. */
void keep_plan_set_digest(const struct keep_set *s, const struct keep_policy *p, uint8_t out[32]);

/* The canonical plan: one JSON document, same input same bytes. Its digest: BLAKE2b-256 of the bytes without the annex member. */
void keep_plan_write(const struct keep_plan *p, struct keep_buf *out);
int keep_plan_read(struct keep_plan *out, struct keep_str text, const char *where, struct keep_arena *a, struct keep_err *err);
void keep_plan_digest(const struct keep_plan *p, uint8_t out[32]);

#endif
