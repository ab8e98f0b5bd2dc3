/* Payloads in sealed chunks, of which one at a time is in memory: writing them.
 *
 * A chunk cannot be dropped, moved to another place, record or version, or made
 * the last: place and last are in its associated data. A chunk sealed by an
 * abandoned attempt at the same place is told by the tags.
 *
 * Scans, films and PDFs are compressed already. A chunk from which zstd takes
 * less than a sixteenth is stored as it is, and the more of them come in a row,
 * the fewer of the following are tried at all, up to one in PATIENCE. */
#include <assert.h>

#include "core/crypto/hash.h"
#include "core/store/inside.h"
#include "core/store/payload_inside.h"

#define PATIENCE 64 /* 4 MiB: what a picture behind a long text costs at most before it is noticed */
#define DENSE 3 /* zstd level: beyond it a record of a kilobyte gains next to nothing */

static_assert(KEEP_PAYLOAD_CHUNK == 65536, "the number stands in KEEP_PAYLOAD_CHUNKS_SQL");

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- writing ---------------------------------------------------------------------- */

bool keep_payload_takes(const struct keep_payload_from *from)
{
    return !from->pull && from->whole.n > 0 && from->whole.n <= KEEP_PAYLOAD_CHUNK && from->text.n <= KEEP_PAYLOAD_TEXT;
}

size_t keep_payload_tags(uint64_t size)
{
    return size > KEEP_PAYLOAD_CHUNK ? KEEP_PAYLOAD_TAGS : size ? KEEP_AEAD_TAG : 0;
}

int keep_payload_press_init(struct keep_payload_press *w, struct keep_err *err)
{
    int rc = keep_squeeze_new(&w->z, DENSE, err);

    return rc < 0 ? rc : keep_squeeze_phrases(w->z, err);
}

void keep_payload_press_done(struct keep_payload_press *w)
{
    keep_squeeze_free(w->z);
    keep_buf_free(&w->joined);
    keep_buf_free(&w->packed);
    keep_buf_free(&w->body);
    w->z = NULL;
}

struct writer {
    struct keep_store *s;
    struct keep_payload_press *press;
    struct keep_payload *p;
    const uint8_t *key;
    uint64_t chunk, bytes;
    unsigned futile, pass; /* chunks in a row that did not shrink; how many of the next are not tried */
    struct keep_hash_stream *tags, *content;
};

static int shrink(struct writer *w, struct keep_str *piece, uint8_t *form, struct keep_err *err)
{
    struct keep_buf *packed = &w->press->packed;
    int rc;

    if (w->pass > 0) {
        w->pass--;
        return 0;
    }
    keep_buf_clear(packed);
    if ((rc = keep_squeeze_pack(w->press->z, piece->p, piece->n, packed, err)) < 0)
        return rc;
    if (packed->n >= piece->n - piece->n / 16) {
        w->futile = w->futile ? w->futile * 2 : 1;
        if (w->futile > PATIENCE)
            w->futile = PATIENCE;
        w->pass = w->futile;
        return 0;
    }
    w->futile = 0;
    *piece = keep_buf_view(packed);
    *form |= KEEP_PAYLOAD_ZSTD;
    return 0;
}

/* The only chunk of most payloads waits with others of its transaction. */
static int chunk_wait(struct writer *w, struct keep_err *err)
{
    int64_t *next = keep_store_next_payload(w->s);
    struct keep_buf *row;
    int rc;

    if (*next == 0) {
        if ((rc = keep_rowio_number(w->s, "SELECT max(id) FROM payload", 0, next, err)) < 0)
            return rc;
        ++*next;
    }
    row = keep_batch_row(w->s, KEEP_BATCH_PAYLOAD, "INSERT OR FAIL INTO payload(id, body) SELECT c1, c2 FROM batch(?1)", 2);
    keep_batch_int(row, *next);
    keep_batch_blob(row, w->press->body.p, w->press->body.n);
    w->p->first = (*next)++;
    return keep_batch_end(w->s, KEEP_BATCH_PAYLOAD, err);
}

