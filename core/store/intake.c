/* A session of taking in: sources, files, batches.
 *
 * Rows are written as they come, a transaction every KEEP_INTAKE_BATCH rows or
 * KEEP_INTAKE_EVENTS events, each with its ledger entry. Since every row is
 * idempotent, a session that dies is continued by running it again: what was
 * committed is passed over. */
#include "core/store/intake.h"

#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/store/intake_inside.h"
#include "core/store/packed.h"
#include "core/store/txn.h"

#define BULK ((uint64_t)64 << 20) /* bytes of payloads after which a batch is full: what dying loses of a folder of films */

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- sources ---------------------------------------------------------------- */

/* Joins the caller's transaction or opens one of its own. */
static int own_begin(struct keep_store *s, bool *own, struct keep_err *err)
{
    *own = sqlite3_get_autocommit(keep_store_db(s)) != 0;
    return *own ? keep_txn_begin(s, KEEP_LEDGER_SOURCE, err) : 0;
}

static int own_end(struct keep_store *s, bool own, int rc, struct keep_err *err)
{
    if (!own)
        return rc;
    if (rc == 0)
        return keep_txn_commit(s, err);
    keep_txn_abort(s);
    return rc;
}

static int source_find(struct keep_store *s, struct keep_str name, uint32_t *id, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT id FROM source WHERE name=?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_text64(st, 1, name.n ? name.p : "", name.n, SQLITE_STATIC, SQLITE_UTF8);
    if ((rc = keep_rowio_next(st, "reading sources", err)) <= 0)
        return rc < 0 ? rc : 1;
    *id = (uint32_t)sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return 0;
}

static int source_make(struct keep_store *s, const struct keep_seal_keys *keys, struct keep_rowio *row, struct keep_str name, uint32_t *id, struct keep_err *err)
{
    sqlite3_stmt *st;
    int64_t last;
    int rc = source_find(s, name, id, err);

    if (rc <= 0)
        return rc;
    if (name.n == 0)
        return keep_err_set(err, KEEP_E_USAGE, "a source needs a name");
    if ((rc = keep_rowio_number(s, "SELECT max(id) FROM source", 0, &last, err)) < 0)
        return rc;
    if (last + 1 >= INT64_C(1) << KEEP_SOURCE_BITS)
        return keep_err_set(err, KEEP_E_LIMIT, "a keep has room for %lld sources", (long long)last);
    if ((rc = keep_store_prepare(s, keep_store_db(s), "INSERT INTO source(id, name, leaf) VALUES(?1, ?2, ?3)", &st, err)) < 0)
        return rc;
    keep_rowio_start(row, s, st, "source");
    keep_rowio_int(row, last + 1);
    keep_rowio_text(row, name);
    if ((rc = keep_rowio_insert(row, keys->leaf, err)) < 0)
        return rc;
    keep_txn_count(s, "sources", 1);
    *id = (uint32_t)(last + 1);
    return 0;
}

/* 1: the latest declaration of the source has this body. */
static int declared_so(struct keep_store *s, uint32_t id, const struct keep_buf *body, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT body FROM declaration WHERE source=?1 ORDER BY id DESC LIMIT 1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, id);
    if ((rc = keep_rowio_next(st, "reading sources", err)) <= 0)
        return rc;
    rc = keep_str_eq(keep_rowio_blob_at(st, 0), keep_buf_view(body));
    sqlite3_reset(st);
    return rc;
}

static int declaration_make(struct keep_store *s, const struct keep_seal_keys *keys, struct keep_rowio *row, uint32_t id, const struct keep_source *decl, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    sqlite3_stmt *st;
    int rc;

    keep_detail_put_source(&body, decl);
    if (body.failed) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = declared_so(s, id, &body, err)) != 0) {
        rc = rc < 0 ? rc : 0;
        goto out;
    }
    if ((rc = keep_store_prepare(s, keep_store_db(s), "INSERT INTO declaration(source, body, leaf) VALUES(?1, ?2, ?3)", &st, err)) < 0)
        goto out;
    keep_rowio_start(row, s, st, "declaration");
    keep_rowio_int(row, id);
    keep_rowio_blob(row, body.p, body.n);
    rc = keep_rowio_insert(row, keys->leaf, err);
