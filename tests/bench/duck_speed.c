/* The audit against a database: the shipped packs of explanations, accesses and
 * workforce, judged from the sealed keep, and the same rules as SQL (duck.sql,
 * whose head says what of them it leaves out) over native tables of DuckDB, two
 * threads each, in turns of the same run. Their answers must be equal rule by
 * rule: how many events, and a digest of which. DuckDB comes from npm
 * (@duckdb/node-api) into build/bench-peer; where it cannot be had, a line says
 * so. DuckDB's tables are filled before its clock starts; ours opens the keep each
 * time, and what of that time is judging alone is a row of its own:
 *     duck_speed [events]
 * KEEP and KEYFILE: no clock, only both answers over that keep, such as the one of
 * chartkeep demo, where something of every kind is planted:
 *     duck_speed KEEP KEYFILE */
#include "tests/bench/house.h"

#include "core/audit/ties.h"

#define PEER "build/bench-peer"
#define PACKS "policies/labels.policy", "policies/explanations.policy", "policies/hipaa-access.policy", "policies/workforce.policy"
enum { RULES = 96, NAME = 48 };

struct answer {
    double wall, cpu;
    double judging; /* of wall: the world loaded */
    size_t n;
    struct {
        char name[NAME];
        uint64_t n, digest; /* digest: of the events' numbers; 0 of none, and where only how many is compared */
    } rule[RULES];
};

static struct keep_err err;

/* --- ours --- */

/* Where a rule stands in the answer, whether anything fires it or not. */
static size_t at(struct answer *a, struct keep_str rule, const char *more)
{
    char name[NAME];
    size_t i = 0;
    snprintf(name, sizeof name, "%.*s%s", (int)rule.n, rule.p, more);
    while (i < a->n && strcmp(name, a->rule[i].name) != 0)
        i++;
    if (i == RULES)
        bench_die("more rules than are compared");
    if (i == a->n)
        memcpy(a->rule[a->n++].name, name, sizeof name);
    return i;
}

static void add(struct answer *a, size_t i, uint64_t ordinal)
{
    a->rule[i].n++;
    a->rule[i].digest += ordinal * 2654435761u % 4294967291u;
}

static void answers(const struct keep_policy *p, const struct keep_audit_result *r, struct answer *out)
{
    for (size_t i = 0; i < p->accesses; i++)
        if (!p->access[i].evidence)
            at(out, p->access[i].id, "");
    at(out, KEEP_STR("unexplained"), "");
    for (size_t i = 0; i < r->case_n; i++)
        for (size_t k = 0; k < r->cases[i].events; k++)
            add(out, at(out, r->cases[i].rule, ""), r->cases[i].event[k].ordinal);
    for (size_t i = 0; i < p->explanations; i++)
        out->rule[at(out, p->explanation[i].id, "")].n = r->explanation[i].fired;
}

struct expected {
    struct answer *out;
    const struct keep_policy *policy;
};

/* By its reason each event that is expected: of those the audit itself tells only how many. */
static int expect(void *ctx, const struct keep_events *batch, uint32_t i, enum keep_verdict v, int rule, struct keep_err *e)
{
    struct expected *x = ctx;
    (void)e;
    if (v == KEEP_VERDICT_EXPECTED)
        add(x->out, at(x->out, x->policy->explanation[rule].id, ":expected"), batch->ordinal[i]);
    return 0;
}

