/* A made hospital in a keep of its own, brought by the sink that imports use:
 * people in departments, visits whose staff become relations, and a log of
 * sessions of which most follow from a visit. The same in every run.
 *
 * Of 25 relations a patient five visits have five each: four of the staff of the
 * visit's department, one of the department as such. A session is some three
 * events of one user at one chart; of a hundred sessions 60 are by staff of a
 * visit near in time, 30 by colleagues of its department, 8 by the same staff
 * long after, 2 by anybody. A day that comes later can bring the visits of its time. */
#ifndef TESTS_BENCH_HOUSE_H
#define TESTS_BENCH_HOUSE_H

#include "tests/bench/bench.h"

#include "core/base/crew.h"
#include "core/model/class.h"
#include "core/store/intake.h"
#include "core/work/auditsince.h"

enum { HOUSE_DEPARTMENTS = 60, HOUSE_VISITS = 5, HOUSE_STAFF = 4, HOUSE_OPEN = 64, HOUSE_DAYS = 365 };
#define HOUSE_DAY (86400 * KEEP_USEC)
#define HOUSE_BEGIN (BENCH_NOW - HOUSE_DAYS * HOUSE_DAY)

struct house_size {
    uint32_t patients, workers, accounts;
    uint64_t events;
};

/* What a program was asked for by its first argument: so many events, of the one size. */
static inline struct house_size house_size(int argc, char **argv)
{
    bool quick = bench_quick();
    return (struct house_size){quick ? 20000 : 200000, quick ? 950 : 9500, quick ? 1000 : 10000, argc > 1 ? strtoull(argv[1], NULL, 10) : quick ? 500000 : 10000000};
}

struct house_visit {
    keep_time at;
    uint32_t patient, staff[HOUSE_STAFF], department;
};

struct house {
    struct house_size size;
    struct house_visit *visit; /* in order of time */
    size_t visits;             /* planned, and those of the day at hand */
    size_t past;               /* of earlier such days, whose visits are no longer at hand */
    uint64_t seed;
    uint64_t made;             /* events so far */
    struct house_session {
        uint32_t account, patient, department;
    } open[HOUSE_OPEN];
};

static inline uint32_t house_below(struct house *h, uint32_t n)
{
    return bench_below(&h->seed, n);
}

static inline struct keep_key house_key(enum keep_entity kind, char text[20], char letter, uint32_t number)
{
    return (struct keep_key){kind, {"", 0}, {text, (size_t)snprintf(text, 20, "%c%u", letter, number)}};
}

static inline struct keep_str house_department(char text[20], uint32_t d)
{
    return (struct keep_str){text, (size_t)snprintf(text, 20, "Department %02u", d)};
}

/* Staff of a department are its number and every 60th behind it. */
static inline uint32_t house_staff(struct house *h, uint32_t department)
{
    return department + HOUSE_DEPARTMENTS * house_below(h, (h->size.workers - department - 1) / HOUSE_DEPARTMENTS + 1);
}

static inline int house_by_time(const void *a, const void *b)
{
    const struct house_visit *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->patient > y->patient) - (x->patient < y->patient);
}

static inline size_t house_planned(const struct house *h)
{
    return h->size.patients * (size_t)HOUSE_VISITS;
}

static inline void house_plan(struct house *h, const struct house_size *size)
{
    *h = (struct house){.size = *size, .seed = 11};
    h->visit = bench_need(malloc(size->patients * (size_t)HOUSE_VISITS * sizeof *h->visit));
    for (uint32_t p = 0; p < size->patients; p++) {
        uint32_t home = house_below(h, HOUSE_DEPARTMENTS);
        for (int k = 0; k < HOUSE_VISITS; k++) {
            struct house_visit *v = &h->visit[h->visits++];
            *v = (struct house_visit){.at = HOUSE_BEGIN + (keep_time)house_below(h, HOUSE_DAYS * 86400) * KEEP_USEC, .patient = p, .department = k < 3 ? home : house_below(h, HOUSE_DEPARTMENTS)};
            for (int s = 0; s < HOUSE_STAFF; s++)
                v->staff[s] = house_staff(h, v->department);
        }
    }
    qsort(h->visit, h->visits, sizeof *h->visit, house_by_time);
}

