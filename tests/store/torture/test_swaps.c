/* A whole keep, and someone without its key who may write its files and has old
 * copies: pages put back as they once were, exchanged, zeroed, taken from a
 * sibling keep, from the other file, and old journals planted. Each is told by
 * opening or by check; no page of another place or keep is ever taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/batch.h"
#include "core/store/vfs.h"
#include "core/store/schema_base.h"
#include "tests/store/keepdir.h"
#include "tests/store/torture/bank.h"

#define PAGE KEEP_VFS_PAGE

static const char *const names[] = {"records.db", "keyring.db"};

static void found(void *ctx, const char *check, bool ok, const char *detail)
{
    (void)check;
    (void)detail;
    *(int *)ctx += !ok;
}

/* true: opening or check tells that something is wrong. */
static bool told(struct keepdir *d)
{
    const char *witness = d->witness;
    struct keep_store_params p = {.path = d->keep, .key = d->key, .witness = &witness, .witnesses = 1, .now = 1790000001 * KEEP_USEC};
    int bad = 0;
    struct keep_store_checker c = {.ctx = &bad, .found = found};

    keep_err_clear(&d->err);
    return keep_store_check(&p, &c, &d->err) == KEEP_E_INTEGRITY && bad > 0;
}

static int setup(void **state)
{
    struct keepdir *d = keepdir_new(true);
    struct keep_store *s = keepdir_open(d, true);

    for (uint64_t i = 1; i <= 6; i++)
        assert_int_equal(keepdir_commit(s, i, &d->err), 0);
    keep_store_close(s);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    keepdir_free(*state);
    return 0;
}

static void put(const char *path, size_t page, const unsigned char *p)
{
    int fd = open(path, O_RDWR);

    assert_int_equal(pwrite(fd, p, PAGE, (off_t)page * PAGE), PAGE);
    close(fd);
}

/* Old versions of single pages: every one that changed, put back alone; page 1 among them, which may differ in counters only. The loss of a key that no
 * record uses, as the one made here, need not be told (tests/store/test_recheck.c loses keys of records). */
static void test_swaps_old_pages(void **state)
{
    struct keepdir *d = *state;
    unsigned char *before[2], *after[2];
    size_t n[2], m[2], changed = 0, harmless = 0;

    for (int f = 0; f < 2; f++)
        before[f] = keepdir_read(keepdir_path(d->keep, names[f]), &n[f]);
    struct keep_store *s = keepdir_open(d, true);
    assert_int_equal(keepdir_commit(s, 77, &d->err), 0);
    uint64_t size = keep_ledger_size(s);
    keep_store_close(s);
    assert_false(told(d));
    for (int f = 0; f < 2; f++) {
        after[f] = keepdir_read(keepdir_path(d->keep, names[f]), &m[f]);
        for (size_t i = 0; i < n[f] / PAGE && i < m[f] / PAGE; i++) {
            if (memcmp(before[f] + i * PAGE, after[f] + i * PAGE, PAGE) == 0)
                continue;
            put(keepdir_path(d->keep, names[f]), i, before[f] + i * PAGE);
            if (!told(d)) {
                uint8_t key[32];
                s = keepdir_open(d, false);
                bool lost = keep_ring_get(s, KEEP_RING_RECORD, 77, key, &d->err) != 0;
                keep_store_close(s);
                if (i == 0 || !(f == 1 && lost))
                    fail_msg("an old page %zu of %s was not told", i + 1, names[f]);
                s = keepdir_open(d, false);
                assert_int_equal(keep_ledger_size(s), size);
                keep_store_close(s);
                harmless++;
            }
            put(keepdir_path(d->keep, names[f]), i, after[f] + i * PAGE);
            changed++;
        }
    }
    assert_false(told(d));
    bank_tell("old pages put back: %zu, %zu of them seen, %zu lost only a key that no record uses", changed, changed - harmless, harmless);
    assert_true(changed >= 6);
    for (int f = 0; f < 2; f++) {
        free(before[f]);
        free(after[f]);
    }
}

