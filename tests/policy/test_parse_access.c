/* access, evidence: the forms of a rule and what belongs together. */
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

static void test_parse_access_sequence(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_access *r = try_compile(RULE("when event.exposure == \"system\" first event.action == \"login\" && event.outcome != \"success\" count >= 5 "
                                                   "then event.action == \"view\" then no user.mapped within 2 days per user.login, event.place"), a)->access;
    (void)state;
    assert_int_equal(r->form, KEEP_ACCESS_SEQUENCE);
    assert_int_equal(r->steps, 3);
    assert_int_equal(r->limit, 6);
    assert_int_equal(r->step[0].count, 5);
    assert_int_equal(r->step[1].count, 1);
    assert_true(!r->step[0].none && !r->step[1].none && r->step[2].none);
    assert_int_equal(r->pers, 2);
    assert_true(r->within == 2 * 86400 * KEEP_USEC);
    r = try_compile(RULE("when true overlap event.place within 5 minutes per user.id"), a)->access;
    assert_int_equal(r->form, KEEP_ACCESS_OVERLAP);
    assert_int_equal(r->limit, 2);
    assert_int_equal(r->distinct, KEEP_FIELD_event_place);
    keep_arena_free(a);
}

static void test_parse_access_errors(void **state)
{
    static const struct try_case c[] = {
        {RULE("when user.surname_key == patient.surname_key"), "3:6 a family name alone says nothing of two people\n"}, {RULE("when user.surname_key == patient.surname_key && event.searched"), ""},
        {TRY_PACK "evidence \"e\" { title \"t\" weight 1 explain \"e\" when user.surname_key == patient.surname_key }\n", "2:52 a family name alone says nothing of two people\n"},
        {TRY_PACK "evidence \"e\" { title \"t\" weight 0 explain \"e\" when user.surname_key == patient.surname_key }\n", ""},
        {RULE("when true count >= 3"), "3:11 `count` without `per`\n3:11 `count` without `within`\n"}, {RULE("when true within 1 hour"), "3:11 a window without `count`, `first` or `overlap`\n"},
        {RULE("when true per user.id"), "3:11 a window without `count`, `first` or `overlap`\n"},
        {RULE("when true first user.mapped then user.mapped"), "3:11 `first` without `per`\n3:11 `first` without `within`\n"},
        {RULE("when true per user.id within 1 hour first user.mapped"), "3:55 expected `then`, have `}`\n"},
        {RULE("when true per user.id within 1 hour first user.mapped then no user.mapped count >= 2"), "3:75 what must not follow is not counted\n"},
        {RULE("when true per user.id within 1 hour first user.mapped count >= 0 then user.id"), "3:64 a limit is from 1 to 1000000 here\n3:71 a step of an access rule must be bool, this is string\n"},
        {RULE("when true per user.id within 1 hour first user.mapped then no user.mapped then user.mapped"), "3:75 nothing follows `then no`\n"},
        {RULE("when true per user.id within 1 hour first true then true then true then true then true"), "3:78 a sequence has at most 4 steps\n"},
        {RULE("when true per user.id within 1 hour first true then true count >= 2 count >= 3"), "3:69 a rule has one of `count`, `first` and `overlap`\n"},
        {RULE("when true per user.id within 1 hour overlap user.id"), "3:37 what is told apart is a key of the rule: there is always one\n"},
        {RULE("when true overlap event.day per user.id within 1 hour"), "3:19 expected `user.id`, `user.login`, `event.patient_id`, `event.place` or `event.unit`, have `event`\n"},
        {RULE("when true first first.time == last.time then no true per user.id within 1 hour"), "3:17 there is no `first`\n3:31 there is no `last`\n"},
        {RULE("when true per event.day within 1 hour count >= 2"), "3:15 expected `user.id`, `user.login`, `event.patient_id`, `event.place` or `event.unit`, have `event`\n"},
        {RULE("when true per user.id, user.id within 1 hour count >= 2"), "3:24 the two keys of a rule are the same\n"},
        {RULE("when true per user.id, user.id within 1 hour count distinct user.id >= 2"), "3:24 the two keys of a rule are the same\n3:46 what is told apart is a key of the rule: there is always one\n"},
        {RULE("when true per user.id, event.unit, event.place within 1 hour count >= 2"), "3:34 expected a clause or `}`, have `,`\n"},
        {RULE("when true per user.id within 1 hour count distinct event.id >= 2"), "3:52 expected `event.patient_id`, `event.day`, `event.place`, `event.unit`, `user.id` or `user.login`, have `event`\n"},
        {RULE("when true per user.id within 1 hour count distinct user.id >= 2"), "3:37 what is told apart is a key of the rule: there is always one\n"},
        {RULE("when true per user.id within 1441 days count >= 2"), "3:30 the length of a window is from 1 to 1440 here\n"}, {RULE("when true per user.id within 1 hour count > 3"), "3:43 expected `>=` and a number, have `>`\n"},
        {RULE("when true per user.id within 0 hours count >= 0"), "3:30 the length of a window is from 1 to 1440 here\n3:47 a limit is from 1 to 1000000 here\n"},
        {RULE("unless user.id"), "2:8 an access rule needs `when`\n3:8 the exception of an access rule must be bool, this is string\n"},
        {TRY_PACK "evidence \"e\" { title \"t\" weight 1 when colleagues() severity low explain \"x\" }", "2:53 `severity` starts no clause of evidence\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_access_forms), cmocka_unit_test(test_parse_access_sequence), cmocka_unit_test(test_parse_access_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
