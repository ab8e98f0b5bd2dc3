/* The audit of a whole hospital from its sealed keep: opened, people and
 * relations loaded, every access judged under the shipped packs, cases ranked.
 * 10 million accesses of 10,000 accounts to 200,000 patients with 25 relations
 * each. Each audit runs in a process of its own, so that its memory is its own:
 *     house_speed [events] */
#include "tests/bench/house.h"

int main(int argc, char **argv)
{
    const struct house_size size = house_size(argc, argv);
    struct bench_dir d;
    struct house h;
    struct house_audited m;
    char name[64], note[400];
    house_open(&h, &d, &size);
    for (unsigned threads = 2; threads >= 1; threads--) {
        house_audit(&d, &(struct house_asked){.threads = threads}, &m);
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
    house_close(&h, &d);
    return 0;
}
