/* XChaCha20-Poly1305 with a nonce drawn for every sealing. 192 random bits do not
 * collide in any number of pages a keep can write, so no counter has to survive a
 * crash or a restored backup. A failed opening leaves zeros, never plaintext. */
#include "core/crypto/aead.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(KEEP_AEAD_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
static_assert(KEEP_AEAD_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag size");
static_assert(KEEP_AEAD_OVERHEAD == KEEP_AEAD_NONCE + KEEP_AEAD_TAG, "overhead");

void keep_aead_seal(uint8_t *out, const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32])
{
    keep_aead_seal_detached(out + KEEP_AEAD_NONCE, out, out + KEEP_AEAD_NONCE + n, in, n, ad, adlen, key);
}

int keep_aead_open(void *out, const uint8_t *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32])
{
    if (n < KEEP_AEAD_OVERHEAD)
        return KEEP_E_INTEGRITY;
    size_t m = n - KEEP_AEAD_OVERHEAD;
    return keep_aead_open_detached(out, in, in + KEEP_AEAD_NONCE + m, in + KEEP_AEAD_NONCE, m, ad, adlen, key);
}

void keep_aead_seal_detached(uint8_t *out, uint8_t nonce[24], uint8_t tag[16], const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32])
{
    randombytes_buf(nonce, KEEP_AEAD_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, tag, NULL, in, n, ad, adlen, NULL, nonce, key);
}

int keep_aead_open_detached(void *out, const uint8_t nonce[24], const uint8_t tag[16], const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32])
{
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, in, n, tag, ad, adlen, nonce, key) == 0)
        return 0;
    if (n > 0)
        memset(out, 0, n);
    return KEEP_E_INTEGRITY;
}
