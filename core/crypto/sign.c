/* Ed25519 keys and signatures in the files of minisign, so that an auditor needs
 * no program of ours. All numbers are little endian, all base64 is padded.
 *
 *   public key   0 "Ed"   2 key id[8]   10 key[32]                              = 42
 *   signature    0 "ED" (over BLAKE2b-512 of the message) or "Ed" (over it)
 *                2 key id[8]   10 signature[64]                                 = 74
 *   and a second signature[64] over signature || trusted comment
 *   secret key   0 "Ed"   2 "Sc" or 00 00   4 "B2"   6 salt[32]
 *               38 opslimit[8]   46 memlimit[8]   54 sealed[104]                = 158
 *   sealed       0 key id[8]   8 seed[32]   40 key[32]   72 check[32]
 *   check        BLAKE2b-256 of "Ed" || key id || seed || key; minisign -W leaves zeros
 *
 * With "Sc" the sealed part is XORed with scrypt of the passphrase. Refused: other
 * algorithms, limits above minisign's own, a secret key whose public half is not
 * its own (signing with such a pair gives the seed away). */
#include "core/crypto/sign.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/kdf.h"
#include "core/crypto/raw64.h"
#include "core/crypto/secret.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

enum {
    PUBLIC_SIZE = 42,
    SIGNATURE_SIZE = 74,
    SECRET_SIZE = 158,
    SEALED_AT = 54,
    SEALED_SIZE = 104,
    TRUSTED_WRITE = 1024, /* what we write; fits every reader */
    TRUSTED_READ = 8192,  /* what minisign writes at most */
};

/* What minisign writes, and the most that a file may ask of us: 1 GiB, some seconds. */
static const uint64_t opslimit = crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE;
static const uint64_t memlimit = crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE;

struct keep_sign_secret {
    uint8_t id[8];
    uint8_t pair[64]; /* seed || public key, libsodium's form and minisign's */
};

static void le64_write(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t le64_read(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* Takes the next line off rest, without its end. False when nothing is left. */
static bool next_line(struct keep_str *rest, struct keep_str *line)
{
    if (rest->n == 0)
        return false;
    const char *nl = memchr(rest->p, '\n', rest->n);
    size_t n = nl ? (size_t)(nl - rest->p) : rest->n;
    size_t used = nl ? n + 1 : n;
    line->p = rest->p;
    line->n = n > 0 && rest->p[n - 1] == '\r' ? n - 1 : n;
    rest->p += used;
    rest->n -= used;
    return true;
}

static bool starts(struct keep_str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

static bool printable(const char *p, size_t n, bool tabs)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] < 0x20 || p[i] > 0x7e) && !(tabs && p[i] == '\t'))
            return false;
    return true;
}

/* Keys. */

int keep_sign_from_seed(struct keep_sign_secret **out, const uint8_t seed[32], const uint8_t id[8], struct keep_err *err)
{
    void *p = NULL;
    uint8_t pk[32];
    int rc = keep_secret_new(&p, sizeof(struct keep_sign_secret), err);

    if (rc != 0)
        return rc;
    struct keep_sign_secret *s = p;
    memcpy(s->id, id, sizeof s->id);
    crypto_sign_seed_keypair(pk, s->pair, seed);
    *out = s;
    return 0;
}

int keep_sign_generate(struct keep_sign_secret **out, struct keep_err *err)
{
    void *p = NULL;
    uint8_t id[8];
    int rc = keep_secret_new(&p, 32, err);

    if (rc != 0)
        return rc;
    randombytes_buf(p, 32);
    randombytes_buf(id, sizeof id);
    rc = keep_sign_from_seed(out, p, id, err);
    keep_secret_free(p);
    return rc;
}

void keep_sign_free(struct keep_sign_secret *s)
{
    keep_secret_free(s);
}

void keep_sign_public_of(const struct keep_sign_secret *s, struct keep_sign_public *out)
{
    memcpy(out->id, s->id, sizeof out->id);
    memcpy(out->key, s->pair + 32, sizeof out->key);
}

void keep_sign_derive(const struct keep_sign_secret *s, const char *label, uint8_t out[32])
{
    keep_kdf_subkey(out, s->pair, label, NULL, 0);
}

