/* review: what it is over, what it can name then, and what it lacks. */
#include "tests/policy/try.h"

#define REST " queue \"q\" severity low authority \"a\" threshold \"h\" state house_policy checked date(\"2026-01-01\") source \"s\" "
#define RULE(clauses) TRY_PACK "review \"r\" { title \"t\"" REST "\n" clauses " explain \"e\" }\n"

static void test_parse_review_over(void **state)
{
    static const struct { const char *text; enum keep_review_over over; } c[] = {
        {RULE("over patient when patient.alike > 0"), KEEP_REVIEW_PATIENT}, {RULE("over encounter when encounter.has_note && patient.sex == \"F\""), KEEP_REVIEW_ENCOUNTER},
        {RULE("over record when record.amends_unknown > 0"), KEEP_REVIEW_RECORD}, {RULE("over claim when size(claim.pairs) > 0 && encounter.class == \"IMP\""), KEEP_REVIEW_CLAIM}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct keep_arena *a = keep_arena_new(0);
        const struct keep_policy *p = try_compile(c[i].text, a);
        assert_int_equal(p->reviews, 1);
        assert_int_equal(p->review->over, c[i].over);
        assert_true(keep_str_is(p->review->queue, "q") && keep_str_is(p->review->state, "house policy") && p->review->severity == KEEP_SEVERITY_LOW);
        keep_arena_free(a);
    }
}

static void test_parse_review_errors(void **state)
{
    static const struct try_case c[] = {
        {RULE("over patient when record.amends_unknown > 0"), "3:19 `record` has no meaning in the condition of a review\n"},
        {RULE("when patient.alike > 0 over claim"), "3:24 `over` stands below the condition\n"},
        {RULE("over people when true"), "3:6 expected what the rule is about, have `people`\n"},
        {RULE("over patient when patient.alike"), "3:19 the condition of a review must be bool, this is int\n"},
        {TRY_PACK "review \"r\" { title \"t\"" REST " over patient when true explain \"{user.name}\" }", "2:166 `user` has no meaning in the text of a review\n"},
        {TRY_PACK "review \"r\" { title \"t\" }", "2:8 a review needs `over`\n2:8 a review needs `queue`\n2:8 a review needs `severity`\n2:8 a review needs `when`\n2:8 a review needs `authority`\n"
                                                "2:8 a review needs `threshold`\n2:8 a review needs `state`\n2:8 a review needs `checked`\n2:8 a review needs `explain`\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_review_over), cmocka_unit_test(test_parse_review_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
