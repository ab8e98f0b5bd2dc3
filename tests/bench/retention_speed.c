/* What is due, for a whole hospital: 5 million records of 166,667 patients, in
 * more than 500,000 sets (each patient's medical record, who the patient is, and
 * what the packs keep apart by kind or code), under all packs; what a run loads (people, visits, holds) counts. Records are put into the
 * keep's table as an import leaves them, patients by the sink that imports use.
 *
 * The peer does the bare day arithmetic in plain SQL over sqlite: the same rows
 * in a plain table, the last day of each patient, ten years on, and for a child
 * no earlier than a year past eighteen. No labels, no series, no law. */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <sqlite3.h>

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/retention/retention.h"
#include "core/store/inside.h"
#include "core/store/intake.h"
#include "core/store/load.h"
#include "core/store/stated.h"
#include "core/store/txn.h"

enum { PER_PATIENT = 30, KINDS = 8, TEMPLATES = 400 };
static struct keep_err err;
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

static void fill_people(const struct bench_dir *d, uint32_t patients)
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
        keep_date start = keep_civil_from_ymd(1995 + (int)bench_below(&seed, 29), 1 + (int)bench_below(&seed, 12), 1 + (int)bench_below(&seed, 28));
        struct keep_key pk = key(KEEP_ENTITY_PATIENT, pt, 'p', i), ek = key(KEEP_ENTITY_ENCOUNTER, et, 'e', i);
        struct keep_row_patient p = {.at = {i + 2, 0, 0}, .key = &pk, .keys = 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE},
                                     .human = {.birth = {keep_civil_from_ymd(1930 + (int)bench_below(&seed, 90), 6, 15), KEEP_PREC_DAY}}};
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
static void fill_records(const struct bench_dir *d, sqlite3 *plain)
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
    for (uint32_t k = 0; k < PER_PATIENT; k++)
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

/* --- a run --- */

static const struct keep_policy *packs(struct keep_arena *a)
{
    struct keep_policy_text text[32];
    struct keep_diags diags = {.arena = a};
    const struct keep_policy *p = NULL;
    size_t n = 0;
    DIR *dir = opendir("policies");
    if (!dir)
        bench_die("run it at the root of the tree: policies/ is not here");
    for (struct dirent *e; n < 32 && (e = readdir(dir));) {
        char path[512];
        size_t len = strlen(e->d_name);
        if (len < 8 || strcmp(e->d_name + len - 7, ".policy") != 0)
            continue;
        snprintf(path, sizeof path, "policies/%s", e->d_name);
        FILE *f = bench_need(fopen(path, "rb"));
        char *all = keep_arena_alloc(a, 4u << 20);
        size_t got = fread(bench_need(all), 1, 4u << 20, f);
        fclose(f);
        text[n++] = (struct keep_policy_text){keep_arena_copy(a, path, strlen(path)), {all, got}};
    }
    closedir(dir);
    if (keep_policy_compile(&p, text, n, a, &diags, &err) < 0)
        bench_die("the packs do not compile: %s", err.text);
    return p;
}

struct measured {
    double seconds, cpu, kib;
    uint64_t sets, records, dated, words;
};

static int count_set(void *ctx, const struct keep_set *s, struct keep_err *e)
{
    struct measured *m = ctx;
    (void)e;
    m->dated += s->kind == KEEP_UNTIL_DATE;
    for (size_t i = 0; i < s->steps; i++)
        m->words += s->step[i].arithmetic.n;
    return 0;
}

static void run(const struct bench_dir *d, bool explain, struct measured *m)
{
    static const uint8_t salt[32] = {1};
    struct keep_arena *law = bench_need(keep_arena_new(0)), *a = bench_need(keep_arena_new(0));
    const struct keep_policy *p = packs(law);
    struct keep_store *s = bench_keep_open(d, false);
    double t = bench_clock(), c = bench_cpu();
    struct keep_load_records *l;
    struct keep_record_scan scan;
    struct keep_world w;
    struct keep_retention_result res;
    bench_must(keep_load_world(s, a, &w, &err), &err);
    bench_must(keep_load_records_brief(&l, s, &w, &scan, &err), &err);
    struct keep_retention_input in = {.policy = p, .world = &w, .records = &scan, .as_of = keep_civil_from_ymd(2026, 11, 21), .salt = salt, .brief = !explain, .each = count_set, .each_ctx = m};
    bench_must(keep_retention_run(&in, a, &res, &err), &err);
    keep_load_records_close(l);
    m->seconds = bench_clock() - t;
    m->cpu = bench_cpu() - c;
    m->sets = res.seen;
    m->records = res.records;
    keep_arena_free(a);
    keep_arena_free(law);
    keep_store_close(s);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    m->kib = (double)u.ru_maxrss;
}