static inline void house_people(struct house *h, struct keep_sink *sink, struct keep_err *err)
{
    char a[20], b[20], line[40], family[24], given[24];
    for (uint32_t i = 0; i < h->size.workers + h->size.patients; i++) {
        bool worker = i < h->size.workers;
        uint32_t n = worker ? i : i - h->size.workers;
        struct keep_key key = house_key(worker ? KEEP_ENTITY_WORKER : KEEP_ENTITY_PATIENT, a, worker ? 'w' : 'p', n), none = {0};
        struct keep_name name = {{family, (size_t)snprintf(family, sizeof family, "Family%u", house_below(h, 20000))}, {given, (size_t)snprintf(given, sizeof given, "Given%u", n % 500)}, KEEP_STR("official")};
        struct keep_address at = {.line = {line, (size_t)snprintf(line, sizeof line, "%u Main Street", house_below(h, h->size.patients / 2))}, .city = KEEP_STR("Springfield"), .state = KEEP_STR("KS"),
                                  .postal = KEEP_STR("66000"), .use = KEEP_STR("home")};
        struct keep_human human = {.name = &name, .names = 1, .address = &at, .addresses = 1, .birth = {n % 20000, KEEP_PREC_DAY}};
        if (worker) {
            struct keep_row_worker w = {.at = {i + 1, 0, 0}, .key = &key, .keys = 1, .human = human, .department = house_department(b, n % HOUSE_DEPARTMENTS), .role = KEEP_STR("nurse"),
                                        .from = HOUSE_BEGIN - HOUSE_DAY, .to = n % 200 ? KEEP_TIME_NONE : HOUSE_BEGIN + 300 * HOUSE_DAY, .ended_known = KEEP_TRI_YES,
                                        .patient = n % 10 == 0 ? house_key(KEEP_ENTITY_PATIENT, line, 'p', n) : none};
            if (n % 10 == 0) /* one in ten is a patient here, too: the line stands for the key's text now */
                w.human.addresses = 0;
            bench_must(sink->worker(sink->ctx, &w, err), err);
        } else {
            struct keep_row_patient p = {.at = {i + 1, 0, 0}, .key = &key, .keys = 1, .human = human, .deceased = n % 100 ? KEEP_TRI_NO : KEEP_TRI_YES,
                                         .death_time = KEEP_TIME_NONE, .death = {n % 100 ? KEEP_DATE_NONE : keep_civil_utc_date(HOUSE_BEGIN + 200 * HOUSE_DAY), n % 100 ? KEEP_PREC_NONE : KEEP_PREC_DAY},
                                         .confidential = n % 500 ? KEEP_TRI_NO : KEEP_TRI_YES};
            bench_must(sink->patient(sink->ctx, &p, err), err);
        }
    }
    for (uint32_t i = 0; i < h->size.accounts; i++) { /* those above the workers are services and nobody's */
        struct keep_row_account r = {.at = {i + 1, 0, 0}, .login = {a, (size_t)snprintf(a, sizeof a, "u%u", i)}, .kind = i < h->size.workers ? KEEP_ACCOUNT_PERSON : KEEP_ACCOUNT_SERVICE,
                                     .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE};
        if (i < h->size.workers)
            r.worker = house_key(KEEP_ENTITY_WORKER, b, 'w', i);
        bench_must(sink->account(sink->ctx, &r, err), err);
    }
}

static inline void house_visit_rows(struct keep_sink *sink, const struct house_visit *v, uint32_t number, struct keep_err *err)
{
    char p[20], e[20], w[20], d[20];
    struct keep_key self = house_key(KEEP_ENTITY_ENCOUNTER, e, 'e', number);
    struct keep_row_encounter visit = {.at = {number + 1, 0, 0}, .key = &self, .keys = 1, .patient = house_key(KEEP_ENTITY_PATIENT, p, 'p', v->patient), .klass = KEEP_STR("AMB"),
                                       .status = KEEP_STR("finished"), .start = v->at, .end = v->at + 3600 * KEEP_USEC, .start_date = keep_civil_utc_date(v->at), .end_date = keep_civil_utc_date(v->at)};
    bench_must(sink->encounter(sink->ctx, &visit, err), err);
    for (int s = 0; s <= HOUSE_STAFF; s++) {
        struct keep_row_relation r = {.at = {number + 1, 0, 0}, .kind = s == 0 ? KEEP_RELATION_ENCOUNTER : s == 1 ? KEEP_RELATION_ORDER : s == 2 ? KEEP_RELATION_RESULT : s == 3 ? KEEP_RELATION_NOTE : KEEP_RELATION_ENCOUNTER,
                                      .patient = visit.patient, .encounter = self, .from = v->at + s * 60 * KEEP_USEC, .to = KEEP_TIME_NONE, .recorded = v->at + 300 * KEEP_USEC};
        if (s < HOUSE_STAFF)
            r.worker = house_key(KEEP_ENTITY_WORKER, w, 'w', v->staff[s]);
        else
            r.department = house_department(d, v->department);
        if (s == 3)
            r.author = r.worker;
        bench_must(sink->relation(sink->ctx, &r, err), err);
    }
}

