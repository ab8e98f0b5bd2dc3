/* keep.json: who opens the keep and under which keys its files are sealed.
 *
 * One line of canonical JSON that ends with two hashes over what stands before
 * them: "mac" (keyed by the master key) and "checksum" (plain). A damaged file
 * is told from a wrong key in that order: checksum, key slot, MAC.
 *
 *   key file --HKDF--> slot key --opens--> master key --HKDF--> wrapping key, MAC key, purpose key
 *   wrapping key --opens--> file keys, seed of the keep's signing key */
#ifndef CORE_STORE_KEYJSON_H
#define CORE_STORE_KEYJSON_H

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/crypto/sign.h"
#include "core/store/store.h"

#define KEEP_KEYJSON_LIMIT ((size_t)64 * 1024) /* far above what 16 officers need */
#define KEEP_KEYJSON_OFFICERS 16
#define KEEP_KEYJSON_ROLE 32
#define KEEP_KEYJSON_ZONE 64

/* Secret memory. keyring: [0] the key in force; while a rewrite runs [1] is the new file's. */
struct keep_keyjson_secret {
    uint8_t master[32], records[32], keyring[2][32];
    uint8_t seed[32];
};

struct keep_keyjson {
    uint8_t store[16];
    uint64_t generation;           /* one more each time the file is written */
    keep_time created;
    char zone[KEEP_KEYJSON_ZONE + 1];
    uint8_t slot_check[16];        /* tells a wrong key from damage */
    uint8_t slot_master[72];       /* the master key, wrapped for the key file */
    uint32_t keyring_epoch[2];     /* of the keyring's keys: a number is used once */
    unsigned keyrings;             /* 1, or 2 while a rewrite runs */
    struct keep_sign_public signer;
    struct keep_officer officer[KEEP_KEYJSON_OFFICERS];
    char role[KEEP_KEYJSON_OFFICERS][KEEP_KEYJSON_ROLE + 1]; /* what officer[].role points to */
    size_t officers;
    uint32_t quorum;
    bool has_recovery, has_archive;
    uint8_t recovery[32], archive[32];
    struct keep_keyjson_secret *secret;
};

/* Fresh keys for a new keep, generation 1. KEEP_E_USAGE when what was asked for is not sound (roles, quorum, zone). */
int keep_keyjson_new(struct keep_keyjson *out, const struct keep_store_init *p, struct keep_err *err);
void keep_keyjson_done(struct keep_keyjson *j);

/* The file's bytes, appended. */
int keep_keyjson_write(const struct keep_keyjson *j, struct keep_buf *out, struct keep_err *err);
/* KEEP_E_INTEGRITY damaged, KEEP_E_KEY the key does not open it. key: of the key file. */
int keep_keyjson_read(struct keep_keyjson *out, struct keep_str text, const uint8_t key[32], struct keep_err *err);

/* A fresh key for the keyring's next file, as [1]. */
void keep_keyjson_swap_begin(struct keep_keyjson *j);
/* Drops [0] (renamed) or [1] (given up). */
void keep_keyjson_swap_end(struct keep_keyjson *j, bool renamed);

#endif
