/* explanation, access, evidence: the forms of a rule and what belongs together. */
#include "tests/policy/try.h"

#define RULE(clauses) TRY_PACK "access \"a\" { title \"t\" severity high weight 7 authority \"a\" threshold \"h\" state in_force checked date(\"2026-01-01\") source \"s\" explain \"e\"\n" clauses " }\n"

static void test_parse_access_forms(void **state)
{
    static const struct { const char *text; enum keep_access_form form; int64_t within, limit; uint32_t pers; enum keep_field per, distinct; } c[] = {
        {RULE("when user.mapped unless expected"), KEEP_ACCESS_SINGLE, 0, 0, 0, 0, 0}, {RULE("when user.mapped per user.id within 30 minutes count >= 3"), KEEP_ACCESS_COUNT, 1800, 3, 1, KEEP_FIELD_user_id, 0},
        {RULE("count distinct event.patient_id >= 50 within 1 hour per user.id when event.exposure == \"opened\""), KEEP_ACCESS_DISTINCT, 3600, 50, 1, KEEP_FIELD_user_id, KEEP_FIELD_event_patient_id},
        {RULE("when true per user.id within 7 days count >= 1"), KEEP_ACCESS_COUNT, 604800, 1, 1, KEEP_FIELD_user_id, 0},
        {RULE("when true per event.patient_id within 24 hours count distinct user.id >= 6 unless expected"), KEEP_ACCESS_DISTINCT, 86400, 6, 1, KEEP_FIELD_event_patient_id, KEEP_FIELD_user_id},
        {RULE("when true per user.id, event.patient_id within 400 days count distinct event.day >= 3"), KEEP_ACCESS_DISTINCT, 34560000, 3, 2, KEEP_FIELD_event_patient_id, KEEP_FIELD_event_day},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct keep_arena *a = keep_arena_new(0);
        const struct keep_access *r = try_compile(c[i].text, a)->access;
        assert_int_equal(r->form, c[i].form);
        assert_true(r->within == c[i].within * KEEP_USEC);
        assert_true(r->limit == c[i].limit);
        assert_int_equal(r->severity, KEEP_SEVERITY_HIGH);
        assert_int_equal(r->weight, 7);
        assert_true(keep_str_is(r->state, "in force") && r->check.verified && !r->evidence);
        assert_int_equal(r->unless_expected, i == 0 || i == 4);
        assert_int_equal(r->pers, c[i].pers);
        if (r->pers)
            assert_int_equal(r->per[r->pers - 1], c[i].per);
        if (r->form == KEEP_ACCESS_DISTINCT)
            assert_int_equal(r->distinct, c[i].distinct);
        keep_arena_free(a);
    }
}

static void test_parse_access_errors(void **state)
{
    static const struct try_case c[] = {
        {RULE("when true count >= 3"), "3:11 `count` without `per`\n3:11 `count` without `within`\n"}, {RULE("when true within 1 hour"), "3:11 a window without `count`\n"},
        {RULE("when true per user.id"), "3:11 a window without `count`\n"},
        {RULE("when true per event.day within 1 hour count >= 2"), "3:15 expected `user.id`, `user.login`, `event.patient_id`, `event.place` or `event.unit`, have `event`\n"},
        {RULE("when true per user.id, user.id within 1 hour count >= 2"), "3:24 the two keys of a rule are the same\n"},
        {RULE("when true per user.id, event.unit, event.place within 1 hour count >= 2"), "3:34 expected a clause or `}`, have `,`\n"},
        {RULE("when true per user.id within 1 hour count distinct event.id >= 2"), "3:52 expected `event.patient_id`, `event.day`, `event.place`, `event.unit`, `user.id` or `user.login`, have `event`\n"},
        {RULE("when true per user.id within 1 hour count distinct user.id >= 2"), "3:37 what is counted apart is a key of the rule: there is always one\n"},
        {RULE("when true per user.id within 1441 days count >= 2"), "3:30 the length of a window is from 1 to 1440 here\n"}, {RULE("when true per user.id within 1 hour count > 3"), "3:43 expected `>=` and a number, have `>`\n"},
        {RULE("when true per user.id within 0 hours count >= 0"), "3:30 the length of a window is from 1 to 1440 here\n3:47 a limit is from 1 to 1000000 here\n"},
        {RULE("unless user.id"), "2:8 an access rule needs `when`\n3:8 the exception of an access rule must be bool, this is string\n"},
        {TRY_PACK "evidence \"e\" { title \"t\" weight 1 when colleagues() severity low explain \"x\" }", "2:53 `severity` starts no clause of evidence\n"},
        {TRY_PACK "explanation \"e\" { title \"t\" when set.series == \"x\" missing \"m\" authority \"a\" }", "2:34 `set` has no meaning in the condition of an explanation\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_access_forms), cmocka_unit_test(test_parse_access_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
