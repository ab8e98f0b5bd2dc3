/* What witnesses know of a keep behind the moment of its backup: the entries that
 * were lost, and what they decided. */
#ifndef CORE_STORE_LOST_H
#define CORE_STORE_LOST_H

#include "core/base/arena.h"
#include "core/store/annex.h"
#include "core/store/store.h"

struct keep_lost {
    uint64_t from;    /* entries that the backup has */
    uint8_t from_root[32];
    bool seen;        /* a witness has a head of this log; size, root: of the newest */
    uint64_t size;
    uint8_t root[32];
    const struct keep_annex *annex; /* of lost entries that hold, release, destroy, change officers or tell of backups; in order */
    size_t annexes;
    char gap[300];    /* empty: all that was lost is known. Else why not, for the user */
};

struct keep_lost_ask {
    const char *const *witness;
    size_t witnesses;
    const uint8_t *identity; /* 32 bytes of the recovery identity; NULL: none is there, annexes stay shut */
};

/* s: a backup, or a keep put back from one. Every line of a witness's log is hashed into the ledger's tree from the first entry on: at the backup's size and at
 * each head it must have the root signed there. KEEP_E_INTEGRITY: it has not (a fork, or the log was altered), or two witnesses hold heads that exclude
 * each other; KEEP_E_KEY: the identity is not the recovery recipient's. Lines that are missing, or that no head covers, are a gap. All memory in a. */
int keep_lost_read(struct keep_lost *out, struct keep_store *s, const struct keep_lost_ask *ask, struct keep_arena *a, struct keep_err *err);

#endif
