/* How many events a second the audit judges on one core: a made hospital of
 * 2,000 patients and 300 staff, a million events of which most follow from care,
 * and the shipped packs. Run from the top of the tree:
 *     audit_speed [events [percent at random]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/audit/audit.h"
#include "tests/bench/bench.h"

enum { PATIENTS = 2000, STAFF = 300, DEPARTMENTS = 12, VISITS = 10, FACTS = 3, BATCH = KEEP_SEGMENT_EVENTS };
#define DAY (86400 * KEEP_USEC)
#define YEAR (365 * DAY)

static uint64_t seed = 42;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

static void *need(void *p)
{
    if (!p) {
        fprintf(stderr, "out of memory\n");
        exit(3);
    }
    return p;
}

static const struct keep_policy *packs(struct keep_arena *a)
{
    static const char *const name[] = {"policies/labels.policy", "policies/explanations.policy", "policies/hipaa-access.policy"};
    struct keep_policy_text text[3];
    struct keep_diags diags = {.arena = a};
    struct keep_err err = {0};
    const struct keep_policy *p = NULL;
    for (int i = 0; i < 3; i++) {
        FILE *f = fopen(name[i], "rb");
        char *b = need(keep_arena_alloc(a, 1 << 20));
        if (!f) {
            fprintf(stderr, "%s cannot be opened; run this from the top of the tree\n", name[i]);
            exit(3);
        }
        text[i] = (struct keep_policy_text){name[i], {b, fread(b, 1, 1 << 20, f)}};
        fclose(f);
    }
    if (keep_policy_compile(&p, text, 3, a, &diags, &err)) {
        fprintf(stderr, "the packs do not compile\n");
        exit(2);
    }
    return p;
}

static struct keep_str department(uint32_t i)
{
    static const char *const name[DEPARTMENTS] = {"Cardiology", "Emergency", "Surgery", "Pediatrics", "Oncology", "Radiology",
                                                  "Laboratory", "Pharmacy", "Neurology", "Obstetrics", "HIM", "Billing"};
    return keep_str_of(name[i % DEPARTMENTS]);
}

static int by_pair(const void *a, const void *b)
{
    const struct keep_relation *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static void people(struct keep_world *w, struct keep_arena *a)
{
    w->patients = PATIENTS;
    w->workers = w->accounts = STAFF;
    w->patient = need(keep_arena_array(a, PATIENTS, sizeof *w->patient));
    w->worker = need(keep_arena_array(a, STAFF, sizeof *w->worker));
    w->account = need(keep_arena_array(a, STAFF, sizeof *w->account));
    for (uint32_t i = 0; i < PATIENTS; i++) {
        struct keep_patient *p = &w->patient[i];
        *p = (struct keep_patient){.entity = i + 1, .known = true, .name = KEEP_STR("Patient, A"), .death = KEEP_DATE_NONE, .worker = KEEP_ID_NONE, .deceased = KEEP_TRI_NO,
                                   .confidential = KEEP_TRI_NO, .address_key = {1 + i / 2}, .surname_key = {1 + i / 3}, .labels = below(8) ? 0 : 2};
    }
    for (uint32_t i = 0; i < STAFF; i++) {
        struct keep_interval *in = need(keep_arena_alloc(a, sizeof *in));
        struct keep_account_span *span = need(keep_arena_alloc(a, sizeof *span));
        *in = (struct keep_interval){KEEP_TIME_NONE, KEEP_TIME_NONE, true};
        *span = (struct keep_account_span){i, KEEP_TIME_NONE, KEEP_TIME_NONE};
        w->worker[i] = (struct keep_worker){.entity = i + 1, .known = true, .name = KEEP_STR("Worker, B"), .department = department(i), .role = KEEP_STR("nurse"),
                                            .affiliation = in, .affiliations = 1, .patient = i, .manager = KEEP_ID_NONE, .address_key = {1 + i / 2}, .surname_key = {1 + i / 3}};
        w->patient[i].worker = i;
        w->account[i] = (struct keep_account){.entity = i + 1, .login = KEEP_STR("login"), .kind = KEEP_ACCOUNT_PERSON, .span = span, .spans = 1};
    }
}

/* Each patient's visits are with a few staff of one department, each visit with its facts. */
static void care(struct keep_world *w, struct keep_arena *a)
{
    w->relation = need(keep_arena_array(a, PATIENTS * VISITS * (FACTS + 1), sizeof *w->relation));
    w->encounter = need(keep_arena_array(a, PATIENTS * VISITS, sizeof *w->encounter));
    w->term = need(keep_arena_array(a, DEPARTMENTS, sizeof *w->term));
    w->terms = DEPARTMENTS;
    for (uint32_t d = 0; d < DEPARTMENTS; d++)
        w->term[d] = department(d);
    for (uint32_t p = 0; p < PATIENTS; p++) {
        uint32_t home = below(DEPARTMENTS);
        for (uint32_t v = 0; v < VISITS; v++) {
            keep_time t = (keep_time)v * (YEAR / VISITS) + (keep_time)below(20) * DAY;
            w->encounter[w->encounters++] = (struct keep_encounter){.entity = w->encounters, .patient = p, .facility = KEEP_ID_NONE, .start = t, .end = t + DAY};
            for (uint32_t f = 0; f < FACTS; f++) {
                uint32_t who = home + DEPARTMENTS * below(3);
                w->relation[w->relations++] = (struct keep_relation){.patient = p, .worker = who, .department = KEEP_ID_NONE, .author = f ? who : KEEP_ID_NONE,
                                                                     .kind = (uint8_t)(KEEP_RELATION_ENCOUNTER + f), .from = t, .to = t + DAY, .recorded = t, .row = w->relations};
            }
            w->relation[w->relations++] = (struct keep_relation){.patient = p, .worker = KEEP_ID_NONE, .department = home, .author = KEEP_ID_NONE,
                                                                 .kind = KEEP_RELATION_ENCOUNTER, .from = t, .to = t + DAY, .recorded = t, .row = w->relations};
        }
    }
    qsort(w->relation, w->relations, sizeof *w->relation, by_pair);
}

