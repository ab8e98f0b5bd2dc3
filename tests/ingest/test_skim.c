/* Goal: the outline finds children where a JSON parser would, and says where
 * text that is cut stops being whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/ingest/skim.h"

static void test_skim_members(void **state)
{
    (void)state;
    struct keep_skim k;
    struct keep_str name, value;
    assert_true(keep_skim_enter(&k, KEEP_STR(" { \"a\" : [1,{\"x\":\"]}\\\"\"}] ,\"b\\\"\":\"}\", \"c\":-1.5e3 } "), '{'));
    assert_int_equal(keep_skim_member(&k, &name, &value), KEEP_SKIM_CHILD);
    assert_true(keep_str_is(name, "a") && keep_str_is(value, "[1,{\"x\":\"]}\\\"\"}]"));
    assert_int_equal(keep_skim_member(&k, &name, &value), KEEP_SKIM_CHILD);
    assert_true(keep_str_is(name, "b\\\"") && keep_str_is(value, "\"}\""));
    assert_int_equal(keep_skim_member(&k, &name, &value), KEEP_SKIM_CHILD);
    assert_true(keep_str_is(name, "c") && keep_str_is(value, "-1.5e3"));
    assert_int_equal(keep_skim_member(&k, &name, &value), KEEP_SKIM_END);
    assert_false(keep_skim_enter(&k, KEEP_STR("[1]"), '{'));
    assert_false(keep_skim_enter(&k, KEEP_STR(""), '{'));
    assert_false(keep_skim_enter(&k, (struct keep_str){NULL, 0}, '{'));
}

static void test_skim_elements(void **state)
{
    (void)state;
    struct keep_skim k;
    struct keep_str value;
    assert_true(keep_skim_enter(&k, KEEP_STR("[]"), '['));
    assert_int_equal(keep_skim_element(&k, &value), KEEP_SKIM_END);
    assert_true(keep_skim_enter(&k, KEEP_STR("[ null , \"a,b\" ]"), '['));
    assert_int_equal(keep_skim_element(&k, &value), KEEP_SKIM_CHILD);
    assert_true(keep_str_is(value, "null"));
    assert_int_equal(keep_skim_element(&k, &value), KEEP_SKIM_CHILD);
    assert_true(keep_str_is(value, "\"a,b\""));
    assert_int_equal(keep_skim_element(&k, &value), KEEP_SKIM_END);
}

static void test_skim_broken(void **state)
{
    (void)state;
    static const char *const elements[] = {"[", "[1 2]", "[1,", "[\"a", "[{", "[,1]", "[:"};
    static const char *const members[] = {"{", "{\"a\"", "{\"a\":", "{\"a\":1,", "{a:1}", "{\"a\" 1}", "{\"a\":[1", "{\"a"};
    struct keep_skim k;
    struct keep_str name, value;
    enum keep_skim_step step;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        assert_true(keep_skim_enter(&k, keep_str_of(elements[i]), '['));
        while ((step = keep_skim_element(&k, &value)) == KEEP_SKIM_CHILD)
            ;
        assert_int_equal(step, KEEP_SKIM_BROKEN);
    }
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        assert_true(keep_skim_enter(&k, keep_str_of(members[i]), '{'));
        while ((step = keep_skim_member(&k, &name, &value)) == KEEP_SKIM_CHILD)
            ;
        assert_int_equal(step, KEEP_SKIM_BROKEN);
    }
    /* what there is of a cut value is given */
    assert_true(keep_skim_enter(&k, KEEP_STR("{\"entry\":[1,2"), '{'));
    assert_int_equal(keep_skim_member(&k, &name, &value), KEEP_SKIM_BROKEN);
    assert_true(keep_str_is(name, "entry") && keep_str_is(value, "[1,2"));
}

static void test_skim_value(void **state)
{
    (void)state;
    size_t n = 0;
    assert_int_equal(keep_skim_value(KEEP_STR(" {\"a\":1} x"), &n), KEEP_SKIM_WHOLE);
    assert_int_equal(n, 8);
    assert_int_equal(keep_skim_value(KEEP_STR("{\"a\":[1"), &n), KEEP_SKIM_CUT);
    assert_int_equal(keep_skim_value(KEEP_STR(""), &n), KEEP_SKIM_CUT);
    assert_int_equal(keep_skim_value(KEEP_STR("{\"a\":\"1\\"), &n), KEEP_SKIM_IN_STRING);
    assert_int_equal(keep_skim_value(KEEP_STR("\"1"), &n), KEEP_SKIM_IN_STRING);
    assert_true(keep_str_is(keep_skim_trim(KEEP_STR(" \r\n\ta b\n ")), "a b"));
    assert_int_equal(keep_skim_trim(KEEP_STR(" \n")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skim_members),
        cmocka_unit_test(test_skim_elements),
        cmocka_unit_test(test_skim_broken),
        cmocka_unit_test(test_skim_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
