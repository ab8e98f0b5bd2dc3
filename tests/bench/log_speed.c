/* The access log: reading all columns from sealed pages, and bytes an event.
 *
 * A keep of two million accesses by 5,000 accounts to 50,000 charts, a year of
 * them in order of time to the second, is made by the same sink that imports
 * use. By turns, each in a connection opened anew (the cache of pages is empty,
 * the files are in the machine's):
 *   ours   every column of every event, as the audit gets them
 *   bare   the same segments' blobs from the same sealed pages, not decoded
 *   peer   sqlite3_step over the same rows in a plain table of a plain database
 * Nothing is asked of the peer's columns beyond the step. */
#include "tests/bench/bench.h"

#include <sqlite3.h>

#include "core/model/events.h"
#include "core/store/inside.h"
#include "core/store/intake.h"
#include "core/store/load.h"

enum { ACCOUNTS = 5000, CHARTS = 50000, PLACES = 800, UNITS = 40 };
static struct keep_err err;

/* --- the keep --- */

struct texts {
    char account[ACCOUNTS][12], chart[CHARTS][16], place[PLACES][12], unit[UNITS][12];
};

static void texts_make(struct texts *t)
{
    for (int i = 0; i < ACCOUNTS; i++)
        snprintf(t->account[i], sizeof t->account[i], "user%05d", i);
    for (int i = 0; i < CHARTS; i++)
        snprintf(t->chart[i], sizeof t->chart[i], "p-%08x", (unsigned)i * 2654435761u);
    for (int i = 0; i < PLACES; i++)
        snprintf(t->place[i], sizeof t->place[i], "ws-%04d", i);
    for (int i = 0; i < UNITS; i++)
        snprintf(t->unit[i], sizeof t->unit[i], "unit %02d", i);
}

static void fill(const struct bench_dir *d, uint32_t n)
{
    struct texts *t = bench_need(malloc(sizeof *t));
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_intake *in = NULL;
    struct keep_intake_counts counts;
    struct keep_sink sink;
    uint64_t seed = 7;
    uint32_t source;

    texts_make(t);
    bench_must(keep_intake_source(s, KEEP_STR("log"), &source, &err), &err);
    bench_must(keep_intake_begin(&in, s, source, &err), &err);
    keep_intake_sink(in, &sink);
    bench_must(keep_intake_file(in, KEEP_STR("log.csv"), &err), &err);
    keep_time begin = BENCH_NOW - (keep_time)365 * 86400 * KEEP_USEC;
    for (uint32_t i = 0; i < n; i++) {
        char id[16];
        uint32_t who = bench_below(&seed, ACCOUNTS), sort = bench_below(&seed, 100);
        int len = snprintf(id, sizeof id, "e%u", i);
        /* a user works at a few machines of one unit, and looks at charts near each other for a while */
        struct keep_row_event e = {
            .at = {i + 1, 0, 0},
            .time = begin + (keep_time)((double)i / n * 365 * 86400) * KEEP_USEC,
            .account = {t->account[who], sizeof "user00000" - 1}, /* to measure their lengths here would be a tenth of the time */
            .patient = {KEEP_ENTITY_PATIENT, {"", 0}, {t->chart[bench_below(&seed, CHARTS)], sizeof "p-00000000" - 1}},
            .action = sort < 80 ? KEEP_ACTION_VIEW : sort < 90 ? KEEP_ACTION_UPDATE : sort < 97 ? KEEP_ACTION_SEARCH : KEEP_ACTION_PRINT,
            .exposure = sort < 80 ? KEEP_EXPOSURE_OPENED : KEEP_EXPOSURE_LISTED,
            .outcome = sort == 50 ? KEEP_OUTCOME_MINOR : KEEP_OUTCOME_SUCCESS,
            .purpose = sort < 95 ? KEEP_PURPOSE_TREAT : KEEP_PURPOSE_OTHER,
            .place = {t->place[(who * 7 + bench_below(&seed, 4)) % PLACES], sizeof "ws-0000" - 1},
            .unit = {t->unit[who % UNITS], sizeof "unit 00" - 1},
            .break_glass = KEEP_TRI_NO,
            .native_id = {id, (size_t)len},
        };
        bench_must(sink.event(sink.ctx, &e, &err), &err);
    }
    bench_must(keep_intake_file_done(in, NULL, &err), &err);
    bench_must(keep_intake_finish(in, &counts, &err), &err);
    keep_intake_free(in);
    keep_store_close(s);
    free(t);
}

