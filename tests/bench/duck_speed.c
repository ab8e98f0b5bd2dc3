/* The audit against a database: the rules of duck.policy, judged from the sealed
 * keep, and as SQL (duck.sql) over native tables of DuckDB, two threads each, in
 * turns of the same run. Their answers must be equal rule by rule: how many events,
 * and a digest of which. DuckDB comes from npm (@duckdb/node-api) into
 * build/bench-peer; where it cannot be had, a line says so. DuckDB's tables are
 * filled before its clock starts; ours opens the keep each time:
 *     duck_speed [events] */
#include "tests/bench/house.h"

#define PEER "build/bench-peer"
enum { RULES = 16 };

struct answer {
    double wall, cpu;
    size_t n;
    struct {
        char rule[24];
        uint64_t n, digest;
    } rule[RULES];
};

static struct keep_err err;

/* --- ours --- */

static void add(struct answer *a, struct keep_str rule, uint64_t ordinal)
{
    size_t i = 0;
    while (i < a->n && !keep_str_is(rule, a->rule[i].rule))
        i++;
    if (i == RULES)
        bench_die("more rules than are compared");
    if (i == a->n)
        snprintf(a->rule[a->n++].rule, sizeof a->rule[i].rule, "%.*s", (int)rule.n, rule.p);
    a->rule[i].n++;
    a->rule[i].digest += ordinal * 2654435761u % 4294967291u;
}

static void audit(const struct bench_dir *d, struct answer *out)
{
    static const char *const pack[] = {"tests/bench/duck.policy"};
    struct keep_packs packs;
    struct keep_auditrun run;
    bench_must(keep_packs_read(&packs, pack, 1, &err), &err);
    double wall = bench_clock(), cpu = bench_cpu();
    struct keep_store *s = bench_keep_open(d, false);
    bench_must(keep_auditrun_open(&run, s, &packs, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, &err), &err);
    run.in.threads = 2;
    bench_must(keep_auditrun_run(&run, &err), &err);
    *out = (struct answer){.wall = bench_clock() - wall, .cpu = bench_cpu() - cpu};
    for (size_t i = 0; i < run.result.case_n; i++)
        for (size_t k = 0; k < run.result.cases[i].events; k++)
            add(out, run.result.cases[i].rule, run.result.cases[i].event[k].ordinal);
    for (size_t i = 0; i < packs.policy->explanations; i++) { /* of those only how many */
        struct keep_str id = packs.policy->explanation[i].id;
        snprintf(out->rule[out->n].rule, sizeof out->rule[0].rule, "%.*s", (int)id.n, id.p);
        out->rule[out->n++].n = run.result.explanation[i].fired;
    }
    keep_auditrun_free(&run);
    keep_store_close(s);
    keep_packs_free(&packs);
}

/* --- the peer --- */

static FILE *table(const struct bench_dir *d, const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s.csv", d->base, name);
    return bench_need(fopen(path, "w"));
}

static void done(FILE *f)
{
    if (fclose(f) != 0)
        bench_die("a table cannot be written");
}

static void id_or_none(FILE *f, uint32_t id, char behind)
{
    if (id == KEEP_ID_NONE)
        fputc(behind, f);
    else
        fprintf(f, "%u%c", id, behind);
}

static void time_or_none(FILE *f, keep_time t, char behind)
{
    if (t == KEEP_TIME_NONE)
        fputc(behind, f);
    else
        fprintf(f, "%lld%c", (long long)t, behind);
}

static void keys(FILE *f, size_t id, const uint64_t key[4])
{
    for (int i = 0; i < 4 && key[i]; i++)
        fprintf(f, "%zu,%llu\n", id, (unsigned long long)key[i]);
}

static void people_out(const struct bench_dir *d, const struct keep_world *w)
{
    FILE *f = table(d, "account"), *k = table(d, "worker"), *a = table(d, "worker_address"), *p = table(d, "patient"), *b = table(d, "patient_address");
    for (size_t i = 0; i < w->accounts; i++) {
        fprintf(f, "%zu,", i);
        id_or_none(f, w->account[i].spans ? w->account[i].span[0].worker : KEEP_ID_NONE, '\n');
    }
    for (size_t i = 0; i < w->workers; i++) {
        uint32_t department = 0;
        while (department < w->terms && !keep_str_eq(w->term[department], w->worker[i].department))
            department++;
        fprintf(k, "%zu,", i);
        id_or_none(k, department < w->terms ? department : KEEP_ID_NONE, ',');
        time_or_none(k, w->worker[i].affiliations ? w->worker[i].affiliation[0].from : KEEP_TIME_NONE, ',');
        time_or_none(k, w->worker[i].affiliations ? w->worker[i].affiliation[0].to : KEEP_TIME_NONE, '\n');
        keys(a, i, w->worker[i].address_key);
    }
    for (size_t i = 0; i < w->patients; i++) {
        fprintf(p, "%zu,", i);
        id_or_none(p, w->patient[i].worker, '\n');
        keys(b, i, w->patient[i].address_key);
    }
    done(f), done(k), done(a), done(p), done(b);
}

static void facts_out(const struct bench_dir *d, const struct keep_world *w)
{
    FILE *f = table(d, "relation"), *v = table(d, "encounter");
    for (size_t i = 0; i < w->relations; i++) {
        const struct keep_relation *r = &w->relation[i];
        fprintf(f, "%zu,%u,", i, r->patient);
        id_or_none(f, r->worker, ',');
        id_or_none(f, r->department, ',');
        id_or_none(f, r->author, ',');
        fprintf(f, "%u,%lld,%lld,", r->kind, (long long)r->from, (long long)(r->to == KEEP_TIME_NONE ? r->from : r->to));
        time_or_none(f, r->recorded, '\n');
    }
    for (size_t i = 0; i < w->encounters; i++)
        fprintf(v, "%u,%lld,%lld\n", w->encounter[i].patient, (long long)w->encounter[i].start, (long long)w->encounter[i].end);
    done(f), done(v);
}

