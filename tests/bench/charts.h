/* A hospital of charts for the speed programs: patients of one stay each, thirty
 * records a patient of eight kinds with a few hundred combinations of codes.
 * Patients and visits come by the sink that imports use, records are put into the
 * keep's table as an import leaves them. The same rows go into a plain table for
 * the peer: r(patient, last, who), p(id, birth). */
#ifndef TESTS_BENCH_CHARTS_H
#define TESTS_BENCH_CHARTS_H

#include <sqlite3.h>

#include "core/base/arena.h"
#include "core/store/inside.h"
#include "core/store/intake.h"
#include "core/store/load.h"
#include "core/store/stated.h"
#include "core/store/txn.h"
#include "tests/bench/bench.h"

static struct keep_err err;

enum { CHARTS_RECORDS = 30, KINDS = 8, TEMPLATES = 400 };
static const char *const system_of[] = {"CPT", "ICD-10-CM", "ICD-9-CM", "LOINC"};
static const char *const kind_of[] = {"Patient", "Condition", "Observation", "Procedure", "DiagnosticReport", "DocumentReference", "MedicationRequest", "ImagingStudy"};

/* --- the keep --- */

static struct keep_key key(enum keep_entity kind, char text[24], char letter, uint32_t number)
{
    return (struct keep_key){kind, {"", 0}, {text, (size_t)snprintf(text, 24, "%c%u", letter, number)}};
}

/* Records of every kind with a few hundred combinations of codes, as they come of an import; the rest are rows like them. */
static void put_template(const struct keep_sink *sink, uint32_t i)
{
    char rt[24], pt[24], code[3][16];
    struct keep_key rk = key(KEEP_ENTITY_RECORD, rt, 't', i);
    uint64_t seed = 77 + i;
    struct keep_code codes[3];
    size_t n = i % KINDS ? bench_below(&seed, 4) : 0;
    for (size_t k = 0; k < n; k++) {
        uint32_t system = bench_below(&seed, 4);
        if (system == 1)
            snprintf(code[k], sizeof code[k], "%c%02u.%u", "EFIJKZ"[bench_below(&seed, 6)], bench_below(&seed, 100), bench_below(&seed, 10));
        else
            snprintf(code[k], sizeof code[k], "%u", 70000 + bench_below(&seed, 20000));
        codes[k] = (struct keep_code){.system = keep_str_of(system_of[system]), .code = keep_str_of(code[k])};
    }
    struct keep_row_record r = {.at = {i + 2, 0, 0}, .key = &rk, .keys = 1, .kind = keep_str_of(i % KINDS ? kind_of[i % KINDS] : "Patient"), .patient = key(KEEP_ENTITY_PATIENT, pt, 'p', 0),
                                .code = codes, .codes = n, .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE, .created = 0, .recorded = KEEP_TIME_NONE, .payload = KEEP_STR("{}")};
    bench_must(sink->record(sink->ctx, &r, &err), &err);
}

/* Stays from 1995 through the year `last`, of people born from 1930 through the year `youngest`. */
static void charts_people(const struct bench_dir *d, uint32_t patients, int last, int youngest)
{
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_source decl = {.name = KEEP_STR("ehr"), .declared = true, .all_classes = true, .all_facilities = true, .complete = true, .codes_complete = true, .from = KEEP_DATE_NONE,
                               .through = KEEP_DATE_NONE, .closed_on = keep_civil_from_ymd(2024, 12, 31), .custody = KEEP_CUSTODY_OFFICIAL, .attested_by = KEEP_STR("HIM")};
    struct keep_intake *in = NULL;
    struct keep_intake_counts counts;
    struct keep_sink sink;
    uint64_t seed = 5;
    uint32_t source;
    bench_must(keep_intake_declare(s, &decl, &source, &err), &err);
    bench_must(keep_intake_begin(&in, s, source, &err), &err);
    keep_intake_sink(in, &sink);
    bench_must(keep_intake_file(in, KEEP_STR("rows.csv"), &err), &err);
    char ft[24];
    struct keep_key fk = key(KEEP_ENTITY_FACILITY, ft, 'f', 1);
    struct keep_row_facility f = {.at = {1, 0, 0}, .key = &fk, .keys = 1, .name = KEEP_STR("Mercy"), .type = KEEP_STR("hospital"), .state = KEEP_STR("KS")};
    bench_must(sink.facility(sink.ctx, &f, &err), &err);
    for (uint32_t i = 0; i < patients; i++) {
        char pt[24], et[24];
        keep_date start = keep_civil_from_ymd(1995 + (int)bench_below(&seed, (uint32_t)(last - 1995)), 1 + (int)bench_below(&seed, 12), 1 + (int)bench_below(&seed, 28));
        struct keep_key pk = key(KEEP_ENTITY_PATIENT, pt, 'p', i), ek = key(KEEP_ENTITY_ENCOUNTER, et, 'e', i);
        struct keep_row_patient p = {.at = {i + 2, 0, 0}, .key = &pk, .keys = 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE},
                                     .human = {.birth = {keep_civil_from_ymd(1930 + (int)bench_below(&seed, (uint32_t)(youngest - 1930)), 6, 15), KEEP_PREC_DAY}}};
        struct keep_row_encounter e = {.at = {i + 2, 0, 0}, .key = &ek, .keys = 1, .patient = pk, .facility = fk, .klass = KEEP_STR("IMP"), .status = KEEP_STR("finished"),
                                       .start = KEEP_TIME_NONE, .end = KEEP_TIME_NONE, .start_date = start, .end_date = start + 4};
        bench_must(sink.patient(sink.ctx, &p, &err), &err);
        bench_must(sink.encounter(sink.ctx, &e, &err), &err);
    }
    for (uint32_t i = 0; i < TEMPLATES; i++)
        put_template(&sink, i);
    bench_must(keep_intake_file_done(in, NULL, &err), &err);
    bench_must(keep_intake_finish(in, &counts, &err), &err);
    keep_intake_free(in);
    keep_store_close(s);
}

