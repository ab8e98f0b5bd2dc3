/* Goal: whoever holds the keys and changes, drops or exchanges a row behind the
 * ledger's back is found out, and what was destroyed in order is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/inside.h"
#include "core/store/rowio.h"
#include "core/store/sets.h"
#include "tests/store/hospital.h"

static void fill(struct hospital *h)
{
    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "Ng", "1 Elm St");
    hospital_patient(h, "p2", "MRN2", "Bee", "2 Elm St");
    hospital_worker(h, "w1", "9999", "Ito", "2 Oak St");
    hospital_account(h, "bito", "w1", KEEP_ACCOUNT_PERSON);
    hospital_facility(h, "f1", "North Hospital");
    hospital_encounter(h, "e1", "p1", "f1", T0);
    hospital_relation(h, "p1", "w1", T0, false);
    hospital_record(h, "Patient", "p1", "p1", "", "{\"p\":1}");
    hospital_record(h, "Encounter", "e1", "p1", "e1", "{\"e\":1}");
    hospital_record(h, "Condition", "c1", "p1", "e1", "{\"c\":1}");
    hospital_record(h, "Condition", "c1", "p1", "e1", "{\"c\":2}");
    hospital_record(h, "Condition", "c2", "p2", "", "{\"c\":3}");
    for (int i = 0; i < 20; i++)
        hospital_event(h, T0 + i * KEEP_USEC, "bito", i % 2 ? "p1" : "p2");
    struct keep_row_quarantine q = {.at = {7, 70, 0}, .bytes = S("bad line"), .reason = "not an event"};
    hospital_must(h, h->sink.quarantine(h->sink.ctx, &q, &h->err));
    struct keep_row_note n = {.at = {1, 0, 0}, .kind = S("bulk export log"), .bytes = S("{}")};
    hospital_must(h, h->sink.note(h->sink.ctx, &n, &h->err));
    hospital_finish(h);
}

static int setup(void **state)
{
    struct hospital *h = hospital_new();

    fill(h);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    hospital_free(*state);
    return 0;
}

static void quiet(void *ctx, const char *check, bool ok, const char *detail)
{
    char *failed = ctx;

    (void)detail;
    if (!ok && !strstr(failed, check))
        snprintf(failed + strlen(failed), 200 - strlen(failed), "%s;", check);
}

static int recheck(struct hospital *h, char failed[200])
{
    struct keep_store_checker c = {failed, quiet, NULL};
    struct keep_err err = {0};

    failed[0] = 0;
    return keep_recheck_tables(h->s, &c, &err);
}

static void change(struct hospital *h, const char *sql)
{
    if (sqlite3_exec(keep_store_db(h->s), sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(keep_store_db(h->s)));
        abort();
    }
}

static void test_recheck_passes_what_was_written(void **state)
{
    struct hospital *h = *state;
    char failed[200];

    assert_int_equal(recheck(h, failed), 0);
    assert_string_equal(failed, "");
    keep_store_close(h->s);
    h->s = keepdir_open(h->d, false); /* a reader sees the same */
    assert_int_equal(recheck(h, failed), 0);
}

static void test_recheck_sees_every_change(void **state)
{
    struct hospital *h = *state;
    static const char *const sql[][2] = {
        {"UPDATE relation SET start = start + 1", "leaves;"},
        {"UPDATE encounter SET status = 'planned'", "leaves;"},
        {"UPDATE encounter SET end_date = end_date + 1", "leaves;"},
        {"DELETE FROM relation", "leaves;"},
        {"DELETE FROM note", "leaves;"},
        {"UPDATE term SET text = text || 'x' WHERE id = 0", "leaves;"},
        {"UPDATE source SET name = 'other'", "leaves;"},
        {"UPDATE detail SET body = zeroblob(length(body)) WHERE kind = 2", "identifiers;leaves;"},
        {"UPDATE detail SET body = zeroblob(length(body)) WHERE kind = 1", "identifiers;leaves;"},
        {"UPDATE detail SET entity = entity + 1 WHERE kind = 1", "identifiers;keys;leaves;"},
        {"UPDATE entity_key SET body = x''", "identifiers;"},
        {"UPDATE version_visit SET body = x''", "visits;"},
        {"UPDATE version_visit SET body = CAST(body || x'ff00000001000000' AS BLOB)", "visits;"},
        {"UPDATE version_visit SET body = CAST(substr(body, 2) AS BLOB)", "visits;"},
        {"UPDATE version SET stated = CAST(substr(stated, 1, length(stated) - 1) || x'01' AS BLOB)", "payloads;"},
        {"UPDATE version SET stated = substr(stated, 1, 40)", "payloads;"},
        {"UPDATE version SET patient = 0", "payloads;"},
        {"UPDATE version SET kind = kind + 1", "payloads;"},
        {"UPDATE version SET sealed = zeroblob(60)", "payloads;"},
        {"DELETE FROM version WHERE version = 2", "payloads;leaves;"},
        {"UPDATE payload SET body = (SELECT body FROM payload WHERE id = 1)", "payloads;"},
        {"DELETE FROM payload WHERE id = 2", "payloads;"},
        {"INSERT INTO payload(body) VALUES(x'00')", "payloads;"},
        {"UPDATE quarantine SET line = 8", "quarantine;"},
        {"UPDATE quarantine SET sealed = zeroblob(60)", "quarantine;"},
        {"UPDATE run SET n = n - 1", "segments;"},
        {"DELETE FROM run", "segments;leaves;"},
        {"DELETE FROM segment", "segments;"},
        {"UPDATE segment SET hashes = zeroblob(length(hashes))", "segments;"},
        {"UPDATE segment SET columns = zeroblob(length(columns))", "segments;"},
        {"UPDATE segment SET detail = zeroblob(length(detail))", "segments;"},
        {"UPDATE present SET ids = (SELECT ids FROM present WHERE kind = 1 LIMIT 1) WHERE kind = 0", "segments;"},
        {"UPDATE present SET ids = zeroblob(17)", "segments;"},
        {"INSERT INTO leaf(id, hashes) SELECT id + length(hashes) / 32, zeroblob(32) FROM leaf ORDER BY id DESC LIMIT 1", "leaves;"},
        {"UPDATE leaf SET hashes = CAST(substr(hashes, 1, 32 * (r.leaf - leaf.id)) || zeroblob(32) || substr(hashes, 32 * (r.leaf - leaf.id) + 33) AS BLOB)"
         " FROM (SELECT leaf FROM relation) r WHERE leaf.id = (SELECT max(id) FROM leaf WHERE id <= r.leaf)", "leaves;"},
        {"INSERT INTO gone(leaf, kind, owner) SELECT leaf, 1, 5 FROM relation; DELETE FROM relation", "leaves;"},
        {"INSERT INTO erased(kind, owner, intent, at, leaf) SELECT 1, record, 1, 1, leaf FROM version LIMIT 1", "leaves;"},
    };

    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        char failed[200];
        change(h, "BEGIN");
        change(h, sql[i][0]);
        int rc = recheck(h, failed);
        if (rc != KEEP_E_INTEGRITY || strcmp(failed, sql[i][1]) != 0)
            fprintf(stderr, "%s: %d %s\n", sql[i][0], rc, failed);
        assert_int_equal(rc, KEEP_E_INTEGRITY);
        assert_string_equal(failed, sql[i][1]);
        change(h, "ROLLBACK");
        assert_int_equal(recheck(h, failed), 0);
    }
}