static void tables_out(const struct bench_dir *d)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_load_events *e;
    struct keep_event_scan scan;
    struct keep_events b;
    struct keep_world w;
    int rc;
    bench_must(keep_load_world(s, a, &w, &err), &err);
    people_out(d, &w);
    facts_out(d, &w);
    bench_must(keep_load_events_open(&e, s, &w, &scan, &err), &err);
    FILE *f = table(d, "event");
    while ((rc = scan.next(scan.ctx, &b, &err)) > 0)
        for (uint32_t i = 0; i < b.n; i++)
            fprintf(f, "%llu,%lld,%u,%u,%d,%d,%d\n", (unsigned long long)b.ordinal[i], (long long)b.time[i], b.account[i], b.patient[i], b.exposure[i] == KEEP_EXPOSURE_OPENED,
                    b.break_glass[i] == KEEP_TRI_YES, b.reason[i]);
    bench_must(rc, &err);
    done(f);
    keep_load_events_close(e);
    keep_arena_free(a);
    keep_store_close(s);
}

/* false: DuckDB cannot be had. */
static bool peer(const struct bench_dir *d, struct answer *out)
{
    char command[1200], line[200], *full = bench_need(realpath("tests/bench/duck.mjs", NULL));
    snprintf(command, sizeof command, "rm -f %s/duck.db && cd " PEER " && node %s %s", d->base, full, d->base);
    free(full);
    FILE *f = bench_need(popen(command, "r"));
    *out = (struct answer){.n = 0};
    while (fgets(line, sizeof line, f)) {
        unsigned long long n, digest;
        char rule[24];
        if (sscanf(line, "time %lf %lf", &out->wall, &out->cpu) == 2 || sscanf(line, "rule %23s %llu %llu", rule, &n, &digest) != 3)
            continue;
        if (out->n == RULES)
            bench_die("more rules than are compared");
        snprintf(out->rule[out->n].rule, sizeof rule, "%s", rule);
        out->rule[out->n].n = n;
        out->rule[out->n++].digest = digest;
    }
    return pclose(f) == 0 && out->n > 0;
}

/* --- both --- */

static size_t compare(const struct answer *ours, const struct answer *theirs)
{
    size_t equal = 0;
    for (size_t i = 0; i < theirs->n; i++) {
        size_t k = 0;
        while (k < ours->n && strcmp(ours->rule[k].rule, theirs->rule[i].rule) != 0)
            k++;
        bool which = k < ours->n && ours->rule[k].digest != 0;
        if (k == ours->n || ours->rule[k].n != theirs->rule[i].n || (which && ours->rule[k].digest % 1000000007 != theirs->rule[i].digest))
            bench_die("%s: %llu here, %llu there, or not the same ones", theirs->rule[i].rule, k < ours->n ? (unsigned long long)ours->rule[k].n : 0,
                      (unsigned long long)theirs->rule[i].n);
        equal++;
    }
    for (size_t k = 0; k < ours->n; k++) {
        bool there = ours->rule[k].n == 0;
        for (size_t i = 0; i < theirs->n; i++)
            there |= strcmp(ours->rule[k].rule, theirs->rule[i].rule) == 0;
        if (!there)
            bench_die("%s fires here alone", ours->rule[k].rule);
    }
    return equal;
}

int main(int argc, char **argv)
{
    const struct house_size size = house_size(argc, argv);
    enum { TURNS = 3 };
    double ours[TURNS], theirs[TURNS], our_cpu[TURNS], their_cpu[TURNS];
    struct answer a, b;
    struct bench_dir d;
    struct house h;
    char note[400], name[64];
    if (system("command -v node >/dev/null && { test -d " PEER "/node_modules/@duckdb/node-api || { mkdir -p " PEER " && npm install --silent --no-audit --no-fund --prefix " PEER
               " @duckdb/node-api; }; } >/dev/null 2>&1") != 0) {
        puts("audit_against_duckdb skipped: node or npm's @duckdb/node-api cannot be had here");
        return 0;
    }
    house_open(&h, &d, &size);
    tables_out(&d);
    for (int i = 0; i < TURNS; i++) {
        audit(&d, &a);
        if (!peer(&d, &b))
            bench_die("DuckDB failed");
        ours[i] = a.wall, our_cpu[i] = a.cpu, theirs[i] = b.wall, their_cpu[i] = b.cpu;
    }
    size_t equal = compare(&a, &b);
    double o = (double)size.events / bench_median(ours, TURNS) / 1e6, p = (double)size.events / bench_median(theirs, TURNS) / 1e6;
    double oc = (double)size.events / bench_median(our_cpu, TURNS) / 1e6, pc = (double)size.events / bench_median(their_cpu, TURNS) / 1e6;
    snprintf(name, sizeof name, "audit_%lluk_events_against_duckdb", (unsigned long long)size.events / 1000);
    snprintf(note, sizeof note, "%zu rules and explanations with equal results; ours from the sealed keep, opened each time; peer: DuckDB over native tables already filled, 2 threads each; the clock, median of %d",
             equal, (int)TURNS);
    bench_row(&(struct bench_row){name, "Mevents/s", o, p, o / p, BENCH_RATIO_FROM, 5, note});
    snprintf(name, sizeof name, "audit_%lluk_events_against_duckdb_processor", (unsigned long long)size.events / 1000);
    bench_row(&(struct bench_row){name, "Mevents/s", oc, pc, oc / pc, BENCH_NO_GOAL, 0, "the same by processor time of all threads"});
    house_close(&h, &d);
    return 0;
}
