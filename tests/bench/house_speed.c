/* The audit of a whole hospital from its sealed keep: opened, people and
 * relations loaded, every access judged under the shipped packs, cases ranked.
 * 10 million accesses of 10,000 accounts to 200,000 patients with 25 relations
 * each. Each audit runs in a process of its own, so that its memory is its own:
 *     house_speed [events] */
#include "tests/bench/house.h"

#include "core/work/auditrun.h"

struct measured {
    double wall, cpu, open, judge; /* seconds; open: world loaded */
    double rss;                    /* MiB at the most */
    uint64_t verdict[KEEP_VERDICT_COUNT], cases;
    size_t rules, explanations;
};

static const char *const pack[] = {"policies/labels.policy", "policies/explanations.policy", "policies/hipaa-access.policy", "policies/workforce.policy"};

static void audit(const struct bench_dir *d, unsigned threads, struct measured *out)
{
    struct keep_err err = {0};
    struct keep_packs packs;
    struct keep_auditrun run;
    bench_must(keep_packs_read(&packs, pack, access(pack[3], R_OK) == 0 ? 4 : 3, &err), &err);
    double begin = bench_clock(), cpu = bench_cpu();
    struct keep_store *s = bench_keep_open(d, false);
    bench_must(keep_auditrun_open(&run, s, &packs, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, &err), &err);
    run.in.threads = threads;
    double loaded = bench_clock();
    bench_must(keep_auditrun_run(&run, &err), &err);
    double end = bench_clock();
    *out = (struct measured){.wall = end - begin, .cpu = bench_cpu() - cpu, .open = loaded - begin, .judge = end - loaded, .cases = run.result.case_n,
                             .rules = packs.policy->accesses, .explanations = packs.policy->explanations};
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++)
        out->verdict[v] = run.result.verdicts[v];
    keep_auditrun_free(&run);
    keep_store_close(s);
    keep_packs_free(&packs);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    out->rss = (double)use.ru_maxrss / 1024;
}

static void audit_apart(const struct bench_dir *d, unsigned threads, struct measured *out)
{
    int fd[2], status;
    if (pipe(fd))
        bench_die("no pipe");
    pid_t child = fork();
    if (child == 0) {
        struct measured m;
        audit(d, threads, &m);
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
    struct bench_dir d;
    struct measured m;
    char name[64], note[400];
    house_open(&d, &size);
    for (unsigned threads = 2; threads >= 1; threads--) {
        audit_apart(&d, threads, &m);
        snprintf(name, sizeof name, "audit_%lluk_events_%u_thread%s", (unsigned long long)size.events / 1000, threads, threads > 1 ? "s" : "");
        snprintf(note, sizeof note,
                 "whole, from the sealed keep: opened and loaded in %.2f s, judged in %.2f s, %.2f s of processor time; %zu rules and %zu explanations; %llu expected, %llu flagged, %llu unexplained, "
                 "%llu not assessed, %llu cases",
                 m.open, m.judge, m.cpu, m.rules, m.explanations, (unsigned long long)m.verdict[KEEP_VERDICT_EXPECTED], (unsigned long long)m.verdict[KEEP_VERDICT_FLAGGED],
                 (unsigned long long)m.verdict[KEEP_VERDICT_UNEXPLAINED], (unsigned long long)m.verdict[KEEP_VERDICT_NOT_ASSESSED], (unsigned long long)m.cases);
        bench_row(&(struct bench_row){name, "Mevents/s", (double)size.events / m.wall / 1e6, 0, 0, threads > 1 ? BENCH_OURS_FROM : BENCH_NO_GOAL, 3, note});
        printf("  %s\n", note);
        snprintf(name, sizeof name, "audit_%lluk_events_%u_thread%s_memory", (unsigned long long)size.events / 1000, threads, threads > 1 ? "s" : "");
        bench_row(&(struct bench_row){name, "MiB", m.rss, 0, 0, BENCH_OURS_TO, 1024, "the largest resident size of that audit's process"});
    }
    house_close(&d);
    return 0;
}
