/* Opening a keep with its key file, and a commit of one row, as the keep grows.
 *
 * Measured at an eighth, a quarter, a half and the whole of a size, two million
 * records unless the argument says otherwise, so that the curve is seen; the
 * goal is held against the largest size that was made, which is in the name.
 * Below ten million records and 100 million events, what it would be there is a
 * line of its own that says so. The time is the clock's: a commit waits for the
 * disk, and the peer is a commit of one row to a plain database on the same
 * disk with the same journal and syncs:
 *     large_speed [records] */
#include "tests/bench/bench.h"

#include <sqlite3.h>

#include "core/store/intake.h"
#include "core/store/txn.h"

enum { STEPS = 4, EVENTS = 10, GOAL_RECORDS = 10000000 };
static struct keep_err err;

static void grow(const struct bench_dir *d, const char *name, uint32_t from, uint32_t to, uint32_t events_a_record)
{
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_intake *in = NULL;
    struct keep_intake_counts counts;
    struct keep_sink sink;
    uint64_t seed = from;
    uint32_t source;
    keep_time begin = BENCH_NOW - (keep_time)365 * 86400 * KEEP_USEC;
    bench_must(keep_intake_source(s, KEEP_STR("ehr"), &source, &err), &err);
    bench_must(keep_intake_begin(&in, s, source, &err), &err);
    keep_intake_sink(in, &sink);
    bench_must(keep_intake_file(in, keep_str_of(name), &err), &err);
    for (uint32_t i = from; i < to; i++) {
        char id[24], body[300];
        struct keep_key key = {KEEP_ENTITY_RECORD, KEEP_STR("Observation"), {id, (size_t)snprintf(id, sizeof id, "r%u", i)}};
        int len = snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"valueString\":\"%llx\"}", id, (unsigned long long)bench_random(&seed));
        struct keep_row_record r = {.at = {i + 1, 0, 0}, .key = &key, .keys = 1, .kind = KEEP_STR("Observation"), .about_no_patient = true,
                                    .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE,
                                    .status = KEEP_STR("final"), .media_type = KEEP_STR("application/fhir+json"), .payload = {body, (size_t)len}};
        bench_must(sink.record(sink.ctx, &r, &err), &err);
        for (uint32_t k = 0; k < events_a_record; k++) {
            char who[16], chart[16], event[24];
            uint32_t n = i * events_a_record + k;
            snprintf(who, sizeof who, "user%04u", bench_below(&seed, 3000));
            snprintf(chart, sizeof chart, "p%05u", bench_below(&seed, 30000));
            struct keep_row_event e = {.at = {n + 1, 0, 0}, .time = begin + (keep_time)n * KEEP_USEC, .account = keep_str_of(who),
                                       .patient = {KEEP_ENTITY_PATIENT, {"", 0}, keep_str_of(chart)}, .action = KEEP_ACTION_VIEW, .exposure = KEEP_EXPOSURE_OPENED,
                                       .native_id = {event, (size_t)snprintf(event, sizeof event, "e%u", n)}};
            bench_must(sink.event(sink.ctx, &e, &err), &err);
        }
    }
    bench_must(keep_intake_file_done(in, NULL, &err), &err);
    bench_must(keep_intake_finish(in, &counts, &err), &err);
    keep_intake_free(in);
    keep_store_close(s);
}

/* As a command does it: the key file is read, then the keep opened. */
static double opening(const struct bench_dir *d)
{
    uint8_t key[32];
    struct keep_store *s = NULL;
    struct keep_buf warnings = KEEP_BUF_INIT;
    double t = bench_clock();
    bench_must(keep_store_key_file(d->key, false, key, &err), &err);
    struct keep_store_params p = {.path = d->keep, .key = key, .now = BENCH_NOW};
    bench_must(keep_store_open(&s, &p, &warnings, &err), &err);
    t = bench_clock() - t;
    keep_store_close(s);
    keep_buf_free(&warnings);
    return t;
}

static double commit_one(struct keep_store *s)
{
    const struct keep_act act = {.kind = KEEP_STR("note"), .subject = KEEP_STR("bench"), .body = KEEP_STR("{}"), .at = BENCH_NOW};
    uint64_t id;
    double t = bench_clock();
    bench_must(keep_txn_begin(s, KEEP_LEDGER_SOURCE, &err), &err);
    bench_must(keep_txn_act(s, &act, &id, &err), &err);
    bench_must(keep_txn_commit(s, &err), &err);
    return bench_clock() - t;
}

static sqlite3 *plain_make(const struct bench_dir *d)
{
    char path[400];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/plain.db", d->base);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=EXTRA; CREATE TABLE act(id INTEGER PRIMARY KEY, body TEXT)", NULL, NULL, NULL) != SQLITE_OK)
        bench_die("%s: cannot be made", path);
    return db;
}

