/* Goal: rules can rest on other records of the patient, by kind; that there is none is known only where sources vouch for it. */
#include "tests/retention/bed.h"

#define RULE(keeps) \
    "pack \"p\" { version \"1\" language 1 }\nretention \"r\" { title \"t\" jurisdiction US status law checked date(\"2026-01-01\") source \"s\" when set.series == \"medical record\" " keeps " cite \"c\" explain \"e\" }\n"
#define STAY "keep 5 years after set.last(\"discharge_date\") "

static struct bed *with_image(const char *policy, const char *image)
{
    struct bed *b = bed_new(policy);
    bed_stay(b, 0, "2010-05-01", "2010-05-09");
    bed_record(b, 0, ENCOUNTER, "2010-05-09");
    if (image)
        bed_record(b, 0, IMAGE, image);
    return b;
}

static const struct keep_set *dated(struct bed *b)
{
    bed_run(b);
    return bed_set(b, "medical record");
}

static void test_onfile_any(void **state)
{
    static const char rule[] = RULE(STAY "keep 9 years after set.last(\"discharge_date\") if patient.any(\"ImagingStudy\")");
    struct bed *b = with_image(rule, NULL);
    const struct keep_set *s = dated(b);
    (void)state;
    bed_until(s, "2015-05-09"); /* the sources vouch that there is none */
    assert_int_equal(s->step[0].missing.n, 0);
    bed_free(b);
    b = with_image(rule, "2010-05-08");
    bed_until(dated(b), "2019-05-09");
    b->record[1].destroyed = true; /* gone: it counts no more */
    bed_until(dated(b), "2015-05-09");
    b->record[1].destroyed = false;
    b->source[0].classes = 1; /* it speaks for encounters alone: whether there are images is unknown, one is on file though */
    b->source[0].all_classes = false;
    b->source[0].klass = (struct keep_str[]){KEEP_STR("Encounter")};
    bed_until(dated(b), "2019-05-09");
    bed_free(b);
    b = with_image(rule, NULL);
    b->source[0].classes = 1;
    b->source[0].all_classes = false;
    b->source[0].klass = (struct keep_str[]){KEEP_STR("Encounter")};
    s = dated(b); /* unknown counts as applying, and is shown */
    bed_until(s, "2019-05-09");
    bed_has(s->step[0].missing, "patient.any(\"ImagingStudy\"): no source declares ImagingStudy complete there");
    bed_free(b);
}

static void test_onfile_days(void **state)
{
    static const char rule[] = RULE(STAY "keep 9 years after patient.last(\"ImagingStudy\", \"service_date\") if patient.any(\"ImagingStudy\")");
    struct bed *b = with_image(rule, "2010-06-01");
    const struct keep_set *s;
    (void)state;
    bed_record(b, 0, IMAGE, "2012-06-01");
    bed_until(dated(b), "2021-06-01");
    b->record[2].facility = 1; /* of another house, whose records are another set */
    b->world.facilities = 2;
    bed_run(b);
    for (size_t i = 0; i < b->result.sets; i++)
        if (b->result.set[i].facility == 0)
            bed_until(&b->result.set[i], "2019-06-01");
    b->record[2].facility = 0;
    b->record[2].service_last = KEEP_DATE_NONE;
    s = dated(b);
    bed_status(s, KEEP_SET_UNDETERMINED);
    bed_has(s->reason, "1 of 2 records do not say it");
    bed_free(b);
    b = with_image(RULE("keep 9 years after patient.first(\"ImagingStudy\", \"settled_date\")"), "2010-06-01");
    bed_has(dated(b)->reason, "patient.first(\"ImagingStudy\", \"settled_date\"): 1 of 1 records do not say it");
    bed_free(b);
    b = with_image(RULE("keep 9 years after patient.first(\"Device\", \"settled_date\")"), NULL);
    bed_has(dated(b)->reason, "none is on file");
    bed_free(b);
}

static void test_onfile_ages_of_majority(void **state)
{
    const struct keep_retention_age *age;
    size_t n;
    (void)state;
    age = keep_retention_ages(&n);
    assert_int_equal(n, 51);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(keep_retention_majority(keep_str_of(age[i].state)), age[i].years);
        assert_true(age[i].years >= 18 && age[i].cite[0] && age[i].checked[0]);
    }
    assert_int_equal(keep_retention_majority(KEEP_STR("AL")), 19);
    assert_int_equal(keep_retention_majority(KEEP_STR("MS")), 21);
    assert_int_equal(keep_retention_majority(KEEP_STR("PR")), -1); /* not 18: a guess could come early */
    struct bed *b = with_image(RULE("keep 1 year after patient.birthday(majority(facility.state))"), NULL);
    b->facility[0].state = KEEP_STR("PR");
    bed_has(dated(b)->reason, "the age of majority there");
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_onfile_any), cmocka_unit_test(test_onfile_days), cmocka_unit_test(test_onfile_ages_of_majority)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
