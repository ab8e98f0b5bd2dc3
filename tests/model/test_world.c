/* Goal: a patient's contacts begin where the first of them stands; one without any would stand between its neighbours. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_world_contacts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