static double commit_plain(sqlite3 *db)
{
    double t = bench_clock();
    if (sqlite3_exec(db, "INSERT INTO act(body) VALUES('{}')", NULL, NULL, NULL) != SQLITE_OK)
        bench_die("the plain database does not commit");
    return bench_clock() - t;
}

struct measured { /* ms */
    double open, commit, plain;
    double open_work, commit_work; /* processor time, the least of all turns: what is carried on must not be noise of the machine or its disk */
};

static double least(const double *v)
{
    double m = v[0];
    for (int i = 1; i < BENCH_TURNS; i++)
        m = v[i] < m ? v[i] : m;
    return m * 1e3;
}

static struct measured measure(const struct bench_dir *d, sqlite3 *plain)
{
    double open[BENCH_TURNS], commit[BENCH_TURNS], peer[BENCH_TURNS], work[2][BENCH_TURNS];
    for (int i = 0; i < BENCH_TURNS; i++) {
        work[0][i] = bench_cpu();
        open[i] = opening(d);
        work[0][i] = bench_cpu() - work[0][i];
    }
    struct keep_store *s = bench_keep_open(d, true);
    for (int i = 0; i < BENCH_TURNS; i++) {
        peer[i] = commit_plain(plain);
        work[1][i] = bench_cpu();
        commit[i] = commit_one(s);
        work[1][i] = bench_cpu() - work[1][i];
    }
    keep_store_close(s);
    return (struct measured){bench_median(open, BENCH_TURNS) * 1e3, bench_median(commit, BENCH_TURNS) * 1e3, bench_median(peer, BENCH_TURNS) * 1e3, least(work[0]), least(work[1])};
}

/* What the processor time grows by from one size to the other, carried on in a straight line. */
static double carried(double median, double small, double large, uint32_t from, uint32_t to)
{
    double slope = (large - small) / (to - from);
    return slope > 0 ? median + slope * ((double)GOAL_RECORDS - to) : median;
}

static void rows(const struct measured *m, uint32_t n, bool goal)
{
    char name[2][80], note[200];
    snprintf(name[0], sizeof name[0], "open_%uk_records_%uk_events", n / 1000, n * EVENTS / 1000);
    snprintf(name[1], sizeof name[1], "commit_one_row_%uk_records_%uk_events", n / 1000, n * EVENTS / 1000);
    bench_row(&(struct bench_row){name[0], "ms", m->open, 0, 0, goal ? BENCH_OURS_TO : BENCH_NO_GOAL, 100, "measured; key file read, keep opened for reading"});
    snprintf(note, sizeof note, "measured; %.2f ms of it processor time; peer: one row into a plain database with the same journal and syncs; ratio = ours / peer", m->commit_work);
    bench_row(&(struct bench_row){name[1], "ms", m->commit, m->plain, m->commit / m->plain, goal ? BENCH_OURS_TO : BENCH_NO_GOAL, 20, note});
    printf("  %s\n", note);
}

/* m: at each size. */
static void extrapolated(const struct measured *m, const uint32_t *at)
{
    static const char how[] = "not measured: what was, with the growth of its processor time between the first and the last size carried on in a straight line";
    const struct measured *first = &m[0], *last = &m[STEPS - 1];
    double open = carried(last->open, first->open_work, last->open_work, at[0], at[STEPS - 1]);
    double commit = carried(last->commit, first->commit_work, last->commit_work, at[0], at[STEPS - 1]);
    bench_row(&(struct bench_row){"open_10M_records_100M_events_extrapolated", "ms", open, 0, 0, BENCH_NO_GOAL, 100, how});
    bench_row(&(struct bench_row){"commit_10M_records_100M_events_extrapolated", "ms", commit, 0, 0, BENCH_NO_GOAL, 20, how});
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : bench_quick() ? 20000 : 2000000;
    uint32_t at[STEPS] = {n / 8, n / 4, n / 2, n};
    struct measured m[STEPS];
    struct bench_dir d;
    bench_dir_make(&d);
    bench_keep_make(&d);
    sqlite3 *plain = plain_make(&d);
    for (int i = 0; i < STEPS; i++) {
        char file[24];
        snprintf(file, sizeof file, "part-%d.ndjson", i);
        grow(&d, file, i ? at[i - 1] : 0, at[i], EVENTS);
        m[i] = measure(&d, plain);
        rows(&m[i], at[i], i == STEPS - 1);
    }
    if (n < GOAL_RECORDS)
        extrapolated(m, at);
    sqlite3_close(plain);
    bench_dir_remove(&d);
    return 0;
}
