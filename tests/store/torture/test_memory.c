/* No memory: every allocation of SQLite's and every one of the store's own fails
 * once, or from then on, while a keep is opened, written and read. What
 * comes back is success or "out of memory", never a false alarm of damage, and
 * the keep is whole afterwards.
 *
 * Own allocations are those of the objects linked here: the linker's --wrap
 * puts the functions below in the place of malloc and its like (Makefile). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_sodium_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_sodium_malloc(size_t n);

/* The disk in memory is no part of what is tested. */
#define realloc __real_realloc
#define malloc __real_malloc
#include "tests/store/torture/memdisk.h"
#undef realloc
#undef malloc
#include "tests/store/keepdir.h"
#include "tests/store/torture/bank.h"

/* --- the fault --- */

enum whose { SQLITES = 1, OWN = 2 };

static struct {
    int mask, at, seen;
    bool stays;
} fault;

static bool none_left(enum whose whose)
{
    if (!(fault.mask & (int)whose))
        return false;
    fault.seen++;
    return fault.seen == fault.at || (fault.stays && fault.seen > fault.at);
}

void *__wrap_malloc(size_t n)
{
    return none_left(OWN) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return none_left(OWN) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return none_left(OWN) ? NULL : __real_realloc(p, n);
}

void *__wrap_sodium_malloc(size_t n)
{
    return none_left(OWN) ? NULL : __real_sodium_malloc(n);
}

static sqlite3_mem_methods stock;

static void *sqlites_malloc(int n)
{
    return none_left(SQLITES) ? NULL : stock.xMalloc(n);
}

static void *sqlites_realloc(void *p, int n)
{
    return none_left(SQLITES) ? NULL : stock.xRealloc(p, n);
}

static void arm(int mask, int at, bool stays)
{
    fault.at = at;
    fault.seen = 0;
    fault.stays = stays;
    fault.mask = mask;
}

static int disarm(void)
{
    fault.mask = 0;
    return fault.seen;
}

static int start(void **state)
{
    sqlite3_mem_methods ours;

    (void)state;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &stock), SQLITE_OK);
    ours = stock;
    ours.xMalloc = sqlites_malloc;
    ours.xRealloc = sqlites_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &ours), SQLITE_OK);
    return keep_secret_start(NULL);
}

/* --- the VFS alone --- */

static void vfs_run(int mask, bool stays, int part, const char *name)
{
    struct memdisk_file from[MEMDISK_FILES] = {0};
    struct keep_err err = {0};
    struct bank b;
    int stride = bank_stride(part), points = 0, failed = 0;

    memdisk_size(&memdisk.file[0], 0);
    memdisk_size(&memdisk.file[1], 0);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_fill(b.db), 0);
    bank_close(&b);
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&from[i], &memdisk.file[i]);
    for (int at = 1;; at += stride, points++) {
        int done = 0, rc = 0;
        for (int i = 0; i < MEMDISK_FILES; i++)
            memdisk_copy(&memdisk.file[i], &from[i]);
        keep_err_clear(&err);
        arm(mask, at, stays);
        rc = bank_try(&b, BANK_PATH, 0, &err);
        if (rc == 0)
            bank_exec(b.db, "PRAGMA cache_size=10");
        for (int i = 1; rc == 0 && i <= 4; i++)
            if ((rc = bank_move(b.db, i)) == 0)
                bank_head(&b, (unsigned)++done);
        if (b.db && !sqlite3_get_autocommit(b.db))
            bank_exec(b.db, "ROLLBACK");
        int seen = disarm();
        failed += rc != 0;
        if (b.db && !sqlite3_get_autocommit(b.db)) /* there was no memory even for that */
            assert_int_equal(bank_exec(b.db, "ROLLBACK"), 0);
        if (rc == KEEP_E_INTEGRITY)
            fail_msg("%s at %d: %s", name, at, err.text);
        if (b.db) {
            sqlite3_int64 sum = bank_value(b.db, "SELECT sum(v) FROM t");
            if (sum != -1 && sum != BANK_SUM)
                fail_msg("%s at %d: the process goes on with the sum %lld", name, at, (long long)sum);
        }
        bank_close(&b);
        if (bank_try(&b, BANK_PATH, (unsigned)done, &err) != 0)
            fail_msg("%s at %d: %d done, then: %s", name, at, done, err.text);
        const char *wrong = bank_wrong(&b);
        sqlite3_int64 n = bank_value(b.db, "SELECT n FROM n");
        if (wrong || n < done || n > done + 1)
            fail_msg("%s at %d: %s; %d were reported done, %lld are there", name, at, wrong ? wrong : "whole", done, (long long)n);
        bank_close(&b);
        if (seen < at)
            break;
    }
    for (int i = 0; i < MEMDISK_FILES; i++)
        free(from[i].p);
    bank_tell("%s: at %d places, %d of them told by an error, 0 wrong states", name, points, failed);
    assert_true(points > 3 && failed > points / 4);
}

static void test_memory_of_the_vfs(void **state)
{
    (void)state;
    memdisk_start(BANK_PATH);
    vfs_run(SQLITES, false, 31, "sealed VFS, SQLite's memory fails once");
    vfs_run(SQLITES, true, 31, "sealed VFS, SQLite's memory is at its end");
    vfs_run(OWN, false, 1, "sealed VFS, own memory fails once");
    vfs_run(OWN, true, 1, "sealed VFS, own memory is at its end");
}

