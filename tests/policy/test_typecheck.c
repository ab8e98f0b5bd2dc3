/* Static types: what cannot be meant is an error before anything runs. */
#include "tests/policy/try.h"

static void test_typecheck_operators(void **state)
{
    static const struct try_case c[] = {
        {"patient.birth_date < \"2001-01-01\"", "cannot compare date with string"}, {"event.time == patient.birth_date", "cannot compare timestamp with date"}, {"1 == \"a\"", "cannot compare int with string"},
        {"user.address_key < patient.address_key", "key has no order"}, {"user.address_key == user.id", "cannot compare key with string"}, {"[1] < [2]", "list has no order"},
        {"user.id && true", "&& needs bool, this is string"}, {"true || 1", "|| needs bool, this is int"}, {"!user.id", "! needs bool, this is string"}, {"1 ? 2 : 3", "? needs bool, this is int"},
        {"-user.id", "- needs a number, this is string"}, {"patient.birth_date + 1", "there is no date + int"}, {"1 + 1u", "there is no int + uint"}, {"1.0 % 2.0", "there is no double % double"},
        {"user.id in \"abc\"", "`in` needs a list, this is string"}, {"1 in [\"a\"]", "this is a list of string, it cannot hold int"}, {"user.id[0]", "string has no index"},
        {"user.id.exists(x, true)", "exists() needs a list or a map, this is string"}, {"[1].exists(x, x)", "exists needs bool, this is int"}, {"[1].exists(1, true)", "the first argument of exists() is a name"},
        {"[1].exists(x)", "exists() takes a name and a condition"},
    };
    (void)state;
    TRY(c);
}

static void test_typecheck_constants(void **state)
{
    static const struct try_case c[] = {
        {"1 / 0 == 1", "division by zero"}, {"date(\"2026-13-01\")", "this is no day: write \"2026-03-02\""}, {"[1, 2][5]", "there is no such index"}, {"{1: 2, 1: 3}", "this key stands twice"},
        {"true ? 1 : \"a\"", "1"}, {"[1, \"a\"] == [1, \"a\"]", "true"}, {"dyn(1) == \"a\"", "false"},
    };
    (void)state;
    TRY(c);
}

/* Left to the run: what a policy refuses is only an error value there. */
static void test_typecheck_lenient(void **state)
{
    static const struct try_case c[] = {
        {"1 == \"a\"", "false"}, {"1 + \"a\"", "error no such operation on these types"}, {"nobody || true", "true"}, {"nobody(1) || false", "error not compiled"}, {"1 / 0 == 1 || true", "true"}};
    (void)state;
    try_all(c, sizeof c / sizeof *c, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_typecheck_operators), cmocka_unit_test(test_typecheck_constants), cmocka_unit_test(test_typecheck_lenient)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
