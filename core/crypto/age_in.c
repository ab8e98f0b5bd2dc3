/* Reading age v1 files; age.c has the format. Armor is told by the first byte: a
 * binary file begins with the 'a' of its version line.
 *
 * Refused: non-canonical base64, a body of another length (partitioning oracles), an
 * all-zero shared secret, an scrypt stanza with company or with more work than
 * KEEP_AGE_WORK_MOST, an empty last chunk after others, bytes behind the last. The
 * file key that a stanza gives is believed after the header's MAC alone. */
#include "core/crypto/age_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/aead.h"
#include "core/crypto/armor.h"
#include "core/crypto/secret.h"

#define FULL ((size_t)KEEP_AGE_CHUNK + KEEP_AGE_TAG)
#define PASSPHRASES 16 /* to try on one file: each costs a second */

struct pair {
    uint8_t identity[32], recipient[32];
};

struct open_keys {
    struct keep_age_keys k;
    struct pair pair[]; /* the identities to try */
};

struct keep_age_in {
    keep_age_write write;
    void *ctx;
    struct open_keys *secret;
    size_t identities;
    struct keep_str passphrase[PASSPHRASES]; /* in secret memory */
    size_t passphrases;
    struct keep_armor_in *armor;             /* NULL: binary */
    bool begun;
    enum { IN_HEADER, IN_NONCE, IN_PAYLOAD, AT_END } state;
    uint64_t counter; /* chunks opened */
    size_t held;      /* bytes in buf: header, nonce, or sealed chunk */
    size_t line;      /* where the current header line starts in buf */
    int failed;
    uint8_t buf[KEEP_AGE_CHUNK + KEEP_AGE_TAG];
    uint8_t chunk[KEEP_AGE_CHUNK]; /* plaintext on its way out */
};

int keep_age_in_new(struct keep_age_in **out, const uint8_t (*identities)[32], size_t n, keep_age_write write, void *ctx, struct keep_err *err)
{
    void *secret = NULL;
    int rc;

    if (n > KEEP_AGE_RECIPIENTS)
        return keep_err_set(err, KEEP_E_LIMIT, "an age file is opened with at most %d identities", KEEP_AGE_RECIPIENTS);
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
    keep_secret_wipe(i->chunk, sizeof i->chunk);
    for (size_t j = 0; j < i->passphrases; j++)
        keep_secret_free((void *)i->passphrase[j].p);
    keep_armor_in_free(i->armor);
    free(i);
}

int keep_age_in_passphrase(struct keep_age_in *i, struct keep_str passphrase, struct keep_err *err)
{
    void *copy = NULL;

    if (passphrase.n == 0 || i->passphrases == PASSPHRASES || i->begun)
        return keep_err_set(err, KEEP_E_LIMIT, "at most %d passphrases, none of them empty, are tried on an age file", PASSPHRASES);
    int rc = keep_secret_new(&copy, passphrase.n, err);
    if (rc != 0)
        return rc;
    memcpy(copy, passphrase.p, passphrase.n);
    i->passphrase[i->passphrases++] = (struct keep_str){copy, passphrase.n};
    return 0;
}

static int malformed(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "malformed age file: %s", what);
}

struct stanza {
    struct keep_str type, argument[2]; /* the first two */
    unsigned arguments;
    uint8_t body[KEEP_AGE_COLUMNS / 4 * 3]; /* the first line of it, decoded */
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
        else if (words <= 2)
            s->argument[words - 1] = word;
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
        if (line.n > KEEP_AGE_COLUMNS || !keep_raw64_some(s->size == 0 ? s->body : later, sizeof later, &had, line, KEEP_RAW64_BARE))
            return false;
        s->size += had;
    } while (line.n == KEEP_AGE_COLUMNS);
    return true;
}

/* Tries the identities on one X25519 stanza. 1 opened: the file key is in place, 0 none fits. */
static int unwrap(struct keep_age_in *i, const struct stanza *s, struct keep_err *err)
{
    static const uint8_t zero[12];
    struct keep_age_keys *k = &i->secret->k;
    uint8_t share[32];

    if (s->arguments != 1 || !keep_raw64_read(share, 32, s->argument[0], KEEP_RAW64_BARE) || s->size != KEEP_AGE_WRAPPED)
        return malformed(err, "X25519 stanza");
    for (size_t j = 0; j < i->identities; j++) {
        const struct pair *pair = &i->secret->pair[j];
        if (crypto_scalarmult(k->shared, pair->identity, share) != 0)
            return malformed(err, "X25519 share of low order");
        keep_age_wrap_key(k, share, pair->recipient);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(k->file, NULL, NULL, s->body, KEEP_AGE_WRAPPED, NULL, 0, zero, k->wrap) == 0)
            return 1;
    }
    return 0;
}

