/* Goal: a record whose series cannot be told takes nothing away from the set that it may belong to, nor that from it: no day, no label, no hold, no gate. */
#include "tests/retention/bed.h"

#include "core/policy/condition.h"
#include "core/retention/doubt.h"

#define CHECKED " checked date(\"2026-01-01\") source \"s\" "
#define LAW(id, when, keeps) "retention \"" id "\" { title \"t\" jurisdiction US status law" CHECKED "when " when " " keeps " cite \"c\" explain \"e\" }\n"
#define CODED(id, code) "label \"" id "\" { title \"t\" authority \"a\"" CHECKED "historic none \"n\" when record.codes.exists(c, c.system == \"CPT\" && c.code == \"" code "\") }\n"
#define PACK                                                                                                                                                                              \
    "pack \"p\" { version \"1\" language 1 }\n" CODED("film", "77067") CODED("trial", "99999") CODED("part", "88888")                                                                      \
    "series \"films\" { title \"t\" order 10 per patient, facility separable authority \"a\"" CHECKED "when \"film\" in record.labels }\n"                                               \
    "series \"images\" { title \"t\" order 20 per patient, facility separable authority \"a\"" CHECKED "when record.kind == \"ImagingStudy\" }\n"                                        \
    "series \"parts\" { title \"t\" order 30 per source authority \"a\"" CHECKED "when \"part\" in record.labels }\n"                                                                    \
    LAW("chart", "set.series == \"medical record\"", "keep 5 years after set.last(\"service_date\")")                                                                                    \
    LAW("film", "set.series == \"films\"", "keep 10 years after set.last(\"service_date\")")                                                                                             \
    LAW("image", "set.series == \"images\"", "keep 6 years after set.last(\"service_date\")")                                                                                            \
    LAW("part", "set.series == \"parts\"", "keep 4 years after set.last(\"service_date\")")
#define KANSAS "retention \"ks\" { title \"t\" jurisdiction US-KS status law" CHECKED "when true keep 1 years after set.last(\"service_date\") cite \"c\" explain \"e\" }\n"
#define TRIAL LAW("trial", "\"trial\" in set.labels", "keep 30 years after set.last(\"service_date\") gate \"ask the sponsor\"")
#define YOUNG LAW("young", "set.series == \"films\"", "keep 20 years after set.last(\"service_date\") if patient.age_on(set.last(\"service_date\")) < 18")

enum { OLD = 1, NEW };

/* Two films of a patient at Mercy in Kansas; the newer one bears this code, too. */
static struct bed *films(const char *policy, const char *older, const char *newer, const char *more)
{
    struct bed *b = bed_new(policy);
    struct keep_record *r = bed_record(b, 0, DOCUMENT, older);
    b->facility[0].state = (struct keep_str){NULL, 0};
    b->source[0].jurisdiction = KEEP_STR("KS");
    b->source[0].closed_on = day("2026-11-21");
    bed_code(b, r, CPT, "77067");
    r = bed_record(b, 0, DOCUMENT, newer);
    bed_code(b, r, CPT, "77067");
    if (more)
        bed_code(b, r, CPT, more);
    bed_adopt(b);
    return b;
}

static void lose_codes(struct bed *b, size_t id)
{
    b->source[0].codes_complete = false;
    b->record[id - 1].codes = 0;
}

static const struct keep_set *set_of(const struct bed *b, uint64_t id)
{
    for (size_t i = 0; i < b->result.sets; i++)
        for (size_t k = 0; k < b->result.set[i].records; k++)
            if (b->result.set[i].record[k] == id)
                return &b->result.set[i];
    fail_msg("record %llu is in no set", (unsigned long long)id);
    return NULL;
}

