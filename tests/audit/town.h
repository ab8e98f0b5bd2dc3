/* A small world built by hand, for the tests of the audit. Everything lives in
 * one arena; arrays have room for a few dozen rows. */
#ifndef TESTS_AUDIT_TOWN_H
#define TESTS_AUDIT_TOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/audit/audit.h"
#include "core/policy/policy.h"

enum { TOWN_ROWS = 128, TOWN_EVENTS = 4096 };
#define HOUR ((keep_time)3600 * KEEP_USEC)
#define DAY (24 * HOUR)
#define NOON (20000 * DAY + 12 * HOUR) /* of some day in 2024 */

struct town {
    struct keep_arena *a;
    struct keep_world w;
    const struct keep_policy *p;
    uint64_t ordinal[TOWN_EVENTS];
    keep_time time[TOWN_EVENTS];
    uint32_t account[TOWN_EVENTS], patient[TOWN_EVENTS], place[TOWN_EVENTS], unit[TOWN_EVENTS];
    uint8_t action[TOWN_EVENTS], exposure[TOWN_EVENTS], outcome[TOWN_EVENTS], purpose[TOWN_EVENTS], glass[TOWN_EVENTS], searched[TOWN_EVENTS];
    int16_t reason[TOWN_EVENTS];
    uint32_t n, at, batch;
    struct keep_event_scan scan;
};

static inline struct keep_events town_slice(struct town *t, uint32_t from, uint32_t n)
{
    return (struct keep_events){n, 1, t->ordinal + from, t->time + from, t->account + from, t->patient + from, t->place + from, t->unit + from,
                                t->action + from, t->exposure + from, t->outcome + from, t->purpose + from, t->glass + from, t->searched + from,
                                t->reason + from, from, 0};
}

static inline int town_next(void *ctx, struct keep_events *out, struct keep_err *err)
{
    struct town *t = ctx;
    uint32_t n = t->n - t->at < t->batch ? t->n - t->at : t->batch;
    (void)err;
    *out = town_slice(t, t->at, n);
    t->at += n;
    return n > 0;
}

static inline int town_rewind(void *ctx, struct keep_err *err)
{
    (void)err;
    ((struct town *)ctx)->at = 0;
    return 0;
}

static inline const struct keep_policy *town_compile(struct keep_arena *a, const char *blocks)
{
    static const char head[] = "pack \"t\" { version \"1\" language 1 }\n";
    char *text = keep_arena_alloc(a, sizeof head + strlen(blocks));
    memcpy(text, head, sizeof head - 1);
    memcpy(text + sizeof head - 1, blocks, strlen(blocks) + 1);
    struct keep_policy_text file = {"town.policy", keep_str_of(text)};
    struct keep_diags diags = {.arena = a};
    struct keep_err err = {0};
    const struct keep_policy *p = NULL;
    int rc = keep_policy_compile(&p, &file, 1, a, &diags, &err);
    for (size_t i = 0; rc && i < diags.n; i++)
        if (diags.list[i].level == KEEP_DIAG_ERROR)
            print_error("%s:%u: %s\n", diags.list[i].file, diags.list[i].line, diags.list[i].text);
    assert_int_equal(rc, 0);
    return p;
}

static inline struct town *town_new(const char *blocks)
{
    struct town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->a = keep_arena_new(0);
    t->p = town_compile(t->a, blocks);
    t->batch = TOWN_EVENTS;
    t->scan = (struct keep_event_scan){.ctx = t, .next = town_next, .rewind = town_rewind};
    t->w.arena = t->a;
    t->w.newest = KEEP_TIME_NONE;
    t->w.patient = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.patient);
    t->w.worker = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.worker);
    t->w.account = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.account);
    t->w.relation = keep_arena_array(t->a, TOWN_EVENTS, sizeof *t->w.relation);
    t->w.encounter = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.encounter);
    t->w.term = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.term);
    t->w.source = keep_arena_alloc(t->a, sizeof *t->w.source);
    t->w.source[0] = (struct keep_source){.id = 1, .name = KEEP_STR("log"), .from = KEEP_DATE_NONE, .through = KEEP_DATE_NONE, .closed_on = KEEP_DATE_NONE};
    t->w.sources = 1;
    return t;
}

static inline void town_free(struct town *t)
{
    keep_arena_free(t->a);
    free(t);
}

static inline uint32_t town_patient(struct town *t, const char *name)
{
    uint32_t i = (uint32_t)t->w.patients++;
    t->w.patient[i] = (struct keep_patient){.entity = 100 + i, .known = true, .name = keep_str_of(name), .death = KEEP_DATE_NONE, .worker = KEEP_ID_NONE};
    return i;
}

