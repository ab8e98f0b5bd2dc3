/* Goal: a last day is known only where declared sources vouch that there was no later one. */
#include "tests/retention/bed.h"

#include "core/retention/tally.h"
#include "core/retention/trigger.h"

struct try {
    struct bed *bed;
    struct keep_tally_index *index;
    struct keep_tally tally;
};

static struct try stays(const char *const *ends)
{
    struct try t = {.bed = bed_new(NULL)};
    struct keep_record *r;
    for (size_t i = 0; ends[i]; i++)
        bed_stay(t.bed, 0, *ends[i] == '-' ? "2010-06-01" : ends[i], *ends[i] == '-' ? NULL : ends[i]);
    r = bed_record(t.bed, 0, DOCUMENT, "2010-01-01");
    r->created = day("2010-01-02");
    assert_int_equal(keep_tally_index_new(&t.index, &t.bed->world, &t.bed->err), 0);
    t.tally = keep_tally_empty(KEEP_SERIES_MEDICAL_RECORD, 0, 0, KEEP_ID_NONE);
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    return t;
}

static struct keep_trigger find(struct try *t, enum keep_trigger_what what, bool last)
{
    struct keep_trigger out;
    assert_int_equal(keep_trigger_find(&out, t->index, &t->tally, what, last, t->bed->in.as_of, t->bed->arena, &t->bed->err), 0);
    return out;
}

static void found(struct try *t, enum keep_trigger_what what, bool last, const char *want)
{
    struct keep_trigger g = find(t, what, last);
    char d[KEEP_CIVIL_DATE_SIZE];
    assert_int_equal(g.missing.n, 0);
    assert_string_equal(keep_civil_format_date(g.date, d), want);
}

static void missing(struct try *t, enum keep_trigger_what what, const char *want)
{
    struct keep_trigger g = find(t, what, true);
    assert_int_equal(g.date, KEEP_DATE_NONE);
    bed_has(g.missing, want);
}

static void done(struct try *t)
{
    keep_tally_index_free(t->index);
    bed_free(t->bed);
}

static void test_trigger_first_and_last(void **state)
{
    struct try t = stays((const char *const[]){"2009-03-03", "2012-04-04", NULL});
    (void)state;
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    found(&t, KEEP_TRIGGER_DISCHARGE, false, "2009-03-03");
    found(&t, KEEP_TRIGGER_SERVICE, true, "2012-04-04"); /* of the medical record: stays too */
    found(&t, KEEP_TRIGGER_SERVICE, false, "2009-03-03");
    found(&t, KEEP_TRIGGER_CREATED, true, "2010-01-02");
    t.tally.series = 3; /* a series of its own: its records alone */
    found(&t, KEEP_TRIGGER_SERVICE, true, "2010-01-01");
    done(&t);
}

static void test_trigger_counts_only_stays_there(void **state)
{
    struct try t = stays((const char *const[]){"2012-04-04", "2015-01-01", "2018-01-01", "2019-01-01", NULL});
    (void)state;
    t.bed->world.facilities = 2;
    t.bed->encounter[3].facility = 1;
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2018-01-01");
    t.bed->encounter[2].status = KEEP_STR("entered-in-error");
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2015-01-01");
    t.bed->encounter[3].facility = KEEP_ID_NONE; /* nobody recorded where: it may have been there */
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2019-01-01");
    done(&t);
}

/* What may have been there makes the last day later or unknown; by itself it is no day of the set. */
static void test_trigger_of_stays_without_a_facility(void **state)
{
    struct try t = stays((const char *const[]){"2012-04-04", "2009-03-03", NULL});
    (void)state;
    t.bed->encounter[0].facility = t.bed->encounter[1].facility = KEEP_ID_NONE;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "no encounter of the patient there");
    t.bed->encounter[1].facility = 0;
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    found(&t, KEEP_TRIGGER_DISCHARGE, false, "2009-03-03");
    t.bed->encounter[0].end_date = KEEP_DATE_NONE;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "may be the patient's there has no discharge date");
    missing(&t, KEEP_TRIGGER_SERVICE, "no discharge date");
    t.bed->encounter[0].start_date = t.bed->encounter[0].end_date = day("2001-01-01");
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2010-01-01"); /* of the record: care that no encounter on file is about */
    bed_has(find(&t, KEEP_TRIGGER_DISCHARGE, true).note, "later than the last discharge");
    t.tally.service_last = day("2009-03-03");
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2009-03-03");
    bed_has(find(&t, KEEP_TRIGGER_DISCHARGE, false).missing, "may have been there");
    done(&t);
}

static void test_trigger_of_a_stay_that_ends_before_it_begins(void **state)
{
    struct try t = stays((const char *const[]){"2009-03-03", "2012-04-04", NULL});
    (void)state;
    t.bed->encounter[1].start_date = day("2020-01-01");
    missing(&t, KEEP_TRIGGER_DISCHARGE, "ends before it begins");
    missing(&t, KEEP_TRIGGER_SERVICE, "no discharge date");
    done(&t);
}

