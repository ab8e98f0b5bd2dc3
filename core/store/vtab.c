/* One module for all views: SQLite's calls turned into a view's few.
 *
 * Modules are eponymous only (no xCreate): a view is there by its name, cannot be
 * made, altered or dropped. A bound's place in the argument list is written into
 * idxStr as two characters, its column and its operator. No bound is "omitted":
 * SQLite checks each again, so what a view makes of one can cost rows, never
 * give wrong ones. */
#include "core/store/vtab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct module {
    const struct keep_vtab_view *view;
    struct keep_vtab_base *b;
};

struct table {
    sqlite3_vtab base;
    struct module m;
};

static int columns_of(const struct keep_vtab_view *v)
{
    int n = 0;

    while (n < KEEP_VTAB_COLUMNS && v->column[n].name)
        n++;
    return n;
}

static int on_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **message)
{
    const struct module *m = aux;
    char sql[1024] = "CREATE TABLE x(";
    size_t n = strlen(sql);
    struct table *t;
    int rc;

    (void)argv;
    if (argc > 3) { /* name(…): views take no arguments */
        *message = sqlite3_mprintf("%s takes no arguments", m->view->name);
        return SQLITE_ERROR;
    }
    for (int i = 0; i < columns_of(m->view); i++)
        n += (size_t)snprintf(sql + n, sizeof sql - n, "%s%s %s", i ? "," : "", m->view->column[i].name, m->view->column[i].type);
    snprintf(sql + n, sizeof sql - n, ")");
    if ((rc = sqlite3_declare_vtab(db, sql)) != SQLITE_OK)
        return rc;
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    if (!(t = sqlite3_malloc(sizeof *t)))
        return SQLITE_NOMEM;
    *t = (struct table){.m = *m};
    *out = &t->base;
    return SQLITE_OK;
}

static int on_disconnect(sqlite3_vtab *t)
{
    sqlite3_free(t);
    return SQLITE_OK;
}

static int on_best_index(sqlite3_vtab *vt, sqlite3_index_info *info)
{
    const struct keep_vtab_view *v = ((struct table *)vt)->m.view;
    char plan[2 * KEEP_VTAB_BOUNDS + 1];
    double rows = v->rows;
    int n = 0;

    for (int i = 0; i < info->nConstraint && n < KEEP_VTAB_BOUNDS; i++) {
        int column = info->aConstraint[i].iColumn;
        unsigned char op = info->aConstraint[i].op;
        bool equal = op == SQLITE_INDEX_CONSTRAINT_EQ;
        bool range = op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;
        if (column < 0 || !info->aConstraint[i].usable || !v->column[column].down || (!equal && !range) || strcmp(sqlite3_vtab_collation(info, i), "BINARY") != 0)
            continue;
        plan[2 * n] = (char)('A' + column);
        plan[2 * n + 1] = (char)op;
        info->aConstraintUsage[i].argvIndex = ++n;
        rows /= equal ? 1000 : 3;
    }
    plan[2 * n] = 0;
    info->estimatedRows = rows < 1 ? 1 : (sqlite3_int64)rows;
    info->estimatedCost = rows < 1 ? 1 : rows;
    if (n > 0) {
        info->idxStr = sqlite3_mprintf("%s", plan);
        info->needToFreeIdxStr = 1;
        if (!info->idxStr)
            return SQLITE_NOMEM;
    }
    info->idxNum = n;
    return SQLITE_OK;
}

static int on_open(sqlite3_vtab *vt, sqlite3_vtab_cursor **out)
{
    const struct table *t = (struct table *)vt;
    struct keep_vtab_cursor *c = calloc(1, t->m.view->size);

    if (!c)
        return SQLITE_NOMEM;
    c->b = t->m.b;
    c->view = t->m.view;
    c->end = true;
    *out = &c->base;
    return SQLITE_OK;
}

static int on_close(sqlite3_vtab_cursor *vc)
{
    struct keep_vtab_cursor *c = (struct keep_vtab_cursor *)vc;

    if (c->view->close)
        c->view->close(c);
    free(c);
    return SQLITE_OK;
}

static int failed(struct keep_vtab_cursor *c, int rc, const struct keep_err *why)
{
    if (c->b->err.code == 0)
        c->b->err = *why;
    c->end = true;
    return rc == KEEP_E_NOMEM ? SQLITE_NOMEM : SQLITE_ERROR;
}

static int on_filter(sqlite3_vtab_cursor *vc, int number, const char *plan, int argc, sqlite3_value **argv)
{
    struct keep_vtab_cursor *c = (struct keep_vtab_cursor *)vc;
    struct keep_vtab_bound b[KEEP_VTAB_BOUNDS];
    struct keep_err why = {0};
    int rc = 0;

    (void)number;
    for (int i = 0; i < argc && i < KEEP_VTAB_BOUNDS; i++)
        b[i] = (struct keep_vtab_bound){plan[2 * i] - 'A', (unsigned char)plan[2 * i + 1], argv[i]};
    c->end = false;
    c->row = 0;
    rc = c->view->filter(c, b, argc < KEEP_VTAB_BOUNDS ? argc : KEEP_VTAB_BOUNDS, &why);
    return rc < 0 ? failed(c, rc, &why) : SQLITE_OK;
}

