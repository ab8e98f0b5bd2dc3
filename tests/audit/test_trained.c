/* Goal: a training counts on its days and no others; that there was none is only ever concluded from a source that vouches for it. */
#include "tests/audit/town.h"

#include "core/audit/trained.h"

static void test_trained_counts_on_its_days(void **state)
{
    struct keep_training t = {.completed = 100, .valid_until = 200};
    (void)state;
    assert_false(keep_trained_counts(&t, 99));
    assert_true(keep_trained_counts(&t, 100));
    assert_true(keep_trained_counts(&t, 200));
    assert_false(keep_trained_counts(&t, 201));
    t.valid_until = KEEP_DATE_NONE;
    assert_true(keep_trained_counts(&t, 9999));
    t.completed = KEEP_DATE_NONE; /* not yet */
    assert_false(keep_trained_counts(&t, 9999));
}

static void test_trained_is_vouched_for(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t w = town_worker(t, "W", "");
    keep_date today = keep_civil_utc_date(NOON);
    struct keep_interval v[2] = {{NOON - 50 * DAY, NOON - 20 * DAY, true}, {NOON - 10 * DAY, KEEP_TIME_NONE, true}};
    (void)state;
    assert_false(keep_trained_attested(&t->w, w, today)); /* nothing declared */
    town_vouches(t, today);
    assert_true(keep_trained_attested(&t->w, w, today));
    assert_false(keep_trained_attested(&t->w, w, today + 1));
    t->w.source[0].from = today - 50;
    assert_false(keep_trained_attested(&t->w, w, today)); /* when they came is not on file */
    t->w.worker[w].affiliation = v;
    t->w.worker[w].affiliations = 2;
    assert_true(keep_trained_attested(&t->w, w, today));
    t->w.source[0].from = today - 49;
    assert_false(keep_trained_attested(&t->w, w, today));
    t->w.source[0].from = KEEP_DATE_NONE;
    t->w.source[0].classes = 0;
    assert_false(keep_trained_attested(&t->w, w, today));
    t->w.source[0].all_classes = true;
    assert_false(keep_trained_attested(&t->w, w, today)); /* of charts, it may be */
    town_vouches(t, today);
    t->w.source[0].complete = false;
    assert_false(keep_trained_attested(&t->w, w, today));
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trained_counts_on_its_days),
        cmocka_unit_test(test_trained_is_vouched_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