/* each: every event's verdict as well, which takes another reading of the log. */
static void audit(const struct bench_dir *d, bool each, struct answer *out)
{
    static const char *const pack[] = {PACKS};
    struct keep_packs packs;
    struct keep_auditrun run;
    bench_must(keep_packs_read(&packs, pack, sizeof pack / sizeof *pack, &err), &err);
    *out = (struct answer){.n = 0};
    double wall = bench_clock(), cpu = bench_cpu();
    struct keep_store *s = bench_keep_open(d, false);
    bench_must(keep_auditrun_open_by(&run, s, &(struct keep_auditrun_asked){&packs, KEEP_TIME_NONE, {NULL, 0}, 2}, &err), &err);
    house_vouch(&run.world); /* SQL takes what is not there for what was not */
    struct expected x = {out, packs.policy};
    if (each) {
        for (size_t i = 0; i < packs.policy->explanations; i++)
            at(out, packs.policy->explanation[i].id, ":expected");
        run.in.verdict = expect;
        run.in.verdict_ctx = &x;
    }
    double loaded = bench_clock();
    bench_must(keep_auditrun_run(&run, &err), &err);
    out->wall = bench_clock() - wall;
    out->cpu = bench_cpu() - cpu;
    out->judging = bench_clock() - loaded;
    answers(packs.policy, &run.result, out);
    keep_auditrun_free(&run);
    keep_store_close(s);
    keep_packs_free(&packs);
}

/* --- the peer's tables --- */

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
    if (t == KEEP_TIME_NONE || t == INT64_MAX)
        fputc(behind, f);
    else
        fprintf(f, "%lld%c", (long long)t, behind);
}

static void day_or_none(FILE *f, keep_date d, char behind)
{
    if (d == KEEP_DATE_NONE)
        fputc(behind, f);
    else
        fprintf(f, "%d%c", (int)d, behind);
}

/* A truth that nobody recorded is no number. */
static void truth(FILE *f, enum keep_tristate t, char behind)
{
    fprintf(f, "%s%c", t == KEEP_TRI_UNKNOWN ? "" : t == KEEP_TRI_YES ? "1" : "0", behind);
}

/* Quoted, as names of places and roles hold what a table's text may not. */
static void words(FILE *f, struct keep_str s, char behind)
{
    fputc('"', f);
    for (size_t i = 0; i < s.n; i++)
        fprintf(f, s.p[i] == '"' ? "\"\"" : "%c", s.p[i]);
    fprintf(f, "\"%c", behind);
}

/* kind: of an address, a family name or a telephone. */
static void keys(FILE *f, size_t id, char kind, const uint64_t key[4])
{
    for (int i = 0; i < 4 && key[i]; i++)
        fprintf(f, "%zu,%c,%llu\n", id, kind, (unsigned long long)key[i]);
}

/* A worker's department as a term; one that no term names is numbered behind them by the first of its workers, who tells its word. */
static uint32_t department_of(const struct keep_world *w, size_t worker, bool *tells)
{
    struct keep_str name = w->worker[worker].department;
    uint32_t i = 0;
    *tells = false;
    if (!name.n)
        return KEEP_ID_NONE;
    while (i < w->terms && !keep_str_eq(w->term[i], name))
        i++;
    if (i < w->terms)
        return i;
    for (i = 0; !keep_str_eq(w->worker[i].department, name);)
        i++;
    *tells = i == worker;
    return (uint32_t)w->terms + i;
}

