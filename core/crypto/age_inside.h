/* What writing and reading an age file share. Inside core/crypto only. */
#ifndef CORE_CRYPTO_AGE_INSIDE_H
#define CORE_CRYPTO_AGE_INSIDE_H

#include <assert.h>

#include "core/crypto/age.h"
#include "core/crypto/raw64.h"

#define KEEP_AGE_INTRO "age-encryption.org/v1\n"

enum {
    KEEP_AGE_CHUNK = 65536,
    KEEP_AGE_TAG = 16,
    KEEP_AGE_NONCE = 16,
    KEEP_AGE_FILE_KEY = 16,
    KEEP_AGE_WRAPPED = KEEP_AGE_FILE_KEY + KEEP_AGE_TAG,
    KEEP_AGE_MAC = 32,
    KEEP_AGE_SALT = 16,
    KEEP_AGE_COLUMNS = 64,     /* of a body line */
    KEEP_AGE_RECIPIENTS = 256, /* whose stanzas stay well inside a header of one chunk's bytes, the most that is read */
    KEEP_AGE_KEY64 = 43,       /* 32 bytes in base64 without padding */
    KEEP_AGE_SALT64 = 22,
};

static_assert(KEEP_AGE_TAG == crypto_aead_chacha20poly1305_ietf_ABYTES, "Poly1305");

/* What lives in secret memory while a file is written or read. */
struct keep_age_keys {
    uint8_t file[KEEP_AGE_FILE_KEY];
    uint8_t ephemeral[32], shared[32], wrap[32], mac[32], payload[32];
};

void keep_age_chunk_nonce(uint8_t out[12], uint64_t counter, bool last);
/* The key that wraps the file key for one recipient, from the shared secret. */
void keep_age_wrap_key(struct keep_age_keys *k, const uint8_t share[32], const uint8_t recipient[32]);
/* The same from a passphrase: scrypt with N = 2^work, r = 8, p = 1. */
int keep_age_scrypt_key(struct keep_age_keys *k, struct keep_str passphrase, const uint8_t salt[KEEP_AGE_SALT], unsigned work, struct keep_err *err);
void keep_age_header_mac(struct keep_age_keys *k, const void *header, size_t n, uint8_t out[KEEP_AGE_MAC]);
void keep_age_payload_key(struct keep_age_keys *k, const uint8_t nonce[KEEP_AGE_NONCE]);

#endif
