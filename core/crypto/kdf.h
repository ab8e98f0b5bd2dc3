/* Key derivation: HKDF-SHA256 (RFC 5869) from libsodium's HMAC. */
#ifndef CORE_CRYPTO_KDF_H
#define CORE_CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* out: n <= 255*32 bytes. salt may be NULL with saltlen 0. */
void keep_kdf_hkdf(void *out, size_t n, const void *ikm, size_t ikmlen, const void *salt, size_t saltlen, const void *info, size_t infolen);
/* A 32-byte subkey of a 32-byte key for one purpose (label: ASCII, unique per purpose) and context bytes. */
void keep_kdf_subkey(uint8_t out[32], const uint8_t key[32], const char *label, const void *context, size_t contextlen);

#endif
