/* The table of files: order kept, names found, repetitions seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/bag/members.h"
#include "core/crypto/secret.h"

#define MANY 5000

static void test_members_of_many_files(void **state)
{
    (void)state;
    struct keep_members *t = NULL;
    struct keep_member *m = NULL;
    char name[40];
    assert_int_equal(keep_secret_start(NULL), 0);
    assert_int_equal(keep_members_new(&t, NULL), 0);
    assert_null(keep_members_find(t, KEEP_STR("f0")));
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "f%u", i);
        assert_int_equal(keep_members_add(t, name, i, &m, NULL), 0);
        m->in_tags = i % 3 == 0;
        assert_int_equal(keep_members_add(t, name, 1, &m, NULL), 1);
    }
    assert_int_equal(keep_members_count(t), MANY);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "f%u", i);
        const struct keep_member *found = keep_members_find(t, keep_str_of(name));
        assert_ptr_equal(found, keep_members_at(t, i));
        assert_int_equal(found->size, i);
        assert_int_equal(found->in_tags, i % 3 == 0);
    }
    assert_null(keep_members_find(t, KEEP_STR("f")));
    assert_null(keep_members_find(t, KEEP_STR("f00")));
    keep_members_free(t);
    keep_members_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members_of_many_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
