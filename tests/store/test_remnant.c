/* Goal: the search finds a destroyed key wherever it still stands in either file,
 * and a deletion that does not happen is no destruction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/inside.h"
#include "core/store/remnant.h"
#include "core/store/sets.h"
#include "tests/store/keepdir.h"

#define RECORDS 3

static const uint64_t records[RECORDS] = {7001, 7002, 7003};

/* A trigger on the connection alone: outside of a transaction of the store, which its guards do not let pass. */
static void interfere(sqlite3 *db, const char *sql)
{
    char *why = NULL;

    sqlite3_commit_hook(db, NULL, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
}

static struct keep_store *with_keys(struct keepdir *d)
{
    struct keep_store *s = keepdir_open(d, true);
    uint8_t key[32];

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &d->err), 0);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, records[i], key, &d->err), 0);
    keep_txn_count(s, "keys", RECORDS);
    assert_int_equal(keep_txn_commit(s, &d->err), 0);
    assert_int_equal(keep_remnant_begin(s, &d->err), 0);
    return s;
}

static int destroy(struct keepdir *d, struct keep_store *s)
{
    struct keep_erasure e = {.intent = 9, .record = records, .records = RECORDS, .rule = KEEP_STR("us.test")};

    memset(e.plan, 0xcc, sizeof e.plan);
    memset(e.set, 0xdd, sizeof e.set);
    return keep_sets_erase(s, &e, 1, NULL, NULL, &d->err);
}

static void test_remnant_of_a_whole_destruction_is_nothing(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = with_keys(d);
    struct keep_remnant_found f;

    assert_int_equal(destroy(d, s), 0);
    assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0);
    assert_int_equal(keep_remnant_search(s, &f, &d->err), 0);
    assert_int_equal(f.destroyed, RECORDS);
    assert_int_equal(f.sought, RECORDS);
    assert_int_equal(f.found, 0);
    assert_int_equal(f.beside, 0);
    assert_int_equal(f.file_keys, 2);
    assert_true(f.quiet && f.pages > 10);
    assert_true(keep_remnant_clean(&f));
    assert_int_equal(keep_remnant_begin(s, &d->err), 0); /* counts anew */
    assert_int_equal(keep_remnant_search(s, &f, &d->err), 0);
    assert_int_equal(f.destroyed, 0);
    keep_store_close(s);
}

/* Somebody, or a mistake, carries a key to another row as it is deleted. */
static void test_remnant_in_the_keyring_is_found(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = with_keys(d);
    struct keep_remnant_found f;

    interfere(keep_store_ring(s), "CREATE TEMP TRIGGER carry AFTER DELETE ON main.ring WHEN old.owner = 7002 BEGIN"
                                " INSERT INTO ring(kind, owner, key, generation) VALUES(5, 4444, old.key, old.generation); END");
    assert_int_equal(destroy(d, s), 0);
    assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0);
    assert_int_equal(keep_remnant_search(s, &f, &d->err), 0);
    assert_int_equal(f.found, 1);
    assert_int_equal(f.beside, 0);
    assert_false(keep_remnant_clean(&f));
    keep_store_close(s);
}

static void test_remnant_in_records_is_found(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = with_keys(d);
    struct keep_remnant_found f;
    struct keep_act act = {.kind = KEEP_STR("note"), .at = 5};
    uint8_t key[32];

    assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, records[2], key, &d->err), 0);
    act.body = (struct keep_str){(const char *)key, sizeof key};
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_HOLD, &d->err), 0);
    assert_int_equal(keep_txn_act(s, &act, NULL, &d->err), 0);
    assert_int_equal(keep_txn_commit(s, &d->err), 0);
    assert_int_equal(destroy(d, s), 0);
    assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0);
    assert_int_equal(keep_remnant_search(s, &f, &d->err), 0);
    assert_int_equal(f.found, 1);
    keep_store_close(s);
}

/* A deletion that is skipped is seen before anything is said to be destroyed. */
static void test_remnant_of_a_skipped_deletion_is_refused(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = with_keys(d);
    uint8_t key[32];

    interfere(keep_store_ring(s), "CREATE TEMP TRIGGER skip BEFORE DELETE ON main.ring BEGIN SELECT RAISE(IGNORE); END");
    assert_int_equal(destroy(d, s), KEEP_E_IO);
    assert_non_null(strstr(d->err.text, "was not deleted"));
    keep_err_clear(&d->err);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, records[i], key, &d->err), 0);
    keep_store_close(s);
}

static void test_remnant_beside_a_tombstone_is_counted(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = with_keys(d);
    struct keep_remnant_found f;

    interfere(keep_store_ring(s), "CREATE TEMP TRIGGER again AFTER INSERT ON main.tomb WHEN new.owner = 7001 BEGIN"
                                " INSERT INTO ring(kind, owner, key, generation) VALUES(1, 7001, zeroblob(32), 1); END");
    assert_int_equal(destroy(d, s), 0);
    assert_int_equal(keep_remnant_search(s, &f, &d->err), 0);
    assert_int_equal(f.beside, 1);
    assert_false(keep_remnant_clean(&f));
    keep_store_close(s);
}

static void test_remnant_of_a_page_that_does_not_open(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = with_keys(d);
    struct keep_remnant_found f;
    const char *path = keepdir_path(d->keep, "keyring.db");

    keepdir_flip(path, 4096 + 100, 1);
    assert_int_equal(keep_remnant_search(s, &f, &d->err), KEEP_E_INTEGRITY);
    keepdir_flip(path, 4096 + 100, 1);
    keep_err_clear(&d->err);
    assert_int_equal(keep_remnant_search(s, &f, &d->err), 0);
    keep_store_close(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, keepdir_setup, keepdir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_remnant_of_a_whole_destruction_is_nothing),
        T(test_remnant_in_the_keyring_is_found),
        T(test_remnant_in_records_is_found),
        T(test_remnant_of_a_skipped_deletion_is_refused),
        T(test_remnant_beside_a_tombstone_is_counted),
        T(test_remnant_of_a_page_that_does_not_open),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
