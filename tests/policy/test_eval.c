/* Three-valued logic, membership, macros, fields and calls; what the environment answers comes through. */
#include "tests/policy/try.h"

static void test_eval_absorbs(void **state)
{
    static const struct try_case c[] = {
        {"false && patient.deceased", "false"}, {"patient.deceased && false", "false"}, {"true || patient.deceased", "true"}, {"patient.deceased || true", "true"},
        {"true && patient.deceased", "unknown something"}, {"patient.deceased || false", "unknown something"}, {"!patient.deceased", "unknown something"},
        {"patient.deceased ? 1 : 2", "unknown something"}, {"event.action == \"view\" ? 1 : 2", "1"},
        {"(1 / size(user.id.substring)) == 1", "a string has no members"},
        /* an error is absorbed as an unknown is, and an unknown comes before an error */
        {"event.action == \"view\" || 1 / (size(user.id) - 2) == 1", "true"}, {"event.action == \"print\" || 1 / (size(user.id) - 2) == 1", "error division by zero"},
        {"1 / (size(user.id) - 2) == 1 && event.action == \"print\"", "false"}, {"1 / (size(user.id) - 2) == 1 && patient.deceased", "unknown something"},
        {"patient.death_date == date(\"2020-01-01\")", "unknown patient.death_date"}, {"patient.death_date < patient.birth_date", "unknown patient.death_date"},
    };
    (void)state;
    TRY(c);
}

static void test_eval_has(void **state)
{
    static const struct try_case c[] = {
        {"has(patient.birth_date)", "true"}, {"has(patient.death_date)", "false"}, {"!has(patient.death_date) || patient.death_date > patient.birth_date", "true"},
        {"has({\"a\": 1}.a)", "true"}, {"has({\"a\": 1}.b)", "false"}, {"has(1)", "has() asks about one field or member"},
        {"has(patient.brith_date)", "`patient` has no field `brith_date`"},
    };
    (void)state;
    TRY(c);
}

static void test_eval_membership(void **state)
{
    static const struct try_case c[] = {
        {"event.action in [\"view\", \"print\"]", "true"}, {"event.action in [\"print\", \"export\", \"search\", \"list\", \"create\"]", "false"},
        {"event.action in [\"print\", \"export\", \"search\", \"list\", \"view\"]", "true"}, {"2 in [1, 2u, 3.5]", "true"}, {"2 in [1, 3]", "false"},
        {"\"a\" in {\"a\": 1}", "true"}, {"\"b\" in {\"a\": 1}", "false"}, {"patient.name in [\"a\", \"b\", \"c\", \"d\"]", "unknown something"}, {"1 in [1, user.login]", "unknown something"},
        {"event.action in []", "false"}, {"\"\" in [\"a\", \"b\", \"\", \"d\"]", "true"},
    };
    (void)state;
    TRY(c);
}

static void test_eval_macros(void **state)
{
    static const struct try_case c[] = {
        {"[1, 2, 3].exists(x, x > 2)", "true"}, {"[1, 2, 3].exists(x, x > 3)", "false"}, {"[].exists(x, x)", "false"}, {"[].all(x, x)", "true"},
        {"[1, 2, 3].all(x, x > 0)", "true"}, {"[1, 2, 3].exists_one(x, x > 2)", "true"}, {"[1, 2, 3].exists_one(x, x > 1)", "false"},
        {"[1, 2, 3].filter(x, x != 2)", "[1 3]"}, {"[1, 2, 3].map(x, x * x)", "[1 4 9]"}, {"[1, 2, 3].map(x, x > 1, x * 10)", "[20 30]"}, {"{\"a\": 1, \"b\": 2}.map(k, k)", "[as bs]"},
        {"[1, 0].exists(x, 1 / x == 1)", "true"}, {"[0, 2].exists(x, 1 / x == 1)", "error division by zero"}, {"[0, 1].all(x, 1 / x == 5)", "false"},
        {"[1, 2].map(x, [x, x].map(x, x + 1))", "[[2 2] [3 3]]"}, {"[1, 2].exists(x, [3, 4].exists(y, x + y == 6))", "true"},
        {"[1, 2].exists(x, patient.deceased)", "unknown something"}, {"[1].exists(user, user == 1)", "true"}, {"record.codes.exists(c, c.system == \"CPT\")", "unknown something"},
    };
    (void)state;
    TRY(c);
}

static void test_eval_lists_and_maps(void **state)
{
    static const struct try_case c[] = {
        {"[1, 2][1]", "2"}, {"[user.id, \"b\"][1u]", "bs"}, {"[user.id][size(user.id)]", "error there is no such index"}, {"[user.id][-1]", "error there is no such index"},
        {"{\"a\": user.id}.a", "u1s"}, {"{\"a\": user.id}[\"b\"]", "error there is no such key"}, {"{user.id: 1}.u1", "1"}, {"{user.id: 1, \"u1\": 2}", "error this key stands twice"},
        {"{[user.id]: 1}", "error a key is text, a whole number or a bool"}, {"[1] + [2]", "[1 2]"}, {"[user.id] + [user.login]", "unknown something"}, {"{1: 2}[1.0]", "2"}, {"[4, 5][1.0]", "5"},
    };
    (void)state;
    TRY(c);
}

static void test_eval_environment(void **state)
{
    static const struct try_case c[] = {
        {"user.address_key == patient.address_key", "true"}, {"user.address_key != patient.address_key", "false"}, {"user.surname_key == patient.surname_key", "false"},
        {"set.last(\"service_date\")", "2020-01-31"}, {"majority(facility.state)", "unknown something"}, {"majority(\"KS\") + 1", "19"},
        {"related([\"order\"], duration(\"1h\"), duration(\"1h\"))", "unknown a call"}, {"event.unit == \"ICU\"", "io"}, {"event.time.getHours()", "9"},
        {"event.time.getHours(\"-06:00\")", "3"}, {"count > 3", "true"},
    };
    (void)state;
    TRY(c);
}

/* A comprehension that would visit 20^6 elements ends as an error value. */
static void test_eval_is_bounded(void **state)
{
    static const char list[] = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]";
    char text[1024];
    (void)state;
    snprintf(text, sizeof text, "%s.all(a, %s.all(b, %s.all(c, %s.all(d, %s.all(e, %s.all(f, f > 0))))))", list, list, list, list, list, list);
    assert_string_equal(try_run(text, false), "error too much work for one expression");
}

/* An environment's arena with a ceiling: what does not fit is an error value, not a crash. */
static void test_eval_without_memory(void **state)
{
    struct keep_arena *a = keep_arena_new(0), *small = keep_arena_new(64);
    struct keep_diags ds = {.arena = a};
    const struct keep_expr *e = keep_compile_expr(KEEP_STR("[user.id, user.id, user.id, user.id]"), false, TRY_ALL, a, &ds);
    struct keep_env env = {.arena = small, .field = try_field, .call = try_call};
    struct keep_value v;
    (void)state;
    assert_non_null(e);
    assert_int_equal(keep_expr_run(e, &env, &v), 0);
    assert_int_equal(v.type, KEEP_V_ERROR);
    keep_arena_free(small);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval_absorbs), cmocka_unit_test(test_eval_has), cmocka_unit_test(test_eval_membership), cmocka_unit_test(test_eval_macros),
        cmocka_unit_test(test_eval_lists_and_maps), cmocka_unit_test(test_eval_environment), cmocka_unit_test(test_eval_is_bounded), cmocka_unit_test(test_eval_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