/* --- the peer --- */

static void plain_do(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        bench_die("sqlite: %s", sqlite3_errmsg(db));
}

static sqlite3 *plain_open(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK)
        bench_die("%s: cannot be opened", path);
    plain_do(db, "PRAGMA cache_size=-32768");
    return db;
}

static void bind_row(sqlite3_stmt *st, const struct keep_events *e, uint32_t i)
{
    const int64_t v[] = {(int64_t)e->ordinal[i], e->time[i], e->account[i], e->patient[i], e->place[i], e->unit[i], e->action[i],
                         e->exposure[i], e->outcome[i], e->purpose[i], e->break_glass[i], e->searched[i], e->reason[i]};
    for (int c = 0; c < (int)(sizeof v / sizeof *v); c++)
        sqlite3_bind_int64(st, c + 1, v[c]);
}

static void scan_open(struct keep_store *s, struct keep_arena *a, struct keep_load_events **e, struct keep_event_scan *scan)
{
    struct keep_world w;
    bench_must(keep_load_world(s, a, &w, &err), &err);
    bench_must(keep_load_events_open(e, s, &w, scan, &err), &err);
}

static void plain_fill(const struct bench_dir *d, const char *path)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_load_events *e;
    struct keep_event_scan scan;
    struct keep_events b;
    sqlite3 *db = plain_open(path);
    sqlite3_stmt *st;
    scan_open(s, a, &e, &scan);
    plain_do(db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
                 "CREATE TABLE log(ordinal INTEGER PRIMARY KEY, time INTEGER, account INTEGER, patient INTEGER, place INTEGER, unit INTEGER, action INTEGER,"
                 " exposure INTEGER, outcome INTEGER, purpose INTEGER, break_glass INTEGER, searched INTEGER, reason INTEGER)");
    sqlite3_prepare_v2(db, "INSERT INTO log VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &st, NULL);
    int rc;
    while ((rc = scan.next(scan.ctx, &b, &err)) > 0)
        for (uint32_t i = 0; i < b.n; i++) {
            bind_row(st, &b, i);
            sqlite3_step(st);
            sqlite3_reset(st);
        }
    bench_must(rc, &err);
    sqlite3_finalize(st);
    plain_do(db, "COMMIT");
    sqlite3_close(db);
    keep_load_events_close(e);
    keep_arena_free(a);
    keep_store_close(s);
}

static double read_plain(const char *path, uint32_t n)
{
    sqlite3 *db = plain_open(path);
    sqlite3_stmt *st;
    uint32_t rows = 0;
    sqlite3_prepare_v2(db, "SELECT * FROM log", -1, &st, NULL);
    double t = bench_cpu();
    while (sqlite3_step(st) == SQLITE_ROW)
        rows++;
    t = bench_cpu() - t;
    sqlite3_finalize(st);
    sqlite3_close(db);
    if (rows != n)
        bench_die("the plain table has %u rows instead of %u", rows, n);
    return t;
}

/* --- ours --- */

static double read_log(const struct bench_dir *d, uint32_t n)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_load_events *e;
    struct keep_event_scan scan;
    struct keep_events b;
    uint64_t rows = 0;
    int rc;
    scan_open(s, a, &e, &scan);
    double t = bench_cpu();
    while ((rc = scan.next(scan.ctx, &b, &err)) > 0)
        rows += b.n;
    t = bench_cpu() - t;
    bench_must(rc, &err);
    keep_load_events_close(e);
    keep_arena_free(a);
    keep_store_close(s);
    if (rows != n)
        bench_die("the log has %llu events instead of %u", (unsigned long long)rows, n);
    return t;
}

