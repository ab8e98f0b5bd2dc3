/* Sorted entries against a plain array of them: numbers in a row, hashes, many of
 * one lead; what waits, what is taken out, and blocks that are damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/rowio.h"
#include "core/store/sorted.h"
#include "core/store/state.h"
#include "core/store/txn.h"
#include "tests/store/keepdir.h"

#define TABLE KEEP_BATCH_ENTITY_KEY
#define MOST 40000

struct plain {
    struct keep_sorted_entry entry[MOST];
    size_t n, at;
};

static int by_order(const void *a, const void *b)
{
    const struct keep_sorted_entry *x = a, *y = b;

    return x->lead != y->lead ? (x->lead < y->lead ? -1 : 1) : (x->rest > y->rest) - (x->rest < y->rest);
}

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 31) * 0x7fb5d329728ea185u;
    return (x ^ x >> 27) * 0x81dadef4bc2dd44du;
}

static void put(struct keep_store *s, struct plain *p, uint64_t lead, uint64_t rest, uint32_t value)
{
    struct keep_err err = {0};

    assert_int_equal(keep_sorted_add(s, TABLE, lead, rest, value, &err), 0);
    p->entry[p->n++] = (struct keep_sorted_entry){lead, rest, value};
}

static int same(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err)
{
    struct plain *p = ctx;

    (void)err;
    assert_true(p->at < p->n);
    assert_int_equal(p->entry[p->at].lead, e->lead);
    assert_int_equal(p->entry[p->at].rest, e->rest);
    assert_int_equal(p->entry[p->at].value, e->value);
    p->at++;
    return 0;
}

/* Everything that was put, and nothing else, by every way to it. */
static void compare(struct keep_store *s, struct plain *p)
{
    struct keep_err err = {0};
    struct keep_buf found = KEEP_BUF_INIT;

    assert_int_equal(keep_batch_flush(s, TABLE, &err), 0);
    qsort(p->entry, p->n, sizeof *p->entry, by_order);
    p->at = 0;
    assert_int_equal(keep_sorted_walk(s, TABLE, same, p, &err), 0);
    assert_int_equal(p->at, p->n);
    for (size_t i = 0; i < p->n; i += 7) {
        const struct keep_sorted_entry *e = &p->entry[i];
        uint32_t value = 0;
        size_t of_lead = 0;
        assert_int_equal(keep_sorted_get(s, TABLE, e->lead, e->rest, &value, &err), 1);
        assert_int_equal(value, e->value);
        assert_int_equal(keep_sorted_get(s, TABLE, e->lead, e->rest ^ (uint64_t)1 << 63, &value, &err), 0);
        if (i % 70)
            continue;
        for (size_t k = 0; k < p->n; k++)
            of_lead += p->entry[k].lead == e->lead;
        keep_buf_clear(&found);
        assert_int_equal(keep_sorted_find(s, TABLE, e->lead, &found, &err), 0);
        assert_int_equal(keep_sorted_found(&found), of_lead);
    }
    keep_buf_free(&found);
}

static struct keep_store *begin(void **state)
{
    struct keep_store *s = keepdir_open(*state, true);
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    keep_txn_count(s, "rows", 1);
    return s;
}

static void test_sorted_is_what_was_put(void **state)
{
    struct plain *p = calloc(1, sizeof *p);
    struct keep_store *s = begin(state);
    struct keep_err err = {0};
    uint32_t value = 9;

    assert_int_equal(keep_sorted_get(s, TABLE, 5, 5, &value, &err), 0);
    assert_int_equal(value, 9);
    compare(s, p);
    for (uint64_t turn = 0; turn < 4; turn++) {
        for (uint64_t i = 1; i <= 1200; i++) /* in a row, as numbers are given */
            put(s, p, turn * 1200 + i, mixed(i) >> 1, (uint32_t)i);
        for (uint64_t i = 1; i <= 2000; i++) /* hashes: in no order, all over */
            put(s, p, mixed(turn << 32 | i), mixed(i) >> 1, (uint32_t)(turn * i));
        for (uint64_t i = 1; i <= 300; i++) /* many of one lead, which also is the least there is */
            put(s, p, turn & 1 ? 0 : UINT64_MAX, turn * 300 + i, 1);
        compare(s, p);
    }
    assert_int_equal(keep_txn_commit(s, &err), 0);
    keep_store_close(s);
    s = keepdir_open(*state, false);
    compare(s, p);
    keep_store_close(s);
    free(p);
}

