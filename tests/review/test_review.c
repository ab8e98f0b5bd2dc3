/* Goal: findings come gravest first, bear ids that are the same in every run, are
 * masked, and what cannot be told is counted with what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/review/review.h"

#define RULE(id, over, severity, when, text) \
    "review \"" id "\" { title \"t\" over " over " queue \"q\" severity " severity " when " when \
    " authority \"a\" threshold \"h\" state house_policy checked date(\"2026-01-01\") source \"s\" explain \"" text "\" }\n"
static const char pack[] = "pack \"p\" { version \"1\" language 1 }\n"
                           RULE("alike", "patient", "medium", "patient.alike > 0", "{patient.name} is like {patient.alike}")
                           RULE("born", "patient", "low", "!has(patient.birth_date)", "{patient.name}")
                           RULE("open", "encounter", "high", "encounter.days_since_start > 10 && !has(encounter.end_date)", "since {encounter.start_date}")
                           RULE("silent", "encounter", "low", "!encounter.has_note", "no note")
                           RULE("dead", "record", "critical", "record.days_after_death > 0", "{record.days_after_death} days")
                           RULE("visit", "record", "low", "!record.names_visit && record.days_since_created > 30", "of no visit");

static struct keep_str terms[] = {{"DocumentReference", 17}, {"Procedure", 9}};

struct scene {
    struct keep_arena *a;
    const struct keep_policy *policy;
    struct keep_patient patient[4];
    struct keep_encounter encounter[2];
    struct keep_relation relation[1];
    struct keep_source source;
    struct keep_world world;
    struct keep_record record[3];
    size_t at[2];
    struct keep_record_scan scan[2];
    size_t records;
};
static struct scene scene;

static int next(void *ctx, struct keep_record *out, struct keep_err *err)
{
    size_t *at = ctx;
    (void)err;
    if (*at == scene.records)
        return 0;
    *out = scene.record[(*at)++];
    return 1;
}

static int setup(void **state)
{
    struct scene *s = &scene;
    struct keep_policy_text text = {"p.policy", KEEP_STR(pack)};
    struct keep_diags diags = {0};
    (void)state;
    memset(s, 0, sizeof *s);
    s->a = keep_arena_new(0);
    diags.arena = s->a;
    if (keep_policy_compile(&s->policy, &text, 1, s->a, &diags, NULL) != 0)
        return -1;
    static const char *const names[] = {"Doe, Jane", "DOE, Jane", "Roe, Max", "Poe, Ann"};
    for (int i = 0; i < 4; i++)
        s->patient[i] = (struct keep_patient){.entity = (uint64_t)i + 1, .known = i != 3, .name = keep_str_of(names[i]), .death = KEEP_DATE_NONE, .worker = KEEP_ID_NONE,
                                              .birth = {keep_civil_from_ymd(1980, 2, 3), i == 2 ? KEEP_PREC_YEAR : KEEP_PREC_DAY}};
    s->patient[2].death = keep_civil_from_ymd(2025, 1, 1);
    s->encounter[0] = (struct keep_encounter){.entity = 11, .patient = 0, .start_date = keep_civil_from_ymd(2025, 1, 1), .end_date = KEEP_DATE_NONE, .start = 0, .end = KEEP_TIME_NONE};
    s->encounter[1] = (struct keep_encounter){.entity = 12, .patient = 1, .start_date = keep_civil_from_ymd(2025, 1, 1), .end_date = keep_civil_from_ymd(2025, 1, 2), .start = 0, .end = 1};
    s->record[0] = (struct keep_record){.id = 5, .kind = 0, .patient = 1, .encounter = 1, .created = KEEP_DATE_NONE, .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE};
    s->record[1] = (struct keep_record){.id = 6, .kind = 1, .patient = 2, .encounter = KEEP_ID_NONE, .created = KEEP_DATE_NONE,
                                        .service_last = keep_civil_from_ymd(2025, 1, 9)};
    s->record[1].service_first = s->record[1].service_last;
    s->record[2] = s->record[1];
    s->record[2].id = 7;
    s->record[2].destroyed = true;
    s->records = 3;
    s->world = (struct keep_world){.patient = s->patient, .patients = 4, .encounter = s->encounter, .encounters = 2, .relation = s->relation, .term = terms, .terms = 2, .source = &s->source, .sources = 1};
    s->source = (struct keep_source){.declared = true, .complete = true, .all_classes = true, .all_facilities = true, .from = KEEP_DATE_NONE, .through = keep_civil_from_ymd(2025, 2, 1), .closed_on = KEEP_DATE_NONE};
    for (int i = 0; i < 2; i++)
        s->scan[i] = (struct keep_record_scan){&s->at[i], next};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keep_arena_free(scene.a);
    return 0;
}

static struct keep_str mask(void *ctx, const uint8_t finding[16], enum keep_field f, uint64_t entity, struct keep_str clear)
{
    static char z[32];
    (void)ctx;
    (void)finding;
    (void)f;
    (void)clear;
    snprintf(z, sizeof z, "patient %llu", (unsigned long long)entity);
    return keep_str_of(z);
}

static struct keep_review_input input(void)
{
    scene.at[0] = scene.at[1] = 0;
    return (struct keep_review_input){.policy = scene.policy, .world = &scene.world, .notes = &scene.scan[0], .records = &scene.scan[1], .as_of = keep_civil_from_ymd(2025, 2, 1), .mask = mask};
}

static void test_review_order_and_words(void **state)
{
    static const char *const want[] = {"8 days", "since 2025-01-01", "patient 1 is like 1", "patient 2 is like 1", "patient 3", "no note"};
    struct keep_review_input in = input();
    struct keep_review_result r, again;
    (void)state;
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.findings, 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(keep_str_is(r.finding[i].sentence, want[i]));
    assert_int_equal(r.finding[0].record, 6);
    assert_int_equal(r.finding[1].encounter, 0);
    assert_int_equal(r.count[0].looked, 3); /* who is only mentioned has no chart */
    assert_int_equal(r.count[0].unable, 1); /* a year of birth is no day */
    assert_true(keep_str_is(r.count[0].missing, "patient.name and patient.birth_date"));
    assert_int_equal(r.count[4].looked, 2); /* the destroyed one is gone */
    assert_int_equal(r.count[4].unable, 1);
    in = input();
    assert_int_equal(keep_review_run(&in, scene.a, &again, NULL), 0);
    for (size_t i = 0; i < 6; i++)
        assert_memory_equal(r.finding[i].id, again.finding[i].id, 16);
}

