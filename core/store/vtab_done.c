/* The views over what was decided and done: states of record sets, acts, the
 * ledger. Their rows are read as the scan goes on. */
#include "core/base/codec.h"
#include "core/store/ledger.h"
#include "core/store/rowio.h"
#include "core/store/vtab.h"
#include "core/text/json.h"

/* --- rows of a statement: sets, acts ------------------------------------------------ */

struct rows {
    struct keep_vtab_cursor c;
    sqlite3_stmt *st;
};

static int rows_next(struct keep_vtab_cursor *c, struct keep_err *err)
{
    int rc = keep_rowio_next(((struct rows *)c)->st, "reading a view", err);

    c->end = rc <= 0;
    return rc < 0 ? rc : 0;
}

static int rows_start(struct keep_vtab_cursor *c, const char *sql, struct keep_err *err)
{
    struct rows *k = (struct rows *)c;
    sqlite3 *db = keep_store_db(c->b->s);

    sqlite3_finalize(k->st);
    k->st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &k->st, NULL);
    return rc == SQLITE_OK ? rows_next(c, err) : keep_store_sql(db, rc, "reading a view", err);
}

static void rows_close(struct keep_vtab_cursor *c)
{
    sqlite3_finalize(((struct rows *)c)->st);
}

static int sets_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    (void)b;
    (void)n;
    return rows_start(c, "SELECT set_id, keep_until, kind, status, rule, package, at FROM set_state WHERE id IN (SELECT max(id) FROM set_state GROUP BY set_id) ORDER BY set_id", err);
}

static void sets_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    sqlite3_stmt *st = ((struct rows *)c)->st;
    char hex[33];

    switch (column) {
    case 0:
        if (sqlite3_column_bytes(st, 0) == 16) {
            keep_codec_hex(sqlite3_column_blob(st, 0), 16, hex);
            sqlite3_result_text(out, hex, 32, SQLITE_TRANSIENT);
        }
        break;
    case 1: keep_vtab_date(out, (keep_date)sqlite3_column_int64(st, 1)); break;
    case 2: keep_vtab_word(out, keep_vocab_until_kind_word(sqlite3_column_int(st, 2))); break;
    case 3: keep_vtab_word(out, keep_vocab_set_status_word(sqlite3_column_int(st, 3))); break;
    case 4: keep_vtab_str(out, keep_rowio_text_at(st, 4)); break;
    case 5: keep_vtab_str(out, keep_rowio_text_at(st, 5)); break;
    case 6: keep_vtab_time(out, sqlite3_column_int64(st, 6)); break;
    default: break;
    }
}

/* Record sets whose state is on file (`retention` computes them all). */
const struct keep_vtab_view keep_vtab_done_sets = {
    "sets",
    {{"record_set", "TEXT", false}, {"keep_until", "TEXT", false}, {"keep_until_kind", "TEXT", false}, {"status", "TEXT", false}, {"rule", "TEXT", false}, {"package", "TEXT", false},
     {"time", "TEXT", false}},
    sizeof(struct rows), 1e5, sets_filter, rows_next, sets_cell, rows_close};

static int acts_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    (void)b;
    (void)n;
    return rows_start(c, "SELECT id, kind, role, at, length(signature) FROM act ORDER BY id", err);
}

static void acts_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    sqlite3_stmt *st = ((struct rows *)c)->st;

    switch (column) {
    case 0: sqlite3_result_int64(out, sqlite3_column_int64(st, 0)); break;
    case 1: keep_vtab_str(out, keep_rowio_text_at(st, 1)); break;
    case 2: keep_vtab_str(out, keep_rowio_blob_at(st, 2)); break;
    case 3: keep_vtab_time(out, sqlite3_column_int64(st, 3)); break;
    case 4: keep_vtab_flag(out, sqlite3_column_int64(st, 4) > 0); break;
    default: break;
    }
}

/* What people and the program decided, without its text. */
const struct keep_vtab_view keep_vtab_done_acts = {
    "acts",
    {{"act", "INTEGER", false}, {"kind", "TEXT", false}, {"role", "TEXT", false}, {"time", "TEXT", false}, {"signed", "TEXT", false}},
    sizeof(struct rows), 1e4, acts_filter, rows_next, acts_cell, rows_close};

/* --- ledger ------------------------------------------------------------------------- */

struct entries {
    struct keep_vtab_cursor c;
    uint64_t at;
    struct keep_buf text;
    struct keep_arena *a;
    const struct keep_json *v;
};

static int entries_read(struct keep_vtab_cursor *c, struct keep_err *err)
{
    struct entries *k = (struct entries *)c;
    int rc;

    if ((c->end = k->at >= keep_ledger_size(c->b->s)))
        return 0;
    keep_buf_clear(&k->text);
    keep_arena_reset(k->a);
    rc = keep_ledger_entry(c->b->s, k->at, &k->text, err);
    if (rc == 1)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "ledger entry %llu is missing", (unsigned long long)k->at);
    if (rc == 0)
        rc = keep_json_parse(&k->v, keep_buf_view(&k->text), "ledger", k->a, err);
    return rc;
}

static int entries_next(struct keep_vtab_cursor *c, struct keep_err *err)
{
    ((struct entries *)c)->at++;
    return entries_read(c, err);
}

static int entries_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    struct entries *k = (struct entries *)c;

    (void)b;
    (void)n;
    if (!k->a && !(k->a = keep_arena_new(0)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    k->at = 0;
    return entries_read(c, err);
}

static void entries_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    static const char *const member[] = {"index", "time", "kind", "counts", "digests", "leaves", "root", "keep", "keyring"};
    const struct keep_json *v = keep_json_get(((struct entries *)c)->v, member[column]);
    int64_t n;

    if (keep_json_i64(v, &n))
        sqlite3_result_int64(out, n);
    else if (v)
        keep_vtab_str(out, v->type == KEEP_JSON_STRING ? v->text : v->span);
}

static void entries_close(struct keep_vtab_cursor *c)
{
    struct entries *k = (struct entries *)c;

    keep_buf_free(&k->text);
    keep_arena_free(k->a);
}

/* One row an entry; counts and digests are JSON objects. */
const struct keep_vtab_view keep_vtab_done_ledger = {
    "ledger",
    {{"entry", "INTEGER", false}, {"time", "TEXT", false}, {"kind", "TEXT", false}, {"counts", "TEXT", false}, {"digests", "TEXT", false}, {"leaves", "INTEGER", false},
     {"root", "TEXT", false}, {"keep_generation", "INTEGER", false}, {"keyring_generation", "INTEGER", false}},
    sizeof(struct entries), 1e4, entries_filter, entries_next, entries_cell, entries_close};