/* Each table has numbers as large as it says, and no larger. */
static void test_sorted_numbers_have_their_bytes(void **state)
{
    static const struct {
        enum keep_batch_table table;
        uint64_t lead, rest;
        uint32_t value;
        bool bounded;
    } of[] = {{KEEP_BATCH_ENTITY_KEY, UINT64_MAX, UINT64_MAX, UINT32_MAX, false},
              {KEEP_BATCH_ENTITY_MORE, UINT32_MAX, UINT64_MAX, 0, false},
              {KEEP_BATCH_RELATION_VISIT, UINT32_MAX, ((uint64_t)1 << 48) - 1, 0, true},
              {KEEP_BATCH_VERSION_VISIT, UINT32_MAX, UINT32_MAX, 0, true}};
    struct keep_store *s = begin(state);
    struct keep_err err = {0};

    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct keep_buf found = KEEP_BUF_INIT;
        assert_int_equal(keep_sorted_add(s, of[i].table, of[i].lead, of[i].rest, of[i].value, &err), 0);
        for (uint64_t k = 1; k < 1500; k++)
            assert_int_equal(keep_sorted_add(s, of[i].table, of[i].lead - k % 700, of[i].rest - k, of[i].value, &err), 0);
        assert_int_equal(keep_batch_flush(s, of[i].table, &err), 0);
        assert_int_equal(keep_sorted_find(s, of[i].table, of[i].lead, &found, &err), 0);
        assert_int_equal(keep_sorted_found(&found), 3);
        assert_true(((struct keep_sorted_entry *)found.p)[2].rest == of[i].rest);
        assert_int_equal(((struct keep_sorted_entry *)found.p)[2].value, of[i].value);
        assert_int_equal(keep_sorted_clear(s, of[i].table, of[i].lead, &err), 0);
        assert_int_equal(keep_sorted_clear(s, of[i].table, of[i].lead, &err), 1);
        keep_buf_clear(&found);
        assert_int_equal(keep_sorted_find(s, of[i].table, of[i].lead - 1, &found, &err), 0);
        assert_int_equal(keep_sorted_found(&found), 3);
        assert_int_equal(keep_sorted_add(s, of[i].table, 1, of[i].rest + 1, 0, &err), of[i].bounded ? KEEP_E_LIMIT : 0);
        keep_err_clear(&err);
        keep_buf_free(&found);
    }
    keep_txn_abort(s);
    keep_store_close(s);
}

/* Rows in a row fill their pages; others leave room. */
static void test_sorted_blocks_fill_a_page(void **state)
{
    struct plain *p = calloc(1, sizeof *p);
    struct keep_store *s = begin(state);
    struct keep_err err = {0};
    int64_t blocks, longest;

    for (uint64_t i = 1; i <= 20000; i++) {
        put(s, p, i, i, 0);
        if (i % 777 == 0)
            assert_int_equal(keep_batch_flush(s, TABLE, &err), 0);
    }
    compare(s, p);
    assert_int_equal(keep_rowio_number(s, "SELECT count(*) FROM entity_key", 0, &blocks, &err), 0);
    assert_int_equal(keep_rowio_number(s, "SELECT max(length(body)) FROM entity_key", 0, &longest, &err), 0);
    assert_int_equal(blocks, 100);
    assert_int_equal(longest, 4000);
    keep_txn_abort(s);
    keep_store_close(s);
    free(p);
}

static void test_sorted_again_stays_and_removed_goes(void **state)
{
    struct plain *p = calloc(1, sizeof *p);
    struct keep_store *s = begin(state);
    struct keep_err err = {0};
    uint32_t value = 0;
    size_t left = 0;

    for (uint64_t i = 1; i <= 1000; i++)
        put(s, p, mixed(i), i, 1);
    compare(s, p);
    for (uint64_t i = 1; i <= 1000; i++) /* twice in what waits, and once in the table */
        for (uint32_t k = 0; k < 2; k++)
            assert_int_equal(keep_sorted_add(s, TABLE, mixed(i), i, 2 + k, &err), 0);
    compare(s, p);
    for (size_t i = 0; i < p->n; i++)
        if (i % 3)
            assert_int_equal(keep_sorted_remove(s, TABLE, p->entry[i].lead, p->entry[i].rest, &err), 0);
        else
            p->entry[left++] = p->entry[i];
    assert_int_equal(keep_sorted_remove(s, TABLE, p->entry[0].lead, p->entry[0].rest + 1, &err), 1);
    p->n = left;
    compare(s, p);
    for (size_t i = 0; i < p->n; i++)
        assert_int_equal(keep_sorted_remove(s, TABLE, p->entry[i].lead, p->entry[i].rest, &err), 0);
    p->n = 0;
    compare(s, p);
    put(s, p, 0, 0, 3); /* below all blocks but the first */
    compare(s, p);
    assert_int_equal(keep_sorted_get(s, TABLE, 0, 0, &value, &err), 1);
    keep_txn_abort(s);
    assert_int_equal(keep_sorted_get(s, TABLE, 0, 0, &value, &err), 0);
    keep_store_close(s);
    free(p);
}

