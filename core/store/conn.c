/* Connections over the sealed VFS, and walks over raw pages.
 *
 * A connection is used only after it was seen to run as it must: pragmas that
 * SQLite did not take (it answers with what it kept) are an error. What could
 * carry pages around the VFS is switched off: ATTACH (and VACUUM, which needs
 * it), extensions, URIs (paths are absolute), and schemas that call functions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto/secret.h"
#include "core/store/batch.h"
#include "core/store/inside.h"
#include "core/store/vfs.h"
#include "core/store/vfs_inside.h"

#define BUSY_MS 60000 /* a writer waits this long for readers that are in the middle of something */

/* Kibibytes of pages that a connection keeps: what an import's transaction writes, and of the keyring, which grows at its end and is asked for a key at a
 * time, its inner pages. */
#define RECORDS_CACHE "PRAGMA cache_size=-32768"
#define KEYRING_CACHE "PRAGMA cache_size=-4096"

/* Statement and the answer it must give, NULL when there is none to compare. */
static const struct setting {
    const char *sql, *answer;
} settings[] = {
    {"PRAGMA temp_store=MEMORY", NULL},     {"PRAGMA temp_store", "2"},  {"PRAGMA secure_delete=ON", "1"},
    {"PRAGMA cell_size_check=ON", NULL},    {"PRAGMA page_size", "4096"},
    {"PRAGMA journal_mode=TRUNCATE", "truncate"}, {"PRAGMA synchronous=EXTRA", NULL}, {"PRAGMA synchronous", "3"},
};

static int set(sqlite3 *db, const struct setting *s, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, s->sql, -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    const char *answer = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
    if (rc == SQLITE_ROW && !answer && sqlite3_errcode(db) == SQLITE_NOMEM)
        rc = SQLITE_NOMEM; /* the answer could not be made a text */
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        rc = keep_store_sql(db, rc, "opening", err);
    else if (s->answer && (!answer || strcmp(answer, s->answer) != 0))
        rc = keep_err_set(err, KEEP_E_IO, "sqlite does not run as it must: %s", s->sql);
    else
        rc = 0;
    sqlite3_finalize(st);
    return rc;
}

static int harden(sqlite3 *db, struct keep_err *err)
{
    static const struct {
        int op, value;
    } config[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1}, {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                  {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_DQS_DML, 0}, {SQLITE_DBCONFIG_DQS_DDL, 0}};

    for (size_t i = 0; i < sizeof config / sizeof *config; i++) {
        int now = -1;
        if (sqlite3_db_config(db, config[i].op, config[i].value, &now) != SQLITE_OK || now != config[i].value)
            return keep_err_set(err, KEEP_E_IO, "sqlite does not take setting %d", config[i].op);
    }
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    return 0;
}

int keep_vfs_connect(struct keep_vfs *v, sqlite3 **out, struct keep_err *err)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    int reserve = KEEP_VFS_RESERVE, rc;

    rc = sqlite3_open_v2(v->path, &db, flags, v->name);
    if (rc != SQLITE_OK) {
        if ((rc & 0xff) == SQLITE_CANTOPEN && access(v->path, F_OK) != 0 && errno == ENOENT)
            rc = keep_err_at(err, KEEP_E_INTEGRITY, strrchr(v->path, '/') + 1, 0, 0, "missing");
        else
            rc = keep_store_sql(db, rc, "opening", err);
        goto out;
    }
    rc = harden(db, err);
    if (rc == 0)
        rc = keep_batch_module(db, err);
    if (rc == 0 && sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve) != SQLITE_OK)
        rc = keep_err_set(err, KEEP_E_IO, "sqlite does not leave room for seals");
    if (rc == 0)
        rc = set(db, &(struct setting){v->file == KEEP_VFS_RECORDS ? RECORDS_CACHE : KEYRING_CACHE, NULL}, err);
    for (size_t i = 0; rc == 0 && i < sizeof settings / sizeof *settings; i++)
        rc = set(db, &settings[i], err);
    if (rc == 0) {
        *out = db;
        db = NULL;
    }
out:
    sqlite3_close(db);
    return rc;
}

static struct keep_vfs_handle *handle_of(sqlite3 *db)
{
    sqlite3_file *f = NULL;