/* Two pages exchanged, a page of zeros, of the sibling's same place, of the other file's. */
static void test_swaps_pages_of_elsewhere(void **state)
{
    struct keepdir *d = *state, *sibling;
    unsigned char zero[PAGE] = {0}, *own[2], *other[2];
    size_t n[2], m[2], cases = 0;
    int stride = bank_stride(6);

    sibling = keepdir_new(true); /* the same key file and times; ids and inner keys are its own */
    struct keep_store *s = keepdir_open(sibling, true);
    for (uint64_t i = 1; i <= 6; i++)
        assert_int_equal(keepdir_commit(s, i, &d->err), 0);
    keep_store_close(s);
    for (int f = 0; f < 2; f++) {
        own[f] = keepdir_read(keepdir_path(d->keep, names[f]), &n[f]);
        other[f] = keepdir_read(keepdir_path(sibling->keep, names[f]), &m[f]);
    }
    for (int f = 0; f < 2; f++)
        for (size_t i = 0; i < n[f] / PAGE; i += i < 6 ? 1 : (size_t)stride) {
            size_t j = (i + 1) % (n[f] / PAGE);
            const unsigned char *from[] = {own[f] + j * PAGE, zero, i < m[f] / PAGE ? other[f] + i * PAGE : NULL, i < n[!f] / PAGE ? own[!f] + i * PAGE : NULL};
            for (size_t k = 0; k < sizeof from / sizeof *from; k++) {
                if (!from[k])
                    continue;
                put(keepdir_path(d->keep, names[f]), i, from[k]);
                if (!told(d))
                    fail_msg("page %zu of %s, exchanged in way %zu, was not told", i + 1, names[f], k);
                cases++;
            }
            put(keepdir_path(d->keep, names[f]), i, own[f] + i * PAGE);
        }
    assert_false(told(d));
    /* the sibling's whole files */
    for (int f = 0; f < 2; f++) {
        keepdir_write(keepdir_path(d->keep, names[f]), other[f], m[f]);
        assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
        keepdir_write(keepdir_path(d->keep, names[f]), own[f], n[f]);
        cases++;
    }
    keepdir_copy(keepdir_path(sibling->keep, "head"), keepdir_path(d->keep, "head"));
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
    bank_tell("pages and files of elsewhere put in place: %zu, every one seen", cases);
    for (int f = 0; f < 2; f++) {
        free(own[f]);
        free(other[f]);
    }
    keepdir_free(sibling);
}

/* Cut at every page, within it, and lengthened. */
static void test_swaps_lengths(void **state)
{
    static const int by[] = {0, 1, 512, 4095};
    struct keepdir *d = *state;
    size_t n, cases = 0;
    int stride = bank_stride(7);

    for (int f = 0; f < 2; f++) {
        unsigned char *p = keepdir_read(keepdir_path(d->keep, names[f]), &n);
        for (size_t i = 0; i < n / PAGE; i += (size_t)stride)
            for (size_t k = 0; k < sizeof by / sizeof *by; k++) {
                keepdir_write(keepdir_path(d->keep, names[f]), p, i * PAGE + (size_t)by[k]);
                if (!told(d))
                    fail_msg("%s of %zu bytes was not told", names[f], i * PAGE + (size_t)by[k]);
                cases++;
            }
        unsigned char *q = calloc(1, n + PAGE);
        memcpy(q, p, n);
        for (size_t more = 1; more <= PAGE; more += 1365) {
            keepdir_write(keepdir_path(d->keep, names[f]), q, n + more);
            if (!told(d))
                fail_msg("%s with %zu bytes more was not told", names[f], more);
            cases++;
        }
        keepdir_write(keepdir_path(d->keep, names[f]), p, n);
        free(p);
        free(q);
    }
    assert_false(told(d));
    bank_tell("files made longer or shorter: %zu, every one seen", cases);
}

/* The journal of an open transaction, captured, and planted after later commits: refused, and no byte of the file changes. */
static void test_swaps_old_journals(void **state)
{
    struct keepdir *d = *state;
    size_t n, m;

    for (int f = 0; f < 2; f++) {
        char *path = strdup(keepdir_path(d->keep, names[f])), journal[400];
        snprintf(journal, sizeof journal, "%s-journal", path);
        struct keep_store *s = keepdir_open(d, true);
        sqlite3 *db = f == 0 ? keep_store_db(s) : keep_store_ring(s);
        uint8_t key[32];
        assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &d->err), 0);
        for (int i = 0; i < KEEP_LEAF_RUN; i++) /* fewer wait for their row */
            keep_txn_leaf(s, d->key);
        assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 900 + (uint64_t)f, key, &d->err), 0);
        assert_int_equal(keep_batch_flush_all(s, &d->err), 0);
        assert_int_equal(sqlite3_db_cacheflush(db), SQLITE_OK);
        unsigned char *hot = keepdir_read(journal, &n);
        assert_true(n > PAGE && hot[0] == 0xd9);
        keep_txn_abort(s);
        assert_int_equal(keepdir_commit(s, 200 + (uint64_t)f, &d->err), 0);
        keep_store_close(s);
        unsigned char *file = keepdir_read(path, &m);
        keepdir_write(journal, hot, n);
        assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
        assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
        size_t now;
        unsigned char *then = keepdir_read(path, &now);
        assert_int_equal(now, m);
        assert_memory_equal(then, file, m);
        keepdir_write(journal, "", 0);
        assert_int_equal(keepdir_code(d, false), 0);
        free(then);
        free(file);
        free(hot);
        free(path);
    }
    assert_false(told(d));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {CASE(test_swaps_old_pages), CASE(test_swaps_pages_of_elsewhere), CASE(test_swaps_lengths), CASE(test_swaps_old_journals)};

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