/* --- a whole keep --- */

static void ignore(void *ctx, const char *check, bool ok, const char *detail)
{
    (void)detail;
    if (!ok)
        snprintf(ctx, 64, "%s", check);
}

static int count_act(void *ctx, const struct keep_act *a, struct keep_err *err)
{
    (void)a;
    (void)err;
    ++*(int *)ctx;
    return 0;
}

static const char *const files[] = {"keep.json", "head", "records.db", "keyring.db", NULL};

static int check(struct keepdir *d, char failed[64])
{
    const char *witness = d->witness;
    struct keep_store_params p = {.path = d->keep, .key = d->key, .witness = &witness, .witnesses = 1, .now = 1790000001 * KEEP_USEC};
    struct keep_store_checker c = {.ctx = failed, .found = ignore};

    failed[0] = 0;
    keep_err_clear(&d->err);
    return keep_store_check(&p, &c, &d->err);
}

/* Opens as a writer, commits twice, closes, opens as a reader. done: commits that happened. */
static int use(struct keepdir *d, int *done)
{
    struct keep_store *s = NULL;
    int rc = keepdir_try(d, true, &s), acts = 0;

    *done = 0;
    for (uint64_t i = 1; rc == 0 && i <= 2; i++) {
        rc = keepdir_commit(s, i, &d->err);
        *done += rc == 0 || rc == KEEP_E_UNRECORDED;
    }
    if (s)
        keep_store_close(s);
    s = NULL;
    if (rc == 0)
        rc = keepdir_try(d, false, &s);
    if (rc == 0)
        rc = keep_txn_acts(s, "hold", NULL, count_act, &acts, &d->err);
    if (s)
        keep_store_close(s);
    return rc == 0 && acts != *done ? KEEP_E_INTEGRITY : rc;
}

/* The file of that ending at the witness: its newest head, or its log. Empty: none yet. */
static void at_witness(struct keepdir *d, const char *ending, char name[128])
{
    DIR *dir = opendir(d->witness);

    name[0] = 0;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (strstr(e->d_name, ending))
            snprintf(name, 128, "%.127s", e->d_name);
    if (dir)
        closedir(dir);
}

static void keep_run(struct keepdir *d, int mask, bool stays, int part, const char *name)
{
    int stride = bank_stride(part), points = 0, failed = 0;
    char head[128], log[128], what[64];

    at_witness(d, ".head", head);
    at_witness(d, ".log", log);
    for (int at = 1 + (mask == OWN);; at += stride, points++) {
        struct keep_store *s = NULL;
        int done = 0, acts = 0, rc;
        for (int i = 0; files[i]; i++)
            keepdir_copy(keepdir_path(d->aside, files[i]), keepdir_path(d->keep, files[i]));
        keepdir_write(keepdir_path(d->keep, "records.db-journal"), "", 0);
        keepdir_write(keepdir_path(d->keep, "keyring.db-journal"), "", 0);
        keepdir_copy(keepdir_path(d->aside, "head"), keepdir_path(d->witness, head));
        keepdir_copy(keepdir_path(d->aside, "log"), keepdir_path(d->witness, log));
        arm(mask, at, stays);
        rc = use(d, &done);
        int seen = disarm();
        failed += rc != 0;
        if (rc != 0 && rc != KEEP_E_NOMEM && rc != KEEP_E_LIMIT && rc != KEEP_E_UNRECORDED)
            fail_msg("%s at %d: %d: %s %s", name, at, rc, d->err.where, d->err.text);
        rc = keepdir_try(d, false, &s);
        if (rc == 0)
            rc = keep_txn_acts(s, "hold", NULL, count_act, &acts, &d->err);
        if (rc != 0 || acts < done || acts > done + 1)
            fail_msg("%s at %d: then %d %s; %d were reported done, %d are there", name, at, rc, d->err.text, done, acts);
        keep_store_close(s);
        if ((rc = keepdir_try(d, true, &s)) != 0) /* a writer brings it to its end */
            fail_msg("%s at %d: the next writer: %s", name, at, d->err.text);
        keep_store_close(s);
        if ((points % 4 == 0 || rc != 0) && check(d, what) != 0)
            fail_msg("%s at %d: check: %s", name, at, what);
        if (seen < at)
            break;
    }
    bank_tell("%s: at %d places, %d of them told by an error, 0 wrong states", name, points, failed);
    assert_true(points > 3 && failed > points / 4);
}

static void test_memory_of_a_keep(void **state)
{
    sqlite3_vfs_unregister(&memdisk_vfs); /* the real one again */
    struct keepdir *d = keepdir_new(true);
    struct keep_store *s = keepdir_open(d, true);
    char log[128];

    (void)state;
    keep_store_close(s);
    for (int i = 0; files[i]; i++)
        keepdir_copy(keepdir_path(d->keep, files[i]), keepdir_path(d->aside, files[i]));
    at_witness(d, ".log", log);
    keepdir_copy(keepdir_path(d->witness, log), keepdir_path(d->aside, "log"));
    keep_run(d, OWN, false, 1, "keep, own memory fails once");
    keep_run(d, OWN, true, 1, "keep, own memory is at its end");
    keep_run(d, SQLITES, false, 67, "keep, SQLite's memory fails once");
    keep_run(d, SQLITES, true, 67, "keep, SQLite's memory is at its end");
    keepdir_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_of_the_vfs),
        cmocka_unit_test(test_memory_of_a_keep),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