void keep_sign_raw(const struct keep_sign_secret *s, const void *p, size_t n, uint8_t sig[64])
{
    crypto_sign_detached(sig, NULL, p, n, s->pair);
}

int keep_sign_raw_check(const uint8_t key[32], const void *p, size_t n, const uint8_t sig[64])
{
    return crypto_sign_verify_detached(sig, p, n, key) == 0 ? 0 : KEEP_E_INTEGRITY;
}

void keep_sign_id_text(const uint8_t id[8], char out[17])
{
    static const char hex[] = "0123456789ABCDEF";

    for (int i = 0; i < 8; i++) {
        out[2 * i] = hex[id[7 - i] >> 4];
        out[2 * i + 1] = hex[id[7 - i] & 15];
    }
    out[16] = '\0';
}

/* Public key file. */

void keep_sign_public_write(struct keep_buf *out, const struct keep_sign_public *p, const char *comment)
{
    uint8_t raw[PUBLIC_SIZE] = "Ed";
    char b64[KEEP_RAW64_ROOM(PUBLIC_SIZE)], id[17];

    memcpy(raw + 2, p->id, 8);
    memcpy(raw + 10, p->key, 32);
    sodium_bin2base64(b64, sizeof b64, raw, sizeof raw, KEEP_RAW64_PADDED);
    keep_sign_id_text(p->id, id);
    if (comment)
        keep_buf_printf(out, UNTRUSTED "%s\n%s\n", comment, b64);
    else
        keep_buf_printf(out, UNTRUSTED "minisign public key %s\n%s\n", id, b64);
}

int keep_sign_public_read(struct keep_sign_public *out, struct keep_str text, const char *where, struct keep_err *err)
{
    uint8_t raw[PUBLIC_SIZE];
    struct keep_str rest = text, line = {NULL, 0};
    uint64_t at = 1;

    if (next_line(&rest, &line) && starts(line, "untrusted comment:")) {
        at = 2;
        if (!next_line(&rest, &line))
            line = (struct keep_str){NULL, 0};
    }
    if (!keep_raw64_read(raw, sizeof raw, line, KEEP_RAW64_PADDED) || memcmp(raw, "Ed", 2) != 0)
        return keep_err_at(err, KEEP_E_INPUT, where, at, 1, "not a minisign public key");
    memcpy(out->id, raw + 2, 8);
    memcpy(out->key, raw + 10, 32);
    return 0;
}

/* Secret key file. */

static void secret_check(uint8_t out[32], const uint8_t sealed[SEALED_SIZE])
{
    crypto_generichash_state st;

    crypto_generichash_init(&st, NULL, 0, 32);
    crypto_generichash_update(&st, (const uint8_t *)"Ed", 2);
    crypto_generichash_update(&st, sealed, 72);
    crypto_generichash_final(&st, out, 32);
    sodium_memzero(&st, sizeof st);
}

/* XORs scrypt(passphrase) over the sealed part, in place; stream: SEALED_SIZE bytes of secret memory. */
static int secret_xor(uint8_t *raw, uint8_t *stream, const char *passphrase, struct keep_err *err)
{
    if (crypto_pwhash_scryptsalsa208sha256(stream, SEALED_SIZE, passphrase, strlen(passphrase), raw + 6,
                                           le64_read(raw + 38), (size_t)le64_read(raw + 46)) != 0)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory: the passphrase's scrypt needs %llu MiB",
                            (unsigned long long)(le64_read(raw + 46) >> 20));
    for (int i = 0; i < SEALED_SIZE; i++)
        raw[SEALED_AT + i] ^= stream[i];
    return 0;
}

/* One allocation of secret memory for a key file in its raw and text forms. */
struct secret_work {
    uint8_t raw[SECRET_SIZE];
    uint8_t stream[SEALED_SIZE];
    uint8_t check[32];
    char b64[KEEP_RAW64_ROOM(SECRET_SIZE)];
};

