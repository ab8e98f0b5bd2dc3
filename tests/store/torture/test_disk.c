/* A disk that fails: every operation of a workload over the sealed VFS ends
 * once, half done, or from then on, with an error; short reads and poisoned
 * buffers among them. The process goes on, rolls back, and must see a whole
 * state; a new process must find the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/torture/memdisk.h"
#include "tests/store/torture/bank.h"

#define ROUNDS 4

static struct memdisk_file from[MEMDISK_FILES];

static int start(void **state)
{
    struct keep_err err = {0};
    struct bank b;

    (void)state;
    assert_int_equal(keep_secret_start(NULL), 0);
    memdisk_start(BANK_PATH);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_fill(b.db), 0);
    bank_close(&b);
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&from[i], &memdisk.file[i]);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (int i = 0; i < MEMDISK_FILES; i++) {
        free(from[i].p);
        free(memdisk.file[i].p);
    }
    return 0;
}

/* Transactions until one fails and two beyond; what was reported done. */
static int work(struct bank *b, int *failed)
{
    int done = 0;

    bank_exec(b->db, "PRAGMA cache_size=10");
    for (int i = 1; i <= ROUNDS; i++) {
        int before = (int)bank_value(b->db, "SELECT n FROM n"), rc = bank_move(b->db, i);
        if (rc == 0) {
            done = before >= 0 ? before + 1 : done + 1;
            bank_head(b, (unsigned)done);
            continue;
        }
        ++*failed;
        if (!sqlite3_get_autocommit(b->db))
            bank_exec(b->db, "ROLLBACK");
        break;
    }
    return done;
}

struct sweep {
    const char *name;
    int mask, code;
    enum memdisk_way way;
    int part;
};

static void run(const struct sweep *s)
{
    int stride = bank_stride(s->part), failed = 0, points = 0;

    for (int at = 1;; at += stride, points++) {
        struct keep_err err = {0};
        struct bank b;
        const char *wrong;
        int done = 0, bad;

        for (int i = 0; i < MEMDISK_FILES; i++)
            memdisk_copy(&memdisk.file[i], &from[i]);
        memdisk_fail(s->mask, at, s->code, s->way);
        bad = failed;
        if (bank_try(&b, BANK_PATH, 0, &err) == 0)
            done = work(&b, &failed);
        else
            failed++;
        int seen = memdisk.seen;
        memdisk.mask = 0;
        if (b.db && failed == bad && (wrong = bank_wrong(&b)))
            fail_msg("%s at %d: nothing failed, but %s is wrong", s->name, at, wrong);
        if (b.db && failed > bad) { /* the same process, once the disk is well again: an error or the truth */
            sqlite3_int64 sum = bank_value(b.db, "SELECT sum(v) FROM t");
            if (sum != -1 && sum != BANK_SUM)
                fail_msg("%s at %d: the process goes on with the sum %lld", s->name, at, (long long)sum);
        }
        bank_close(&b);
        if (bank_try(&b, BANK_PATH, (unsigned)done, &err) != 0)
            fail_msg("%s at %d: %d done, then: %s", s->name, at, done, err.text);
        wrong = bank_wrong(&b);
        sqlite3_int64 n = bank_value(b.db, "SELECT n FROM n");
        if (wrong || n < done || n > done + 1)
            fail_msg("%s at %d: %s; %d were reported done, %lld are there", s->name, at, wrong ? wrong : "whole", done, (long long)n);
        bank_close(&b);
        if (seen < at)
            break;
    }
    bank_tell("%s: at %d places, %d of them told by an error, 0 wrong states", s->name, points, failed);
    assert_true(failed >= points / 3 && points > 3);
}

#define WRITES (MEMDISK_WRITE | MEMDISK_TRUNCATE | MEMDISK_SYNC | MEMDISK_DELETE)
#define OTHERS (MEMDISK_OPEN | MEMDISK_SIZE | MEMDISK_ACCESS | MEMDISK_LOCK)

static const struct sweep sweeps[] = {
    {"writing fails once", WRITES, SQLITE_IOERR_WRITE, MEMDISK_ERROR, 19},
    {"writing fails once, half done", WRITES, SQLITE_IOERR_WRITE, MEMDISK_PART, 19},
    {"writing fails from then on", WRITES, SQLITE_IOERR_WRITE, MEMDISK_STAYS, 19},
    {"no space once", MEMDISK_WRITE, SQLITE_FULL, MEMDISK_ERROR, 19},
    {"no space once, half done", MEMDISK_WRITE, SQLITE_FULL, MEMDISK_PART, 19},
    {"no space from then on", MEMDISK_WRITE, SQLITE_FULL, MEMDISK_STAYS, 19},
    {"reading fails once", MEMDISK_READ, SQLITE_IOERR_READ, MEMDISK_ERROR, 19},
    {"reading fails from then on", MEMDISK_READ, SQLITE_IOERR_READ, MEMDISK_STAYS, 19},
    {"reading is cut short once", MEMDISK_READ, SQLITE_IOERR_READ, MEMDISK_PART, 19},
    {"opening, locking, asking for sizes fails once", OTHERS, SQLITE_IOERR, MEMDISK_ERROR, 11},
    {"opening, locking, asking for sizes fails from then on", OTHERS, SQLITE_IOERR, MEMDISK_STAYS, 11},
};

