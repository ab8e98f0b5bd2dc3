/* A plain table under the sealed VFS: made, opened, looked at. */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/store/inside.h"
#include "core/store/vfs.h"
#include "tests/store/keepdir.h"
#include "tests/store/torture/bank.h"

#define MARKER "clear text of a patient"
#define ROWS 400
#define SUM (ROWS * 1000)

struct world {
    struct keepdir *dir;
    char path[300], journal[320];
    uint8_t id[16], key[32], head[32];
};

static inline struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->dir = keepdir_new(false);
    snprintf(w->path, sizeof w->path, "%s/f.db", w->dir->base);
    snprintf(w->journal, sizeof w->journal, "%s-journal", w->path);
    memset(w->id, 7, sizeof w->id);
    memset(w->key, 9, sizeof w->key);
    return w;
}

static inline int world_setup(void **state)
{
    *state = world_new();
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;

    keep_fault_set(NULL, NULL);
    keepdir_free(w->dir);
    free(w);
    return 0;
}

struct conn {
    struct keep_vfs *v;
    sqlite3 *db;
};

static inline int conn_try(struct world *w, struct conn *c)
{
    struct keep_err err = {0};

    *c = (struct conn){0};
    if (keepdir_size(w->path) == 0)
        keepdir_write(w->path, "", 0);
    assert_int_equal(keep_vfs_new(&c->v, w->path, KEEP_VFS_RECORDS, w->id, w->key, &err), 0);
    keep_vfs_head(c->v, w->head);
    return keep_vfs_connect(c->v, &c->db, &err);
}

static inline void conn_done(struct conn *c)
{
    sqlite3_close(c->db);
    keep_vfs_free(c->v);
}

static inline struct conn conn_open(struct world *w)
{
    struct conn c;

    assert_int_equal(conn_try(w, &c), 0);
    return c;
}

/* A table whose values always add up, on some hundred pages. */
static inline void fill(struct world *w)
{
    struct conn c = conn_open(w);

    assert_int_equal(bank_exec(c.db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER, pad TEXT); CREATE TABLE n(n INTEGER); INSERT INTO n VALUES(0);"), 0);
    assert_int_equal(bank_exec(c.db, "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 400) "
                                "INSERT INTO t SELECT x, 1000, '" MARKER "' || hex(zeroblob(400)) FROM i"), 0);
    conn_done(&c);
}

/* 0 whole, else what is wrong. */
static inline int look(struct world *w)
{
    struct conn c;
    int wrong = 0;

    if (conn_try(w, &c) != 0)
        wrong = 1;
    else if (bank_value(c.db, "SELECT sum(v) FROM t") != SUM || bank_value(c.db, "SELECT count(*) FROM t WHERE pad LIKE '" MARKER "%'") != ROWS)
        wrong = 2;
    else if (bank_value(c.db, "SELECT count(*) FROM pragma_quick_check WHERE quick_check = 'ok'") != 1)
        wrong = 3;
    conn_done(&c);
    return wrong;
}

static inline int count_bad(void *ctx, uint64_t page, bool ok)
{
    uint64_t *bad = ctx;

    (void)page;
    *bad += !ok;
    return 0;
}

static inline uint64_t bad_pages(struct world *w, uint64_t *pages)
{
    struct keep_err err = {0};
    struct keep_vfs *v = NULL;
    uint64_t bad = 0;

    assert_int_equal(keep_vfs_new(&v, w->path, KEEP_VFS_RECORDS, w->id, w->key, &err), 0);
    assert_int_equal(keep_vfs_walk(v, NULL, count_bad, &bad, pages, &err), 0);
    keep_vfs_free(v);
    return bad;
}

static inline bool contains(const char *path, const char *what)
{
    size_t n;
    unsigned char *p = keepdir_read(path, &n);
    bool found = memmem(p, n, what, strlen(what)) != NULL;

    free(p);
    return found;
}

/* Moves value between rows: every page is touched, the sum stays. With a small cache pages spill, so the journal has several segments. */
static inline int move(sqlite3 *db, int round)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "BEGIN IMMEDIATE; UPDATE t SET v = v + CASE WHEN id %% 2 THEN %d ELSE -%d END; UPDATE n SET n = n + 1; "
             "SAVEPOINT a; UPDATE t SET pad = 'gone', v = 0 WHERE id < 150; ROLLBACK TO a; RELEASE a; COMMIT", round, round);
    return bank_exec(db, sql);
}

#endif