static void test_recheck_misses_a_stolen_key(void **state)
{
    struct hospital *h = *state;
    static const struct {
        enum keep_ring_kind kind;
        const char *failed;
    } lost[] = {{KEEP_RING_RECORD, "keys;"}, {KEEP_RING_PATIENT, "keys;"}, {KEEP_RING_PERIOD, "keys;"}, {KEEP_RING_QUARANTINE, "quarantine;"}};

    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        char failed[200], sql[100];
        sqlite3 *ring = keep_store_ring(h->s);
        snprintf(sql, sizeof sql, "BEGIN; DELETE FROM ring WHERE kind = %d; DELETE FROM fresh WHERE %d = 1", lost[i].kind, lost[i].kind);
        assert_int_equal(sqlite3_exec(ring, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(recheck(h, failed), KEEP_E_INTEGRITY);
        assert_non_null(strstr(failed, lost[i].failed));
        assert_int_equal(sqlite3_exec(ring, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    }
}

static int agreed(void *ctx, struct keep_err *err)
{
    (void)ctx;
    (void)err;
    return 0;
}

static int64_t number(struct hospital *h, const char *sql)
{
    int64_t n = -1;

    hospital_must(h, keep_rowio_number(h->s, sql, 0, &n, &h->err));
    return n;
}

static void test_recheck_accepts_destruction(void **state)
{
    struct hospital *h = *state;
    uint64_t record[3] = {(uint64_t)number(h, "SELECT min(record) FROM version"), 0, (uint64_t)number(h, "SELECT max(record) FROM version WHERE version = 2")};
    struct keep_erasure e = {.intent = 1, .set = {1}, .record = record, .records = 3, .rule = S("us.test")};
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_load_status t;
    char failed[200];

    record[1] = (uint64_t)number(h, "SELECT record FROM version v WHERE self = (SELECT entity FROM encounter)");
    e.patient = (uint64_t)number(h, "SELECT min(entity) FROM detail WHERE kind = 1");
    hospital_must(h, keep_sets_erase(h->s, &e, 1, agreed, NULL, &h->err));
    assert_int_equal(recheck(h, failed), 0);
    assert_string_equal(failed, "");
    for (int i = 0; i < 3; i++)
        assert_int_equal(keep_load_payload(h->s, record[i], 0, &out, &h->err), 2);
    hospital_must(h, keep_load_status(h->s, &t, &h->err));
    assert_int_equal(t.records, 1);
    assert_int_equal(t.records_destroyed, 3);
    assert_int_equal(t.patients, 1);
    assert_int_equal(t.encounters, 0);
    assert_int_equal(t.relations, 0);
    assert_int_equal(t.events, 20);
    assert_int_equal(number(h, "SELECT count(*) FROM payload"), 1);
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    assert_int_equal(w.patients, 2); /* the number stays, the person is gone */
    assert_false(w.patient[0].known);
    assert_int_equal(w.patient[0].name.n, 0);
    keep_arena_free(a);
    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_ERASED, &h->err));
    hospital_must(h, keep_erase_rows(h->s, record[0], &h->err)); /* nothing left is no error */
    hospital_must(h, keep_erase_patient_rows(h->s, e.patient, &h->err));
    keep_txn_abort(h->s);
    fill(h); /* the same export again brings it back as new records, which then have dates of their own */
    assert_int_equal(h->counts.records, 3);
    assert_int_equal(recheck(h, failed), 0);
    keep_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recheck_passes_what_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recheck_sees_every_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recheck_misses_a_stolen_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recheck_accepts_destruction, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