static inline size_t house_visit_near(const struct house *h, keep_time t)
{
    size_t lo = 0, hi = h->visits;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (h->visit[mid].at < t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < h->visits ? lo : h->visits - 1;
}

/* Of a thousand sessions 980 follow from a visit of those days, by one of its staff or a colleague of its department; 15 are with the chart of somebody who
 * was there months ago, 5 anybody's with any chart. */
static inline struct house_session house_begin_session(struct house *h, keep_time t)
{
    uint32_t sort = house_below(h, 1000);
    keep_time near = t + ((keep_time)house_below(h, 15) - 10) * HOUSE_DAY, far = t - (keep_time)(90 + house_below(h, 60)) * HOUSE_DAY;
    size_t at = house_visit_near(h, sort >= 980 && sort < 995 ? far : near);
    const struct house_visit *v = &h->visit[at > house_below(h, 500) ? at - house_below(h, 500) % (at + 1) : at];
    struct house_session s = {v->staff[house_below(h, HOUSE_STAFF)], v->patient, v->department};
    if (sort >= 600 && sort < 980)
        s.account = house_staff(h, v->department);
    else if (sort >= 995)
        s = (struct house_session){house_below(h, h->size.accounts), house_below(h, h->size.patients), house_below(h, HOUSE_DEPARTMENTS)};
    return s;
}

/* The log holds the last days of the year: ten million accesses a month, and a month at least. */
static inline double house_log_days(const struct house *h)
{
    double days = (double)h->size.events / 10e6 * 30;
    return days < 30 ? 30 : days > HOUSE_DAYS ? HOUSE_DAYS : days;
}

/* The next event of the log, in order of time; texts hold until the next call. */
static inline void house_event(struct house *h, struct keep_row_event *out)
{
    static char account[20], patient[20], unit[20], place[20], id[20];
    double days = house_log_days(h);
    keep_time t = HOUSE_BEGIN + (HOUSE_DAYS - (keep_time)days) * HOUSE_DAY + (keep_time)((double)h->made / (double)h->size.events * (days * 86400.0)) * KEEP_USEC;
    struct house_session *s = &h->open[house_below(h, HOUSE_OPEN)];
    uint32_t sort = house_below(h, 100);
    bool glass = house_below(h, 2000) == 0;
    if (h->made < HOUSE_OPEN)
        s = &h->open[h->made];
    if (h->made < HOUSE_OPEN || house_below(h, 3) == 0)
        *s = house_begin_session(h, t);
    *out = (struct keep_row_event){
        .at = {h->made + 1, 0, 0}, .time = t, .account = {account, (size_t)snprintf(account, sizeof account, "u%u", s->account)},
        .patient = house_key(KEEP_ENTITY_PATIENT, patient, 'p', s->patient), .action = sort < 80 ? KEEP_ACTION_VIEW : sort < 92 ? KEEP_ACTION_UPDATE : sort < 98 ? KEEP_ACTION_SEARCH : KEEP_ACTION_PRINT,
        .exposure = sort >= 92 && sort < 98 ? KEEP_EXPOSURE_LISTED : KEEP_EXPOSURE_OPENED, .outcome = KEEP_OUTCOME_SUCCESS, .purpose = KEEP_PURPOSE_TREAT,
        .place = {place, (size_t)snprintf(place, sizeof place, "ws-%03u", s->account % 800)}, .unit = house_department(unit, s->department), .break_glass = glass ? KEEP_TRI_YES : KEEP_TRI_NO,
        .reason = glass ? KEEP_STR("covering") : (struct keep_str){NULL, 0}, .native_id = {id, (size_t)snprintf(id, sizeof id, "e%llu", (unsigned long long)h->made)}};
    if (sort == 97)
        out->query = KEEP_STR("name");
    h->made++;
}

/* As many visits as that time has, of people who were there before, behind those at hand; the first of them. */
static inline size_t house_visits_on(struct house *h, uint64_t events)
{
    const double days = house_log_days(h);
    const keep_time begin = HOUSE_BEGIN + (keep_time)((HOUSE_DAYS - days + days * (double)h->made / (double)h->size.events) * 86400.0) * KEEP_USEC;
    const size_t planned = house_planned(h), n = (size_t)(days * (double)events / (double)h->size.events * (double)planned / HOUSE_DAYS);
    const uint32_t seconds = (uint32_t)(days * 86400.0 * (double)events / (double)h->size.events);
    h->past += h->visits - planned;
    h->visit = bench_need(realloc(h->visit, (planned + n) * sizeof *h->visit));
    for (size_t i = planned; i < planned + n; i++) {
        h->visit[i] = h->visit[house_below(h, (uint32_t)planned)];
        h->visit[i].at = begin + (keep_time)((uint64_t)seconds * (i - planned) / n) * KEEP_USEC;
    }
    h->visits = planned + n;
    return planned;
}

/* One session of import: people, visits from..to, then n events. */
static inline void house_import(struct house *h, const struct bench_dir *d, bool people, size_t from, size_t to, uint64_t n)
{
    struct keep_err err = {0};
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_intake *in = NULL;
    struct keep_intake_counts counts;
    struct keep_crew *crew = NULL;
    struct keep_sink sink;
    struct keep_row_event e;
    uint32_t source;
    bench_must(keep_crew_new(&crew, 2, &err), &err);
    bench_must(keep_intake_source(s, KEEP_STR("house"), &source, &err), &err);
    bench_must(keep_intake_begin(&in, s, source, &err), &err);
    keep_intake_crew(in, crew);
    keep_intake_sink(in, &sink);
    bench_must(keep_intake_file(in, KEEP_STR("house.csv"), &err), &err);
    if (people)
        house_people(h, &sink, &err);
    for (size_t i = from; i < to; i++)
        house_visit_rows(&sink, &h->visit[i], (uint32_t)(i + (i >= house_planned(h) ? h->past : 0)), &err);
    for (uint64_t i = 0; i < n; i++) {
        house_event(h, &e);
        bench_must(sink.event(sink.ctx, &e, &err), &err);
    }
    bench_must(keep_intake_file_done(in, NULL, &err), &err);
    bench_must(keep_intake_finish(in, &counts, &err), &err);
    keep_intake_free(in);
    keep_store_close(s);
    keep_crew_free(crew);
}

/* The whole of it, in a new keep. */
static inline void house_make(struct house *h, struct bench_dir *d, const struct house_size *size)
{
    house_plan(h, size);
    bench_keep_make(d);
    house_import(h, d, true, 0, h->visits, size->events);
}

/* Where the log of a keep that stays ends, for who goes on with it. */
static inline void house_mark(const struct house *h, const struct bench_dir *d)
{
    char path[300];
    if (!getenv("BENCH_HOUSE"))
        return;
    snprintf(path, sizeof path, "%s/house", d->base);
    FILE *f = fopen(path, "w");
    if (!f || fwrite(h, sizeof *h, 1, f) != 1 || fclose(f) != 0)
        bench_die("%s: cannot be written", path);
}

static inline void house_resume(struct house *h, const struct bench_dir *d, const struct house_size *size)
{
    struct house at;
    char path[300];
    snprintf(path, sizeof path, "%s/house", d->base);
    FILE *f = fopen(path, "r");
    if (!f || fread(&at, sizeof at, 1, f) != 1 || at.size.events != size->events || at.size.patients != size->patients)
        bench_die("%s: not of a house of this size", path);
    fclose(f);
    house_plan(h, size); /* its visits are the same each time */
    at.visit = h->visit;
    at.past += at.visits - h->visits;
    at.visits = h->visits;
    *h = at;
}

/* The folder that BENCH_HOUSE names, made and filled at its first use and then left there; else one that house_close removes. */
static inline void house_open(struct house *h, struct bench_dir *d, const struct house_size *size)
{
    const char *stays = getenv("BENCH_HOUSE");
    struct keep_err err = {0};
    if (!stays) {
        bench_dir_make(d);
    } else {
        snprintf(d->base, sizeof d->base, "%s", stays);
        snprintf(d->keep, sizeof d->keep, "%s/k", stays);
        snprintf(d->key, sizeof d->key, "%s/key", stays);
        if (mkdir(stays, 0700) != 0) {
            bench_must(keep_secret_start(&err), &err);
            bench_must(keep_store_key_file(d->key, false, d->secret, &err), &err);
            house_resume(h, d, size);
            return;
        }
    }
    house_make(h, d, size);
    house_mark(h, d);
}

static inline void house_close(struct house *h, const struct bench_dir *d)
{
    free(h->visit);
    if (!getenv("BENCH_HOUSE"))
        bench_dir_remove(d);
}

/* --- its audit, under the shipped packs --- */

struct house_asked {
    unsigned threads;
    bool record;      /* as if the packs were adopted: the run goes on from the last one, and is recorded */
    const char *full; /* of one that is recorded: why it must be of everything; NULL: it need not */
};

struct house_audited {
    double wall, cpu, open, judge, record; /* seconds; open: world loaded, and what the last run left */
    double rss;                            /* MiB at the most */
    uint64_t verdict[KEEP_VERDICT_COUNT], cases, digest, fresh;
    size_t rules, explanations;
    bool went_on;
};

/* Of all findings: rules, accesses, scores. */
static inline uint64_t house_digest(const struct keep_audit_result *r)
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

/* As if stewards had declared its log, its rosters and its workforce complete, through its last day. */
static inline void house_vouch(struct keep_world *w)
{
    static const struct keep_str klass[] = {{KEEP_CLASS_LOG, sizeof KEEP_CLASS_LOG - 1}, {KEEP_CLASS_ROSTER, sizeof KEEP_CLASS_ROSTER - 1}, {KEEP_CLASS_WORKER, sizeof KEEP_CLASS_WORKER - 1}};
    for (size_t i = 0; i < w->sources; i++) {
        struct keep_source *s = &w->source[i];
        s->declared = s->complete = s->all_facilities = true;
        s->all_classes = false;
        s->klass = klass;
        s->classes = sizeof klass / sizeof *klass;
        s->through = keep_civil_utc_date(w->newest);
    }
}

/* From opening the keep to the end of judging, or of the transaction. */
static inline void house_audit_here(const struct bench_dir *d, const struct house_asked *how, struct house_audited *out)
{
    static const char *const pack[] = {"policies/labels.policy", "policies/explanations.policy", "policies/hipaa-access.policy", "policies/workforce.policy"};
    struct keep_err err = {0};
    struct keep_packs packs;
    struct keep_auditrun run;
    bench_must(keep_packs_read(&packs, pack, sizeof pack / sizeof *pack, &err), &err);
    packs.trial = !how->record;
    double begin = bench_clock(), cpu = bench_cpu();
    struct keep_store *s = bench_keep_open(d, how->record);
    bench_must(keep_auditrun_open_by(&run, s, &(struct keep_auditrun_asked){&packs, KEEP_TIME_NONE, {NULL, 0}, how->threads}, &err), &err);
    house_vouch(&run.world);
    run.in.brief = how->record; /* as by --capacity 40: what people look at of a day */
    run.in.shown = 40;
    if (how->record)
        bench_must(keep_auditrun_since(&run, &packs, how->full, &err), &err);
    double loaded = bench_clock();
    bench_must(keep_auditrun_run(&run, &err), &err);
    double judged = bench_clock();
    if (how->record)
        bench_must(keep_auditrun_record(&run, &packs, NULL, &err), &err);
    double end = bench_clock();
    *out = (struct house_audited){.wall = end - begin, .cpu = bench_cpu() - cpu, .open = loaded - begin, .judge = judged - loaded, .record = end - judged, .cases = run.result.case_n,
                                  .digest = house_digest(&run.result), .rules = packs.policy->accesses, .explanations = packs.policy->explanations};
    if (how->record) {
        out->went_on = !keep_auditsince_why(run.since);
        out->fresh = keep_auditsince_counts(run.since).fresh;
    }
    memcpy(out->verdict, run.result.verdicts, sizeof out->verdict);
    keep_auditrun_free(&run);
    keep_store_close(s);
    keep_packs_free(&packs);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    out->rss = (double)use.ru_maxrss / 1024;
}

/* In a process of its own, so that its memory is its own. */
static inline void house_audit(const struct bench_dir *d, const struct house_asked *how, struct house_audited *out)
{
    int fd[2], status;
    if (pipe(fd))
        bench_die("no pipe");
    pid_t child = fork();
    if (child == 0) {
        struct house_audited m;
        house_audit_here(d, how, &m);
        _exit(write(fd[1], &m, sizeof m) == sizeof m ? 0 : 3);
    }
    close(fd[1]);
    bool got = read(fd[0], out, sizeof *out) == (ssize_t)sizeof *out;
    close(fd[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status || !got)
        bench_die("an audit failed");
}

#endif
