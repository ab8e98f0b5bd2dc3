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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_code),
        cmocka_unit_test(test_state_is_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
