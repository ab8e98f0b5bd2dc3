/* Goal: what an action shows of a patient, for every action there is, and that a refused one shows nothing. */
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

static void test_exposure_had(void **state)
{
    (void)state;
    for (int e = 0; e < KEEP_EXPOSURE_COUNT; e++)
        for (int o = 0; o < KEEP_OUTCOME_COUNT; o++) {
            bool refused = o == KEEP_OUTCOME_SERIOUS || o == KEEP_OUTCOME_MAJOR;
            assert_int_equal(keep_exposure_had((enum keep_exposure)e, (enum keep_outcome)o), refused ? KEEP_EXPOSURE_SYSTEM : (enum keep_exposure)e);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exposure_told), cmocka_unit_test(test_exposure_had)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