/* The encounter of a record is one of the set, though it says another patient, or none. */
static void test_trigger_of_stays_that_only_a_record_names(void **state)
{
    struct try t = stays((const char *const[]){"2009-03-03", "2012-04-04", NULL});
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, "2009-03-03");
    (void)state;
    r->created = day("2009-03-04");
    t.bed->encounter[1].patient = KEEP_ID_NONE;
    t.index->encounter[1] = 1;
    r->encounter = 1;
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    struct keep_tally more = keep_tally_empty(KEEP_SERIES_MEDICAL_RECORD, 0, 0, KEEP_ID_NONE);
    t.bed->encounter[1].end_date = KEEP_DATE_NONE;
    assert_int_equal(keep_tally_gather(&more, t.index, r, t.bed->arena, &t.bed->err), 0);
    assert_true(more.stay_open && !t.tally.stay_open);
    assert_int_equal(keep_tally_join(&t.tally, &more, t.bed->arena, &t.bed->err), 0);
    missing(&t, KEEP_TRIGGER_DISCHARGE, "has no discharge date");
    done(&t);
}

static void test_trigger_of_a_record_whose_encounter_is_not_on_file(void **state)
{
    struct try t = stays((const char *const[]){"2009-03-03", NULL});
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, "2009-03-03");
    (void)state;
    r->encounter_missing = true;
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    missing(&t, KEEP_TRIGGER_DISCHARGE, "names an encounter that is not on file");
    done(&t);
}

/* An encounter that says no patient may be anybody's: a later one makes every last discharge there unknown. */
static void test_trigger_beside_an_encounter_of_nobody(void **state)
{
    static const struct { const char *end, *status; uint32_t facility; bool stray; } nobody[] = {
        {"2012-04-05", "finished", 0, true},      {"2012-04-05", "finished", KEEP_ID_NONE, true}, {NULL, "in-progress", 0, true},
        {"2012-04-05", "cancelled", 0, false},    {"2012-04-04", "finished", 0, false},           {"2012-04-05", "finished", 1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        struct try t = stays((const char *const[]){"2009-03-03", "2012-04-04", NULL});
        struct keep_encounter *e = bed_stay(t.bed, KEEP_ID_NONE, "2002-01-01", nobody[i].end);
        t.bed->world.facilities = 2;
        e->status = keep_str_of(nobody[i].status);
        e->facility = nobody[i].facility;
        keep_tally_index_free(t.index);
        assert_int_equal(keep_tally_index_new(&t.index, &t.bed->world, &t.bed->err), 0);
        if (nobody[i].stray)
            missing(&t, KEEP_TRIGGER_DISCHARGE, "says no patient");
        else
            found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
        done(&t);
    }
}

static void test_trigger_open_stay_stops_the_clock_from_starting(void **state)
{
    struct try t = stays((const char *const[]){"2009-03-03", "-", NULL});
    (void)state;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "no discharge date");
    missing(&t, KEEP_TRIGGER_SERVICE, "no discharge date");
    done(&t);
}

static void test_trigger_without_a_stay_or_day(void **state)
{
    struct try t = stays((const char *const[]){NULL});
    (void)state;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "no encounter");
    found(&t, KEEP_TRIGGER_SERVICE, true, "2010-01-01");
    t.tally.undated = 1;
    missing(&t, KEEP_TRIGGER_SERVICE, "a record has no service date");
    t.tally.uncreated = 1;
    missing(&t, KEEP_TRIGGER_CREATED, "no day of creation");
    done(&t);
}

/* Of complete stays: it was written after its care, so what is known of it is when that ended at the latest. */
static void test_trigger_of_records_without_a_service_day(void **state)
{
    struct try t = stays((const char *const[]){"2009-03-03", "2009-03-05", NULL});
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, NULL);
    (void)state;
    t.tally.service_last = KEEP_DATE_NONE;
    found(&t, KEEP_TRIGGER_SERVICE, true, "2009-03-05");
    r->created = day("2012-07-01");
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    found(&t, KEEP_TRIGGER_SERVICE, true, "2012-07-01"); /* no earlier than what it was before its day was lost */
    r->created = KEEP_DATE_NONE;
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    missing(&t, KEEP_TRIGGER_SERVICE, "a record has no service date, and no day of creation");
    done(&t);
}

/* A day that only some records can bear: until each does, nothing is known. */
static void test_trigger_of_a_day_that_each_record_must_bear(void **state)
{
    struct try t = stays((const char *const[]){NULL});
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, "2010-01-01");
    struct keep_dated expiry[2] = {{KEEP_DAY_EXPIRY, day("2012-06-30")}, {KEEP_DAY_SIGNED, day("2010-01-03")}};
    enum keep_trigger_what what = (enum keep_trigger_what)keep_trigger_word(KEEP_STR("expiry_date"));
    (void)state;
    assert_int_equal(keep_trigger_word(KEEP_STR("expiry")), -1);
    missing(&t, what, "set.last(\"expiry_date\"): 1 of 1 records do not say it");
    r->day = expiry;
    r->days = 2;
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    missing(&t, what, "1 of 2 records do not say it");
    t.tally.records = 1;
    found(&t, what, true, "2012-06-30");
    expiry[0].date = day("2011-01-01");
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    found(&t, what, true, "2012-06-30");
    found(&t, what, false, "2011-01-01");
    done(&t);
}

