/* Goal: what was taken in is read back as one world: people laid together from
 * their sources, logins on their workers, records in order of patient with what
 * their visit and source say of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/person.h"
#include "core/store/rowio.h"
#include "tests/store/hospital.h"

static struct keep_world world(struct hospital *h, struct keep_arena *a)
{
    struct keep_world w;

    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    return w;
}

static void test_load_people_and_their_keys(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);

    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "M\xc3\xbcller-O'Neill", "12 Elm Street");
    hospital_worker(h, "w1", "9999", "MUELLER", "12 ELM ST");
    hospital_worker(h, "w2", "", "Muller O'Neill", "");
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_int_equal(w.patients, 1);
    assert_int_equal(w.workers, 2);
    assert_true(w.patient[0].known);
    assert_true(keep_str_is(w.patient[0].name, "M\xc3\xbcller-O'Neill, Ada"));
    assert_true(keep_str_is(w.patient[0].mrn, "MRN1"));
    assert_int_equal(w.patient[0].birth.date, 3650);
    assert_true(w.patient[0].address_key[0] != 0 && w.patient[0].address_key[0] == w.worker[0].address_key[0]);
    assert_int_equal(w.worker[1].address_key[0], 0);
    assert_true(w.patient[0].surname_key[0] != 0 && w.patient[0].surname_key[0] == w.worker[1].surname_key[0]);
    assert_true(w.patient[0].surname_key[0] != w.worker[0].surname_key[0]);
    assert_int_equal(w.worker[0].affiliations, 1);
    assert_true(w.worker[0].affiliation[0].end_known && w.worker[0].affiliation[0].to == KEEP_TIME_NONE);
    assert_true(keep_str_is(w.worker[0].department, "Cardiology"));
    assert_int_equal(keep_load_patient_index(&w, w.patient[0].entity), 0);
    assert_int_equal(keep_load_patient_index(&w, 99999), KEEP_ID_NONE);
    keep_arena_free(a);
}

static void test_load_former_names_count_current_addresses_count(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_key key = hospital_key(KEEP_ENTITY_PATIENT, "", "p1");
    struct keep_name name[2] = {{S("Born"), S("Ada"), S("maiden")}, {S("Wed"), S("Ada"), S("official")}};
    struct keep_address address[2] = {{S("1 Old Rd"), S("Topeka"), S("KS"), S("66603"), S("old"), false}, {S("2 New Rd"), S("Topeka"), S("KS"), S("66603"), S("home"), false}};
    struct keep_row_patient r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE}};

    r.human = (struct keep_human){.name = name, .names = 2, .address = address, .addresses = 2, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    hospital_begin(h, "ehr");
    hospital_must(h, h->sink.patient(h->sink.ctx, &r, &h->err));
    hospital_worker(h, "w1", "", "Born", "1 Old Rd");
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_true(keep_str_is(w.patient[0].name, "Wed, Ada"));
    assert_true(w.patient[0].surname_key[0] == w.worker[0].surname_key[0] && w.patient[0].surname_key[1] != 0 && w.patient[0].surname_key[2] == 0);
    assert_true(w.patient[0].address_key[0] != 0 && w.patient[0].address_key[1] == 0 && w.patient[0].address_key[0] != w.worker[0].address_key[0]);
    keep_arena_free(a);
}

static void test_load_institutions_are_no_households(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    char id[16];

    hospital_begin(h, "ehr");
    for (int i = 0; i < 11; i++) {
        snprintf(id, sizeof id, "p%d", i);
        hospital_patient(h, id, "", "Ng", "1 Nursing Home Way");
    }
    hospital_patient(h, "q1", "", "Ng", "3 Elm St");
    hospital_patient(h, "q2", "", "Ng", "3 Elm St");
    hospital_finish(h);
    struct keep_world w = world(h, a);
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(w.patient[i].address_key[0], 0);
    assert_true(w.patient[11].address_key[0] != 0 && w.patient[11].address_key[0] == w.patient[12].address_key[0]);
    keep_arena_free(a);
}

static void test_load_accounts_find_their_worker(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);

    hospital_begin(h, "log");
    hospital_event(h, T0, "Practitioner/w1", "p1"); /* before its worker is known */
    hospital_event(h, T0, "9999", "p1");
    hospital_event(h, T0, "ghost", "p1");
    hospital_event(h, T0, "bito", "p1");
    hospital_event(h, T0, "etl", "p1");
    hospital_finish(h);
    hospital_begin(h, "ehr");
    hospital_worker(h, "w1", "9999", "Ito", "");
    hospital_account(h, "bito", "w1", KEEP_ACCOUNT_UNMAPPED);
    hospital_account(h, "etl", "", KEEP_ACCOUNT_SERVICE);
    hospital_account(h, "new", "", KEEP_ACCOUNT_UNMAPPED);
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_int_equal(w.accounts, 6);
    for (size_t i = 0; i < w.accounts; i++) {
        const struct keep_account *k = &w.account[i];
        bool mapped = !keep_str_is(k->login, "ghost") && !keep_str_is(k->login, "etl") && !keep_str_is(k->login, "new");
        assert_true(k->login.n > 0);
        assert_int_equal(k->spans, mapped);
        assert_int_equal(k->kind, mapped ? KEEP_ACCOUNT_PERSON : keep_str_is(k->login, "etl") ? KEEP_ACCOUNT_SERVICE : KEEP_ACCOUNT_UNMAPPED);
        if (mapped)
            assert_int_equal(k->span[0].worker, 0);
    }
    keep_arena_free(a);
}

