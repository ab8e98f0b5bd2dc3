/* Record sets' stored states: a row a change, the latest counts. */
#include "core/store/sets.h"

#include "core/store/load_inside.h"
#include "core/store/rowio.h"
#include "core/store/seal.h"

int keep_sets_put(struct keep_store *s, const struct keep_set_state *set, struct keep_err *err)
{
    struct keep_seal_keys *keys = NULL;
    struct keep_rowio row = {0};
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_seal_keys_new(&keys, s, err)) < 0 ||
        (rc = keep_store_prepare(s, keep_store_db(s), "INSERT INTO set_state(set_id, keep_until, kind, status, rule, package, at, leaf)"
                                 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &st, err)) < 0)
        goto out;
    keep_rowio_start(&row, s, st, "set_state");
    keep_rowio_blob(&row, set->set, sizeof set->set);
    keep_rowio_int(&row, set->keep_until);
    keep_rowio_int(&row, set->kind);
    keep_rowio_int(&row, set->status);
    keep_rowio_text(&row, set->rule);
    keep_rowio_text(&row, set->package);
    keep_rowio_int(&row, keep_store_now(s));
    rc = keep_rowio_insert(&row, keys->leaf, err);
out:
    keep_buf_free(&row.canon);
    keep_seal_keys_free(keys);
    return rc;
}

/* The state on whose row st stands; strings as long as it does. */
static int row_read(sqlite3_stmt *st, struct keep_set_state *out, struct keep_err *err)
{
    struct keep_str set = keep_rowio_blob_at(st, 0);
    int64_t kind = sqlite3_column_int64(st, 2), status = sqlite3_column_int64(st, 3);

    if (set.n != sizeof out->set || kind < 0 || kind >= KEEP_UNTIL_COUNT || status < 0 || status >= KEEP_SET_COUNT)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record set's state is malformed");
    memcpy(out->set, set.p, set.n);
    out->keep_until = (keep_date)sqlite3_column_int64(st, 1);
    out->kind = (enum keep_until_kind)kind;
    out->status = (enum keep_set_status)status;
    out->rule = keep_rowio_text_at(st, 4);
    out->package = keep_rowio_text_at(st, 5);
    out->at = sqlite3_column_int64(st, 6);
    return 0;
}

int keep_sets_get(struct keep_store *s, const uint8_t set[16], struct keep_arena *a, struct keep_set_state *out, struct keep_err *err)
{
    struct keep_set_state got;
    bool ok = true;
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT set_id, keep_until, kind, status, rule, package, at FROM set_state WHERE set_id=?1 ORDER BY id DESC LIMIT 1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_blob(st, 1, set, 16, SQLITE_STATIC);
    if ((rc = keep_rowio_next(st, "reading a record set's state", err)) <= 0)
        return rc < 0 ? rc : 1;
    if ((rc = row_read(st, &got, err)) == 0) {
        got.rule = keep_arena_str(a, got.rule, &ok);
        got.package = keep_arena_str(a, got.package, &ok);
        if (ok)
            *out = got;
        else
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    sqlite3_reset(st);
    return rc;
}

static int each_state(struct keep_store *s, const char *sql, int (*each)(void *ctx, const struct keep_set_state *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct keep_set_state got;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, sql, &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading record sets' states", err)) > 0)
        if ((rc = row_read(st, &got, err)) < 0 || (rc = each(ctx, &got, err)) != 0)
            break;
    sqlite3_finalize(st);
    return rc;
}

int keep_sets_versions(struct keep_store *s, int (*each)(void *ctx, const struct keep_set_state *, struct keep_err *), void *ctx, struct keep_err *err)
{
    return each_state(s, "SELECT set_id, keep_until, kind, status, rule, package, at FROM set_state ORDER BY id", each, ctx, err);
}

int keep_sets_all(struct keep_store *s, int (*each)(void *ctx, const struct keep_set_state *, struct keep_err *), void *ctx, struct keep_err *err)
{
    return each_state(s, "SELECT set_id, keep_until, kind, status, rule, package, at FROM set_state d"
                         " WHERE id = (SELECT max(o.id) FROM set_state o WHERE o.set_id = d.set_id) ORDER BY set_id", each, ctx, err);
}
