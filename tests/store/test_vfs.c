/* The sealed VFS alone, under a plain table: what lies on the disk, what damage
 * of every kind leads to, what it refuses, and that neither a process killed at
 * any write nor an error from the disk loses or mixes what was committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "core/store/fault.h"
#include "core/store/inside.h"
#include "core/store/vfs.h"
#include "tests/store/keepdir.h"

#define MARKER "clear text of a patient"
#define ROWS 400
#define SUM (ROWS * 1000)

struct world {
    struct keepdir *dir;
    char path[300], journal[320];
    uint8_t id[16], key[32], head[32];
};

static struct world *world_new(void)
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

static int setup(void **state)
{
    *state = world_new();
    return 0;
}

static int teardown(void **state)
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

static int conn_try(struct world *w, struct conn *c)
{
    struct keep_err err = {0};

    *c = (struct conn){0};
    if (keepdir_size(w->path) == 0)
        keepdir_write(w->path, "", 0);
    assert_int_equal(keep_vfs_new(&c->v, w->path, KEEP_VFS_RECORDS, w->id, w->key, &err), 0);
    keep_vfs_head(c->v, w->head);
    return keep_vfs_connect(c->v, &c->db, &err);
}

static void conn_done(struct conn *c)
{
    sqlite3_close(c->db);
    keep_vfs_free(c->v);
}

static struct conn conn_open(struct world *w)
{
    struct conn c;

    assert_int_equal(conn_try(w, &c), 0);
    return c;
}

static int exec(sqlite3 *db, const char *sql)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : sqlite3_extended_errcode(db);
}

static sqlite3_int64 value(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    sqlite3_int64 v = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* A table whose values always add up, on some hundred pages. */
static void fill(struct world *w)
{
    struct conn c = conn_open(w);

    assert_int_equal(exec(c.db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER, pad TEXT); CREATE TABLE n(n INTEGER); INSERT INTO n VALUES(0);"), 0);
    assert_int_equal(exec(c.db, "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 400) "
                                "INSERT INTO t SELECT x, 1000, '" MARKER "' || hex(zeroblob(400)) FROM i"), 0);
    conn_done(&c);
}

/* 0 whole, else what is wrong. */
static int look(struct world *w)
{
    struct conn c;
    int wrong = 0;

    if (conn_try(w, &c) != 0)
        wrong = 1;
    else if (value(c.db, "SELECT sum(v) FROM t") != SUM || value(c.db, "SELECT count(*) FROM t WHERE pad LIKE '" MARKER "%'") != ROWS)
        wrong = 2;
    else if (value(c.db, "SELECT count(*) FROM pragma_quick_check WHERE quick_check = 'ok'") != 1)
        wrong = 3;
    conn_done(&c);
    return wrong;
}

static int count_bad(void *ctx, uint64_t page, bool ok)
{
    uint64_t *bad = ctx;

    (void)page;
    *bad += !ok;
    return 0;
}

static uint64_t bad_pages(struct world *w, uint64_t *pages)
{
    struct keep_err err = {0};
    struct keep_vfs *v = NULL;
    uint64_t bad = 0;

    assert_int_equal(keep_vfs_new(&v, w->path, KEEP_VFS_RECORDS, w->id, w->key, &err), 0);
    assert_int_equal(keep_vfs_walk(v, NULL, count_bad, &bad, pages, &err), 0);
    keep_vfs_free(v);
    return bad;
}

static bool contains(const char *path, const char *what)
{
    size_t n;
    unsigned char *p = keepdir_read(path, &n);
    bool found = memmem(p, n, what, strlen(what)) != NULL;

    free(p);
    return found;
}

/* --- at rest --- */

static void test_vfs_nothing_in_clear(void **state)
{
    struct world *w = *state;
    uint64_t pages = 0;

    fill(w);
    assert_false(contains(w->path, MARKER));
    assert_false(contains(w->path, "SQLite format"));
    assert_false(contains(w->path, "CREATE TABLE"));
    assert_int_equal(bad_pages(w, &pages), 0);
    assert_true(pages > 50);
    assert_int_equal(keepdir_size(w->path), pages * KEEP_VFS_PAGE);
    /* an open transaction's journal */
    struct conn c = conn_open(w);
    assert_int_equal(exec(c.db, "BEGIN; UPDATE t SET v = v + 1"), 0);
    assert_int_equal(sqlite3_db_cacheflush(c.db), SQLITE_OK);
    assert_true(keepdir_size(w->journal) > 50 * KEEP_VFS_PAGE);
    assert_false(contains(w->journal, MARKER));
    assert_int_equal(exec(c.db, "ROLLBACK"), 0);
    conn_done(&c);
    assert_int_equal(look(w), 0);
}

static void test_vfs_wrong_key_id_or_file(void **state)
{
    struct world *w = *state;
    struct keep_err err = {0};
    struct keep_vfs *v = NULL;

    fill(w);
    w->key[3] ^= 1;
    assert_int_equal(look(w), 1);
    w->key[3] ^= 1;
    w->id[3] ^= 1;
    assert_int_equal(look(w), 1);
    w->id[3] ^= 1;
    assert_int_equal(look(w), 0);
    /* the same key and id, another kind of file */
    assert_int_equal(keep_vfs_new(&v, w->path, KEEP_VFS_KEYRING, w->id, w->key, &err), 0);
    assert_int_equal(keep_vfs_probe(v, &err), KEEP_E_INTEGRITY);
    keep_vfs_free(v);
}

static void test_vfs_every_flip_is_seen(void **state)
{
    struct world *w = *state;
    uint64_t pages = 0;

    fill(w);
    bad_pages(w, &pages);
    for (uint64_t p = 0; p < pages; p++) {
        size_t at = p * KEEP_VFS_PAGE + (p * 977) % KEEP_VFS_PAGE;
        keepdir_flip(w->path, at, (unsigned char)(1 << (p % 8)));
        assert_int_equal(bad_pages(w, NULL), 1);
        assert_int_not_equal(look(w), 0);
        keepdir_flip(w->path, at, (unsigned char)(1 << (p % 8)));
    }
    for (size_t i = 0; i < KEEP_VFS_PAGE; i += 7) { /* all over one page: body, nonce, tag */
        keepdir_flip(w->path, 5 * KEEP_VFS_PAGE + i, 0x10);
        assert_int_equal(bad_pages(w, NULL), 1);
        keepdir_flip(w->path, 5 * KEEP_VFS_PAGE + i, 0x10);
    }
    assert_int_equal(look(w), 0);
}

static void test_vfs_moved_and_missing_pages(void **state)
{
    struct world *w = *state;
    size_t n;
    uint64_t pages = 0;

    fill(w);
    unsigned char *p = keepdir_read(w->path, &n), *q = malloc(n + KEEP_VFS_PAGE);
    assert_non_null(q);
    pages = n / KEEP_VFS_PAGE;
    for (uint64_t i = 0; i + 1 < pages; i += 3) { /* two pages exchanged */
        memcpy(q, p, n);
        memcpy(q + i * KEEP_VFS_PAGE, p + (i + 1) * KEEP_VFS_PAGE, KEEP_VFS_PAGE);
        memcpy(q + (i + 1) * KEEP_VFS_PAGE, p + i * KEEP_VFS_PAGE, KEEP_VFS_PAGE);
        keepdir_write(w->path, q, n);
        assert_int_equal(bad_pages(w, NULL), 2);
        assert_int_not_equal(look(w), 0);
    }
    for (uint64_t i = 0; i < pages; i += 3) { /* a page of zeros, and a file that ends there, in its middle, before */
        memcpy(q, p, n);
        memset(q + i * KEEP_VFS_PAGE, 0, KEEP_VFS_PAGE);
        keepdir_write(w->path, q, n);
        assert_int_not_equal(look(w), 0);
        keepdir_write(w->path, p, i * KEEP_VFS_PAGE);
        assert_int_not_equal(look(w), 0);
        keepdir_write(w->path, p, i * KEEP_VFS_PAGE + 2000);
        assert_int_not_equal(look(w), 0);
        keepdir_write(w->path, p, i * KEEP_VFS_PAGE + KEEP_VFS_PAGE - 1);
        if (i + 1 < pages)
            assert_int_not_equal(look(w), 0);
    }
    keepdir_write(w->path, p, n - 1);
    assert_int_equal(bad_pages(w, NULL), 1);
    memcpy(q, p, n);
    memset(q + n, 0x55, KEEP_VFS_PAGE);
    keepdir_write(w->path, q, n + 100);
    assert_int_equal(bad_pages(w, NULL), 1);
    free(p);
    free(q);
}

static void test_vfs_plain_database_is_refused(void **state)
{
    struct world *w = *state;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    assert_int_equal(exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER, pad TEXT)"), 0);
    sqlite3_close(db);
    assert_int_equal(look(w), 1);
}

/* --- refusals --- */

static void test_vfs_refusals(void **state)
{
    static const char *const refused[] = {
        "ATTACH ':memory:' AS a", "ATTACH 'other.db' AS a", "VACUUM", "VACUUM INTO 'file:/tmp/leak.db?vfs=unix'", "SELECT load_extension('x')",
        "PRAGMA journal_mode=WAL", "PRAGMA journal_mode=OFF", "PRAGMA journal_mode=DELETE", "PRAGMA journal_mode=MEMORY", "PRAGMA temp_store=FILE",
        "PRAGMA synchronous=OFF", "PRAGMA mmap_size=1000000", "PRAGMA page_size=8192", "PRAGMA locking_mode=EXCLUSIVE", "PRAGMA auto_vacuum=1",
        "PRAGMA writable_schema=ON", "PRAGMA secure_delete=OFF", "PRAGMA wal_checkpoint", "PRAGMA a_pragma_of_tomorrow", "PRAGMA journal_size_limit=0",
    };
    struct world *w = *state;
    sqlite3 *other = NULL;
    char path[320];

    fill(w);
    struct conn c = conn_open(w);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_not_equal(exec(c.db, refused[i]), 0);
    assert_int_not_equal(access("/tmp/leak.db", F_OK), 0);
    /* a sort and a temporary table that do not fit in the cache stay in memory */
    assert_int_equal(exec(c.db, "PRAGMA cache_size=5; CREATE TEMP TABLE x AS SELECT * FROM t; SELECT * FROM t ORDER BY pad || v DESC"), 0);
    /* another file under the same VFS */
    snprintf(path, sizeof path, "%s/other.db", w->dir->base);
    sqlite3_vfs *vfs = NULL;
    for (vfs = sqlite3_vfs_find(NULL); vfs && strncmp(vfs->zName, "keep-", 5) != 0; vfs = vfs->pNext)
        ;
    assert_non_null(vfs);
    assert_int_equal(sqlite3_open_v2(path, &other, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs->zName), SQLITE_CANTOPEN);
    sqlite3_close(other);
    assert_int_not_equal(access(path, F_OK), 0);
    conn_done(&c);
    assert_int_equal(look(w), 0);
}

/* --- transactions --- */

/* Moves value between rows: every page is touched, the sum stays. With a small cache pages spill, so the journal has several segments. */
static int move(sqlite3 *db, int round)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "BEGIN IMMEDIATE; UPDATE t SET v = v + CASE WHEN id %% 2 THEN %d ELSE -%d END; UPDATE n SET n = n + 1; "
             "SAVEPOINT a; UPDATE t SET pad = 'gone', v = 0 WHERE id < 150; ROLLBACK TO a; RELEASE a; COMMIT", round, round);
    return exec(db, sql);
}