static void test_load_same_human_on_both_sides(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_key key = hospital_key(KEEP_ENTITY_WORKER, "", "w1");
    struct keep_row_worker r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE, .patient = hospital_key(KEEP_ENTITY_PATIENT, "", "p2"),
                                .manager = hospital_key(KEEP_ENTITY_WORKER, "", "boss"), .human = {.birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}}};

    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "", "Ng", "");
    hospital_patient(h, "p2", "", "Ito", "");
    hospital_must(h, h->sink.worker(h->sink.ctx, &r, &h->err));
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_int_equal(w.patient[0].worker, KEEP_ID_NONE);
    assert_int_equal(w.patient[1].worker, w.worker[0].manager == 1 ? 0 : 1);
    assert_int_equal(w.worker[w.patient[1].worker].patient, 1);
    assert_false(w.worker[w.worker[w.patient[1].worker].manager].known);
    keep_arena_free(a);
}

static void test_load_relations_in_order(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);

    hospital_begin(h, "ehr");
    for (int i = 0; i < 50; i++)
        hospital_relation(h, i % 3 ? "p1" : "p2", "w1", T0 + (keep_time)(i * 17 % 50) * DAY, false);
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_int_equal(w.relations, 50);
    for (size_t i = 1; i < w.relations; i++)
        assert_true(w.relation[i - 1].patient < w.relation[i].patient || (w.relation[i - 1].patient == w.relation[i].patient && w.relation[i - 1].from <= w.relation[i].from));
    keep_arena_free(a);
}

/* The brief scan says the same of each record, by id; the bound one the leaf as well. */
static void same_scan(struct hospital *h, const struct keep_world *w, bool bound)
{
    static const uint8_t none[32];
    struct keep_load_records *full, *brief;
    struct keep_record_scan fs, bs;
    struct keep_record f, b;
    uint64_t before = 0;
    size_t n = 0, found = 0;
    int rc;

    hospital_must(h, (bound ? keep_load_records_bound : keep_load_records_brief)(&brief, h->s, w, &bs, &h->err));
    while ((rc = bs.next(bs.ctx, &b, &h->err)) > 0) {
        assert_true(b.id > before);
        before = b.id;
        n++;
        hospital_must(h, keep_load_records_open(&full, h->s, w, &fs, &h->err));
        while ((rc = fs.next(fs.ctx, &f, &h->err)) > 0) {
            if (f.id != b.id)
                continue;
            found++;
            assert_true(f.version == b.version && f.kind == b.kind && f.source == b.source && f.patient == b.patient && f.facility == b.facility && f.encounter == b.encounter);
            assert_true(f.service_first == b.service_first && f.service_last == b.service_last && f.created == b.created && f.custody == b.custody && f.destroyed == b.destroyed);
            assert_true(keep_str_eq(f.status, b.status) && keep_str_eq(f.custodian, b.custodian) && keep_str_eq(f.locator, b.locator));
            assert_true(f.codes == b.codes && f.days == b.days);
            assert_memory_equal(b.leaf, bound ? f.leaf : none, 32);
            for (size_t i = 0; i < f.codes; i++)
                assert_true(f.code[i].system == b.code[i].system && keep_str_eq(f.code[i].code, b.code[i].code));
            for (size_t i = 0; i < f.days; i++)
                assert_true(f.day[i].day == b.day[i].day && f.day[i].date == b.day[i].date);
        }
        hospital_must(h, rc);
        keep_load_records_close(full);
    }
    hospital_must(h, rc);
    keep_load_records_close(brief);
    assert_true(n > 0 && found == n);
}

