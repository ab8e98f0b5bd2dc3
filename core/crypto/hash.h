/* Hashes: BLAKE2b (RFC 7693, libsodium), SHA-2 (FIPS 180-4, libcrypto for its hardware path). */
#ifndef CORE_CRYPTO_HASH_H
#define CORE_CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define KEEP_HASH_SIZE 32

void keep_hash_blake2b(uint8_t out[32], const void *p, size_t n);
/* Keyed BLAKE2b of outlen bytes; below 16 (BLAKE2b's least in libsodium) the first bytes of the 16-byte hash. */
void keep_hash_keyed(uint8_t *out, size_t outlen /* 8..64 */, const void *p, size_t n, const uint8_t key[32]);

/* SipHash-2-4 of 128 bits, a pseudorandom function under the key's first half: where nobody who has the key gains by two texts of one hash. It takes a
 * fifth of the time of BLAKE2b for a text of 100 bytes. */
#define KEEP_HASH_SHORT 16
void keep_hash_short(uint8_t out[KEEP_HASH_SHORT], const void *p, size_t n, const uint8_t key[32]);

/* BLAKE2b of 32 bytes, keyed or not, over data that comes in parts. It holds the key until its first 128 bytes are past, so it stands in secret memory. */
struct keep_hash_stream;
int keep_hash_stream_new(struct keep_hash_stream **out, struct keep_err *err);
void keep_hash_stream_free(struct keep_hash_stream *h); /* wipes; NULL allowed */
void keep_hash_stream_start(struct keep_hash_stream *h, const uint8_t key[32]); /* NULL: without a key */
void keep_hash_stream_add(struct keep_hash_stream *h, const void *p, size_t n);
void keep_hash_stream_end(struct keep_hash_stream *h, uint8_t out[32]);

/* Streaming SHA-2. */
enum keep_sha { KEEP_SHA256, KEEP_SHA512 };
struct keep_sha_ctx;
int keep_sha_new(struct keep_sha_ctx **out, enum keep_sha which, struct keep_err *err);
void keep_sha_free(struct keep_sha_ctx *c);
int keep_sha_update(struct keep_sha_ctx *c, const void *p, size_t n, struct keep_err *err);
int keep_sha_final(struct keep_sha_ctx *c, uint8_t *out /* 32 or 64 */, struct keep_err *err); /* and starts anew */
/* Whole buffers, of what is no secret: nothing is wiped behind them, which would cost a Merkle node as much as a block. */
void keep_sha256(uint8_t out[32], const void *p, size_t n);
void keep_sha256_pair(uint8_t out[32], const void *p, size_t n, const void *q, size_t m); /* of p || q */
void keep_sha512(uint8_t out[64], const void *p, size_t n);

#endif
