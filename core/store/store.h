/* The keep on disk: keep.json, records.db, keyring.db, head, lock.
 * Opening verifies that the keep is not older than its own history: it reads
 * the heads here and at every witness, then the database must extend each. */
#ifndef CORE_STORE_STORE_H
#define CORE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/crypto/kdf.h"
#include "core/crypto/sign.h"

struct keep_store;

struct keep_officer {
    struct keep_str role;        /* "him", "legal", … [a-z0-9-], unique in a keep */
    struct keep_str name;        /* of the person; empty: not recorded */
    keep_date from, until;       /* the first and the last day that the key is good for; 0: no such limit (nobody was an officer in 1970) */
    struct keep_sign_public key;
    uint8_t recipient[32];       /* age X25519 recipient */
};

/* --- ways into a keep --- */

#define KEEP_SLOT_KINDS(X) X(KEY_FILE, "key-file") X(PASSPHRASE, "passphrase") X(RECOVERY, "recovery")
enum keep_slot_kind {
#define X(name, word) KEEP_SLOT_##name,
    KEEP_SLOT_KINDS(X)
#undef X
    KEEP_SLOT_KIND_COUNT
};

/* What opens a keep: one of these, in secret memory of the caller; the others NULL. */
struct keep_unlock {
    const uint8_t *key;         /* 32 bytes of the key file */
    struct keep_str passphrase;
    const uint8_t *identity;    /* 32 bytes of an age identity: the recovery recipient's */
};

/* What a new slot shall be for: one of key, passphrase, recipient. */
struct keep_slot_new {
    const uint8_t *key;
    struct keep_str passphrase;
    struct keep_kdf_cost cost;  /* of the passphrase, from keep_kdf_calibrate */
    const uint8_t *recipient;   /* 32 bytes of an age recipient */
};

struct keep_slot {
    uint32_t id;
    enum keep_slot_kind kind;
    keep_time added;
    struct keep_kdf_cost cost;  /* 0 unless a passphrase's */
    bool opened;                /* by this one the keep was opened */
};

/* What a folder of this form is. */
enum keep_standing {
    KEEP_STANDING_KEEP,     /* a keep in use */
    KEEP_STANDING_BACKUP,   /* a copy: read, never written */
    KEEP_STANDING_RESTORED, /* put back from a backup; read only until what was decided since is known and carried out again */
};

struct keep_store_params {
    const char *path;
    const uint8_t *key;          /* as in struct keep_unlock: one of these three */
    struct keep_str passphrase;
    const uint8_t *identity;
    const char *const *witness;  /* folders that hold heads of this keep */
    size_t witnesses;
    bool require_witness;        /* instead of a warning: KEEP_E_IO for a witness that cannot be reached, KEEP_E_INTEGRITY for one without a head of this keep */
    bool write;                  /* takes the writer's lock (KEEP_E_LOCKED when another has it); KEEP_E_REFUSED for a backup and a keep that is read only */
    bool replay;                 /* with write: also a keep put back that is read only, to carry out what was lost */
    unsigned threads;            /* how many may work at once for a run that reads much of it; 0 is 1. What comes out is the same with any number */
    keep_time now;
};

struct keep_store_init {
    const char *path;            /* must not exist or be an empty folder */
    const uint8_t *key;          /* the first slot's: a key file, or a passphrase and its cost */
    struct keep_str passphrase;
    struct keep_kdf_cost cost;
    const char *time_zone;       /* IANA */
    const struct keep_officer *officer;
    size_t officers;
    uint32_t quorum;             /* officers of distinct roles that must sign: 1..officers (0 only without officers) */
    const uint8_t *recovery;        /* age recipient or NULL; it gets a slot as well */
    const uint8_t *archive_officer; /* age recipient or NULL */
    keep_time now;
};

/* The key file: one line "chartkeep-key-1 <64 hex>\n", mode 0400. create: made when absent. KEEP_E_KEY when others can read it or it is malformed, KEEP_E_INPUT when
 * it is absent and not to be made. key: 32 bytes of secret memory of the caller. */
int keep_store_key_file(const char *path, bool create, uint8_t *key, struct keep_err *err);
/* A key file of this key. KEEP_E_REFUSED when something is there. */
int keep_store_key_make(const char *path, const uint8_t *key, struct keep_err *err);

/* Whole or not at all: it is built beside its place and renamed. KEEP_E_REFUSED when something is there, KEEP_E_USAGE for roles, quorum or zone. */
int keep_store_init(const struct keep_store_init *p, struct keep_err *err);

