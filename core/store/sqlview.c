/* A user's SELECT, kept away from everything but the views.
 *
 * An authorizer alone does not keep base tables closed: SQLite names the "view"
 * through which a column is read by the FROM item's name, and a common table
 * expression may be called like a view. So there are no base tables here to be
 * reached: the connection's database is empty and in memory, its only tables are
 * virtual ones (vtab.c) that read through the store's own connection. The
 * authorizer stands in front of that as a second wall: SELECT, columns of views
 * and functions of a list; everything else is denied, what it is or will be.
 *
 * What a statement may use is bounded: steps (progress handler), the length of
 * values and of the statement, depth, columns, and no files for sorting. */
#include "core/store/sqlview.h"

#include <stdlib.h>
#include <string.h>

#include "core/store/vtab.h"

#define STEPS_DEFAULT 1000000000u
#define STEPS_EVERY 10000
#define HEX_LIMIT 4096 /* bytes of a blob shown; no view has any, a cast makes one */

static const char *const functions[] = {
    "abs", "avg", "coalesce", "count", "cume_dist", "date", "datetime", "dense_rank", "first_value", "glob", "group_concat", "hex", "ifnull", "iif", "instr",
    "julianday", "lag", "last_value", "lead", "length", "like", "lower", "ltrim", "max", "min", "nth_value", "ntile", "nullif", "percent_rank", "rank",
    "replace", "round", "row_number", "rtrim", "sign", "strftime", "substr", "substring", "sum", "time", "total", "trim", "typeof", "unixepoch", "upper"};

/* id, most. What SQLite allows by default is for programs, this is for a typed question. */
static const struct { int id, most; } limits[] = {
    {SQLITE_LIMIT_LENGTH, 1 << 20},         {SQLITE_LIMIT_SQL_LENGTH, 1 << 16},     {SQLITE_LIMIT_COLUMN, 200},       {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},     {SQLITE_LIMIT_VDBE_OP, 100000},         {SQLITE_LIMIT_FUNCTION_ARG, 32},  {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256}, {SQLITE_LIMIT_VARIABLE_NUMBER, 0},     {SQLITE_LIMIT_TRIGGER_DEPTH, 0},  {SQLITE_LIMIT_WORKER_THREADS, 0}};

struct keep_sqlview {
    struct keep_vtab_base base;
    sqlite3 *db;
    sqlite3_stmt *st;
    struct keep_sqlview_limits limits;
    uint64_t steps;
    bool stopped, spent;
    const char *denied; /* what the authorizer said no to last */
    struct keep_buf hex[KEEP_SQLVIEW_COLUMNS];
};

static bool is_view(const char *name)
{
    for (size_t i = 0; name && keep_vtab_views[i]; i++)
        if (sqlite3_stricmp(keep_vtab_views[i]->name, name) == 0)
            return true;
    return false;
}

static bool is_function(const char *name)
{
    for (size_t i = 0; name && i < sizeof functions / sizeof *functions; i++)
        if (sqlite3_stricmp(functions[i], name) == 0)
            return true;
    return false;
}

/* SQLite asks for the column "" of what a statement names without reading a column of it, a common table expression too: count(*) of one. Other tables than
 * the views are not there, but for what SQLite itself makes up. */
static bool is_counted(const char *name, const char *column)
{
    return name && column && !*column && sqlite3_strnicmp(name, "sqlite_", 7) != 0 && sqlite3_strnicmp(name, "pragma_", 7) != 0;
}

static int authorize(void *ctx, int action, const char *a, const char *b, const char *db, const char *through)
{
    struct keep_sqlview *v = ctx;

    (void)db;
    (void)through;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_READ:
        v->denied = "only the views can be read";
        return is_view(a) || is_counted(a, b) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        v->denied = "this function is not one of those listed in --help";
        return is_function(b) ? SQLITE_OK : SQLITE_DENY;
    default: /* writing, ATTACH, PRAGMA, transactions, and what later versions add */
        v->denied = "only SELECT is possible";
        return SQLITE_DENY;
    }
}

static int progress(void *ctx)
{
    struct keep_sqlview *v = ctx;

    v->steps += STEPS_EVERY;
    v->spent = v->steps > v->limits.steps;
    v->stopped = !v->spent && v->limits.stop && v->limits.stop(v->limits.ctx) != 0;
    return v->spent || v->stopped;
}

