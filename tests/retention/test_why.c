/* Goal: a person can follow the derivation, the age of majority included. */
#include "tests/retention/bed.h"

#define PACK                                                                                                                                             \
    "pack \"p\" { version \"1\" language 1 }\n"                                                                                                           \
    "retention \"us\" { title \"Federal\" jurisdiction US status law checked \"unverified\" when set.series == \"medical record\" && facility.type == \"hospice\" " \
    "keep 5 years after set.last(\"discharge_date\") cite \"42 CFR\" explain \"e\" }\n"                                                                   \
    "retention \"ks\" { title \"Kansas\" jurisdiction US-KS status law checked date(\"2026-01-01\") source \"the text\" when set.series == \"medical record\" " \
    "keep 10 years after set.last(\"discharge_date\") gate \"ask\" residue 25 years \"summary\" cite \"K.A.R. 28\" explain \"Discharged {set.last(\\\"discharge_date\\\")}.\" }\n"

static void test_why_tells_the_derivation(void **state)
{
    struct bed *b = bed_new(PACK);
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_str text;
    (void)state;
    b->facility[0].type = (struct keep_str){NULL, 0};
    bed_stay(b, 0, "1989-05-09", "1989-05-09");
    bed_record(b, 0, ENCOUNTER, "1989-05-09");
    bed_adopt(b);
    bed_run(b);
    keep_retention_why(bed_set(b, "medical record"), &b->in, &out);
    text = keep_buf_view(&out);
    bed_has(text, "keep until 1999-05-09");
    bed_has(text, "rule       Kansas");
    bed_has(text, "authority  K.A.R. 28");
    bed_has(text, "because    Discharged 1989-05-09.");
    bed_has(text, "gates      ask");
    bed_has(text, "a summary for 25 years");
    bed_has(text, "2 of 2 rules apply");
    bed_has(text, "* ks (US-KS, law)");
    bed_has(text, "10 years after set.last(\"discharge_date\") = 1989-05-09 -> 1999-05-09");
    bed_has(text, "read: the text; adopted, can release");
    bed_has(text, "- us (US, law)");
    bed_has(text, "counts as applying: facility.type is not known");
    bed_has(text, "unverified; cannot release");
    keep_buf_free(&out);
    bed_free(b);
}

static void test_why_majority(void **state)
{
    (void)state;
    assert_int_equal(keep_retention_majority(KEEP_STR("KS")), 18);
    assert_int_equal(keep_retention_majority(KEEP_STR("AL")), 19);
    assert_int_equal(keep_retention_majority(KEEP_STR("NE")), 19);
    assert_int_equal(keep_retention_majority(KEEP_STR("MS")), 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_why_tells_the_derivation), cmocka_unit_test(test_why_majority)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
