/* Names: entities, fields, locals, grains, and the words that fields can hold. */
#include "tests/policy/try.h"

static void test_fieldcheck_names(void **state)
{
    static const struct try_case c[] = {
        {"record", "`record` is no value by itself"}, {"recrod.kind == \"a\"", "there is no `recrod`"}, {"record.knd == \"a\"", "`record` has no field `knd`"},
        {"record.codes.exists(c, c.sytem == \"CPT\")", "a code has no member `sytem`"}, {"user.id.x", "a string has no members"}, {"[1].map(event, event + 1)", "[2]"},
        {"first.time < last.time", "unknown something"}, {"middle.time < last.time", "there is no `middle`"},
    };
    (void)state;
    TRY(c);
}

static void test_fieldcheck_words(void **state)
{
    static const struct try_case c[] = {
        {"event.action == \"veiw\"", "\"veiw\" is none of the words of event.action"}, {"event.exposure in [\"opened\", \"lised\"]", "\"lised\" is none of the words of event.exposure"},
        {"\"sucess\" != event.outcome", "\"sucess\" is none of the words of event.outcome"}, {"user.kind == \"persn\"", "\"persn\" is none of the words of user.kind"},
        {"set.custody == \"index\"", "\"index\" is none of the words of custody"}, {"event.purpose == \"BTG\"", "unknown something"}, {"record.custody == \"index only\"", "unknown something"},
        {"user.department == \"anything\"", "false"}, {"facility.state == \"KZ\"", "\"KZ\" is no state"}, {"majority(\"Kansas\")", "\"Kansas\" is no state"},
    };
    (void)state;
    TRY(c);
}

/* Where no access is judged, what is told of the time of one has no meaning; where one is, what is asked of a set has none; nor behind a definition's name. */
static void test_fieldcheck_of_another_question(void **state)
{
#define SET(condition) TRY_PACK "retention \"r\" { title \"t\" jurisdiction US status law checked date(\"2026-01-01\") source \"s\" cite \"c\" explain \"e\" when " condition " keep permanent }\n"
#define ACCESS(condition) TRY_PACK "explanation \"x\" { title \"t\" missing \"m\" authority \"a\" when " condition " }\n"
    static const struct try_case c[] = {
        {SET("patient.age < 18"), "2:118 `patient.age` has no meaning in the condition of a retention rule\n"},
        {SET("patient.alike > 0"), "2:118 `patient.alike` has no meaning in the condition of a retention rule\n"},
        {SET("young") "define \"young\" { is patient.age < 18 }\n", "2:118 `young` has no meaning in the condition of a retention rule\n"},
        {ACCESS("patient.age_on(event.day) < 18"), "2:60 `patient.age_on` has no meaning in the condition of an explanation\n"},
        {ACCESS("patient.sex == \"F\""), "2:60 `patient.sex` has no meaning in the condition of an explanation\n"},
        {ACCESS("patient.age < majority(\"NE\")"), "2:74 `majority` has no meaning in the condition of an explanation\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

/* Only what a place allows can be named. */
static void test_fieldcheck_grains(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    (void)state;
    assert_non_null(keep_compile_expr(KEEP_STR("record.kind == \"x\""), false, KEEP_ON(record), a, &ds));
    assert_null(keep_compile_expr(KEEP_STR("record.kind == user.id"), false, KEEP_ON(record), a, &ds));
    assert_null(keep_compile_expr(KEEP_STR("related([\"order\"], duration(\"1h\"), duration(\"1h\"))"), false, KEEP_ON(user) | KEEP_ON(patient), a, &ds));
    assert_null(keep_compile_expr(KEEP_STR("count"), false, KEEP_ON(user), a, &ds));
    assert_int_equal(ds.n, 3);
    assert_string_equal(ds.list[0].text, "`user` has no meaning in this expression");
    assert_string_equal(ds.list[0].help, "this expression can name record");
    assert_string_equal(ds.list[1].text, "`related` has no meaning in this expression");
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fieldcheck_names), cmocka_unit_test(test_fieldcheck_words), cmocka_unit_test(test_fieldcheck_of_another_question), cmocka_unit_test(test_fieldcheck_grains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