static void same_briefly(struct hospital *h, const struct keep_world *w)
{
    same_scan(h, w, false);
    same_scan(h, w, true);
}

static void test_load_records_by_patient(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_load_records *l;
    struct keep_record_scan s;
    struct keep_record r;
    uint32_t before = 0;
    int n = 0, rc;

    hospital_begin(h, "ehr");
    hospital_record(h, "Organization", "f1", "", "", "{\"o\":1}");
    hospital_record(h, "Condition", "c1", "p2", "e1", "{\"c\":1}"); /* its visit comes later */
    hospital_record(h, "Condition", "c2", "p1", "", "{\"c\":2}");
    hospital_record(h, "Condition", "c3", "p2", "", "{\"c\":3}");
    hospital_record(h, "Condition", "c1", "p2", "e1", "{\"c\":9}");
    hospital_facility(h, "f1", "North Hospital");
    hospital_encounter(h, "e1", "p2", "f1", T0);
    hospital_finish(h);
    struct keep_world w = world(h, a);
    hospital_must(h, keep_load_records_open(&l, h->s, &w, &s, &h->err));
    while ((rc = s.next(s.ctx, &r, &h->err)) > 0) {
        assert_true(r.patient >= before);
        before = r.patient;
        assert_int_equal(r.codes, 1);
        assert_true(keep_str_is(w.term[r.code[0].system], "SNOMED CT") && keep_str_is(r.code[0].code, "59621000"));
        assert_int_equal(r.service_first, 19000);
        assert_false(r.destroyed);
        if (r.version == 2) {
            assert_true(keep_str_is(w.facility[r.facility].name, "North Hospital"));
            assert_true(w.encounter[r.encounter].facility == r.facility);
            assert_int_equal(r.size, 7);
        } else if (r.patient != KEEP_ID_NONE) {
            assert_int_equal(r.facility, KEEP_ID_NONE);
        }
        n++;
    }
    hospital_must(h, rc);
    assert_int_equal(n, 4);
    assert_int_equal(before, KEEP_ID_NONE);
    keep_load_records_close(l);
    same_briefly(h, &w);
    keep_arena_free(a);
}

/* A chart in which each record's latest version came with another import: more rows of leaves than are kept at hand, by turns. */
static void test_load_records_of_many_imports(void **state)
{
    enum { IMPORTS = 20, RECORDS = 60 };
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    char id[16], payload[32];

    for (int k = 0; k <= IMPORTS; k++) { /* the first brings all, each other a twentieth of them anew */
        hospital_begin(h, "ehr");
        for (int i = 0; i < RECORDS; i++)
            if (k == 0 || i % IMPORTS == k - 1) {
                snprintf(id, sizeof id, "c%d", i);
                snprintf(payload, sizeof payload, "{\"c\":%d}", k);
                hospital_record(h, "Condition", id, i % 2 ? "p1" : "p2", "", payload);
            }
        hospital_finish(h);
    }
    struct keep_world w = world(h, a);
    same_briefly(h, &w);
    keep_arena_free(a);
}

