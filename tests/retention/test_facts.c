/* Goal: what nobody recorded answers unknown with its name; days are found once; partial birth dates never shorten. */
#include "tests/retention/bed.h"

#include "core/retention/facts.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\nlabel \"x\" { title \"t\" when record.kind == \"y\" authority \"a\" checked \"unverified\" historic none \"a kind\" }\n"

struct try {
    struct bed *bed;
    struct keep_tally_index *index;
    struct keep_tally tally;
    struct keep_derived where;
    struct keep_facts facts;
    struct keep_env env;
};

static void begin(struct try *t)
{
    memset(t, 0, sizeof *t);
    t->bed = bed_new(PACK);
    bed_stay(t->bed, 0, "2010-05-01", "2010-05-09");
    assert_int_equal(keep_tally_index_new(&t->index, &t->bed->world, &t->bed->err), 0);
    t->tally = (struct keep_tally){.facility = 0, .source = KEEP_ID_NONE, .service_last = KEEP_DATE_NONE, .service_first = KEEP_DATE_NONE, .created_first = KEEP_DATE_NONE,
                                   .created_last = KEEP_DATE_NONE, .written_last = KEEP_DATE_NONE, .custody = KEEP_CUSTODY_COPY, .labels = 1};
    t->facts = (struct keep_facts){.in = &t->bed->in, .index = t->index, .scratch = keep_arena_new(0)};
    t->where = (struct keep_derived){.state = {{"KS", 2}}, .states = 1};
    keep_facts_begin(&t->facts, &t->tally, &t->where, &t->bed->err);
    t->env = keep_facts_env(&t->facts);
}

static void end(struct try *t)
{
    keep_arena_free(t->facts.scratch);
    keep_tally_index_free(t->index);
    bed_free(t->bed);
}

static struct keep_value get(struct try *t, enum keep_field f)
{
    struct keep_value v;
    assert_int_equal(t->env.field(t->env.ctx, f, &v), 0);
    return v;
}

static struct keep_value call(struct try *t, enum keep_call c, struct keep_value arg)
{
    struct keep_value v;
    assert_int_equal(t->env.call(t->env.ctx, c, &arg, 1, &v), 0);
    return v;
}

static void unknown(struct keep_value v, const char *name)
{
    assert_int_equal(v.type, KEEP_V_UNKNOWN);
    assert_true(keep_str_is(v.s, name));
}

static void test_facts_of_set_and_facility(void **state)
{
    struct try t;
    (void)state;
    begin(&t);
    assert_true(keep_str_is(get(&t, KEEP_FIELD_set_series).s, "medical record"));
    assert_true(keep_str_is(get(&t, KEEP_FIELD_set_custody).s, "copy"));
    assert_true(keep_str_is(get(&t, KEEP_FIELD_facility_state).s, "KS"));
    assert_true(keep_str_is(get(&t, KEEP_FIELD_facility_type).s, "hospital"));
    assert_false(t.facts.asked_labels);
    assert_int_equal(get(&t, KEEP_FIELD_set_labels).list.n, 1);
    assert_true(t.facts.asked_labels);
    assert_false(t.facts.looked); /* so far sets alike would answer the same */
    t.bed->facility[0].type = KEEP_STR("prov");
    unknown(get(&t, KEEP_FIELD_facility_type), "facility.type");
    t.where.states = 2;
    unknown(get(&t, KEEP_FIELD_facility_state), "facility.state");
    end(&t);
}

static void test_facts_of_the_patient(void **state)
{
    struct try t;
    struct keep_patient *p;
    (void)state;
    begin(&t);
    p = &t.bed->patient[0];
    unknown(get(&t, KEEP_FIELD_patient_deceased), "patient.deceased");
    unknown(get(&t, KEEP_FIELD_patient_death_date), "patient.death_date");
    assert_true(t.facts.looked);
    p->deceased = KEEP_TRI_YES;
    p->death = day("2030-01-01"); /* after the as-of day: not dead then */
    assert_false(get(&t, KEEP_FIELD_patient_deceased).b);
    assert_int_equal(get(&t, KEEP_FIELD_patient_birth_date).date, day("1950-01-01"));
    p->birth.precision = KEEP_PREC_YEAR;
    unknown(get(&t, KEEP_FIELD_patient_birth_date), "patient.birth_date");
    t.tally.patient = KEEP_ID_NONE;
    unknown(get(&t, KEEP_FIELD_patient_birth_date), "patient.birth_date");
    end(&t);
}

