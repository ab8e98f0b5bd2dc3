/* Goal: every record in exactly one set; what codes cannot tell stays where it is and brings the rules along. */
#include "tests/retention/bed.h"

#include "core/retention/assign.h"

#define POLICY                                                                                                                                             \
    "pack \"p\" { version \"1\" language 1 }\n"                                                                                                             \
    "label \"mammogram\" { title \"t\" when record.codes.exists(c, c.system == \"CPT\" && c.code in [\"77067\", \"76092\"]) authority \"a\" checked \"unverified\" }\n" \
    "label \"image\" { title \"t\" when record.kind == \"ImagingStudy\" authority \"a\" checked \"unverified\" historic none \"a kind\" }\n"                  \
    "label \"old\" { title \"t\" when record.service_date < date(\"2000-01-01\") authority \"a\" checked \"unverified\" historic none \"a day\" }\n"        \
    "series \"mammograms\" { title \"t\" order 10 per patient, facility separable when \"mammogram\" in record.labels authority \"a\" checked \"unverified\" }\n" \
    "series \"images\" { title \"t\" order 20 per patient, facility separable when \"image\" in record.labels authority \"a\" checked \"unverified\" }\n"     \
    "series \"stays\" { title \"t\" order 30 per patient, facility when record.kind == \"Encounter\" authority \"a\" checked \"unverified\" }\n"             \
    "series \"devices\" { title \"t\" order 40 per source when record.kind == \"Device\" authority \"a\" checked \"unverified\" }\n"
enum { MAMMOGRAMS = 3, IMAGES, STAYS, DEVICES };
#define BIT(i) (UINT64_C(1) << (i))

struct try {
    struct bed *bed;
    struct keep_assign *assign;
};

static struct try begin(void)
{
    struct try t = {.bed = bed_new(POLICY)};
    assert_int_equal(keep_assign_new(&t.assign, t.bed->in.policy, &t.bed->world, &t.bed->err), 0);
    return t;
}

static void end(struct try *t)
{
    keep_assign_free(t->assign);
    bed_free(t->bed);
}

static struct keep_assigned put(struct try *t, const struct keep_record *r)
{
    struct keep_assigned first, again;
    assert_int_equal(keep_assign_record(t->assign, r, &first, &t->bed->err), 0);
    assert_int_equal(keep_assign_record(t->assign, r, &again, &t->bed->err), 0); /* remembered or not, the same */
    assert_memory_equal(&first, &again, sizeof first);
    return first;
}

static void test_assign_first_series_takes_it(void **state)
{
    struct try t = begin();
    struct keep_record *r = bed_record(t.bed, 0, IMAGE, "2012-01-01");
    struct keep_assigned a;
    (void)state;
    bed_code(t.bed, r, CPT, "76092");
    a = put(&t, r);
    assert_int_equal(a.series, MAMMOGRAMS);
    assert_int_equal(a.also, BIT(IMAGES)); /* matched as well: its rules count too */
    assert_int_equal(a.maybe, 0);
    assert_int_equal(a.labels, BIT(0) | BIT(1));
    r = bed_record(t.bed, 0, DOCUMENT, "2012-01-01");
    assert_int_equal(put(&t, r).series, KEEP_SERIES_MEDICAL_RECORD);
    end(&t);
}

static void test_assign_code_systems_are_kept_apart(void **state)
{
    struct try t = begin();
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, "2012-01-01");
    (void)state;
    bed_code(t.bed, r, ICD9, "76092");
    assert_int_equal(put(&t, r).labels, 0);
    end(&t);
}

