/* When a row came in is not in the row: its leaf is in the ledger, under the
 * entry of the transaction that wrote it. */
#include "core/store/holdings.h"

#include "core/store/load_inside.h"
#include "core/text/json.h"

int keep_holdings_people(struct keep_store *s, int (*each)(void *ctx, const struct keep_holdings_row *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT source, kind, count(DISTINCT entity) FROM detail GROUP BY source, kind ORDER BY source, kind", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "counting people", err)) > 0) {
        struct keep_holdings_row row = {(uint32_t)sqlite3_column_int64(st, 0), (enum keep_entity)sqlite3_column_int(st, 1), (uint64_t)sqlite3_column_int64(st, 2)};
        if ((rc = each(ctx, &row, err)) != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

/* The time of the entry that covers a leaf. */
static int leaf_time(struct keep_store *s, int64_t leaf, keep_time *out, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(1u << 20);
    const struct keep_json *entry = NULL;
    sqlite3_stmt *st = NULL;
    bool zone;
    int rc = a ? keep_load_prepare(s, "SELECT entry FROM ledger WHERE first<=?1 AND first+n>?1", &st, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    if (rc == 0) {
        sqlite3_bind_int64(st, 1, leaf);
        rc = keep_rowio_next(st, "reading the ledger", err);
    }
    if (rc == 1)
        rc = keep_json_parse(&entry, keep_rowio_blob_at(st, 0), "ledger", a, err);
    if (rc == 0 && (!entry || !keep_civil_parse_time(keep_json_str(keep_json_get(entry, "time")), out, &zone)))
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "a row is in no entry of the ledger");
    sqlite3_finalize(st);
    keep_arena_free(a);
    return rc;
}

int keep_holdings_sources(struct keep_store *s, int (*each)(void *ctx, const struct keep_holdings_source *, struct keep_err *), void *ctx, struct keep_err *err)
{
    static const char sql[] =
        "SELECT source, max(leaf), sum(held) FROM ("
        " SELECT source, max(leaf) AS leaf, 0 AS held FROM detail GROUP BY source"
        " UNION ALL SELECT source, max(leaf), 0 FROM encounter GROUP BY source"
        " UNION ALL SELECT source, max(leaf), 0 FROM relation GROUP BY source"
        " UNION ALL SELECT source, max(leaf), 0 FROM version GROUP BY source"
        " UNION ALL SELECT source, max(leaf), 0 FROM note GROUP BY source"
        " UNION ALL SELECT source, max(leaf), 0 FROM fact GROUP BY source"
        " UNION ALL SELECT source, max(leaf), 0 FROM run GROUP BY source"
        " UNION ALL SELECT source, max(leaf), sum(id NOT IN (" KEEP_QUARANTINE_SETTLED ")) FROM quarantine GROUP BY source"
        ") GROUP BY source ORDER BY source";
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, sql, &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "counting what sources brought", err)) > 0) {
        struct keep_holdings_source row = {.source = (uint32_t)sqlite3_column_int64(st, 0), .quarantined = (uint64_t)sqlite3_column_int64(st, 2), .latest = KEEP_TIME_NONE};
        if ((rc = leaf_time(s, sqlite3_column_int64(st, 1), &row.latest, err)) < 0 || (rc = each(ctx, &row, err)) != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}
