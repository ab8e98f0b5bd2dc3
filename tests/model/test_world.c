/* A patient's contacts begin where the first of them stands; one without any would stand between its neighbours. An access is one person's, or nobody knows
 * whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/world.h"

static void test_world_contacts(void **state)
{
    struct keep_contact contact[] = {{.patient = 1}, {.patient = 4}, {.patient = 4}, {.patient = 4}, {.patient = 9}};
    struct keep_world w = {.contact = contact, .contacts = 5}, none = {.contacts = 0};
    (void)state;
    assert_int_equal(keep_world_contacts(&w, 0), 0);
    assert_int_equal(keep_world_contacts(&w, 1), 0);
    assert_int_equal(keep_world_contacts(&w, 4), 1);
    assert_int_equal(keep_world_contacts(&w, 5), 4);
    assert_int_equal(keep_world_contacts(&w, 10), 5);
    assert_int_equal(keep_world_contacts(&none, 3), 0);
}

static void test_world_relations_and_duties(void **state)
{
    struct keep_relation relation[] = {{.patient = 2}, {.patient = 2}, {.patient = 7}};
    struct keep_duty_span duty[] = {{.worker = 0}, {.worker = 3}, {.worker = 3}};
    struct keep_world w = {.relation = relation, .relations = 3, .duty = duty, .duties = 3};
    (void)state;
    assert_int_equal(keep_world_relations(&w, 2), 0);
    assert_int_equal(keep_world_relations(&w, 7), 2);
    assert_int_equal(keep_world_relations(&w, KEEP_ID_NONE), 3);
    assert_int_equal(keep_world_duties(&w, 3), 1);
    assert_int_equal(keep_world_duties(&w, 1), 1);
}

/* who holds account 0 at a time, of these mappings; held as well */
static uint32_t holder(const struct keep_account_span *span, size_t n, keep_time at, bool *held)
{
    struct keep_account a = {.span = span, .spans = n};
    const struct keep_world w = {.account = &a, .accounts = 1};
    assert_int_equal(keep_world_holder(&w, KEEP_ID_NONE, at, NULL), KEEP_ID_NONE);
    return keep_world_holder(&w, 0, at, held);
}

static void test_world_holder(void **state)
{
    enum { ANN = 4, BOB = 7 };
    const struct keep_account_span one[] = {{ANN, 100, 200}};
    const struct keep_account_span handed[] = {{ANN, 100, 200}, {KEEP_ID_NONE, KEEP_TIME_NONE, KEEP_TIME_NONE}, {BOB, 200, KEEP_TIME_NONE}};
    const struct keep_account_span both[] = {{ANN, 100, KEEP_TIME_NONE}, {BOB, 300, 400}}, swapped[] = {both[1], both[0]};
    const struct keep_account_span apart[] = {{ANN, KEEP_TIME_NONE, 200}, {BOB, 300, KEEP_TIME_NONE}};
    const struct keep_account_span always[] = {{ANN, KEEP_TIME_NONE, KEEP_TIME_NONE}, {ANN, 100, 200}};
    bool held;
    (void)state;
    assert_int_equal(holder(one, 1, 99, &held), KEEP_ID_NONE); /* before it was anybody's */
    assert_false(held);
    assert_int_equal(holder(one, 1, 100, &held), ANN);
    assert_true(held);
    assert_int_equal(holder(one, 1, 200, &held), ANN); /* it outlives the mapping */
    assert_false(held);
    assert_int_equal(holder(handed, 3, 199, &held), ANN);
    assert_int_equal(holder(handed, 3, 200, &held), BOB);
    assert_int_equal(holder(apart, 2, 250, &held), KEEP_ID_NONE);
    assert_int_equal(holder(both, 2, 299, &held), ANN);
    assert_int_equal(holder(both, 2, 300, &held), KEEP_ID_NONE); /* two at once: whose it was nobody can tell */
    assert_true(held);
    assert_int_equal(holder(swapped, 2, 300, &held), KEEP_ID_NONE);
    assert_int_equal(holder(both, 2, 400, &held), ANN);
    assert_int_equal(holder(always, 2, 1, &held), ANN);
    assert_int_equal(holder(NULL, 0, 1, &held), KEEP_ID_NONE);
    assert_false(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_world_contacts), cmocka_unit_test(test_world_relations_and_duties), cmocka_unit_test(test_world_holder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
