/* A day's audit: a hospital's keep with its log (tests/bench/house.h), audited
 * and recorded once; then a day, one more of fifty parts of that log, comes in, and
 * is audited on from there, under the shipped packs as if adopted, as by
 * `audit --capacity 40`. Then another day, and with it the visits of its time: of
 * whoever came, all accesses are judged once more. Beside each a run over
 * everything, of the same keep; what both find must be the same. Each runs in a
 * process of its own, from opening the keep to the end of the transaction:
 *     day_speed [events [events of the day]]
 * In a keep that stays (BENCH_HOUSE) every call brings two more days. */
#include "tests/bench/house.h"

/* audit: NULL for what this process did itself. */
static void tell(const char *what, double wall, double cpu, const struct house_audited *audit)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("  %s: %.2f s, %.2f s of processor time, %.0f MiB", what, wall, cpu, audit ? audit->rss : (double)use.ru_maxrss / 1024);
    if (audit)
        printf("; opened and loaded in %.2f s, judged in %.2f s, recorded in %.2f s, %llu cases", audit->open, audit->judge, audit->record, (unsigned long long)audit->cases);
    printf("\n");
    fflush(stdout);
}

/* A day more, with the visits of its time or without, audited both ways. */
static void day_measure(struct house *h, struct bench_dir *d, uint64_t day, bool visits)
{
    struct house_audited on, full;
    char name[96], note[600];
    const char *kind = visits ? "_visits" : "";
    const size_t planned = house_planned(h), from = visits ? house_visits_on(h, day) : planned, to = visits ? h->visits : planned;
    double begin = bench_clock(), cpu = bench_cpu();
    house_import(h, d, false, from, to, day);
    house_mark(h, d);
    snprintf(note, sizeof note, "a day brought in, with %zu visits", to - from);
    tell(note, bench_clock() - begin, bench_cpu() - cpu, NULL);
    house_audit(d, &(struct house_asked){.threads = 2, .record = true}, &on);
    house_audit(d, &(struct house_asked){.threads = 2, .record = true, .full = "to be compared"}, &full);
    bool same = on.cases == full.cases && on.digest == full.digest && memcmp(on.verdict, full.verdict, sizeof on.verdict) == 0;
    if (!on.went_on || on.fresh != day || full.went_on || !same)
        bench_die("the audit did not go on, or did not find the same: %llu cases, %llu", (unsigned long long)on.cases, (unsigned long long)full.cases);
    snprintf(name, sizeof name, "audit_day%s_%lluk_on_%lluk", kind, (unsigned long long)day / 1000, (unsigned long long)h->size.events / 1000);
    snprintf(note, sizeof note,
             "as audit --capacity 40, from opening the keep to the recorded run, 2 threads%s: opened, loaded and compared in %.2f s, judged in %.2f s, recorded in %.2f s, %.2f s of processor time; peer: the full run after it, %.2f, "
             "%.2f, %.2f s, %.2f s of processor time; the same %llu cases; goal: 3 s for 2 million on 100 million",
             visits ? "; the day brought its visits" : "", on.open, on.judge, on.record, on.cpu, full.open, full.judge, full.record, full.cpu, (unsigned long long)on.cases);
    bench_row(&(struct bench_row){name, "s", on.wall, full.wall, full.wall / on.wall, h->size.events >= 100000000 ? BENCH_OURS_TO : BENCH_NO_GOAL, 3, note});
    printf("  %s\n", note);
    snprintf(name, sizeof name, "audit_day%s_%lluk_on_%lluk_memory", kind, (unsigned long long)day / 1000, (unsigned long long)h->size.events / 1000);
    bench_row(&(struct bench_row){name, "MiB", on.rss, full.rss, full.rss / on.rss, BENCH_NO_GOAL, 0, "the largest resident size of that audit's process; peer: the full run's"});
}

int main(int argc, char **argv)
{
    const struct house_size size = house_size(argc, argv);
    uint64_t day = argc > 2 ? strtoull(argv[2], NULL, 10) : size.events / 50;
    struct bench_dir d;
    struct house h;
    struct house_audited first;
    double begin = bench_clock(), cpu = bench_cpu();
    house_open(&h, &d, &size);
    tell("opened, or made", bench_clock() - begin, bench_cpu() - cpu, NULL);
    house_audit(&d, &(struct house_asked){.threads = 2, .record = true}, &first);
    tell("audited and recorded", first.wall, first.cpu, &first);
    day_measure(&h, &d, day, false);
    day_measure(&h, &d, day, true);
    house_close(&h, &d);
    return 0;
}
