/* Masks: one to one, both ways, and of one keep and one kind of person alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/sqlmask.h"
#include "tests/store/keepdir.h"

static struct keep_str z(const char *s)
{
    return (struct keep_str){s, strlen(s)};
}

static void test_sqlmask_both_ways(void **state)
{
    static const uint64_t some[] = {0, 1, 2, 1023, 1 << 20, (1 << 20) - 1, UINT32_MAX, (1ull << KEEP_SQLMASK_BITS) - 1};
    struct keep_sqlmask m;
    char text[KEEP_SQLMASK_SIZE], last[KEEP_SQLMASK_SIZE] = "";
    uint64_t back;

    (void)state;
    memset(m.key, 7, sizeof m.key);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        keep_sqlmask_put(&m, "patient", some[i], text);
        assert_int_equal(strlen(text), 16);
        assert_true(keep_sqlmask_get(&m, "patient", z(text), &back));
        assert_int_equal(back, some[i]);
        assert_false(keep_sqlmask_get(&m, "account", z(text), &back));
    }
    for (uint64_t i = 0; i < 5000; i++) {
        keep_sqlmask_put(&m, "worker", i, text);
        assert_string_not_equal(text, last);
        assert_true(keep_sqlmask_get(&m, "worker", z(text), &back));
        assert_int_equal(back, i);
        memcpy(last, text, sizeof last);
    }
}

static void test_sqlmask_kinds_and_keys_differ(void **state)
{
    struct keep_sqlmask m, other;
    char a[KEEP_SQLMASK_SIZE], b[KEEP_SQLMASK_SIZE];

    (void)state;
    memset(m.key, 7, sizeof m.key);
    memset(other.key, 8, sizeof other.key);
    keep_sqlmask_put(&m, "patient", 5, a);
    keep_sqlmask_put(&m, "account", 5, b);
    assert_string_not_equal(a + 7, b + 7);
    keep_sqlmask_put(&other, "patient", 5, b);
    assert_string_not_equal(a, b);
}

static void test_sqlmask_refuses(void **state)
{
    static const char *const bad[] = {"", "patient", "patient-", "patient-0123456", "patient-012345678", "patient-0123456i", "patient-0123456U", "Patient-01234567", "patient_01234567", "patientx01234567"};
    struct keep_sqlmask m;
    uint64_t back = 99;

    (void)state;
    memset(m.key, 7, sizeof m.key);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(keep_sqlmask_get(&m, "patient", z(bad[i]), &back));
    assert_false(keep_sqlmask_get(&m, "patient", (struct keep_str){"patient-0123\000567", 16}, &back));
    assert_int_equal(back, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlmask_both_ways),
        cmocka_unit_test(test_sqlmask_kinds_and_keys_differ),
        cmocka_unit_test(test_sqlmask_refuses),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
