/* One canonical form for every row that the ledger vouches for.
 *
 * A row is bound and hashed by the same calls, so that a column cannot be
 * written and left out of its leaf; when the keep is checked the form is made
 * again from what the table returns. Types are part of the form: SQLite would
 * otherwise let 1 and '1' pass for each other. */
#include "core/store/rowio.h"

#include "core/crypto/hash.h"
#include "core/store/txn.h"

static void form_start(struct keep_buf *b, const char *table)
{
    keep_buf_clear(b);
    keep_buf_bytes(b, table, strlen(table));
}

static void form_bytes(struct keep_buf *b, char type, const void *p, size_t n)
{
    keep_buf_u8(b, (uint8_t)type);
    keep_buf_bytes(b, p, n);
}

void keep_rowio_start(struct keep_rowio *r, struct keep_store *s, sqlite3_stmt *st, const char *table)
{
    r->s = s;
    r->st = st;
    r->at = 0;
    r->id = 0;
    form_start(&r->canon, table);
}

void keep_rowio_wait(struct keep_rowio *r, struct keep_store *s, enum keep_batch_table batch, const char *insert, const char *table)
{
    keep_rowio_start(r, s, NULL, table);
    r->batch = batch;
    r->insert = insert;
    r->head = r->canon.n;
}

void keep_rowio_int(struct keep_rowio *r, int64_t v)
{
    keep_batch_int(&r->canon, v);
    r->at++;
    if (r->st)
        sqlite3_bind_int64(r->st, r->at, v);
}

void keep_rowio_text(struct keep_rowio *r, struct keep_str v)
{
    form_bytes(&r->canon, 't', v.p, v.n);
    r->at++;
    if (r->st)
        sqlite3_bind_text64(r->st, r->at, v.n ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

void keep_rowio_blob(struct keep_rowio *r, const void *p, size_t n)
{
    form_bytes(&r->canon, 'b', p, n);
    r->at++;
    if (r->st)
        sqlite3_bind_blob64(r->st, r->at, n ? p : "", n, SQLITE_STATIC);
}

static int wait_for(struct keep_rowio *r, struct keep_err *err)
{
    struct keep_buf *row = keep_batch_row(r->s, r->batch, r->insert, (unsigned)r->at + 1 + (r->id != 0));

    keep_buf_add(row, r->canon.p + r->head, r->canon.n - r->head);
    keep_batch_int(row, (int64_t)keep_txn_leaf_id(r->s));
    if (r->id)
        keep_batch_int(row, r->id);
    return keep_batch_end(r->s, r->batch, err);
}

int keep_rowio_insert(struct keep_rowio *r, const uint8_t key[32], struct keep_err *err)
{
    uint8_t leaf[32];
    int rc;

    if (r->canon.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_hash_keyed(leaf, sizeof leaf, r->canon.p, r->canon.n, key);
    if (r->st)
        sqlite3_bind_int64(r->st, ++r->at, (int64_t)keep_txn_leaf_id(r->s));
    if ((rc = r->st ? keep_rowio_run(r->st, "writing a row", err) : wait_for(r, err)) < 0)
        return rc;
    keep_txn_leaf(r->s, leaf);
    return 0;
}

int keep_rowio_leaf(sqlite3_stmt *st, int first, int columns, const char *table, const uint8_t key[32], struct keep_buf *scratch, uint8_t leaf[32], struct keep_err *err)
{
    form_start(scratch, table);
    for (int i = first; i < first + columns; i++) {
        switch (sqlite3_column_type(st, i)) {
        case SQLITE_INTEGER:
            keep_batch_int(scratch, sqlite3_column_int64(st, i));
            break;
        case SQLITE_TEXT:
            form_bytes(scratch, 't', sqlite3_column_text(st, i), (size_t)sqlite3_column_bytes(st, i));
            break;
        case SQLITE_BLOB:
            form_bytes(scratch, 'b', sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
            break;
        default:
            return keep_err_set(err, KEEP_E_INTEGRITY, "table %s: a column has no value", table);
        }
    }
    if (scratch->failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_hash_keyed(leaf, 32, scratch->p, scratch->n, key);
    return 0;
}

int keep_rowio_next(sqlite3_stmt *st, const char *what, struct keep_err *err)
{
    int rc = sqlite3_step(st);

    if (rc == SQLITE_ROW)
        return 1;
    rc = sqlite3_reset(st);
    return rc == SQLITE_OK ? 0 : keep_store_sql(sqlite3_db_handle(st), rc, what, err);
}

int keep_rowio_run(sqlite3_stmt *st, const char *what, struct keep_err *err)
{
    int rc;

    while ((rc = keep_rowio_next(st, what, err)) > 0)
        continue;
    return rc;
}

int keep_rowio_number(struct keep_store *s, const char *sql, int64_t none, int64_t *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err)) < 0 || (rc = keep_rowio_next(st, "reading a number", err)) < 0)
        return rc;
    *out = rc == 1 && sqlite3_column_type(st, 0) == SQLITE_INTEGER ? sqlite3_column_int64(st, 0) : none;
    sqlite3_reset(st);
    return 0;
}

struct keep_str keep_rowio_text_at(sqlite3_stmt *st, int column)
{
    const char *p = (const char *)sqlite3_column_text(st, column);

    return (struct keep_str){p ? p : "", (size_t)sqlite3_column_bytes(st, column)};
}

struct keep_str keep_rowio_blob_at(sqlite3_stmt *st, int column)
{
    const char *p = sqlite3_column_blob(st, column);

    return (struct keep_str){p ? p : "", (size_t)sqlite3_column_bytes(st, column)};
}
