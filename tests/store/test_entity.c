/* Identifiers and entities: hashes that share their row's number, and what
 * forgetting an entity takes away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/entity.h"
#include "core/store/rowio.h"
#include "core/store/txn.h"
#include "tests/store/keepdir.h"

struct room {
    struct keepdir *d;
    struct keep_store *s;
    struct keep_seal_keys *keys;
    struct keep_entity_map *map;
    struct keep_err err;
};

static void enter(struct room *r)
{
    r->s = keepdir_open(r->d, true);
    assert_int_equal(keep_seal_keys_new(&r->keys, r->s, &r->err), 0);
    assert_int_equal(keep_entity_open(&r->map, r->s, r->keys, &r->err), 0);
    assert_int_equal(keep_txn_begin(r->s, KEEP_LEDGER_IMPORT, &r->err), 0);
}

static void leave(struct room *r)
{
    keep_txn_count(r->s, "rows", 1);
    assert_int_equal(keep_txn_commit(r->s, &r->err), 0);
    keep_entity_close(r->map);
    keep_seal_keys_free(r->keys);
    keep_store_close(r->s);
}

static int setup(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    r->d = keepdir_new(true);
    *state = r;
    enter(r);
    return 0;
}

static int teardown(void **state)
{
    struct room *r = *state;

    leave(r);
    keepdir_free(r->d);
    free(r);
    return 0;
}

/* A slot whose first half is that of all the others. */
static uint64_t record(struct room *r, uint8_t other, int expected)
{
    uint8_t slot[KEEP_ENTITY_HASH] = {0xa1, 2, 3, 4, 5, 6, 7, 8, 0xff, other};
    uint64_t id = 0;

    assert_int_equal(keep_entity_record(r->map, slot, &id, &r->err), expected);
    return id;
}

static int64_t number(struct room *r, const char *sql)
{
    int64_t n = -1;

    assert_int_equal(keep_batch_flush_all(r->s, &r->err), 0);
    assert_int_equal(keep_rowio_number(r->s, sql, -1, &n, &r->err), 0);
    return n;
}

static void test_entity_hashes_that_share_a_number(void **state)
{
    struct room *r = *state;
    uint64_t id[8];

    for (uint8_t i = 0; i < 3; i++)
        id[i] = record(r, i, 0);
    leave(r);
    enter(r); /* the others come when these are in the database */
    for (uint8_t i = 3; i < 8; i++)
        id[i] = record(r, i, 0);
    for (uint8_t i = 0; i < 8; i++)
        assert_int_equal(record(r, i, 1), id[i]);
    assert_int_equal(number(r, "SELECT count(*) FROM entity_key"), 8);
    assert_int_equal(number(r, "SELECT max(id) - min(id) FROM entity_key"), 7);
    record(r, 8, KEEP_E_LIMIT);
    keep_err_clear(&r->err);
    assert_int_equal(keep_entity_forget(r->s, id[4], &r->err), 0); /* its number is free */
    leave(r);
    enter(r);
    record(r, 8, 0);
    for (uint8_t i = 0; i < 8; i++)
        if (i != 4)
            assert_int_equal(record(r, i, 1), id[i]);
}

/* The same when the keep has more identifiers than a session reads at its start. */
static void test_entity_hashes_that_share_a_number_in_a_large_keep(void **state)
{
    struct room *r = *state;
    uint64_t id[3];

    assert_int_equal(sqlite3_exec(keep_store_db(r->s), "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n <= 100001) "
                                  "INSERT INTO entity_key(id, rest, entity, more, bare) SELECT n * 8, n, 1, 1, 0 FROM i", NULL, NULL, NULL), SQLITE_OK);
    leave(r);
    enter(r);
    id[0] = record(r, 0, 0);
    id[1] = record(r, 1, 0);
    leave(r);
    enter(r);
    id[2] = record(r, 2, 0);
    for (uint8_t i = 0; i < 3; i++)
        assert_int_equal(record(r, i, 1), id[i]);
    assert_int_equal(number(r, "SELECT max(id & 7) FROM entity_key"), 2);
}

static void test_entity_forgets(void **state)
{
    struct room *r = *state;
    struct keep_key key[3] = {{KEEP_ENTITY_PATIENT, KEEP_STR("mrn"), KEEP_STR("1")}, {KEEP_ENTITY_PATIENT, KEEP_STR("ssn"), KEEP_STR("2")},
                              {KEEP_ENTITY_PATIENT, KEEP_STR("mrn"), KEEP_STR("3")}};
    struct keep_buf hashes = KEEP_BUF_INIT;
    uint64_t one, two, again;

    assert_int_equal(keep_entity_of(r->map, &key[0], &one, &r->err), 1);
    assert_int_equal(keep_entity_resolve(r->map, key, 2, &two, &hashes, &r->err), 0);
    assert_int_equal(one, two);
    assert_int_equal(keep_entity_resolve(r->map, key + 2, 1, &two, &hashes, &r->err), 0);
    assert_int_not_equal(one, two);
    assert_int_equal(hashes.n, 3 * KEEP_ENTITY_HASH);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(keep_entity_find(r->s, hashes.p + i * KEEP_ENTITY_HASH, &again, &r->err), 0);
        assert_int_equal(again, i < 2 ? one : two);
    }
    assert_int_equal(keep_entity_forget(r->s, one, &r->err), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(keep_entity_find(r->s, hashes.p + i * KEEP_ENTITY_HASH, &again, &r->err), i < 2);
    assert_int_equal(number(r, "SELECT key FROM entity WHERE id = 1"), 0);
    assert_int_equal(keep_entity_forget(r->s, two, &r->err), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM entity_key"), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM entity"), 2); /* numbers stay */
    keep_buf_free(&hashes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entity_hashes_that_share_a_number, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entity_hashes_that_share_a_number_in_a_large_keep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entity_forgets, setup, teardown),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
