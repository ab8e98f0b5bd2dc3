/* Goal: each source's classes, days and claims are told as they are; a stretch without rows is found by the rule that
 * the header states and no other; what is attested and not there is missing; an interruption stops it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/coverage.h"
#include "tests/aid/clinic.h"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static void run(struct clinic *c, struct keep_coverage *v)
{
    clinic_must(c, keep_coverage_run(v, c->s, &(struct keep_coverage_params){.packs = NULL}, &c->err));
}

static const struct keep_coverage_class *class_of(const struct keep_coverage *v, const char *source, const char *name)
{
    for (size_t i = 0; i < v->classes; i++)
        if (keep_str_is(v->klass[i].name, name) && keep_str_is(v->world.source[v->klass[i].source].name, source))
            return &v->klass[i];
    return NULL;
}

static void test_coverage_of_an_empty_keep(void **state)
{
    struct clinic *c = *state;
    struct keep_coverage v;
    run(c, &v);
    assert_int_equal(v.world.sources, 0);
    assert_int_equal(v.classes, 0);
    assert_int_equal(v.rules, 0);
    keep_coverage_free(&v);
}

static void test_coverage_counts_what_a_source_brought(void **state)
{
    struct clinic *c = *state;
    struct keep_coverage v;
    clinic_fill(c, "official");
    clinic_import(c, "other", "bad.ndjson", "not json\n");
    run(c, &v);
    assert_int_equal(v.world.sources, 2);
    const struct keep_coverage_class *k = class_of(&v, "ehr", "Encounter");
    assert_non_null(k);
    assert_int_equal(k->rows, 2);
    assert_int_equal(k->claim, KEEP_COVERAGE_ATTESTED);
    assert_int_equal(k->first, keep_civil_from_ymd(2001, 3, 4));
    assert_int_equal(k->last, keep_civil_from_ymd(2024, 2, 1));
    assert_int_equal(k->gaps, 0); /* two days say nothing of gaps */
    k = class_of(&v, "ehr", "patient");
    assert_int_equal(k->rows, 2);
    assert_int_equal(k->first, KEEP_DATE_NONE);
    assert_true(v.source[0].latest != KEEP_TIME_NONE);
    assert_int_equal(v.source[0].quarantined, 0);
    assert_int_equal(v.source[1].quarantined, 1);
    assert_true(v.complete);
    assert_int_equal(v.day[KEEP_COVERAGE_DISCHARGE].known, 2);
    assert_int_equal(v.field[KEEP_FIELD_patient_birth_date].known, 2);
    assert_int_equal(v.roster, 0);
    keep_coverage_free(&v);
}

static void declare(struct clinic *c, const char *source, const char *text)
{
    uint32_t id;
    clinic_must(c, keep_import_declare(c->s, source, clinic_file(c, "d.json", text), c->him, &id, &c->err));
}

static void test_coverage_compares_with_what_is_attested(void **state)
{
    struct clinic *c = *state;
    struct keep_coverage v;
    declare(c, "ehr", "{\"classes\":[\"Patient\",\"Claim\",\"Practitioner\"],\"facilities\":\"all\",\"closed_on\":\"2024-08-06\",\"complete\":true}");
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_stay(&b, "a", "1990-01-01", "2020-05-05");
    keep_buf_str(&b, "{\"resourceType\":\"Practitioner\",\"id\":\"p\",\"name\":[{\"family\":\"P\"}]}\n");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "a.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    run(c, &v);
    assert_int_equal(class_of(&v, "ehr", "Patient")->claim, KEEP_COVERAGE_ATTESTED);
    assert_int_equal(class_of(&v, "ehr", "Encounter")->claim, KEEP_COVERAGE_NOT_ATTESTED);
    assert_int_equal(class_of(&v, "ehr", "Claim")->claim, KEEP_COVERAGE_MISSING);
    assert_int_equal(class_of(&v, "ehr", "Claim")->rows, 0);
    assert_int_equal(class_of(&v, "ehr", "worker")->claim, KEEP_COVERAGE_ATTESTED); /* what Practitioner brings */
    assert_int_equal(class_of(&v, "ehr", "encounter")->claim, KEEP_COVERAGE_UNSAID);
    keep_coverage_free(&v);
    clinic_import(c, "nobody", "b.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"z\"}\n");
    run(c, &v);
    assert_int_equal(class_of(&v, "nobody", "Patient")->claim, KEEP_COVERAGE_UNSAID);
    keep_coverage_free(&v);
}

/* n Conditions, a day apart each, from a day on. */
static void conditions(struct keep_buf *b, const char *prefix, keep_date from, int n, int apart)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    for (int i = 0; i < n; i++)
        keep_buf_printf(b, "{\"resourceType\":\"Condition\",\"id\":\"%s%d\",\"subject\":{\"reference\":\"Patient/a\"},\"onsetDateTime\":\"%s\",\"recordedDate\":\"%s\"}\n", prefix, i,
                        keep_civil_format_date(from + i * apart, day), day);
}

