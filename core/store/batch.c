/* The table-valued function batch(POINTER): one row for each that waits, its
 * columns c1, c2, … in the order of the INSERT. The pointer is bound, and of a
 * type that SQL has no way to make: a statement of a user's gets no rows.
 *
 * INSERT OR FAIL: a row that does not go in ends the transaction anyway, so
 * SQLite need not keep what it would take to undo the statement alone. */
#include "core/store/batch.h"

#include "core/crypto/secret.h"
#include "core/store/fresh.h"
#include "core/store/rowio.h"
#include "core/store/sorted.h"
#include "core/store/state.h"

#define COLUMNS 40                /* of the widest table, with room */
#define WAITING ((size_t)1 << 20) /* bytes of one table that may wait: some thousand rows; more gain nothing */
#define POINTER "chartkeep rows"

/* --- the function ----------------------------------------------------------- */

struct value {
    char type;
    int64_t v;
    const uint8_t *p;
    uint32_t n;
};

struct cursor {
    sqlite3_vtab_cursor base;
    const uint8_t *at, *end; /* behind the row that it stands on */
    struct value value[COLUMNS];
    size_t left, columns;    /* rows not behind it; columns of each */
};

/* Takes the row at c->at. Every row begins with the number of its columns. */
static void row_take(struct cursor *c)
{
    c->columns = *c->at++;
    for (size_t i = 0; i < c->columns; i++) {
        struct value *v = &c->value[i];
        v->type = (char)*c->at++;
        if (v->type == 'u') {
            v->v = keep_buf_u32_at(c->at);
            c->at += 4;
            continue;
        }
        if (v->type == 'i') {
            v->v = (int64_t)keep_buf_u64_at(c->at);
            c->at += 8;
            continue;
        }
        v->n = keep_buf_u32_at(c->at);
        v->p = c->at + 4;
        c->at += 4 + v->n;
    }
}

