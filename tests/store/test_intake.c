/* Goal: rows come in once. The same bytes again change nothing, changed ones
 * make a version, keys that turn out to be one are linked, and a batch that was
 * cut off leaves no trace and is made good by running again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/rowio.h"
#include "tests/store/hospital.h"

static int64_t count(struct hospital *h, const char *sql)
{
    int64_t n = -1;

    hospital_must(h, keep_rowio_number(h->s, sql, 0, &n, &h->err));
    return n;
}

static void everything(struct hospital *h)
{
    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "Ng", "1 Elm St");
    hospital_worker(h, "w1", "9999", "Ito", "2 Oak St");
    hospital_account(h, "bito", "w1", KEEP_ACCOUNT_PERSON);
    hospital_facility(h, "f1", "North Hospital");
    hospital_encounter(h, "e1", "p1", "f1", T0);
    hospital_relation(h, "p1", "w1", T0, false);
    hospital_record(h, "Condition", "c1", "p1", "e1", "{\"resourceType\":\"Condition\"}");
    hospital_event(h, T0, "bito", "p1");
    hospital_event(h, T0, "bito", "p1");
    struct keep_row_quarantine q = {.at = {7, 70, 0}, .bytes = S("bad line"), .reason = "not an event"};
    hospital_must(h, h->sink.quarantine(h->sink.ctx, &q, &h->err));
    struct keep_row_note n = {.at = {1, 0, 0}, .kind = S("bulk export log"), .bytes = S("{\"eventId\":\"kickoff\"}")};
    hospital_must(h, h->sink.note(h->sink.ctx, &n, &h->err));
    hospital_finish(h);
}

static void test_intake_counts_each_row(void **state)
{
    struct hospital *h = *state;
    struct keep_load_status t;

    everything(h);
    assert_int_equal(h->counts.rows, 11);
    assert_int_equal(h->counts.repeated, 0);
    assert_int_equal(h->counts.patients, 1);
    assert_int_equal(h->counts.records, 1);
    assert_int_equal(h->counts.events, 2); /* two equal lines of one file are two events */
    assert_int_equal(h->counts.quarantined, 1);
    assert_int_equal(h->counts.notes, 1);
    hospital_must(h, keep_load_status(h->s, &t, &h->err));
    assert_int_equal(t.patients, 1);
    assert_int_equal(t.workers, 1);
    assert_int_equal(t.accounts, 1);
    assert_int_equal(t.facilities, 1);
    assert_int_equal(t.encounters, 1);
    assert_int_equal(t.relations, 1);
    assert_int_equal(t.records, 1);
    assert_int_equal(t.events, 2);
    assert_int_equal(t.quarantined, 1);
}

static void test_intake_again_changes_nothing(void **state)
{
    struct hospital *h = *state;
    uint64_t entries;
    int64_t leaves;

    everything(h);
    entries = keep_ledger_size(h->s);
    leaves = count(h, "SELECT count(*) FROM leaf");
    everything(h);
    assert_int_equal(h->counts.rows, 11);
    assert_int_equal(h->counts.repeated, 11);
    assert_int_equal(keep_ledger_size(h->s), entries);
    assert_int_equal(count(h, "SELECT count(*) FROM leaf"), leaves);
    keep_store_close(h->s);
    h->s = keepdir_open(h->d, true);
    everything(h);
    assert_int_equal(h->counts.repeated, 11);
    assert_int_equal(keep_ledger_size(h->s), entries);
}

static void test_intake_changed_rows_make_versions(void **state)
{
    struct hospital *h = *state;
    struct keep_buf out = KEEP_BUF_INIT;

    everything(h);
    hospital_begin(h, "ehr");
    assert_int_equal(hospital_record(h, "Condition", "c1", "p1", "e1", "{\"changed\":1}"), 0);
    assert_int_equal(hospital_patient(h, "p1", "MRN1", "Ng-Ortiz", "1 Elm St"), 0);
    assert_int_equal(hospital_encounter(h, "e1", "p1", "f1", T0 + DAY), 0);
    assert_int_equal(hospital_relation(h, "p1", "w1", T0, true), 0);
    assert_int_equal(hospital_relation(h, "p1", "w1", T0, true), 1);  /* repeats one that waits to be written */
    assert_int_equal(hospital_relation(h, "p1", "w1", T0, false), 0); /* and goes back to what was first */
    hospital_finish(h);
    assert_int_equal(count(h, "SELECT count(*) FROM relation WHERE prior = id - 1"), 3); /* each supersedes the one before */
    struct keep_load_status t;
    hospital_must(h, keep_load_status(h->s, &t, &h->err));
    assert_int_equal(t.relations, 1);
    assert_int_equal(h->counts.versions, 1);
    assert_int_equal(h->counts.records, 0);
    assert_int_equal(count(h, "SELECT count(*) FROM version"), 2);
    assert_int_equal(count(h, "SELECT count(*) FROM detail WHERE kind=1"), 2);
    int64_t record = count(h, "SELECT max(record) FROM version");
    hospital_must(h, keep_load_payload(h->s, (uint64_t)record, 0, &out, &h->err));
    assert_memory_equal(out.p, "{\"changed\":1}", out.n);
    keep_buf_clear(&out);
    hospital_must(h, keep_load_payload(h->s, (uint64_t)record, 1, &out, &h->err));
    assert_int_equal(out.n, strlen("{\"resourceType\":\"Condition\"}"));
    keep_buf_free(&out);
    /* what was said before and is said again is a change too */
    hospital_begin(h, "ehr");
    assert_int_equal(hospital_record(h, "Condition", "c1", "p1", "e1", "{\"resourceType\":\"Condition\"}"), 0);
    hospital_finish(h);
    assert_int_equal(count(h, "SELECT max(version) FROM version"), 3);
}

