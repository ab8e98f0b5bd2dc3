/* The sealed VFS alone, under a plain table: what lies on the disk, what damage
 * of every kind leads to, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/store/world.h"

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
    assert_int_equal(bank_exec(c.db, "BEGIN; UPDATE t SET v = v + 1"), 0);
    assert_int_equal(sqlite3_db_cacheflush(c.db), SQLITE_OK);
    assert_true(keepdir_size(w->journal) > 50 * KEEP_VFS_PAGE);
    assert_false(contains(w->journal, MARKER));
    assert_int_equal(bank_exec(c.db, "ROLLBACK"), 0);
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
    assert_int_equal(bank_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER, pad TEXT)"), 0);
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
        assert_int_not_equal(bank_exec(c.db, refused[i]), 0);
    assert_int_not_equal(access("/tmp/leak.db", F_OK), 0);
    /* a sort and a temporary table that do not fit in the cache stay in memory */
    assert_int_equal(bank_exec(c.db, "PRAGMA cache_size=5; CREATE TEMP TABLE x AS SELECT * FROM t; SELECT * FROM t ORDER BY pad || v DESC"), 0);
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

static void test_vfs_rollback_in_process(void **state)
{
    struct world *w = *state;

    fill(w);
    struct conn c = conn_open(w);
    assert_int_equal(bank_exec(c.db, "PRAGMA cache_size=8"), 0);
    for (int i = 1; i < 6; i++) {
        assert_int_equal(bank_exec(c.db, "BEGIN; UPDATE t SET v = v * 3, pad = pad || 'x'; DELETE FROM t WHERE id % 3 = 0"), 0);
        assert_int_equal(bank_exec(c.db, "ROLLBACK"), 0);
        assert_int_equal(move(c.db, i), 0);
        assert_int_equal(keepdir_size(w->journal), 0);
    }
    assert_int_equal(bank_value(c.db, "SELECT n FROM n"), 5);
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
    assert_int_equal(bank_exec(c.db, "BEGIN; CREATE TABLE big(x); INSERT INTO big SELECT zeroblob(100000) FROM t LIMIT 40; CREATE TABLE after(x); "
                                "INSERT INTO after SELECT zeroblob(9000) FROM t LIMIT 3; DROP TABLE big; COMMIT"), 0);
    conn_done(&c);
    assert_int_equal(bad_pages(w, &pages), 0);
    assert_int_equal(look(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vfs_nothing_in_clear, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_wrong_key_id_or_file, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_every_flip_is_seen, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_moved_and_missing_pages, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_plain_database_is_refused, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_refusals, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_rollback_in_process, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_vfs_holes_are_sealed, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