/* The same blobs in the same order through a statement of the same text, nothing decoded. */
static double read_bare(const struct bench_dir *d)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_load_events *e;
    struct keep_event_scan scan;
    sqlite3_stmt *list, *st;
    size_t n = 0, cap = 0;
    int64_t *id = NULL;
    scan_open(s, a, &e, &scan); /* warms what it warms for ours */
    sqlite3_prepare_v2(keep_store_db(s), "SELECT id FROM segment INDEXED BY segment_period ORDER BY source, id", -1, &list, NULL);
    while (sqlite3_step(list) == SQLITE_ROW) {
        if (n == cap)
            id = bench_need(realloc(id, (cap = cap * 2 + 64) * sizeof *id));
        id[n++] = sqlite3_column_int64(list, 0);
    }
    sqlite3_finalize(list);
    sqlite3_prepare_v2(keep_store_db(s), "SELECT columns FROM segment WHERE id=?1", -1, &st, NULL);
    double t = bench_cpu();
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_int64(st, 1, id[i]);
        if (sqlite3_step(st) != SQLITE_ROW || !sqlite3_column_blob(st, 0))
            bench_die("a segment is not there");
        sqlite3_reset(st);
    }
    t = bench_cpu() - t;
    sqlite3_finalize(st);
    free(id);
    keep_load_events_close(e);
    keep_arena_free(a);
    keep_store_close(s);
    return t;
}

/* --- both --- */

static void speed(const struct bench_dir *d, uint32_t n, int turns)
{
    double ours[BENCH_TURNS], bare[BENCH_TURNS], peer[BENCH_TURNS];
    char path[400];
    snprintf(path, sizeof path, "%s/plain.db", d->base);
    plain_fill(d, path);
    for (int i = 0; i < turns; i++) {
        peer[i] = read_plain(path, n);
        ours[i] = read_log(d, n);
        bare[i] = read_bare(d);
    }
    double o = n / bench_median(ours, (size_t)turns) / 1e6, b = n / bench_median(bare, (size_t)turns) / 1e6, p = n / bench_median(peer, (size_t)turns) / 1e6;
    bench_row(&(struct bench_row){"log_read_all_columns", "Mrows/s", o, p, o / p, BENCH_RATIO_FROM, 12, "peer: sqlite3_step over the same rows in a plain table; processor time, one thread"});
    bench_row(&(struct bench_row){"log_read_against_opening", "Mrows/s", o, b, o / b, BENCH_RATIO_FROM, 0.70, "peer: the same segments' blobs from the same sealed pages, not decoded"});
}

static double number(struct keep_store *s, const char *sql)
{
    sqlite3_stmt *st;
    double v = 0;
    if (sqlite3_prepare_v2(keep_store_db(s), sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_double(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* Peer of the columns: the plain table's pages. Pages of the keep hold 4,056 of 4,096 bytes. */
static void sizes(const struct bench_dir *d, uint32_t n)
{
    struct keep_store *s = bench_keep_open(d, false);
    double page = 4096.0 / 4056;
    double columns = number(s, "SELECT (SELECT sum(bytes) FROM segment) + (SELECT sum(length(ids)) FROM present)") / n * page, hashes = number(s, "SELECT sum(length(hashes)) FROM segment") / n * page;
    double detail = number(s, "SELECT sum(length(detail)) FROM segment") / n * page, plain = bench_file_size(d->base, "plain.db") / n, whole = bench_file_size(d->keep, "records.db") / n;
    keep_store_close(s);
    bench_row(&(struct bench_row){"log_bytes_an_event", "B", columns, plain, plain / columns, BENCH_OURS_TO, 10, "columns and the lists of who stands in a segment, with the pages' seals; peer: the plain table's file"});
    bench_row(&(struct bench_row){"log_bytes_identity_an_event", "B", hashes, 0, 0, BENCH_NO_GOAL, 0, "hashes that tell repeated events"});
    bench_row(&(struct bench_row){"log_bytes_native_id_and_detail_an_event", "B", detail, 0, 0, BENCH_NO_GOAL, 0, "source-native ids sealed under the period's key"});
    bench_row(&(struct bench_row){"log_bytes_records_db_an_event", "B", whole, 0, 0, BENCH_NO_GOAL, 0, "the whole file, people and ledger included"});
}

int main(void)
{
    bool quick = bench_quick();
    uint32_t n = quick ? 400000 : 2000000;
    struct bench_dir d;
    bench_dir_make(&d);
    bench_keep_make(&d);
    double t = bench_cpu();
    fill(&d, n);
    t = bench_cpu() - t;
    speed(&d, n, quick ? 5 : 9);
    sizes(&d, n);
    bench_row(&(struct bench_row){"log_rows_into_the_keep", "Mrows/s", n / t / 1e6, 0, 0, BENCH_OURS_FROM, 0.6, "rows that are already parsed, one file; processor time"});
    bench_dir_remove(&d);
    return 0;
}
