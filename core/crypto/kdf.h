/* Key derivation: HKDF-SHA256 (RFC 5869) from libsodium's HMAC, Argon2id (RFC 9106)
 * for what people can remember. */
#ifndef CORE_CRYPTO_KDF_H
#define CORE_CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* out: n <= 255*32 bytes. salt may be NULL with saltlen 0. */
void keep_kdf_hkdf(void *out, size_t n, const void *ikm, size_t ikmlen, const void *salt, size_t saltlen, const void *info, size_t infolen);
/* A 32-byte subkey of a 32-byte key for one purpose (label: ASCII, unique per purpose) and context bytes. */
void keep_kdf_subkey(uint8_t out[32], const uint8_t key[32], const char *label, const void *context, size_t contextlen);

/* What one Argon2id costs: passes over so many bytes of memory, one lane. Stored beside the salt. */
struct keep_kdf_cost {
    uint32_t passes;
    uint64_t memory;
};
#define KEEP_KDF_SALT 16
#define KEEP_KDF_MEMORY_LEAST (8u << 10)                      /* libsodium's least */
#define KEEP_KDF_MEMORY_MOST ((uint64_t)1 << 30)              /* what a stored cost may demand: a machine that opens a keep has this much */
#define KEEP_KDF_WORK_MOST ((uint64_t)4 << 30)                /* passes times memory: some seconds */
/* 1 when a stored cost is within what may be demanded. */
int keep_kdf_cost_ok(const struct keep_kdf_cost *c);
/* KEEP_E_LIMIT for a cost beyond the limits, KEEP_E_NOMEM when the memory is not to be had. */
int keep_kdf_argon2id(uint8_t out[32], const void *pass, size_t n, const uint8_t salt[KEEP_KDF_SALT], const struct keep_kdf_cost *c, struct keep_err *err);
/* A cost of about so many microseconds on this machine, never below RFC 9106's second recommendation halved (3 passes over 32 MiB).
 * now: a clock in microseconds that never goes back. */
int keep_kdf_calibrate(struct keep_kdf_cost *out, uint64_t target, uint64_t (*now)(void), struct keep_err *err);

#endif