out:
    keep_buf_free(&body);
    return rc;
}

static int source_write(struct keep_store *s, struct keep_str name, const struct keep_source *decl, uint32_t *id, struct keep_err *err)
{
    struct keep_seal_keys *keys = NULL;
    struct keep_rowio row = {0};
    uint32_t got = 0;
    bool own;
    int rc = keep_seal_keys_new(&keys, s, err);

    if (rc < 0)
        return rc;
    if ((rc = own_begin(s, &own, err)) == 0) {
        if ((rc = source_make(s, keys, &row, name, &got, err)) == 0 && decl)
            rc = declaration_make(s, keys, &row, got, decl, err);
        rc = own_end(s, own, rc, err);
    }
    keep_buf_free(&row.canon);
    keep_seal_keys_free(keys);
    if (rc == 0)
        *id = got;
    return rc;
}

int keep_intake_declare(struct keep_store *s, const struct keep_source *decl, uint32_t *id, struct keep_err *err)
{
    return source_write(s, decl->name, decl, id, err);
}

int keep_intake_source(struct keep_store *s, struct keep_str name, uint32_t *id, struct keep_err *err)
{
    int rc = source_find(s, name, id, err);

    return rc <= 0 ? rc : source_write(s, name, NULL, id, err);
}

/* --- the session -------------------------------------------------------------- */

int keep_intake_begin(struct keep_intake **out, struct keep_store *s, uint32_t source, struct keep_err *err)
{
    struct keep_intake *in = calloc(1, sizeof *in);
    int rc;

    if (!in)
        return no_memory(err);
    in->s = s;
    in->source = source;
    if ((rc = keep_seal_keys_new(&in->keys, s, err)) < 0 || (rc = keep_entity_open(&in->map, s, in->keys, err)) < 0 ||
        (rc = keep_events_open(&in->log, s, source, in->keys, err)) < 0 || (rc = keep_payload_press_init(&in->press, err)) < 0 ||
        (rc = keep_intake_slots_load(in, err)) < 0) {
        keep_intake_free(in);
        return rc;
    }
    *out = in;
    return 0;
}

void keep_intake_free(struct keep_intake *in)
{
    if (!in)
        return;
    if (in->open)
        keep_txn_abort(in->s);
    keep_events_close(in->log);
    keep_entity_close(in->map);
    keep_payload_press_done(&in->press);
    keep_intake_slots_free(in);
    keep_seen_free(&in->unread);
    keep_seal_keys_free(in->keys);
    keep_buf_free(&in->file_name);
    keep_buf_free(&in->hashes);
    keep_buf_free(&in->body);
    keep_buf_free(&in->sealed);
    keep_buf_free(&in->form);
    keep_buf_free(&in->codes);
    keep_buf_free(&in->days);
    keep_buf_free(&in->amends);
    keep_buf_free(&in->row.canon);
    free(in);
}

void keep_intake_sink(struct keep_intake *in, struct keep_sink *sink)
{
    sink->ctx = in;
    keep_intake_rows_fill(sink);
    keep_intake_fact_fill(sink);
    keep_intake_contact_fill(sink);
}

void keep_intake_crew(struct keep_intake *in, struct keep_crew *crew)
{
    keep_events_crew(in->log, crew);
}

void keep_intake_strict(struct keep_intake *in)
{
    in->strict = true;
}

int keep_intake_inside_begin(struct keep_intake *in, struct keep_err *err)
{
    int rc;

    if (in->open)
        return 0;
    if ((rc = keep_txn_begin(in->s, KEEP_LEDGER_IMPORT, err)) < 0)
        return rc;
    in->open = true;
    in->written = in->logged = 0;
    in->bulk = 0;
    in->counted = 0;
    return 0;
}

