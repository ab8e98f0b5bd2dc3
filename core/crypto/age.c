/* age v1 (C2SP age.md) with X25519 recipients or a passphrase, streaming: writing,
 * and what reading (age_in.c) shares with it.
 *
 *   "age-encryption.org/v1\n"
 *   1*( "-> " type *( " " argument ) "\n"  body: base64 in lines of 64, the last one shorter )
 *   "--- " base64(HMAC-SHA256 of everything up to here) "\n"
 *   nonce[16]   *( chunk of 65536 + tag[16] )   last chunk of 0..65536 + tag[16]
 *
 *   X25519 stanza   argument = share = X25519(ephemeral, base point), body = 32 bytes:
 *                   file key sealed under HKDF(X25519(ephemeral, recipient), share || recipient)
 *   scrypt stanza   arguments = salt[16], log2 of N; body = 32 bytes: file key sealed under
 *                   scrypt(passphrase, "age-encryption.org/v1/scrypt" || salt, N, r 8, p 1)
 *   chunk nonce     0 counter[11], big endian   11 1 in the last chunk, else 0
 *
 * A chunk goes out only when something follows it or the file ends, because the last
 * one is sealed differently: that is what makes a truncated file visible. */
#include "core/crypto/age_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/aead.h"
#include "core/crypto/bech32.h"
#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"

#define X25519_INFO "age-encryption.org/v1/X25519"
#define SCRYPT_INFO "age-encryption.org/v1/scrypt"
#define IDENTITY_HRP "age-secret-key-"

/* Texts of keys. */

void keep_age_generate(uint8_t identity[32])
{
    keep_secret_random(identity, 32);
}

void keep_age_recipient(uint8_t recipient[32], const uint8_t identity[32])
{
    crypto_scalarmult_base(recipient, identity);
}

void keep_age_identity_text(char out[KEEP_AGE_TEXT], const uint8_t identity[32])
{
    keep_bech32_write(out, IDENTITY_HRP, identity);
    for (char *c = out; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
}

void keep_age_recipient_text(char out[KEEP_AGE_TEXT], const uint8_t recipient[32])
{
    keep_bech32_write(out, "age", recipient);
}

int keep_age_recipient_read(uint8_t recipient[32], struct keep_str s, struct keep_err *err)
{
    if (!keep_bech32_read(recipient, "age", s))
        return keep_err_set(err, KEEP_E_INPUT, "not an age recipient (age1 and 58 more characters)");
    return 0;
}

/* Upper case alone is right here, which age's own reader asks as well. */
int keep_age_identity_read(uint8_t identity[32], struct keep_str s, struct keep_err *err)
{
    char lower[KEEP_AGE_TEXT];
    bool ok = s.n < sizeof lower;

    for (size_t i = 0; ok && i < s.n; i++) {
        ok = !(s.p[i] >= 'a' && s.p[i] <= 'z');
        lower[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
    }
    ok = ok && keep_bech32_read(identity, IDENTITY_HRP, (struct keep_str){lower, s.n});
    keep_secret_wipe(lower, sizeof lower);
    return ok ? 0 : keep_err_set(err, KEEP_E_INPUT, "not an age identity (AGE-SECRET-KEY-1 and 58 more characters)");
}

int keep_age_identity_next(uint8_t identity[32], struct keep_str *rest, struct keep_err *err)
{
    while (rest->n > 0) {
        const char *end = memchr(rest->p, '\n', rest->n);
        struct keep_str line = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
        size_t used = line.n + (end != NULL);
        *rest = (struct keep_str){rest->p + used, rest->n - used};
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > 0 && line.p[0] != '#') {
            int rc = keep_age_identity_read(identity, line, err);
            return rc == 0 ? 1 : rc;
        }
    }
    return 0;
}

int keep_age_to_buf(void *buf, const void *p, size_t n, struct keep_err *err)
{
    struct keep_buf *b = buf;
    keep_buf_add(b, p, n);
    return b->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

/* What both directions share. */

void keep_age_chunk_nonce(uint8_t out[12], uint64_t counter, bool last)
{
    memset(out, 0, 12);
    for (int i = 0; i < 8; i++)
        out[10 - i] = (uint8_t)(counter >> 8 * i);
    out[11] = last;
}

void keep_age_wrap_key(struct keep_age_keys *k, const uint8_t share[32], const uint8_t recipient[32])
{
    uint8_t salt[64];

    memcpy(salt, share, 32);
    memcpy(salt + 32, recipient, 32);
    keep_kdf_hkdf(k->wrap, 32, k->shared, 32, salt, sizeof salt, X25519_INFO, strlen(X25519_INFO));
}

int keep_age_scrypt_key(struct keep_age_keys *k, struct keep_str passphrase, const uint8_t salt[KEEP_AGE_SALT], unsigned work, struct keep_err *err)
{
    uint8_t full[sizeof SCRYPT_INFO - 1 + KEEP_AGE_SALT];

    memcpy(full, SCRYPT_INFO, sizeof SCRYPT_INFO - 1);
    memcpy(full + sizeof SCRYPT_INFO - 1, salt, KEEP_AGE_SALT);
    if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)passphrase.p, passphrase.n, full, sizeof full, (uint64_t)1 << work, 8, 1, k->wrap, sizeof k->wrap) != 0)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory: the passphrase's scrypt needs %u MiB", 1u << (work > 10 ? work - 10 : 0));
    return 0;
}