static void test_doubt_takes_no_day(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    struct keep_buf why = KEEP_BUF_INIT;
    (void)state;
    bed_run(b);
    bed_until(set_of(b, OLD), "2029-02-03");
    assert_int_equal(set_of(b, OLD)->undecided, 0);
    assert_int_equal(set_of(b, OLD)->reason.n, 0);
    lose_codes(b, NEW);
    bed_run(b);
    assert_int_equal(set_of(b, OLD)->records, 1);
    bed_until(set_of(b, OLD), "2029-02-03");
    bed_until(set_of(b, NEW), "2029-02-03");
    assert_int_equal(set_of(b, OLD)->undecided, 1);
    assert_int_equal(set_of(b, OLD)->service_last, day("2005-01-01")); /* what it holds, it says as it is */
    bed_has(set_of(b, OLD)->reason, "a record may belong to another set, and counts in both: record.codes");
    keep_retention_why(set_of(b, OLD), &b->in, &why);
    bed_has(keep_buf_view(&why), "counted in 1 record of the patient's other sets");
    bed_has(keep_buf_view(&why), "10 years after set.last(\"service_date\") = 2019-02-03 -> 2029-02-03");
    keep_buf_free(&why);
    bed_free(b);
}

static void test_doubt_is_of_one_place(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    b->world.facilities = 2;
    b->facility[1].state = (struct keep_str){NULL, 0};
    b->record[NEW - 1].facility = 1;
    lose_codes(b, NEW);
    bed_run(b);
    bed_until(set_of(b, OLD), "2015-01-01");
    assert_int_equal(set_of(b, OLD)->undecided, 0);
    bed_free(b);
}

static void test_doubt_is_of_one_patient(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    b->world.patients = 2;
    b->record[NEW - 1].patient = 1;
    lose_codes(b, NEW);
    bed_run(b);
    bed_until(set_of(b, OLD), "2015-01-01");
    bed_free(b);
}

/* In a set of its own by its kind, and in doubt all the same. */
static void test_doubt_is_taken_from_any_set(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    b->record[NEW - 1].kind = IMAGE;
    lose_codes(b, NEW);
    bed_run(b);
    assert_true(keep_str_is(b->in.policy->series[set_of(b, NEW)->series].id, "images"));
    bed_until(set_of(b, OLD), "2029-02-03");
    bed_until(set_of(b, NEW), "2029-02-03");
    bed_free(b);
}

/* The newer film keeps its code, and owed its mate no day; what its mate owed it stays. */
static void test_doubt_loses_no_day(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    lose_codes(b, OLD);
    bed_run(b);
    assert_ptr_not_equal(set_of(b, OLD), set_of(b, NEW));
    bed_until(set_of(b, OLD), "2029-02-03");
    bed_until(set_of(b, NEW), "2029-02-03");
    bed_free(b);
}

/* Neither is where both could be. */
static void test_doubt_is_of_a_third_set_too(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    lose_codes(b, OLD);
    lose_codes(b, NEW);
    b->record[NEW - 1].kind = IMAGE;
    bed_run(b);
    assert_true(keep_str_is(b->in.policy->series[set_of(b, NEW)->series].id, "images"));
    bed_until(set_of(b, OLD), "2029-02-03");
    bed_until(set_of(b, NEW), "2029-02-03");
    bed_free(b);
}

static void test_doubt_takes_no_label(void **state)
{
    struct bed *b = films(PACK TRIAL, "2002-01-01", "2001-01-01", "99999");
    (void)state;
    bed_run(b);
    bed_until(set_of(b, OLD), "2032-01-01");
    lose_codes(b, NEW);
    bed_run(b);
    bed_until(set_of(b, OLD), "2032-01-01");
    bed_has(set_of(b, OLD)->gates, "ask the sponsor");
    bed_free(b);
}

static void test_doubt_takes_no_hold(void **state)
{
    struct bed *b = films(PACK TRIAL, "2002-01-01", "2001-01-01", "99999");
    struct keep_str text = KEEP_STR("\"trial\" in record.labels");
    struct keep_diags ds = {.arena = b->arena};
    (void)state;
    bed_run(b);
    struct keep_condition c;
    assert_int_equal(keep_condition_compile(&c, text, b->arena, &ds, &b->err), 0);
    b->hold[0] = (struct keep_hold){.id = 1, .matter = KEEP_STR("Roe v. Mercy"), .patient = KEEP_ID_NONE, .effective_from = KEEP_TIME_NONE, .released = KEEP_TIME_NONE, .placed = KEEP_TIME_NONE,
                                    .when = c.when, .of_record = c.of_record};
    b->in.holds = 1;
    bed_run(b);
    bed_status(set_of(b, OLD), KEEP_SET_HELD);
    lose_codes(b, NEW);
    bed_run(b);
    bed_status(set_of(b, OLD), KEEP_SET_HELD);
    bed_has(set_of(b, OLD)->holds, "Roe v. Mercy");
    bed_free(b);
}

