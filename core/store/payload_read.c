/* Reading payloads, chunk by chunk or whole. What is handed out has held its
 * seal; that it is all, and the row's own, is told by the tags at the end. */
#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/inside.h"
#include "core/store/payload_inside.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

struct keep_payload_reader {
    struct keep_store *s;
    struct keep_payload p;
    const uint8_t *key;
    uint64_t chunk, bytes;
    bool ended;
    uint8_t tag[KEEP_PAYLOAD_TAGS]; /* of a payload of one chunk */
    struct keep_payload_tools *tools;
    struct keep_buf piece;
};

/* What a reader works with. The store keeps one set, so that the reading of many small records makes none. */
struct keep_payload_tools {
    uint8_t *key;         /* in secret memory, and behind it the room for another */
    struct keep_squeeze *z;
    struct keep_buf open; /* a zstd frame */
    struct keep_buf joined, text; /* a text and its piece; the text */
    struct keep_hash_stream *tags;
    bool lent;
};

void keep_payload_tools_free(struct keep_payload_tools *t)
{
    if (!t)
        return;
    keep_secret_free(t->key);
    keep_squeeze_free(t->z);
    keep_hash_stream_free(t->tags);
    keep_buf_free(&t->open);
    keep_buf_free(&t->joined);
    keep_buf_free(&t->text);
    free(t);
}

static int tools_new(struct keep_payload_tools **out, struct keep_err *err)
{
    struct keep_payload_tools *t = calloc(1, sizeof *t);
    void *key = NULL;
    int rc;

    if (!t)
        return no_memory(err);
    if ((rc = keep_secret_new(&key, 2 * KEEP_KEY_SIZE, err)) == 0 && (rc = keep_squeeze_new(&t->z, 1, err)) == 0)
        rc = keep_hash_stream_new(&t->tags, err);
    if (rc == 0)
        rc = keep_squeeze_phrases(t->z, err);
    t->key = key;
    if (rc < 0)
        keep_payload_tools_free(t);
    else
        *out = t;
    return rc;
}

static int tools_take(struct keep_store *s, struct keep_payload_tools **out, struct keep_err *err)
{
    struct keep_payload_tools **kept = keep_store_payload_tools(s);
    int rc;

    if (*kept && (*kept)->lent)
        return tools_new(out, err); /* another reader is open */
    if (!*kept && (rc = tools_new(kept, err)) < 0)
        return rc;
    (*kept)->lent = true;
    keep_buf_clear(&(*kept)->text);
    *out = *kept;
    return 0;
}

int keep_payload_room(struct keep_store *s, uint8_t **key, struct keep_err *err)
{
    struct keep_payload_tools **kept = keep_store_payload_tools(s);
    int rc = *kept ? 0 : tools_new(kept, err);

    if (rc == 0)
        *key = (*kept)->key + KEEP_KEY_SIZE;
    return rc;
}

static void tools_give(struct keep_store *s, struct keep_payload_tools *t)
{
    if (t && t == *keep_store_payload_tools(s)) {
        keep_secret_wipe(t->key, KEEP_KEY_SIZE);
        keep_secret_wipe(t->open.p, t->open.n);
        keep_secret_wipe(t->joined.p, t->joined.n);
        keep_secret_wipe(t->text.p, t->text.n);
        t->lent = false;
    } else {
        keep_payload_tools_free(t);
    }
}

static int malformed(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "payload: a chunk is malformed");
}

/* A text and so many bytes of a piece: the one to the reader, the others behind out. */
static int parted(struct keep_payload_reader *r, struct keep_str joined, size_t want, struct keep_buf *out, struct keep_err *err)
{
    size_t n = joined.n < 4 ? 0 : joined.n - 4;
    uint32_t text = 0;

    for (int i = 3; i >= 0 && joined.n >= 4; i--)
        text = text << 8 | (uint8_t)joined.p[i];
    if (n < want || n - want != text || text == 0)
        return malformed(err);
    keep_buf_add(&r->tools->text, joined.p + 4, text);
    keep_buf_add(out, joined.p + 4 + text, want);
    return r->tools->text.failed || out->failed ? no_memory(err) : 0;
}

/* Opens the next chunk behind out. */
static int chunk_open(struct keep_payload_reader *r, struct keep_str body, struct keep_buf *out, struct keep_err *err)
{
    bool last = r->bytes + KEEP_PAYLOAD_CHUNK >= r->p.size, packed = body.p[0] & KEEP_PAYLOAD_ZSTD, text = body.p[0] & KEEP_PAYLOAD_TEXTED;
    size_t want = last ? (size_t)(r->p.size - r->bytes) : KEEP_PAYLOAD_CHUNK, n = body.n - 1 - KEEP_AEAD_OVERHEAD, most = want + (text ? KEEP_PAYLOAD_TEXT_ROOM : 0), had;
    struct keep_buf *plain = text ? &r->tools->joined : out, *to = packed ? &r->tools->open : plain;
    uint8_t form = (uint8_t)body.p[0], ad[KEEP_PAYLOAD_AD];
    int rc = 0;

    if (text)
        keep_buf_clear(plain);
    if (packed)
        keep_buf_clear(to);
    had = plain->n;
    if (form > (KEEP_PAYLOAD_ZSTD | KEEP_PAYLOAD_TEXTED) || (text && (r->chunk > 0 || !last)) || n > (packed ? KEEP_PAYLOAD_CHUNK + KEEP_PAYLOAD_TEXT_ROOM : most) || (!packed && !text && n != want))
        return malformed(err);
    if (!keep_buf_reserve(to, n + 1))
        return no_memory(err);
    keep_payload_inside_ad(ad, &r->p, r->chunk, last, form);
    if (keep_aead_open(to->p + to->n, (const uint8_t *)body.p + 1, body.n - 1, ad, sizeof ad, r->key) < 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, "payload: its seal is broken");
    to->n += n;
    if (packed)
        rc = keep_squeeze_unpack(r->tools->z, to->p, to->n, most, plain, err);
    if (rc == 0 && text)
        rc = parted(r, keep_buf_view(plain), want, out, err);
    else if (rc == 0 && plain->n - had != want)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "payload: not of its recorded size");
    r->bytes += want;
    return rc;
}