/* Rows come by the million: comparing names for each would be a twentieth of the time. */
static void count_row(struct keep_intake *in, const char *name)
{
    size_t i = 0;

    while (i < in->counted && in->count[i].name != name)
        i++;
    if (i == KEEP_INTAKE_COUNTS) {
        keep_txn_count(in->s, name, 1);
        return;
    }
    if (i == in->counted)
        in->count[in->counted++] = (struct keep_intake_count){name, 0};
    in->count[i].n++;
}

static int commit(struct keep_intake *in, struct keep_err *err)
{
    int rc = keep_events_flush(in->log, err);

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < in->counted; i++)
        keep_txn_count(in->s, in->count[i].name, in->count[i].n);
    in->open = false;
    if ((rc = keep_txn_commit(in->s, err)) < 0)
        return rc;
    keep_seen_clear(&in->encounters.met); /* nothing waits */
    keep_seen_clear(&in->relations.met);
    keep_seen_clear(&in->versions.met);
    return rc;
}

int keep_intake_inside_row(struct keep_intake *in, int rc, const char *count, uint64_t *n, struct keep_err *err)
{
    if (rc < 0)
        return rc;
    in->counts.rows++;
    if (rc == 1) {
        in->counts.repeated++;
        return 1;
    }
    ++*n;
    count_row(in, count);
    in->logged += n == &in->counts.events;
    bool due = ++in->written >= KEEP_INTAKE_BATCH || in->logged >= (keep_events_loose(in->log) ? 2 * KEEP_INTAKE_EVENTS : KEEP_INTAKE_EVENTS) || in->bulk >= BULK;
    return due || keep_events_held(in->log) >= KEEP_EVENTS_HELD_MAX ? commit(in, err) : 0;
}

int keep_intake_finish(struct keep_intake *in, struct keep_intake_counts *counts, struct keep_err *err)
{
    int rc;

    if ((rc = keep_intake_inside_begin(in, err)) < 0 || (rc = keep_events_flush(in->log, err)) < 0 || (rc = keep_events_settle(in->log, err)) < 0 ||
        (rc = keep_batch_flush(in->s, in->encounters.table, err)) < 0 || (rc = keep_batch_flush(in->s, in->relations.table, err)) < 0 ||
        (rc = keep_packed_refresh(in->s, err)) < 0 || (rc = commit(in, err)) < 0)
        return rc;
    *counts = in->counts;
    return 0;
}

/* --- files ---------------------------------------------------------------------- */

int keep_intake_file(struct keep_intake *in, struct keep_str name, struct keep_err *err)
{
    keep_events_file(in->log);
    keep_seen_clear(&in->unread);
    return keep_intake_part(in, name, err);
}

int keep_intake_part(struct keep_intake *in, struct keep_str name, struct keep_err *err)
{
    keep_buf_clear(&in->file_name);
    keep_buf_add(&in->file_name, name.p, name.n);
    in->file = 0;
    return in->file_name.failed ? no_memory(err) : 0;
}