static void test_doubt_without_a_day_leaves_none(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    b->record[NEW - 1].service_last = KEEP_DATE_NONE;
    bed_run(b);
    bed_status(set_of(b, OLD), KEEP_SET_UNDETERMINED);
    lose_codes(b, NEW);
    bed_run(b);
    bed_status(set_of(b, OLD), KEEP_SET_UNDETERMINED);
    bed_has(set_of(b, OLD)->reason, "a record has no service date");
    bed_has(set_of(b, OLD)->reason, "may belong to another set");
    bed_free(b);
}

static void test_doubt_of_custody_stays(void **state)
{
    struct bed *b = films(PACK KANSAS, "2005-01-01", "2004-01-01", NULL);
    (void)state;
    bed_run(b);
    bed_status(set_of(b, OLD), KEEP_SET_DUE);
    b->record[NEW - 1].custody = KEEP_CUSTODY_UNDETERMINED;
    lose_codes(b, NEW);
    bed_run(b);
    bed_status(set_of(b, OLD), KEEP_SET_UNDETERMINED);
    assert_int_equal(set_of(b, OLD)->custody, KEEP_CUSTODY_OFFICIAL); /* what it holds, it says as it is */
    bed_free(b);
}

/* Of a rule that a later day may end, what is there without it is the longer. */
static void test_doubt_shortens_nothing(void **state)
{
    struct bed *b = films(PACK YOUNG, "2012-01-01", "2013-01-01", NULL);
    (void)state;
    b->patient[0].birth.date = day("1994-06-01"); /* 17 at the one, 18 at the other */
    lose_codes(b, NEW);
    bed_run(b);
    bed_until(set_of(b, OLD), "2032-01-01");
    assert_int_equal(set_of(b, OLD)->undecided, 0);
    bed_free(b);
}

static void test_doubt_about_nobody_is_per_source(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2024-02-03", "88888");
    (void)state;
    b->world.sources = 2;
    b->source[1].closed_on = day("2026-11-21");
    for (size_t i = 0; i < b->records; i++)
        b->record[i].patient = b->record[i].facility = KEEP_ID_NONE;
    b->record[0].code = b->record[1].code + 1;
    bed_run(b);
    bed_until(set_of(b, OLD), "2034-02-03");
    lose_codes(b, NEW);
    bed_run(b);
    assert_ptr_not_equal(set_of(b, OLD), set_of(b, NEW));
    bed_until(set_of(b, OLD), "2034-02-03");
    b->record[NEW - 1].source = 11;
    b->source[0].codes_complete = true;
    b->source[1].codes_complete = false;
    bed_run(b);
    bed_until(set_of(b, OLD), "2009-01-01");
    bed_free(b);
}

/* Of a chart of many records the doubtful alone count elsewhere, in whatever order they come. */
static void test_doubt_is_of_the_doubtful(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        static const size_t lost[3][2] = {{2, 3}, {3, 4}, {2, 4}};
        struct bed *b = films(PACK, "2005-01-01", "2006-01-01", NULL);
        bed_record(b, 0, DOCUMENT, "2007-01-01");
        bed_record(b, 0, DOCUMENT, "2008-01-01");
        b->world.sources = 2;
        b->source[1].codes_complete = false;
        b->source[1].closed_on = day("2026-11-21");
        b->source[1].jurisdiction = KEEP_STR("KS");
        for (size_t i = 1; i < b->records; i++) {
            b->record[i].codes = 0;
            b->record[i].service_last = day("2020-01-01"); /* decided: in the chart for certain */
        }
        for (size_t i = 0; i < 2; i++) {
            b->record[lost[order][i] - 1].source = 11;
            b->record[lost[order][i] - 1].service_last = day("2010-01-01") + (keep_date)i;
        }
        bed_run(b);
        bed_until(set_of(b, OLD), "2020-01-02");
        assert_int_equal(set_of(b, OLD)->undecided, 2);
        bed_free(b);
    }
}

