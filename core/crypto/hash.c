/* Three hash families. BLAKE2b names things inside a keep; SipHash finds what is
 * short and is looked for often, where it need not hold against one who has its
 * key (a leaf of the ledger must: it is always BLAKE2b); SHA-2 is what strangers
 * can check with coreutils, from libcrypto, which uses the processor's SHA
 * instructions. Its algorithms are fetched once, since a fetch costs more than the
 * 65 bytes of a Merkle node, and even a context does: whole buffers go through the
 * functions that OpenSSL 3 calls deprecated in favour of contexts. A one-shot hash cannot fail: where libcrypto refuses
 * (no memory, no provider), libsodium computes the same digest more slowly. */
#include "core/crypto/hash.h"

#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init and its kin */
#include <assert.h>
#include <endian.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/secret.h"

_Static_assert(sizeof(crypto_generichash_state) % 64 == 0, "the guarded heap aligns only what fills whole lines");

/* Set once, then constant; NULL when libcrypto does not have it. */
static EVP_MD *sha2[2];

static void fetch_all(void)
{
    sha2[KEEP_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha2[KEEP_SHA512] = EVP_MD_fetch(NULL, "SHA512", NULL);
}

static const EVP_MD *fetched(enum keep_sha which)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fetch_all);
    return sha2[which];
}

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

_Static_assert(crypto_shorthash_siphashx24_BYTES == KEEP_HASH_SHORT && crypto_shorthash_siphashx24_KEYBYTES <= 32, "libsodium's 128-bit SipHash");

void keep_hash_short(uint8_t out[KEEP_HASH_SHORT], const void *p, size_t n, const uint8_t key[32])
{
    crypto_shorthash_siphashx24(out, p, n, key);
}

struct keep_hash_stream {
    crypto_generichash_state state; /* aligned to 64, as the guarded heap aligns what is a multiple of it */
};

int keep_hash_stream_new(struct keep_hash_stream **out, struct keep_err *err)
{
    void *p = NULL;
    int rc = keep_secret_new(&p, sizeof **out, err);

    if (rc == 0)
        *out = p;
    return rc;
}

void keep_hash_stream_free(struct keep_hash_stream *h)
{
    keep_secret_free(h);
}

void keep_hash_stream_start(struct keep_hash_stream *h, const uint8_t key[32])
{
    crypto_generichash_init(&h->state, key, key ? 32 : 0, KEEP_HASH_SIZE);
}

void keep_hash_stream_add(struct keep_hash_stream *h, const void *p, size_t n)
{
    crypto_generichash_update(&h->state, p, n);
}

void keep_hash_stream_end(struct keep_hash_stream *h, uint8_t out[32])
{
    crypto_generichash_final(&h->state, out, KEEP_HASH_SIZE);
}

int keep_sha_new(struct keep_sha_ctx **out, enum keep_sha which, struct keep_err *err)
{
    struct keep_sha_ctx *c = calloc(1, sizeof *c);

    if (!c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a hash");
    const EVP_MD *md = fetched(which);
    c->md = EVP_MD_CTX_new();
    if (!c->md || !md || EVP_DigestInit_ex(c->md, md, NULL) != 1) {
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

/* The plain functions keep their state on the stack: a context of EVP costs several times the blocks of a Merkle node. */
static bool pair(uint8_t out[32], const void *p, size_t n, const void *q, size_t m)
{
    SHA256_CTX c;

    return SHA256_Init(&c) == 1 && SHA256_Update(&c, p, n) == 1 && SHA256_Update(&c, q, m) == 1 && SHA256_Final(out, &c) == 1;
}

#define BLOCK 64
#define FEW (2 * BLOCK - 9) /* bytes that end in the second block: all nodes of a Merkle tree, and most leaves */

/* At most FEW bytes in all, padded here: buffering and finishing cost as much as a block. */
static bool few(uint8_t out[32], const void *p, size_t n, const void *q, size_t m)
{
    uint8_t b[2 * BLOCK] = {0};
    size_t all = n + m, end = all < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    SHA256_CTX c;
    bool ok = SHA256_Init(&c) == 1;

    if (n)
        memcpy(b, p, n);
    if (m)
        memcpy(b + n, q, m);
    b[all] = 0x80;
    b[end - 2] = (uint8_t)(all >> 5); /* the length in bits */
    b[end - 1] = (uint8_t)(all << 3);
    for (size_t at = 0; ok && at < end; at += BLOCK)
        SHA256_Transform(&c, b + at);
    for (int i = 0; i < 8; i++) {
        uint32_t word = htobe32(c.h[i]);
        memcpy(out + 4 * i, &word, sizeof word);
    }
    return ok;
}

void keep_sha256(uint8_t out[32], const void *p, size_t n)
{
    if (!(n <= FEW ? few : pair)(out, p, n, NULL, 0))
        crypto_hash_sha256(out, p, n);
}

void keep_sha256_pair(uint8_t out[32], const void *p, size_t n, const void *q, size_t m)
{
    crypto_hash_sha256_state st;

    if ((n <= FEW && m <= FEW - n ? few : pair)(out, p, n, q, m))
        return;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, p, n);
    crypto_hash_sha256_update(&st, q, m);
    crypto_hash_sha256_final(&st, out);
}

void keep_sha512(uint8_t out[64], const void *p, size_t n)
{
    const EVP_MD *md = fetched(KEEP_SHA512);

    if (!md || EVP_Digest(p, n, out, NULL, md, NULL) != 1)
        crypto_hash_sha512(out, p, n);
}
