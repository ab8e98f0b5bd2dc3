/* Payloads in sealed chunks, of which one at a time is in memory.
 *
 * A chunk cannot be dropped, moved to another place, record or version, or made
 * the last: place and last are in its associated data. A chunk sealed by an
 * abandoned attempt at the same place is told by the tags.
 *
 * Scans, films and PDFs are compressed already. A chunk from which zstd takes
 * less than a sixteenth is stored as it is, and the more of them come in a row,
 * the fewer of the following are tried at all, up to one in PATIENCE. */
#include "core/store/payload.h"

#include <assert.h>
#include <stdlib.h>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/inside.h"

#define PATIENCE 64 /* 4 MiB: what a picture behind a long text costs at most before it is noticed */

enum form { FORM_PLAIN, FORM_ZSTD };
static const char label[16] = "payload";
enum { AD = sizeof label + 8 * 4 };

static_assert(KEEP_PAYLOAD_CHUNK == 65536, "the number stands in KEEP_PAYLOAD_CHUNKS_SQL");

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static void put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t chunks_of(uint64_t size)
{
    return size / KEEP_PAYLOAD_CHUNK + (size % KEEP_PAYLOAD_CHUNK != 0);
}

static void associated(uint8_t ad[AD], const struct keep_payload *p, uint64_t chunk, bool last, uint8_t form)
{
    memcpy(ad, label, sizeof label);
    put64(ad + sizeof label, p->record);
    put64(ad + sizeof label + 8, p->version);
    put64(ad + sizeof label + 16, chunk);
    put64(ad + sizeof label + 24, last | (uint64_t)form << 8);
}

/* --- writing ---------------------------------------------------------------------- */

struct writer {
    struct keep_store *s;
    struct keep_squeeze *z;
    struct keep_payload *p;
    const uint8_t *key;
    uint64_t chunk, bytes;
    unsigned futile, pass; /* chunks in a row that did not shrink; how many of the next are not tried */
    struct keep_buf packed, body;
    struct keep_hash_stream *tags, *content;
};

static int shrink(struct writer *w, struct keep_str *piece, enum form *form, struct keep_err *err)
{
    int rc;

    *form = FORM_PLAIN;
    if (w->pass > 0) {
        w->pass--;
        return 0;
    }
    keep_buf_clear(&w->packed);
    if ((rc = keep_squeeze_pack(w->z, piece->p, piece->n, &w->packed, err)) < 0)
        return rc;
    if (w->packed.n >= piece->n - piece->n / 16) {
        w->futile = w->futile ? w->futile * 2 : 1;
        if (w->futile > PATIENCE)
            w->futile = PATIENCE;
        w->pass = w->futile;
        return 0;
    }
    w->futile = 0;
    *piece = keep_buf_view(&w->packed);
    *form = FORM_ZSTD;
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
    keep_batch_blob(row, w->body.p, w->body.n);
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
    sqlite3_bind_blob64(st, 1, w->body.p, w->body.n, SQLITE_STATIC);
    if ((rc = keep_rowio_run(st, "writing a payload", err)) < 0)
        return rc;
    if (w->chunk == 0)
        w->p->first = sqlite3_last_insert_rowid(db);
    else if (sqlite3_last_insert_rowid(db) != w->p->first + (int64_t)w->chunk)
        return keep_err_set(err, KEEP_E_IO, "chunks of a payload do not get rows in order");
    return 0;
}

static void only_tag(uint8_t tags[KEEP_PAYLOAD_TAGS], const uint8_t tag[KEEP_AEAD_TAG])
{
    memset(tags, 0, KEEP_PAYLOAD_TAGS);
    memcpy(tags, tag, KEEP_AEAD_TAG);
}