/* What was destroyed by a plan counts no more: it is not missing. */
static void test_doubt_of_the_destroyed_is_over(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    (void)state;
    lose_codes(b, NEW);
    b->record[NEW - 1].destroyed = true;
    bed_run(b);
    bed_until(set_of(b, OLD), "2015-01-01");
    bed_free(b);
}

/* Set by set, briefly or in full: one answer. */
static void test_doubt_is_the_same_in_brief(void **state)
{
    struct bed *b = films(PACK, "2005-01-01", "2019-02-03", NULL);
    struct keep_set full;
    (void)state;
    lose_codes(b, NEW);
    bed_run(b);
    full = *set_of(b, OLD);
    b->in.brief = true;
    assert_int_equal(bed_try(b), 0);
    for (size_t i = 0; i < b->result.sets; i++)
        if (memcmp(b->result.set[i].id, full.id, sizeof full.id) == 0) {
            bed_until(&b->result.set[i], "2029-02-03");
            assert_int_equal(b->result.set[i].undecided, 1);
            assert_true(keep_str_eq(b->result.set[i].reason, full.reason));
            bed_free(b);
            return;
        }
    fail_msg("the set is not there");
}

/* Two papers of a patient, the newer of which says no facility: it may be Mercy's, or that of the films. */
static void test_doubt_is_where_nobody_says_the_place(void **state)
{
    struct bed *b = bed_new(PACK);
    struct keep_buf why = KEEP_BUF_INIT;
    (void)state;
    b->source[0].jurisdiction = KEEP_STR("KS");
    b->source[0].closed_on = day("2026-11-21");
    bed_record(b, 0, DOCUMENT, "2005-01-01");
    bed_record(b, 0, DOCUMENT, "2024-02-03")->facility = KEEP_ID_NONE;
    bed_code(b, bed_record(b, 0, DOCUMENT, "2001-01-01"), CPT, "77067");
    bed_adopt(b);
    bed_run(b);
    assert_int_equal(set_of(b, NEW)->series, KEEP_SERIES_PATIENT_IDENTITY);
    bed_until(set_of(b, OLD), "2029-02-03");
    assert_int_equal(set_of(b, OLD)->status, KEEP_SET_KEPT);
    assert_int_equal(set_of(b, OLD)->unplaced, 1);
    assert_int_equal(set_of(b, OLD)->undecided, 0);
    bed_has(set_of(b, OLD)->reason, "a record may belong to another set, and counts in both: record.facility");
    keep_retention_why(set_of(b, OLD), &b->in, &why);
    bed_has(keep_buf_view(&why), "counted in 1 record of the patient's other sets: record.facility is not recorded");
    bed_until(set_of(b, 3), "2011-01-01"); /* its codes say that it is no film */
    bed_code(b, &b->record[NEW - 1], CPT, "77067");
    bed_run(b);
    bed_until(set_of(b, OLD), "2010-01-01");
    bed_until(set_of(b, 3), "2034-02-03");
    b->record[NEW - 1].codes = 0;
    b->source[0].codes_complete = false; /* now it may be either, and is kept as a film too */
    bed_run(b);
    bed_until(set_of(b, OLD), "2034-02-03");
    bed_until(set_of(b, 3), "2034-02-03");
    b->record[NEW - 1].destroyed = true;
    bed_run(b);
    bed_until(set_of(b, 3), "2015-01-01"); /* the older paper may be a film as well */
    keep_buf_free(&why);
    bed_free(b);
}

