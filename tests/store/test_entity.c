/* Identifiers and entities: hashes that begin alike, keeps of more than a session
 * holds, and what forgetting an entity takes away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/entity.h"
#include "core/store/rowio.h"
#include "core/store/sorted.h"
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

static void test_entity_hashes_that_begin_alike(void **state)
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
    assert_int_equal(keep_entity_forget(r->s, id[4], &r->err), 0);
    leave(r);
    enter(r);
    for (uint8_t i = 0; i < 8; i++)
        if (i == 4)
            assert_int_not_equal(record(r, i, 0), id[i]);
        else
            assert_int_equal(record(r, i, 1), id[i]);
}

static int counted(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err)
{
    (void)e;
    (void)err;
    ++*(uint64_t *)ctx;
    return 0;
}

static uint64_t entries(struct room *r, enum keep_batch_table table)
{
    uint64_t n = 0;

    assert_int_equal(keep_batch_flush_all(r->s, &r->err), 0);
    assert_int_equal(keep_sorted_walk(r->s, table, counted, &n, &r->err), 0);
    return n;
}

/* A keep that has more identifiers than a session reads at its start is asked for each. */
static void test_entity_in_a_large_keep(void **state)
{
    struct room *r = *state;
    uint64_t id[3];

    for (uint64_t i = 1; i <= 150000; i++)
        assert_int_equal(keep_sorted_add(r->s, KEEP_BATCH_ENTITY_KEY, i << 40, i, 1, &r->err), 0);
    assert_true(number(r, "SELECT count(*) FROM entity_key") > 501);
    leave(r);
    enter(r);
    id[0] = record(r, 0, 0);
    id[1] = record(r, 1, 0);
    leave(r);
    enter(r);
    id[2] = record(r, 2, 0);
    for (uint8_t i = 0; i < 3; i++)
        assert_int_equal(record(r, i, 1), id[i]);
    assert_int_equal(entries(r, KEEP_BATCH_ENTITY_KEY), 150003);
}

static void test_entity_forgets(void **state)
{
    struct room *r = *state;
    struct keep_key key[3] = {{KEEP_ENTITY_PATIENT, KEEP_STR("mrn"), KEEP_STR("1")}, {KEEP_ENTITY_PATIENT, KEEP_STR("ssn"), KEEP_STR("2")},
                              {KEEP_ENTITY_PATIENT, KEEP_STR("mrn"), KEEP_STR("3")}};
    struct keep_buf hashes = KEEP_BUF_INIT;
    uint64_t one, two, again;
    uint8_t hash[KEEP_ENTITY_HASH];

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
    assert_int_equal(entries(r, KEEP_BATCH_ENTITY_MORE), 1);
    assert_int_equal(keep_entity_key_of(r->s, one, hash, &r->err), 0);
    assert_memory_equal(hash, hashes.p, sizeof hash);
    assert_int_equal(keep_entity_forget(r->s, one, &r->err), 0);
    assert_int_equal(keep_entity_key_of(r->s, one, hash, &r->err), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(keep_entity_find(r->s, hashes.p + i * KEEP_ENTITY_HASH, &again, &r->err), i < 2);
    assert_int_equal(number(r, "SELECT key FROM entity WHERE id = 1"), 0);
    assert_int_equal(keep_entity_forget(r->s, two, &r->err), 0);
    assert_int_equal(entries(r, KEEP_BATCH_ENTITY_KEY), 0);
    assert_int_equal(entries(r, KEEP_BATCH_ENTITY_MORE), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM entity"), 2); /* numbers stay */
    keep_buf_free(&hashes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entity_hashes_that_begin_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entity_in_a_large_keep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entity_forgets, setup, teardown),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
