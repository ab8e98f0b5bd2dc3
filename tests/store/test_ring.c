/* The keyring: keys come back, die with a tombstone, and do not survive a
 * rewrite under a new file key; rewrites that stop anywhere are finished. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/store/sets.h"
#include "core/store/state.h"
#include "tests/store/keepdir.h"

static void put(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint8_t fill)
{
    struct keep_err err = {0};
    uint8_t key[32];

    memset(key, fill, sizeof key);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(keep_ring_put(s, kind, owner, key, &err), 0);
    keep_txn_count(s, "keys", 1);
    assert_int_equal(keep_txn_commit(s, &err), 0);
}

static int get(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner)
{
    struct keep_err err = {0};
    uint8_t key[32] = {0};
    int rc = keep_ring_get(s, kind, owner, key, &err);

    return rc == 0 ? 100 + key[31] : rc;
}

static void test_ring_keys(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_err err = {0};
    uint8_t a[32], b[32];

    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 1, a, &err), KEEP_E_IO);
    keep_err_clear(&err);
    put(s, KEEP_RING_RECORD, 1, 11);
    put(s, KEEP_RING_PATIENT, 1, 12);
    assert_int_equal(get(s, KEEP_RING_RECORD, 1), 111);
    assert_int_equal(get(s, KEEP_RING_PATIENT, 1), 112);
    assert_int_equal(get(s, KEEP_RING_PERIOD, 1), 2);
    assert_int_equal(keep_ring_generation(s), 2);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 2, a, &err), 0);
    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 3, b, &err), 0);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 1, b, &err), 0); /* no row ever needed it: its number is free */
    assert_int_equal(keep_ring_new(s, KEEP_RING_PACKAGE, 1, b, &err), 0);
    assert_int_equal(keep_ring_new(s, KEEP_RING_PACKAGE, 1, b, &err), KEEP_E_INTEGRITY); /* one that counts is not written over */
    keep_txn_abort(s);
    assert_int_equal(get(s, KEEP_RING_RECORD, 2), 2);
    keep_store_close(s);
    s = keepdir_open(d, false);
    assert_int_equal(get(s, KEEP_RING_RECORD, 1), 111);
    keep_store_close(s);
}

/* In order, back and forth, what is missing, what was destroyed, other kinds: as asked one by one. */
static void test_ring_walk_tells_what_get_tells(void **state)
{
    static const uint64_t ask[] = {1, 3, 2, 3, 7, 5, 8, 6, 5, 9, 100, 7, 0, 1};
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_ring_tombstone t = {.intent = 9, .at = 77, .check = {1, 2}};
    struct keep_ring_walk w = {0};
    uint8_t set[16] = {0}, key[32];
    struct keep_err err = {0};

    for (uint64_t owner = 3; owner <= 9; owner++)
        put(s, owner % 4 ? KEEP_RING_PACKAGE : KEEP_RING_PERIOD, owner, (uint8_t)owner);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_ERASED, &err), 0);
    assert_int_equal(keep_ring_destroy(s, KEEP_RING_PACKAGE, 7, &t, set, &err), 0);
    keep_txn_count(s, "keys", 1);
    assert_int_equal(keep_txn_commit(s, &err), 0);
    assert_int_equal(keep_ring_walk_open(&w, s, KEEP_RING_PACKAGE, &err), 0);
    for (size_t i = 0; i < sizeof ask / sizeof *ask; i++) {
        int rc = keep_ring_walk_get(&w, ask[i], key, &err);
        assert_int_equal(rc == 0 ? 100 + key[31] : rc, get(s, KEEP_RING_PACKAGE, ask[i]));
    }
    keep_ring_walk_close(&w);
    keep_ring_walk_close(&w);
    keep_store_close(s);
}

