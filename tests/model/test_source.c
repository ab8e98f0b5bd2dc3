/* Goal: a source covers exactly what its declaration says, and any gap or
 * unknown answers no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/model/source.h"

static const struct keep_str classes[] = {{"Condition", 9}, {"Encounter", 9}};
static const struct keep_str places[] = {{"North Hospital", 14}};

static struct keep_source whole(void)
{
    return (struct keep_source){.declared = true, .complete = true, .all_classes = true, .all_facilities = true,
                                .from = KEEP_DATE_NONE, .through = 1000, .closed_on = KEEP_DATE_NONE};
}

static bool covers(const struct keep_source *s, keep_date first, keep_date last)
{
    return keep_source_covers(s, KEEP_STR("Condition"), KEEP_STR("North Hospital"), first, last);
}

static void test_source_covers_what_it_declares(void **state)
{
    (void)state;
    struct keep_source s = whole();
    assert_true(covers(&s, 0, 1000));
    assert_false(covers(&s, 0, 1001));
    assert_true(covers(&s, KEEP_DATE_NONE, 1000));
    assert_false(covers(&s, 0, KEEP_DATE_NONE));
    s.from = 10;
    assert_true(covers(&s, 10, 20));
    assert_false(covers(&s, 9, 20));
    assert_false(covers(&s, KEEP_DATE_NONE, 20));
}

static void test_source_says_nothing_undeclared(void **state)
{
    (void)state;
    struct keep_source s = whole();
    s.declared = false;
    assert_false(covers(&s, 0, 10));
    s = whole();
    s.complete = false;
    assert_false(covers(&s, 0, 10));
    s = whole();
    s.through = KEEP_DATE_NONE;
    assert_false(covers(&s, 0, 10));
}

static void test_source_closed_stays_complete(void **state)
{
    (void)state;
    struct keep_source s = whole();
    s.through = KEEP_DATE_NONE;
    s.closed_on = 500;
    assert_true(covers(&s, 0, 9000));
    s.from = 100;
    assert_false(covers(&s, 99, 9000));
}

static void test_source_unread(void **state)
{
    (void)state;
    struct keep_source s = whole();
    assert_true(covers(&s, 0, 10));
    s.unread = 1;
    assert_false(covers(&s, 0, 10));
}

static void test_source_lists_are_exact(void **state)
{
    (void)state;
    struct keep_source s = whole();
    s.all_classes = false;
    assert_false(covers(&s, 0, 10));
    s.klass = classes;
    s.classes = 2;
    assert_true(covers(&s, 0, 10));
    assert_false(keep_source_covers(&s, KEEP_STR("Procedure"), KEEP_STR("North Hospital"), 0, 10));
    assert_false(keep_source_covers(&s, (struct keep_str){NULL, 0}, KEEP_STR("North Hospital"), 0, 10));
    s.all_facilities = false;
    s.facility = places;
    s.facilities = 1;
    assert_true(covers(&s, 0, 10));
    assert_false(keep_source_covers(&s, KEEP_STR("Condition"), KEEP_STR("South Hospital"), 0, 10));
    assert_false(keep_source_covers(&s, KEEP_STR("Condition"), (struct keep_str){NULL, 0}, 0, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_covers_what_it_declares),
        cmocka_unit_test(test_source_says_nothing_undeclared),
        cmocka_unit_test(test_source_closed_stays_complete),
        cmocka_unit_test(test_source_unread), cmocka_unit_test(test_source_lists_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