/* What is of no place stands with who the patient is, and moves no chart; a word that nobody knows may be care. */
static void test_doubt_is_not_of_what_is_no_care(void **state)
{
    static const struct { const char *kind, *until; } tries[] = {{"disclosure", "2010-01-01"}, {"Device", "2010-01-01"}, {"Appointment", "2010-01-01"}, {"paper chart", "2029-02-03"}};
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct bed *b = bed_new(PACK);
        b->source[0].closed_on = day("2026-11-21");
        b->term[DEVICE] = keep_str_of(tries[i].kind);
        bed_record(b, 0, DOCUMENT, "2005-01-01");
        bed_record(b, 0, DEVICE, "2024-02-03")->facility = KEEP_ID_NONE;
        bed_record(b, 0, PERSON, "2024-02-03")->facility = KEEP_ID_NONE;
        bed_adopt(b);
        bed_run(b);
        bed_until(set_of(b, OLD), tries[i].until);
        bed_free(b);
    }
}

static struct keep_set with_status(enum keep_set_status status, const char *until)
{
    return (struct keep_set){.kind = until ? KEEP_UNTIL_DATE : KEEP_UNTIL_UNKNOWN, .keep_until = until ? day(until) : KEEP_DATE_NONE, .status = status, .custody = KEEP_CUSTODY_OFFICIAL};
}

static void test_doubt_settles_for_the_harder(void **state)
{
    static const struct { enum keep_set_status own, with, is; const char *by, *by_with; int took; bool said; } tries[] = {
        {KEEP_SET_DUE, KEEP_SET_DUE, KEEP_SET_DUE, "2010-01-01", "2010-01-01", 0, false},
        {KEEP_SET_DUE, KEEP_SET_DUE, KEEP_SET_DUE, "2010-01-01", "2011-01-01", 1, false},
        {KEEP_SET_DUE, KEEP_SET_KEPT, KEEP_SET_KEPT, "2010-01-01", "2031-01-01", 1, true},
        {KEEP_SET_DUE, KEEP_SET_UNDETERMINED, KEEP_SET_UNDETERMINED, "2010-01-01", NULL, 1, true},
        {KEEP_SET_DUE, KEEP_SET_NOT_ADOPTED, KEEP_SET_NOT_ADOPTED, "2010-01-01", "2009-01-01", 0, true}, /* the longer date, and not released */
        {KEEP_SET_NOT_ADOPTED, KEEP_SET_DUE, KEEP_SET_NOT_ADOPTED, "2010-01-01", "2011-01-01", 1, true},
        {KEEP_SET_UNDETERMINED, KEEP_SET_DUE, KEEP_SET_UNDETERMINED, NULL, "2011-01-01", 0, false},
        {KEEP_SET_KEPT, KEEP_SET_HELD, KEEP_SET_HELD, "2031-01-01", "2030-01-01", 0, true},
        {KEEP_SET_ARCHIVED, KEEP_SET_HELD, KEEP_SET_HELD, "2010-01-01", "2010-01-01", 1, true}};
    struct keep_arena *a = keep_arena_new(0);
    struct keep_err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct keep_set s = with_status(tries[i].own, tries[i].by), with = with_status(tries[i].with, tries[i].by_with);
        with.custody = KEEP_CUSTODY_COPY;
        assert_int_equal(keep_doubt_settle(&s, &with, 3, 2, a, &err), tries[i].took);
        assert_int_equal(s.status, tries[i].is);
        assert_int_equal(s.reason.n > 0, tries[i].said);
        assert_int_equal(s.custody, KEEP_CUSTODY_OFFICIAL);
        assert_int_equal(s.undecided, tries[i].took || tries[i].said ? 3 : 0);
        assert_int_equal(s.unplaced, tries[i].took || tries[i].said ? 2 : 0);
    }
    keep_arena_free(a);
}