static int on_next(sqlite3_vtab_cursor *vc)
{
    struct keep_vtab_cursor *c = (struct keep_vtab_cursor *)vc;
    struct keep_err why = {0};
    int rc = c->view->next(c, &why);

    c->row++;
    return rc < 0 ? failed(c, rc, &why) : SQLITE_OK;
}

static int on_eof(sqlite3_vtab_cursor *vc)
{
    return ((struct keep_vtab_cursor *)vc)->end;
}

static int on_column(sqlite3_vtab_cursor *vc, sqlite3_context *out, int column)
{
    struct keep_vtab_cursor *c = (struct keep_vtab_cursor *)vc;

    c->view->cell(c, column, out);
    return SQLITE_OK;
}

static int on_rowid(sqlite3_vtab_cursor *vc, sqlite3_int64 *out)
{
    *out = ((struct keep_vtab_cursor *)vc)->row;
    return SQLITE_OK;
}

static const sqlite3_module calls = {
    .xConnect = on_connect, .xBestIndex = on_best_index, .xDisconnect = on_disconnect, .xDestroy = on_disconnect, .xOpen = on_open, .xClose = on_close,
    .xFilter = on_filter, .xNext = on_next, .xEof = on_eof, .xColumn = on_column, .xRowid = on_rowid};

int keep_vtab_register(sqlite3 *db, struct keep_vtab_base *b, struct keep_err *err)
{
    for (size_t i = 0; keep_vtab_views[i]; i++) {
        struct module *m = malloc(sizeof *m);
        if (!m)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        *m = (struct module){keep_vtab_views[i], b};
        int rc = sqlite3_create_module_v2(db, keep_vtab_views[i]->name, &calls, m, free); /* frees m on failure too */
        if (rc != SQLITE_OK)
            return keep_store_sql(db, rc, "making views", err);
    }
    return 0;
}

int keep_vtab_world(struct keep_vtab_base *b, struct keep_err *err)
{
    int rc = 0;

    if (b->loaded)
        return 0;
    if (!b->arena && !(b->arena = keep_arena_new(0)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    rc = keep_load_world(b->s, b->arena, &b->world, err);
    if (rc == 0)
        rc = keep_entity_roots_load(&b->roots, b->s, err);
    b->loaded = rc == 0;
    return rc;
}

void keep_vtab_base_done(struct keep_vtab_base *b)
{
    keep_entity_roots_free(&b->roots);
    keep_arena_free(b->arena);
    *b = (struct keep_vtab_base){.s = b->s};
}

/* --- cells --- */

void keep_vtab_word(sqlite3_context *out, const char *z)
{
    sqlite3_result_text(out, z, -1, SQLITE_STATIC);
}

void keep_vtab_flag(sqlite3_context *out, bool v)
{
    keep_vtab_word(out, v ? "yes" : "no");
}

void keep_vtab_str(sqlite3_context *out, struct keep_str s)
{
    if (s.n > 0)
        sqlite3_result_text(out, s.p, (int)s.n, SQLITE_TRANSIENT);
}

void keep_vtab_date(sqlite3_context *out, keep_date d)
{
    char text[KEEP_CIVIL_DATE_SIZE];

    if (d != KEEP_DATE_NONE)
        sqlite3_result_text(out, keep_civil_format_date(d, text), -1, SQLITE_TRANSIENT);
}

void keep_vtab_time(sqlite3_context *out, keep_time t)
{
    char text[KEEP_CIVIL_TIME_SIZE + 8], day[KEEP_CIVIL_DATE_SIZE];
    int64_t left;

    if (t == KEEP_TIME_NONE)
        return;
    left = t % (86400 * KEEP_USEC);
    if (left < 0)
        left += 86400 * KEEP_USEC;
    keep_civil_format_date(keep_civil_utc_date(t), day);
    snprintf(text, sizeof text, "%sT%02d:%02d:%02d.%06dZ", day, (int)(left / (3600 * KEEP_USEC)), (int)(left / (60 * KEEP_USEC) % 60), (int)(left / KEEP_USEC % 60),
             (int)(left % KEEP_USEC));
    sqlite3_result_text(out, text, -1, SQLITE_TRANSIENT);
}

void keep_vtab_mask(sqlite3_context *out, const struct keep_vtab_base *b, const char *word, uint64_t entity)
{
    char text[KEEP_SQLMASK_SIZE];

    if (entity)
        sqlite3_result_text(out, keep_sqlmask_put(&b->mask, word, entity, text), -1, SQLITE_TRANSIENT);
}

bool keep_vtab_unmask(const struct keep_vtab_base *b, const char *word, const struct keep_vtab_bound *at, uint64_t *entity)
{
    const char *text = sqlite3_value_type(at->value) == SQLITE_TEXT ? (const char *)sqlite3_value_text(at->value) : NULL;

    return text && keep_sqlmask_get(&b->mask, word, (struct keep_str){text, (size_t)sqlite3_value_bytes(at->value)}, entity);
}
