/* Calls: names, arguments, the words that the engines' functions take. */
#include "tests/policy/try.h"

static void test_callcheck_names(void **state)
{
    static const struct try_case c[] = {
        {"relatd([\"order\"], duration(\"1h\"), duration(\"1h\"))", "there is no function `relatd`"}, {"set.lst(\"service_date\")", "`set` has no function `lst`"},
        {"\"a\".startWith(\"a\")", "there is no function `startWith`"}, {"[1].exsts(x, true)", "there is no function `exsts`"}, {"last(\"service_date\")", "there is no function `last`"},
        {"user.last(\"service_date\")", "`user` has no function `last`"},
    };
    (void)state;
    TRY(c);
}

static void test_callcheck_arguments(void **state)
{
    static const struct try_case c[] = {
        {"set.last()", "wrong number of arguments for set.last"}, {"set.last(\"service_date\", 1)", "wrong number of arguments for set.last"}, {"set.last(1)", "set.last needs string, this is int"},
        {"set.last(\"servce_date\")", "there is no such day"}, {"patient.birthday(\"18\")", "patient.birthday needs int, this is string"}, {"colleagues(1)", "wrong number of arguments for colleagues"},
        {"related([\"ordr\"], duration(\"1h\"), duration(\"1h\"))", "\"ordr\" is none of the words of the kinds of relations"}, {"related([\"order\"], \"1h\", duration(\"1h\"))", "related needs duration, this is string"},
        {"date(1)", "date() does not take int"}, {"string()", "string() does not take nothing"}, {"duration(\"1h\", 2)", "duration() does not take these arguments"},
    };
    (void)state;
    TRY(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_callcheck_names), cmocka_unit_test(test_callcheck_arguments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