/* Care that says no place may have been in the chart's: the chart is kept as if it were. Where it stays, it is kept by a chart's law, not by the day that another chart has. */
static void test_doubt_of_what_has_no_place(void **state)
{
    struct bed *b = films(PACK KANSAS, "2005-01-01", "2019-02-03", NULL);
    struct keep_buf why = KEEP_BUF_INIT;
    (void)state;
    b->facility[0].state = KEEP_STR("KS");
    b->record[0].codes = 0;
    b->record[1].codes = 0;
    bed_run(b);
    bed_until(set_of(b, OLD), "2024-02-03");
    b->record[1].facility = KEEP_ID_NONE;
    bed_run(b);
    assert_int_equal(set_of(b, OLD)->records, 1);
    bed_until(set_of(b, OLD), "2024-02-03");
    assert_int_equal(set_of(b, OLD)->unplaced, 1);
    keep_retention_why(set_of(b, OLD), &b->in, &why);
    bed_has(keep_buf_view(&why), "counted in 1 record of the patient's other sets: record.facility is not recorded");
    bed_until(set_of(b, NEW), "2024-02-03");
    assert_string_equal(b->in.policy->series[set_of(b, NEW)->series].id.p, "patient identity");
    b->source[0].jurisdiction = (struct keep_str){NULL, 0}; /* and by whose law is known of the chart alone */
    bed_run(b);
    bed_until(set_of(b, OLD), "2024-02-03");
    assert_int_equal(set_of(b, NEW)->kind, KEEP_UNTIL_UNKNOWN);
    bed_has(set_of(b, NEW)->reason, "facility.state");
    b->record[1].kind = PATIENT; /* who somebody is has no place */
    bed_run(b);
    bed_until(set_of(b, OLD), "2010-01-01");
    assert_int_equal(set_of(b, OLD)->unplaced, 0);
    keep_buf_free(&why);
    bed_free(b);
}

/* A film tells of a later visit as a note does, and the encounter that it names is one of the chart, too. */
static void test_doubt_of_visits_that_only_another_set_tells_of(void **state)
{
    struct bed *b = films("pack \"p\" { version \"1\" language 1 }\n" CODED("film", "77067")
                          "series \"films\" { title \"t\" order 10 per patient, facility separable authority \"a\"" CHECKED "when \"film\" in record.labels }\n"
                          LAW("all", "true", "keep 5 years after set.last(\"discharge_date\")"), "2005-01-01", "2005-01-01", NULL);
    (void)state;
    b->record[0].codes = 0;
    bed_stay(b, 0, "2005-01-01", "2005-01-01");
    bed_run(b);
    bed_until(set_of(b, OLD), "2010-01-01");
    bed_until(set_of(b, NEW), "2010-01-01");
    b->record[1].service_last = day("2019-02-03");
    bed_run(b);
    bed_until(set_of(b, NEW), "2024-02-03");
    b->record[1].encounter_missing = true;
    bed_run(b);
    assert_int_equal(set_of(b, OLD)->kind, KEEP_UNTIL_UNKNOWN);
    bed_has(set_of(b, OLD)->reason, "names an encounter that is not on file");
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubt_takes_no_day), cmocka_unit_test(test_doubt_loses_no_day), cmocka_unit_test(test_doubt_is_of_a_third_set_too), cmocka_unit_test(test_doubt_is_of_one_place), cmocka_unit_test(test_doubt_is_of_one_patient),
        cmocka_unit_test(test_doubt_is_taken_from_any_set), cmocka_unit_test(test_doubt_takes_no_label), cmocka_unit_test(test_doubt_takes_no_hold),
        cmocka_unit_test(test_doubt_without_a_day_leaves_none), cmocka_unit_test(test_doubt_of_custody_stays), cmocka_unit_test(test_doubt_shortens_nothing),
        cmocka_unit_test(test_doubt_about_nobody_is_per_source), cmocka_unit_test(test_doubt_is_of_the_doubtful), cmocka_unit_test(test_doubt_of_the_destroyed_is_over), cmocka_unit_test(test_doubt_is_the_same_in_brief),
        cmocka_unit_test(test_doubt_is_where_nobody_says_the_place),
        cmocka_unit_test(test_doubt_is_not_of_what_is_no_care),
        cmocka_unit_test(test_doubt_settles_for_the_harder),
        cmocka_unit_test(test_doubt_of_what_has_no_place), cmocka_unit_test(test_doubt_of_visits_that_only_another_set_tells_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