static void test_disk_fails_at_any_operation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++)
        run(&sweeps[i]);
}

/* The mending of a hot journal fails at any operation: the next process mends it. */
static void test_disk_fails_while_mending(void **state)
{
    struct memdisk_file hot[MEMDISK_FILES] = {0};
    struct keep_err err = {0};
    struct bank b;
    int points = 0;

    (void)state;
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&memdisk.file[i], &from[i]);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_exec(b.db, "PRAGMA cache_size=10; BEGIN; UPDATE t SET v = v * 2, pad = 'lost'; DELETE FROM t WHERE id % 2"), 0);
    assert_int_equal(sqlite3_db_cacheflush(b.db), SQLITE_OK);
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&hot[i], &memdisk.file[i]);
    assert_int_equal(bank_exec(b.db, "ROLLBACK"), 0);
    bank_close(&b);
    for (int way = 0; way < 3; way++)
        for (int at = 1;; at += bank_stride(3), points++) {
            for (int i = 0; i < MEMDISK_FILES; i++)
                memdisk_copy(&memdisk.file[i], &hot[i]);
            memdisk_fail(0x3ff, at, SQLITE_IOERR, (enum memdisk_way)way);
            if (bank_try(&b, BANK_PATH, 0, &err) == 0) {
                sqlite3_int64 sum = bank_value(b.db, "SELECT sum(v) FROM t");
                assert_true(sum == -1 || sum == BANK_SUM);
            }
            int seen = memdisk.seen;
            memdisk.mask = 0;
            bank_close(&b);
            keep_err_clear(&err);
            if (bank_try(&b, BANK_PATH, 0, &err) != 0)
                fail_msg("at %d: %s", at, err.text);
            assert_null(bank_wrong(&b));
            bank_close(&b);
            if (seen < at)
                break;
        }
    for (int i = 0; i < MEMDISK_FILES; i++)
        free(hot[i].p);
    bank_tell("mending a hot journal fails: at %d places, 0 wrong states", points);
    assert_true(points > 60);
}

/* The sector at which the n-th header of the journal stands. */
static size_t header(const struct memdisk_file *journal, int n)
{
    static const uint8_t magic[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    size_t at = 0;

    while (memcmp(journal->p + at, magic, sizeof magic) != 0 || n-- > 0) {
        at += MEMDISK_SECTOR;
        assert_true(at + MEMDISK_SECTOR <= journal->n);
    }
    return at;
}

/* What the process that comes next makes of a journal whose header at that place was changed, when no page of the database was written yet. */
static void expect_next(const struct memdisk_file *journal, size_t at, const uint8_t count[12], bool whole)
{
    struct keep_err err = {0};
    struct bank b;

    memdisk_copy(&memdisk.file[0], &from[0]);
    memdisk_copy(&memdisk.file[1], journal);
    memcpy(memdisk.file[1].p + at, count, 12);
    int rc = bank_try(&b, BANK_PATH, 0, &err);
    const char *wrong = rc == 0 ? bank_wrong(&b) : NULL;
    if (wrong || (rc == 0) != whole)
        fail_msg("header at %zu, %02x %02x … %02x: %d, %s", at, count[0], count[1], count[11], rc, wrong ? wrong : err.text);
    bank_close(&b);
}

/* Of magic and count only a part was written, and the process ended: that header counts for nothing. A magic that is another with its count whole is
 * no accident. The third header is the commit's, of pages that were written before: no records. */
static void test_disk_count_written_in_part(void **state)
{
    static const char *const work[] = {"BEGIN; UPDATE t SET v = v * 2 WHERE id < 20; CREATE TABLE x(x)", "UPDATE t SET v = v * 2, pad = 'lost' WHERE id > 100",
                                       "INSERT INTO x VALUES(zeroblob(30000))"};
    struct memdisk_file hot = {0};
    struct keep_err err = {0};
    struct bank b;

    (void)state;
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&memdisk.file[i], &from[i]);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) {
        assert_int_equal(bank_exec(b.db, work[i]), 0);
        assert_int_equal(sqlite3_db_cacheflush(b.db), SQLITE_OK);
    }
    memdisk_fail(MEMDISK_TRUNCATE, 1, SQLITE_IOERR_TRUNCATE, MEMDISK_STAYS);
    assert_int_not_equal(bank_exec(b.db, "COMMIT"), 0); /* it ends with the journal as it was before the pages were written */
    memdisk_copy(&hot, &memdisk.file[1]);
    memdisk.mask = 0;
    bank_close(&b);
    for (int n = 0; n < 3; n++) {
        size_t at = header(&hot, n);
        uint8_t count[12];
        assert_int_equal(hot.p[at + 11] != 0, n < 2);
        for (size_t part = 0; part <= sizeof count; part++) {
            memcpy(count, hot.p + at, part);
            memset(count + part, 0, sizeof count - part);
            expect_next(&hot, at, count, true);
        }
        for (size_t i = 0; i < 8; i++) {
            memcpy(count, hot.p + at, sizeof count);
            count[i] ^= 0x10;
            expect_next(&hot, at, count, false);
        }
    }
    free(hot.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disk_fails_at_any_operation),
        cmocka_unit_test(test_disk_fails_while_mending),
        cmocka_unit_test(test_disk_count_written_in_part),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