/* KEEP_E_MISSING, KEEP_E_KEY, KEEP_E_INTEGRITY (also for a file of it that is missing: no keep was ever without a head), KEEP_E_LOCKED. A reader sees one
 * moment until it closes, and keeps writers from committing as long. One thread at a time. warnings: text lines for the user (an unreachable witness, recovered work). A writer first
 * finishes what an interrupted one left: head behind ledger, tombstones without their recording, keys without a row stay until the next rewrite. */
int keep_store_open(struct keep_store **out, const struct keep_store_params *p, struct keep_buf *warnings, struct keep_err *err);
void keep_store_close(struct keep_store *s); /* NULL allowed; an open transaction is rolled back */

const uint8_t *keep_store_id(const struct keep_store *s);        /* 16 bytes */
const char *keep_store_zone(const struct keep_store *s);
keep_time keep_store_now(const struct keep_store *s);
unsigned keep_store_threads(const struct keep_store *s);         /* at least 1 */
const struct keep_officer *keep_store_officers(const struct keep_store *s, size_t *n);
const struct keep_officer *keep_store_former(const struct keep_store *s, size_t *n); /* who were officers: what they signed then still holds */
uint32_t keep_store_quorum(const struct keep_store *s);
const uint8_t *keep_store_recovery(const struct keep_store *s);        /* or NULL */
const uint8_t *keep_store_archive_officer(const struct keep_store *s); /* or NULL */
const struct keep_sign_secret *keep_store_signer(const struct keep_store *s); /* the keep's own Ed25519 key */
/* Name of the ledger: "chartkeep/<store id hex>", behind a restore "chartkeep/<store id hex>/<log id hex>". */
const char *keep_store_origin(const struct keep_store *s);
/* backup: takes the id (32 hex digits and a NUL) of the backup it is or comes from, empty for a keep in use; NULL allowed. */
enum keep_standing keep_store_standing(const struct keep_store *s, char backup[33]);

/* 32-byte subkey for one purpose of this keep (blind indexes, masks): never stored. */
void keep_store_subkey(const struct keep_store *s, const char *label, uint8_t out[32]);

/* --- keys of an open keep ---
 * Each change is one new keep.json, put in place at once, then its ledger entry; a crash between leaves the change made and the entry to the next writer.
 * They need the keep open for writing, and nobody reading it (KEEP_E_LOCKED). */

/* The slots; out: room for max. How many there are. */
size_t keep_store_slots(const struct keep_store *s, struct keep_slot *out, size_t max);
int keep_store_slot_add(struct keep_store *s, const struct keep_slot_new *what, uint32_t *id, struct keep_err *err);
int keep_store_slot_remove(struct keep_store *s, uint32_t id, struct keep_err *err);
/* A new master key, sealed to every slot there is. */
int keep_store_rotate_master(struct keep_store *s, struct keep_err *err);
/* The file written anew under a new key. progress may be NULL; it tells pages, and stops when it returns non-zero. */
int keep_store_rotate_records(struct keep_store *s, int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct keep_err *err);
int keep_store_rotate_keyring(struct keep_store *s, struct keep_err *err);
/* A keep put back from a backup becomes one in use; that all that was lost is carried out again is the caller's to see to. */
int keep_store_put_in_use(struct keep_store *s, struct keep_err *err);
/* The officers there shall be from now on; that the quorum wants it is the caller's to check and to record. KEEP_E_USAGE for roles or quorum. */
int keep_store_set_officers(struct keep_store *s, const struct keep_officer *officer, size_t n, uint32_t quorum, struct keep_err *err);

/* Everything that can be checked, by re-reading all of it. One call per finding; ok = the check passed. The run goes on after a failure.
 * check: "keep.json", "head", "witness", "pages records.db", "pages keyring.db", "sqlite", "ledger", "leaves", "payloads", "keys", "segments". detail: no patient data.
 * Opens what it can itself; returns 0 when all passed, KEEP_E_INTEGRITY otherwise. progress may be NULL. */
struct keep_store_checker {
    void *ctx;
    void (*found)(void *ctx, const char *check, bool ok, const char *detail);
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* non-zero: stop (KEEP_E_INTERRUPTED) */
};
int keep_store_check(const struct keep_store_params *p, const struct keep_store_checker *c, struct keep_err *err);

#endif