/* Decimal without sign or leading zero; 0: not so. */
static unsigned work_of(struct keep_str s)
{
    unsigned work = 0;

    if (s.n == 0 || s.n > 2 || s.p[0] == '0')
        return 0;
    for (size_t j = 0; j < s.n; j++) {
        if (s.p[j] < '0' || s.p[j] > '9')
            return 0;
        work = 10 * work + (unsigned)(s.p[j] - '0');
    }
    return work;
}

/* Tries the passphrases on an scrypt stanza. 1 opened, 0 none fits. */
static int unlock(struct keep_age_in *i, const struct stanza *s, struct keep_err *err)
{
    static const uint8_t zero[12];
    struct keep_age_keys *k = &i->secret->k;
    uint8_t salt[KEEP_AGE_SALT];
    unsigned work = s->arguments == 2 ? work_of(s->argument[1]) : 0;

    if (work == 0 || !keep_raw64_read(salt, sizeof salt, s->argument[0], KEEP_RAW64_BARE) || s->size != KEEP_AGE_WRAPPED)
        return malformed(err, "scrypt stanza");
    if (work > KEEP_AGE_WORK_MOST)
        return malformed(err, "its passphrase asks for more scrypt work than anybody should");
    for (size_t j = 0; j < i->passphrases; j++) {
        int rc = keep_age_scrypt_key(k, i->passphrase[j], salt, work, err);
        if (rc != 0)
            return rc;
        if (crypto_aead_chacha20poly1305_ietf_decrypt(k->file, NULL, NULL, s->body, KEEP_AGE_WRAPPED, NULL, 0, zero, k->wrap) == 0)
            return 1;
    }
    return 0;
}

static int header_read(struct keep_age_in *i, struct keep_err *err)
{
    struct keep_str rest = {(const char *)i->buf, i->held};
    uint8_t mac[KEEP_AGE_MAC], want[KEEP_AGE_MAC];
    struct stanza passphrase = {.size = 0}; /* the last one: it must be the only one, and costs too much to try before that is seen */
    unsigned stanzas = 0, passphrases = 0;
    int opened = 0;

    if (rest.n < strlen(KEEP_AGE_INTRO) || memcmp(rest.p, KEEP_AGE_INTRO, strlen(KEEP_AGE_INTRO)) != 0)
        return malformed(err, "it does not begin as one");
    next_line(&rest);
    while (rest.n > 0 && rest.p[0] == '-' && memcmp(rest.p, "---", rest.n < 3 ? rest.n : 3) != 0) {
        struct stanza s = {.size = 0};
        if (!stanza_head(&s, next_line(&rest)) || !stanza_body(&s, &rest))
            return malformed(err, "stanza");
        stanzas++;
        if (keep_str_is(s.type, "scrypt")) {
            passphrases++;
            passphrase = s;
        }
        if (opened == 0 && keep_str_is(s.type, "X25519"))
            opened = unwrap(i, &s, err);
        if (opened < 0)
            return opened;
    }
    size_t covered = (size_t)(rest.p - (const char *)i->buf) + 3;
    struct keep_str end = next_line(&rest);
    if (stanzas == 0 || (passphrases > 0 && stanzas > 1))
        return malformed(err, "stanzas");
    if (end.n != 4 + KEEP_AGE_KEY64 || memcmp(end.p, "--- ", 4) != 0 || !keep_raw64_read(mac, KEEP_AGE_MAC, (struct keep_str){end.p + 4, KEEP_AGE_KEY64}, KEEP_RAW64_BARE))
        return malformed(err, "end of the header");
    if (passphrases > 0)
        opened = unlock(i, &passphrase, err);
    if (opened < 0)
        return opened;
    if (opened == 0)
        return keep_err_set(err, KEEP_E_KEY, passphrases > 0 ? "no passphrase opens this age file" : "none of the identities opens this age file");
    keep_age_header_mac(&i->secret->k, i->buf, covered, want);
    if (sodium_memcmp(mac, want, KEEP_AGE_MAC) != 0)
        return malformed(err, "the header was altered");
    return 0;
}

