/* Key slots: the ways into a keep. Each slot is an X25519 identity that somebody
 * holds or can derive, and the keep's master key as an age v1 file (C2SP age.md)
 * for it:
 *
 *   key file    identity = HKDF(key file, store id)
 *   passphrase  identity = Argon2id(passphrase, the slot's salt and cost)
 *   recovery    identity = an age identity kept offline; stock age opens the slot too
 *
 * Sealing to a public half lets the master key change without anybody's secret.
 * The public halves of key files and passphrases stand in keep.json only wrapped
 * under the master key: who never had it cannot seal a master key of his own to
 * them. The recovery recipient is public: a keep opened by it alone is as
 * authentic as the witness that knows its head. */
#ifndef CORE_STORE_KEYSLOT_H
#define CORE_STORE_KEYSLOT_H

#include "core/crypto/kdf.h"
#include "core/store/store.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

#define KEEP_KEYSLOT_MAX 8      /* each passphrase among them is one slow derivation when another is given */
#define KEEP_KEYSLOT_SEALED 232 /* an age file of 32 bytes for one recipient */
#define KEEP_KEYSLOT_WRAPPED 72 /* nonce, 32 bytes, tag */

struct keep_keyslot {
    uint32_t id;                /* from 1; a number is used once */
    enum keep_slot_kind kind;
    keep_time added;
    uint8_t salt[KEEP_KDF_SALT]; /* passphrase */
    struct keep_kdf_cost cost;   /* passphrase */
    uint8_t check[16];           /* tells a wrong key from damage; none for recovery */
    uint8_t recipient[32];       /* known after keep_keyslot_reveal */
    uint8_t hidden[KEEP_KEYSLOT_WRAPPED]; /* as read: the recipient, wrapped */
    uint8_t sealed[KEEP_KEYSLOT_SEALED];  /* the master key */
};

/* Wrapping of 32 bytes under 32; label, store and number are bound. */
void keep_keyslot_wrap(uint8_t out[KEEP_KEYSLOT_WRAPPED], const uint8_t secret[32], const uint8_t key[32], const char *label, const uint8_t store[16], uint32_t number);
int keep_keyslot_unwrap(uint8_t secret[32], const uint8_t in[KEEP_KEYSLOT_WRAPPED], const uint8_t key[32], const char *label, const uint8_t store[16], uint32_t number);

/* A slot for what is given, with no number and nothing sealed yet. KEEP_E_USAGE when nothing or an empty passphrase is given. */
int keep_keyslot_make(struct keep_keyslot *out, const struct keep_slot_new *what, const uint8_t store[16], keep_time now, struct keep_err *err);
/* Seals the master key to the slot's recipient. */
int keep_keyslot_seal(struct keep_keyslot *slot, const uint8_t master[32], struct keep_err *err);
/* 0 opened, 1 it is not for what is given (another kind, a wrong key), KEEP_E_INTEGRITY damaged. */
int keep_keyslot_open(const struct keep_keyslot *slot, const uint8_t store[16], const struct keep_unlock *how, uint8_t master[32], struct keep_err *err);

/* As a JSON object. key: the wrapping key. */
void keep_keyslot_write(const struct keep_keyslot *slot, const uint8_t store[16], const uint8_t key[32], struct keep_jsonw *w);
bool keep_keyslot_read(struct keep_keyslot *out, const struct keep_json *v);
bool keep_keyslot_reveal(struct keep_keyslot *slot, const uint8_t store[16], const uint8_t key[32]);

#endif