static int chunk_insert(struct writer *w, struct keep_err *err)
{
    sqlite3 *db = keep_store_db(w->s);
    sqlite3_stmt *st;
    int rc;

    *keep_store_next_payload(w->s) = 0;
    if ((rc = keep_batch_flush(w->s, KEEP_BATCH_PAYLOAD, err)) < 0 || (rc = keep_store_prepare(w->s, db, "INSERT INTO payload(body) VALUES(?1)", &st, err)) < 0)
        return rc;
    sqlite3_bind_blob64(st, 1, w->press->body.p, w->press->body.n, SQLITE_STATIC);
    if ((rc = keep_rowio_run(st, "writing a payload", err)) < 0)
        return rc;
    if (w->chunk == 0)
        w->p->first = sqlite3_last_insert_rowid(db);
    else if (sqlite3_last_insert_rowid(db) != w->p->first + (int64_t)w->chunk)
        return keep_err_set(err, KEEP_E_IO, "chunks of a payload do not get rows in order");
    return 0;
}

/* A piece as a chunk of that form, and smaller where that pays. */
static int chunk_write(struct writer *w, struct keep_str piece, bool last, uint8_t form, struct keep_err *err)
{
    struct keep_buf *body = &w->press->body;
    uint8_t ad[KEEP_PAYLOAD_AD];
    int rc;

    w->bytes += piece.n;
    if ((rc = shrink(w, &piece, &form, err)) < 0)
        return rc;
    keep_buf_clear(body);
    if (!keep_buf_reserve(body, 1 + piece.n + KEEP_AEAD_OVERHEAD))
        return no_memory(err);
    body->p[0] = form;
    keep_payload_inside_ad(ad, w->p, w->chunk, last, form);
    keep_aead_seal(body->p + 1, piece.p, piece.n, ad, sizeof ad, w->key);
    body->n = 1 + piece.n + KEEP_AEAD_OVERHEAD;
    if (w->tags)
        keep_hash_stream_add(w->tags, body->p + body->n - KEEP_AEAD_TAG, KEEP_AEAD_TAG);
    else
        keep_payload_inside_tag(w->p->tags, body->p + body->n - KEEP_AEAD_TAG);
    if ((rc = w->tags || w->content ? chunk_insert(w, err) : chunk_wait(w, err)) < 0)
        return rc;
    w->chunk++;
    return 0;
}

static int whole_write(struct writer *w, struct keep_str s, struct keep_err *err)
{
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < s.n; at += KEEP_PAYLOAD_CHUNK) {
        size_t n = s.n - at < KEEP_PAYLOAD_CHUNK ? s.n - at : KEEP_PAYLOAD_CHUNK;
        rc = chunk_write(w, (struct keep_str){s.p + at, n}, at + n == s.n, 0, err);
    }
    return rc;
}

/* The only piece, with its text before it. */
static int joined_write(struct writer *w, const struct keep_payload_from *from, struct keep_err *err)
{
    struct keep_buf *joined = &w->press->joined;

    keep_buf_clear(joined);
    keep_buf_bytes(joined, from->text.p, from->text.n);
    keep_buf_add(joined, from->whole.p, from->whole.n);
    return joined->failed ? no_memory(err) : chunk_write(w, keep_buf_view(joined), true, KEEP_PAYLOAD_TEXTED, err);
}

/* A full chunk, or what is left. */
static int fill(struct keep_pull *from, uint8_t *p, size_t *n, struct keep_err *err)
{
    size_t got;
    int rc;

    for (*n = 0; *n < KEEP_PAYLOAD_CHUNK; *n += got) {
        if ((rc = from->read(from->ctx, p + *n, KEEP_PAYLOAD_CHUNK - *n, &got, err)) < 0)
            return rc;
        if (got == 0)
            break;
    }
    return 0;
}

/* One chunk is read ahead of the one written: whether that is the last stands in its seal. */
static int pull_write(struct writer *w, struct keep_pull *from, struct keep_err *err)
{
    struct keep_buf room = KEEP_BUF_INIT;
    uint8_t *now, *ahead, had[32];
    size_t n, more = 0;
    int rc;

    if (!keep_buf_reserve(&room, 2 * KEEP_PAYLOAD_CHUNK))
        return no_memory(err);
    now = room.p;
    ahead = now + KEEP_PAYLOAD_CHUNK;
    room.n = 2 * KEEP_PAYLOAD_CHUNK; /* all of it is wiped */
    rc = fill(from, now, &n, err);
    for (; rc == 0 && n > 0; n = more) {
        uint8_t *t = now;
        keep_hash_stream_add(w->content, now, n);
        more = 0; /* a short chunk is the last, whatever a file that grows would still give */
        if (w->bytes + n > from->size || (n == KEEP_PAYLOAD_CHUNK && (rc = fill(from, ahead, &more, err)) < 0))
            break;
        rc = chunk_write(w, (struct keep_str){(const char *)now, n}, more == 0, 0, err);
        now = ahead;
        ahead = t;
    }
    keep_hash_stream_end(w->content, had);
    if (rc == 0 && (n > 0 || w->bytes != from->size || memcmp(had, from->content, sizeof had) != 0))
        rc = keep_err_set(err, KEEP_E_INPUT, "a file changed while it was read");
    keep_buf_free(&room);
    return rc;
}

