/* SQLite locks bytes at 1 GiB, on a page that it never reads or writes, and so
 * is never sealed: a file that grows past it, and a walk over it. In make check
 * the file is sparse: it says that it has a gibibyte of pages, of which few are
 * there. In make torture all of it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/store/vfs_inside.h"
#include "tests/store/keepdir.h"
#include "tests/store/torture/bank.h"

#define FIRST (KEEP_VFS_LOCK_PAGE - 6) /* pages that the sparse file says it has */

struct seen {
    uint64_t bad, good_behind, bad_behind, lock;
};

static int look(void *ctx, uint64_t page, bool ok)
{
    struct seen *s = ctx;

    s->bad += !ok;
    s->good_behind += ok && page > FIRST;
    s->bad_behind += !ok && page > FIRST;
    s->lock += page == KEEP_VFS_LOCK_PAGE;
    return 0;
}

/* Makes page 1 say that the file has n pages, and the file that long. */
static void stretch(struct bank *b, const char *path, uint32_t n)
{
    uint8_t page[KEEP_VFS_PAGE], sealed[KEEP_VFS_PAGE];
    int fd = open(path, O_RDWR);

    assert_int_equal(pread(fd, page, sizeof page, 0), sizeof page);
    assert_true(keep_vfs_unseal(b->v, false, 1, page));
    for (int i = 0; i < 4; i++)
        page[28 + i] = (uint8_t)(n >> (24 - 8 * i));
    keep_vfs_seal(b->v, false, 1, page, sealed);
    assert_int_equal(pwrite(fd, sealed, sizeof sealed, 0), sizeof sealed);
    assert_int_equal(ftruncate(fd, (off_t)n * KEEP_VFS_PAGE), 0);
    close(fd);
}

static void test_lockpage_is_passed_over(void **state)
{
    struct keepdir *d = keepdir_new(false);
    struct keep_err err = {0};
    struct bank b;
    struct seen seen = {0};
    char path[200];
    uint64_t pages = 0;

    (void)state;
    snprintf(path, sizeof path, "%s/f.db", d->base);
    keepdir_write(path, "", 0);
    assert_int_equal(bank_try(&b, path, 0, &err), 0);
    assert_int_equal(bank_fill(b.db), 0);
    bool whole = bank_stride(2) == 1;
    if (whole) { /* 247 pages a row: some 200 pages short of it */
        assert_int_equal(bank_exec(b.db, "CREATE TABLE fill(x); WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 1060) "
                                         "INSERT INTO fill SELECT zeroblob(1000000) FROM i"), 0);
        assert_true(bank_value(b.db, "PRAGMA page_count") < KEEP_VFS_LOCK_PAGE);
    } else {
        stretch(&b, path, FIRST);
    }
    bank_close(&b);
    assert_int_equal(bank_try(&b, path, 0, &err), 0);
    /* over it, by a page at a time; over it with a gap of pages freed unwritten; back, and over it again */
    assert_int_equal(bank_exec(b.db, "CREATE TABLE over(x)"), 0);
    for (int i = 0; i < 12; i++)
        assert_int_equal(bank_exec(b.db, whole ? "INSERT INTO over VALUES(zeroblob(3000000))" : "INSERT INTO over VALUES(zeroblob(5000))"), 0);
    assert_true(bank_value(b.db, "PRAGMA page_count") > KEEP_VFS_LOCK_PAGE);
    assert_int_equal(bank_exec(b.db, "BEGIN; CREATE TABLE gap(x); INSERT INTO gap SELECT zeroblob(50000) FROM t; INSERT INTO over VALUES(zeroblob(9000)); DROP TABLE gap; COMMIT"), 0);
    assert_int_equal(bank_exec(b.db, "BEGIN; DELETE FROM over; INSERT INTO over SELECT zeroblob(6000) FROM t; UPDATE t SET v = v + 1"), 0);
    assert_int_equal(sqlite3_db_cacheflush(b.db), SQLITE_OK);
    assert_int_equal(bank_exec(b.db, "ROLLBACK"), 0);
    assert_int_equal(bank_value(b.db, "SELECT count(*) FROM over"), 13);
    assert_int_equal(bank_value(b.db, "SELECT sum(v) FROM t"), BANK_SUM);
    bank_close(&b);
    /* nothing was laid onto it, and a walk neither reads nor blames it */
    assert_int_equal(bank_try(&b, path, 0, &err), 0);
    assert_int_equal(bank_value(b.db, "SELECT sum(length(x)) FROM over"), whole ? 36009000 : 69000);
    assert_int_equal(keep_vfs_walk(b.v, NULL, look, &seen, &pages, &err), 0);
    assert_true(pages > KEEP_VFS_LOCK_PAGE + 100);
    assert_int_equal(seen.lock, 0);
    assert_int_equal(seen.bad_behind, 0);
    assert_true(seen.good_behind > 100);
    if (whole)
        assert_int_equal(seen.bad, 0);
    int fd = open(path, O_RDONLY);
    uint8_t lock[KEEP_VFS_PAGE], zero[KEEP_VFS_PAGE] = {0};
    assert_int_equal(pread(fd, lock, sizeof lock, (off_t)(KEEP_VFS_LOCK_PAGE - 1) * KEEP_VFS_PAGE), sizeof lock);
    assert_memory_equal(lock, zero, sizeof lock);
    close(fd);
    bank_tell("lock bytes: %llu pages %s, the locked one passed over", (unsigned long long)pages, whole ? "written" : "claimed");
    bank_close(&b);
    keepdir_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lockpage_is_passed_over)};

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