static int connect_it(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **why)
{
    (void)aux;
    (void)argc;
    (void)argv;
    (void)why;
    int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(" KEEP_BATCH_C16 ", c17, c18, c19, c20, c21, c22, c23, c24, c25, c26, c27, c28, c29, c30, c31, c32,"
                                      " c33, c34, c35, c36, c37, c38, c39, c40, rows HIDDEN)");
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    *out = sqlite3_malloc(sizeof **out);
    if (!*out)
        return SQLITE_NOMEM;
    memset(*out, 0, sizeof **out);
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *t)
{
    sqlite3_free(t);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
    (void)t;
    for (int i = 0; i < info->nConstraint; i++)
        if (info->aConstraint[i].iColumn == COLUMNS && info->aConstraint[i].usable && info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ) {
            info->aConstraintUsage[i].argvIndex = 1;
            info->aConstraintUsage[i].omit = 1;
        }
    info->estimatedRows = 1000;
    return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
    struct cursor *c = sqlite3_malloc(sizeof *c);

    (void)t;
    if (!c)
        return SQLITE_NOMEM;
    memset(c, 0, sizeof *c);
    *out = &c->base;
    return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *c)
{
    sqlite3_free(c);
    return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int number_of, const char *name, int argc, sqlite3_value **argv)
{
    struct cursor *c = (struct cursor *)base;
    const struct keep_batch *b = argc == 1 ? sqlite3_value_pointer(argv[0], POINTER) : NULL;

    (void)number_of;
    (void)name;
    c->left = b ? b->n : 0;
    c->at = b ? b->rows.p : NULL;
    if (c->left)
        row_take(c);
    return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;

    if (--c->left)
        row_take(c);
    return SQLITE_OK;
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
    return ((struct cursor *)base)->left == 0;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *x, int i)
{
    const struct cursor *c = (struct cursor *)base;
    const struct value *v = &c->value[i];

    if ((size_t)i >= c->columns)
        sqlite3_result_null(x);
    else if (v->type == 'i' || v->type == 'u')
        sqlite3_result_int64(x, v->v);
    else if (v->type == 't')
        sqlite3_result_text64(x, (const char *)v->p, v->n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_result_blob64(x, v->p, v->n, SQLITE_STATIC);
    return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *id)
{
    *id = (sqlite3_int64)((struct cursor *)base)->left;
    return SQLITE_OK;
}

int keep_batch_module(sqlite3 *db, struct keep_err *err)
{
    static const sqlite3_module module = {.xConnect = connect_it, .xBestIndex = best_index, .xDisconnect = disconnect, .xOpen = cursor_open, .xClose = cursor_close,
                                          .xFilter = cursor_filter, .xNext = cursor_next, .xEof = cursor_eof, .xColumn = cursor_column, .xRowid = cursor_rowid};
    int rc = sqlite3_create_module(db, "batch", &module, NULL);

    return rc == SQLITE_OK ? 0 : keep_store_sql(db, rc, "opening", err);
}

/* --- waiting and writing ------------------------------------------------------ */

struct keep_buf *keep_batch_row(struct keep_store *s, enum keep_batch_table table, const char *insert, unsigned columns)
{
    struct keep_batch *b = &s->batch[table];

    b->insert = insert;
    keep_buf_u8(&b->rows, (uint8_t)columns);
    return &b->rows;
}

void keep_batch_int(struct keep_buf *row, int64_t v)
{
    if ((uint64_t)v <= UINT32_MAX)
        keep_buf_u8u32(row, 'u', (uint32_t)v);
    else
        keep_buf_u8u64(row, 'i', (uint64_t)v);
}

void keep_batch_blob(struct keep_buf *row, const void *p, size_t n)
{
    keep_buf_u8(row, 'b');
    keep_buf_bytes(row, p, n);
}

int keep_batch_end(struct keep_store *s, enum keep_batch_table table, struct keep_err *err)
{
    struct keep_batch *b = &s->batch[table];

    if (b->rows.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    b->n++;
    return b->rows.n < WAITING ? 0 : keep_batch_flush(s, table, err);
}

size_t keep_batch_next(const struct keep_store *s, enum keep_batch_table table)
{
    return s->batch[table].rows.n;
}

const uint8_t *keep_batch_peek(const struct keep_store *s, enum keep_batch_table table, size_t at, size_t n)
{
    const struct keep_buf *rows = &s->batch[table].rows;

    return at <= rows->n && n <= rows->n - at ? rows->p + at : NULL;
}

/* Keys do not stay behind in memory that is used again. */
static void drop(struct keep_store *s, enum keep_batch_table table)
{
    struct keep_batch *b = &s->batch[table];

    if (table == KEEP_BATCH_KEYS && b->rows.n)
        keep_secret_wipe(b->rows.p, b->rows.n);
    keep_buf_clear(&b->rows);
    b->n = 0;
}

int keep_batch_flush(struct keep_store *s, enum keep_batch_table table, struct keep_err *err)
{
    struct keep_batch *b = &s->batch[table];
    sqlite3_stmt *st;
    int rc;

    if (b->n == 0)
        return 0;
    if (keep_sorted_is(table) || table == KEEP_BATCH_KEYS) {
        rc = table == KEEP_BATCH_KEYS ? keep_fresh_write(s, (const struct keep_fresh_key *)b->rows.p, b->n, err)
                                      : keep_sorted_write(s, table, (struct keep_sorted_entry *)b->rows.p, b->n, err);
        drop(s, table);
        return rc;
    }
    if ((rc = keep_store_prepare(s, s->db, b->insert, &st, err)) < 0)
        return rc;
    sqlite3_bind_pointer(st, 1, b, POINTER, NULL);
    rc = keep_rowio_run(st, "writing rows", err);
    sqlite3_clear_bindings(st);
    drop(s, table);
    return rc;
}

int keep_batch_flush_all(struct keep_store *s, struct keep_err *err)
{
    int rc = 0;

    for (int i = 0; i < KEEP_BATCH_TABLES && rc == 0; i++)
        rc = keep_batch_flush(s, (enum keep_batch_table)i, err);
    return rc;
}

void keep_batch_drop_all(struct keep_store *s)
{
    for (int i = 0; i < KEEP_BATCH_TABLES; i++)
        drop(s, (enum keep_batch_table)i);
}

void keep_batch_done(struct keep_store *s)
{
    for (int i = 0; i < KEEP_BATCH_TABLES; i++)
        keep_buf_free(&s->batch[i].rows);
}
