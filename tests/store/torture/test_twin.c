/* The same work on stock SQLite and on the sealed VFS: random statements from
 * one seed go to both, with rollbacks, savepoints and reopenings; afterwards
 * both hold the same, and the sealed file is hardly larger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/torture/memdisk.h"
#include "tests/store/torture/bank.h"

static uint64_t rng;

static unsigned pick(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)(rng % n);
}

static void statement(char *sql, size_t n, int *depth)
{
    unsigned a = pick(300), b = pick(4000), c = pick(40);

    switch (pick(11)) {
    case 0: snprintf(sql, n, "INSERT OR REPLACE INTO a VALUES(%u, %u, printf('%%.*c', %u, 'x'))", a, b, b); break;
    case 1: snprintf(sql, n, "INSERT INTO b SELECT x + %u, y, hex(z) FROM a WHERE x %% %u = 0 LIMIT 40", b, c + 1); break;
    case 2: snprintf(sql, n, "UPDATE a SET y = y + %u, z = substr(z, %u) WHERE x BETWEEN %u AND %u", b, c, a, a + c); break;
    case 3: snprintf(sql, n, "DELETE FROM b WHERE rowid %% %u = %u", c + 2, c); break;
    case 4: snprintf(sql, n, "DELETE FROM a WHERE x BETWEEN %u AND %u", a, a + c); break;
    case 5: snprintf(sql, n, "%s", *depth == 0 ? "BEGIN" : "SAVEPOINT s"); ++*depth; break;
    case 6: snprintf(sql, n, "%s", *depth > 1 ? "ROLLBACK TO s" : *depth ? "ROLLBACK" : "SELECT 1"); *depth = *depth == 1 ? 0 : *depth; break;
    case 7: snprintf(sql, n, "%s", *depth ? "COMMIT" : "SELECT 1"); *depth = 0; break;
    case 8: snprintf(sql, n, "INSERT INTO a SELECT max(x) + 1 + %u, %u, zeroblob(%u) FROM a HAVING 1", c, b, b * 9); break;
    case 9: snprintf(sql, n, "%s", pick(2) ? "CREATE INDEX IF NOT EXISTS by_y ON a(y)" : "DROP INDEX IF EXISTS by_y"); break;
    default: snprintf(sql, n, "INSERT INTO b SELECT a.x, b.v, b.w || a.y FROM a JOIN b ON a.x = b.k %% 300 ORDER BY b.w DESC LIMIT %u", c); break;
    }
}

/* All rows of all tables, as text. */
static char *dump(sqlite3 *db)
{
    static const char *const sql[] = {"SELECT name, sql FROM sqlite_schema ORDER BY name", "SELECT x, y, hex(z) FROM a ORDER BY x", "SELECT rowid, k, quote(v), quote(w) FROM b ORDER BY rowid"};
    sqlite3_str *out = sqlite3_str_new(NULL);

    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        sqlite3_stmt *st = NULL;
        assert_int_equal(sqlite3_prepare_v2(db, sql[i], -1, &st, NULL), SQLITE_OK);
        while (sqlite3_step(st) == SQLITE_ROW)
            for (int c = 0; c < sqlite3_column_count(st); c++)
                sqlite3_str_appendf(out, "%s|", sqlite3_column_text(st, c));
        assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    }
    return sqlite3_str_finish(out);
}

static sqlite3 *plain_open(void)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    return db;
}

static void run(uint64_t seed)
{
    static const char schema[] = "CREATE TABLE a(x INTEGER PRIMARY KEY, y INTEGER, z); CREATE TABLE b(k INTEGER, v INTEGER, w TEXT)";
    struct keep_err err = {0};
    struct bank b;
    sqlite3 *plain = plain_open();
    char sql[300];
    int depth = 0;

    rng = seed * 0x9e3779b97f4a7c15u + 1;
    memdisk.file[0].there = true;
    memdisk_size(&memdisk.file[0], 0);
    memdisk_size(&memdisk.file[1], 0);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_exec(b.db, schema), 0);
    assert_int_equal(bank_exec(plain, "PRAGMA temp_store=MEMORY"), 0);
    assert_int_equal(bank_exec(plain, schema), 0);
    bank_exec(b.db, "PRAGMA cache_size=6");
    for (int i = 0; i < 250; i++) {
        statement(sql, sizeof sql, &depth);
        int here = bank_exec(b.db, sql), there = bank_exec(plain, sql);
        if (here != there)
            fail_msg("seed %llu, statement %d: %d sealed, %d plain: %s", (unsigned long long)seed, i, here, there, sql);
        if (i % 60 == 59 && depth == 0) {
            bank_close(&b);
            assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
            bank_exec(b.db, "PRAGMA cache_size=6");
        }
    }
    if (depth) {
        assert_int_equal(bank_exec(b.db, "COMMIT"), 0);
        assert_int_equal(bank_exec(plain, "COMMIT"), 0);
    }
    char *one = dump(b.db), *two = dump(plain);
    assert_non_null(one);
    assert_string_equal(one, two);
    sqlite3_int64 pages = bank_value(plain, "PRAGMA page_count");
    assert_true(memdisk.file[0].n == (size_t)bank_value(b.db, "PRAGMA page_count") * KEEP_VFS_PAGE);
    assert_true((sqlite3_int64)memdisk.file[0].n <= (pages + pages / 20 + 4) * KEEP_VFS_PAGE); /* 40 of 4,096 bytes, and how pages then split */
    assert_int_equal(bank_value(b.db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
    uint64_t bad = 0;
    assert_int_equal(keep_vfs_walk(b.v, NULL, bank_count_bad, &bad, NULL, &err), 0);
    assert_int_equal(bad, 0);
    sqlite3_free(one);
    sqlite3_free(two);
    bank_close(&b);
    sqlite3_close(plain);
}

static void test_twin_same_as_stock(void **state)
{
    uint64_t seeds = bank_stride(5) == 1 ? 100 : 8;

    (void)state;
    memdisk_start(BANK_PATH);
    for (uint64_t seed = 1; seed <= seeds; seed++)
        run(seed);
    bank_tell("the same work sealed and plain: %llu seeds of 250 statements, equal", (unsigned long long)seeds);
}

static int start(void **state)
{
    (void)state;
    return keep_secret_start(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin_same_as_stock)};

    return cmocka_run_group_tests(tests, start, NULL);
}