static void test_vfs_rollback_in_process(void **state)
{
    struct world *w = *state;

    fill(w);
    struct conn c = conn_open(w);
    assert_int_equal(exec(c.db, "PRAGMA cache_size=8"), 0);
    for (int i = 1; i < 6; i++) {
        assert_int_equal(exec(c.db, "BEGIN; UPDATE t SET v = v * 3, pad = pad || 'x'; DELETE FROM t WHERE id % 3 = 0"), 0);
        assert_int_equal(exec(c.db, "ROLLBACK"), 0);
        assert_int_equal(move(c.db, i), 0);
        assert_int_equal(keepdir_size(w->journal), 0);
    }
    assert_int_equal(value(c.db, "SELECT n FROM n"), 5);
    conn_done(&c);
    assert_int_equal(look(w), 0);
}

static void test_vfs_holes_are_sealed(void **state)
{
    struct world *w = *state;
    uint64_t pages;

    fill(w);
    struct conn c = conn_open(w);
    /* pages made and freed in one transaction, with later ones in use */
    assert_int_equal(exec(c.db, "BEGIN; CREATE TABLE big(x); INSERT INTO big SELECT zeroblob(100000) FROM t LIMIT 40; CREATE TABLE after(x); "
                                "INSERT INTO after SELECT zeroblob(9000) FROM t LIMIT 3; DROP TABLE big; COMMIT"), 0);
    conn_done(&c);
    assert_int_equal(bad_pages(w, &pages), 0);
    assert_int_equal(look(w), 0);
}