void keep_age_header_mac(struct keep_age_keys *k, const void *header, size_t n, uint8_t out[KEEP_AGE_MAC])
{
    keep_kdf_hkdf(k->mac, 32, k->file, KEEP_AGE_FILE_KEY, NULL, 0, "header", 6);
    crypto_auth_hmacsha256(out, header, n, k->mac);
}

void keep_age_payload_key(struct keep_age_keys *k, const uint8_t nonce[KEEP_AGE_NONCE])
{
    keep_kdf_hkdf(k->payload, 32, k->file, KEEP_AGE_FILE_KEY, nonce, KEEP_AGE_NONCE, "payload", 7);
}

/* Encrypting. */

struct keep_age_out {
    keep_age_write write;
    void *ctx;
    struct keep_age_keys *keys;
    uint64_t counter; /* chunks written */
    size_t held;      /* plaintext in buf */
    bool finished;
    int failed;       /* the first error, which every later call repeats */
    uint8_t buf[KEEP_AGE_CHUNK];
    uint8_t sealed[KEEP_AGE_CHUNK + KEEP_AGE_TAG];
};

/* Who shall be able to open it: recipients, or one passphrase. */
struct wanted {
    const uint8_t (*recipient)[32];
    size_t n;
    struct keep_str passphrase;
    unsigned work;
};

/* "-> X25519 share\nbody\n" */
static int stanza_write(struct keep_age_keys *k, const uint8_t recipient[32], struct keep_buf *header, struct keep_err *err)
{
    static const uint8_t zero[12];
    uint8_t share[32], body[KEEP_AGE_WRAPPED];
    char share64[KEEP_AGE_KEY64 + 1], body64[KEEP_AGE_KEY64 + 1];

    keep_secret_random(k->ephemeral, 32);
    crypto_scalarmult_base(share, k->ephemeral);
    if (crypto_scalarmult(k->shared, k->ephemeral, recipient) != 0)
        return keep_err_set(err, KEEP_E_INPUT, "an age recipient is not a usable X25519 key");
    keep_age_wrap_key(k, share, recipient);
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, k->file, KEEP_AGE_FILE_KEY, NULL, 0, NULL, zero, k->wrap);
    sodium_bin2base64(share64, sizeof share64, share, sizeof share, KEEP_RAW64_BARE);
    sodium_bin2base64(body64, sizeof body64, body, sizeof body, KEEP_RAW64_BARE);
    keep_buf_printf(header, "-> X25519 %s\n%s\n", share64, body64);
    return 0;
}

/* "-> scrypt salt work\nbody\n" */
static int scrypt_write(struct keep_age_keys *k, const struct wanted *w, struct keep_buf *header, struct keep_err *err)
{
    static const uint8_t zero[12];
    uint8_t salt[KEEP_AGE_SALT], body[KEEP_AGE_WRAPPED];
    char salt64[KEEP_AGE_SALT64 + 1], body64[KEEP_AGE_KEY64 + 1];

    keep_secret_random(salt, sizeof salt);
    int rc = keep_age_scrypt_key(k, w->passphrase, salt, w->work, err);
    if (rc != 0)
        return rc;
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, k->file, KEEP_AGE_FILE_KEY, NULL, 0, NULL, zero, k->wrap);
    sodium_bin2base64(salt64, sizeof salt64, salt, sizeof salt, KEEP_RAW64_BARE);
    sodium_bin2base64(body64, sizeof body64, body, sizeof body, KEEP_RAW64_BARE);
    keep_buf_printf(header, "-> scrypt %s %u\n%s\n", salt64, w->work, body64);
    return 0;
}

static int header_write(struct keep_age_out *o, const struct wanted *w, struct keep_err *err)
{
    struct keep_buf header = KEEP_BUF_INIT;
    uint8_t mac[KEEP_AGE_MAC], nonce[KEEP_AGE_NONCE];
    char mac64[KEEP_AGE_KEY64 + 1];
    int rc = 0;

    keep_secret_random(o->keys->file, KEEP_AGE_FILE_KEY);
    keep_secret_random(nonce, sizeof nonce);
    keep_buf_str(&header, KEEP_AGE_INTRO);
    if (w->n == 0)
        rc = scrypt_write(o->keys, w, &header, err);
    for (size_t i = 0; i < w->n && rc == 0; i++)
        rc = stanza_write(o->keys, w->recipient[i], &header, err);
    if (rc != 0)
        goto out;
    keep_buf_str(&header, "---");
    keep_age_header_mac(o->keys, header.p, header.n, mac);
    sodium_bin2base64(mac64, sizeof mac64, mac, sizeof mac, KEEP_RAW64_BARE);
    keep_buf_printf(&header, " %s\n", mac64);
    keep_buf_add(&header, nonce, sizeof nonce);
    if (header.failed) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for an age header");
        goto out;
    }
    keep_age_payload_key(o->keys, nonce);
    rc = o->write(o->ctx, header.p, header.n, err);