static void workforce_out(const struct bench_dir *d, const struct keep_world *w)
{
    FILE *f = table(d, "account"), *k = table(d, "worker"), *a = table(d, "worker_key"), *y = table(d, "duty"), *t = table(d, "term"), *m = table(d, "employed");
    for (size_t i = 0; i < w->accounts; i++) {
        fprintf(f, "%zu,", i);
        id_or_none(f, w->account[i].spans ? w->account[i].span[0].worker : KEEP_ID_NONE, ',');
        fprintf(f, "%d\n", w->account[i].kind);
    }
    for (size_t i = 0; i < w->workers; i++) {
        const struct keep_worker *one = &w->worker[i];
        bool tells;
        uint32_t department = department_of(w, i, &tells);
        if (tells) {
            fprintf(t, "%u,", department);
            words(t, one->department, '\n');
        }
        fprintf(k, "%zu,", i);
        id_or_none(k, department, ',');
        words(k, one->role, ',');
        id_or_none(k, one->patient, '\n');
        for (size_t n = 0; n < one->affiliations; n++) {
            fprintf(m, "%zu,", i);
            time_or_none(m, one->affiliation[n].from, ',');
            time_or_none(m, one->affiliation[n].to, '\n');
        }
        keys(a, i, 'a', one->address_key);
        keys(a, i, 's', one->surname_key);
        keys(a, i, 'p', one->phone_key);
    }
    for (size_t i = 0; i < w->terms; i++) {
        fprintf(t, "%zu,", i);
        words(t, w->term[i], '\n');
    }
    for (size_t i = 0; i < w->duties; i++) {
        fprintf(y, "%u,", w->duty[i].worker);
        id_or_none(y, w->duty[i].unit, ',');
        fprintf(y, "%d,", w->duty[i].kind);
        time_or_none(y, w->duty[i].from, ',');
        time_or_none(y, w->duty[i].to, '\n');
    }
    done(f), done(k), done(a), done(y), done(t), done(m);
}

static void patients_out(const struct bench_dir *d, const struct keep_world *w, const struct keep_policy *policy)
{
    FILE *p = table(d, "patient"), *b = table(d, "patient_key"), *l = table(d, "patient_label"), *c = table(d, "contact"), *ck = table(d, "contact_key");
    for (size_t i = 0; i < w->patients; i++) {
        const struct keep_patient *one = &w->patient[i];
        fprintf(p, "%zu,", i);
        id_or_none(p, one->worker, ',');
        day_or_none(p, one->birth.precision >= KEEP_PREC_DAY ? one->birth.date : KEEP_DATE_NONE, ',');
        day_or_none(p, one->death, ',');
        truth(p, one->test, '\n');
        keys(b, i, 'a', one->address_key);
        for (size_t k = 0; k < policy->labels; k++)
            if (one->labels >> k & 1)
                fprintf(l, "%zu,%.*s\n", i, (int)policy->label[k].id.n, policy->label[k].id.p);
    }
    for (size_t i = 0; i < w->contacts; i++) {
        fprintf(c, "%zu,%u,", i, w->contact[i].patient);
        id_or_none(c, w->contact[i].worker, ',');
        id_or_none(c, w->contact[i].self, ',');
        words(c, w->contact[i].code, ',');
        words(c, w->contact[i].words, ',');
        time_or_none(c, w->contact[i].from, ',');
        time_or_none(c, w->contact[i].to, '\n');
        keys(ck, i, 'a', w->contact[i].address_key);
        keys(ck, i, 's', w->contact[i].surname_key);
        keys(ck, i, 'p', w->contact[i].phone_key);
    }
    done(p), done(b), done(l), done(c), done(ck);
}

/* An end that is not recorded is the start, one yet to come is none; of encounters, was: it took place. */
static void facts_out(const struct bench_dir *d, const struct keep_world *w)
{
    FILE *f = table(d, "relation"), *v = table(d, "encounter");
    for (size_t i = 0; i < w->relations; i++) {
        const struct keep_relation *r = &w->relation[i];
        keep_time from, to;
        if (!keep_ties_lasts(r, &from, &to)) /* without any date it ties nobody */
            continue;
        fprintf(f, "%u,", r->patient);
        id_or_none(f, r->worker, ',');
        id_or_none(f, r->department, ',');
        id_or_none(f, r->author, ',');
        fprintf(f, "%u,%lld,", r->kind, (long long)from);
        time_or_none(f, to, ',');
        time_or_none(f, r->recorded, '\n');
    }
    for (size_t i = 0; i < w->encounters; i++) {
        const struct keep_encounter *e = &w->encounter[i];
        if (e->start == KEEP_TIME_NONE)
            continue;
        fprintf(v, "%u,%lld,", e->patient, (long long)e->start);
        if (e->end != KEEP_TIME_NONE || !keep_str_is(e->status, "in-progress"))
            fprintf(v, "%lld", (long long)(e->end > e->start ? e->end : e->start)); /* NONE is before all */
        fprintf(v, ",%d\n", !keep_str_is(e->status, "cancelled") && !keep_str_is(e->status, "entered-in-error"));
    }
    done(f), done(v);
}

