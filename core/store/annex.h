/* The annex of a ledger entry: which holds, releases, disposals, changes of
 * officers, merges of patients and backups the entry covers, by ids and in the decisions' own words,
 * sealed (age) to the keep's recovery recipient. It lies at the witnesses beside
 * the entries, so that a keep put back from a backup can carry out again what was
 * decided since. Entries and heads can be shown to anyone; the annex to nobody
 * but the holder of the recovery identity.
 *
 *   {"entry":N,"leaves":[LEAF,…]}, one LEAF for each leaf of the entry, in order:
 *     {"act":ID,"kind":K,"subject":HEX,"body":B,"signature":G,"role":R,"at":T}   a decision
 *     {"erased":KIND,"owner":N,"intent":N,"at":T,"set":HEX16}                  a key that was destroyed
 *     "HEX32"                                                                   another leaf: its hash alone
 *
 * Whoever can write a witness can seal to a public recipient. So nothing in an
 * annex is believed for being sealed: its leaves are hashed again and must have
 * the root that the entry names, which in turn a signed head covers, and there
 * must be as many as the entry counts. */
#ifndef CORE_STORE_ANNEX_H
#define CORE_STORE_ANNEX_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/store/ring.h"
#include "core/store/store.h"
#include "core/store/txn.h"

#define KEEP_ANNEX_LIMIT ((size_t)128 << 20) /* bytes of one; a transaction that destroys a million keys needs 100 MB */

struct keep_annex_item {
    enum { KEEP_ANNEX_OTHER, KEEP_ANNEX_ACT, KEEP_ANNEX_ERASED } what;
    struct keep_act act;
    enum keep_ring_kind kind; /* of an erased key */
    uint64_t owner, intent;
    keep_time at;
    uint8_t set[16];
};

struct keep_annex {
    uint64_t entry;
    const struct keep_annex_item *item;
    size_t items;
};

/* Does this entry cover anything that must be carried out again? 1, 0, KEEP_E_INTEGRITY when it is no entry. */
int keep_annex_needed(struct keep_str entry, struct keep_err *err);

/* The annex of entry i of an open keep, sealed, appended to out. The keep has a recovery recipient and the entry needs one. */
int keep_annex_seal(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err);

/* Opened with the recovery identity. KEEP_E_KEY when it is sealed to another, KEEP_E_INTEGRITY when it is damaged. */
int keep_annex_open(struct keep_str sealed, const uint8_t identity[32], struct keep_buf *out, struct keep_err *err);
/* Read and held against the entry it is of. Strings in a, or in text, which must outlive it. */
int keep_annex_read(struct keep_annex *out, struct keep_str text, struct keep_str entry, struct keep_arena *a, struct keep_err *err);

#endif
