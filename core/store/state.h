/* The body of an open store, for the disk side of core/store alone (store, head,
 * txn, ring, ledger, erase, swap, verify). */
#ifndef CORE_STORE_STATE_H
#define CORE_STORE_STATE_H

#include "core/base/buf.h"
#include "core/base/progress.h"
#include "core/crypto/merkle.h"
#include "core/store/batch.h"
#include "core/store/inside.h"
#include "core/store/keyjson.h"
#include "core/store/schema_base.h"
#include "core/store/txn.h"
#include "core/store/vfs.h"

#define KEEP_STORE_ORIGIN (sizeof "chartkeep/0123456789abcdef0123456789abcdef/0123456789abcdef")
#define KEEP_STORE_STATEMENTS 512 /* distinct statements a run may use; a power of two */

/* A head as it was read: which ledger it signs. text is the file's bytes. */
struct keep_head {
    uint64_t size;
    uint8_t root[32];
    uint8_t digest[32]; /* BLAKE2b-256 of the text: what journals bind */
};

struct keep_head_witness {
    const char *dir; /* the caller's */
    bool up;         /* reachable when the keep was opened */
    bool has;        /* head holds what it has */
    struct keep_head head;
    bool has_log;    /* log holds the last head in its log, which covers all entries before; log_end: the byte behind it */
    struct keep_head log;
    uint64_t log_end;
};

struct keep_store_statement {
    const char *sql;
    sqlite3 *db;
    sqlite3_stmt *st;
};

#define KEEP_TXN_COUNTS 16
#define KEEP_TXN_DIGESTS 8
#define KEEP_TXN_NAME 24

/* The open transaction. */
struct keep_txn_state {
    bool open, ring_dirty;
    enum keep_ledger_kind kind;
    int rc; /* a failure inside a call that returns nothing; surfaces at commit */
    struct keep_err err;
    uint64_t first_leaf, leaves;
    uint8_t run[KEEP_LEAF_RUN][32]; /* the last of them, which wait for their row */
    size_t waiting;
    int64_t payload, relation; /* rows of the next ones; 0: not known */
    struct keep_merkle tree;
    size_t counts, digests, counted; /* counted: the one last added to */
    struct { char name[KEEP_TXN_NAME]; uint64_t n; } count[KEEP_TXN_COUNTS];
    struct { char name[KEEP_TXN_NAME]; uint8_t digest[32]; } digest[KEEP_TXN_DIGESTS];
};

struct keep_remnant;

struct keep_store {
    char *path;            /* absolute, without links */
    int dir, lock;
    bool write, require_witness;
    unsigned threads;
    keep_time now;
    char origin[KEEP_STORE_ORIGIN];
    struct keep_keyjson json;
    struct keep_sign_secret *signer;
    struct keep_vfs *vfs, *ring_vfs;
    sqlite3 *db, *ring;
    struct keep_store_statement statement[KEEP_STORE_STATEMENTS];
    struct keep_payload_tools *payload_tools;
    /* ledger */
    struct keep_merkle tree;  /* all entries */
    uint64_t next_leaf;
    uint64_t generation;      /* keyring.db's, as committed */
    struct keep_head head;    /* what the file `head` holds */
    struct keep_head_witness *witness;
    size_t witnesses;
    uint64_t ring_top;        /* the largest owner of a record's key; 0: not known */
    uint64_t last;            /* entry of the last commit */
    uint64_t keep_generation; /* of keep.json as it surely is on the disk: json.generation runs ahead of it when a write failed */
    bool committing;          /* only then do its connections commit */
    bool unrecorded;          /* tombstones wait for their ledger entry */
    bool interrupted;         /* keep.json or keyring.db is ahead of the ledger */
    unsigned in_force[KEEP_KEYJSON_FILES]; /* which of keep.json's keys for it opens each file */
    struct keep_txn_state txn;
    struct keep_batch batch[KEEP_BATCH_TABLES]; /* rows of the open transaction that wait */
    struct keep_progress progress; /* watch.h */
    struct keep_remnant *remnant;  /* remnant.h; NULL: nobody asked */
};

/* --- head.c --- */
/* The file `head` and every witness's copy, checked by signature and byte for byte. warnings: lines for the user. */
int keep_head_read_all(struct keep_store *s, struct keep_buf *warnings, struct keep_err *err);
/* Writes the head of the ledger as it stands, here and to every witness that is up and older. */
int keep_head_write_all(struct keep_store *s, struct keep_err *err);
/* The text of the head of the ledger as it stands. */
int keep_head_text(const struct keep_store *s, struct keep_buf *out, struct keep_err *err);
/* The same under the name of another log. */
int keep_head_text_as(const struct keep_store *s, const char *origin, struct keep_buf *out, struct keep_err *err);

/* One head of this keep, as a witness holds it. KEEP_E_INTEGRITY: not one that it signed. */
int keep_head_parse(const struct keep_store *s, struct keep_str text, const char *where, struct keep_head *out, struct keep_err *err);

/* --- witness.c --- */
#define KEEP_WITNESS_NAME (sizeof "0123456789abcdef0123456789abcdef-0123456789abcdef.head")
/* Name of a file at a witness. log NULL: of the first log; ending: ".head" or ".log". */
void keep_witness_name(const uint8_t store[16], const uint8_t log[8], const char *ending, char out[KEEP_WITNESS_NAME]);
int keep_witness_read(struct keep_store *s, struct keep_head_witness *w, struct keep_buf *warnings, struct keep_err *err);
/* Entries and annexes it lacks, then the head. */
int keep_witness_write(struct keep_store *s, struct keep_head_witness *w, struct keep_str text, const struct keep_head *head, struct keep_err *err);

