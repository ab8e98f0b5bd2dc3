/* HKDF-SHA256 (RFC 5869). libsodium 1.0.18 has no HKDF of its own, but HKDF is a
 * few calls of HMAC: extract = HMAC(salt, ikm), block i = HMAC(prk, block i-1 | info | i). */
#include "core/crypto/kdf.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { MAC = crypto_auth_hmacsha256_BYTES };

static_assert(MAC == 32, "HMAC-SHA256 gives 32 bytes");

void keep_kdf_hkdf(void *out, size_t n, const void *ikm, size_t ikmlen, const void *salt, size_t saltlen, const void *info, size_t infolen)
{
    crypto_auth_hmacsha256_state st;
    uint8_t prk[MAC] = {0}, block[MAC];
    uint8_t *p = out;

    assert(n <= 255 * (size_t)MAC); /* RFC 5869 section 2.3: the counter is one byte */
    crypto_auth_hmacsha256_init(&st, saltlen > 0 ? salt : prk, saltlen); /* libsodium takes no NULL key */
    crypto_auth_hmacsha256_update(&st, ikm, ikmlen);
    crypto_auth_hmacsha256_final(&st, prk);
    for (uint8_t i = 1; n > 0; i++) {
        size_t take = n < MAC ? n : MAC;
        crypto_auth_hmacsha256_init(&st, prk, MAC);
        if (i > 1)
            crypto_auth_hmacsha256_update(&st, block, MAC);
        crypto_auth_hmacsha256_update(&st, info, infolen);
        crypto_auth_hmacsha256_update(&st, &i, 1);
        crypto_auth_hmacsha256_final(&st, block);
        memcpy(p, block, take);
        p += take;
        n -= take;
    }
    sodium_memzero(&st, sizeof st);
    sodium_memzero(prk, sizeof prk);
    sodium_memzero(block, sizeof block);
}

/* HKDF-Expand alone would do for a uniform key; the label stands in the salt and
 * the context in info, so that no label can run into a context. */
void keep_kdf_subkey(uint8_t out[32], const uint8_t key[32], const char *label, const void *context, size_t contextlen)
{
    keep_kdf_hkdf(out, 32, key, 32, label, strlen(label), context, contextlen);
}
