/* XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce: libsodium, and libcrypto where its vectors are faster. */
#ifndef CORE_CRYPTO_AEAD_H
#define CORE_CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define KEEP_AEAD_NONCE 24
#define KEEP_AEAD_TAG 16
#define KEEP_AEAD_OVERHEAD 40 /* nonce | ciphertext | tag */

/* out: n + KEEP_AEAD_OVERHEAD bytes. in and out must not overlap. */
void keep_aead_seal(uint8_t *out, const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32]);
/* in: n bytes, n >= KEEP_AEAD_OVERHEAD; out: n - KEEP_AEAD_OVERHEAD bytes, zeroed on failure. 0 or KEEP_E_INTEGRITY. */
int keep_aead_open(void *out, const uint8_t *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32]);
/* Detached forms for pages: nonce and tag are stored apart by the caller. */
void keep_aead_seal_detached(uint8_t *out, uint8_t nonce[24], uint8_t tag[16], const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32]);
int keep_aead_open_detached(void *out, const uint8_t nonce[24], const uint8_t tag[16], const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32]);

/* The construction underneath (RFC 8439) under a nonce of the caller's, never twice for one key: the chunks of an age file.
 * Seal: out has n + KEEP_AEAD_TAG bytes and does not overlap in. Open: n counts the tag; out (n - KEEP_AEAD_TAG bytes) does not overlap in and is zeros on failure. */
void keep_aead_ietf_seal(uint8_t *out, const void *in, size_t n, const uint8_t nonce[12], const uint8_t key[32]);
int keep_aead_ietf_open(void *out, const uint8_t *in, size_t n, const uint8_t nonce[12], const uint8_t key[32]);

#endif