static void test_intake_links_placeholders(void **state)
{
    struct hospital *h = *state;
    struct keep_load_status t;
    struct keep_key key[2] = {hospital_key(KEEP_ENTITY_WORKER, "", "w9"), hospital_key(KEEP_ENTITY_WORKER, "npi", "777")};
    struct keep_row_worker r = {.at = {1, 0, 0}, .key = key, .keys = 2, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE, .human = {.birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}}};

    hospital_begin(h, "ehr");
    hospital_relation(h, "p1", "w9", T0, false);
    struct keep_row_relation by_npi = {.at = {1, 0, 0}, .kind = KEEP_RELATION_ORDER, .patient = hospital_key(KEEP_ENTITY_PATIENT, "", "p1"),
                                       .worker = hospital_key(KEEP_ENTITY_WORKER, "npi", "777"), .from = T0, .to = KEEP_TIME_NONE, .recorded = KEEP_TIME_NONE};
    hospital_must(h, h->sink.relation(h->sink.ctx, &by_npi, &h->err));
    assert_int_equal(count(h, "SELECT count(*) FROM link"), 0);
    hospital_must(h, h->sink.worker(h->sink.ctx, &r, &h->err));
    assert_int_equal(count(h, "SELECT count(*) FROM link"), 1);
    assert_int_equal(h->sink.worker(h->sink.ctx, &r, &h->err), 1);
    hospital_finish(h);
    hospital_must(h, keep_load_status(h->s, &t, &h->err));
    assert_int_equal(t.workers, 1);
    assert_int_equal(t.patients, 0); /* a patient that is only mentioned is not counted */
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    assert_int_equal(w.workers, 1);
    assert_int_equal(w.relations, 2);
    assert_int_equal(w.relation[0].worker, 0);
    assert_int_equal(w.relation[1].worker, 0);
    assert_int_equal(w.patients, 1);
    assert_false(w.patient[0].known);
    keep_arena_free(a);
}

static void test_intake_records_are_a_sources_own(void **state)
{
    struct hospital *h = *state;

    hospital_begin(h, "one");
    hospital_record(h, "Condition", "c1", "p1", "", "{}");
    hospital_finish(h);
    hospital_begin(h, "two");
    assert_int_equal(hospital_record(h, "Condition", "c1", "p1", "", "{}"), 0);
    hospital_finish(h);
    assert_int_equal(count(h, "SELECT count(DISTINCT record) FROM version"), 2);
    assert_int_equal(count(h, "SELECT count(DISTINCT patient) FROM version"), 1);
}

static void test_intake_interrupted_batch_leaves_nothing(void **state)
{
    struct hospital *h = *state;
    uint64_t entries;

    hospital_begin(h, "ehr");
    hospital_patient(h, "p0", "", "Kay", "");
    hospital_finish(h);
    entries = keep_ledger_size(h->s);
    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "Ng", "1 Elm St");
    hospital_record(h, "Condition", "c1", "p1", "", "{}");
    hospital_event(h, T0, "bito", "p1");
    keep_intake_free(h->in);
    h->in = NULL;
    assert_int_equal(keep_ledger_size(h->s), entries);
    assert_int_equal(count(h, "SELECT count(*) FROM version"), 0);
    assert_int_equal(count(h, "SELECT count(*) FROM segment"), 0);
    assert_int_equal(count(h, "SELECT count(*) FROM entity"), 1);
    everything(h);
    assert_int_equal(h->counts.repeated, 0);
}

