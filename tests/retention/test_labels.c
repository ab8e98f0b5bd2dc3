/* Goal: the audit learns which patients have labelled records on file, and where it cannot be told. */
#include "tests/retention/bed.h"

#define PACK                                                                                                                                    \
    "pack \"p\" { version \"1\" language 1 }\n"                                                                                                  \
    "label \"hiv\" { title \"t\" when record.codes.exists(c, c.system == \"ICD-9-CM\" && c.code == \"042\") authority \"a\" checked \"unverified\" }\n" \
    "label \"image\" { title \"t\" when record.kind == \"ImagingStudy\" authority \"a\" checked \"unverified\" historic none \"a kind\" }\n"

static void test_labels_of_patients(void **state)
{
    struct bed *b = bed_new(PACK);
    (void)state;
    b->world.patients = 4;
    b->world.sources = 2;
    b->source[1].codes_complete = false;
    bed_code(b, bed_record(b, 0, DOCUMENT, NULL), ICD9, "042");
    bed_record(b, 0, DOCUMENT, NULL)->source = 11; /* of unknown codes, beside one that decides */
    bed_record(b, 1, IMAGE, NULL);
    bed_record(b, 2, DOCUMENT, NULL)->source = 11;
    bed_code(b, bed_record(b, 3, DOCUMENT, NULL), ICD9, "042");
    b->record[b->records - 1].destroyed = true;
    bed_record(b, KEEP_ID_NONE, IMAGE, NULL);
    b->patient[3].labels = 3;
    assert_int_equal(keep_retention_labels(b->in.policy, &b->world, &b->scan, &b->err), 0);
    assert_int_equal(b->patient[0].labels, 1);
    assert_int_equal(b->patient[0].labels_unknown, 0);
    assert_int_equal(b->patient[1].labels, 2);
    assert_int_equal(b->patient[2].labels, 0);
    assert_int_equal(b->patient[2].labels_unknown, 1);
    assert_int_equal(b->patient[3].labels, 0);
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_labels_of_patients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