/* --- ledger.c --- */
/* Size, tree and next leaf from the database. */
int keep_ledger_load(struct keep_store *s, struct keep_err *err);
/* Root of the first n entries: 0, 1 when there are fewer. */
int keep_ledger_root(struct keep_store *s, uint64_t n, uint8_t root[32], struct keep_err *err);
/* Adds an entry inside the open transaction; tree: takes the tree behind it. */
int keep_ledger_add(struct keep_store *s, const struct keep_buf *entry, uint64_t first, uint64_t n, struct keep_merkle *tree, struct keep_err *err);
/* Generations of keep.json and keyring.db that the newest entry stands on. */
int keep_ledger_generations(struct keep_store *s, uint64_t *keep, uint64_t *ring, struct keep_err *err);
bool keep_ledger_edge(const struct keep_merkle *m, uint8_t out[64 * 32], size_t *n);

/* --- ring.c --- */
int keep_ring_load(struct keep_store *s, struct keep_err *err); /* generation and store id */
int keep_ring_bump(struct keep_store *s, struct keep_err *err);
/* Deletes a key and leaves its tombstone, inside a transaction. */
int keep_ring_destroy(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, const struct keep_ring_tombstone *t, const uint8_t set[16],
                      struct keep_err *err);

/* --- remnant.c --- */
/* A key about to be destroyed, for the search. */
void keep_remnant_note(struct keep_store *s, const uint8_t key[32]);

/* --- txn.c --- */
/* Parts of a commit, for erase.c, which orders them otherwise. exclusive: BEGIN EXCLUSIVE on records.db. */
int keep_txn_start(struct keep_store *s, enum keep_ledger_kind kind, bool exclusive, struct keep_err *err);
int keep_txn_seal(struct keep_store *s, struct keep_merkle *tree, struct keep_err *err); /* the entry is written, nothing committed */
int keep_txn_commit_ring(struct keep_store *s, struct keep_err *err);
int keep_txn_commit_records(struct keep_store *s, const struct keep_merkle *tree, struct keep_err *err);
/* Leaf of an act. */
void keep_txn_act_leaf(const struct keep_act *act, struct keep_buf *scratch, uint8_t leaf[32]);

/* --- erase.c --- */
/* 1 when tombstones wait for their recording. */
int keep_erase_pending(struct keep_store *s, struct keep_err *err);
/* Records them: rows go, the entry RECOVERED is written. */
int keep_erase_recover(struct keep_store *s, struct keep_err *err);
void keep_erase_leaf(enum keep_ring_kind kind, uint64_t owner, uint64_t intent, keep_time at, struct keep_buf *scratch, uint8_t leaf[32]);

/* --- swap.c --- */
/* Tables and meta rows of an empty keyring. */
int keep_swap_make(struct keep_store *s, sqlite3 *ring, uint64_t generation, struct keep_err *err);
/* While keep.json lists two keys of a file: which of them opens it (before it is opened). */
int keep_swap_settle(struct keep_store *s, struct keep_err *err);
bool keep_swap_pending(const struct keep_store *s);
/* For a writer, with all open: removes what an interrupted rewrite left and drops the key that is not in force. */
int keep_swap_finish(struct keep_store *s, struct keep_err *err);
/* A VFS for the file under the key in force. */
int keep_swap_vfs(struct keep_store *s, enum keep_keyjson_file file, struct keep_vfs **out, struct keep_err *err);

/* --- store.c --- */
/* Steps of opening, for init and check. */
int keep_store_new(struct keep_store **out, const struct keep_store_params *p, struct keep_err *err);
int keep_store_open_parts(struct keep_store *s, const struct keep_store_params *p, struct keep_err *err); /* folder, lock, keep.json, signer */
int keep_store_identify(struct keep_store *s, struct keep_err *err);   /* signer and origin from keep.json */
/* The name of a log of this keep; log NULL: the first. */
void keep_store_origin_of(const uint8_t store[16], const uint8_t log[8], char out[KEEP_STORE_ORIGIN]);
int keep_store_attach_vfs(struct keep_store *s, struct keep_err *err); /* both files, nothing opened yet */
int keep_store_exec(struct keep_store *s, sqlite3 *db, const char *sql, struct keep_err *err);
/* COMMIT. Any other commit on the store's connections, such as that of a statement which runs on after SQLite has rolled the transaction back by itself
 * (a full disk), becomes a rollback. */
int keep_store_commit(struct keep_store *s, sqlite3 *db, struct keep_err *err);
void keep_store_guard(struct keep_store *s, sqlite3 *db);
int keep_store_open_records(struct keep_store *s, struct keep_err *err); /* connected, for a reader in its snapshot, ledger loaded; db stays open after a failure */
int keep_store_open_ring(struct keep_store *s, struct keep_err *err);
/* The database must begin with what a head signed. */
int keep_store_extends(struct keep_store *s, const struct keep_head *h, const char *where, struct keep_err *err);
/* The same for all that a witness holds. */
int keep_store_witnessed(struct keep_store *s, const struct keep_head_witness *w, struct keep_err *err);
void keep_store_close_ring(struct keep_store *s);
void keep_store_close_records(struct keep_store *s);
int keep_store_write_json(struct keep_store *s, struct keep_err *err);
/* "<path>/<name>" in malloc'd memory. */
int keep_store_join(const struct keep_store *s, const char *name, char **out, struct keep_err *err);

#endif