int keep_sign_secret_write(struct keep_buf *out, const struct keep_sign_secret *s, const char *passphrase, struct keep_err *err)
{
    void *mem = NULL;
    int rc = keep_secret_new(&mem, sizeof(struct secret_work), err);

    if (rc != 0)
        return rc;
    struct secret_work *w = mem;
    memcpy(w->raw, "Ed\0\0B2", 6);
    memcpy(w->raw + SEALED_AT, s->id, 8);
    memcpy(w->raw + SEALED_AT + 8, s->pair, 64);
    secret_check(w->raw + SEALED_AT + 72, w->raw + SEALED_AT);
    if (passphrase) {
        memcpy(w->raw + 2, "Sc", 2);
        randombytes_buf(w->raw + 6, 32);
        le64_write(w->raw + 38, opslimit);
        le64_write(w->raw + 46, memlimit);
        rc = secret_xor(w->raw, w->stream, passphrase, err);
        if (rc != 0)
            goto out;
    }
    sodium_bin2base64(w->b64, sizeof w->b64, w->raw, sizeof w->raw, KEEP_RAW64_PADDED);
    keep_buf_str(out, passphrase ? UNTRUSTED "minisign encrypted secret key\n" : UNTRUSTED "minisign secret key\n");
    keep_buf_str(out, w->b64);
    keep_buf_char(out, '\n');
    if (out->failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for a secret key file");
out:
    keep_secret_free(mem);
    return rc;
}

/* Undoes the passphrase. 0, 1 = passphrase needed, <0. */
static int secret_open(struct secret_work *w, const char *passphrase, const char *where, struct keep_err *err)
{
    static const uint8_t none[2] = {0, 0};
    bool sealed = memcmp(w->raw + 2, "Sc", 2) == 0;

    if (memcmp(w->raw, "Ed", 2) != 0 || memcmp(w->raw + 4, "B2", 2) != 0 || (!sealed && memcmp(w->raw + 2, none, 2) != 0))
        return keep_err_at(err, KEEP_E_INPUT, where, 2, 1, "a secret key of another kind than minisign's Ed25519");
    if (sealed && !passphrase)
        return 1;
    if (sealed) {
        if (le64_read(w->raw + 38) > opslimit || le64_read(w->raw + 46) > memlimit)
            return keep_err_at(err, KEEP_E_LIMIT, where, 2, 1, "the key file asks for more scrypt work than minisign's own keys");
        int rc = secret_xor(w->raw, w->stream, passphrase, err);
        if (rc != 0)
            return rc;
    }
    if (!sealed && sodium_is_zero(w->raw + SEALED_AT + 72, 32))
        return 0;
    secret_check(w->check, w->raw + SEALED_AT);
    if (sodium_memcmp(w->check, w->raw + SEALED_AT + 72, 32) != 0)
        return sealed ? keep_err_at(err, KEEP_E_KEY, where, 2, 1, "wrong passphrase")
                      : keep_err_at(err, KEEP_E_INTEGRITY, where, 2, 1, "the secret key does not match its own checksum");
    return 0;
}

int keep_sign_secret_read(struct keep_sign_secret **out, struct keep_str text, const char *passphrase, const char *where, struct keep_err *err)
{
    struct keep_str rest = text, line;
    struct keep_sign_secret *s = NULL;
    void *mem = NULL;
    int rc = keep_secret_new(&mem, sizeof(struct secret_work), err);

    if (rc != 0)
        return rc;
    struct secret_work *w = mem;
    if (!next_line(&rest, &line) || !starts(line, "untrusted comment:") || !next_line(&rest, &line)
        || !keep_raw64_read(w->raw, sizeof w->raw, line, KEEP_RAW64_PADDED)) {
        rc = keep_err_at(err, KEEP_E_INPUT, where, 0, 0, "not a minisign secret key");
        goto out;
    }
    rc = secret_open(w, passphrase, where, err);
    if (rc != 0)
        goto out;
    rc = keep_sign_from_seed(&s, w->raw + SEALED_AT + 8, w->raw + SEALED_AT, err);
    if (rc != 0)
        goto out;
    if (sodium_memcmp(s->pair, w->raw + SEALED_AT + 8, 64) != 0) {
        rc = keep_err_at(err, KEEP_E_INTEGRITY, where, 2, 1, "the secret key's public half is not its own");
        goto out;
    }
    *out = s;
    s = NULL;
out:
    keep_sign_free(s);
    keep_secret_free(mem);
    return rc;
}

/* Signature file. */

int keep_sign_message(struct keep_buf *out, const struct keep_sign_secret *s, const void *p, size_t n, const char *untrusted, const char *trusted, struct keep_err *err)
{
    size_t tn = strlen(trusted);
    uint8_t raw[SIGNATURE_SIZE] = "ED", digest[64], global[64], bound[64 + TRUSTED_WRITE];
    char b64[KEEP_RAW64_ROOM(SIGNATURE_SIZE)];

    if (tn > TRUSTED_WRITE || !printable(trusted, tn, false))
        return keep_err_set(err, KEEP_E_INPUT, "a trusted comment is at most %d printable ASCII characters", TRUSTED_WRITE);
    if (strlen(untrusted) > TRUSTED_WRITE || !printable(untrusted, strlen(untrusted), false))
        return keep_err_set(err, KEEP_E_INPUT, "an untrusted comment is at most %d printable ASCII characters", TRUSTED_WRITE);
    crypto_generichash(digest, sizeof digest, p, n, NULL, 0);
    memcpy(raw + 2, s->id, 8);
    keep_sign_raw(s, digest, sizeof digest, raw + 10);
    memcpy(bound, raw + 10, 64);
    memcpy(bound + 64, trusted, tn);
    keep_sign_raw(s, bound, 64 + tn, global);
    sodium_bin2base64(b64, sizeof b64, raw, sizeof raw, KEEP_RAW64_PADDED);
    keep_buf_printf(out, UNTRUSTED "%s\n%s\n" TRUSTED "%s\n", untrusted, b64, trusted);
    sodium_bin2base64(b64, sizeof b64, global, sizeof global, KEEP_RAW64_PADDED);
    keep_buf_printf(out, "%s\n", b64);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory for a signature") : 0;
}

struct signature {
    uint8_t raw[SIGNATURE_SIZE], global[64];
    struct keep_str trusted;
};

/* Exactly four lines. */
static bool signature_parse(struct signature *s, struct keep_str rest)
{
    struct keep_str line;

    if (!next_line(&rest, &line) || !starts(line, "untrusted comment:"))
        return false;
    if (!next_line(&rest, &line) || !keep_raw64_read(s->raw, sizeof s->raw, line, KEEP_RAW64_PADDED))
        return false;
    if (!next_line(&rest, &line) || !starts(line, TRUSTED))
        return false;
    s->trusted.p = line.p + strlen(TRUSTED);
    s->trusted.n = line.n - strlen(TRUSTED);
    if (s->trusted.n > TRUSTED_READ || !printable(s->trusted.p, s->trusted.n, true))
        return false;
    return next_line(&rest, &line) && keep_raw64_read(s->global, sizeof s->global, line, KEEP_RAW64_PADDED) && rest.n == 0;
}

int keep_sign_check(const struct keep_sign_public *key, const void *p, size_t n, struct keep_str text, struct keep_str *trusted, struct keep_err *err)
{
    struct signature s;
    uint8_t digest[64], bound[64 + TRUSTED_READ];
    int rc;

    if (!signature_parse(&s, text))
        return keep_err_set(err, KEEP_E_INTEGRITY, "malformed minisign signature");
    if (memcmp(s.raw + 2, key->id, 8) != 0) {
        char had[17], want[17];
        keep_sign_id_text(s.raw + 2, had);
        keep_sign_id_text(key->id, want);
        return keep_err_set(err, KEEP_E_INTEGRITY, "signed by key %s, not by key %s", had, want);
    }
    if (memcmp(s.raw, "ED", 2) == 0) {
        crypto_generichash(digest, sizeof digest, p, n, NULL, 0);
        rc = keep_sign_raw_check(key->key, digest, sizeof digest, s.raw + 10);
    } else if (memcmp(s.raw, "Ed", 2) == 0) {
        rc = keep_sign_raw_check(key->key, p, n, s.raw + 10);
    } else {
        return keep_err_set(err, KEEP_E_INTEGRITY, "a signature of another kind than minisign's Ed25519");
    }
    if (rc != 0)
        return keep_err_set(err, rc, "the signature does not hold");
    memcpy(bound, s.raw + 10, 64);
    memcpy(bound + 64, s.trusted.p, s.trusted.n);
    rc = keep_sign_raw_check(key->key, bound, 64 + s.trusted.n, s.global);
    if (rc != 0)
        return keep_err_set(err, rc, "the signature of the trusted comment does not hold");
    if (trusted)
        *trusted = s.trusted;
    return 0;
}
