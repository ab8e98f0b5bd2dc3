/* Transactions. Each appends exactly one ledger entry, in one place, so that no
 * verb can forget. Order of a commit: keyring.db, then records.db with the
 * entry, then head (and witnesses) with fsync; only then has it happened. */
#ifndef CORE_STORE_TXN_H
#define CORE_STORE_TXN_H

#include "core/store/store.h"

/* name, word in the ledger */
#define KEEP_LEDGER_KINDS(X) \
    X(INIT, "init") X(SOURCE, "source") X(IMPORT, "import") X(ADOPT, "adopt") X(HOLD, "hold") X(APPROVE, "approve") \
    X(SEALED, "sealed") X(ARCHIVED, "archived") X(ORDER, "order") X(INTENT, "intent") X(ERASED, "erased") X(REWRITE, "rewrite") \
    X(AUDIT, "audit") X(REVEAL, "reveal") X(QUARANTINE, "quarantine") X(RECOVERED, "recovered") \
    X(KEYS, "keys") X(OFFICERS, "officers") X(BACKUP, "backup") X(RESTORED, "restored") X(PATIENT, "patient") \
    X(CASE, "case") X(ATTEST, "attest") X(RELEASE, "release") X(SEALING, "sealing") X(STAMPED, "stamped") X(ANSWER, "answer") X(GATE, "gate") X(RETURNED, "returned")
#define X(name, word) KEEP_LEDGER_##name,
enum keep_ledger_kind { KEEP_LEDGER_KINDS(X) KEEP_LEDGER_COUNT };
#undef X

/* Begins an immediate transaction on records.db and keyring.db. One at a time. */
int keep_txn_begin(struct keep_store *s, enum keep_ledger_kind kind, struct keep_err *err);
/* A leaf of what the transaction writes (order matters; the entry holds the Merkle root of them). */
void keep_txn_leaf(struct keep_store *s, const uint8_t leaf[32]);
/* The id that the next leaf will have (leaves are numbered from 1 over the keep's life): what a row remembers to find its leaf again. */
uint64_t keep_txn_leaf_id(const struct keep_store *s);
/* A count for the entry ("records", "events", …): added up by name, at most 16 names of [a-z_]. */
void keep_txn_count(struct keep_store *s, const char *name, uint64_t n);
/* A digest that the entry binds (a plan's, a package's tag manifest, a pack's): at most 8. */
void keep_txn_digest(struct keep_store *s, const char *name, const uint8_t digest[32]);
/* KEEP_E_UNRECORDED: committed, but head or a witness could not be written. With nothing written (no leaf, count, digest) it rolls back and returns 0. */
int keep_txn_commit(struct keep_store *s, struct keep_err *err);
void keep_txn_abort(struct keep_store *s); /* no-op when none is open */
/* The end of a transaction whose writes gave rc: commits when that is 0, else rolls back. Returns rc, or what committing gave. */
int keep_txn_end(struct keep_store *s, int rc, struct keep_err *err);

/* The ledger entry of the last successful commit: its index (from 0). */
uint64_t keep_txn_last(const struct keep_store *s);

/* --- acts: what people and the program decided; append-only, each a leaf --- */
/* kind "adopt", "approve", "package", "hold", "release", "intent", "certificate", "source", "reveal", …; subject: what it is about (a digest, a name);
 * body: canonical JSON; signature: minisign text over body, or empty; role: of the signer. */
struct keep_act {
    uint64_t id;
    struct keep_str kind, subject, body, signature, role;
    keep_time at;
};
/* Inside a transaction. act->id 0: the next number; another only for what is carried out again behind a restore, free and known to be. */
int keep_txn_act(struct keep_store *s, const struct keep_act *act, uint64_t *id, struct keep_err *err);
/* All acts of a kind in order of id; subject NULL = any. 0 to go on, else stops and is returned. Strings live during the call. */
int keep_txn_acts(struct keep_store *s, const char *kind, const struct keep_str *subject,
                  int (*each)(void *ctx, const struct keep_act *, struct keep_err *), void *ctx, struct keep_err *err);

#endif