static void sql(sqlite3 *db, const char *text)
{
    char *why = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
        bench_die("%s: %s", text, why ? why : "?");
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *text)
{
    sqlite3_stmt *st;
    if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
        bench_die("%s: %s", text, sqlite3_errmsg(db));
    return st;
}

static void put(sqlite3 *db, sqlite3_stmt *st, const int64_t *v, int n)
{
    for (int i = 0; i < n; i++)
        sqlite3_bind_int64(st, i + 1, v[i]);
    if (sqlite3_step(st) != SQLITE_DONE)
        bench_die("%s", sqlite3_errmsg(db));
    sqlite3_reset(st);
}

#define TEMPLATE(first, n) "(SELECT record FROM version WHERE record >= " first " ORDER BY record LIMIT 1 OFFSET " n ")"

/* What a template states, of that facility and that day. */
static void stated_as(sqlite3_stmt *st, int64_t first, int64_t template, uint64_t facility, keep_date on, struct keep_buf *out)
{
    struct keep_stated s;
    sqlite3_bind_int64(st, 1, first);
    sqlite3_bind_int64(st, 2, template);
    if (sqlite3_step(st) != SQLITE_ROW)
        bench_die("no template");
    const char *p = sqlite3_column_blob(st, 0);
    bench_must(keep_stated_get(&s, (struct keep_str){p, (size_t)sqlite3_column_bytes(st, 0)}, &err), &err);
    s.facility = facility;
    s.first = s.last = s.created = on;
    keep_buf_clear(out);
    keep_stated_put(out, &s);
    sqlite3_reset(st);
}

/* As a bulk export leaves them: all of one kind, patient by patient, then the next kind. The first of each patient is who he or she is. */
static void charts_records(const struct bench_dir *d, sqlite3 *plain)
{
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_world w;
    uint64_t seed = 9;
    int64_t id = 1000000000, first;
    struct keep_buf stated = KEEP_BUF_INIT;
    bench_must(keep_load_world(s, a, &w, &err), &err);
    sqlite3 *db = keep_store_db(s);
    sqlite3_stmt *low = prepared(db, "SELECT min(record) FROM version");
    if (sqlite3_step(low) != SQLITE_ROW)
        bench_die("no template");
    first = sqlite3_column_int64(low, 0);
    sqlite3_finalize(low);
    bench_must(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), &err);
    sqlite3_stmt *st = prepared(db, "INSERT INTO version SELECT ?1, version, source, kind, ?2, ?3, self, size, payload, ?6, sealed, leaf FROM version WHERE record = " TEMPLATE("?4", "?5"));
    sqlite3_stmt *is = prepared(db, "SELECT stated FROM version WHERE record = " TEMPLATE("?1", "?2"));
    sqlite3_stmt *row = prepared(plain, "INSERT INTO r VALUES(?1, ?2, ?3)"), *one = prepared(plain, "INSERT INTO p VALUES(?1, ?2)");
    for (uint32_t k = 0; k < CHARTS_RECORDS; k++)
        for (size_t i = 0; i < w.encounters; i++) {
            const struct keep_encounter *e = &w.encounter[i];
            const struct keep_patient *p = &w.patient[e->patient];
            keep_date on = e->start_date + (keep_date)bench_below(&seed, 5);
            int64_t template = k == 0 ? 0 : k % KINDS + KINDS * (int64_t)bench_below(&seed, TEMPLATES / KINDS);
            stated_as(is, first, template, w.facility[0].entity, on, &stated);
            sqlite3_bind_blob64(st, 6, stated.p, stated.n, SQLITE_STATIC);
            put(db, st, (int64_t[]){++id, (int64_t)p->entity, k ? (int64_t)e->entity : 0, first, template}, 5);
            put(plain, row, (int64_t[]){(int64_t)i, on, k == 0}, 3);
            if (k == 0)
                put(plain, one, (int64_t[]){(int64_t)i, p->birth.date}, 2);
        }
    keep_buf_free(&stated);
    sqlite3_finalize(st);
    sqlite3_finalize(is);
    sqlite3_finalize(row);
    sqlite3_finalize(one);
    sql(db, "DELETE FROM version WHERE record < 1000000000");
    keep_txn_count(s, "records", (uint64_t)(id - 1000000000));
    bench_must(keep_txn_end(s, 0, &err), &err);
    keep_arena_free(a);
    keep_store_close(s);
}

static sqlite3 *charts_plain(const struct bench_dir *d)
{
    char path[400];
    sqlite3 *plain;
    snprintf(path, sizeof path, "%s/plain.db", d->base);
    if (sqlite3_open(path, &plain) != SQLITE_OK)
        bench_die("%s", sqlite3_errmsg(plain));
    sql(plain, "PRAGMA synchronous=OFF; CREATE TABLE r(patient INTEGER, last INTEGER, who INTEGER); CREATE TABLE p(id INTEGER PRIMARY KEY, birth INTEGER); BEGIN");
    return plain;
}

/* The keep with its charts, and the plain database with the same rows, to be closed by the caller. */
static sqlite3 *charts_fill(const struct bench_dir *d, uint32_t patients, int last, int youngest)
{
    sqlite3 *plain = charts_plain(d);
    charts_people(d, patients, last, youngest);
    charts_records(d, plain);
    sql(plain, "COMMIT; CREATE INDEX r_patient ON r(patient, last)");
    return plain;
}

#endif
