/* A patient's contacts begin where the first of them stands; one without any would stand between its neighbours. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_world_contacts), cmocka_unit_test(test_world_relations_and_duties)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