static void events_out(const struct bench_dir *d, struct keep_store *s, const struct keep_world *w)
{
    struct keep_load_events *e;
    struct keep_event_scan scan;
    struct keep_events b;
    int rc;
    bench_must(keep_load_events_open(&e, s, w, &scan, &err), &err);
    FILE *f = table(d, "event");
    while ((rc = scan.next(scan.ctx, &b, &err)) > 0)
        for (uint32_t i = 0; i < b.n; i++) {
            fprintf(f, "%llu,%lld,%u,", (unsigned long long)b.ordinal[i], (long long)b.time[i], b.account[i]);
            id_or_none(f, b.patient[i], ',');
            id_or_none(f, b.place[i], ',');
            fprintf(f, "%d,%d,%d,%d,%d\n", b.action[i], b.exposure[i], b.outcome[i], b.break_glass[i] == KEEP_TRI_YES, b.reason[i]);
        }
    bench_must(rc, &err);
    done(f);
    keep_load_events_close(e);
}

/* Into the folder of d. */
static void tables_out(const struct bench_dir *d)
{
    static const char *const pack[] = {PACKS};
    struct keep_packs packs;
    struct keep_auditrun run;
    struct keep_store *s = bench_keep_open(d, false);
    bench_must(keep_packs_read(&packs, pack, sizeof pack / sizeof *pack, &err), &err);
    bench_must(keep_auditrun_open_by(&run, s, &(struct keep_auditrun_asked){&packs, KEEP_TIME_NONE, {NULL, 0}, 2}, &err), &err);
    FILE *f = table(d, "keep");
    words(f, keep_str_of(keep_store_zone(s)), '\n');
    done(f);
    workforce_out(d, &run.world);
    patients_out(d, &run.world, packs.policy);
    facts_out(d, &run.world);
    events_out(d, s, &run.world);
    keep_auditrun_free(&run);
    keep_store_close(s);
    keep_packs_free(&packs);
}

/* --- the peer --- */

/* false: DuckDB cannot be had. */
static bool peer(const struct bench_dir *d, struct answer *out)
{
    char command[1200], line[200], *full = bench_need(realpath("tests/bench/duck.mjs", NULL));
    snprintf(command, sizeof command, "rm -f %s/duck.db* && cd " PEER " && node %s %s", d->base, full, d->base);
    free(full);
    FILE *f = bench_need(popen(command, "r"));
    *out = (struct answer){.n = 0};
    while (fgets(line, sizeof line, f)) {
        unsigned long long n, digest;
        char rule[NAME];
        if (sscanf(line, "time %lf %lf", &out->wall, &out->cpu) == 2 || sscanf(line, "rule %47s %llu %llu", rule, &n, &digest) != 3)
            continue;
        size_t i = at(out, keep_str_of(rule), "");
        out->rule[i].n = n;
        out->rule[i].digest = digest;
    }
    return pclose(f) == 0 && out->n > 0;
}

/* --- both --- */

/* All of both must be of both, and equal; how many rules and reasons. tell: each. */
static size_t compare(const struct answer *ours, const struct answer *theirs, bool tell)
{
    size_t equal = 0, differ = 0;
    if (ours->n != theirs->n)
        bench_die("%zu rules here, %zu there", ours->n, theirs->n);
    for (size_t i = 0; i < ours->n; i++) {
        size_t k = 0;
        while (k < theirs->n && strcmp(theirs->rule[k].name, ours->rule[i].name) != 0)
            k++;
        bool same = k < theirs->n && ours->rule[i].n == theirs->rule[k].n && ours->rule[i].digest % 1000000007 == theirs->rule[k].digest;
        if (tell || !same)
            fprintf(tell ? stdout : stderr, "%-32s %llu here, %llu there%s\n", ours->rule[i].name, (unsigned long long)ours->rule[i].n, k < theirs->n ? (unsigned long long)theirs->rule[k].n : 0, same ? "" : ": not the same events");
        differ += !same;
        equal += strchr(ours->rule[i].name, ':') == NULL;
    }
    if (differ)
        bench_die("%zu answers are not the same", differ);
    return equal;
}

