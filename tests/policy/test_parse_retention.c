/* retention: its periods, and what a rule about them lacks. */
#include "tests/policy/try.h"

#define RULE(clauses) TRY_PACK "retention \"r\" { title \"t\" jurisdiction US status law checked date(\"2026-01-01\") source \"s\" cite \"c\" explain \"e\" when true\n" clauses " }\n"

#define PLACE(name) TRY_PACK "retention \"r\" { title \"t\" jurisdiction " name " status law checked date(\"2026-01-01\") source \"s\" cite \"c\" explain \"e\" when true keep permanent }\n"

static void test_parse_retention_keep(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(RULE("keep 90 days after set.first(\"created_date\") keep 1 year after patient.birthday(18) if has(patient.birth_date) rounded up to end of month\n"
                                                   "keep 25 months after set.last(\"service_date\") rounded up to end of year if true keep permanent"), a);
    const struct keep_keep *k = p->retention[0].keep;
    (void)state;
    assert_int_equal(p->retention[0].keeps, 4);
    assert_true(k[0].n == 90 && k[0].unit == KEEP_UNIT_DAYS && !k[0].only_if && k[0].round == KEEP_ROUND_NONE);
    assert_true(k[1].n == 1 && k[1].unit == KEEP_UNIT_YEARS && k[1].only_if && k[1].round == KEEP_ROUND_MONTH);
    assert_true(k[2].n == 25 && k[2].unit == KEEP_UNIT_MONTHS && k[2].only_if && k[2].round == KEEP_ROUND_YEAR);
    assert_true(k[3].permanent && !k[3].after);
    assert_true(p->retention[0].from == KEEP_DATE_NONE && p->retention[0].to == KEEP_DATE_NONE);
    keep_arena_free(a);
}

static void test_parse_retention_errors(void **state)
{
    static const struct try_case c[] = {
        {RULE(""), "2:11 a retention rule needs `keep` or `destroy by`\n"}, {RULE("keep 5 years after patient.deceased"), "3:20 what a period starts from must be date, this is bool\n"},
        {RULE("keep 5 years after set.last(\"service_date\") if 1"), "3:48 the condition of a period must be bool, this is int\n"},
        {RULE("keep 5 years after set.last(\"service_date\") rounded up to end of week"), "3:66 expected month, quarter, year or fiscal year, have `week`\n"},
        {RULE("keep 5 years after set.last(\"service_date\") rounded to end"), "3:53 expected `rounded up to end of` month, quarter, year or fiscal year, have `to`\n"},
        {PLACE("US-KZ"), "2:40 there is no jurisdiction US-KZ\n"}, {PLACE("Kansas"), "2:40 there is no jurisdiction Kansas\n"}, {PLACE("\"US-ks\""), "2:40 there is no jurisdiction US-ks\n"},
        {RULE("keep permanent residue 0 years \"x\""), "3:24 a number of years is from 1 to 200 here\n"}, {RULE("keep permanent effective to date(\"2026-01-01\")"), "3:26 expected `from` and a day, have `to`\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_retention_keep), cmocka_unit_test(test_parse_retention_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
