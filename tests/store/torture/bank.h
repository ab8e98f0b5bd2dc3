/* A small database over the sealed VFS whose values always add up, and how far
 * a torture program goes: at a stride in `make check`, whole in `make torture`. */
#ifndef TESTS_STORE_TORTURE_BANK_H
#define TESTS_STORE_TORTURE_BANK_H

#include "core/crypto/secret.h"
#include "core/store/inside.h"
#include "core/store/vfs.h"

#define BANK_PATH "/memdisk/f.db"
#define BANK_MARKER "clear text of a patient"
#define BANK_ROWS 160
#define BANK_SUM (BANK_ROWS * 1000)

/* `part` in make check, 1 in make torture. */
static inline int bank_stride(int part)
{
    return getenv("CHARTKEEP_TORTURE") ? 1 : part;
}

/* The line that make torture prints. */
#define bank_tell(...) (printf("torture: "), printf(__VA_ARGS__), printf("\n"), fflush(stdout))

struct bank {
    struct keep_vfs *v;
    sqlite3 *db;
};

/* head: a number that stands for the head of the ledger. */
static inline int bank_try(struct bank *b, const char *path, unsigned head, struct keep_err *err)
{
    uint8_t id[16], key[32], digest[32] = {(uint8_t)head, (uint8_t)(head >> 8)};
    int rc;

    *b = (struct bank){0};
    memset(id, 7, sizeof id);
    memset(key, 9, sizeof key);
    rc = keep_vfs_new(&b->v, path, KEEP_VFS_RECORDS, id, key, err);
    if (rc == 0) {
        keep_vfs_head(b->v, digest);
        rc = keep_vfs_connect(b->v, &b->db, err);
    }
    return rc;
}

static inline void bank_close(struct bank *b)
{
    sqlite3_close(b->db);
    keep_vfs_free(b->v);
    *b = (struct bank){0};
}

static inline void bank_head(struct bank *b, unsigned head)
{
    uint8_t digest[32] = {(uint8_t)head, (uint8_t)(head >> 8)};

    keep_vfs_head(b->v, digest);
}

static inline int bank_exec(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite3_extended_errcode(db);
}

/* -1: the statement failed. */
static inline sqlite3_int64 bank_value(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    sqlite3_int64 v = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

static inline int bank_fill(sqlite3 *db)
{
    return bank_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER, pad TEXT); CREATE INDEX tv ON t(v); CREATE TABLE n(n INTEGER); INSERT INTO n VALUES(0);"
                         "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 160) "
                         "INSERT INTO t SELECT x, 1000, '" BANK_MARKER "' || hex(zeroblob(400)) FROM i; PRAGMA cache_size=10");
}

/* One transaction of several kinds by its number: values move between rows, a savepoint is rolled back, the file grows and shrinks, pages are freed
 * unwritten, an index is made. Every one adds 1 to n and leaves the sum. */
static inline int bank_move(sqlite3 *db, int round)
{
    static const char *const more[] = {
        "SAVEPOINT a; UPDATE t SET pad = 'gone', v = 0 WHERE id < 80; ROLLBACK TO a; RELEASE a;",
        "CREATE TABLE big(x); INSERT INTO big SELECT zeroblob(30000) FROM t LIMIT 3; CREATE TABLE after(x); INSERT INTO after SELECT zeroblob(9000) FROM t LIMIT 2; DROP TABLE big;",
        "DELETE FROM after; INSERT INTO after SELECT pad FROM t LIMIT 60; DROP INDEX tv;",
        "DROP TABLE after; CREATE INDEX tv ON t(v);",
    };
    char sql[700];

    snprintf(sql, sizeof sql, "BEGIN IMMEDIATE; UPDATE t SET v = v + CASE WHEN id %% 2 THEN %d ELSE -%d END; UPDATE n SET n = n + 1; %s COMMIT",
             round, round, more[(round - 1) % 4]);
    return bank_exec(db, sql);
}

static inline int bank_count_bad(void *ctx, uint64_t page, bool ok)
{
    (void)page;
    *(uint64_t *)ctx += !ok;
    return 0;
}

/* NULL, or what is wrong with the open database. */
static inline const char *bank_wrong(struct bank *b)
{
    struct keep_err err = {0};
    uint64_t bad = 0;

    if (bank_value(b->db, "SELECT sum(v) FROM t") != BANK_SUM)
        return "the sum";
    if (bank_value(b->db, "SELECT count(*) FROM t WHERE pad LIKE '" BANK_MARKER "%'") != BANK_ROWS)
        return "the texts";
    if (bank_value(b->db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") != 1)
        return "integrity_check";
    if (keep_vfs_walk(b->v, NULL, bank_count_bad, &bad, NULL, &err) != 0 || bad != 0)
        return "a page's seal";
    return NULL;
}

#endif
