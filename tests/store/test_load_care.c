/* Goal: encounters and relations come out of columns as out of their rows, whatever
 * came since, who is linked with whom, and however many read; damage is refused
 * whoever meets it. */
#include "tests/store/worlds.h"

#include <stdatomic.h>

#include "core/store/beside.h"
#include "core/store/fault.h"
#include "core/store/load_inside.h"
#include "core/store/packed.h"
#include "core/store/rowio.h"
#include "tests/store/hospital.h"

enum { MANY = 17000 }; /* more than are read one by one */

static void change(struct hospital *h, const char *sql)
{
    if (sqlite3_exec(keep_store_db(h->s), sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(keep_store_db(h->s)));
}

/* The same world from columns as from rows. */
static void same(struct hospital *h)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;

    bool alone = sqlite3_get_autocommit(keep_store_db(h->s)) != 0;
    change(h, alone ? "BEGIN" : "SAVEPOINT columns");
    change(h, "DELETE FROM packed");
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    change(h, alone ? "ROLLBACK" : "ROLLBACK TO columns; RELEASE columns");
    assert_true(w.encounters > 0 && w.relations > 0);
    worlds_each_way(h->s, &w);
    keep_arena_free(a);
}

static void test_load_care_from_columns_is_as_from_rows(void **state)
{
    struct hospital *h = *state;
    int64_t parts;

    hospital_visits(h, "ehr", MANY, 0);
    hospital_must(h, keep_rowio_number(h->s, "SELECT count(*) FROM packed", 0, &parts, &h->err));
    assert_true(parts > 8);
    same(h);
    hospital_visits(h, "ehr", 300, 5);    /* new versions of encounters that are in columns */
    same(h);
    hospital_visits(h, "other", 200, 9);  /* and what another source says of some */
    same(h);
}

/* What every entity is, in a keep that has all numbers and in one that has gaps. */
static void test_load_care_knows_what_entities_are(void **state)
{
    struct hospital *h = *state;
    struct keep_entity_roots all, some;
    uint64_t gone = 0;

    hospital_visits(h, "ehr", 300, 0);
    hospital_must(h, keep_entity_roots_load(&all, h->s, &h->err));
    for (uint64_t i = 1; i < all.n; i++)
        gone = all.kind[i] == KEEP_ENTITY_ENCOUNTER ? i : gone;
    assert_true(gone > 1 && all.kind[0] == 0);
    char sql[96];
    snprintf(sql, sizeof sql, "BEGIN; DELETE FROM entity WHERE id = %llu", (unsigned long long)gone);
    change(h, sql);
    hospital_must(h, keep_entity_roots_load(&some, h->s, &h->err));
    for (uint64_t i = 0; i < some.n; i++)
        assert_int_equal(some.kind[i], i == gone ? 0 : all.kind[i]);
    keep_entity_roots_free(&some);
    change(h, "UPDATE entity SET kind = 99 WHERE id = 1");
    assert_int_equal(keep_entity_roots_load(&some, h->s, &h->err), KEEP_E_INTEGRITY);
    change(h, "ROLLBACK");
    keep_entity_roots_free(&all);
}

/* Rows in the middle of the columns no longer stand: those behind them close up. */
static void test_load_care_without_what_was_superseded(void **state)
{
    struct hospital *h = *state;

    hospital_visits(h, "ehr", MANY, 0);
    change(h, "BEGIN; INSERT INTO relation SELECT id + 1000000, source, kind, patient, worker, department, encounter, start, end, 1 - open, recorded, author, id, file, line, leaf"
              " FROM relation WHERE id % 5000 = 17");
    same(h);
    change(h, "ROLLBACK");
}

/* Two patients turn out to be one, and two encounters: nothing stands in order any more. */
static void test_load_care_of_linked_people(void **state)
{
    struct hospital *h = *state;

    hospital_visits(h, "ehr", MANY, 0);
    change(h, "BEGIN; INSERT INTO link(a, b, leaf) SELECT min(patient), max(patient), 0 FROM relation");
    change(h, "INSERT INTO link(a, b, leaf) SELECT min(entity), max(entity), 0 FROM encounter");
    same(h);
    change(h, "ROLLBACK");
}