static size_t gaps_after(struct clinic *c, int quiet, int n, int apart, struct keep_coverage_gap *first)
{
    struct keep_coverage v;
    struct keep_buf b = KEEP_BUF_INIT;
    keep_date day = keep_civil_from_ymd(2020, 1, 1);
    char name[32], prefix[32];
    static int turn;
    turn++;
    snprintf(name, sizeof name, "s%d", turn);
    snprintf(prefix, sizeof prefix, "c%d-", turn);
    conditions(&b, prefix, day, n, apart);
    snprintf(prefix, sizeof prefix, "d%d-", turn);
    conditions(&b, prefix, day + (n - 1) * apart + quiet + 1, n, apart);
    keep_buf_char(&b, '\0');
    clinic_import(c, name, "x.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    run(c, &v);
    const struct keep_coverage_class *k = class_of(&v, name, "Condition");
    size_t gaps = k->gaps;
    if (gaps)
        *first = k->gap[0];
    assert_int_equal(k->rows, 2 * n);
    keep_coverage_free(&v);
    return gaps;
}

static void test_coverage_gaps_by_days(void **state)
{
    struct clinic *c = *state;
    struct keep_coverage_gap g;
    assert_int_equal(gaps_after(c, 10, 30, 1, &g), 0); /* ten times the usual distance of a day */
    assert_int_equal(gaps_after(c, 11, 30, 1, &g), 1);
    assert_int_equal(g.empty, 11);
    assert_int_equal(g.usual, 1);
    assert_int_equal(g.from, (keep_time)(keep_civil_from_ymd(2020, 1, 1) + 30) * 86400 * KEEP_USEC);
    assert_int_equal(g.to, g.from + (keep_time)10 * 86400 * KEEP_USEC);
    assert_int_equal(gaps_after(c, 29, 20, 3, &g), 0); /* every third day: thirty days are usual enough */
    assert_int_equal(gaps_after(c, 31, 20, 3, &g), 1);
    assert_int_equal(gaps_after(c, 60, 4, 1, &g), 0);  /* eight days say nothing */
    assert_int_equal(gaps_after(c, 60, 5, 1, &g), 1);  /* ten do */
}

#define MAP CLINIC_PACK("1") "map \"log\" { into events column event_id from \"id\" column time from \"when\" column account from \"who\" column patient_id from \"whom\" }\n"

static void test_coverage_gaps_of_a_log_by_hours(void **state)
{
    struct clinic *c = *state;
    struct keep_coverage v;
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_packs packs;
    struct keep_import_result r;
    char when[KEEP_CIVIL_TIME_SIZE];
    keep_time t = (keep_time)keep_civil_from_ymd(2026, 3, 1) * CLINIC_DAY;
    keep_buf_str(&b, "id,when,who,whom\n");
    for (int i = 0; i < 80; i++) /* every hour, and nothing for 25 hours in the middle */
        keep_buf_printf(&b, "%d,%s,u%d,p\n", i, keep_civil_format_time(t + (keep_time)(i + (i >= 40 ? 25 : 0)) * 3600 * KEEP_USEC, when), i % 3);
    keep_buf_char(&b, '\0');
    clinic_must(c, clinic_read(c, MAP, &packs));
    const char *path = clinic_file(c, "log.csv", (const char *)b.p);
    clinic_must(c, keep_import_run(c->s, &(struct keep_import_params){.source = "log", .path = &path, .paths = 1, .packs = &packs}, &r, &c->err));
    assert_int_equal(r.counts.events, 80);
    run(c, &v);
    const struct keep_coverage_class *k = class_of(&v, "log", "access log");
    assert_non_null(k);
    assert_true(k->log);
    assert_int_equal(k->rows, 80);
    assert_int_equal(k->gaps, 1);
    assert_int_equal(k->gap[0].empty, 25);
    assert_int_equal(k->gap[0].from, t + (keep_time)40 * 3600 * KEEP_USEC);
    assert_int_equal(v.field[KEEP_FIELD_event_patient_id].known, 80);
    assert_int_equal(v.field[KEEP_FIELD_event_unit].known, 0);
    assert_int_equal(v.field[KEEP_FIELD_event_unit].all, 80);
    clinic_fill(c, "official");
    clinic_import(c, "bills", "bills.ndjson", "{\"resourceType\":\"Claim\",\"id\":\"b1\",\"status\":\"active\",\"patient\":{\"reference\":\"Patient/p\"}}\n");
    keep_coverage_free(&v);
    run(c, &v);
    for (int f = 0; f < KEEP_FIELD_finding_count; f++) /* every field of the language is counted somewhere */
        if (v.field[f].all == 0)
            fail_msg("field %d is not counted", f);
    keep_coverage_free(&v);
    keep_packs_free(&packs);
    keep_buf_free(&b);
}

static int stop(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)what, (void)done, (void)total;
    return ++*(int *)ctx;
}

static void test_coverage_stops_when_told(void **state)
{
    struct clinic *c = *state;
    struct keep_coverage v;
    int calls = 0;
    clinic_fill(c, "official");
    assert_int_equal(keep_coverage_run(&v, c->s, &(struct keep_coverage_params){.progress = stop, .ctx = &calls}, &c->err), KEEP_E_INTERRUPTED);
    assert_int_equal(calls, 1);
    keep_err_clear(&c->err);
    keep_coverage_free(&v);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_coverage_of_an_empty_keep), T(test_coverage_counts_what_a_source_brought), T(test_coverage_compares_with_what_is_attested), T(test_coverage_gaps_by_days),
        T(test_coverage_gaps_of_a_log_by_hours), T(test_coverage_stops_when_told)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