/* Takes header bytes up to the end of the line that begins with "---". */
static int feed_header(struct keep_age_in *i, const uint8_t **p, size_t *n, struct keep_err *err)
{
    while (*n > 0) {
        if (i->held == KEEP_AGE_CHUNK)
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
    size_t take = *n < KEEP_AGE_NONCE - i->held ? *n : KEEP_AGE_NONCE - i->held;

    memcpy(i->buf + i->held, *p, take);
    i->held += take;
    *p += take;
    *n -= take;
    if (i->held < KEEP_AGE_NONCE)
        return;
    keep_age_payload_key(&i->secret->k, i->buf);
    i->held = 0;
    i->state = IN_PAYLOAD;
}

static bool opens(struct keep_age_in *i, const uint8_t *p, size_t n, bool last)
{
    uint8_t nonce[12];

    keep_age_chunk_nonce(nonce, i->counter, last);
    return n >= KEEP_AGE_TAG && keep_aead_ietf_open(i->chunk, p, n, nonce, i->secret->k.payload) == 0;
}

static int altered(const struct keep_age_in *i, struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "age file truncated or altered in chunk %llu", (unsigned long long)i->counter + 1);
}

static int release(struct keep_age_in *i, size_t n, struct keep_err *err)
{
    i->counter++;
    i->held = 0;
    return n > KEEP_AGE_TAG ? i->write(i->ctx, i->chunk, n - KEEP_AGE_TAG, err) : 0;
}

/* A full chunk that something follows. One that is sealed as the last is whole; what follows it is not the file's. */
static int open_full(struct keep_age_in *i, const uint8_t *p, struct keep_err *err)
{
    if (opens(i, p, FULL, false))
        return release(i, FULL, err);
    if (!opens(i, p, FULL, true))
        return altered(i, err);
    i->state = AT_END;
    return release(i, FULL, err);
}

/* What the file ends with. A full chunk that is not the last is whole, but the file is not. */
static int open_last(struct keep_age_in *i, struct keep_err *err)
{
    size_t n = i->held;
    if (opens(i, i->buf, n, true) && !(n == KEEP_AGE_TAG && i->counter > 0))
        return release(i, n, err);
    int rc = n == FULL && opens(i, i->buf, n, false) ? release(i, n, err) : 0;
    return rc < 0 ? rc : altered(i, err);
}

static int feed_payload(struct keep_age_in *i, const uint8_t **p, size_t *n, struct keep_err *err)
{
    int rc = 0;

    if (i->held == FULL) {
        rc = open_full(i, i->buf, err);
    } else if (i->held == 0 && *n > FULL) {
        rc = open_full(i, *p, err);
        *p += FULL;
        *n -= FULL;
    } else {
        size_t take = *n < FULL - i->held ? *n : FULL - i->held;
        memcpy(i->buf + i->held, *p, take);
        i->held += take;
        *p += take;
        *n -= take;
    }
    return rc;
}

/* Bytes of the binary form. */
static int feed(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct keep_age_in *i = ctx;
    const uint8_t *in = p;

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

int keep_age_in_add(struct keep_age_in *i, const void *p, size_t n, struct keep_err *err)
{
    if (i->failed)
        return keep_err_set(err, i->failed, "this age file failed before");
    if (n == 0)
        return 0;
    if (!i->begun && *(const char *)p != KEEP_AGE_INTRO[0])
        i->failed = keep_armor_in_new(&i->armor, feed, i, err);
    i->begun = true;
    if (i->failed == 0)
        i->failed = i->armor ? keep_armor_in_add(i->armor, p, n, err) : feed(i, p, n, err);
    return i->failed;
}

int keep_age_in_finish(struct keep_age_in *i, struct keep_err *err)
{
    if (i->failed)
        return keep_err_set(err, i->failed, "this age file failed before");
    if (i->armor)
        i->failed = keep_armor_in_finish(i->armor, err);
    if (i->failed)
        return i->failed;
    if (i->state != IN_PAYLOAD)
        i->failed = keep_err_set(err, KEEP_E_INTEGRITY, "age file truncated in its header");
    else
        i->failed = open_last(i, err);
    i->state = AT_END;
    return i->failed;
}
