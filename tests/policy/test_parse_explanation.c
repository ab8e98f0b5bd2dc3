/* explanation: what it has, what it can name, what it lacks. */
#include "tests/policy/try.h"

static void test_parse_explanation_has(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(TRY_PACK "explanation \"e\" { missing \"m\" authority \"w\" title \"t\" when colleagues() }\n"
                                              "explanation \"f\" { title \"t\" when user.mapped missing \"n\" authority \"w\" checked date(\"2026-01-01\") source \"s\" }\n", a);
    (void)state;
    assert_int_equal(p->explanations, 2);
    assert_true(keep_str_is(p->explanation[0].id, "e") && keep_str_is(p->explanation[0].missing, "m") && keep_str_is(p->explanation[0].authority, "w") && p->explanation[0].when);
    assert_true(!p->explanation[0].check.verified && p->explanation[1].check.verified); /* a check may be left out */
    keep_arena_free(a);
}

static void test_parse_explanation_errors(void **state)
{
    static const struct try_case c[] = {
        {TRY_PACK "explanation \"e\" { title \"t\" when set.series == \"x\" missing \"m\" authority \"a\" }", "2:34 `set` has no meaning in the condition of an explanation\n"},
        {TRY_PACK "explanation \"e\" { title \"t\" when user.id missing \"\" authority \"a\" }",
         "2:34 the condition of an explanation must be bool, this is string\n2:50 which fact would have made it hold, in quotes is empty\n"},
        {TRY_PACK "explanation \"e\" { checked \"unverified\" }",
         "2:13 an explanation needs `title`\n2:13 an explanation needs `when`\n2:13 an explanation needs `missing`\n2:13 an explanation needs `authority`\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_explanation_has), cmocka_unit_test(test_parse_explanation_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
