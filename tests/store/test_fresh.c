/* Keys of records in blocks: given, found, taken apart when one of them goes, and
 * rows in a keyring that was written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fresh.h"
#include "core/store/rowio.h"
#include "core/store/sets.h"
#include "core/store/state.h"
#include "core/store/txn.h"
#include "tests/store/keepdir.h"

#define RECORDS 250 /* two full blocks and a part */

static int setup(void **state)
{
    *state = keepdir_new(true);
    return 0;
}

static int teardown(void **state)
{
    keepdir_free(*state);
    return 0;
}

static int64_t number(struct keep_store *s, const char *sql)
{
    struct keep_err err = {0};
    sqlite3_stmt *st;
    int64_t n;

    assert_int_equal(keep_store_prepare(s, keep_store_ring(s), sql, &st, &err), 0);
    assert_int_equal(keep_rowio_next(st, "counting", &err), 1);
    n = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return n;
}

/* Keys for owners 10, 13, 16, … and a row of records.db for each but the last. */
static struct keep_store *with_keys(struct keepdir *d, uint8_t key[RECORDS][32])
{
    struct keep_store *s = keepdir_open(d, true);
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    for (uint64_t i = 0; i < RECORDS; i++)
        assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 10 + 3 * i, key[i], &err), 0);
    assert_int_equal(sqlite3_exec(keep_store_db(s), "WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 248)"
                                  " INSERT INTO version SELECT 10 + 3 * n, 1, 0, 0, 0, 0, 0, 0, 0, x'', x'', 0 FROM i", NULL, NULL, NULL), SQLITE_OK);
    keep_txn_count(s, "rows", 1);
    assert_int_equal(keep_txn_commit(s, &err), 0);
    return s;
}

static void all_there(struct keep_store *s, uint8_t key[RECORDS][32], size_t from, size_t to)
{
    struct keep_err err = {0};
    uint8_t had[32];

    for (size_t i = from; i < to; i++) {
        assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, 10 + 3 * i, had, &err), 0);
        assert_memory_equal(had, key[i], 32);
    }
}

static void test_fresh_keys_are_found(void **state)
{
    uint8_t key[RECORDS][32], had[32];
    struct keep_store *s = with_keys(*state, key);
    struct keep_err err = {0};
    uint64_t top;

    assert_int_equal(number(s, "SELECT count(*) FROM fresh"), 3);
    assert_int_equal(number(s, "SELECT count(*) FROM ring"), 0);
    all_there(s, key, 0, RECORDS);
    for (uint64_t other = 0; other < 10 + 3 * RECORDS + 5; other++)
        if (other < 10 || other % 3 != 1 || other >= 10 + 3 * RECORDS)
            assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, other, had, &err), 2);
    assert_int_equal(keep_fresh_top(s, &top, &err), 0);
    assert_int_equal(top, 10 + 3 * (RECORDS - 1));
    /* an owner's key is never made twice, and one before the last is a row of its own */
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 10, had, &err), KEEP_E_INTEGRITY);
    keep_err_clear(&err);
    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 11, had, &err), 0);
    assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, 11, key[0], &err), 0);
    assert_memory_equal(had, key[0], 32);
    /* the last one's record never came: its number is free */
    memcpy(had, key[RECORDS - 1], 32);
    assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, 10 + 3 * (RECORDS - 1), key[RECORDS - 1], &err), 0);
    assert_memory_not_equal(had, key[RECORDS - 1], 32);
    all_there(s, key, 1, RECORDS);
    keep_txn_abort(s);
    assert_int_equal(number(s, "SELECT count(*) FROM fresh"), 3);
    keep_store_close(s);
}

static void test_fresh_blocks_come_apart(void **state)
{
    static const struct keep_ring_tombstone tomb = {.intent = 1, .at = 5};
    static const uint8_t set[16] = {1};
    uint8_t key[RECORDS][32], had[32];
    struct keep_store *s = with_keys(*state, key);
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(keep_fresh_unpack(s, 11, &err), 0); /* nobody's */
    assert_int_equal(number(s, "SELECT count(*) FROM fresh"), 3);
    assert_int_equal(keep_ring_destroy(s, KEEP_RING_RECORD, 10 + 3 * 150, &tomb, set, &err), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM fresh"), 2);
    assert_int_equal(number(s, "SELECT count(*) FROM ring"), 99);
    assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, 10 + 3 * 150, had, &err), 1);
    all_there(s, key, 0, 150);
    all_there(s, key, 151, RECORDS);
    keep_txn_abort(s);
    all_there(s, key, 0, RECORDS);
    keep_store_close(s);
}

static void test_fresh_keys_are_rows_in_a_new_keyring(void **state)
{
    uint8_t key[RECORDS][32], had[32];
    struct keep_store *s = with_keys(*state, key);
    struct keep_err err = {0};

    assert_int_equal(keep_sets_rewrite_keyring(s, &err), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM fresh"), 0);
    assert_int_equal(number(s, "SELECT count(*) FROM ring"), RECORDS - 1); /* one that no row needs is dropped */
    all_there(s, key, 0, RECORDS - 1);
    assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, 10 + 3 * (RECORDS - 1), had, &err), 2);
    keep_store_close(s);
    s = keepdir_open(*state, false);
    all_there(s, key, 0, RECORDS - 1);
    keep_store_close(s);
}

static void test_fresh_says_what_is_damaged(void **state)
{
    uint8_t key[RECORDS][32], had[32];
    struct keep_store *s = with_keys(*state, key);
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(sqlite3_exec(keep_store_ring(s), "UPDATE fresh SET body = substr(body, 2)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, 10, had, &err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_fresh_unpack(s, 10, &err), KEEP_E_INTEGRITY);
    keep_txn_abort(s);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fresh_keys_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fresh_blocks_come_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fresh_keys_are_rows_in_a_new_keyring, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fresh_says_what_is_damaged, setup, teardown),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
