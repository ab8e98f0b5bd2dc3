/* Goal: what an action shows of a patient, for every action there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/ingest/exposure.h"

static void test_exposure_told(void **state)
{
    (void)state;
    static const enum keep_exposure with[KEEP_ACTION_COUNT] = {
        [KEEP_ACTION_UNKNOWN] = KEEP_EXPOSURE_UNKNOWN, [KEEP_ACTION_VIEW] = KEEP_EXPOSURE_OPENED,   [KEEP_ACTION_CREATE] = KEEP_EXPOSURE_OPENED,
        [KEEP_ACTION_UPDATE] = KEEP_EXPOSURE_OPENED,   [KEEP_ACTION_DELETE] = KEEP_EXPOSURE_OPENED, [KEEP_ACTION_PRINT] = KEEP_EXPOSURE_OPENED,
        [KEEP_ACTION_EXPORT] = KEEP_EXPOSURE_OPENED,   [KEEP_ACTION_SEARCH] = KEEP_EXPOSURE_SEARCHED, [KEEP_ACTION_LIST] = KEEP_EXPOSURE_LISTED,
        [KEEP_ACTION_LOGIN] = KEEP_EXPOSURE_SYSTEM,    [KEEP_ACTION_LOGOUT] = KEEP_EXPOSURE_SYSTEM, [KEEP_ACTION_EXECUTE] = KEEP_EXPOSURE_OPENED,
    };
    for (int i = 0; i < KEEP_ACTION_COUNT; i++) {
        assert_int_equal(keep_exposure_told((enum keep_action)i, true), with[i]);
        assert_int_equal(keep_exposure_told((enum keep_action)i, false), i == KEEP_ACTION_EXECUTE ? KEEP_EXPOSURE_SYSTEM : with[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exposure_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
