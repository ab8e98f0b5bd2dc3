/* What is due, for a whole hospital: 5 million records of 166,667 patients, in
 * more than 500,000 sets (each patient's medical record, who the patient is, and
 * what the packs keep apart by kind or code), under all packs; what a run loads (people, visits, holds) counts. Records are put into the
 * keep's table as an import leaves them, patients by the sink that imports use.
 *
 * The peer does the bare day arithmetic in plain SQL over sqlite: the same rows
 * in a plain table, the last day of each patient, ten years on, and for a child
 * no earlier than a year past eighteen. No labels, no series, no law. */
#include <dirent.h>

#include "core/base/diag.h"
#include "core/retention/retention.h"
#include "tests/bench/charts.h"

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
    uint64_t due;
    double dates[3], words[3], theirs[3], cpu[3], kib = 0;
    bench_dir_make(&d);
    bench_keep_make(&d);
    sqlite3 *plain = charts_fill(&d, patients, 2024, 2020);
    for (int i = 0; i < 3; i++) {
        struct measured m = run_apart(&d, false), e = run_apart(&d, true);
        if (m.sets < 3 * (uint64_t)patients || m.records != (uint64_t)CHARTS_RECORDS * patients || m.dated != e.dated || m.dated < patients || e.words == 0)
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
