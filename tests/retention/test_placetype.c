/* Goal: a facility is told by its type whatever the capitals, and by no type that no rule knows: that one is as if nobody had recorded it. */
#include "tests/retention/bed.h"

#include "core/retention/placetype.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define LAW(id, when, keeps) "retention \"" id "\" { title \"t\" jurisdiction US status law checked date(\"2026-01-01\") source \"s\" when " when " keep " keeps " cite \"c\" explain \"e\" }\n"
#define SERVICE " years after set.last(\"service_date\")"

static void word_is(const struct keep_placetypes *t, const char *said, const char *want)
{
    struct keep_str have = keep_placetype_word(t, keep_str_of(said));
    if (!keep_str_is(have, want))
        fail_msg("%s is \"%.*s\", want \"%s\"", said, (int)have.n, have.p ? have.p : "", want);
}

static void test_placetype_is_the_word_of_the_rules(void **state)
{
    struct bed *b = bed_new(PACK LAW("a", "facility.type == \"hospice\" || has(facility.type) && facility.type in [\"clinic\", \"Long Term Care\"]", "5" SERVICE)
                                LAW("b", "!(facility.type in [\"p\", \"q\", \"r\", \"s\", \"t\", \"u\", \"v\", \"w\", \"x\", \"y\", \"z\"])", "5" SERVICE " if facility.type != \"laboratory\""));
    struct keep_placetypes t;
    (void)state;
    assert_int_equal(keep_placetype_gather(&t, b->in.policy, b->arena), 0);
    word_is(&t, "hospice", "hospice");
    word_is(&t, "HOSPICE", "hospice");
    word_is(&t, "Clinic", "clinic");
    word_is(&t, "long term care", "Long Term Care");
    word_is(&t, "Z", "z");
    word_is(&t, "Laboratory", "laboratory");
    word_is(&t, "Hospital", "hospital");
    word_is(&t, "Physician Office", "");
    word_is(&t, "", "");
    bed_free(b);
    b = bed_new(PACK LAW("a", "facility.type.startsWith(\"hosp\")", "5" SERVICE)); /* whatever it is, the rule asks */
    assert_int_equal(keep_placetype_gather(&t, b->in.policy, b->arena), 0);
    word_is(&t, "Physician Office", "Physician Office");
    bed_free(b);
}

static void test_placetype_of_no_rule_counts_as_applying(void **state)
{
    struct bed *b = bed_new(PACK LAW("all", "true", "5" SERVICE) LAW("hospice", "facility.type == \"hospice\"", "6" SERVICE));
    (void)state;
    bed_record(b, 0, DOCUMENT, "2010-01-01");
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2015-01-01");
    b->facility[0].type = KEEP_STR("Hospice");
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2016-01-01");
    assert_int_equal(bed_set(b, "medical record")->step[1].applies, KEEP_TRI_YES);
    b->facility[0].type = KEEP_STR("End of life care");
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2016-01-01");
    assert_int_equal(bed_set(b, "medical record")->step[1].applies, KEEP_TRI_UNKNOWN);
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_placetype_is_the_word_of_the_rules), cmocka_unit_test(test_placetype_of_no_rule_counts_as_applying)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