static void test_intake_whole_batches_are_kept(void **state)
{
    struct hospital *h = *state;
    char id[32];

    hospital_begin(h, "ehr");
    for (int i = 0; i < KEEP_INTAKE_BATCH + 5; i++) {
        snprintf(id, sizeof id, "r%d", i);
        hospital_record(h, "Observation", id, "p1", "", "{}");
    }
    keep_intake_free(h->in); /* cut off in the second batch */
    h->in = NULL;
    assert_int_equal(count(h, "SELECT count(*) FROM version"), KEEP_INTAKE_BATCH);
    hospital_begin(h, "ehr");
    for (int i = 0; i < KEEP_INTAKE_BATCH + 5; i++) {
        snprintf(id, sizeof id, "r%d", i);
        hospital_record(h, "Observation", id, "p1", "", "{}");
    }
    hospital_finish(h);
    assert_int_equal(h->counts.repeated, KEEP_INTAKE_BATCH);
    assert_int_equal(h->counts.records, 5);
}

static void test_intake_knows_whole_files(void **state)
{
    struct hospital *h = *state;
    const struct keep_intake_whole whole = {9, {1, 2, 3}}, longer = {10, {1, 2, 3}}, other = {9, {1, 2, 4}};
    uint64_t entries;

    hospital_begin(h, "ehr");
    assert_int_equal(keep_intake_sized(h->in, 9, &h->err), 0);
    assert_int_equal(keep_intake_seen(h->in, &whole, &h->err), 0);
    hospital_must(h, keep_intake_file_done(h->in, &whole, &h->err));
    hospital_finish(h);
    entries = keep_ledger_size(h->s);
    hospital_begin(h, "ehr");
    assert_int_equal(keep_intake_sized(h->in, 9, &h->err), 1);
    assert_int_equal(keep_intake_sized(h->in, 10, &h->err), 0);
    assert_int_equal(keep_intake_seen(h->in, &whole, &h->err), 1);
    assert_int_equal(keep_intake_seen(h->in, &longer, &h->err), 0);
    assert_int_equal(keep_intake_seen(h->in, &other, &h->err), 0);
    hospital_must(h, keep_intake_file_done(h->in, &whole, &h->err));
    hospital_finish(h);
    assert_int_equal(keep_ledger_size(h->s), entries);
    hospital_begin(h, "other");
    assert_int_equal(keep_intake_sized(h->in, 9, &h->err), 0);
    assert_int_equal(keep_intake_seen(h->in, &whole, &h->err), 0);
}

