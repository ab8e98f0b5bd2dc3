/* age v1 (C2SP age.md) with X25519 recipients, streaming both ways.
 *
 *   "age-encryption.org/v1\n"
 *   1*( "-> " type *( " " argument ) "\n"  body: base64 in lines of 64, the last one shorter )
 *   "--- " base64(HMAC-SHA256 of everything up to here) "\n"
 *   nonce[16]   *( chunk of 65536 + tag[16] )   last chunk of 0..65536 + tag[16]
 *
 *   X25519 stanza   argument = share = X25519(ephemeral, base point), body = 32 bytes:
 *                   file key sealed under HKDF(X25519(ephemeral, recipient), share || recipient)
 *   chunk nonce     0 counter[11], big endian   11 1 in the last chunk, else 0
 *
 * A chunk goes out only when something follows it or the file ends, because the last
 * one is sealed differently: that is what makes a truncated file visible. Refused:
 * non-canonical base64, a body of another length (partitioning oracles), an all-zero
 * shared secret, an scrypt stanza with company, an empty last chunk after others. */
#include "core/crypto/age.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/bech32.h"
#include "core/crypto/kdf.h"
#include "core/crypto/raw64.h"
#include "core/crypto/secret.h"

#define INTRO "age-encryption.org/v1\n"
#define X25519_INFO "age-encryption.org/v1/X25519"
#define IDENTITY_HRP "age-secret-key-"

enum {
    CHUNK = 65536,
    TAG = crypto_aead_chacha20poly1305_ietf_ABYTES,
    NONCE = 16,
    FILE_KEY = 16,
    WRAPPED = FILE_KEY + TAG,
    MAC = 32,
    COLUMNS = 64,     /* of a body line */
    RECIPIENTS = 256, /* whose stanzas stay well inside a header of CHUNK bytes, the most that is read */
    KEY64 = 43,       /* 32 bytes in base64 without padding */
};

static_assert(TAG == 16, "Poly1305");

/* What lives in secret memory while a file is written or read. */
struct keys {
    uint8_t file[FILE_KEY];
    uint8_t ephemeral[32], shared[32], wrap[32], mac[32], payload[32];
};

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

/* What both directions share. */

static void chunk_nonce(uint8_t out[12], uint64_t counter, bool last)
{
    memset(out, 0, 12);
    for (int i = 0; i < 8; i++)
        out[10 - i] = (uint8_t)(counter >> 8 * i);
    out[11] = last;
}

/* The key that wraps the file key for one recipient, from the shared secret. */
static void wrap_key(struct keys *k, const uint8_t share[32], const uint8_t recipient[32])
{
    uint8_t salt[64];

    memcpy(salt, share, 32);
    memcpy(salt + 32, recipient, 32);
    keep_kdf_hkdf(k->wrap, 32, k->shared, 32, salt, sizeof salt, X25519_INFO, strlen(X25519_INFO));
}

static void header_mac(struct keys *k, const void *header, size_t n, uint8_t out[MAC])
{
    keep_kdf_hkdf(k->mac, 32, k->file, FILE_KEY, NULL, 0, "header", 6);
    crypto_auth_hmacsha256(out, header, n, k->mac);
}

static void payload_key(struct keys *k, const uint8_t nonce[NONCE])
{
    keep_kdf_hkdf(k->payload, 32, k->file, FILE_KEY, nonce, NONCE, "payload", 7);
}

/* Encrypting. */

struct keep_age_out {
    keep_age_write write;
    void *ctx;
    struct keys *keys;
    uint64_t counter; /* chunks written */
    size_t held;      /* plaintext in buf, at most CHUNK */
    bool finished;
    int failed;       /* the first error, which every later call repeats */
    uint8_t buf[CHUNK + TAG];
};

/* "-> X25519 share\nbody\n" */
static int stanza_write(struct keys *k, const uint8_t recipient[32], struct keep_buf *header, struct keep_err *err)
{
    static const uint8_t zero[12];
    uint8_t share[32], body[WRAPPED];
    char share64[KEY64 + 1], body64[KEY64 + 1];

    keep_secret_random(k->ephemeral, 32);
    crypto_scalarmult_base(share, k->ephemeral);
    if (crypto_scalarmult(k->shared, k->ephemeral, recipient) != 0)
        return keep_err_set(err, KEEP_E_INPUT, "an age recipient is not a usable X25519 key");
    wrap_key(k, share, recipient);
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, k->file, FILE_KEY, NULL, 0, NULL, zero, k->wrap);
    sodium_bin2base64(share64, sizeof share64, share, sizeof share, KEEP_RAW64_BARE);
    sodium_bin2base64(body64, sizeof body64, body, sizeof body, KEEP_RAW64_BARE);
    keep_buf_printf(header, "-> X25519 %s\n%s\n", share64, body64);
    return 0;
}

