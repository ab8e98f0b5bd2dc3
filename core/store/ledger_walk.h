/* The whole ledger read again, from its first entry: what `check` and `ledger
 * verify` share. */
#ifndef CORE_STORE_LEDGER_WALK_H
#define CORE_STORE_LEDGER_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "core/store/store.h"

/* An earlier state that must lie on the way: filled in by the caller, met when the first `size` entries have that root. */
struct keep_ledger_mark {
    uint64_t size;
    uint8_t root[32];
    bool met;
};

struct keep_ledger_walk {
    /* in */
    struct keep_ledger_mark *mark;
    size_t marks;
    int (*progress)(void *ctx, uint64_t done, uint64_t total); /* may be NULL; non-zero stops: KEEP_E_INTERRUPTED */
    void *ctx;
    /* out */
    uint64_t entries, leaves;
    uint8_t root[32];   /* over the entries' own bytes */
    const char *wrong;  /* NULL: every edge, root of leaves and generation holds */
    uint64_t wrong_at;  /* the entry */
};

/* Recomputes, for every entry: the leaf hash of its bytes and the tree's edge behind it, the root of the leaves it covers, that leaves and entries
 * follow without a gap, that generations never fall. Stops at the first that does not hold and returns 0 with `wrong` set. */
int keep_ledger_walk(struct keep_store *s, struct keep_ledger_walk *w, struct keep_err *err);

/* A head (C2SP checkpoint) of this keep that was kept elsewhere, as a mark. KEEP_E_INTEGRITY: this keep did not sign it. where: for messages. */
int keep_ledger_walk_head(const struct keep_store *s, struct keep_str text, const char *where, struct keep_ledger_mark *out, struct keep_err *err);

#endif
