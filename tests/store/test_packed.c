/* Goal: columns and rows give the same table, whatever came since or went; what
 * is damaged is refused or found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/packed_part.h"
#include "core/store/rowio.h"
#include "tests/store/hospital.h"

enum { MANY = 17000 }; /* more than are read one by one */

static int64_t number(struct hospital *h, const char *sql)
{
    int64_t v;

    hospital_must(h, keep_rowio_number(h->s, sql, -1, &v, &h->err));
    return v;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* All rows by id; how many. parts_first: those of the columns a part at a time. */
static size_t rows(struct hospital *h, enum keep_packed_kind kind, bool cached, bool parts_first, int64_t (*out)[KEEP_PACKED_COLUMNS], size_t most)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_packed *p;
    size_t n = 0;

    hospital_must(h, keep_packed_open(&p, h->s, kind, cached, a, &h->err));
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_packed_part part;
    while (parts_first && keep_packed_body(p, &body, &part, &h->err) == 1) {
        int64_t column[KEEP_PACKED_COLUMNS][KEEP_PACKED_PART];
        assert_true(part.n > 0 && part.n <= KEEP_PACKED_PART);
        for (int c = 0; c < KEEP_PACKED_COLUMNS; c++) { /* in two pieces: the second begins at any bit */
            keep_packed_part_read(&part, c, 0, part.n / 3, column[c]);
            keep_packed_part_read(&part, c, part.n / 3, part.n - part.n / 3, column[c] + part.n / 3);
        }
        for (uint32_t i = 0; i < part.n; i++) {
            assert_true(n < most);
            for (int c = 0; c < KEEP_PACKED_COLUMNS; c++)
                out[n][c] = column[c][i];
            n += keep_packed_stands(p, column[0][i]);
        }
    }
    keep_buf_free(&body);
    while (n < most && keep_packed_next(p, out[n], &h->err) == 1)
        n++;
    assert_true(n <= keep_packed_most(p));
    if (kind == KEEP_PACKED_ENCOUNTER)
        for (size_t i = 0; i < n; i++) /* words are numbered in the order in which they are met: compare what they say */
            for (int c = KEEP_PACKED_E_CLASS; c <= KEEP_PACKED_E_STATUS; c++) {
                struct keep_str w = keep_packed_word(p, out[i][c]);
                out[i][c] = (int64_t)w.n * 1000 + (w.n ? w.p[0] : 0);
            }
    keep_packed_close(p);
    keep_arena_free(a);
    qsort(out, n, sizeof *out, by_id);
    return n;
}

static void same(struct hospital *h, bool columns)
{
    static int64_t a[2 * MANY][KEEP_PACKED_COLUMNS], b[2 * MANY][KEEP_PACKED_COLUMNS];
    uint64_t wrong;

    assert_int_equal(number(h, "SELECT count(DISTINCT kind) FROM packed"), columns ? 2 : 0);
    for (int kind = 0; kind < KEEP_PACKED_KINDS; kind++) {
        size_t m = rows(h, (enum keep_packed_kind)kind, false, false, b, 2 * MANY);
        for (int many = 0; many < 2; many++) {
            size_t n = rows(h, (enum keep_packed_kind)kind, true, many, a, 2 * MANY);
            assert_int_equal(n, m);
            assert_memory_equal(a, b, n * sizeof *a);
        }
    }
    assert_int_equal(keep_packed_check(h->s, &wrong, &h->err), 0);
    assert_int_equal(wrong, 0);
}

static void change(struct hospital *h, const char *sql)
{
    if (sqlite3_exec(keep_store_db(h->s), sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(keep_store_db(h->s)));
}

static void test_packed_few_rows_have_no_columns(void **state)
{
    struct hospital *h = hospital_new();

    (void)state;
    same(h, false);
    hospital_visits(h, "ehr", 50, 0);
    same(h, false);
    hospital_free(h);
}

static void test_packed_columns_and_later_rows_are_the_table(void **state)
{
    struct hospital *h = hospital_new();

    (void)state;
    hospital_visits(h, "ehr", MANY, 0);
    same(h, true);
    hospital_visits(h, "ehr", 300, 5); /* new versions of 300 encounters, and relations that are there */
    assert_int_equal(number(h, "SELECT count(*) FROM encounter"), MANY + 300);
    same(h, true);
    hospital_begin(h, "other");
    hospital_encounter(h, "x1", "p9999", "f1", T0);
    hospital_finish(h);
    same(h, true);
    hospital_free(h);
}

static void test_packed_is_dropped_with_rows(void **state)
{
    struct hospital *h = hospital_new();
    uint64_t wrong;

    (void)state;
    hospital_visits(h, "ehr", MANY, 0);
    change(h, "BEGIN; DELETE FROM encounter WHERE id = 77");
    assert_int_equal(keep_packed_check(h->s, &wrong, &h->err), 0);
    assert_true(wrong > 0); /* nobody may forget it */
    assert_int_equal(keep_packed_drop(h->s, &h->err), 0);
    same(h, false);
    change(h, "ROLLBACK");
    same(h, true);
    hospital_free(h);
}

static void test_packed_damage_is_found(void **state)
{
    static const char *const sql[] = {
        "UPDATE packed SET body = zeroblob(length(body)) WHERE part = 1", "UPDATE packed SET body = zeroblob(3) WHERE part = 0", "DELETE FROM packed WHERE part = 2 AND kind = 0",
        "UPDATE packed SET body = (SELECT body FROM packed WHERE kind = 0 AND part = 2) WHERE kind = 0 AND part = 1",
        "UPDATE packed SET body = substr(body, 1, length(body) - 1) WHERE part = 3"};
    struct hospital *h = hospital_new();
    uint64_t wrong;

    (void)state;
    hospital_visits(h, "ehr", MANY, 0);
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        change(h, "BEGIN");
        change(h, sql[i]);
        assert_int_equal(keep_packed_check(h->s, &wrong, &h->err), 0);
        if (wrong == 0)
            fail_msg("%s", sql[i]);
        change(h, "ROLLBACK");
    }
    same(h, true);
    hospital_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_few_rows_have_no_columns),
        cmocka_unit_test(test_packed_columns_and_later_rows_are_the_table),
        cmocka_unit_test(test_packed_is_dropped_with_rows),
        cmocka_unit_test(test_packed_damage_is_found),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