static void test_load_records_take_from_their_source(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_str place = S("North Hospital");
    struct keep_source decl = {.name = S("index"), .all_classes = true, .facility = &place, .facilities = 1, .from = KEEP_DATE_NONE, .through = KEEP_DATE_NONE,
                               .closed_on = KEEP_DATE_NONE, .custody = KEEP_CUSTODY_INDEX, .custodian = S("Box Co")};
    struct keep_key key = hospital_key(KEEP_ENTITY_RECORD, "", "jacket 9");
    struct keep_row_record r = {.at = {3, 0, 0}, .key = &key, .keys = 1, .kind = S("film jacket"), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", "p1"), .service_first = KEEP_DATE_NONE,
                                .service_last = KEEP_DATE_NONE, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE, .locator = S("row 4, shelf 2")};
    struct keep_load_records *l;
    struct keep_record_scan s;
    struct keep_record got;
    struct keep_buf out = KEEP_BUF_INIT;
    uint32_t id;

    hospital_must(h, keep_intake_declare(h->s, &decl, &id, &h->err));
    hospital_begin(h, "index");
    hospital_facility(h, "f1", "North Hospital");
    hospital_must(h, h->sink.record(h->sink.ctx, &r, &h->err));
    hospital_finish(h);
    struct keep_world w = world(h, a);
    hospital_must(h, keep_load_records_open(&l, h->s, &w, &s, &h->err));
    assert_int_equal(s.next(s.ctx, &got, &h->err), 1);
    assert_int_equal(got.custody, KEEP_CUSTODY_INDEX);
    assert_true(keep_str_is(got.custodian, "Box Co") && keep_str_is(got.locator, "row 4, shelf 2"));
    assert_true(keep_str_is(w.facility[got.facility].name, "North Hospital"));
    assert_int_equal(got.size, 0);
    uint64_t record = got.id;
    assert_int_equal(s.next(s.ctx, &got, &h->err), 0);
    keep_load_records_close(l);
    same_briefly(h, &w);
    assert_int_equal(keep_load_payload(h->s, record, 0, &out, &h->err), 4);
    assert_int_equal(keep_load_payload(h->s, record + 1000, 0, &out, &h->err), 1);
    assert_int_equal(keep_load_payload(h->s, record, 7, &out, &h->err), 1);
    assert_int_equal(keep_load_record_key(h->s, record, &out, &h->err), 0);
    assert_int_equal(out.n, strlen("jacket 9"));
    keep_buf_free(&out);
    keep_arena_free(a);
}

/* The other days, the signer, and whether the earlier record that one changes is here. */
static void test_load_records_dated(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_key key[2] = {hospital_key(KEEP_ENTITY_RECORD, "note", "n1"), hospital_key(KEEP_ENTITY_RECORD, "note", "n2")};
    struct keep_amends amends[2] = {{KEEP_AMEND_REPLACES, key[0]}, {KEEP_AMEND_APPENDS, hospital_key(KEEP_ENTITY_RECORD, "note", "never seen")}};
    struct keep_dated days[2] = {{KEEP_DAY_SIGNED, 19010}, {KEEP_DAY_EXPIRY, 19020}};
    struct keep_row_record r = {.at = {3, 0, 0}, .key = &key[1], .keys = 1, .kind = S("note"), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", "p1"), .service_first = KEEP_DATE_NONE,
                                .service_last = KEEP_DATE_NONE, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE, .payload = S("second"), .day = days, .days = 2,
                                .signer = hospital_key(KEEP_ENTITY_WORKER, "", "w1"), .amends = amends, .amendments = 2};
    struct keep_load_records *l;
    struct keep_record_scan s;
    struct keep_record got;

    hospital_begin(h, "ehr");
    hospital_worker(h, "w1", "", "Bo", "1 Elm St");
    hospital_must(h, h->sink.record(h->sink.ctx, &r, &h->err)); /* before the one it replaces */
    assert_int_equal(h->sink.record(h->sink.ctx, &r, &h->err), 1);
    r.key = &key[0];
    r.payload = S("first");
    r.days = r.amendments = 0;
    r.signer = (struct keep_key){.kind = KEEP_ENTITY_NONE};
    hospital_must(h, h->sink.record(h->sink.ctx, &r, &h->err));
    r.days = 1; /* a signature later on is a new version */
    assert_int_equal(h->sink.record(h->sink.ctx, &r, &h->err), 0);
    hospital_finish(h);
    struct keep_world w = world(h, a);
    hospital_must(h, keep_load_records_open(&l, h->s, &w, &s, &h->err));
    for (int n = 0; n < 2; n++) {
        assert_int_equal(s.next(s.ctx, &got, &h->err), 1);
        assert_int_equal(got.day[0].day, KEEP_DAY_SIGNED);
        assert_int_equal(got.day[0].date, 19010);
        assert_int_equal(got.days, got.size == 6 ? 2 : 1);
        assert_int_equal(got.version, got.size == 6 ? 1 : 2);
        assert_int_equal(got.amendments, got.size == 6 ? 2 : 0);
        assert_int_equal(got.amends_unknown, got.size == 6 ? 1 : 0);
        assert_true(got.size == 6 ? got.signer < w.workers : got.signer == KEEP_ID_NONE);
    }
    assert_int_equal(s.next(s.ctx, &got, &h->err), 0);
    keep_load_records_close(l);
    keep_arena_free(a);
}

