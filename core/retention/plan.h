/* Plans: the deterministic bytes that officers sign. A plan binds the store,
 * the packs and adoptions, the as-of date and for each set its action and a
 * digest of its records' versions, keep-until, custody, holds and gates. */
#ifndef CORE_RETENTION_PLAN_H
#define CORE_RETENTION_PLAN_H

#include "core/retention/retention.h"

/* Due sets, or a special plan: what may be destroyed for a reason that is no retention rule's. */
#define KEEP_PLAN_KINDS(X) X(DUE, "due") X(EXPUNGE, "court-ordered expungement") X(MISFILED, "wrong-patient filing") X(ERRONEOUS, "erroneous import") X(DESTROY_BY, "destroy-by")
enum keep_plan_kind {
#define X(name, word) KEEP_PLAN_##name,
    KEEP_PLAN_KINDS(X)
#undef X
    KEEP_PLAN_KIND_COUNT
};
const char *keep_plan_kind_word(enum keep_plan_kind kind);
int keep_plan_kind_of(struct keep_str word); /* -1: no such */

#define KEEP_PLAN_REASON 1000 /* bytes of a special plan's reason or authority */

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
    const uint64_t *only;     /* of a special plan: these records alone, ids ascending; records then is their number, digest is over them */
    size_t onlys;             /* 0: the whole set */
};

struct keep_plan {
    uint8_t store[16];
    keep_date as_of;
    uint32_t quorum;
    enum keep_plan_kind kind;
    struct keep_str reason, authority; /* of a special plan, in its makers' words; authority: the order or law */
    bool has_order;
    uint8_t order[32];        /* SHA-256 of the order's document */
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

/* The set of that id; SIZE_MAX: the plan has none. */
size_t keep_plan_find(const struct keep_plan *p, const uint8_t id[16]);

/* For qsort and bsearch: by ids of sets; by sets, over pointers to them. */
int keep_plan_by_id(const void *a, const void *b);
int keep_plan_by_set(const void *a, const void *b);

/* The canonical plan: one JSON document, same input same bytes. Its digest: BLAKE2b-256 of the bytes without the annex member. */
void keep_plan_write(const struct keep_plan *p, struct keep_buf *out);
int keep_plan_read(struct keep_plan *out, struct keep_str text, const char *where, struct keep_arena *a, struct keep_err *err);
void keep_plan_digest(const struct keep_plan *p, uint8_t out[32]);

#endif