static int chunk_read(struct keep_payload_reader *r, struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    struct keep_str body;
    int rc;

    if ((rc = keep_batch_flush(r->s, KEEP_BATCH_PAYLOAD, err)) < 0 || (rc = keep_store_prepare(r->s, keep_store_db(r->s), "SELECT body FROM payload WHERE id=?1", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, r->p.first + (int64_t)r->chunk);
    if ((rc = keep_rowio_next(st, "reading a payload", err)) <= 0)
        return rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "payload: a chunk is missing");
    body = keep_rowio_blob_at(st, 0);
    if (body.n < 1 + KEEP_AEAD_OVERHEAD) {
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "payload: too short to be sealed");
    } else {
        if (r->p.size > KEEP_PAYLOAD_CHUNK)
            keep_hash_stream_add(r->tools->tags, body.p + body.n - KEEP_AEAD_TAG, KEEP_AEAD_TAG);
        else
            keep_payload_inside_tag(r->tag, (const uint8_t *)body.p + body.n - KEEP_AEAD_TAG);
        rc = chunk_open(r, body, out, err);
    }
    sqlite3_reset(st);
    r->chunk++;
    return rc;
}

/* After the last chunk: they are the ones that the row names. */
static int tags_check(struct keep_payload_reader *r, struct keep_err *err)
{
    uint8_t had[KEEP_PAYLOAD_TAGS];

    r->ended = true;
    if (r->p.size > KEEP_PAYLOAD_CHUNK || r->p.size == 0)
        keep_hash_stream_end(r->tools->tags, had);
    else
        memcpy(had, r->tag, sizeof had);
    return memcmp(had, r->p.tags, sizeof had) == 0 ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "payload: a chunk is not the one its record names");
}

int keep_payload_open(struct keep_payload_reader **out, struct keep_store *s, const struct keep_payload *p, const uint8_t key[32], struct keep_err *err)
{
    struct keep_payload_reader *r;
    int rc;

    if (p->size > KEEP_PULL_MAX || (p->size > 0 && p->first <= 0))
        return keep_err_set(err, KEEP_E_INTEGRITY, "payload: its record is malformed");
    if (!(r = calloc(1, sizeof *r)))
        return no_memory(err);
    r->s = s;
    if ((rc = tools_take(s, &r->tools, err)) < 0) {
        keep_payload_close(r);
        return rc;
    }
    r->p = *p;
    memcpy(r->tools->key, key, KEEP_KEY_SIZE);
    r->key = r->tools->key;
    keep_hash_stream_start(r->tools->tags, NULL);
    *out = r;
    return 0;
}

int keep_payload_next(struct keep_payload_reader *r, const void **piece, size_t *n, struct keep_err *err)
{
    int rc;

    if (r->ended)
        return 0;
    if (r->chunk == keep_payload_inside_chunks(r->p.size))
        return tags_check(r, err);
    keep_buf_clear(&r->piece);
    if ((rc = chunk_read(r, &r->piece, err)) < 0)
        return rc;
    *piece = r->piece.p;
    *n = r->piece.n;
    return 1;
}

void keep_payload_close(struct keep_payload_reader *r)
{
    if (!r)
        return;
    tools_give(r->s, r->tools);
    keep_buf_free(&r->piece);
    free(r);
}

struct keep_str keep_payload_said(const struct keep_payload_reader *r)
{
    return keep_buf_view(&r->tools->text);
}

int keep_payload_text(struct keep_store *s, const struct keep_payload *p, const uint8_t key[32], struct keep_buf *out, struct keep_err *err)
{
    struct keep_payload_reader *r;
    const void *piece;
    size_t n;
    int rc;

    if ((rc = keep_payload_open(&r, s, p, key, err)) < 0)
        return rc;
    while ((rc = keep_payload_next(r, &piece, &n, err)) > 0)
        continue;
    if (rc == 0 && keep_payload_said(r).n == 0)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "payload: nothing is sealed with it");
    if (rc == 0)
        keep_buf_add(out, keep_payload_said(r).p, keep_payload_said(r).n);
    keep_payload_close(r);
    return rc == 0 && out->failed ? no_memory(err) : rc;
}

int keep_payload_whole(struct keep_store *s, const struct keep_payload *p, const uint8_t key[32], struct keep_buf *out, struct keep_err *err)
{
    struct keep_payload_reader r = {.s = s, .p = *p, .key = key};
    size_t before = out->n;
    int rc;

    if (p->size > SIZE_MAX / 2 || p->first <= 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, "payload: its record is malformed");
    if (!keep_buf_reserve(out, (size_t)p->size + 1))
        return no_memory(err);
    if ((rc = tools_take(s, &r.tools, err)) < 0)
        return rc;
    keep_hash_stream_start(r.tools->tags, NULL);
    while (rc == 0 && r.chunk < keep_payload_inside_chunks(p->size))
        rc = chunk_read(&r, out, err);
    if (rc == 0)
        rc = tags_check(&r, err);
    tools_give(s, r.tools);
    if (rc < 0)
        out->n = before;
    return rc;
}
