/* A day's audit: a hospital's keep with its log (tests/bench/house.h), audited
 * and recorded once; then one more of fifty parts of that log comes in, and is
 * audited on from there, under the shipped packs as if adopted. Beside it a run
 * over everything, of the same keep; what both find must be the same. Each runs
 * in a process of its own, from opening the keep to the end of the transaction:
 *     day_speed [events [events of the day]] */
#include "tests/bench/house.h"

#include "core/work/auditsince.h"

struct measured {
    double wall, cpu, open, judge, record; /* seconds */
    double rss;                            /* MiB at the most */
    uint64_t verdict[KEEP_VERDICT_COUNT], cases, digest, fresh;
    bool went_on;
};

static const char *const pack[] = {"policies/labels.policy", "policies/explanations.policy", "policies/hipaa-access.policy", "policies/workforce.policy"};

/* Of all findings: rules, accesses, scores. */
static uint64_t digest_of(const struct keep_audit_result *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->case_n; i++) {
        uint64_t h = (uint64_t)r->cases[i].score * 31 + r->cases[i].rule.n;
        for (size_t k = 0; k < r->cases[i].events; k++)
            h = h * UINT64_C(6364136223846793005) + r->cases[i].event[k].ordinal;
        sum = sum * 31 + h;
    }
    return sum;
}

static void audit(const struct bench_dir *d, const char *full, struct measured *out)
{
    struct keep_err err = {0};
    struct keep_packs packs;
    struct keep_auditrun run;
    bench_must(keep_packs_read(&packs, pack, sizeof pack / sizeof *pack, &err), &err);
    packs.trial = false;
    double begin = bench_clock(), cpu = bench_cpu();
    struct keep_store *s = bench_keep_open(d, true);
    bench_must(keep_auditrun_open(&run, s, &packs, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, &err), &err);
    run.in.threads = 2;
    bench_must(keep_auditrun_since(&run, &packs, full, &err), &err);
    double loaded = bench_clock();
    bench_must(keep_auditrun_run(&run, &err), &err);
    double judged = bench_clock();
    bench_must(keep_auditrun_record(&run, &packs, NULL, &err), &err);
    double end = bench_clock();
    *out = (struct measured){.wall = end - begin, .cpu = bench_cpu() - cpu, .open = loaded - begin, .judge = judged - loaded, .record = end - judged, .cases = run.result.case_n,
                             .digest = digest_of(&run.result), .went_on = !keep_auditsince_why(run.since), .fresh = keep_auditsince_counts(run.since).fresh};
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++)
        out->verdict[v] = run.result.verdicts[v];
    keep_auditrun_free(&run);
    keep_store_close(s);
    keep_packs_free(&packs);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    out->rss = (double)use.ru_maxrss / 1024;
}

static void audit_apart(const struct bench_dir *d, const char *full, struct measured *out)
{
    int fd[2], status;
    if (pipe(fd))
        bench_die("no pipe");
    pid_t child = fork();
    if (child == 0) {
        struct measured m;
        audit(d, full, &m);
        _exit(write(fd[1], &m, sizeof m) == sizeof m ? 0 : 3);
    }
    close(fd[1]);
    bool got = read(fd[0], out, sizeof *out) == (ssize_t)sizeof *out;
    close(fd[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status || !got)
        bench_die("an audit failed");
}

int main(int argc, char **argv)
{
    bool quick = bench_quick();
    const struct house_size size = {quick ? 20000 : 200000, quick ? 950 : 9500, quick ? 1000 : 10000, argc > 1 ? strtoull(argv[1], NULL, 10) : quick ? 500000 : 10000000};
    uint64_t day = argc > 2 ? strtoull(argv[2], NULL, 10) : size.events / 50;
    struct bench_dir d;
    struct house h;
    struct measured first, on, full;
    char name[64], note[500];
    bench_dir_make(&d);
    house_make(&h, &d, &size);
    audit_apart(&d, NULL, &first);
    house_import(&h, &d, false, 0, 0, day);
    audit_apart(&d, NULL, &on);
    audit_apart(&d, "to be compared", &full);
    bool same = on.cases == full.cases && on.digest == full.digest && memcmp(on.verdict, full.verdict, sizeof on.verdict) == 0;
    if (first.went_on || !on.went_on || on.fresh != day || full.went_on || !same)
        bench_die("the audit did not go on, or did not find the same: %llu cases, %llu", (unsigned long long)on.cases, (unsigned long long)full.cases);
    snprintf(name, sizeof name, "audit_day_%lluk_on_%lluk", (unsigned long long)day / 1000, (unsigned long long)size.events / 1000);
    snprintf(note, sizeof note,
             "from opening the keep to the recorded run, 2 threads: opened, loaded and compared in %.2f s, judged in %.2f s, recorded in %.2f s, %.2f s of processor time; peer: the full run after it, %.2f, %.2f, "
             "%.2f s, %.2f s of processor time; the same %llu cases; goal: 3 s for 2 million on 100 million",
             on.open, on.judge, on.record, on.cpu, full.open, full.judge, full.record, full.cpu, (unsigned long long)on.cases);
    bench_row(&(struct bench_row){name, "s", on.wall, full.wall, full.wall / on.wall, size.events >= 100000000 ? BENCH_OURS_TO : BENCH_NO_GOAL, 3, note});
    printf("  %s\n", note);
    snprintf(name, sizeof name, "audit_day_%lluk_on_%lluk_memory", (unsigned long long)day / 1000, (unsigned long long)size.events / 1000);
    bench_row(&(struct bench_row){name, "MiB", on.rss, full.rss, full.rss / on.rss, BENCH_NO_GOAL, 0, "the largest resident size of that audit's process; peer: the full run's"});
    free(h.visit);
    bench_dir_remove(&d);
    return 0;
}
