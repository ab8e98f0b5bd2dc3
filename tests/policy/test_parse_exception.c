/* Goal: an exception names one access rule, its end, who answers for it and why, or is refused where that is missing. */
#include "tests/policy/try.h"

#define RULE TRY_PACK "access \"a\" { title \"t\" severity high weight 7 authority \"a\" threshold \"h\" state in_force checked date(\"2026-01-01\") source \"s\" explain \"e\" when user.mapped }\n"
#define TRIAGE "exception \"er\" for \"a\" { when user.unit == \"ED\" until date(\"2027-01-01\") owner \"privacy office\" reason \"triage\" }\n"

static void test_parse_exception_is_its_rules(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(RULE TRIAGE "exception \"two\" for \"a\" { when true until date(\"2026-06-30\") owner \"o\" reason \"r\" }\n", a);
    (void)state;
    assert_int_equal(p->exceptions, 2);
    assert_int_equal(p->access[0].exceptions, 2);
    const struct keep_exception *x = p->access[0].exception[0];
    assert_true(x == &p->exception[0] && keep_str_is(x->id, "er") && keep_str_is(x->rule, "a") && keep_str_is(x->owner, "privacy office") && keep_str_is(x->reason, "triage"));
    assert_int_equal(x->until, keep_civil_from_ymd(2027, 1, 1));
    assert_true(keep_str_is(p->access[0].exception[1]->id, "two"));
    keep_arena_free(a);
}

static void test_parse_exception_errors(void **state)
{
    static const struct try_case c[] = {
        {RULE "exception \"x\" for \"a\" { }", "3:11 an exception needs `when`\n3:11 an exception needs `until`\n3:11 an exception needs `owner`\n3:11 an exception needs `reason`\n"},
        {RULE "exception \"x\" { when true }", "3:15 expected `for` and the rule it is about, have `{`\n"},
        {RULE "exception \"x\" for \"b\" { when true until date(\"2027-01-01\") owner \"o\" reason \"r\" }", "3:19 there is no access rule \"b\"\n"},
        {RULE "exception \"x\" for \"a\" { when user.id until 3 owner \"\" reason \"r\" }",
         "3:30 the condition of an exception must be bool, this is string\n3:44 this day must be date, this is int\n3:52 who answers for it, in quotes is empty\n"},
        {RULE TRIAGE TRIAGE, "4:11 exception \"er\" stands twice\n"},
        {TRY_PACK "evidence \"e\" { title \"t\" weight 1 when event.searched explain \"x\" }\nexception \"x\" for \"e\" { when true until date(\"2027-01-01\") owner \"o\" reason \"r\" }",
         "3:11 an exception is for an access rule, \"e\" is evidence\n"},
        {RULE "exception \"x\" for \"a\" { when set.series == \"s\" until date(\"2027-01-01\") owner \"o\" reason \"r\" }", "3:30 `set` has no meaning in the condition of an exception\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_exception_is_its_rules), cmocka_unit_test(test_parse_exception_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
