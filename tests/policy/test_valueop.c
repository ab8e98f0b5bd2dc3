/* Equality, order, arithmetic and text of values. */
#include "tests/policy/try.h"

static void test_valueop_equality(void **state)
{
    static const struct try_case c[] = {
        {"1 == 1u", "true"}, {"1 == 1.0", "true"}, {"1u == 1.5", "false"}, {"dyn(1) == \"1\"", "false"}, {"null == null", "true"}, {"dyn(1) == null", "false"},
        {"[1, 2] == [1, 2]", "true"}, {"[1, 2] == [2, 1]", "false"}, {"[1] == [1, 2]", "false"}, {"{\"a\": 1} == {\"a\": 1u}", "true"}, {"{\"a\": 1} == {\"b\": 1}", "false"},
        {"0.0 / 0.0 == 0.0 / 0.0", "false"}, {"0.0 / 0.0 != 0.0 / 0.0", "true"}, {"b\"a\" == b\"a\"", "true"}, {"\"a\" != \"b\"", "true"}, {"-0.0 == 0.0", "true"},
        {"-1 == 18446744073709551615u", "false"},
    };
    (void)state;
    TRY(c);
}

static void test_valueop_order(void **state)
{
    static const struct try_case c[] = {
        {"-1 < 1u", "true"}, {"18446744073709551615u > 9223372036854775807", "true"}, {"1.5 > 1", "true"}, {"1 >= 1.0", "true"}, {"-1 < -0.5", "true"}, {"0u <= 0.5", "true"},
        {"\"a\" < \"b\"", "true"}, {"\"a\" < \"ab\"", "true"}, {"\"z\" < \"é\"", "true"}, {"false < true", "true"}, {"b\"\\x01\" < b\"\\x02\"", "true"},
        {"date(\"2020-01-01\") < date(\"2020-01-02\")", "true"}, {"duration(\"1h\") >= duration(\"60m\")", "true"},
        {"timestamp(\"2026-01-01T00:00:00Z\") < timestamp(\"2026-01-01T00:00:00-01:00\")", "true"}, {"0.0 / 0.0 < 1.0", "false"}, {"dyn(1) < \"a\"", "these have no order"}, {"dyn(user.id) < 1", "error these have no order"},
    };
    (void)state;
    TRY(c);
}

static void test_valueop_arithmetic(void **state)
{
    static const struct try_case c[] = {
        {"1 + 2 * 3 - 4 / 2 % 3", "5"}, {"7 / -2", "-3"}, {"7 % -2", "1"}, {"-7 % 2", "-1"}, {"9223372036854775807 + 1", "the result does not fit"},
        {"-9223372036854775808 - 1", "the result does not fit"}, {"-(-9223372036854775808)", "the result does not fit"}, {"-9223372036854775808 / -1", "the result does not fit"},
        {"9223372036854775807 * 2", "the result does not fit"}, {"1 / 0", "division by zero"}, {"1 % 0", "division by zero"}, {"1u - 2u", "the result does not fit"}, {"1u / 0u", "division by zero"},
        {"1.0 / 0.0", "+Infinityd"}, {"2.5 * 2.0", "5d"}, {"\"a\" + \"b\"", "abs"}, {"\"\" + \"\"", "s"}, {"b\"a\" + b\"b\"", "aby"},
        {"timestamp(\"2026-03-02T09:00:00Z\") + duration(\"90m\")", "2026-03-02T10:30:00Z"}, {"duration(\"1s\") + timestamp(\"2026-03-02T09:00:00Z\")", "2026-03-02T09:00:01Z"},
        {"timestamp(\"2026-03-02T09:00:00Z\") - timestamp(\"2026-03-02T08:59:30Z\")", "30s"}, {"duration(\"1h\") - duration(\"90m\")", "-1800s"},
        {"timestamp(\"9999-12-31T23:59:59Z\") + duration(\"1s\")", "the instant is outside of the years 1 to 9999"}, {"-(1.5)", "-1.5d"},
    };
    (void)state;
    TRY(c);
}

static void test_valueop_print(void **state)
{
    static const struct try_case c[] = {
        {"string(0.1)", "0.1s"}, {"string(1e300)", "1e+300s"}, {"string(-0.0045)", "-0.0045s"}, {"string(duration(\"1.5s\"))", "1.5ss"}, {"string(duration(\"-1ms\"))", "-0.001ss"},
        {"string(date(\"0001-01-01\"))", "0001-01-01s"}, {"string(1u)", "1s"}, {"string(true)", "trues"}, {"string(timestamp(\"2026-01-01T00:00:00.25Z\"))", "2026-01-01T00:00:00.25Zs"},
    };
    (void)state;
    TRY(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valueop_equality), cmocka_unit_test(test_valueop_order), cmocka_unit_test(test_valueop_arithmetic), cmocka_unit_test(test_valueop_print)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
