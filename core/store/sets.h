/* Record sets' stored states (append-only, latest counts), and erasure. */
#ifndef CORE_STORE_SETS_H
#define CORE_STORE_SETS_H

#include "core/model/records.h"
#include "core/store/ring.h"
#include "core/store/store.h"
#include "core/store/txn.h"

/* Adds a version of a set's state, inside a transaction. */
int keep_sets_put(struct keep_store *s, const struct keep_set_state *st, struct keep_err *err);
/* The latest state: 0 found (strings copied into a), 1 none. */
int keep_sets_get(struct keep_store *s, const uint8_t set[16], struct keep_arena *a, struct keep_set_state *out, struct keep_err *err);
/* Every state there ever was, in the order they came: of each set the last counts. Strings live during the call. */
int keep_sets_versions(struct keep_store *s, int (*each)(void *ctx, const struct keep_set_state *, struct keep_err *), void *ctx, struct keep_err *err);
/* All latest states, in order of set. */
int keep_sets_all(struct keep_store *s, int (*each)(void *ctx, const struct keep_set_state *, struct keep_err *), void *ctx, struct keep_err *err);

/* Erasing one set of a plan. */
struct keep_erasure {
    uint8_t plan[32];          /* digest of the approved plan */
    uint64_t intent;           /* id of the intent act, committed before */
    uint8_t set[16];           /* zeros: of no set, or not of the whole of it: no state changes */
    const uint64_t *record;    /* record ids, all versions of each go */
    size_t records;
    uint64_t patient;          /* entity whose own key dies with its last set, 0 = none */
    struct keep_str rule, package;
    const struct keep_erasure_key { /* what the keep made itself: log periods, cases, packages; their rows go too */
        enum keep_ring_kind kind;
        uint64_t owner;
    } *key;
    size_t keys;
};
/* Erases n sets of one plan and intent in one transaction: all or none. check: called inside the exclusive transaction; 0 go on, 1 drifted: nothing is touched
 * and 1 is returned. On KEEP_E_UNRECORDED the keys are gone and the next writer records it. */
int keep_sets_erase(struct keep_store *s, const struct keep_erasure *e, size_t n, int (*check)(void *ctx, struct keep_err *), void *ctx, struct keep_err *err);
/* Has the keep to itself until it is closed or the keyring is rewritten: waits some seconds for readers, then KEEP_E_LOCKED. To be called before anything is
 * destroyed, so that a reader can never come between the destruction and the rewrite. */
int keep_sets_alone(struct keep_store *s, struct keep_err *err);
/* Once a run: the keyring copied to a new file under a new key, verified, swapped; keys without a row are dropped. Needs all others out (KEEP_E_LOCKED). */
int keep_sets_rewrite_keyring(struct keep_store *s, struct keep_err *err);

#endif