struct log {
    struct keep_events all;
    uint32_t at;
};

static int next(void *ctx, struct keep_events *out, struct keep_err *err)
{
    struct log *l = ctx;
    (void)err;
    uint32_t i = l->at, n = l->all.n - i < BATCH ? l->all.n - i : BATCH;
    *out = l->all;
    out->n = n;
    out->ordinal += i, out->time += i, out->account += i, out->patient += i, out->place += i, out->unit += i, out->action += i, out->exposure += i;
    out->outcome += i, out->purpose += i, out->break_glass += i, out->searched += i, out->reason += i;
    l->at += n;
    return n > 0;
}

static int again(void *ctx, struct keep_err *err)
{
    (void)err;
    ((struct log *)ctx)->at = 0;
    return 0;
}

static void fill(struct log *l, const struct keep_world *w, uint32_t n, uint32_t strays)
{
    uint64_t *ordinal = need(malloc(n * sizeof *ordinal));
    keep_time *time = need(malloc(n * sizeof *time));
    uint32_t *account = need(malloc(n * 4ull)), *patient = need(malloc(n * 4ull)), *none = need(malloc(n * 4ull));
    uint8_t *action = need(malloc(n)), *exposure = need(malloc(n)), *zero = need(calloc(n, 1)), *searched = need(calloc(n, 1)), *glass = need(malloc(n));
    int16_t *reason = need(malloc(n * sizeof *reason));
    for (uint32_t i = 0; i < n; i++) {
        time[i] = (keep_time)((double)YEAR / n * i);
        const struct keep_relation *r = NULL;
        for (int k = 0; k < 400 && !r; k++) { /* a fact near in time, so that most accesses follow from care */
            const struct keep_relation *x = &w->relation[below((uint32_t)w->relations)];
            if (x->worker != KEEP_ID_NONE && x->from <= time[i] && x->from + 20 * DAY >= time[i])
                r = x;
        }
        bool stray = below(1000) < strays * 10 || !r;
        ordinal[i] = i + 1;
        account[i] = stray ? below(STAFF) : r->worker;
        patient[i] = stray ? below(PATIENTS) : r->patient;
        none[i] = KEEP_ID_NONE;
        action[i] = below(20) ? KEEP_ACTION_VIEW : KEEP_ACTION_PRINT;
        exposure[i] = below(8) ? KEEP_EXPOSURE_OPENED : KEEP_EXPOSURE_LISTED;
        searched[i] = below(30) == 0;
        glass[i] = below(2000) ? KEEP_TRI_NO : KEEP_TRI_YES;
        reason[i] = glass[i] == KEEP_TRI_YES ? (int16_t)below(20) : 0;
    }
    l->all = (struct keep_events){n, 1, ordinal, time, account, patient, none, none, action, exposure, zero, zero, glass, searched, reason, 0};
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000, strays = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    struct keep_arena *a = need(keep_arena_new(0)), *out = need(keep_arena_new(0));
    struct keep_world w = {.newest = YEAR};
    struct log l = {0};
    const struct keep_policy *p = packs(a);
    people(&w, a);
    care(&w, a);
    fill(&l, &w, n, strays);
    struct keep_event_scan scan = {.ctx = &l, .next = next, .rewind = again};
    struct keep_audit_input in = {.policy = p, .world = &w, .scan = &scan, .as_of = KEEP_TIME_NONE, .total_events = n};
    struct keep_audit_result r;
    struct keep_err err = {0};
    double best = 0;
    for (int k = 0; k < 3; k++) {
        struct timespec from, to;
        keep_arena_reset(out);
        clock_gettime(CLOCK_MONOTONIC, &from);
        if (keep_audit_run(&in, out, &r, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return 3;
        }
        clock_gettime(CLOCK_MONOTONIC, &to);
        double rate = n / ((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
        best = rate > best ? rate : best;
    }
    char name[64], note[256];
    snprintf(name, sizeof name, "audit_%uk_events_one_core", n / 1000);
    snprintf(note, sizeof note, "from memory, best of 3; %zu rules and %zu explanations; %llu expected, %llu flagged, %llu unexplained, %llu not assessed, %zu cases; goal: 3 million on two cores",
             p->accesses, p->explanations, (unsigned long long)r.verdicts[KEEP_VERDICT_EXPECTED], (unsigned long long)r.verdicts[KEEP_VERDICT_FLAGGED],
             (unsigned long long)r.verdicts[KEEP_VERDICT_UNEXPLAINED], (unsigned long long)r.verdicts[KEEP_VERDICT_NOT_ASSESSED], r.case_n);
    bench_row(&(struct bench_row){name, "Mevents/s", best / 1e6, 0, 0, BENCH_OURS_FROM, 1.5, note});
    return 0;
}