static int header_write(struct keep_age_out *o, const uint8_t (*recipients)[32], size_t n, struct keep_err *err)
{
    struct keep_buf header = KEEP_BUF_INIT;
    uint8_t mac[MAC], nonce[NONCE];
    char mac64[KEY64 + 1];
    int rc = 0;

    keep_secret_random(o->keys->file, FILE_KEY);
    keep_secret_random(nonce, sizeof nonce);
    keep_buf_str(&header, INTRO);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = stanza_write(o->keys, recipients[i], &header, err);
    if (rc != 0)
        goto out;
    keep_buf_str(&header, "---");
    header_mac(o->keys, header.p, header.n, mac);
    sodium_bin2base64(mac64, sizeof mac64, mac, sizeof mac, KEEP_RAW64_BARE);
    keep_buf_printf(&header, " %s\n", mac64);
    keep_buf_add(&header, nonce, sizeof nonce);
    if (header.failed) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for an age header");
        goto out;
    }
    payload_key(o->keys, nonce);
    rc = o->write(o->ctx, header.p, header.n, err);
out:
    keep_buf_free(&header);
    return rc;
}

int keep_age_out_new(struct keep_age_out **out, const uint8_t (*recipients)[32], size_t n, keep_age_write write, void *ctx, struct keep_err *err)
{
    void *keys = NULL;
    int rc;

    if (n == 0 || n > RECIPIENTS)
        return keep_err_set(err, KEEP_E_LIMIT, "an age file is for 1 to %d recipients", RECIPIENTS);
    struct keep_age_out *o = calloc(1, sizeof *o);
    if (!o)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for age");
    o->write = write;
    o->ctx = ctx;
    rc = keep_secret_new(&keys, sizeof *o->keys, err);
    if (rc != 0)
        goto out;
    o->keys = keys;
    rc = header_write(o, recipients, n, err);
    if (rc != 0)
        goto out;
    *out = o;
    o = NULL;
out:
    keep_age_out_free(o);
    return rc;
}

/* Seals n bytes at p (which may be o->buf) as the next chunk and hands it on. */
static int seal(struct keep_age_out *o, const uint8_t *p, size_t n, bool last, struct keep_err *err)
{
    uint8_t nonce[12];
    unsigned long long m = 0;

    chunk_nonce(nonce, o->counter++, last);
    crypto_aead_chacha20poly1305_ietf_encrypt(o->buf, &m, p, n, NULL, 0, NULL, nonce, o->keys->payload);
    o->held = 0;
    o->failed = o->write(o->ctx, o->buf, (size_t)m, err);
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
        if (o->held == CHUNK) {
            rc = seal(o, o->buf, CHUNK, false, err);
        } else if (o->held == 0 && n > CHUNK) {
            rc = seal(o, in, CHUNK, false, err);
            in += CHUNK;
            n -= CHUNK;
        } else {
            size_t take = n < CHUNK - o->held ? n : CHUNK - o->held;
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
    uint64_t stanza = strlen("-> X25519 \n\n") + KEY64 + KEY64;
    uint64_t chunks = n == 0 ? 1 : n / CHUNK + (n % CHUNK != 0);

    return strlen(INTRO) + r * stanza + strlen("--- \n") + KEY64 + NONCE + n + chunks * TAG;
}

/* Decrypting. */

struct pair {
    uint8_t identity[32], recipient[32];
};

struct open_keys {
    struct keys k;
    struct pair pair[]; /* the identities to try */
};

struct keep_age_in {
    keep_age_write write;
    void *ctx;
    struct open_keys *secret;
    size_t identities;
    enum { IN_HEADER, IN_NONCE, IN_PAYLOAD, AT_END } state;
    uint64_t counter; /* chunks opened */
    size_t held;      /* bytes in buf: header, nonce, or sealed chunk */
    size_t line;      /* where the current header line starts in buf */
    int failed;
    uint8_t buf[CHUNK + TAG];
};

int keep_age_in_new(struct keep_age_in **out, const uint8_t (*identities)[32], size_t n, keep_age_write write, void *ctx, struct keep_err *err)
{
    void *secret = NULL;
    int rc;

    if (n == 0 || n > RECIPIENTS)
        return keep_err_set(err, KEEP_E_LIMIT, "an age file is opened with 1 to %d identities", RECIPIENTS);
    struct keep_age_in *i = calloc(1, sizeof *i);
    if (!i)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for age");
    i->write = write;
    i->ctx = ctx;
    i->identities = n;
    rc = keep_secret_new(&secret, sizeof *i->secret + n * sizeof(struct pair), err);
    if (rc != 0)
        goto out;
    i->secret = secret;
    for (size_t j = 0; j < n; j++) {
        memcpy(i->secret->pair[j].identity, identities[j], 32);
        crypto_scalarmult_base(i->secret->pair[j].recipient, identities[j]);
    }
    *out = i;
    i = NULL;
out:
    keep_age_in_free(i);
    return rc;
}

void keep_age_in_free(struct keep_age_in *i)
{
    if (!i)
        return;
    keep_secret_free(i->secret);
    keep_secret_wipe(i->buf, sizeof i->buf);
    free(i);
}

static int malformed(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "malformed age file: %s", what);
}

