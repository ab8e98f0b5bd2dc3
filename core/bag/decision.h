/* Who decided: the plan, the approvals of its digest, the adoption of the packs
 * that it rests on, and the officers' keys to check them with. Inside core/bag only. */
#ifndef CORE_BAG_DECISION_H
#define CORE_BAG_DECISION_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"

struct keep_examine;

struct keep_decision_set {
    uint8_t id[16];
    uint64_t records; /* as planned */
    uint64_t seen;    /* lines of the register */
    bool archive;
};

struct keep_decision {
    struct keep_arena *arena;
    bool read;                         /* the plan is here and well formed */
    uint8_t plan[32];                  /* its digest: BLAKE2b-256 without the annex */
    struct keep_str store;             /* hex */
    uint64_t quorum;
    struct keep_decision_set *set;     /* ascending by id */
    size_t sets;
    uint8_t (*adopted)[32];            /* packs, in the plan's order */
    bool *pack_seen;
    size_t packs;
    uint8_t (*had)[32];                /* digests of data/policy/ files */
    size_t had_n, had_cap;
};

/* One pack's bytes were read. */
int keep_decision_pack(struct keep_examine *x, struct keep_str bytes, struct keep_err *err);
/* The plan was read: fills x->decision, or fails the check. */
int keep_decision_plan(struct keep_examine *x, struct keep_err *err);
/* The set of that id (32 hex digits), NULL when the plan has none. */
struct keep_decision_set *keep_decision_find(struct keep_decision *d, struct keep_str hex);
/* All that can be said when everything was read. */
void keep_decision_check(struct keep_examine *x);
void keep_decision_free(struct keep_decision *d);

#endif
