/* A small hospital in memory for the tests of this folder: people, sources and
 * records in fixed arrays, one policy compiled from text. */
#ifndef TESTS_RETENTION_BED_H
#define TESTS_RETENTION_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto/hash.h"
#include "core/retention/retention.h"

#define BED 32
enum { CPT, ICD9, ENCOUNTER, DOCUMENT, PATIENT, PERSON, IMAGE, DEVICE, TERMS };

struct bed {
    struct keep_arena *arena;
    struct keep_world world;
    struct keep_str term[TERMS];
    struct keep_patient patient[BED];
    struct keep_facility facility[BED];
    struct keep_encounter encounter[BED];
    struct keep_source source[BED];
    struct keep_record record[BED];
    struct keep_code_ref code[BED];
    size_t records, codes, next;
    struct keep_hold hold[BED];
    struct keep_adoption adoption[4];
    struct keep_set_state state[BED];
    size_t states;
    struct keep_retention_input in;
    struct keep_retention_result result;
    struct keep_record_scan scan;
    struct keep_err err;
};

static inline keep_date day(const char *s)
{
    keep_date d;
    enum keep_precision p;
    assert_true(keep_civil_parse_date(keep_str_of(s), &d, &p));
    return d;
}

static inline int bed_next(void *ctx, struct keep_record *out, struct keep_err *err)
{
    struct bed *b = ctx;
    (void)err;
    if (b->next == b->records)
        return 0;
    *out = b->record[b->next++];
    return 1;
}

static inline int bed_state(void *ctx, const uint8_t set[16], struct keep_set_state *out, struct keep_err *err)
{
    struct bed *b = ctx;
    (void)err;
    for (size_t i = 0; i < b->states; i++)
        if (memcmp(b->state[i].set, set, 16) == 0) {
            *out = b->state[i];
            return 0;
        }
    return 1;
}

static inline const struct keep_policy *bed_policy(struct bed *b, const char *text)
{
    struct keep_diags ds = {.arena = b->arena};
    struct keep_policy_text t = {"test.policy", keep_str_of(text)};
    const struct keep_policy *p = NULL;
    struct keep_buf out = KEEP_BUF_INIT;
    int rc = keep_policy_compile(&p, &t, 1, b->arena, &ds, &b->err);
    for (size_t i = 0; rc && i < ds.n; i++) {
        if (ds.list[i].level == KEEP_DIAG_ERROR)
            keep_diag_format(&ds.list[i], &out);
    }
    if (rc)
        fail_msg("%.*s%s", (int)out.n, (char *)out.p, b->err.text);
    keep_buf_free(&out);
    return p;
}

/* One closed, complete, official source; Kansas hospital 0; patient 0 born 1950. */
static inline struct bed *bed_new(const char *policy)
{
    static const char *const terms[TERMS] = {"CPT", "ICD-9-CM", "Encounter", "DocumentReference", "Patient", "RelatedPerson", "ImagingStudy", "Device"};
    static const uint8_t salt[32] = {1};
    struct bed *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->arena = keep_arena_new(0);
    for (int i = 0; i < TERMS; i++)
        b->term[i] = keep_str_of(terms[i]);
    for (size_t i = 0; i < BED; i++) {
        b->patient[i] = (struct keep_patient){.entity = 100 + i, .known = true, .birth = {day("1950-01-01"), KEEP_PREC_DAY}, .death = KEEP_DATE_NONE, .worker = KEEP_ID_NONE};
        b->facility[i] = (struct keep_facility){.entity = 200 + i, .known = true, .name = KEEP_STR("Mercy"), .type = KEEP_STR("hospital"), .state = KEEP_STR("KS")};
        b->source[i] = (struct keep_source){.id = (uint32_t)(10 + i), .name = i ? KEEP_STR("other") : KEEP_STR("ehr"), .all_classes = true, .all_facilities = true, .from = KEEP_DATE_NONE,
                                            .through = KEEP_DATE_NONE, .closed_on = day("2020-12-31"), .complete = true, .codes_complete = true, .custody = KEEP_CUSTODY_OFFICIAL, .declared = true};
    }
    b->world = (struct keep_world){.arena = b->arena, .patient = b->patient, .patients = 1, .facility = b->facility, .facilities = 1, .encounter = b->encounter, .source = b->source, .sources = 1,
                                   .term = b->term, .terms = TERMS, .newest = KEEP_TIME_NONE};
    b->scan = (struct keep_record_scan){b, bed_next};
    b->in = (struct keep_retention_input){.policy = policy ? bed_policy(b, policy) : NULL, .world = &b->world, .records = &b->scan, .as_of = day("2026-11-21"), .adoption = b->adoption,
                                          .hold = b->hold, .state = bed_state, .state_ctx = b, .salt = salt};
    return b;
}