struct stanza {
    struct keep_str type, argument; /* the first argument */
    unsigned arguments;
    uint8_t body[COLUMNS / 4 * 3]; /* the first line of it, decoded */
    size_t size;                   /* of the whole body, decoded */
};

/* Takes the next line off rest. Every header line is ended, as feeding saw to that. */
static struct keep_str next_line(struct keep_str *rest)
{
    const char *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    struct keep_str line = {rest->p, nl ? (size_t)(nl - rest->p) : rest->n};
    size_t used = nl ? line.n + 1 : line.n;

    rest->p += used;
    rest->n -= used;
    return line;
}

/* "-> " type *( " " argument ), each of one or more visible characters. */
static bool stanza_head(struct stanza *s, struct keep_str line)
{
    unsigned words = 0;
    const char *p, *end = line.p + line.n;

    if (line.n < 4 || memcmp(line.p, "->", 2) != 0)
        return false;
    for (p = line.p + 2; p < end; words++) {
        if (*p++ != ' ')
            return false;
        const char *from = p;
        while (p < end && *p > 0x20 && *p < 0x7f)
            p++;
        if (p == from)
            return false;
        struct keep_str word = {from, (size_t)(p - from)};
        if (words == 0)
            s->type = word;
        else if (words == 1)
            s->argument = word;
    }
    s->arguments = words - 1;
    return true;
}

/* Lines of 64 columns up to the first shorter one. */
static bool stanza_body(struct stanza *s, struct keep_str *rest)
{
    uint8_t later[sizeof s->body];
    struct keep_str line;

    do {
        if (rest->n == 0)
            return false;
        line = next_line(rest);
        size_t had;
        if (line.n > COLUMNS || !keep_raw64_some(s->size == 0 ? s->body : later, sizeof later, &had, line, KEEP_RAW64_BARE))
            return false;
        s->size += had;
    } while (line.n == COLUMNS);
    return true;
}

/* Tries the identities on one X25519 stanza. 1 opened: the file key is in place, 0 none fits. */
static int unwrap(struct keep_age_in *i, const struct stanza *s, struct keep_err *err)
{
    static const uint8_t zero[12];
    struct keys *k = &i->secret->k;
    uint8_t share[32];

    if (s->arguments != 1 || !keep_raw64_read(share, 32, s->argument, KEEP_RAW64_BARE) || s->size != WRAPPED)
        return malformed(err, "X25519 stanza");
    for (size_t j = 0; j < i->identities; j++) {
        const struct pair *pair = &i->secret->pair[j];
        if (crypto_scalarmult(k->shared, pair->identity, share) != 0)
            return malformed(err, "X25519 share of low order");
        wrap_key(k, share, pair->recipient);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(k->file, NULL, NULL, s->body, WRAPPED, NULL, 0, zero, k->wrap) == 0)
            return 1;
    }
    return 0;
}

static int header_read(struct keep_age_in *i, struct keep_err *err)
{
    struct keep_str rest = {(const char *)i->buf, i->held};
    uint8_t mac[MAC], want[MAC];
    unsigned stanzas = 0, passphrases = 0;
    int opened = 0;

    if (rest.n < strlen(INTRO) || memcmp(rest.p, INTRO, strlen(INTRO)) != 0)
        return malformed(err, "it does not begin as one");
    next_line(&rest);
    while (rest.n > 0 && rest.p[0] == '-' && memcmp(rest.p, "---", rest.n < 3 ? rest.n : 3) != 0) {
        struct stanza s = {.size = 0};
        if (!stanza_head(&s, next_line(&rest)) || !stanza_body(&s, &rest))
            return malformed(err, "stanza");
        stanzas++;
        passphrases += keep_str_is(s.type, "scrypt");
        if (opened == 0 && keep_str_is(s.type, "X25519"))
            opened = unwrap(i, &s, err);
        if (opened < 0)
            return opened;
    }
    size_t covered = (size_t)(rest.p - (const char *)i->buf) + 3;
    struct keep_str end = next_line(&rest);
    if (stanzas == 0 || (passphrases > 0 && stanzas > 1))
        return malformed(err, "stanzas");
    if (end.n != 4 + KEY64 || memcmp(end.p, "--- ", 4) != 0 || !keep_raw64_read(mac, MAC, (struct keep_str){end.p + 4, KEY64}, KEEP_RAW64_BARE))
        return malformed(err, "end of the header");
    if (opened == 0)
        return keep_err_set(err, KEEP_E_KEY, "none of the identities opens this age file");
    header_mac(&i->secret->k, i->buf, covered, want);
    if (sodium_memcmp(mac, want, MAC) != 0)
        return malformed(err, "the header was altered");
    return 0;
}