static void rows(const struct house_size *size, size_t equal, const double ours[3], const double theirs[2])
{
    const char *const note = "shipped packs, all %zu rules and reasons with the same events; ours from the sealed keep, opened each time; peer: DuckDB over native tables already filled, 2 threads each; median of 3";
    const char *const of[3] = {"", "_processor", "_judging"};
    for (int i = 0; i < 3; i++) {
        char name[80], text[400];
        double o = (double)size->events / ours[i] / 1e6, p = (double)size->events / theirs[i == 1] / 1e6;
        snprintf(name, sizeof name, "audit_%lluk_events_against_duckdb%s", (unsigned long long)size->events / 1000, of[i]);
        if (i == 0)
            snprintf(text, sizeof text, note, equal);
        else
            snprintf(text, sizeof text, "%s", i == 1 ? "the same by processor time of all threads" : "the same by the clock, our world loaded before, as the peer's tables are; the log is still sealed");
        bench_row(&(struct bench_row){name, "Mevents/s", o, p, o / p, i == 0 ? BENCH_RATIO_FROM : BENCH_NO_GOAL, i == 0 ? 5 : 0, text});
    }
}

static int compare_only(const char *keep, const char *key)
{
    struct bench_dir d;
    struct answer a, b;
    bench_dir_make(&d);
    snprintf(d.keep, sizeof d.keep, "%s", keep);
    snprintf(d.key, sizeof d.key, "%s", key);
    bench_must(keep_secret_start(&err), &err);
    bench_must(keep_store_key_file(d.key, false, d.secret, &err), &err);
    tables_out(&d);
    audit(&d, true, &a);
    if (!peer(&d, &b))
        bench_die("DuckDB failed");
    compare(&a, &b, true);
    bench_dir_remove(&d);
    return 0;
}

int main(int argc, char **argv)
{
    const struct house_size size = house_size(argc, argv);
    enum { TURNS = 3 };
    double ours[TURNS], judging[TURNS], our_cpu[TURNS], theirs[TURNS], their_cpu[TURNS];
    struct answer a, b;
    struct bench_dir d;
    struct house h;
    if (system("command -v node >/dev/null && { test -d " PEER "/node_modules/@duckdb/node-api || { mkdir -p " PEER " && npm install --silent --no-audit --no-fund --prefix " PEER
               " @duckdb/node-api; }; } >/dev/null 2>&1") != 0) {
        puts("audit_against_duckdb skipped: node or npm's @duckdb/node-api cannot be had here");
        return 0;
    }
    if (argc == 3)
        return compare_only(argv[1], argv[2]);
    house_open(&h, &d, &size);
    tables_out(&d);
    for (int i = 0; i < TURNS; i++) {
        audit(&d, false, &a);
        if (!peer(&d, &b))
            bench_die("DuckDB failed");
        ours[i] = a.wall, our_cpu[i] = a.cpu, judging[i] = a.judging, theirs[i] = b.wall, their_cpu[i] = b.cpu;
    }
    audit(&d, true, &a);
    size_t equal = compare(&a, &b, false);
    rows(&size, equal, (double[]){bench_median(ours, TURNS), bench_median(our_cpu, TURNS), bench_median(judging, TURNS)}, (double[]){bench_median(theirs, TURNS), bench_median(their_cpu, TURNS)});
    house_close(&h, &d);
    return 0;
}
