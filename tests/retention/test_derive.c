/* Goal: from rules and facts to the right day with its proof; what is unknown lengthens or leaves no day, and is named. */
#include "tests/retention/bed.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define RULE(id, where, when, keeps)                                                                                                    \
    "retention \"" id "\" { title \"t\" jurisdiction " where " status law checked date(\"2026-01-01\") source \"s\" when " when " " keeps \
    " cite \"c\" explain \"e {set.series}\" }\n"
#define RECORD "set.series == \"medical record\""
#define DISCHARGE "set.last(\"discharge_date\")"
#define MINOR(age) "keep " #age " years after patient.birth_date if patient.age_on(" DISCHARGE ") < majority(facility.state)"

static struct bed *one_stay(const char *policy, const char *born, const char *end)
{
    struct bed *b = bed_new(policy);
    b->patient[0].birth.date = day(born);
    bed_stay(b, 0, end, end);
    bed_record(b, 0, ENCOUNTER, end);
    return b;
}

static void dated(const char *policy, const char *born, const char *end, const char *until)
{
    struct bed *b = one_stay(policy, born, end);
    bed_run(b);
    bed_until(bed_set(b, "medical record"), until);
    bed_free(b);
}

static void test_derive_vectors(void **state)
{
    (void)state;
    dated(PACK RULE("ny", "US-KS", RECORD, "keep 6 years after " DISCHARGE), "1950-01-01", "2016-02-29", "2022-03-01");
    dated(PACK RULE("ma", "US-KS", RECORD, "keep 20 years after " DISCHARGE), "1950-01-01", "2016-02-29", "2036-02-29");
    dated(PACK RULE("nc", "US-KS", RECORD, "keep 11 years after " DISCHARGE " " MINOR(30)), "2008-02-29", "2012-05-01", "2038-03-01");
    dated(PACK RULE("tx", "US-KS", RECORD, "keep 10 years after " DISCHARGE " " MINOR(20)), "2009-05-10", "2015-06-01", "2029-05-10");
    dated(PACK RULE("ar", "US-KS", RECORD, "keep 10 years after " DISCHARGE " " MINOR(20)), "2002-07-01", "2020-06-01", "2030-06-01"); /* for minors only ever lengthens */
    dated(PACK RULE("ca", "US-KS", RECORD, "keep 7 years after " DISCHARGE), "1950-01-01", "2013-02-28", "2020-02-28");
    dated(PACK RULE("osha", "US", RECORD, "keep 5 years after set.last(\"service_date\") rounded up to end of year"), "1950-01-01", "2019-03-03", "2024-12-31");
}

static void test_derive_takes_the_latest_of_all_jurisdictions(void **state)
{
    struct bed *b = one_stay(PACK RULE("us", "US", RECORD, "keep 5 years after " DISCHARGE) RULE("ks", "US-KS", RECORD, "keep 10 years after " DISCHARGE)
                                 RULE("mo", "US-MO", RECORD, "keep 50 years after " DISCHARGE) RULE("x", "US", "set.series == \"administrative\"", "keep 90 years after " DISCHARGE),
                             "1950-01-01", "1989-05-09");
    const struct keep_set *s;
    (void)state;
    bed_run(b);
    s = bed_set(b, "medical record");
    bed_until(s, "1999-05-09");
    assert_int_equal(s->steps, 2); /* Missouri is not touched, the other series not meant */
    assert_true(s->step[1].decides);
    bed_has(s->step[1].arithmetic, "10 years after set.last(\"discharge_date\") = 1989-05-09 -> 1999-05-09");
    bed_has(s->explain, "e medical record");
    bed_free(b);
}

static void test_derive_permanent_beats_every_date(void **state)
{
    struct bed *b = one_stay(PACK RULE("a", "US", RECORD, "keep 90 years after " DISCHARGE) RULE("b", "US-KS", RECORD, "keep permanent"), "1950-01-01", "1989-05-09");
    (void)state;
    bed_run(b);
    assert_int_equal(bed_set(b, "medical record")->kind, KEEP_UNTIL_PERMANENT);
    bed_status(bed_set(b, "medical record"), KEEP_SET_KEPT);
    bed_free(b);
}

static void test_derive_unknown_condition_counts_as_applying(void **state)
{
    struct bed *b = one_stay(PACK RULE("a", "US", RECORD, "keep 5 years after " DISCHARGE) RULE("b", "US", "facility.type == \"hospice\"", "keep 6 years after " DISCHARGE), "1950-01-01",
                             "2016-02-29");
    const struct keep_set *s;
    (void)state;
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2021-03-01"); /* known to be a hospital */
    b->facility[0].type = (struct keep_str){NULL, 0};
    bed_run(b);
    s = bed_set(b, "medical record");
    bed_until(s, "2022-03-01");
    assert_int_equal(s->step[1].applies, KEEP_TRI_UNKNOWN);
    bed_has(s->step[1].missing, "facility.type");
    b->facility[0].type = KEEP_STR("Healthcare Provider"); /* says nothing of its kind */
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2022-03-01");
    bed_free(b);
}

static void undetermined(struct bed *b, const char *why)
{
    bed_run(b);
    bed_status(bed_set(b, "medical record"), KEEP_SET_UNDETERMINED);
    assert_int_equal(bed_set(b, "medical record")->kind, KEEP_UNTIL_UNKNOWN);
    bed_has(bed_set(b, "medical record")->reason, why);
    bed_free(b);
}

