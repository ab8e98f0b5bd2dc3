/* Relations and encounters, as every audit reads them whole: from columns
 * against row by row from their tables, both from sealed pages, each time in a
 * connection opened anew. The keep has a million relations and 200,000
 * encounters of 100,000 patients, brought by the sink that imports use. */
#include "tests/bench/bench.h"

#include "core/base/arena.h"
#include "core/store/intake.h"
#include "core/store/load.h"
#include "core/store/packed.h"

enum { WORKERS = 4000, PER_VISIT = 5 };
static struct keep_err err;

static struct keep_key key(enum keep_entity kind, char text[20], char letter, uint32_t number)
{
    return (struct keep_key){kind, {"", 0}, {text, (size_t)snprintf(text, 20, "%c%u", letter, number)}};
}

static void fill(const struct bench_dir *d, uint32_t visits)
{
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_intake *in = NULL;
    struct keep_intake_counts counts;
    struct keep_sink sink;
    uint64_t seed = 3;
    uint32_t source;

    bench_must(keep_intake_source(s, KEEP_STR("ehr"), &source, &err), &err);
    bench_must(keep_intake_begin(&in, s, source, &err), &err);
    keep_intake_sink(in, &sink);
    bench_must(keep_intake_file(in, KEEP_STR("rows.csv"), &err), &err);
    for (uint32_t i = 0; i < visits; i++) {
        char p[20], e[20], w[20];
        keep_time at = BENCH_NOW - (keep_time)(visits - i) * 60 * KEEP_USEC;
        struct keep_key self = key(KEEP_ENTITY_ENCOUNTER, e, 'e', i);
        struct keep_row_encounter visit = {
            .at = {i + 1, 0, 0}, .key = &self, .keys = 1, .patient = key(KEEP_ENTITY_PATIENT, p, 'p', bench_below(&seed, visits / 2)),
            .klass = KEEP_STR("AMB"), .status = i % 10 ? KEEP_STR("finished") : KEEP_STR("in-progress"), .start = at, .end = i % 10 ? at + 1800 * KEEP_USEC : KEEP_TIME_NONE,
            .start_date = keep_civil_utc_date(at), .end_date = i % 10 ? keep_civil_utc_date(at + 1800 * KEEP_USEC) : KEEP_DATE_NONE};
        bench_must(sink.encounter(sink.ctx, &visit, &err), &err);
        for (uint32_t k = 0; k < PER_VISIT; k++) {
            struct keep_row_relation r = {
                .at = {i + 1, 0, 0}, .kind = k ? KEEP_RELATION_ORDER : KEEP_RELATION_ENCOUNTER, .patient = visit.patient, .encounter = self,
                .worker = key(KEEP_ENTITY_WORKER, w, 'w', bench_below(&seed, WORKERS)), .from = at + (keep_time)k * 60 * KEEP_USEC, .to = KEEP_TIME_NONE,
                .recorded = at + 300 * KEEP_USEC};
            bench_must(sink.relation(sink.ctx, &r, &err), &err);
        }
    }
    bench_must(keep_intake_file_done(in, NULL, &err), &err);
    bench_must(keep_intake_finish(in, &counts, &err), &err);
    keep_intake_free(in);
    keep_store_close(s);
}

static double read_all(const struct bench_dir *d, bool cached, uint64_t want)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    int64_t v[KEEP_PACKED_COLUMNS];
    uint64_t rows = 0;
    double t = bench_cpu();
    for (int kind = 0; kind < KEEP_PACKED_KINDS; kind++) {
        struct keep_packed *p;
        int rc;
        bench_must(keep_packed_open(&p, s, (enum keep_packed_kind)kind, cached, a, &err), &err);
        while ((rc = keep_packed_next(p, v, &err)) > 0)
            rows++;
        bench_must(rc, &err);
        keep_packed_close(p);
    }
    t = bench_cpu() - t;
    keep_arena_free(a);
    keep_store_close(s);
    if (rows != want)
        bench_die("%llu rows instead of %llu", (unsigned long long)rows, (unsigned long long)want);
    return t;
}

static double load_world(const struct bench_dir *d)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_world w;
    double t = bench_cpu();
    bench_must(keep_load_world(s, a, &w, &err), &err);
    t = bench_cpu() - t;
    keep_arena_free(a);
    keep_store_close(s);
    return t;
}

int main(void)
{
    uint32_t visits = bench_quick() ? 40000 : 200000;
    uint64_t rows = (uint64_t)visits * (PER_VISIT + 1);
    double ours[BENCH_TURNS], peer[BENCH_TURNS], world[BENCH_TURNS];
    struct bench_dir d;
    bench_dir_make(&d);
    bench_keep_make(&d);
    fill(&d, visits);
    for (int i = 0; i < 5; i++) {
        ours[i] = read_all(&d, true, rows);
        peer[i] = read_all(&d, false, rows);
        world[i] = load_world(&d);
    }
    double o = (double)rows / bench_median(ours, 5) / 1e6, p = (double)rows / bench_median(peer, 5) / 1e6;
    bench_row(&(struct bench_row){"facts_read_from_columns", "Mrows/s", o, p, o / p, BENCH_RATIO_FROM, 10, "relations and encounters; peer: the latest row of each slot, by a statement over the sealed tables; processor time"});
    bench_row(&(struct bench_row){"facts_load_world", "s", bench_median(world, 5), 0, 0, BENCH_NO_GOAL, 0, "people, relations and encounters in memory, as an audit begins; processor time"});
    bench_dir_remove(&d);
    return 0;
}
