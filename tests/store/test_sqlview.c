/* Goal: views give what the store holds; conditions handed down to them never lose a
 * row; statements reach nothing else and end within their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/sqlview.h"
#include "tests/store/hospital.h"

static int setup(void **state)
{
    struct hospital *h = hospital_new();

    hospital_begin(h, "ehr");
    hospital_facility(h, "f1", "General");
    hospital_worker(h, "w1", "npi1", "Jones", "");
    hospital_account(h, "ann", "w1", KEEP_ACCOUNT_PERSON);
    hospital_patient(h, "p1", "m1", "Smith", "1 Main");
    hospital_patient(h, "p2", "m2", "Miller", "2 Main");
    hospital_encounter(h, "e1", "p1", "f1", T0);
    hospital_encounter(h, "e2", "p1", "f1", T0 + DAY);
    hospital_encounter(h, "e3", "p2", "f1", T0);
    hospital_relation(h, "p1", "w1", T0, true);
    hospital_record(h, "Condition", "c1", "p1", "e1", "{\"a\":1}");
    hospital_finish(h);
    hospital_begin(h, "log");
    for (int i = 0; i < 4000; i++)
        hospital_event(h, T0 + i * (DAY / 40) + i % 3, i % 3 ? "ann" : "bob", i % 5 ? "p1" : "p2");
    hospital_finish(h);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    hospital_free(*state);
    return 0;
}

/* The first cell of the first row, with how many rows there were; the code of a failure. */
static int ask(struct hospital *h, const struct keep_sqlview_limits *limits, const char *sql, char first[200], uint64_t *rows)
{
    struct keep_sqlview_value v[KEEP_SQLVIEW_COLUMNS];
    struct keep_sqlview *q = NULL;
    int rc;

    keep_err_clear(&h->err);
    *rows = 0;
    first[0] = 0;
    rc = keep_sqlview_open(&q, h->s, limits, &h->err);
    if (rc == 0)
        rc = keep_sqlview_prepare(q, hospital_z(sql), &h->err);
    while (rc == 0 && (rc = keep_sqlview_next(q, v, &h->err)) == 1) {
        if ((*rows)++ == 0)
            snprintf(first, 200, "%.*s", (int)v[0].text.n, v[0].text.p ? v[0].text.p : "");
        rc = 0;
    }
    keep_sqlview_close(q);
    return rc;
}

static uint64_t number(struct hospital *h, const char *sql)
{
    char first[200];
    uint64_t rows;

    if (ask(h, NULL, sql, first, &rows) != 0) {
        fprintf(stderr, "%s\n", sql);
        keepdir_say(&h->err);
        fail();
    }
    return strtoull(first, NULL, 10);
}

static void test_sqlview_views_hold_what_came(void **state)
{
    struct hospital *h = *state;

    assert_int_equal(number(h, "SELECT count(*) FROM patients WHERE known = 'yes'"), 2);
    assert_int_equal(number(h, "SELECT count(*) FROM workers"), 1);
    assert_int_equal(number(h, "SELECT count(*) FROM accounts"), 2);
    assert_int_equal(number(h, "SELECT count(*) FROM facilities"), 1);
    assert_int_equal(number(h, "SELECT count(*) FROM encounters"), 3);
    assert_int_equal(number(h, "SELECT count(*) FROM relations WHERE open = 'yes' AND kind = 'encounter'"), 1);
    assert_int_equal(number(h, "SELECT count(*) FROM records WHERE kind = 'Condition' AND destroyed = 'no'"), 1);
    assert_int_equal(number(h, "SELECT count(*) FROM sources"), 2);
    assert_int_equal(number(h, "SELECT count(*) FROM access_log"), 4000);
    assert_int_equal(number(h, "SELECT count(*) FROM ledger"), keep_ledger_size(h->s));
    assert_int_equal(number(h, "SELECT count(*) FROM acts"), 0);
    assert_int_equal(number(h, "SELECT count(*) FROM sets"), 0);
    assert_int_equal(number(h, "SELECT count(DISTINCT worker) FROM (SELECT worker FROM accounts WHERE worker IS NOT NULL UNION ALL SELECT worker FROM relations)"), 1);
    assert_int_equal(number(h, "SELECT count(*) FROM access_log l JOIN accounts a USING (account) JOIN patients p USING (patient)"), 4000);
    assert_int_equal(number(h, "SELECT count(*) FROM patients p JOIN encounters e ON e.patient = p.patient JOIN relations r ON r.patient = p.patient"), 2);
}