static int chunk_write(struct writer *w, struct keep_str piece, bool last, struct keep_err *err)
{
    uint8_t ad[AD];
    enum form form;
    int rc;

    w->bytes += piece.n;
    if ((rc = shrink(w, &piece, &form, err)) < 0)
        return rc;
    keep_buf_clear(&w->body);
    if (!keep_buf_reserve(&w->body, 1 + piece.n + KEEP_AEAD_OVERHEAD))
        return no_memory(err);
    w->body.p[0] = (uint8_t)form;
    associated(ad, w->p, w->chunk, last, (uint8_t)form);
    keep_aead_seal(w->body.p + 1, piece.p, piece.n, ad, sizeof ad, w->key);
    w->body.n = 1 + piece.n + KEEP_AEAD_OVERHEAD;
    if (w->tags)
        keep_hash_stream_add(w->tags, w->body.p + w->body.n - KEEP_AEAD_TAG, KEEP_AEAD_TAG);
    else
        only_tag(w->p->tags, w->body.p + w->body.n - KEEP_AEAD_TAG);
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
        rc = chunk_write(w, (struct keep_str){s.p + at, n}, at + n == s.n, err);
    }
    return rc;
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
        rc = chunk_write(w, (struct keep_str){(const char *)now, n}, more == 0, err);
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

int keep_payload_write(struct keep_store *s, struct keep_squeeze *z, struct keep_payload *p, const struct keep_payload_from *from, const uint8_t key[32], struct keep_err *err)
{
    struct writer w = {.s = s, .z = z, .p = p, .key = key};
    int rc;

    p->first = 0;
    p->size = from->pull ? from->pull->size : from->whole.n;
    if (p->size > KEEP_PULL_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "a payload of more than 1 TiB");
    if ((rc = streams_new(&w, from->pull != NULL, err)) == 0)
        rc = from->pull ? marked_write(&w, from->pull, err) : whole_write(&w, from->whole, err);
    if (rc == 0 && w.tags)
        keep_hash_stream_end(w.tags, p->tags);
    keep_hash_stream_free(w.tags);
    keep_hash_stream_free(w.content);
    keep_buf_free(&w.packed);
    keep_buf_free(&w.body);
    return rc;
}

/* --- reading ---------------------------------------------------------------------- */

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
        t->lent = false;
    } else {
        keep_payload_tools_free(t);
    }
}

/* Opens the next chunk behind out. */
static int chunk_open(struct keep_payload_reader *r, struct keep_str body, struct keep_buf *out, struct keep_err *err)
{
    bool last = r->bytes + KEEP_PAYLOAD_CHUNK >= r->p.size;
    size_t want = last ? (size_t)(r->p.size - r->bytes) : KEEP_PAYLOAD_CHUNK, n = body.n - 1 - KEEP_AEAD_OVERHEAD, had = out->n;
    enum form form = (enum form)body.p[0];
    struct keep_buf *to = form == FORM_ZSTD ? &r->tools->open : out;
    uint8_t ad[AD];
    int rc = 0;

    if (form == FORM_ZSTD)
        keep_buf_clear(to);
    if (form > FORM_ZSTD || n > KEEP_PAYLOAD_CHUNK || (form == FORM_PLAIN && n != want))
        return keep_err_set(err, KEEP_E_INTEGRITY, "payload: a chunk is malformed");
    if (!keep_buf_reserve(to, n + 1))
        return no_memory(err);
    associated(ad, &r->p, r->chunk, last, (uint8_t)form);
    if (keep_aead_open(to->p + to->n, (const uint8_t *)body.p + 1, body.n - 1, ad, sizeof ad, r->key) < 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, "payload: its seal is broken");
    to->n += n;
    if (form == FORM_ZSTD && (rc = keep_squeeze_unpack(r->tools->z, to->p, to->n, want, out, err)) == 0 && out->n - had != want)
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
            only_tag(r->tag, (const uint8_t *)body.p + body.n - KEEP_AEAD_TAG);
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
    if (r->chunk == chunks_of(r->p.size))
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
    while (rc == 0 && r.chunk < chunks_of(p->size))
        rc = chunk_read(&r, out, err);
    if (rc == 0)
        rc = tags_check(&r, err);
    tools_give(s, r.tools);
    if (rc < 0)
        out->n = before;
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