static void test_review_notes_that_came_as_facts(void **state)
{
    struct keep_review_input in = input();
    struct keep_review_result r;
    (void)state;
    scene.records = 0;
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.count[3].found, 0); /* no source of notes at all */
    assert_int_equal(r.count[3].unable, 2);
    scene.relation[0] = (struct keep_relation){.patient = 0, .kind = KEEP_RELATION_NOTE, .from = 5};
    scene.world.relations = 1;
    in = input();
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.count[3].found, 1); /* the other encounter */
    scene.relation[0].patient = 1;
    scene.encounter[1].start = KEEP_TIME_NONE; /* nobody recorded when it began: the note may be its own */
    scene.encounter[1].end = 10;
    in = input();
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.count[3].found, 1);
    assert_int_equal(r.finding[r.findings - 1].encounter, 0);
    scene.encounter[1].start = 0;
    scene.encounter[1].end = 1;
    scene.world.relations = 0;
    scene.records = 3;
}

/* A note that names no visit is of the one that its day falls into; one that names a visit that is not on file is not of none. */
static void test_review_notes_of_no_visit_on_file(void **state)
{
    struct keep_record before = scene.record[0];
    struct keep_review_result r;
    (void)state;
    static const struct {
        int y, m, d;
        uint64_t silent;
    } cases[] = {{2025, 1, 20, 1}, {2025, 2, 20, 2}, {2024, 12, 1, 2}};
    for (size_t i = 0; i < 3; i++) {
        struct keep_review_input in = input();
        scene.record[0].encounter = KEEP_ID_NONE;
        scene.record[0].created = keep_civil_from_ymd(cases[i].y, cases[i].m, cases[i].d);
        assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
        assert_int_equal(r.count[3].found, cases[i].silent);
    }
    assert_int_equal(r.count[5].found, 1); /* made two months ago, of no visit */
    scene.record[0].encounter_missing = true;
    struct keep_review_input in = input();
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.count[5].found, 0);
    scene.encounter[0].patient = KEEP_ID_NONE; /* nobody knows whose stay it was */
    in = input();
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.count[3].found, 1);
    scene.encounter[0].patient = 0;
    scene.source.through = keep_civil_from_ymd(2025, 1, 15); /* what was noted later is not attested to be here */
    in = input();
    assert_int_equal(keep_review_run(&in, scene.a, &r, NULL), 0);
    assert_int_equal(r.count[3].found, 0);
    scene.source.through = keep_civil_from_ymd(2025, 2, 1);
    scene.record[0] = before;
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
    return 1;
}

static int fails(void *ctx, struct keep_record *out, struct keep_err *err)
{
    (void)ctx;
    (void)out;
    return keep_err_set(err, KEEP_E_IO, "the disk is gone");
}

static void test_review_stops(void **state)
{
    struct keep_review_input in = input();
    struct keep_record_scan broken = {NULL, fails};
    struct keep_review_result r;
    struct keep_err err = {0};
    struct keep_patient *many = calloc(5000, sizeof *many);
    (void)state;
    in.records = &broken;
    assert_int_equal(keep_review_run(&in, scene.a, &r, &err), KEEP_E_IO);
    in = input();
    in.notes = &broken;
    assert_int_equal(keep_review_run(&in, scene.a, &r, &err), KEEP_E_IO);
    in = input();
    in.progress = stop;
    for (int i = 0; i < 5000; i++)
        many[i].known = true;
    scene.world.patient = many;
    scene.world.patients = 5000;
    assert_int_equal(keep_review_run(&in, scene.a, &r, &err), KEEP_E_INTERRUPTED);
    scene.world.patient = scene.patient;
    scene.world.patients = 4;
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_review_order_and_words), cmocka_unit_test(test_review_notes_that_came_as_facts),
                                       cmocka_unit_test(test_review_notes_of_no_visit_on_file), cmocka_unit_test(test_review_stops)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