static void test_intake_declares_sources_once(void **state)
{
    struct hospital *h = *state;
    struct keep_str classes[2] = {S("Condition"), S("Encounter")}, place = S("North Hospital");
    struct keep_source decl = {.name = S("export"), .title = S("The export"), .klass = classes, .classes = 2, .facility = &place, .facilities = 1, .from = KEEP_DATE_NONE,
                               .through = KEEP_DATE_NONE, .closed_on = 19000, .complete = true, .custody = KEEP_CUSTODY_OFFICIAL, .jurisdiction = S("KS"), .text = S("{}")};
    struct keep_arena *a = keep_arena_new(0);
    struct keep_source *list;
    uint32_t id, again;
    uint64_t entries;
    size_t n;

    hospital_must(h, keep_intake_declare(h->s, &decl, &id, &h->err));
    entries = keep_ledger_size(h->s);
    hospital_must(h, keep_intake_declare(h->s, &decl, &again, &h->err));
    assert_int_equal(id, again);
    assert_int_equal(keep_ledger_size(h->s), entries);
    decl.codes_complete = true;
    hospital_must(h, keep_intake_declare(h->s, &decl, &again, &h->err));
    assert_int_equal(keep_ledger_size(h->s), entries + 1);
    hospital_must(h, keep_intake_source(h->s, S("loose"), &again, &h->err));
    assert_int_not_equal(id, again);
    hospital_must(h, keep_load_sources(h->s, a, &list, &n, &h->err));
    assert_int_equal(n, 2);
    assert_true(list[0].declared && list[0].codes_complete && list[0].closed_on == 19000 && list[0].custody == KEEP_CUSTODY_OFFICIAL);
    assert_true(keep_str_is(list[0].klass[1], "Encounter") && keep_str_is(list[0].facility[0], "North Hospital") && keep_str_is(list[0].jurisdiction, "KS"));
    assert_false(list[1].declared);
    assert_int_equal(keep_intake_source(h->s, NOTHING, &again, &h->err), KEEP_E_USAGE);
    assert_int_equal(sqlite3_exec(keep_store_db(h->s), "BEGIN; INSERT INTO source(id, name, leaf) VALUES(65535, 'last', 0)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(keep_intake_source(h->s, S("one too many"), &again, &h->err), KEEP_E_LIMIT);
    assert_int_equal(sqlite3_exec(keep_store_db(h->s), "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    keep_arena_free(a);
}

static void test_intake_refuses_rows_without_identity(void **state)
{
    struct hospital *h = *state;
    struct keep_row_patient p = {.at = {1, 0, 0}};
    struct keep_row_relation r = {.kind = KEEP_RELATION_NOTE};
    struct keep_row_event e = hospital_event_row(KEEP_TIME_NONE, "x", "p1");

    hospital_begin(h, "ehr");
    assert_int_equal(h->sink.patient(h->sink.ctx, &p, &h->err), KEEP_E_INPUT);
    keep_err_clear(&h->err);
    assert_int_equal(h->sink.relation(h->sink.ctx, &r, &h->err), KEEP_E_INPUT);
    keep_err_clear(&h->err);
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), KEEP_E_INPUT);
}

static struct keep_row_link link_row(enum keep_link_kind kind, const char *from, const char *to)
{
    return (struct keep_row_link){{1, 0, 0}, kind, {KEEP_ENTITY_PATIENT, S(""), keep_str_of(from)}, {KEEP_ENTITY_PATIENT, S(""), keep_str_of(to)}};
}

static void test_intake_links_what_a_source_merged(void **state)
{
    struct hospital *h = *state;
    struct keep_row_link merged = link_row(KEEP_LINK_REPLACED_BY, "p1", "p2"), back = link_row(KEEP_LINK_REPLACES, "p2", "p1");
    struct keep_row_link hint = link_row(KEEP_LINK_SEEALSO, "p1", "p3"), none = link_row(KEEP_LINK_SEEALSO, "p1", "");

    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "Ng", "1 Elm St");
    assert_int_equal(h->sink.link(h->sink.ctx, &merged, &h->err), 0);
    assert_int_equal(h->sink.link(h->sink.ctx, &merged, &h->err), 1);
    assert_int_equal(h->sink.link(h->sink.ctx, &back, &h->err), 1);
    assert_int_equal(h->sink.link(h->sink.ctx, &hint, &h->err), 0);
    assert_int_equal(h->sink.link(h->sink.ctx, &hint, &h->err), 1);
    assert_int_equal(h->sink.link(h->sink.ctx, &none, &h->err), KEEP_E_INPUT);
    keep_err_clear(&h->err);
    hospital_finish(h);
    assert_int_equal(h->counts.links, 1);
    assert_int_equal(h->counts.alike, 1);
    assert_int_equal(count(h, "SELECT count(*) FROM link"), 1);
    assert_int_equal(count(h, "SELECT count(*) FROM alike"), 1);
}

static void unreadable(struct hospital *h, const char *bytes, int want)
{
    struct keep_row_quarantine q = {.at = {7, 70, 0}, .bytes = hospital_z(bytes), .reason = "not an event"};

    assert_int_equal(h->sink.quarantine(h->sink.ctx, &q, &h->err), want);
}

/* The k-th of a file repeats the k-th of any other, of another session too. */
static void test_intake_equal_rows_of_a_file_are_items_each(void **state)
{
    struct hospital *h = *state;

    hospital_begin(h, "ehr");
    unreadable(h, "bad", 0);
    unreadable(h, "worse", 0);
    unreadable(h, "bad", 0);
    hospital_finish(h);
    hospital_begin(h, "ehr"); /* as after an import that died in between */
    unreadable(h, "bad", 1);
    unreadable(h, "worse", 1);
    unreadable(h, "bad", 1);
    unreadable(h, "bad", 0);
    hospital_must(h, keep_intake_file(h->in, S("next.csv"), &h->err));
    unreadable(h, "bad", 1);
    hospital_must(h, keep_intake_part(h->in, S("rows.csv"), &h->err));
    unreadable(h, "bad", 1);
    hospital_finish(h);
    assert_int_equal(count(h, "SELECT count(*) FROM quarantine"), 4);
}

static void test_intake_strict_takes_nothing_for_quarantine(void **state)
{
    struct hospital *h = *state;
    struct keep_row_quarantine q = {.at = {7, 70, 0}, .bytes = S("bad line"), .reason = "not an event"};

    hospital_begin(h, "ehr");
    keep_intake_strict(h->in);
    hospital_patient(h, "p1", "MRN1", "Ng", "1 Elm St");
    assert_int_equal(h->sink.quarantine(h->sink.ctx, &q, &h->err), KEEP_E_INPUT);
    assert_int_equal(h->err.line, 7);
    keep_err_clear(&h->err);
    hospital_finish(h);
    assert_int_equal(h->counts.patients, 1);
    assert_int_equal(count(h, "SELECT count(*) FROM quarantine"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_intake_counts_each_row, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_again_changes_nothing, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_changed_rows_make_versions, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_links_placeholders, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_records_are_a_sources_own, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_interrupted_batch_leaves_nothing, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_whole_batches_are_kept, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_knows_whole_files, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_declares_sources_once, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_links_what_a_source_merged, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_equal_rows_of_a_file_are_items_each, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_strict_takes_nothing_for_quarantine, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_intake_refuses_rows_without_identity, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
