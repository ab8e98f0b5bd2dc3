/* Goal: alike gaps are counted as one, each once a set, the widest first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/work/gaps.h"

static void take(struct keep_gaps *g, enum keep_set_status status, const char *reason, size_t records)
{
    struct keep_set s = {.status = status, .reason = keep_str_of(reason), .records = records, .series = 1};
    assert_int_equal(keep_gaps_each(g, &s, NULL), 0);
}

static void test_gaps_count(void **state)
{
    struct keep_gaps *g = keep_gaps_new();
    const struct keep_gap *gap;
    (void)state;
    assert_non_null(g);
    assert_int_equal(keep_gaps_list(g, &gap), 0);
    take(g, KEEP_SET_UNDETERMINED, "set.last(\"expiry_date\"): 3 of 7 records do not say it; facility.state", 7);
    take(g, KEEP_SET_UNDETERMINED, "set.last(\"expiry_date\"): 1 of 20 records do not say it", 20);
    take(g, KEEP_SET_UNDETERMINED, "patient.birth_date; facility.state", 5);
    take(g, KEEP_SET_UNDETERMINED, "facility.state", 1);
    take(g, KEEP_SET_KEPT, "facility.state", 100);
    assert_int_equal(keep_gaps_list(g, &gap), 3);
    assert_true(keep_str_is(gap[0].text, "facility.state") && gap[0].sets == 3 && gap[0].records == 13 && gap[0].series == 1);
    assert_true(keep_str_is(gap[1].text, "set.last(\"expiry_date\"): some records do not say it") && gap[1].sets == 2 && gap[1].records == 27);
    assert_true(keep_str_is(gap[2].text, "patient.birth_date") && gap[2].sets == 1);
    keep_gaps_free(g);
    keep_gaps_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gaps_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
