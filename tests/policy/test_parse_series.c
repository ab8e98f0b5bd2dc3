/* series: which records are one set, and that one series takes a record. */
#include "tests/policy/try.h"

#define SERIES(id, order, per) "series \"" id "\" { title \"t\" order " order " per " per " when record.kind == \"" id "\"" TRY_REST

static void test_parse_series_per(void **state)
{
    static const struct { const char *text; enum keep_series_per per; bool separable; } c[] = {
        {TRY_PACK SERIES("s", "1", "patient"), KEEP_PER_PATIENT, false}, {TRY_PACK SERIES("s", "1000000", "patient, facility"), KEEP_PER_PATIENT_FACILITY, false},
        {TRY_PACK SERIES("s", "7", "source separable"), KEEP_PER_SOURCE, true}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct keep_arena *a = keep_arena_new(0);
        const struct keep_policy *p = try_compile(c[i].text, a);
        const struct keep_series *s = NULL;
        for (size_t k = 0; k < p->series_n; k++)
            s = keep_str_is(p->series[k].id, "s") ? &p->series[k] : s;
        assert_non_null(s);
        assert_true(s->per == c[i].per && s->separable == c[i].separable && s->check.verified && s->when);
        keep_arena_free(a);
    }
}

static void test_parse_series_errors(void **state)
{
    static const struct try_case c[] = {
        {TRY_PACK "series \"s\" { title \"t\" order 1 per patient, ward when record.kind == \"k\"" TRY_REST, "2:45 expected `facility`, have `ward`\n"},
        {TRY_PACK SERIES("a", "5", "patient") SERIES("b", "5", "source"), "3:8 series \"a\" has the order 5 too: which one takes a record would be left open\n"},
        {TRY_PACK SERIES("a", "0", "patient"), "2:30 an order is from 1 to 1000000 here\n"},
        {TRY_PACK SERIES("a", "5", "ward"), "2:36 expected `patient`, `patient, facility` or `source`, have `ward`\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_series_per), cmocka_unit_test(test_parse_series_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