/* One chunk has one tag: most records need no stream. */
static int streams_new(struct writer *w, bool pulled, struct keep_err *err)
{
    int rc = 0;

    if (w->p->size > KEEP_PAYLOAD_CHUNK && (rc = keep_hash_stream_new(&w->tags, err)) == 0)
        keep_hash_stream_start(w->tags, NULL);
    if (rc == 0 && pulled && (rc = keep_hash_stream_new(&w->content, err)) == 0)
        keep_hash_stream_start(w->content, NULL);
    return rc;
}

/* A statement of the transaction's own. */
static int mark(struct keep_store *s, const char *sql, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    return rc < 0 ? rc : keep_rowio_run(st, "writing a payload", err);
}

/* What is pulled can end badly although all is well with the keep. */
static int marked_write(struct writer *w, struct keep_pull *from, struct keep_err *err)
{
    int rc = keep_batch_flush(w->s, KEEP_BATCH_PAYLOAD, err); /* those of others are not taken back */

    if (rc < 0 || (rc = mark(w->s, "SAVEPOINT payload", err)) < 0)
        return rc;
    if ((rc = pull_write(w, from, err)) == 0)
        return mark(w->s, "RELEASE payload", err);
    if (mark(w->s, "ROLLBACK TO payload", NULL) < 0 || mark(w->s, "RELEASE payload", NULL) < 0)
        return rc == KEEP_E_INPUT || rc == KEEP_E_INTERRUPTED ? keep_err_set(err, KEEP_E_IO, "half a payload cannot be taken back") : rc;
    return rc;
}

int keep_payload_write(struct keep_store *s, struct keep_payload_press *press, struct keep_payload *p, const struct keep_payload_from *from, const uint8_t key[32], struct keep_err *err)
{
    struct writer w = {.s = s, .press = press, .p = p, .key = key};
    int rc;

    p->first = 0;
    p->size = from->pull ? from->pull->size : from->whole.n;
    if (p->size > KEEP_PULL_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "a payload of more than 1 TiB");
    if ((rc = streams_new(&w, from->pull != NULL, err)) == 0)
        rc = from->pull ? marked_write(&w, from->pull, err) : from->text.n ? joined_write(&w, from, err) : whole_write(&w, from->whole, err);
    if (rc == 0 && w.tags)
        keep_hash_stream_end(w.tags, p->tags);
    keep_hash_stream_free(w.tags);
    keep_hash_stream_free(w.content);
    return rc;
}

/* --- erasing ---------------------------------------------------------------------- */

int keep_payload_erase(struct keep_store *s, uint64_t record, struct keep_err *err)
{
    sqlite3_stmt *find, *drop;
    int64_t first = 0, chunks;
    int rc;

    for (;;) { /* statements of the cache run one at a time: versions are found one by one */
        if ((rc = keep_store_prepare(s, keep_store_db(s), "SELECT payload, " KEEP_PAYLOAD_CHUNKS_SQL " FROM version WHERE record=?1 AND payload>?2 ORDER BY payload LIMIT 1", &find, err)) < 0)
            return rc;
        sqlite3_bind_int64(find, 1, (int64_t)record);
        sqlite3_bind_int64(find, 2, first);
        if ((rc = keep_rowio_next(find, "finding a payload", err)) <= 0)
            return rc;
        first = sqlite3_column_int64(find, 0);
        chunks = sqlite3_column_int64(find, 1);
        sqlite3_reset(find);
        if ((rc = keep_store_prepare(s, keep_store_db(s), "DELETE FROM payload WHERE id>=?1 AND id<?1+?2", &drop, err)) < 0)
            return rc;
        sqlite3_bind_int64(drop, 1, first);
        sqlite3_bind_int64(drop, 2, chunks);
        if ((rc = keep_rowio_run(drop, "erasing a payload", err)) < 0)
            return rc;
    }
}
