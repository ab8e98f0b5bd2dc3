/* Table carried(id, body): 0 the head, then the parts by number. */
#include "core/store/carried.h"

#include "core/store/load_inside.h"
#include "core/store/rowio.h"

int keep_carried_head(struct keep_store *s, struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT body FROM carried WHERE id = 0", &st, err);

    if (rc < 0)
        return rc;
    if ((rc = keep_rowio_next(st, "reading what an audit left", err)) > 0) {
        struct keep_str body = keep_rowio_blob_at(st, 0);
        keep_buf_add(out, body.p, body.n);
        if (out->failed)
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    sqlite3_finalize(st);
    return rc;
}

int keep_carried_parts(struct keep_store *s, int (*part)(void *ctx, struct keep_str body, struct keep_err *err), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT body FROM carried WHERE id > 0 ORDER BY id", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading what an audit left", err)) > 0)
        if ((rc = part(ctx, keep_rowio_blob_at(st, 0), err)) != 0)
            break;
    sqlite3_finalize(st);
    return rc;
}

static int put(struct keep_store *s, const char *sql, struct keep_str body, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (body.n > KEEP_CARRIED_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "what an audit leaves is too long");
    if ((rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err)) < 0)
        return rc;
    sqlite3_bind_blob64(st, 1, body.p, body.n, SQLITE_STATIC);
    return keep_rowio_run(st, "writing what an audit leaves", err);
}

int keep_carried_drop(struct keep_store *s, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "DELETE FROM carried", &st, err);

    return rc < 0 ? rc : keep_rowio_run(st, "dropping what an audit left", err);
}

int keep_carried_add(struct keep_store *s, struct keep_str part, struct keep_err *err)
{
    return put(s, "INSERT INTO carried(id, body) SELECT coalesce(max(id), 0) + 1, ?1 FROM carried", part, err);
}

int keep_carried_begin(struct keep_store *s, struct keep_str head, struct keep_err *err)
{
    return put(s, "INSERT OR REPLACE INTO carried(id, body) VALUES(0, ?1)", head, err);
}