static void test_assign_no_code_is_none_only_where_attested(void **state)
{
    struct try t = begin();
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, "2012-01-01"), *m = bed_record(t.bed, 0, DOCUMENT, "2012-01-01");
    struct keep_assigned a;
    (void)state;
    bed_code(t.bed, r, CPT, "99213");
    bed_code(t.bed, m, CPT, "77067");
    assert_int_equal(put(&t, r).maybe, 0);
    assert_int_equal(put(&t, r).could, 0);
    t.bed->source[0].codes_complete = false;
    a = put(&t, r);
    assert_int_equal(a.series, KEEP_SERIES_MEDICAL_RECORD);
    assert_int_equal(a.maybe, BIT(MAMMOGRAMS));
    assert_int_equal(a.could, BIT(MAMMOGRAMS)); /* whose set it may be in */
    assert_int_equal(a.labels_unknown, BIT(0));
    a = put(&t, m); /* a recorded code decides all the same */
    assert_int_equal(a.series, MAMMOGRAMS);
    assert_int_equal(a.labels_unknown, 0);
    assert_int_equal(a.could, 0);
    a = put(&t, bed_record(t.bed, 0, IMAGE, "2012-01-01")); /* of two series the first may have it */
    assert_int_equal(a.series, IMAGES);
    assert_int_equal(a.could, BIT(MAMMOGRAMS));
    a = put(&t, bed_record(t.bed, 0, PATIENT, NULL)); /* who a patient is stays together whatever its codes are */
    assert_int_equal(a.maybe, BIT(MAMMOGRAMS));
    assert_int_equal(a.could, 0);
    t.bed->source[0].codes_complete = true;
    t.bed->source[0].declared = false; /* an attestation nobody made */
    assert_int_equal(put(&t, r).labels_unknown, BIT(0));
    end(&t);
}

static void test_assign_built_in_series(void **state)
{
    struct try t = begin();
    struct keep_record *r = bed_record(t.bed, 0, PATIENT, NULL);
    (void)state;
    assert_int_equal(put(&t, r).series, KEEP_SERIES_PATIENT_IDENTITY);
    r = bed_record(t.bed, 0, PERSON, NULL);
    assert_int_equal(put(&t, r).series, KEEP_SERIES_PATIENT_IDENTITY);
    r = bed_record(t.bed, 0, DOCUMENT, "2012-01-01");
    r->facility = KEEP_ID_NONE;
    assert_int_equal(put(&t, r).series, KEEP_SERIES_PATIENT_IDENTITY);
    r = bed_record(t.bed, 0, IMAGE, "2012-01-01"); /* no facility: no set of that series either, but its rules */
    r->facility = KEEP_ID_NONE;
    assert_int_equal(put(&t, r).series, KEEP_SERIES_PATIENT_IDENTITY);
    assert_int_equal(put(&t, r).also, BIT(IMAGES) | BIT(KEEP_SERIES_MEDICAL_RECORD)); /* and the chart's */
    assert_int_equal(put(&t, r).could, BIT(IMAGES));
    r = bed_record(t.bed, KEEP_ID_NONE, DOCUMENT, NULL);
    assert_int_equal(put(&t, r).series, KEEP_SERIES_ADMINISTRATIVE);
    r = bed_record(t.bed, KEEP_ID_NONE, DEVICE, NULL);
    assert_int_equal(put(&t, r).series, DEVICES);
    r = bed_record(t.bed, 0, DEVICE, NULL);
    assert_int_equal(put(&t, r).series, KEEP_SERIES_MEDICAL_RECORD);
    end(&t);
}

static void test_assign_only_separable_series_leave_the_record(void **state)
{
    struct try t = begin();
    struct keep_record *r = bed_record(t.bed, 0, ENCOUNTER, "2012-01-01");
    (void)state;
    assert_int_equal(put(&t, r).series, KEEP_SERIES_MEDICAL_RECORD);
    assert_int_equal(put(&t, r).also, BIT(STAYS));
    end(&t);
}

static void test_assign_does_not_remember_what_depends_on_a_day(void **state)
{
    struct try t = begin();
    struct keep_record *r = bed_record(t.bed, 0, DOCUMENT, "2012-01-01");
    (void)state;
    assert_int_equal(put(&t, r).labels, 0);
    r->service_last = day("1990-01-01");
    assert_int_equal(put(&t, r).labels, BIT(2));
    r->service_last = KEEP_DATE_NONE;
    assert_int_equal(put(&t, r).labels_unknown, BIT(2));
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assign_first_series_takes_it),
        cmocka_unit_test(test_assign_code_systems_are_kept_apart),
        cmocka_unit_test(test_assign_no_code_is_none_only_where_attested),
        cmocka_unit_test(test_assign_built_in_series),
        cmocka_unit_test(test_assign_only_separable_series_leave_the_record),
        cmocka_unit_test(test_assign_does_not_remember_what_depends_on_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
