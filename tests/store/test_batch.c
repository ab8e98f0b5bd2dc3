/* Rows that wait: written when the transaction is sealed, dropped when it is
 * aborted, and to be had through no SQL of a user's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/rowio.h"
#include "core/store/state.h"
#include "tests/store/keepdir.h"

static int64_t number(struct keep_store *s, const char *sql)
{
    struct keep_err err = {0};
    int64_t n = -1;

    assert_int_equal(keep_rowio_number(s, sql, -2, &n, &err), 0);
    return n;
}

static int entity(struct keep_store *s, int64_t id, struct keep_err *err)
{
    struct keep_buf *row = keep_batch_row(s, KEEP_BATCH_ENTITY, "INSERT OR FAIL INTO entity(id, kind, key) SELECT c1, c2, c3 FROM batch(?1)", 3);

    keep_batch_int(row, id);
    keep_batch_int(row, 7);
    keep_batch_int(row, 0);
    return keep_batch_end(s, KEEP_BATCH_ENTITY, err);
}

static void test_batch_shows_what_waits(void **state)
{
    struct keep_store *s = keepdir_open(*state, true);
    struct keep_err err = {0};
    const char hash[16] = "sixteen bytes ok";

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(keep_batch_next(s, KEEP_BATCH_ENCOUNTER), 0);
    assert_null(keep_batch_peek(s, KEEP_BATCH_ENCOUNTER, 0, 1));
    for (int i = 0; i < 2; i++) {
        size_t at = keep_batch_next(s, KEEP_BATCH_ENCOUNTER);
        struct keep_buf *row = keep_batch_row(s, KEEP_BATCH_ENCOUNTER, "never written", 3);
        keep_batch_int(row, i);
        keep_batch_blob(row, hash, sizeof hash);
        keep_batch_int(row, 0);
        assert_int_equal(keep_batch_end(s, KEEP_BATCH_ENCOUNTER, &err), 0);
        assert_memory_equal(keep_batch_peek(s, KEEP_BATCH_ENCOUNTER, at + KEEP_BATCH_BLOB_BEHIND(1), sizeof hash), hash, sizeof hash);
        assert_null(keep_batch_peek(s, KEEP_BATCH_ENCOUNTER, at, keep_batch_next(s, KEEP_BATCH_ENCOUNTER) - at + 1));
        assert_null(keep_batch_peek(s, KEEP_BATCH_ENCOUNTER, SIZE_MAX, 1));
    }
    keep_txn_abort(s);
    assert_int_equal(keep_batch_next(s, KEEP_BATCH_ENCOUNTER), 0);
    keep_store_close(s);
}

static void test_batch_waits_until_sealed(void **state)
{
    struct keep_store *s = keepdir_open(*state, true);
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    for (int i = 1; i <= 1000; i++)
        assert_int_equal(entity(s, i, &err), 0);
    keep_txn_count(s, "rows", 1000);
    assert_int_equal(number(s, "SELECT count(*) FROM entity"), 0);
    assert_int_equal(keep_txn_commit(s, &err), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM entity WHERE kind = 7"), 1000);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(entity(s, 2000, &err), 0);
    keep_txn_abort(s);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(entity(s, 2001, &err), 0);
    assert_int_equal(keep_batch_flush(s, KEEP_BATCH_ENTITY, &err), 0);
    assert_int_equal(number(s, "SELECT max(id) FROM entity"), 2001);
    keep_txn_abort(s);
    assert_int_equal(number(s, "SELECT max(id) FROM entity"), 1000);
    keep_store_close(s);
}

static void test_batch_does_not_grow_for_ever(void **state)
{
    struct keep_store *s = keepdir_open(*state, true);
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    for (int i = 1; i <= 300000; i++) {
        assert_int_equal(entity(s, i, &err), 0);
        assert_true(s->batch[KEEP_BATCH_ENTITY].rows.n < (size_t)5 << 20);
    }
    assert_true(number(s, "SELECT count(*) FROM entity") > 0);
    keep_txn_count(s, "rows", 1);
    assert_int_equal(keep_txn_commit(s, &err), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM entity"), 300000);
    keep_store_close(s);
}

/* A row that does not go in: the commit fails, and nothing of it stays. */
static void test_batch_fails_whole(void **state)
{
    struct keep_store *s = keepdir_open(*state, true);
    struct keep_err err = {0};
    uint64_t entries = keep_ledger_size(s);

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(entity(s, 1, &err), 0);
    assert_int_equal(entity(s, 2, &err), 0);
    assert_int_equal(entity(s, 1, &err), 0);
    keep_txn_count(s, "rows", 3);
    assert_true(keep_txn_commit(s, &err) < 0);
    assert_int_equal(number(s, "SELECT count(*) FROM entity"), 0);
    assert_int_equal(keep_ledger_size(s), entries);
    keep_store_close(s);
}

static void test_batch_needs_its_pointer(void **state)
{
    struct keep_store *s = keepdir_open(*state, true);

    assert_int_equal(number(s, "SELECT count(*) FROM batch"), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM batch(NULL)"), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM batch(94023)"), 0);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_batch_shows_what_waits, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_batch_waits_until_sealed, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_batch_does_not_grow_for_ever, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_batch_fails_whole, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_batch_needs_its_pointer, keepdir_setup, keepdir_teardown),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
