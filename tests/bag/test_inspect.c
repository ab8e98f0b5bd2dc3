/* The verifier against whole packages and against every kind of altered one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bag/package.h"

static struct package pk;
static struct package_found found;

static int setup(void **state)
{
    struct keep_err err = {0};
    if (tool_setup(state) != 0 || !package_keys(&pk))
        return -1;
    if (package_make(&pk, PACKAGE_ID, 5, true, &err) == 0)
        return 0;
    fprintf(stderr, "%s\n", err.text);
    return -1;
}

static int teardown(void **state)
{
    package_free(&pk);
    return tool_teardown(state);
}

static const uint8_t (*mine(void))[32]
{
    return (const uint8_t (*)[32])pk.identity;
}

static void test_inspect_whole_package_passes(void **state)
{
    (void)state;
    struct keep_err err = {0};
    int rc = package_inspect(pk.path, &pk.key, mine(), 1, &found, &err);
    for (size_t i = 0; i < found.n; i++)
        if (found.result[i] != KEEP_INSPECT_PASSED)
            fail_msg("%s: %s", found.check[i], found.detail[i]);
    assert_int_equal(rc, 0);
    assert_int_equal(found.n, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inspect_whole_package_passes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
