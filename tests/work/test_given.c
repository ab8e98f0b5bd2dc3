/* Goal: a field that is left out, or is of another type, is unknown; equal strings give equal digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/work/given.h"

#define NAME(z) {.type = KEEP_V_STRING, .s = {z, sizeof(z) - 1}}

static void test_given_fields(void **state)
{
    struct keep_value field[] = {NAME("name"), NAME("Ann"), NAME("mapped"), {.type = KEEP_V_BOOL, .b = true}, NAME("birth"), {.type = KEEP_V_DATE, .date = 77}, NAME("when"), {.type = KEEP_V_TIMESTAMP, .t = 88}};
    struct keep_test_given g = {.fields = {.type = KEEP_V_MAP, .list = {.item = field, .n = 4}}};
    (void)state;
    assert_true(keep_str_is(keep_given_text(&g, "name"), "Ann"));
    assert_int_equal(keep_given_yes_no(&g, "mapped"), KEEP_TRI_YES);
    assert_int_equal(keep_given_day(&g, "birth"), 77);
    assert_int_equal(keep_given_instant(&g, "when"), 88);
    assert_null(keep_given_text(&g, "nowhere").p);
    assert_int_equal(keep_given_yes_no(&g, "name"), KEEP_TRI_UNKNOWN);
    assert_int_equal(keep_given_day(&g, "when"), KEEP_DATE_NONE);
    assert_int_equal(keep_given_instant(&g, "birth"), KEEP_TIME_NONE);
}

static void test_given_keys(void **state)
{
    struct keep_value list[] = {NAME("1 Elm St"), NAME("2 Oak St")};
    struct keep_value field[] = {NAME("one"), NAME("1 Elm St"), NAME("many"), {.type = KEEP_V_LIST, .list = {.item = list, .n = 2}}};
    struct keep_test_given g = {.fields = {.type = KEEP_V_MAP, .list = {.item = field, .n = 2}}};
    uint64_t one[4] = {0}, many[4] = {0}, none[4] = {5};
    (void)state;
    keep_given_keys(&g, "one", one);
    keep_given_keys(&g, "many", many);
    keep_given_keys(&g, "nowhere", none);
    assert_true(one[0] != 0 && one[0] == many[0] && many[1] != many[0]);
    assert_true(one[1] == 0 && many[2] == 0 && none[0] == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_given_fields), cmocka_unit_test(test_given_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
