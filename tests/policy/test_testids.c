/* Goal: an id that a test names and does not give is an error at its place, with the nearest that is given of that kind; who is left
 * out, named as nobody, or one of many in a series is no error. */
#include "tests/policy/try.h"

#define RULES TRY_PACK "access \"a\" { title \"t\" severity low weight 1 when user.department == \"HIM\" authority \"a\" threshold \"t\" state in_force\n" \
    "checked date(\"2026-01-01\") source \"s\" explain \"x\" }\n"
#define TEST(givens) RULES "test \"t\" for \"a\" {\n" givens "\nexpect unexplained }"
#define EVENT "time: timestamp(\"2026-03-10T09:00:00Z\")"

static void test_testids_named_and_not_given(void **state)
{
    static const struct try_case c[] = {
        {TEST("given event {" EVENT ", user_id: \"usr\"} given user {id: \"user\"}"), "5:64 this test gives no user \"usr\"\n"},
        {TEST("given event {patient_id: \"p\"}"), "5:26 this test gives no patient \"p\"\n"},
        {TEST("given user {id: \"u\", patient_id: \"p\"} given patient {id: \"q\"}"), "5:34 this test gives no patient \"p\"\n"},
        {TEST("given user {id: \"p\"} given patient {id: \"u\"} given relation {kind: \"order\", user_id: \"u\", patient_id: \"p\", author: \"x\"}"),
         "5:86 this test gives no user \"u\"\n5:103 this test gives no patient \"p\"\n5:116 this test gives no user \"x\"\n"},
        {TEST("given record {encounter_id: \"e2\", facility: \"East\"} given encounter {id: \"e1\"} given facility {name: \"West\"}"),
         "5:29 this test gives no encounter \"e2\"\n5:45 this test gives no facility \"East\"\n"},
        {TEST("given training {course: \"c\", user_id: \"u\"} given duty {user_id: \"u\"}"), "5:39 this test gives no user \"u\"\n5:65 this test gives no user \"u\"\n"},
        {TEST("given patient {id: \"p\"} events 2 every duration(\"1h\") from timestamp(\"2026-03-10T09:00:00Z\") event {user_id: \"u\", patient_id: \"q\"}"),
         "5:127 this test gives no patient \"q\"\n"},
        {TEST("events 2 every duration(\"1h\") from timestamp(\"2026-03-10T09:00:00Z\") event {user_id: \"u\" + string(i)} given training {course: \"c\", user_id: \"u2\"}"),
         "5:141 this test gives no user \"u2\"\n"},
        /* what broke may have been the given itself */
        {TEST("given event {user_id: \"u\"} given user {id: \"u\", nmae: \"x\"}"), "5:49 a given user has no field `nmae`\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

static void test_testids_sound(void **state)
{
    static const struct try_case c[] = {
        {TEST("given user {id: \"u\"} given patient {id: \"p\"} given event {user_id: \"u\", patient_id: \"p\"} given event {patient_id: \"\"} given event {}"), ""},
        {TEST("given event {user_id: null} given user {}"), ""},
        {TEST("given user {id: \"u0\"} events 2 every duration(\"1h\") from timestamp(\"2026-03-10T09:00:00Z\") event {user_id: \"u\" + string(i), patient_id: \"p\"}"), ""},
        {TEST("events 2 every duration(\"1h\") from timestamp(\"2026-03-10T09:00:00Z\") event {user_id: \"u\" + string(i), patient_id: i == 0 ? null : \"p\"} "
              "given record {patient_id: \"p\"} given relation {user_id: \"u1\", patient_id: \"p\", kind: \"order\"}"), ""},
        {TEST("given record {encounter_id: \"e\" + \"1\", facility: \"West\"} given encounter {id: \"e1\", facility: \"West\"} given facility {name: \"West\"}"), ""},
    };
    (void)state;
    TRY_POLICIES(c);
}

static void test_testids_suggests(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"f", KEEP_STR(TEST("given user {id: \"nurse\"} given event {user_id: \"nusre\"} given event {patient_id: \"nusre\"}"))};
    const struct keep_policy *p = NULL;
    (void)state;
    assert_int_equal(keep_policy_compile(&p, &file, 1, a, &ds, NULL), KEEP_E_USAGE);
    assert_int_equal(ds.n, 2);
    assert_string_equal(ds.list[0].help, "did you mean `nurse`?");
    assert_string_equal(ds.list[1].help, "given patient {id: \"nusre\"}");
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_testids_named_and_not_given), cmocka_unit_test(test_testids_sound), cmocka_unit_test(test_testids_suggests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
