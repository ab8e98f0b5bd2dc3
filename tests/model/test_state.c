/* A state is its code, written as code or name; what is neither is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/model/state.h"

static void test_state_code(void **state)
{
    (void)state;
    assert_true(keep_str_is(keep_state_code(KEEP_STR("KS")), "KS"));
    assert_true(keep_str_is(keep_state_code(KEEP_STR("new york")), "NY"));
    assert_null(keep_state_code(KEEP_STR("XX")).p);
    assert_null(keep_state_code(KEEP_STR("")).p);
}

static void test_state_is_code(void **state)
{
    (void)state;
    assert_true(keep_state_is_code(KEEP_STR("KS")));
    assert_false(keep_state_is_code(KEEP_STR("ks")));
    assert_false(keep_state_is_code(KEEP_STR("KZ")));
    assert_false(keep_state_is_code(KEEP_STR("Kansas")));
    assert_false(keep_state_is_code(KEEP_STR("")));
}

static void test_state_of_place(void **state)
{
    static const struct { const char *place; bool is; const char *of; } c[] = {
        {"US", true, ""}, {"US-KS", true, "KS"}, {"us-ks", false, "KS"}, {"US-Kansas", false, "KS"}, {"Kansas", false, "KS"}, {"KS", false, "KS"},
        {"US-", false, ""}, {"US-KZ", false, ""}, {"USKS", false, ""}, {"France", false, ""}, {"", false, ""}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        assert_true(keep_state_is_place(keep_str_of(c[i].place)) == c[i].is);
        assert_true(keep_str_is(keep_state_of_place(keep_str_of(c[i].place)), c[i].of));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_code),
        cmocka_unit_test(test_state_is_code),
        cmocka_unit_test(test_state_of_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