/* Takes header bytes up to the end of the line that begins with "---". */
static int feed_header(struct keep_age_in *i, const uint8_t **p, size_t *n, struct keep_err *err)
{
    while (*n > 0) {
        if (i->held == CHUNK)
            return malformed(err, "header too long");
        uint8_t c = i->buf[i->held++] = *(*p)++;
        (*n)--;
        if (c != '\n')
            continue;
        bool last = i->held - i->line > 3 && memcmp(i->buf + i->line, "---", 3) == 0;
        i->line = i->held;
        if (!last)
            continue;
        int rc = header_read(i, err);
        i->held = 0;
        i->state = IN_NONCE;
        return rc;
    }
    return 0;
}

static void feed_nonce(struct keep_age_in *i, const uint8_t **p, size_t *n)
{
    size_t take = *n < NONCE - i->held ? *n : NONCE - i->held;

    memcpy(i->buf + i->held, *p, take);
    i->held += take;
    *p += take;
    *n -= take;
    if (i->held < NONCE)
        return;
    payload_key(&i->secret->k, i->buf);
    i->held = 0;
    i->state = IN_PAYLOAD;
}

/* Opens n bytes at p (which may be i->buf) as the next chunk and hands the plaintext on. */
static int open_chunk(struct keep_age_in *i, const uint8_t *p, size_t n, bool last, struct keep_err *err)
{
    uint8_t nonce[12];
    unsigned long long m = 0;

    chunk_nonce(nonce, i->counter, last);
    if (n < TAG || (last && n == TAG && i->counter > 0)
        || crypto_aead_chacha20poly1305_ietf_decrypt(i->buf, &m, NULL, p, n, NULL, 0, nonce, i->secret->k.payload) != 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, "age file truncated or altered in chunk %llu", (unsigned long long)i->counter + 1);
    i->counter++;
    i->held = 0;
    return m > 0 ? i->write(i->ctx, i->buf, (size_t)m, err) : 0;
}

static int feed_payload(struct keep_age_in *i, const uint8_t **p, size_t *n, struct keep_err *err)
{
    const size_t full = CHUNK + TAG;
    int rc = 0;

    if (i->held == full) {
        rc = open_chunk(i, i->buf, full, false, err);
    } else if (i->held == 0 && *n > full) {
        rc = open_chunk(i, *p, full, false, err);
        *p += full;
        *n -= full;
    } else {
        size_t take = *n < full - i->held ? *n : full - i->held;
        memcpy(i->buf + i->held, *p, take);
        i->held += take;
        *p += take;
        *n -= take;
    }
    return rc;
}

int keep_age_in_add(struct keep_age_in *i, const void *p, size_t n, struct keep_err *err)
{
    const uint8_t *in = p;

    if (i->failed)
        return keep_err_set(err, i->failed, "this age file failed before");
    while (n > 0 && i->failed == 0) {
        switch (i->state) {
        case IN_HEADER:
            i->failed = feed_header(i, &in, &n, err);
            break;
        case IN_NONCE:
            feed_nonce(i, &in, &n);
            break;
        case IN_PAYLOAD:
            i->failed = feed_payload(i, &in, &n, err);
            break;
        case AT_END:
            i->failed = malformed(err, "bytes behind its end");
            break;
        }
    }
    return i->failed;
}

int keep_age_in_finish(struct keep_age_in *i, struct keep_err *err)
{
    if (i->failed)
        return keep_err_set(err, i->failed, "this age file failed before");
    if (i->state != IN_PAYLOAD)
        i->failed = keep_err_set(err, KEEP_E_INTEGRITY, "age file truncated in its header");
    else
        i->failed = open_chunk(i, i->buf, i->held, true, err);
    i->state = AT_END;
    return i->failed;
}