out:
    keep_buf_free(&header);
    return rc;
}

static int begin(struct keep_age_out **out, const struct wanted *w, keep_age_write write, void *ctx, struct keep_err *err)
{
    void *keys = NULL;
    int rc;

    struct keep_age_out *o = calloc(1, sizeof *o);
    if (!o)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for age");
    o->write = write;
    o->ctx = ctx;
    rc = keep_secret_new(&keys, sizeof *o->keys, err);
    if (rc != 0)
        goto out;
    o->keys = keys;
    rc = header_write(o, w, err);
    if (rc != 0)
        goto out;
    *out = o;
    o = NULL;
out:
    keep_age_out_free(o);
    return rc;
}

int keep_age_out_new(struct keep_age_out **out, const uint8_t (*recipients)[32], size_t n, keep_age_write write, void *ctx, struct keep_err *err)
{
    if (n == 0 || n > KEEP_AGE_RECIPIENTS)
        return keep_err_set(err, KEEP_E_LIMIT, "an age file is for 1 to %d recipients", KEEP_AGE_RECIPIENTS);
    return begin(out, &(struct wanted){.recipient = recipients, .n = n}, write, ctx, err);
}

int keep_age_out_passphrase(struct keep_age_out **out, struct keep_str passphrase, unsigned work, keep_age_write write, void *ctx, struct keep_err *err)
{
    if (passphrase.n == 0 || work == 0 || work > KEEP_AGE_WORK_MOST)
        return keep_err_set(err, KEEP_E_LIMIT, "an age passphrase is not empty, its work 1 to %d", KEEP_AGE_WORK_MOST);
    return begin(out, &(struct wanted){.passphrase = passphrase, .work = work}, write, ctx, err);
}

/* Seals n bytes at p (which may be o->buf) as the next chunk and hands it on. */
static int seal(struct keep_age_out *o, const uint8_t *p, size_t n, bool last, struct keep_err *err)
{
    uint8_t nonce[12];

    keep_age_chunk_nonce(nonce, o->counter++, last);
    keep_aead_ietf_seal(o->sealed, p, n, nonce, o->keys->payload);
    o->held = 0;
    o->failed = o->write(o->ctx, o->sealed, n + KEEP_AGE_TAG, err);
    return o->failed;
}

int keep_age_out_add(struct keep_age_out *o, const void *p, size_t n, struct keep_err *err)
{
    const uint8_t *in = p;
    int rc = 0;

    if (o->failed)
        return keep_err_set(err, o->failed, "this age file failed before");
    if (o->finished)
        return keep_err_set(err, KEEP_E_INPUT, "this age file is finished");
    while (n > 0 && rc == 0) {
        if (o->held == KEEP_AGE_CHUNK) {
            rc = seal(o, o->buf, KEEP_AGE_CHUNK, false, err);
        } else if (o->held == 0 && n > KEEP_AGE_CHUNK) {
            rc = seal(o, in, KEEP_AGE_CHUNK, false, err);
            in += KEEP_AGE_CHUNK;
            n -= KEEP_AGE_CHUNK;
        } else {
            size_t take = n < KEEP_AGE_CHUNK - o->held ? n : KEEP_AGE_CHUNK - o->held;
            memcpy(o->buf + o->held, in, take);
            o->held += take;
            in += take;
            n -= take;
        }
    }
    return rc;
}

int keep_age_out_finish(struct keep_age_out *o, struct keep_err *err)
{
    if (o->failed)
        return keep_err_set(err, o->failed, "this age file failed before");
    if (o->finished)
        return keep_err_set(err, KEEP_E_INPUT, "this age file is finished");
    o->finished = true;
    return seal(o, o->buf, o->held, true, err);
}

void keep_age_out_free(struct keep_age_out *o)
{
    if (!o)
        return;
    keep_secret_free(o->keys);
    keep_secret_wipe(o->buf, sizeof o->buf);
    free(o);
}

uint64_t keep_age_size(uint64_t n, size_t r)
{
    uint64_t stanza = strlen("-> X25519 \n\n") + KEEP_AGE_KEY64 + KEEP_AGE_KEY64;
    uint64_t chunks = n == 0 ? 1 : n / KEEP_AGE_CHUNK + (n % KEEP_AGE_CHUNK != 0);

    return strlen(KEEP_AGE_INTRO) + r * stanza + strlen("--- \n") + KEEP_AGE_KEY64 + KEEP_AGE_NONCE + n + chunks * KEEP_AGE_TAG;
}