static void test_facts_of_age(void **state)
{
    struct keep_value eighteen = {.type = KEEP_V_INT, .i = 18}, on = {.type = KEEP_V_DATE, .date = day("2018-12-30")};
    struct try t;
    (void)state;
    begin(&t);
    t.bed->patient[0].birth = (struct keep_partial_date){day("2000-12-31"), KEEP_PREC_DAY};
    assert_int_equal(call(&t, KEEP_CALL_patient_age_on, on).i, 17);
    assert_int_equal(call(&t, KEEP_CALL_patient_birthday, eighteen).date, day("2018-12-31"));
    t.bed->patient[0].birth.precision = KEEP_PREC_YEAR; /* 17 or 18 */
    unknown(call(&t, KEEP_CALL_patient_age_on, on), "patient.birth_date");
    on.date = day("2018-12-31");
    assert_int_equal(call(&t, KEEP_CALL_patient_age_on, on).i, 18);
    t.bed->patient[0].birth = (struct keep_partial_date){day("2008-02-29"), KEEP_PREC_DAY};
    assert_int_equal(call(&t, KEEP_CALL_patient_birthday, eighteen).date, day("2026-03-01"));
    on.date = day("2001-01-01"); /* before birth */
    unknown(call(&t, KEEP_CALL_patient_age_on, on), "patient.birth_date");
    end(&t);
}

/* A stand-in for a birth date that nobody knew makes nobody an adult. */
static void test_facts_of_an_impossible_birth(void **state)
{
    struct keep_value eighteen = {.type = KEEP_V_INT, .i = 18}, on = {.type = KEEP_V_DATE, .date = day("2010-05-09")};
    struct try t;
    (void)state;
    begin(&t);
    t.bed->patient[0].birth = (struct keep_partial_date){day("0001-01-01"), KEEP_PREC_DAY};
    assert_int_equal(call(&t, KEEP_CALL_patient_age_on, on).i, 2009); /* nothing on file tells against it */
    t.tally.service_first = day("2010-05-01");
    unknown(call(&t, KEEP_CALL_patient_age_on, on), "patient.birth_date");
    unknown(call(&t, KEEP_CALL_patient_birthday, eighteen), "patient.birth_date");
    unknown(get(&t, KEEP_FIELD_patient_birth_date), "patient.birth_date");
    t.bed->patient[0].birth.date = day("1885-05-02"); /* 124 */
    assert_int_equal(call(&t, KEEP_CALL_patient_age_on, on).i, 125);
    t.tally.service_first = KEEP_DATE_NONE;
    t.tally.created_first = day("2012-05-01");
    unknown(call(&t, KEEP_CALL_patient_age_on, on), "patient.birth_date");
    end(&t);
}

static void test_facts_days_are_found_once(void **state)
{
    struct keep_value word = {.type = KEEP_V_STRING, .s = KEEP_STR("discharge_date")};
    struct try t;
    (void)state;
    begin(&t);
    assert_int_equal(call(&t, KEEP_CALL_set_last, word).date, day("2010-05-09"));
    t.bed->encounter[0].end_date = day("2011-01-01");
    assert_int_equal(call(&t, KEEP_CALL_set_last, word).date, day("2010-05-09"));
    keep_facts_begin(&t.facts, &t.tally, &t.where, &t.bed->err); /* the next set */
    assert_int_equal(call(&t, KEEP_CALL_set_last, word).date, day("2011-01-01"));
    word.s = KEEP_STR("birthday");
    assert_int_equal(call(&t, KEEP_CALL_set_last, word).type, KEEP_V_ERROR);
    word = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = KEEP_STR("a")};
    unknown(call(&t, KEEP_CALL_set_last, word), "a");
    assert_int_equal(call(&t, KEEP_CALL_majority, (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("NE")}).i, 19);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_facts_of_set_and_facility), cmocka_unit_test(test_facts_of_the_patient), cmocka_unit_test(test_facts_of_age),
 cmocka_unit_test(test_facts_of_an_impossible_birth),
                                       cmocka_unit_test(test_facts_days_are_found_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