static void test_load_large_payload_in_chunks(void **state)
{
    struct hospital *h = *state;
    struct keep_buf out = KEEP_BUF_INIT;
    size_t n = 400000;
    char *big = malloc(n + 1);
    int64_t record, chunks;

    for (size_t i = 0, x = 1; i < n; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        big[i] = (char)('!' + (x >> 40) % 90);
    }
    big[n] = 0;
    hospital_begin(h, "ehr");
    hospital_record(h, "DocumentReference", "d1", "p1", "", big);
    hospital_finish(h);
    hospital_must(h, keep_rowio_number(h->s, "SELECT max(record) FROM version", 0, &record, &h->err));
    hospital_must(h, keep_rowio_number(h->s, "SELECT count(*) FROM payload", 0, &chunks, &h->err));
    assert_true(chunks > 3);
    hospital_must(h, keep_load_payload(h->s, (uint64_t)record, 0, &out, &h->err));
    assert_int_equal(out.n, n);
    assert_memory_equal(out.p, big, n);
    keep_buf_clear(&out);
    hospital_must(h, keep_load_record_key(h->s, (uint64_t)record, &out, &h->err));
    keep_buf_char(&out, 0);
    assert_string_equal((char *)out.p, "DocumentReference/d1");
    keep_buf_free(&out);
    free(big);
}

struct kinds {
    char text[200];
};

static int kind_add(void *ctx, struct keep_str kind, uint64_t n, struct keep_err *err)
{
    struct kinds *k = ctx;

    (void)err;
    snprintf(k->text + strlen(k->text), sizeof k->text - strlen(k->text), "%.*s %d;", (int)kind.n, kind.p, (int)n);
    return 0;
}

static void test_load_status_and_kinds(void **state)
{
    struct hospital *h = *state;
    struct keep_load_status t;
    struct kinds k = {""};

    hospital_begin(h, "ehr");
    hospital_worker(h, "w1", "9999", "Ito", "");
    hospital_worker(h, "", "9999", "", ""); /* a role, found by its identifier */
    hospital_worker(h, "w2", "", "Bee", "");
    hospital_record(h, "Practitioner", "w1", "", "", "{}");
    hospital_record(h, "DocumentReference", "d1", "p1", "", "{}");
    hospital_record(h, "Condition", "c1", "p1", "", "{}");
    hospital_record(h, "Condition", "c1", "p1", "", "{ }");
    hospital_record(h, "Condition", "c2", "p1", "", "{}");
    hospital_encounter(h, "e1", "p1", "f1", T0);
    hospital_finish(h);
    hospital_must(h, keep_load_status(h->s, &t, &h->err));
    assert_int_equal(t.practitioners, 1);
    assert_int_equal(t.workers, 2);
    assert_int_equal(t.records, 4);
    assert_int_equal(t.documents, 1);
    assert_int_equal(t.facilities, 0);
    assert_int_equal(t.encounters, 1);
    assert_int_equal(t.sources, 1);
    assert_int_equal(t.records_destroyed, 0);
    hospital_must(h, keep_load_kinds(h->s, kind_add, &k, &h->err));
    assert_string_equal(k.text, "Condition 2;DocumentReference 1;Practitioner 1;");
}