static void test_load_care_refuses_damage(void **state)
{
    static const struct {
        const char *sql, *text;
    } damage[] = {
        {"UPDATE packed SET body = zeroblob(length(body)) WHERE kind = 0 AND part = 2", "packed"},
        {"UPDATE packed SET body = zeroblob(length(body)) WHERE kind = 1 AND part = 5", "packed"},
        {"UPDATE packed SET body = zeroblob(3) WHERE kind = 1 AND part = 1", "packed"},
        {"DELETE FROM packed WHERE kind = 0 AND part = 3", "packed"},
        {"UPDATE packed SET body = substr(body, 1, length(body) - 1) WHERE kind = 0 AND part = 4", "packed"},
        {"DELETE FROM packed; UPDATE relation SET kind = 99 WHERE id = 9000", "no known kind"},
        {"DELETE FROM packed; UPDATE relation SET source = 65536 WHERE id = 9000", "far beyond any"},
        {"DELETE FROM packed; UPDATE encounter SET entity = 1 WHERE id = 9000", "belongs to no entity"},
        /* the second part's columns are the other table's: a worker's number is no encounter */
        {"UPDATE packed SET body = (SELECT body FROM packed WHERE kind = 0 AND part = 2) WHERE kind = 1 AND part = 2", "belongs to no entity"},
    };
    struct hospital *h = *state;

    hospital_visits(h, "ehr", MANY, 0);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        change(h, "BEGIN");
        change(h, damage[i].sql);
        worlds_refused(h->s, KEEP_E_INTEGRITY, damage[i].text);
        change(h, "ROLLBACK");
    }
    same(h);
}

/* A second connection sees what the store's own does, and there is none in the middle of a transaction. */
static void test_load_care_beside(void **state)
{
    struct hospital *h = *state;
    struct keep_load_hold hold = {NULL, NULL};
    struct keep_beside b;
    sqlite3_stmt *st;

    hospital_visits(h, "ehr", 50, 0);
    hospital_must(h, keep_load_hold_open(&hold, h->s, &h->err));
    assert_int_equal(keep_beside_open(&b, h->s, &h->err), 0);
    assert_int_equal(sqlite3_prepare_v2(b.db, "SELECT count(*) FROM relation", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(st, 0), 50);
    sqlite3_finalize(st);
    assert_int_not_equal(sqlite3_exec(b.db, "DELETE FROM relation", NULL, NULL, NULL), SQLITE_OK);
    keep_beside_close(&b);
    keep_load_hold_close(&hold);
    change(h, "BEGIN; DELETE FROM relation");
    assert_int_equal(keep_beside_open(&b, h->s, &h->err), 1);
    change(h, "ROLLBACK");
    keep_beside_close(&b);
}

struct failing {
    atomic_long left; /* reads until one fails, and those after it */
};

static int fail_read(void *ctx, enum keep_fault_op op, const char *what)
{
    struct failing *f = ctx;

    (void)what;
    return op == KEEP_FAULT_READ && atomic_fetch_sub(&f->left, 1) <= 0 ? SQLITE_IOERR_READ : SQLITE_OK;
}

/* The disk fails at every place in turn, under whoever reads there: an error and no world, and nothing is left behind. */
static void test_load_care_when_the_disk_fails(void **state)
{
    struct hospital *h = *state;
    int failures = 0;

    hospital_visits(h, "ehr", MANY, 0);
    for (long n = 0, rc = -1; rc < 0; n += n / 5 + 1) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_store *s = keepdir_open(h->d, false); /* nothing at hand */
        struct failing f = {n};
        struct keep_world w;
        struct keep_err err = {0};
        keep_fault_set(fail_read, &f);
        rc = worlds_read(s, 2, a, &w, &err);
        keep_fault_set(NULL, NULL);
        failures += rc < 0;
        assert_true(rc == 0 || (rc == KEEP_E_IO && err.text[0]));
        keep_store_close(s);
        keep_arena_free(a);
    }
    assert_true(failures > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_care_from_columns_is_as_from_rows, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_care_knows_what_entities_are, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_care_without_what_was_superseded, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_care_of_linked_people, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_care_refuses_damage, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_care_beside, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_care_when_the_disk_fails, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
