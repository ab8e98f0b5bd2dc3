/* keep.json: who opens the keep and under which keys its files are sealed.
 *
 * One line of canonical JSON that ends with two hashes over what stands before
 * them: "mac" (keyed by the master key) and "checksum" (plain). A damaged file
 * is told from a wrong key in that order: checksum, key slot, MAC.
 *
 *   key file, passphrase or recovery identity --slot (keyslot.h)--> master key --HKDF--> wrapping key, MAC key
 *   wrapping key --opens--> file keys, purpose key, seed of the keep's signing key
 *
 * The master key may change (then every slot is sealed anew, the rest wrapped
 * anew), each file key may change (then the file is written anew); purpose key
 * and signing key stay: blind indexes and earlier signatures rest on them.
 *
 * A copy says here that it is one, under the MAC: a backup, or a keep put back
 * from one that is read only as yet. A keep put back keeps a log of its own. */
#ifndef CORE_STORE_KEYJSON_H
#define CORE_STORE_KEYJSON_H

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/crypto/sign.h"
#include "core/store/keyslot.h"
#include "core/store/officer.h"
#include "core/store/store.h"

#define KEEP_KEYJSON_LIMIT ((size_t)64 * 1024) /* far above what 16 officers need */
#define KEEP_KEYJSON_OFFICERS 16
#define KEEP_KEYJSON_ZONE 64

#define KEEP_KEYJSON_FORMER 32 /* officers who left, whose signatures still stand */

enum keep_keyjson_file { KEEP_KEYJSON_RECORDS, KEEP_KEYJSON_KEYRING, KEEP_KEYJSON_FILES };

/* Which log the ledger's heads are of. The first has no number. One that was begun when a backup was put back goes on from another: it has the first
 * `entries` entries of it. */
struct keep_keyjson_log {
    bool has, follows_first; /* has: id, entries are set; follows_first: what it goes on from is the first log, else `after` */
    uint8_t id[8], after[8];
    uint64_t entries;
};

struct keep_keyjson_words {
    char role[KEEP_OFFICER_ROLE + 1], name[KEEP_OFFICER_NAME + 1];
};

/* Secret memory. file: [0] the key in force; while a rewrite runs [1] is the new file's. */
struct keep_keyjson_secret {
    uint8_t master[32], purpose[32], seed[32];
    uint8_t file[KEEP_KEYJSON_FILES][2][32];
};

struct keep_keyjson {
    uint8_t store[16];
    uint64_t generation;           /* one more each time the file is written */
    keep_time created;
    char zone[KEEP_KEYJSON_ZONE + 1];
    struct keep_keyslot slot[KEEP_KEYSLOT_MAX];
    size_t slots;
    uint32_t next_slot;            /* number of the next slot */
    uint32_t opened;               /* number of the slot that opened it */
    struct {
        uint32_t epoch[2];         /* of its keys: a number is used once */
        unsigned keys;             /* 1, or 2 while a rewrite runs */
    } file[KEEP_KEYJSON_FILES];
    struct keep_sign_public signer;
    struct keep_officer officer[KEEP_KEYJSON_OFFICERS];
    struct keep_keyjson_words word[KEEP_KEYJSON_OFFICERS], former_word[KEEP_KEYJSON_FORMER]; /* what officer[] and former[] point to */
    size_t officers;
    struct keep_officer former[KEEP_KEYJSON_FORMER];
    size_t formers;
    uint32_t quorum;
    bool has_recovery, has_archive;
    uint8_t recovery[32], archive[32];
    enum keep_standing standing;
    uint8_t backup[16];            /* the backup that it is or comes from, unless its standing is that of a keep */
    struct keep_keyjson_log log;
    struct keep_keyjson_secret *secret;
};

/* Fresh keys for a new keep, generation 1. KEEP_E_USAGE when what was asked for is not sound (roles, quorum, zone). */
int keep_keyjson_new(struct keep_keyjson *out, const struct keep_store_init *p, struct keep_err *err);
void keep_keyjson_done(struct keep_keyjson *j);
/* After an assignment of one to another: its officers' words are its own. The secret is still shared. */
void keep_keyjson_copied(struct keep_keyjson *j);

/* The file's bytes, appended. */
int keep_keyjson_write(const struct keep_keyjson *j, struct keep_buf *out, struct keep_err *err);
/* KEEP_E_INTEGRITY damaged, KEEP_E_KEY what is given does not open it. */
int keep_keyjson_read(struct keep_keyjson *out, struct keep_str text, const struct keep_unlock *how, struct keep_err *err);

/* A fresh key for a file's next version, as [1]. */
void keep_keyjson_swap_begin(struct keep_keyjson *j, enum keep_keyjson_file file);
/* Drops [0] (renamed) or [1] (given up). */
void keep_keyjson_swap_end(struct keep_keyjson *j, enum keep_keyjson_file file, bool renamed);

/* Each of these is a change of one generation, in memory; on failure nothing is changed. */
int keep_keyjson_slot_add(struct keep_keyjson *j, const struct keep_slot_new *what, keep_time now, struct keep_err *err); /* KEEP_E_USAGE: it opens the keep already; KEEP_E_LIMIT: no room */
int keep_keyjson_slot_remove(struct keep_keyjson *j, uint32_t id, struct keep_err *err); /* KEEP_E_REFUSED: the last one; KEEP_E_USAGE: no such */
int keep_keyjson_new_master(struct keep_keyjson *j, struct keep_err *err);
/* Takes these officers in place of those there are; who is not among them becomes former. */
int keep_keyjson_set_officers(struct keep_keyjson *j, const struct keep_officer *officer, size_t n, uint32_t quorum, struct keep_err *err);

#endif
