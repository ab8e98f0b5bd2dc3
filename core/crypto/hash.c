/* Two hash families. BLAKE2b names things inside a keep; SHA-2 is what strangers
 * can check with coreutils. Long inputs go to libcrypto, which uses the processor's
 * SHA instructions; short ones to libsodium, whose call costs no fetch and no
 * allocation (a Merkle node is 65 bytes). Both give the same digest, so libsodium
 * is also what remains when libcrypto refuses: a one-shot hash cannot fail. */
#include "core/crypto/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Below this, EVP's set-up costs more than its faster rounds win. */
#define SHORT_INPUT 2048

struct keep_sha_ctx {
    EVP_MD_CTX *md;
};

void keep_hash_blake2b(uint8_t out[32], const void *p, size_t n)
{
    crypto_generichash(out, KEEP_HASH_SIZE, p, n, NULL, 0);
}

void keep_hash_keyed(uint8_t *out, size_t outlen, const void *p, size_t n, const uint8_t key[32])
{
    uint8_t least[crypto_generichash_BYTES_MIN];

    assert(outlen >= 8 && outlen <= crypto_generichash_BYTES_MAX);
    if (outlen >= sizeof least) {
        crypto_generichash(out, outlen, p, n, key, 32);
        return;
    }
    crypto_generichash(least, sizeof least, p, n, key, 32);
    memcpy(out, least, outlen);
    sodium_memzero(least, sizeof least);
}

int keep_sha_new(struct keep_sha_ctx **out, enum keep_sha which, struct keep_err *err)
{
    struct keep_sha_ctx *c = calloc(1, sizeof *c);

    if (!c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a hash");
    c->md = EVP_MD_CTX_new();
    if (!c->md || EVP_DigestInit_ex(c->md, which == KEEP_SHA256 ? EVP_sha256() : EVP_sha512(), NULL) != 1) {
        keep_sha_free(c);
        return keep_err_set(err, KEEP_E_NOMEM, "libcrypto gives no SHA-2");
    }
    *out = c;
    return 0;
}

void keep_sha_free(struct keep_sha_ctx *c)
{
    if (!c)
        return;
    EVP_MD_CTX_free(c->md);
    free(c);
}

int keep_sha_update(struct keep_sha_ctx *c, const void *p, size_t n, struct keep_err *err)
{
    if (n > 0 && EVP_DigestUpdate(c->md, p, n) != 1)
        return keep_err_set(err, KEEP_E_IO, "libcrypto failed while hashing");
    return 0;
}

int keep_sha_final(struct keep_sha_ctx *c, uint8_t *out, struct keep_err *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (EVP_DigestFinal_ex(c->md, digest, &n) != 1 || EVP_DigestInit_ex(c->md, NULL, NULL) != 1)
        return keep_err_set(err, KEEP_E_IO, "libcrypto failed while hashing");
    memcpy(out, digest, n);
    return 0;
}

void keep_sha256(uint8_t out[32], const void *p, size_t n)
{
    if (n < SHORT_INPUT || EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1)
        crypto_hash_sha256(out, p, n);
}

void keep_sha512(uint8_t out[64], const void *p, size_t n)
{
    if (n < SHORT_INPUT || EVP_Digest(p, n, out, NULL, EVP_sha512(), NULL) != 1)
        crypto_hash_sha512(out, p, n);
}