/* A worker with an account of the same number. */
static inline uint32_t town_worker(struct town *t, const char *name, const char *department)
{
    uint32_t i = (uint32_t)t->w.workers++, k = (uint32_t)t->w.accounts++;
    struct keep_account_span *s = keep_arena_alloc(t->a, sizeof *s);
    assert_int_equal(i, k);
    t->w.worker[i] = (struct keep_worker){.entity = 200 + i, .known = true, .name = keep_str_of(name), .department = keep_str_of(department),
                                          .patient = KEEP_ID_NONE, .manager = KEEP_ID_NONE};
    *s = (struct keep_account_span){i, KEEP_TIME_NONE, KEEP_TIME_NONE};
    t->w.account[k] = (struct keep_account){.entity = 300 + k, .login = keep_str_of(name), .kind = KEEP_ACCOUNT_PERSON, .span = s, .spans = 1};
    return i;
}

static inline int town_by_training(const void *a, const void *b)
{
    const struct keep_training *x = a, *y = b;
    return x->worker != y->worker ? (x->worker > y->worker) - (x->worker < y->worker) : (x->completed > y->completed) - (x->completed < y->completed);
}

static inline void town_training(struct town *t, uint32_t worker, const char *course, keep_date completed, keep_date until)
{
    if (!t->w.training)
        t->w.training = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.training);
    assert_true(t->w.trainings < TOWN_ROWS);
    t->w.training[t->w.trainings++] = (struct keep_training){worker, keep_str_of(course), completed, until, 1};
    qsort(t->w.training, t->w.trainings, sizeof *t->w.training, town_by_training);
}

/* The source has the whole workforce, all trainings and all accesses from all time through the day. */
static inline void town_vouches(struct town *t, keep_date through)
{
    static const struct keep_str klass[] = {{"training", 8}, {"AuditEvent", 10}, {"roster", 6}, {"Practitioner", 12}};
    t->w.source[0] = (struct keep_source){.id = 1, .name = KEEP_STR("log"), .klass = klass, .classes = 4, .all_facilities = true, .from = KEEP_DATE_NONE,
                                          .through = through, .closed_on = KEEP_DATE_NONE, .complete = true, .declared = true};
}

/* Duties must be added in order of (worker, from). */
static inline void town_duty(struct town *t, uint32_t worker, int kind, keep_time from, keep_time to)
{
    if (!t->w.duty)
        t->w.duty = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.duty);
    t->w.duty[t->w.duties++] = (struct keep_duty_span){.worker = worker, .unit = KEEP_ID_NONE, .kind = (uint8_t)kind, .from = from, .to = to, .source = 1};
}

static inline uint32_t town_term(struct town *t, const char *word)
{
    t->w.term[t->w.terms] = keep_str_of(word);
    return (uint32_t)t->w.terms++;
}

/* Relations must be added in order of (patient, from). */
static inline struct keep_relation *town_relation(struct town *t, int kind, uint32_t worker, uint32_t patient, keep_time from, keep_time to)
{
    struct keep_relation *r = &t->w.relation[t->w.relations++];
    *r = (struct keep_relation){.patient = patient, .worker = worker, .department = KEEP_ID_NONE, .author = KEEP_ID_NONE, .kind = (uint8_t)kind,
                                .from = from, .to = to, .recorded = from, .source = 1, .row = t->w.relations};
    return r;
}

/* An opened chart. */
static inline uint32_t town_event(struct town *t, keep_time time, uint32_t account, uint32_t patient)
{
    uint32_t i = t->n++;
    assert_true(i < TOWN_EVENTS);
    t->ordinal[i] = i + 1;
    t->time[i] = time;
    t->account[i] = account;
    t->patient[i] = patient;
    t->place[i] = t->unit[i] = KEEP_ID_NONE;
    t->action[i] = KEEP_ACTION_VIEW;
    t->exposure[i] = KEEP_EXPOSURE_OPENED;
    t->outcome[i] = KEEP_OUTCOME_SUCCESS;
    t->reason[i] = -1;
    return i;
}

static inline struct keep_audit_input town_input(struct town *t)
{
    return (struct keep_audit_input){.policy = t->p, .world = &t->w, .scan = &t->scan, .as_of = KEEP_TIME_NONE, .total_events = t->n};
}

static inline struct keep_audit_result town_audit(struct town *t)
{
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r;
    struct keep_err err = {0};
    int rc = keep_audit_run(&in, t->a, &r, &err);
    if (rc)
        print_error("%s\n", err.text);
    assert_int_equal(rc, 0);
    return r;
}

static inline void assert_str(struct keep_str s, const char *want)
{
    if (!keep_str_is(s, want))
        print_error("have \"%.*s\"\nwant \"%s\"\n", (int)s.n, s.n ? s.p : "", want);
    assert_true(keep_str_is(s, want));
}

/* Blocks that many tests use. */
#define TOWN_VISIT                                                                                                                            \
    "explanation \"visit\" { title \"v\" when related([\"encounter\"], duration(\"24h\"), duration(\"48h\")) missing \"a visit\" "              \
    "authority \"a\" checked \"unverified\" }\n"
#define TOWN_RULE(id, weight, severity, body)                                                                                                 \
    "access \"" id "\" { title \"T " id "\" severity " severity " weight " #weight " " body                                                   \
    " authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{user.name} opened {patient.name}\" }\n"
#define TOWN_EVIDENCE(id, weight, body) "evidence \"" id "\" { title \"" id "\" weight " #weight " when " body " explain \"e\" }\n"

#endif
