/* Two ways to a key. HKDF-SHA256 (RFC 5869) for what is random already; Argon2id
 * (RFC 9106) for passphrases, made slow on purpose: about half a second of the
 * machine that chose the passphrase, and memory that a guesser must have too.
 *
 * libsodium 1.0.18 has no HKDF of its own, but HKDF is a
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

/* --- passphrases --- */

static_assert(KEEP_KDF_SALT == crypto_pwhash_argon2id_SALTBYTES && KEEP_KDF_MEMORY_LEAST == crypto_pwhash_argon2id_MEMLIMIT_MIN, "Argon2id of libsodium");

#define MIB ((uint64_t)1 << 20)
#define PASSES_LEAST 3             /* RFC 9106 section 4: three passes where memory is scarce */
#define PASSES_MOST 8              /* beyond these more memory hinders a guesser more */
#define CHOSEN_LEAST (32 * MIB)
#define CHOSEN_MOST (512 * MIB)    /* the smallest server can still open its keep */
#define PROBE (16 * MIB)

int keep_kdf_cost_ok(const struct keep_kdf_cost *c)
{
    return c->passes >= 1 && c->memory >= KEEP_KDF_MEMORY_LEAST && c->memory <= KEEP_KDF_MEMORY_MOST && c->passes <= KEEP_KDF_WORK_MOST / c->memory;
}

int keep_kdf_argon2id(uint8_t out[32], const void *pass, size_t n, const uint8_t salt[KEEP_KDF_SALT], const struct keep_kdf_cost *c, struct keep_err *err)
{
    if (!keep_kdf_cost_ok(c) || n > crypto_pwhash_argon2id_PASSWD_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "a passphrase's cost of %u passes over %llu bytes is out of bounds", c->passes, (unsigned long long)c->memory);
    if (crypto_pwhash(out, 32, pass, n, salt, c->passes, (size_t)c->memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return keep_err_set(err, KEEP_E_NOMEM, "not enough memory for a passphrase: it needs %llu MiB", (unsigned long long)(c->memory / MIB));
    return 0;
}

/* Time is passes times memory, near enough: one probe tells the rate. */
int keep_kdf_calibrate(struct keep_kdf_cost *out, uint64_t target, uint64_t (*now)(void), struct keep_err *err)
{
    static const uint8_t salt[KEEP_KDF_SALT] = {0};
    struct keep_kdf_cost probe = {.passes = PASSES_LEAST, .memory = PROBE};
    uint8_t key[32];
    uint64_t from = now();
    int rc = keep_kdf_argon2id(key, "probe", 5, salt, &probe, err);

    if (rc != 0)
        return rc;
    uint64_t took = now() - from;
    uint64_t work = target * PASSES_LEAST * (PROBE / MIB) / (took > 0 ? took : 1); /* MiB passed over in the time wanted */
    uint64_t memory = work / PASSES_LEAST * MIB;
    memory = memory < CHOSEN_LEAST ? CHOSEN_LEAST : memory > CHOSEN_MOST ? CHOSEN_MOST : memory;
    uint64_t passes = work / (memory / MIB);
    out->memory = memory;
    out->passes = passes < PASSES_LEAST ? PASSES_LEAST : passes > PASSES_MOST ? PASSES_MOST : (uint32_t)passes;
    return 0;
}
