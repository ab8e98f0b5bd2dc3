/* Column maps. */
#include "tests/policy/try.h"

static void test_parse_map_columns(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(TRY_PACK "map \"m\" { into events separator \"\\t\" zone \"America/Chicago\" column time from \"When\" format \"%m/%d/%Y %I:%M %p\" column account from \"Who\"\n"
                                              "column patient_id from \"MRN\" system \"mrn\" column action from \"What\" values { \"Chart opened\": \"view\", \"Out\": \"print\", } }", a);
    const struct keep_map *m = p->map;
    (void)state;
    assert_int_equal(p->maps, 1);
    assert_true(m->kind == KEEP_MAP_EVENTS && m->separator == '\t' && keep_str_is(m->zone, "America/Chicago") && keep_str_is(m->id, "m"));
    assert_int_equal(m->columns, 4);
    assert_true(keep_str_is(m->column[0].format, "%m/%d/%Y %I:%M %p") && keep_str_is(m->column[2].system, "mrn"));
    assert_int_equal(m->column[3].values, 2);
    assert_true(keep_str_is(m->column[3].value[1].from, "Out") && keep_str_is(m->column[3].value[1].to, "print"));
    keep_arena_free(a);
}

static void test_parse_map_errors(void **state)
{
    static const struct try_case c[] = {
        {TRY_PACK "map \"m\" { into records column record_id from \"a\" }", "2:5 a map into records needs a column for `class`\n"},
        {TRY_PACK "map \"m\" { column record_id from \"a\" }", "2:5 a map needs `into`\n"},
        {TRY_PACK "map \"m\" { into workforce column worker_id from \"a\" column wroker_id from \"b\" }", "2:59 workforce have no field `wroker_id`\n"},
        {TRY_PACK "map \"m\" { into workforce column worker_id from \"a\" format \"today\" }", "2:59 this is no form of a date\n"},
        {TRY_PACK "map \"m\" { into workforce separator \"\\\"\" zone \"../etc/passwd\" column worker_id from \"a\" }", "2:36 a separator is one character\n2:46 there is no such time zone\n"},
        {TRY_PACK "map \"m\" { into events column time from \"a\" column account from \"b\" column break_glass from \"c\" values { \"Y\": \"true\" } }", "2:110 break_glass is yes or no\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_map_columns), cmocka_unit_test(test_parse_map_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