static int failed(struct keep_sqlview *v, int rc, struct keep_err *err)
{
    const char *says = sqlite3_errmsg(v->db);

    if (v->base.err.code < 0) {
        if (err && err->code == 0)
            *err = v->base.err;
        return v->base.err.code;
    }
    switch (rc & 0xff) {
    case SQLITE_NOMEM: return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    case SQLITE_TOOBIG: return keep_err_set(err, KEEP_E_LIMIT, "a value or the statement is too large");
    case SQLITE_INTERRUPT:
        return v->spent ? keep_err_set(err, KEEP_E_LIMIT, "it took more than %llu steps: ask for less, or for less at a time", (unsigned long long)v->limits.steps)
                        : keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    case SQLITE_AUTH: return keep_err_set(err, KEEP_E_USAGE, "not allowed here: %s (%s)", says, v->denied ? v->denied : "only SELECT is possible");
    default: return keep_err_set(err, KEEP_E_USAGE, "%s", says);
    }
}

/* Every view is connected before the authorizer stands: declaring one is no user's doing. */
static int connect_views(struct keep_sqlview *v, struct keep_err *err)
{
    char sql[64];

    for (size_t i = 0; keep_vtab_views[i]; i++) {
        sqlite3_stmt *st = NULL;
        sqlite3_snprintf(sizeof sql, sql, "SELECT 1 FROM %s", keep_vtab_views[i]->name);
        int rc = sqlite3_prepare_v2(v->db, sql, -1, &st, NULL);
        sqlite3_finalize(st);
        if (rc != SQLITE_OK)
            return failed(v, rc, err);
    }
    return 0;
}