/* Also what waits is bounded, and belongs to the transaction. */
static void test_sorted_waits_in_its_transaction(void **state)
{
    struct keep_store *s = begin(state);
    struct keep_err err = {0};
    int64_t blocks;
    uint32_t value;

    for (uint64_t i = 1; i <= 100000; i++) {
        assert_int_equal(keep_sorted_add(s, TABLE, mixed(i), i, 1, &err), 0);
        assert_true(s->batch[TABLE].rows.n <= (size_t)1 << 20);
    }
    assert_int_equal(keep_rowio_number(s, "SELECT count(*) FROM entity_key", 0, &blocks, &err), 0);
    assert_true(blocks > 300);
    keep_txn_abort(s);
    assert_int_equal(keep_sorted_get(s, TABLE, mixed(1), 1, &value, &err), 0);
    keep_store_close(s);
}

static int ignore(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err)
{
    (void)ctx;
    (void)e;
    (void)err;
    return 0;
}

static int stop(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err)
{
    (void)ctx;
    (void)e;
    (void)err;
    return 5;
}

static void test_sorted_says_what_is_damaged(void **state)
{
    static const char *const sql[] = {
        "UPDATE entity_key SET body = substr(body, 2)",
        "UPDATE entity_key SET body = CAST(substr(body, 21, 20) || substr(body, 1, 20) || substr(body, 41) AS BLOB)",
        "UPDATE entity_key SET body = CAST(substr(body, 1, 20) || body AS BLOB)",
        "UPDATE entity_key SET id = id + 1 WHERE id = (SELECT max(id) FROM entity_key)",
        "UPDATE entity_key SET id = (SELECT max(id) FROM entity_key) - 20 WHERE id = (SELECT max(id) FROM entity_key)",
    };
    struct keep_store *s = begin(state);
    struct keep_err err = {0};

    for (uint64_t i = 1; i <= 1000; i++)
        assert_int_equal(keep_sorted_add(s, TABLE, i, i, 1, &err), 0);
    assert_int_equal(keep_batch_flush(s, TABLE, &err), 0);
    assert_int_equal(keep_sorted_walk(s, TABLE, stop, NULL, &err), 5);
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        assert_int_equal(sqlite3_exec(keep_store_db(s), "SAVEPOINT t", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(keep_store_db(s), sql[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(keep_sorted_walk(s, TABLE, ignore, NULL, &err), KEEP_E_INTEGRITY);
        keep_err_clear(&err);
        assert_int_equal(sqlite3_exec(keep_store_db(s), "ROLLBACK TO t; RELEASE t", NULL, NULL, NULL), SQLITE_OK);
    }
    assert_int_equal(sqlite3_exec(keep_store_db(s), sql[0], NULL, NULL, NULL), SQLITE_OK);
    struct keep_buf found = KEEP_BUF_INIT;
    uint32_t value;
    assert_int_equal(keep_sorted_get(s, TABLE, 5, 5, &value, &err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_sorted_find(s, TABLE, 5, &found, &err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_sorted_remove(s, TABLE, 5, 5, &err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_sorted_add(s, TABLE, 7, 8, 1, &err), 0);
    assert_int_equal(keep_batch_flush(s, TABLE, &err), KEEP_E_INTEGRITY);
    keep_buf_free(&found);
    keep_txn_abort(s);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sorted_is_what_was_put, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_sorted_numbers_have_their_bytes, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_sorted_blocks_fill_a_page, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_sorted_again_stays_and_removed_goes, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_sorted_waits_in_its_transaction, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_sorted_says_what_is_damaged, keepdir_setup, keepdir_teardown),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