static inline void bed_free(struct bed *b)
{
    keep_arena_free(b->arena);
    free(b);
}

static inline struct keep_record *bed_record(struct bed *b, uint32_t patient, int kind, const char *service)
{
    struct keep_record *r = &b->record[b->records++];
    *r = (struct keep_record){.id = b->records, .version = 1, .kind = (uint32_t)kind, .source = 10, .patient = patient, .facility = patient == KEEP_ID_NONE ? KEEP_ID_NONE : 0,
                              .encounter = KEEP_ID_NONE, .service_first = KEEP_DATE_NONE, .service_last = service ? day(service) : KEEP_DATE_NONE, .created = KEEP_DATE_NONE,
                              .custody = KEEP_CUSTODY_OFFICIAL};
    memset(r->leaf, (int)b->records, sizeof r->leaf);
    return r;
}

static inline void bed_code(struct bed *b, struct keep_record *r, int system, const char *code)
{
    struct keep_code_ref *c = &b->code[b->codes++];
    *c = (struct keep_code_ref){(uint32_t)system, keep_str_of(code)};
    if (!r->codes)
        r->code = c;
    r->codes++;
}

static inline struct keep_encounter *bed_stay(struct bed *b, uint32_t patient, const char *start, const char *end)
{
    struct keep_encounter *e = &b->encounter[b->world.encounters++];
    *e = (struct keep_encounter){.entity = 300 + b->world.encounters, .patient = patient, .facility = 0, .status = KEEP_STR("finished"), .start = KEEP_TIME_NONE, .end = KEEP_TIME_NONE,
                                 .start_date = day(start), .end_date = end ? day(end) : KEEP_DATE_NONE, .source = 10};
    return e;
}

/* The policy's first pack as this hospital adopted it. */
static inline void bed_adopt(struct bed *b)
{
    const struct keep_pack *p = &b->in.policy->pack[0];
    struct keep_adoption *a = &b->adoption[0];
    *a = (struct keep_adoption){.id = 1, .pack = p->name, .version = p->version, .text = p->text, .adopted = day("2026-01-01"), .review_by = day("2027-11-21")};
    keep_hash_blake2b(a->digest, p->text.p, p->text.n);
    b->in.adoptions = 1;
}

static inline int bed_try(struct bed *b)
{
    b->next = 0;
    b->err.code = 0;
    return keep_retention_run(&b->in, b->arena, &b->result, &b->err);
}

static inline void bed_run(struct bed *b)
{
    uint64_t n = 0;
    int rc = bed_try(b);
    if (rc)
        fail_msg("%d: %s", rc, b->err.text);
    assert_int_equal(b->result.records, b->records);
    for (size_t i = 0; i < b->result.sets; i++) {
        const struct keep_set *s = &b->result.set[i];
        n += s->records;
        if (s->kind == KEEP_UNTIL_UNKNOWN)
            assert_true(s->reason.n > 0); /* every set has a date or a reason */
    }
    assert_int_equal(n, b->records);
}

static inline const struct keep_set *bed_set(const struct bed *b, const char *series)
{
    for (size_t i = 0; i < b->result.sets; i++)
        if (keep_str_is(b->in.policy->series[b->result.set[i].series].id, series))
            return &b->result.set[i];
    fail_msg("no set of series %s", series);
    return NULL;
}

static inline void bed_has(struct keep_str text, const char *part)
{
    if (!memmem(text.p ? text.p : "", text.n, part, strlen(part)))
        fail_msg("\"%.*s\" does not say \"%s\"", (int)text.n, text.p ? text.p : "", part);
}

static inline void bed_until(const struct keep_set *s, const char *until)
{
    char d[KEEP_CIVIL_DATE_SIZE];
    if (s->kind != KEEP_UNTIL_DATE)
        fail_msg("no date: %.*s", (int)s->reason.n, s->reason.p);
    assert_string_equal(keep_civil_format_date(s->keep_until, d), until);
}

static inline void bed_status(const struct keep_set *s, enum keep_set_status want)
{
    if (s->status != want)
        fail_msg("%s, want %s: %.*s", keep_vocab_set_status_word((int)s->status), keep_vocab_set_status_word((int)want), (int)s->reason.n, s->reason.p ? s->reason.p : "");
}

#endif