/* Each condition gives the same count when it is handed down as over a copy of the rows, where nothing can be handed down (a LIMIT keeps the planner out). */
static void test_sqlview_conditions_lose_nothing(void **state)
{
    static const char *const condition[] = {
        "time >= '2023-12-01'", "time > '2023-12-01T10:00:00.000000Z'", "time <= '2023-12-24'", "time < '2023-12-24T10:36:00Z'", "time = '2023-11-14T22:13:20.000000Z'",
        "time = (SELECT time FROM access_log WHERE event LIKE '%:77')", "time BETWEEN '2023-11-20' AND '2023-11-21T12'", "time >= '2023'", "time < 'x'", "time > 5",
        "time >= '2023-12-01T10:00:00-06:00'", "time >= '2023-12-01' AND time < '2023-12-02'", "time > NULL", "account = (SELECT account FROM accounts WHERE worker IS NOT NULL)",
        "account = (SELECT account FROM accounts WHERE worker IS NULL)", "account = 'account-00000000'", "account = 'nobody'", "account = 7",
        "account = upper((SELECT max(account) FROM accounts)) COLLATE NOCASE", "patient = (SELECT max(patient) FROM patients)", "patient IN (SELECT patient FROM patients)",
        "patient IS NULL", "source = 1", "source = 2", "source = '2'", "source = 2.5",
        "patient = (SELECT min(patient) FROM patients) AND time > '2024' AND account IS NOT NULL"};
    struct hospital *h = *state;
    char sql[600];
    uint64_t some = 0;

    for (size_t i = 0; i < sizeof condition / sizeof *condition; i++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM access_log WHERE %s", condition[i]);
        uint64_t n = number(h, sql);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM (SELECT * FROM access_log LIMIT -1) WHERE %s", condition[i]);
        uint64_t want = number(h, sql);
        if (n != want)
            fprintf(stderr, "%s\n", sql);
        assert_int_equal(n, want);
        some += n > 0 && n < 4000;
    }
    assert_true(some > 10);
    assert_int_equal(number(h, "SELECT count(*) FROM encounters WHERE patient = (SELECT patient FROM encounters GROUP BY 1 HAVING count(*) = 2)"), 2);
    assert_int_equal(number(h, "SELECT count(*) FROM encounters WHERE patient = 'patient-zzzzzzzz'"), 0);
    assert_int_equal(number(h, "SELECT count(*) FROM patients WHERE patient = 'x'"), 0);
}

/* What a question about one person, or one month, opens: a year of 12 segments, of which one holds the patient and two the account. */
static void test_sqlview_opens_the_segments_that_hold_a_person(void **state)
{
    static const struct {
        const char *rare, *from;
        uint64_t rows, opened;
    } asked[] = {{"patient", "", 3, 1}, {"account", "", 2, 2}, {"account", " AND time > '2024-06-01'", 1, 1}, {"patient", " AND account = 'account-zzzzzzzz'", 0, 0}};
    struct hospital *h = hospital_new();
    struct keep_sqlview_value v[KEEP_SQLVIEW_COLUMNS];
    struct keep_sqlview *q;
    char name[200], sql[400];
    uint64_t rows;

    (void)state;
    hospital_begin(h, "log");
    for (int i = 0; i < 6000; i++) {
        keep_time t = T0 + (keep_time)(i / 500) * 30 * DAY + i % 500 * KEEP_USEC;
        hospital_event(h, t, i == 700 || i == 5100 ? "zoe" : i % 2 ? "ann" : "bob", i == 2600 || i == 2601 || i == 2900 ? "p9" : i % 3 ? "p1" : "p2");
    }
    hospital_finish(h);
    assert_int_equal(number(h, "SELECT count(*) FROM access_log"), 6000);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        snprintf(sql, sizeof sql, "SELECT %s FROM access_log GROUP BY 1 HAVING count(*) < 4", asked[i].rare);
        assert_int_equal(ask(h, NULL, sql, name, &rows), 0);
        snprintf(sql, sizeof sql, "SELECT * FROM access_log WHERE %s = '%s'%s", asked[i].rare, name, asked[i].from);
        assert_int_equal(keep_sqlview_open(&q, h->s, NULL, &h->err), 0);
        assert_int_equal(keep_sqlview_prepare(q, hospital_z(sql), &h->err), 0);
        for (rows = 0; keep_sqlview_next(q, v, &h->err) == 1; rows++)
            continue;
        assert_int_equal(rows, asked[i].rows);
        assert_int_equal(keep_sqlview_opened(q), asked[i].opened);
        keep_sqlview_close(q);
    }
    hospital_free(h);
}

static void test_sqlview_nobody_is_named(void **state)
{
    static const char *const view[] = {"patients", "workers", "accounts", "facilities", "encounters", "relations", "records", "sets", "sources", "access_log", "ledger", "acts"};
    static const char *const name[] = {"Smith", "Miller", "Jones", "Main", "Ada", "Nurse", "m1", "npi1", "ann", "bob", "a line of the log", "A title"};
    struct hospital *h = *state;
    struct keep_sqlview_value v[KEEP_SQLVIEW_COLUMNS];
    char sql[60];

    for (size_t i = 0; i < sizeof view / sizeof *view; i++) {
        struct keep_sqlview *q = NULL;
        snprintf(sql, sizeof sql, "SELECT * FROM %s LIMIT 500", view[i]);
        assert_int_equal(keep_sqlview_open(&q, h->s, NULL, &h->err), 0);
        assert_int_equal(keep_sqlview_prepare(q, hospital_z(sql), &h->err), 0);
        while (keep_sqlview_next(q, v, &h->err) == 1)
            for (int c = 0; c < keep_sqlview_columns(q); c++)
                for (size_t k = 0; v[c].type == KEEP_SQLVIEW_TEXT && k < sizeof name / sizeof *name; k++)
                    assert_false(v[c].text.n == strlen(name[k]) && memcmp(v[c].text.p, name[k], v[c].text.n) == 0);
        keep_sqlview_close(q);
    }
}

