/* XChaCha20-Poly1305 with a nonce drawn for every sealing. 192 random bits do not
 * collide in any number of pages a keep can write, so no counter has to survive a
 * crash or a restored backup. A failed opening leaves zeros, never plaintext.
 *
 * The construction is HChaCha20 over the key and the nonce's first 16 bytes, then
 * ChaCha20-Poly1305 (RFC 8439) under the subkey with the other 8. The second part
 * of a page or a chunk goes to libcrypto, whose widest vectors are 1.5 times as
 * fast as libsodium's on 4 KiB and 2.7 times on 64 KiB; below FAST_FROM bytes its
 * calls cost more than they save. A context lives for one call: it costs as much
 * as wiping a kept one, no subkey outlives the call (freeing cleanses it), and
 * threads and forks have nothing to share. Wherever libcrypto refuses (no memory,
 * no provider), libsodium makes the same bytes. */
#include "core/crypto/aead.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "core/crypto/secret.h"

static_assert(KEEP_AEAD_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
static_assert(KEEP_AEAD_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag size");
static_assert(KEEP_AEAD_OVERHEAD == KEEP_AEAD_NONCE + KEEP_AEAD_TAG, "overhead");

#define FAST_FROM 2048

/* Set once, then constant; NULL when libcrypto does not have it. */
static EVP_CIPHER *cipher;

static void fetch(void)
{
    cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
}

/* A context of RFC 8439's construction that has taken in key, nonce and associated data; NULL where libcrypto does not serve. */
static EVP_CIPHER_CTX *inner(int seal, size_t n, const uint8_t iv[12], const void *ad, size_t adlen, const uint8_t key[32])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    EVP_CIPHER_CTX *ctx;
    int len;

    pthread_once(&once, fetch);
    if (n < FAST_FROM || n > INT32_MAX || adlen > INT32_MAX || !cipher || !(ctx = EVP_CIPHER_CTX_new()))
        return NULL;
    if (EVP_CipherInit_ex2(ctx, cipher, key, iv, seal, NULL) == 1 && (adlen == 0 || EVP_CipherUpdate(ctx, NULL, &len, ad, (int)adlen) == 1))
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

static EVP_CIPHER_CTX *begin(int seal, size_t n, const uint8_t nonce[KEEP_AEAD_NONCE], const void *ad, size_t adlen, const uint8_t key[32])
{
    uint8_t subkey[crypto_core_hchacha20_OUTPUTBYTES], iv[12] = {0};

    if (n < FAST_FROM)
        return NULL; /* and no subkey made for nothing */
    crypto_core_hchacha20(subkey, nonce, key, NULL);
    memcpy(iv + 4, nonce + crypto_core_hchacha20_INPUTBYTES, 8);
    EVP_CIPHER_CTX *ctx = inner(seal, n, iv, ad, adlen, subkey);
    sodium_memzero(subkey, sizeof subkey);
    return ctx;
}

/* What the context sealed, and frees it. False: libcrypto failed midway. */
static bool seal_with(EVP_CIPHER_CTX *ctx, uint8_t *out, uint8_t tag[16], const void *in, size_t n)
{
    int len, rest;
    bool done = EVP_CipherUpdate(ctx, out, &len, in, (int)n) == 1 && EVP_CipherFinal_ex(ctx, out + len, &rest) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KEEP_AEAD_TAG, tag) == 1;

    EVP_CIPHER_CTX_free(ctx);
    return done;
}

static bool open_with(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t tag[16], const void *in, size_t n)
{
    uint8_t expected[KEEP_AEAD_TAG]; /* libcrypto takes it through a pointer that is not const */
    int len, rest;

    memcpy(expected, tag, sizeof expected);
    bool good = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KEEP_AEAD_TAG, expected) == 1 && EVP_CipherUpdate(ctx, out, &len, in, (int)n) == 1 &&
                EVP_CipherFinal_ex(ctx, out + len, &rest) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

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

/* In place only libsodium: of what failed midway there would be nothing left to seal. */
void keep_aead_seal_detached(uint8_t *out, uint8_t nonce[24], uint8_t tag[16], const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32])
{
    keep_secret_random(nonce, KEEP_AEAD_NONCE);
    EVP_CIPHER_CTX *ctx = in == out ? NULL : begin(1, n, nonce, ad, adlen, key);
    if (!ctx || !seal_with(ctx, out, tag, in, n))
        crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, tag, NULL, in, n, ad, adlen, NULL, nonce, key);
}

int keep_aead_open_detached(void *out, const uint8_t nonce[24], const uint8_t tag[16], const void *in, size_t n, const void *ad, size_t adlen, const uint8_t key[32])
{
    EVP_CIPHER_CTX *ctx = begin(0, n, nonce, ad, adlen, key);
    bool good = ctx ? open_with(ctx, out, tag, in, n) : crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, in, n, tag, ad, adlen, nonce, key) == 0;

    if (good)
        return 0;
    if (n > 0)
        sodium_memzero(out, n); /* libcrypto has decrypted before it knew */
    return KEEP_E_INTEGRITY;
}

void keep_aead_ietf_seal(uint8_t *out, const void *in, size_t n, const uint8_t nonce[12], const uint8_t key[32])
{
    EVP_CIPHER_CTX *ctx = inner(1, n, nonce, NULL, 0, key);
    if (!ctx || !seal_with(ctx, out, out + n, in, n))
        crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, n, NULL, 0, NULL, nonce, key);
}

int keep_aead_ietf_open(void *out, const uint8_t *in, size_t n, const uint8_t nonce[12], const uint8_t key[32])
{
    if (n < KEEP_AEAD_TAG)
        return KEEP_E_INTEGRITY;
    size_t m = n - KEEP_AEAD_TAG;
    EVP_CIPHER_CTX *ctx = inner(0, m, nonce, NULL, 0, key);
    bool good = ctx ? open_with(ctx, out, in + m, in, m) : crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in, n, NULL, 0, nonce, key) == 0;

    if (good)
        return 0;
    if (m > 0)
        sodium_memzero(out, m);
    return KEEP_E_INTEGRITY;
}