static void test_ring_tombstone(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_ring_tombstone t = {.intent = 9, .at = 77, .check = {1, 2}}, back;
    uint8_t set[16] = {0};
    struct keep_err err = {0};

    put(s, KEEP_RING_PACKAGE, 5, 55);
    assert_int_equal(keep_ring_tombstone(s, KEEP_RING_PACKAGE, 5, &back, &err), 2);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_ERASED, &err), 0);
    assert_int_equal(keep_ring_destroy(s, KEEP_RING_PACKAGE, 5, &t, set, &err), 0);
    keep_txn_count(s, "keys", 1);
    assert_int_equal(keep_txn_commit(s, &err), 0);
    assert_int_equal(get(s, KEEP_RING_PACKAGE, 5), 1);
    assert_int_equal(keep_ring_tombstone(s, KEEP_RING_PACKAGE, 5, &back, &err), 0);
    assert_int_equal(back.intent, 9);
    assert_int_equal(back.at, 77);
    assert_memory_equal(back.check, t.check, 32);
    keep_store_close(s);
}

static void test_ring_rewrite(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_err err = {0};
    uint8_t old[32];

    put(s, KEEP_RING_PACKAGE, 5, 55);
    put(s, KEEP_RING_RECORD, 5000, 1); /* no row needs it */
    memcpy(old, s->json.secret->file[KEEP_KEYJSON_KEYRING][0], 32);
    uint64_t generation = keep_ring_generation(s), keep = s->json.generation;
    assert_int_equal(keep_sets_rewrite_keyring(s, &err), 0);
    assert_int_equal(get(s, KEEP_RING_PACKAGE, 5), 155);
    assert_int_equal(get(s, KEEP_RING_RECORD, 5000), 2);
    assert_int_equal(keep_ring_generation(s), generation + 1);
    assert_int_equal(s->json.generation, keep + 2);
    assert_int_equal(s->json.file[KEEP_KEYJSON_KEYRING].keys, 1);
    assert_memory_not_equal(old, s->json.secret->file[KEEP_KEYJSON_KEYRING][0], 32);
    put(s, KEEP_RING_PACKAGE, 6, 66); /* the store goes on */
    keep_store_close(s);
    s = keepdir_open(d, false);
    assert_int_equal(get(s, KEEP_RING_PACKAGE, 6), 166);
    /* the old file key opens nothing any more */
    struct keep_vfs *v = NULL;
    assert_int_equal(keep_vfs_new(&v, keepdir_path(d->keep, "keyring.db"), KEEP_VFS_KEYRING, keep_store_id(s), old, &err), 0);
    assert_int_equal(keep_vfs_probe(v, &err), KEEP_E_INTEGRITY);
    keep_vfs_free(v);
    keep_store_close(s);
}

struct fault {
    int at, seen;
    const char *step;
};

static int stop(void *ctx, enum keep_fault_op op, const char *what)
{
    struct fault *f = ctx;

    if (f->step)
        return op == KEEP_FAULT_STEP && strcmp(what, f->step) == 0 && ++f->seen >= f->at ? SQLITE_IOERR : 0;
    return op != KEEP_FAULT_READ && op != KEEP_FAULT_STEP && ++f->seen == f->at ? SQLITE_FULL : 0;
}

static void test_ring_rewrite_that_fails(void **state)
{
    struct keepdir *d = *state;
    struct fault faults[] = {{.at = 1, .step = "keyring rename"}, {.at = 1, .step = "keep.json"}, {.at = 2, .step = "keep.json"}, {.at = 5}, {.at = 12}};
    struct keep_store *s = keepdir_open(d, true);
    struct keep_err err = {0};

    put(s, KEEP_RING_PACKAGE, 5, 55);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        keep_fault_set(stop, &faults[i]);
        keep_err_clear(&err);
        assert_true(keep_sets_rewrite_keyring(s, &err) < 0);
        assert_int_not_equal(err.code, 0);
        keep_fault_set(NULL, NULL);
        assert_int_equal(get(s, KEEP_RING_PACKAGE, 5), 155);
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
        keep_store_close(s);
        s = keepdir_open(d, false); /* while keep.json may list two keys */
        assert_int_equal(get(s, KEEP_RING_PACKAGE, 5), 155);
        keep_store_close(s);
        s = keepdir_open(d, true);
        assert_int_equal(s->json.file[KEEP_KEYJSON_KEYRING].keys, 1);
        assert_int_equal(get(s, KEEP_RING_PACKAGE, 5), 155);
    }
    assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ring_keys, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ring_walk_tells_what_get_tells, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ring_tombstone, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ring_rewrite, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ring_rewrite_that_fails, keepdir_setup, keepdir_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