static int one_quarantined(void *ctx, const struct keep_quarantined *q, struct keep_err *err)
{
    (void)err;
    assert_int_equal(q->line, 7);
    assert_int_equal(q->offset, 70);
    assert_int_equal(q->size, 8);
    assert_true(keep_str_is(q->source, "ehr") && keep_str_is(q->file, "rows.csv") && keep_str_is(q->reason, "not an event"));
    *(uint64_t *)ctx = q->id;
    return 0;
}

static void test_load_quarantine(void **state)
{
    struct hospital *h = *state;
    struct keep_row_quarantine q = {.at = {7, 70, 0}, .bytes = S("bad line"), .reason = "not an event"};
    struct keep_buf out = KEEP_BUF_INIT;
    uint64_t id = 0;

    hospital_begin(h, "ehr");
    hospital_must(h, h->sink.quarantine(h->sink.ctx, &q, &h->err));
    hospital_finish(h);
    hospital_must(h, keep_load_quarantine(h->s, one_quarantined, &id, &h->err));
    assert_int_equal(keep_load_quarantine_bytes(h->s, id, &out, &h->err), 0);
    assert_memory_equal(out.p, "bad line", 8);
    assert_int_equal(keep_load_quarantine_bytes(h->s, id + 1, &out, &h->err), 1);
    keep_buf_free(&out);
}

static int one_patient(void *ctx, uint32_t patient)
{
    *(uint32_t *)ctx |= 1u << patient;
    return 0;
}

static void test_load_finds_patients(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    uint32_t found = 0;

    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "O'Neill", "");
    hospital_patient(h, "p2", "MRN2", "ONeill", "");
    hospital_patient(h, "p3", "MRN3", "Ng", "");
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_int_equal(keep_load_find_patient(&w, S("MRN3"), a, one_patient, &found), 0);
    assert_int_equal(found, 4);
    found = 0;
    assert_int_equal(keep_load_find_patient(&w, S("oneill, ada"), a, one_patient, &found), 0);
    assert_int_equal(found & 2, 2);
    found = 0;
    assert_int_equal(keep_load_find_patient(&w, S("nobody"), a, one_patient, &found), 0);
    assert_int_equal(found, 0);
    keep_arena_free(a);
}

/* A chart that was merged is meant by the number and the name it had before, too, and by the id of its source. */
static void test_load_finds_patients_by_every_identity(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    uint32_t found = 0;

    hospital_begin(h, "ehr");
    hospital_patient(h, "p1", "MRN1", "O'Neill", "");
    hospital_patient(h, "p2", "MRN2", "Ng", "");
    hospital_patient(h, "p3", "MRN3", "Ng", "");
    hospital_finish(h);
    struct keep_world w = world(h, a);
    assert_int_equal(keep_txn_begin(h->s, KEEP_LEDGER_PATIENT, NULL), 0);
    assert_int_equal(keep_person_join(h->s, w.patient[0].entity, w.patient[1].entity, NULL), 0);
    assert_int_equal(keep_txn_commit(h->s, NULL), 0);
    w = world(h, a);
    assert_int_equal(w.patients, 2);
    const char *const what[] = {"MRN1", "MRN2", "MRN3", "o'neill, ada", "ng, ada", "p2", "p3", "nobody", ""};
    const uint32_t want[] = {1, 1, 2, 1, 3, 1, 2, 0, 0};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        found = 0;
        assert_int_equal(keep_person_find(h->s, &w, keep_str_of(what[i]), one_patient, &found, NULL), 0);
        assert_int_equal(found, want[i]);
    }
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_people_and_their_keys, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_former_names_count_current_addresses_count, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_institutions_are_no_households, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_accounts_find_their_worker, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_same_human_on_both_sides, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_relations_in_order, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_records_by_patient, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_records_of_many_imports, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_records_take_from_their_source, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_records_dated, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_large_payload_in_chunks, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_status_and_kinds, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_quarantine, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_finds_patients, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_finds_patients_by_every_identity, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