static void test_sqlview_reaches_nothing_else(void **state)
{
    static const char *const bad[] = {
        "SELECT * FROM sqlite_master", "SELECT * FROM temp.sqlite_master", "SELECT count(*) FROM sqlite_schema", "SELECT * FROM detail", "SELECT count(*) FROM version",
        "WITH patients AS (SELECT * FROM sqlite_schema) SELECT * FROM patients", "WITH patients(x) AS (SELECT body FROM detail) SELECT x FROM patients",
        "SELECT (SELECT sql FROM sqlite_master)", "SELECT 1 WHERE EXISTS (SELECT 1 FROM sqlite_master)", "SELECT * FROM pragma_function_list", "SELECT * FROM pragma_module_list",
        "SELECT * FROM json_each('[1]')", "SELECT * FROM dbstat", "SELECT * FROM fts5vocab", "SELECT json_object('a', 1)", "SELECT load_extension('x')", "SELECT randomblob(9)",
        "SELECT printf('%d', 1)", "SELECT char(65)", "SELECT fts3_tokenizer('x')", "PRAGMA writable_schema=1", "PRAGMA query_only=0", "ATTACH 'x' AS y", "DETACH main", "VACUUM",
        "VACUUM INTO 'x'", "CREATE TABLE t(x)", "CREATE TEMP TABLE t(x)", "CREATE VIRTUAL TABLE t USING access_log", "DROP TABLE access_log", "ALTER TABLE patients RENAME TO x",
        "INSERT INTO ledger DEFAULT VALUES", "DELETE FROM access_log", "UPDATE acts SET kind = ''", "REPLACE INTO sets VALUES(1)", "BEGIN", "COMMIT", "SAVEPOINT a", "ANALYZE", "REINDEX",
        "EXPLAIN DELETE FROM acts", "SELECT 1; SELECT 1", "SELECT 1; x", "SELECT ?", "SELECT :a", "", " -- a", "SELECT nothing FROM patients", "SELECT \"x\"", "SELECT * FROM patients('a')"};
    struct hospital *h = *state;
    char first[200], deep[1300] = "SELECT ";
    uint64_t rows, before = keep_ledger_size(h->s);

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int rc = ask(h, NULL, bad[i], first, &rows);
        if (rc != KEEP_E_USAGE || h->err.text[0] == 0)
            fprintf(stderr, "%s: %d\n", bad[i], rc);
        assert_int_equal(rc, KEEP_E_USAGE);
        assert_int_equal(rows, 0);
    }
    for (int i = 0; i < 600; i++)
        strcat(deep, "-+");
    strcat(deep, "1");
    assert_int_equal(ask(h, NULL, deep, first, &rows), KEEP_E_USAGE);
    assert_int_equal(keep_ledger_size(h->s), before);
}

static int stop(void *ctx)
{
    return ++*(int *)ctx > 3;
}

static void test_sqlview_ends(void **state)
{
    static const char *const runaway[] = {"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
                                          "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r WHERE n < 0",
                                          "SELECT count(*) FROM access_log a, access_log b, access_log c"};
    struct hospital *h = *state;
    char first[200];
    uint64_t rows;

    for (size_t i = 0; i < sizeof runaway / sizeof *runaway; i++) {
        int asked = 0;
        struct keep_sqlview_limits few = {.steps = 200000}, stopped = {.stop = stop, .ctx = &asked};
        assert_int_equal(ask(h, &few, runaway[i], first, &rows), KEEP_E_LIMIT);
        assert_int_equal(ask(h, &stopped, runaway[i], first, &rows), KEEP_E_INTERRUPTED);
        assert_int_equal(asked, 4);
    }
    assert_int_equal(ask(h, NULL, "WITH RECURSIVE r(s) AS (SELECT 'xxxxxxxx' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r", first, &rows), KEEP_E_LIMIT);
    assert_int_equal(ask(h, NULL, "SELECT hex(CAST('ab' AS BLOB)), CAST('ab' AS BLOB)", first, &rows), 0);
    assert_string_equal(first, "6162");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sqlview_views_hold_what_came, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sqlview_conditions_lose_nothing, setup, teardown),
        cmocka_unit_test(test_sqlview_opens_the_segments_that_hold_a_person),
        cmocka_unit_test_setup_teardown(test_sqlview_nobody_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sqlview_reaches_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sqlview_ends, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