static int harden(struct keep_sqlview *v, struct keep_err *err)
{
    static const struct { int op, value; } config[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1}, {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                                       {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_DQS_DML, 0}, {SQLITE_DBCONFIG_DQS_DDL, 0}};

    for (size_t i = 0; i < sizeof config / sizeof *config; i++) {
        int now = -1;
        if (sqlite3_db_config(v->db, config[i].op, config[i].value, &now) != SQLITE_OK || now != config[i].value)
            return keep_err_set(err, KEEP_E_IO, "sqlite does not take setting %d", config[i].op);
    }
    if (sqlite3_exec(v->db, "PRAGMA temp_store=MEMORY; PRAGMA query_only=ON", NULL, NULL, NULL) != SQLITE_OK)
        return keep_err_set(err, KEEP_E_IO, "sqlite does not run as it must");
    int rc = connect_views(v, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        sqlite3_limit(v->db, limits[i].id, limits[i].most);
    sqlite3_set_authorizer(v->db, authorize, v);
    sqlite3_progress_handler(v->db, STEPS_EVERY, progress, v);
    return 0;
}

int keep_sqlview_open(struct keep_sqlview **out, struct keep_store *s, const struct keep_sqlview_limits *given, struct keep_err *err)
{
    struct keep_sqlview *v = calloc(1, sizeof *v);
    int rc;

    if (!v)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    v->base.s = s;
    if (given)
        v->limits = *given;
    if (v->limits.steps == 0)
        v->limits.steps = STEPS_DEFAULT;
    keep_sqlmask_init(&v->base.mask, s);
    rc = sqlite3_open_v2(":memory:", &v->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK ? 0 : KEEP_E_NOMEM;
    if (rc != 0)
        keep_err_set(err, rc, "out of memory");
    if (rc == 0 && sqlite3_drop_modules(v->db, NULL) != SQLITE_OK) /* json_each, dbstat and what else this SQLite was built with */
        rc = keep_err_set(err, KEEP_E_IO, "sqlite does not run as it must");
    if (rc == 0)
        rc = keep_vtab_register(v->db, &v->base, err);
    if (rc == 0)
        rc = harden(v, err);
    if (rc != 0) {
        keep_sqlview_close(v);
        return rc;
    }
    *out = v;
    return 0;
}

void keep_sqlview_close(struct keep_sqlview *v)
{
    if (!v)
        return;
    sqlite3_finalize(v->st);
    sqlite3_close(v->db);
    keep_vtab_base_done(&v->base);
    for (size_t i = 0; i < KEEP_SQLVIEW_COLUMNS; i++)
        keep_buf_free(&v->hex[i]);
    free(v);
}

int keep_sqlview_prepare(struct keep_sqlview *v, struct keep_str sql, struct keep_err *err)
{
    const char *tail = NULL;
    sqlite3_stmt *more = NULL;
    int rc;

    sqlite3_finalize(v->st);
    v->st = NULL;
    v->denied = NULL;
    v->steps = 0;
    if (sql.n == 0)
        return keep_err_set(err, KEEP_E_USAGE, "there is no statement");
    if (sql.n > (1 << 16) || memchr(sql.p, 0, sql.n))
        return keep_err_set(err, KEEP_E_USAGE, "a statement has at most 65536 bytes and no NUL");
    rc = sqlite3_prepare_v2(v->db, sql.p, (int)sql.n, &v->st, &tail);
    if (rc != SQLITE_OK)
        return failed(v, rc, err);
    if (!v->st)
        return keep_err_set(err, KEEP_E_USAGE, "there is no statement");
    if (tail) {
        rc = sqlite3_prepare_v2(v->db, tail, (int)(sql.p + sql.n - tail), &more, NULL);
        sqlite3_finalize(more);
        if (rc != SQLITE_OK || more)
            return keep_err_set(err, KEEP_E_USAGE, "one statement at a time");
    }
    if (!sqlite3_stmt_readonly(v->st) || sqlite3_column_count(v->st) == 0)
        return keep_err_set(err, KEEP_E_USAGE, "only SELECT is possible");
    if (sqlite3_column_count(v->st) > KEEP_SQLVIEW_COLUMNS)
        return keep_err_set(err, KEEP_E_USAGE, "a result has at most %d columns", KEEP_SQLVIEW_COLUMNS);
    return 0;
}

uint64_t keep_sqlview_opened(const struct keep_sqlview *v)
{
    return v->base.opened;
}

int keep_sqlview_columns(const struct keep_sqlview *v)
{
    return sqlite3_column_count(v->st);
}

const char *keep_sqlview_name(const struct keep_sqlview *v, int column)
{
    return sqlite3_column_name(v->st, column);
}

static struct keep_str hex_of(struct keep_buf *b, const uint8_t *p, size_t n)
{
    keep_buf_clear(b);
    keep_buf_str(b, "x'");
    for (size_t i = 0; i < n && i < HEX_LIMIT; i++)
        keep_buf_printf(b, "%02x", p[i]);
    keep_buf_str(b, n > HEX_LIMIT ? "…'" : "'");
    return keep_buf_view(b);
}

int keep_sqlview_next(struct keep_sqlview *v, struct keep_sqlview_value *value, struct keep_err *err)
{
    int rc = sqlite3_step(v->st);

    if (rc == SQLITE_DONE)
        return 0;
    if (rc != SQLITE_ROW)
        return failed(v, rc, err);
    for (int i = 0; i < sqlite3_column_count(v->st); i++) {
        int type = sqlite3_column_type(v->st, i);
        value[i] = (struct keep_sqlview_value){KEEP_SQLVIEW_NULL, {NULL, 0}};
        if (type == SQLITE_NULL)
            continue;
        value[i].type = type == SQLITE_INTEGER || type == SQLITE_FLOAT ? KEEP_SQLVIEW_NUMBER : KEEP_SQLVIEW_TEXT;
        if (type == SQLITE_BLOB) {
            value[i].text = hex_of(&v->hex[i], sqlite3_column_blob(v->st, i), (size_t)sqlite3_column_bytes(v->st, i));
        } else {
            const char *text = (const char *)sqlite3_column_text(v->st, i);
            if (!text)
                return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
            value[i].text = (struct keep_str){text, (size_t)sqlite3_column_bytes(v->st, i)};
        }
        if (type == SQLITE_FLOAT && (value[i].text.p[0] == 'I' || value[i].text.p[0] == 'N' || value[i].text.p[1] == 'I'))
            value[i].type = KEEP_SQLVIEW_TEXT; /* Inf and -Inf are no numbers of JSON */
    }
    return 1;
}