/* In a process of its own, so that what filled the keep does not count. */
static struct measured run_apart(const struct bench_dir *d, bool explain)
{
    struct measured m = {0};
    int fd[2], status;
    if (pipe(fd) != 0)
        bench_die("no pipe");
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        bench_die("no process");
    if (pid == 0) {
        run(d, explain, &m);
        _exit(write(fd[1], &m, sizeof m) == (ssize_t)sizeof m ? 0 : 3);
    }
    close(fd[1]);
    if (read(fd[0], &m, sizeof m) != (ssize_t)sizeof m || waitpid(pid, &status, 0) != pid || status != 0)
        bench_die("the run failed");
    close(fd[0]);
    return m;
}

static double peer(sqlite3 *db, uint64_t *due)
{
    double t = bench_cpu();
    sqlite3_stmt *st = prepared(db, "SELECT count(*) FROM (SELECT max(r.last) AS l, p.birth AS b FROM r JOIN p ON p.id = r.patient GROUP BY r.patient)"
                                    " WHERE max(date(l * 86400, 'unixepoch', '+10 years'),"
                                    " CASE WHEN date(b * 86400, 'unixepoch', '+18 years') > date(l * 86400, 'unixepoch') THEN date(b * 86400, 'unixepoch', '+19 years') ELSE '' END) < '2026-11-21'");
    if (sqlite3_step(st) != SQLITE_ROW)
        bench_die("%s", sqlite3_errmsg(db));
    *due = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return bench_cpu() - t;
}

int main(void)
{
    uint32_t patients = bench_quick() ? 3000 : 166667;
    struct bench_dir d;
    char path[400];
    sqlite3 *plain;
    uint64_t due;
    double dates[3], words[3], theirs[3], cpu[3], kib = 0;
    bench_dir_make(&d);
    bench_keep_make(&d);
    snprintf(path, sizeof path, "%s/plain.db", d.base);
    if (sqlite3_open(path, &plain) != SQLITE_OK)
        bench_die("%s", sqlite3_errmsg(plain));
    sql(plain, "PRAGMA synchronous=OFF; CREATE TABLE r(patient INTEGER, last INTEGER, who INTEGER); CREATE TABLE p(id INTEGER PRIMARY KEY, birth INTEGER); BEGIN");
    fill_people(&d, patients);
    fill_records(&d, plain);
    sql(plain, "COMMIT; CREATE INDEX r_patient ON r(patient, last)");
    for (int i = 0; i < 3; i++) {
        struct measured m = run_apart(&d, false), e = run_apart(&d, true);
        if (m.sets < 3 * (uint64_t)patients || m.records != (uint64_t)PER_PATIENT * patients || m.dated != e.dated || m.dated < patients || e.words == 0)
            bench_die("%llu sets of %llu records, %llu dated", (unsigned long long)m.sets, (unsigned long long)m.records, (unsigned long long)m.dated);
        dates[i] = m.seconds;
        cpu[i] = m.cpu;
        words[i] = e.cpu;
        kib = m.kib > kib ? m.kib : kib;
        kib = e.kib > kib ? e.kib : kib;
        theirs[i] = peer(plain, &due);
    }
    (void)dates;
    double o = bench_median(cpu, 3), p = bench_median(theirs, 3);
    bench_row(&(struct bench_row){"retention", "s", o, p, p / o, BENCH_OURS_TO, 10, "5 million records in 500,000 sets, all packs, people and visits loaded; peer: the day arithmetic alone in SQL over a plain table with an index; processor time"});
    bench_row(&(struct bench_row){"retention_explained", "s", bench_median(words, 3), 0, 0, BENCH_NO_GOAL, 0, "the same with every set's derivation and explanation written"});
    bench_row(&(struct bench_row){"retention_memory", "MiB", kib / 1024, 0, 0, BENCH_OURS_TO, 512, "the larger of both at its greatest, with the keep's cache"});
    sqlite3_close(plain);
    bench_dir_remove(&d);
    return 0;
}