#define KANSAS PACK RULE("ks", "US-KS", RECORD, "keep 10 years after " DISCHARGE " " MINOR(19))

static void test_derive_names_the_gap(void **state)
{
    struct bed *b;
    (void)state;
    b = one_stay(KANSAS, "1950-01-01", "1989-05-09");
    b->patient[0].birth = (struct keep_partial_date){KEEP_DATE_NONE, KEEP_PREC_NONE};
    undetermined(b, "patient.birth_date");
    b = one_stay(PACK RULE("ks", "US-KS", RECORD, "keep 10 years after " DISCHARGE), "1950-01-01", "1989-05-09");
    b->patient[0].birth = (struct keep_partial_date){KEEP_DATE_NONE, KEEP_PREC_NONE};
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "1999-05-09"); /* no rule asks for it: no gap */
    bed_free(b);
    b = one_stay(KANSAS, "1950-01-01", "1989-05-09");
    b->facility[0].state = (struct keep_str){NULL, 0};
    undetermined(b, "facility.state");
    b = one_stay(KANSAS, "1950-01-01", "1989-05-09");
    b->facility[0].state = KEEP_STR("MO");
    undetermined(b, "no rule");
}

static void test_derive_takes_the_state_from_the_source(void **state)
{
    struct bed *b = one_stay(KANSAS, "1950-01-01", "1989-05-09");
    (void)state;
    b->facility[0].state = (struct keep_str){NULL, 0};
    b->source[0].jurisdiction = KEEP_STR("KS");
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "1999-05-09");
    bed_free(b);
}

static void test_derive_partial_birth_dates_lengthen(void **state)
{
    struct bed *b = one_stay(KANSAS, "2000-12-31", "2010-05-09");
    (void)state;
    b->patient[0].birth.precision = KEEP_PREC_YEAR; /* born in 2000: a minor either way, but of no known birth date */
    undetermined(b, "patient.birth_date");
    b = one_stay(PACK RULE("ks", "US-KS", RECORD, "keep 1 years after patient.birthday(18) if patient.age_on(" DISCHARGE ") < 18"), "2000-12-31", "2018-05-09");
    b->patient[0].birth.precision = KEEP_PREC_YEAR; /* 17 or 18 at discharge: counts as a minor; the birthday is the last it can be */
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2019-12-31");
    bed_has(bed_set(b, "medical record")->step[0].missing, "patient.birth_date");
    bed_free(b);
}

static void test_derive_says_odd_days(void **state)
{
    struct bed *b = one_stay(PACK RULE("ks", "US", RECORD, "keep 5 years after " DISCHARGE), "1950-01-01", "2016-02-29");
    (void)state;
    b->patient[0].death = day("2015-01-01");
    b->patient[0].deceased = KEEP_TRI_YES;
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2021-03-01");
    bed_has(bed_set(b, "medical record")->step[0].arithmetic, "death on record, 2015-01-01, is earlier");
    b->encounter[0].end_date = day("2030-01-01");
    b->patient[0].death = KEEP_DATE_NONE;
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2035-01-01");
    bed_has(bed_set(b, "medical record")->step[0].arithmetic, "after the as-of day");
    bed_free(b);
}

static void test_derive_rules_out_of_force_are_not_tried(void **state)
{
    struct bed *b = one_stay(PACK "retention \"old\" { title \"t\" jurisdiction US status law checked \"unverified\" effective from date(\"1990-01-01\") to date(\"2000-01-01\") when true "
                                  "keep 90 years after " DISCHARGE " cite \"c\" explain \"e\" }\n" RULE("now", "US", RECORD, "keep 5 years after " DISCHARGE),
                             "1950-01-01", "2016-02-29");
    (void)state;
    bed_run(b);
    assert_int_equal(bed_set(b, "medical record")->steps, 1);
    bed_until(bed_set(b, "medical record"), "2021-03-01");
    bed_free(b);
}

static void test_derive_gathers_gates_and_residue(void **state)
{
    struct bed *b = one_stay(PACK "retention \"g\" { title \"t\" jurisdiction US status law checked \"unverified\" when true keep 5 years after " DISCHARGE
                                  " gate \"notify the state\" residue 25 years \"a summary\" cite \"c\" explain \"e\" }\n"
                                  "retention \"h\" { title \"t\" jurisdiction US status law checked \"unverified\" when true keep 4 years after " DISCHARGE
                                  " gate \"notify the state\" residue 20 years \"a summary\" cite \"c\" explain \"e\" }\n",
                             "1950-01-01", "2016-02-29");
    (void)state;
    bed_run(b);
    assert_true(keep_str_is(bed_set(b, "medical record")->gates, "notify the state"));
    assert_int_equal(bed_set(b, "medical record")->residue_years, 25);
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derive_vectors),
        cmocka_unit_test(test_derive_takes_the_latest_of_all_jurisdictions),
        cmocka_unit_test(test_derive_permanent_beats_every_date),
        cmocka_unit_test(test_derive_unknown_condition_counts_as_applying),
        cmocka_unit_test(test_derive_names_the_gap),
        cmocka_unit_test(test_derive_takes_the_state_from_the_source),
        cmocka_unit_test(test_derive_partial_birth_dates_lengthen),
        cmocka_unit_test(test_derive_says_odd_days),
        cmocka_unit_test(test_derive_rules_out_of_force_are_not_tried),
        cmocka_unit_test(test_derive_gathers_gates_and_residue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