int keep_intake_inside_file(struct keep_intake *in, int64_t *id, struct keep_err *err)
{
    sqlite3_stmt *st;
    struct keep_str name = keep_buf_view(&in->file_name);
    int rc;

    if (in->file) {
        *id = in->file;
        return 0;
    }
    if ((rc = keep_store_prepare(in->s, keep_store_db(in->s), "SELECT id FROM file WHERE source=?1 AND name=?2", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, in->source);
    sqlite3_bind_text64(st, 2, name.n ? name.p : "", name.n, SQLITE_STATIC, SQLITE_UTF8);
    if ((rc = keep_rowio_next(st, "reading file names", err)) < 0)
        return rc;
    if (rc == 1) {
        in->file = sqlite3_column_int64(st, 0);
        sqlite3_reset(st);
    } else {
        if ((rc = keep_store_prepare(in->s, keep_store_db(in->s), "INSERT INTO file(source, name) VALUES(?1, ?2)", &st, err)) < 0)
            return rc;
        sqlite3_bind_int64(st, 1, in->source);
        sqlite3_bind_text64(st, 2, name.n ? name.p : "", name.n, SQLITE_STATIC, SQLITE_UTF8);
        if ((rc = keep_rowio_run(st, "writing a file name", err)) < 0)
            return rc;
        in->file = sqlite3_last_insert_rowid(keep_store_db(in->s));
    }
    *id = in->file;
    return 0;
}

int keep_intake_sized(struct keep_intake *in, uint64_t size, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(in->s, keep_store_db(in->s), "SELECT 1 FROM taken WHERE source=?1 AND size=?2", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, in->source);
    sqlite3_bind_int64(st, 2, (int64_t)size);
    rc = keep_rowio_next(st, "reading files taken", err);
    sqlite3_reset(st);
    return rc;
}

/* The same parameters in both statements. */
static int whole_bound(struct keep_intake *in, const char *sql, const struct keep_intake_whole *whole, sqlite3_stmt **st, struct keep_err *err)
{
    int rc = keep_store_prepare(in->s, keep_store_db(in->s), sql, st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(*st, 1, in->source);
    sqlite3_bind_int64(*st, 2, (int64_t)whole->size);
    sqlite3_bind_blob(*st, 3, whole->digest, sizeof whole->digest, SQLITE_STATIC);
    return 0;
}

int keep_intake_seen(struct keep_intake *in, const struct keep_intake_whole *whole, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = whole_bound(in, "SELECT 1 FROM taken WHERE source=?1 AND size=?2 AND digest=?3", whole, &st, err);

    if (rc < 0)
        return rc;
    rc = keep_rowio_next(st, "reading files taken", err);
    sqlite3_reset(st);
    return rc;
}

int keep_intake_file_done(struct keep_intake *in, const struct keep_intake_whole *whole, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (!whole || (rc = keep_intake_seen(in, whole, err)) == 1)
        return 0;
    if (rc < 0 || (rc = keep_intake_inside_begin(in, err)) < 0 || (rc = whole_bound(in, "INSERT INTO taken(source, size, digest) VALUES(?1, ?2, ?3)", whole, &st, err)) < 0)
        return rc;
    if ((rc = keep_rowio_run(st, "writing files taken", err)) < 0)
        return rc;
    keep_txn_count(in->s, "files", 1);
    return 0;
}

/* --- helpers of the rows ------------------------------------------------------------ */

int keep_intake_inside_digest(struct keep_intake *in, uint8_t out[KEEP_ENTITY_HASH], struct keep_err *err)
{
    if (in->form.failed)
        return no_memory(err);
    keep_hash_short(out, in->form.p, in->form.n, in->keys->digest);
    return 0;
}

int keep_intake_inside_key(struct keep_intake *in, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err)
{
    int rc = keep_ring_get(in->s, kind, owner, in->keys->owner, err);

    if (rc == 2)
        return keep_ring_new(in->s, kind, owner, in->keys->owner, err);
    return rc == 1 ? keep_err_set(err, KEEP_E_REFUSED, "what this row adds to was destroyed") : rc;
}

int keep_intake_inside_same(struct keep_intake *in, const char *sql, const uint8_t slot[KEEP_ENTITY_HASH], const uint8_t digest[KEEP_ENTITY_HASH], struct keep_err *err)
{
    sqlite3_stmt *st;
    struct keep_str had;
    int rc = keep_store_prepare(in->s, keep_store_db(in->s), sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_blob(st, 1, slot, KEEP_ENTITY_HASH, SQLITE_STATIC);
    if ((rc = keep_rowio_next(st, "looking for a row", err)) <= 0)
        return rc;
    had = keep_rowio_blob_at(st, 0);
    rc = had.n == KEEP_ENTITY_HASH && memcmp(had.p, digest, KEEP_ENTITY_HASH) == 0;
    sqlite3_reset(st);
    return rc;
}