/* A patient's identity holds disclosures that name no facility, beside what was never disclosed. */
static void test_trigger_of_a_disclosure_asks_disclosures_alone(void **state)
{
    struct try t = stays((const char *const[]){NULL});
    struct keep_dated on = {KEEP_DAY_DISCLOSED, day("2012-06-30")};
    enum keep_trigger_what what = (enum keep_trigger_what)keep_trigger_word(KEEP_STR("disclosed_date"));
    (void)state;
    keep_tally_index_free(t.index);
    t.bed->term[DEVICE] = KEEP_STR("disclosure record");
    assert_int_equal(keep_tally_index_new(&t.index, &t.bed->world, &t.bed->err), 0);
    missing(&t, what, "1 of 1 records do not say it");
    struct keep_record *r = bed_record(t.bed, 0, DEVICE, NULL);
    r->day = &on;
    r->days = 1;
    assert_int_equal(keep_tally_add(&t.tally, t.index, r, t.bed->arena, &t.bed->err), 0);
    found(&t, what, true, "2012-06-30");
    assert_int_equal(keep_tally_add(&t.tally, t.index, bed_record(t.bed, 0, DEVICE, NULL), t.bed->arena, &t.bed->err), 0);
    missing(&t, what, "1 of 2 records do not say it");
    done(&t);
}

static void test_trigger_needs_declared_sources(void **state)
{
    struct try t = stays((const char *const[]){"2012-04-04", NULL});
    struct keep_source *s = t.bed->source;
    static const struct keep_str notes[] = {{"DocumentReference", 17}};
    (void)state;
    s[0].declared = false;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "source ehr is not declared");
    s[0].declared = true;
    s[0].complete = false;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "source ehr is not declared complete for Encounter");
    s[0].complete = true;
    s[0].closed_on = KEEP_DATE_NONE; /* a living source, complete through the as-of day or not */
    s[0].through = day("2026-11-20");
    missing(&t, KEEP_TRIGGER_DISCHARGE, "through 2026-11-21");
    s[0].through = day("2026-11-21");
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    s[0].from = day("2010-01-02"); /* from after the patient's first record there */
    missing(&t, KEEP_TRIGGER_DISCHARGE, "from the first record there");
    s[0].from = day("2010-01-01");
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    s[0].all_classes = false;
    s[0].klass = notes;
    s[0].classes = 1;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "no source declares Encounter");
    done(&t);
}

static void test_trigger_every_source_that_speaks_must_vouch(void **state)
{
    struct try t = stays((const char *const[]){"2012-04-04", NULL});
    struct keep_source *s = t.bed->source;
    static const struct keep_str elsewhere[] = {{"St. Luke", 8}};
    (void)state;
    t.bed->world.sources = 2; /* a closed system beside another one, which could hold the stay that restarts the clock */
    s[1].complete = false;
    missing(&t, KEEP_TRIGGER_DISCHARGE, "source other");
    s[1].all_facilities = false; /* it speaks for another place only */
    s[1].facility = elsewhere;
    s[1].facilities = 1;
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    s[1].all_facilities = true;
    s[1].complete = true;
    s[1].closed_on = KEEP_DATE_NONE;
    s[1].through = day("2026-12-31");
    found(&t, KEEP_TRIGGER_DISCHARGE, true, "2012-04-04");
    done(&t);
}

static void test_trigger_words(void **state)
{
    (void)state;
    assert_int_equal(keep_trigger_word(KEEP_STR("service_date")), KEEP_TRIGGER_SERVICE);
    assert_int_equal(keep_trigger_word(KEEP_STR("discharge_date")), KEEP_TRIGGER_DISCHARGE);
    assert_int_equal(keep_trigger_word(KEEP_STR("discharge")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trigger_first_and_last),
        cmocka_unit_test(test_trigger_counts_only_stays_there),
        cmocka_unit_test(test_trigger_of_stays_without_a_facility),
        cmocka_unit_test(test_trigger_of_a_stay_that_ends_before_it_begins),
        cmocka_unit_test(test_trigger_of_stays_that_only_a_record_names),
        cmocka_unit_test(test_trigger_of_a_record_whose_encounter_is_not_on_file),
        cmocka_unit_test(test_trigger_beside_an_encounter_of_nobody),
        cmocka_unit_test(test_trigger_open_stay_stops_the_clock_from_starting),
        cmocka_unit_test(test_trigger_without_a_stay_or_day),
        cmocka_unit_test(test_trigger_of_records_without_a_service_day),
        cmocka_unit_test(test_trigger_of_a_day_that_each_record_must_bear),
        cmocka_unit_test(test_trigger_of_a_disclosure_asks_disclosures_alone),
        cmocka_unit_test(test_trigger_needs_declared_sources),
        cmocka_unit_test(test_trigger_every_source_that_speaks_must_vouch),
        cmocka_unit_test(test_trigger_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