/* --- faults --- */

struct fault {
    int at, seen, code; /* code 0: the process dies there */
    int mask;           /* 1 << op */
};

static int fault_hook(void *ctx, enum keep_fault_op op, const char *what)
{
    struct fault *f = ctx;

    (void)what;
    if (!(f->mask >> op & 1) || ++f->seen != f->at)
        return 0;
    if (f->code == 0)
        _exit(77);
    return f->code;
}

#define WRITES (1 << KEEP_FAULT_WRITE | 1 << KEEP_FAULT_SYNC | 1 << KEEP_FAULT_TRUNCATE)

/* Runs transactions in a child that dies at point `at`; what it reported done comes through the pipe. 1: it came to its end. */
static int run_until(struct world *w, int at, int *done)
{
    int fd[2], status = 0;
    char c;

    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct conn k = conn_open(w);
        struct fault f = {.at = at, .mask = WRITES};
        exec(k.db, "PRAGMA cache_size=12");
        keep_fault_set(fault_hook, &f);
        for (int i = 1; i <= 3; i++)
            if (move(k.db, i) != 0 || write(fd[1], "x", 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(fd[1]);
    for (*done = 0; read(fd[0], &c, 1) == 1; ++*done)
        ;
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
    return WEXITSTATUS(status) == 0;
}

/* Whatever the journal vouches for may be torn in the file: a sector of each such page is overwritten. */
static int tear(struct world *w)
{
    size_t n;
    unsigned char *j, garbage[512];
    int torn = 0;

    if (keepdir_size(w->journal) < 512)
        return 0;
    j = keepdir_read(w->journal, &n);
    memset(garbage, 0x99, sizeof garbage);
    uint32_t records = (uint32_t)j[8] << 24 | (uint32_t)j[9] << 16 | (uint32_t)j[10] << 8 | j[11];
    int fd = open(w->path, O_RDWR);
    for (uint32_t i = 0; j[0] == 0xd9 && i < records; i++) {
        const unsigned char *r = j + 512 + (size_t)i * (KEEP_VFS_PAGE + 8);
        uint32_t page = (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 | (uint32_t)r[2] << 8 | r[3];
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, (off_t)(page - 1) * KEEP_VFS_PAGE + (page % 8) * 512), sizeof garbage);
        torn++;
    }
    close(fd);
    free(j);
    return torn;
}

static void test_vfs_killed_at_any_write(void **state)
{
    struct world *w = *state;
    size_t n;
    int torn = 0, points = 0, done = 0;

    fill(w);
    unsigned char *before = keepdir_read(w->path, &n);
    for (int at = 1;; at += 11) {
        keepdir_write(w->path, before, n);
        unlink(w->journal);
        if (run_until(w, at, &done))
            break;
        torn += tear(w) > 0;
        points++;
        assert_int_equal(look(w), 0);
        assert_int_equal(bad_pages(w, NULL), 0);
        struct conn c = conn_open(w);
        sqlite3_int64 has = value(c.db, "SELECT n FROM n");
        assert_true(has == done || has == done + 1);
        conn_done(&c);
    }
    assert_true(points > 30 && torn > 3);
    free(before);
}

static void failing(struct world *w, int mask, int code, int stride)
{
    size_t n;
    unsigned char *before = keepdir_read(w->path, &n);
    struct conn first = conn_open(w);
    sqlite3_int64 from = value(first.db, "SELECT n FROM n");
    int failed = 0;

    conn_done(&first);
    for (int at = 1;; at += stride) {
        struct fault f = {.at = at, .mask = mask, .code = code};
        int committed = 0, rc;
        keepdir_write(w->path, before, n);
        unlink(w->journal);
        struct conn c = conn_open(w);
        exec(c.db, "PRAGMA cache_size=12");
        keep_fault_set(fault_hook, &f);
        for (int i = 1; i <= 2; i++) {
            rc = move(c.db, i);
            committed += rc == 0;
            failed += rc != 0;
            if (!sqlite3_get_autocommit(c.db))
                exec(c.db, "ROLLBACK");
        }
        keep_fault_set(NULL, NULL);
        assert_int_equal(value(c.db, "SELECT sum(v) FROM t"), SUM);
        assert_in_range(value(c.db, "SELECT n FROM n") - from, committed, 2);
        conn_done(&c);
        assert_int_equal(look(w), 0);
        if (f.seen < at)
            break;
    }
    assert_true(failed > 3);
    free(before);
}

static void test_vfs_errors_at_any_operation(void **state)
{
    struct world *w = *state;

    fill(w);
    failing(w, WRITES, SQLITE_IOERR_WRITE, 17);
    failing(w, 1 << KEEP_FAULT_WRITE, SQLITE_FULL, 23);
    failing(w, 1 << KEEP_FAULT_READ, SQLITE_IOERR_READ, 19);
}

/* --- planted journals --- */

static void test_vfs_planted_journals(void **state)
{
    struct world *w = *state;
    size_t n, size;
    int done;

    fill(w);
    unsigned char *before = keepdir_read(w->path, &n);
    /* a hot journal, captured */
    int at = 1;
    for (; at < 400; at += 3) {
        keepdir_write(w->path, before, n);
        unlink(w->journal);
        assert_int_equal(run_until(w, at, &done), 0);
        unsigned char first = 0;
        if (keepdir_size(w->journal) > 40000) {
            unsigned char *j = keepdir_read(w->journal, &size);
            first = j[0];
            free(j);
        }
        if (first == 0xd9)
            break;
    }
    assert_true(at < 400);
    unsigned char *journal = keepdir_read(w->journal, &size);
    size_t cut = keepdir_size(w->path);
    unsigned char *torn = keepdir_read(w->path, &cut);

    /* a bit in any byte of its header behind the magic: refused before the file is cut or written */
    for (size_t i = 8; i < 28; i++) {
        keepdir_write(w->path, torn, cut);
        keepdir_write(w->journal, journal, size);
        keepdir_flip(w->journal, i, 4);
        assert_int_equal(look(w), 1);
        assert_int_equal(keepdir_size(w->path), cut);
    }
    keepdir_write(w->journal, journal, size);
    keepdir_flip(w->journal, 512 + 4 + 100, 1);
    assert_int_equal(look(w), 1);
    assert_int_equal(keepdir_size(w->path), cut);
    /* cut inside the records that it vouches for */
    keepdir_write(w->journal, journal, 512 + KEEP_VFS_PAGE);
    assert_int_equal(look(w), 1);
    /* after the head has moved on, the same journal is of the past */
    keepdir_write(w->path, torn, cut);
    keepdir_write(w->journal, journal, size);
    w->head[0] = 1;
    assert_int_equal(look(w), 1);
    size_t now;
    unsigned char *after = keepdir_read(w->path, &now);
    assert_int_equal(now, cut);
    assert_memory_equal(after, torn, cut);
    /* and under its own head it mends the file */
    w->head[0] = 0;
    assert_int_equal(look(w), 0);
    free(after);
    free(torn);
    free(journal);
    free(before);
}

static void test_vfs_two_processes(void **state)
{
    struct world *w = *state;
    int status = 0;

    fill(w);
    struct conn c = conn_open(w);
    assert_int_equal(exec(c.db, "BEGIN; SELECT sum(v) FROM t"), 0);
    pid_t pid = fork();
    if (pid == 0) { /* a writer may prepare, not commit, while a reader has its snapshot */
        struct conn k = conn_open(w);
        sqlite3_busy_timeout(k.db, 20);
        _exit(move(k.db, 1) == SQLITE_BUSY ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(value(c.db, "SELECT n FROM n"), 0);
    assert_int_equal(exec(c.db, "COMMIT"), 0);
    conn_done(&c);
    assert_int_equal(look(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vfs_nothing_in_clear, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_wrong_key_id_or_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_every_flip_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_moved_and_missing_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_plain_database_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_rollback_in_process, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_holes_are_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_killed_at_any_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_errors_at_any_operation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_planted_journals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vfs_two_processes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
