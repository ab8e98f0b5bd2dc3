/* Sealing below the page.
 *
 * The page's seal keeps strangers out; this one can be taken away from a single
 * record or patient, by destroying a key. So everything under it is bound to
 * its owner and place through associated data, and a payload's last chunk says
 * that it is the last: chunks cannot be dropped, swapped or moved. */
#include "core/store/seal.h"

#include "core/crypto/aead.h"
#include "core/crypto/secret.h"

int keep_seal_keys_new(struct keep_seal_keys **out, const struct keep_store *s, struct keep_err *err)
{
    void *p;
    struct keep_seal_keys *k;
    int rc = keep_secret_new(&p, sizeof *k, err);

    if (rc < 0)
        return rc;
    k = p;
    keep_store_subkey(s, "identifier index", k->index);
    keep_store_subkey(s, "row digest", k->digest);
    keep_store_subkey(s, "row leaf", k->leaf);
    *out = k;
    return 0;
}

void keep_seal_keys_free(struct keep_seal_keys *k)
{
    keep_secret_free(k);
}

static size_t put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
    return 8;
}

#define LABEL_MAX 16
#define AD_MAX (LABEL_MAX + 8 * 4)

static size_t associated(uint8_t ad[AD_MAX], const char *label, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    size_t n = strlen(label);

    memset(ad, 0, LABEL_MAX);
    memcpy(ad, label, n < LABEL_MAX ? n : LABEL_MAX);
    n = LABEL_MAX;
    n += put64(ad + n, a);
    n += put64(ad + n, b);
    n += put64(ad + n, c);
    n += put64(ad + n, d);
    return n;
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int seal(struct keep_buf *out, const void *p, size_t n, const uint8_t *ad, size_t adlen, const uint8_t key[32], struct keep_err *err)
{
    if (!keep_buf_reserve(out, n + KEEP_AEAD_OVERHEAD))
        return no_memory(err);
    keep_aead_seal(out->p + out->n, p, n, ad, adlen, key);
    out->n += n + KEEP_AEAD_OVERHEAD;
    return 0;
}

static int open_sealed(struct keep_buf *out, struct keep_str sealed, const uint8_t *ad, size_t adlen, const uint8_t key[32], const char *what, struct keep_err *err)
{
    size_t n;

    if (sealed.n < KEEP_AEAD_OVERHEAD)
        return keep_err_set(err, KEEP_E_INTEGRITY, "%s: too short to be sealed", what);
    n = sealed.n - KEEP_AEAD_OVERHEAD;
    if (!keep_buf_reserve(out, n + 1))
        return no_memory(err);
    if (keep_aead_open(out->p + out->n, (const uint8_t *)sealed.p, sealed.n, ad, adlen, key) < 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, "%s: its seal is broken", what);
    out->n += n;
    return 0;
}

int keep_seal_text(struct keep_buf *out, struct keep_str plain, const char *label, uint64_t a, uint64_t b, const uint8_t key[32], struct keep_err *err)
{
    uint8_t ad[AD_MAX];
    size_t n = associated(ad, label, a, b, 0, 1);

    return seal(out, plain.p, plain.n, ad, n, key, err);
}

int keep_seal_open_text(struct keep_buf *out, struct keep_str sealed, const char *label, uint64_t a, uint64_t b, const uint8_t key[32], struct keep_err *err)
{
    uint8_t ad[AD_MAX];
    size_t n = associated(ad, label, a, b, 0, 1);

    return open_sealed(out, sealed, ad, n, key, label, err);
}

static int chunk_write(struct keep_store *s, const struct keep_buf *chunk, int64_t *first, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "INSERT INTO payload(body) VALUES(?1)", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_blob64(st, 1, chunk->p, chunk->n, SQLITE_STATIC);
    if ((rc = keep_rowio_run(st, "writing a payload", err)) < 0)
        return rc;
    if (*first == 0)
        *first = sqlite3_last_insert_rowid(keep_store_db(s));
    return 0;
}

int keep_seal_payload(struct keep_store *s, struct keep_squeeze *z, uint64_t record, uint32_t version, struct keep_str plain, const uint8_t key[32],
                      int64_t *first, struct keep_buf *tags, struct keep_err *err)
{
    struct keep_buf frame = KEEP_BUF_INIT, chunk = KEEP_BUF_INIT;
    uint8_t ad[AD_MAX];
    int64_t id = 0;
    int rc;

    if (plain.n > KEEP_SEAL_PAYLOAD_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "a payload is larger than 1 GiB");
    if ((rc = keep_squeeze_pack(z, plain.p, plain.n, &frame, err)) < 0)
        goto out;
    for (size_t at = 0, i = 0; at < frame.n; at += KEEP_SEAL_CHUNK, i++) {
        size_t n = frame.n - at < KEEP_SEAL_CHUNK ? frame.n - at : KEEP_SEAL_CHUNK;
        keep_buf_clear(&chunk);
        if ((rc = seal(&chunk, frame.p + at, n, ad, associated(ad, "payload", record, version, i, at + n == frame.n), key, err)) < 0 ||
            (rc = chunk_write(s, &chunk, &id, err)) < 0)
            goto out;
        keep_buf_add(tags, chunk.p + chunk.n - KEEP_AEAD_TAG, KEEP_AEAD_TAG);
    }
    *first = id;
    rc = tags->failed ? no_memory(err) : 0;
out:
    keep_buf_free(&frame);
    keep_buf_free(&chunk);
    return rc;
}

static int chunk_read(struct keep_store *s, int64_t id, struct keep_str tag, const uint8_t *ad, size_t adlen, const uint8_t key[32], struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    struct keep_str body;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT body FROM payload WHERE id=?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, id);
    if ((rc = keep_rowio_next(st, "reading a payload", err)) <= 0)
        return rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "payload: a chunk is missing");
    body = keep_rowio_blob_at(st, 0);
    if (body.n < KEEP_AEAD_OVERHEAD || memcmp(body.p + body.n - KEEP_AEAD_TAG, tag.p, KEEP_AEAD_TAG) != 0)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "payload: a chunk is not the one its record names");
    else
        rc = open_sealed(out, body, ad, adlen, key, "payload", err);
    sqlite3_reset(st);
    return rc;
}

int keep_seal_open_payload(struct keep_store *s, struct keep_squeeze *z, uint64_t record, uint32_t version, int64_t first, struct keep_str tags, uint64_t size,
                           const uint8_t key[32], struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf frame = KEEP_BUF_INIT;
    size_t chunks = tags.n / KEEP_AEAD_TAG, before = out->n;
    uint8_t ad[AD_MAX];
    int rc = 0;

    if (tags.n % KEEP_AEAD_TAG || size > KEEP_SEAL_PAYLOAD_MAX)
        return keep_err_set(err, KEEP_E_INTEGRITY, "payload: its record is malformed");
    for (size_t i = 0; i < chunks; i++) {
        struct keep_str tag = {tags.p + i * KEEP_AEAD_TAG, KEEP_AEAD_TAG};
        size_t n = associated(ad, "payload", record, version, i, i + 1 == chunks);
        if ((rc = chunk_read(s, first + (int64_t)i, tag, ad, n, key, &frame, err)) < 0)
            goto out;
    }
    if ((rc = keep_squeeze_unpack(z, frame.p, frame.n, (size_t)size, out, err)) < 0)
        goto out;
    if (out->n - before != size)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "payload: not of its recorded size");
out:
    keep_buf_free(&frame);
    return rc;
}