    if (!db || sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK || !f || !f->pMethods)
        return NULL;
    return (struct keep_vfs_handle *)f;
}

const char *keep_vfs_file_name(sqlite3 *db)
{
    const struct keep_vfs_handle *h = handle_of(db);

    return !h ? "" : h->v->file == KEEP_VFS_RECORDS ? "records.db" : "keyring.db";
}

uint64_t keep_vfs_bad_page(sqlite3 *db)
{
    const struct keep_vfs_handle *h = handle_of(db);

    return h ? h->v->bad : 0;
}

int keep_vfs_stamp(sqlite3 *db, uint64_t n, struct keep_err *err)
{
    char sql[48];

    snprintf(sql, sizeof sql, "PRAGMA user_version=%u", (unsigned)(n & INT32_MAX));
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : keep_store_sql(db, rc, "stamping page 1", err);
}

int keep_vfs_stamped(sqlite3 *db, uint64_t n, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    uint32_t had = 0;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL);

    if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        had = (uint32_t)sqlite3_column_int(st, 0);
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_OK)
        rc = keep_store_sql(db, rc, "reading page 1", err);
    else if (had != (n & INT32_MAX))
        rc = keep_err_at(err, KEEP_E_INTEGRITY, keep_vfs_file_name(db), 0, 0, "page 1 was written by commit %u, the newest is %llu", had, (unsigned long long)n);
    sqlite3_finalize(st);
    return rc;
}

/* --- raw pages --- */

static int lower_open(struct keep_vfs *v, sqlite3_file **out, struct keep_err *err)
{
    sqlite3_file *f = calloc(1, (size_t)v->lower->szOsFile);

    if (!f)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (v->lower->xOpen(v->lower, v->path, f, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK) {
        free(f);
        return keep_err_at(err, KEEP_E_INTEGRITY, v->path, 0, 0, "cannot be opened");
    }
    *out = f;
    return 0;
}

static void lower_close(sqlite3_file *f)
{
    if (f && f->pMethods)
        f->pMethods->xClose(f);
    free(f);
}

int keep_vfs_probe(struct keep_vfs *v, struct keep_err *err)
{
    sqlite3_file *f = NULL;
    int rc = lower_open(v, &f, err);

    if (rc != 0)
        return rc;
    if (f->pMethods->xRead(f, v->scratch, KEEP_VFS_PAGE, 0) != SQLITE_OK || !keep_vfs_unseal(v, false, 1, v->scratch))
        rc = keep_err_at(err, KEEP_E_INTEGRITY, v->path, 0, 0, "page 1 is not sealed under this key");
    v->bad = 0;
    keep_secret_wipe(v->scratch, sizeof v->scratch);
    lower_close(f);
    return rc;
}

int keep_vfs_walk(struct keep_vfs *v, sqlite3 *db, int (*each)(void *ctx, uint64_t page, bool ok), void *ctx, uint64_t *pages, struct keep_err *err)
{
    struct keep_vfs_handle *h = handle_of(db);
    sqlite3_file *own = NULL, *f = NULL;
    sqlite3_int64 size = 0;
    uint64_t n, bad = v->bad;
    int rc = 0;

    if (!h)
        rc = lower_open(v, &own, err);
    if (rc != 0)
        return rc;
    f = h ? h->lower : own;
    if (f->pMethods->xFileSize(f, &size) != SQLITE_OK)
        rc = keep_err_at(err, KEEP_E_IO, v->path, 0, 0, "cannot tell its size");
    n = (uint64_t)size / KEEP_VFS_PAGE + (size % KEEP_VFS_PAGE != 0);
    for (uint64_t i = 1; rc == 0 && i <= n; i++) {
        if (i == KEEP_VFS_LOCK_PAGE)
            continue;
        bool ok = f->pMethods->xRead(f, v->scratch, KEEP_VFS_PAGE, (sqlite3_int64)(i - 1) * KEEP_VFS_PAGE) == SQLITE_OK
               && keep_vfs_unseal(v, false, (uint32_t)i, v->scratch);
        rc = each(ctx, i, ok);
    }
    v->bad = bad;
    keep_secret_wipe(v->scratch, sizeof v->scratch);
    lower_close(own);
    if (rc == 0 && pages)
        *pages = n;
    return rc;
}
