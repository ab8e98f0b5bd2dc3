/* Arrays that double: what they hold stays, and a growth that fails changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/grow.h"

/* Under AddressSanitizer too a realloc that cannot be met returns NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

struct item {
    uint64_t a;
    char b;
};

static void test_grow_doubles(void **state)
{
    struct item *list = NULL;
    size_t cap = 0, grown = 0;
    (void)state;
    for (size_t n = 0; n < 1000; n++) {
        size_t had = cap;
        assert_true(keep_grow(&list, &cap, n + 1, sizeof *list, 3));
        if (cap != had) {
            assert_int_equal(cap, had ? had * 2 : 3);
            grown++;
        }
        list[n] = (struct item){n, (char)n};
    }
    assert_int_equal(grown, 10); /* 3 * 2^9 = 1536 */
    for (size_t n = 0; n < 1000; n++)
        assert_true(list[n].a == n && list[n].b == (char)n);
    free(list);
}

/* More than twice what is there, or than the first: exactly as many. What has room stays where it is. */
static void test_grow_at_once(void **state)
{
    uint32_t(*list)[4] = NULL, (*was)[4];
    size_t cap = 0;
    (void)state;
    assert_true(keep_grow(&list, &cap, 0, sizeof *list, 8));
    assert_true(list == NULL && cap == 0);
    assert_true(keep_grow(&list, &cap, 9, sizeof *list, 8));
    assert_int_equal(cap, 9);
    list[8][3] = 7;
    was = list;
    assert_true(keep_grow(&list, &cap, 9, sizeof *list, 8));
    assert_true(list == was && cap == 9);
    assert_true(keep_grow(&list, &cap, 10, sizeof *list, 8));
    assert_int_equal(cap, 18);
    assert_true(keep_grow(&list, &cap, 100, sizeof *list, 8));
    assert_int_equal(cap, 100);
    assert_int_equal(list[8][3], 7);
    free(list);
}

static void test_grow_fails(void **state)
{
    static char there;
    char *list = &there; /* not from malloc: it must not be reached */
    size_t cap = SIZE_MAX / 2 + 1;
    (void)state;
    assert_false(keep_grow(&list, &cap, cap + 1, 1, 8)); /* its double wraps */
    assert_true(list == &there && cap == SIZE_MAX / 2 + 1);
    cap = 4;
    assert_false(keep_grow(&list, &cap, 5, SIZE_MAX / 4, 8)); /* its bytes wrap */
    assert_true(list == &there && cap == 4);
    assert_false(keep_grow(&list, &cap, SIZE_MAX, 2, 8));
    assert_true(list == &there && cap == 4);

    struct item *full = NULL;
    cap = 0;
    assert_true(keep_grow(&full, &cap, 1, sizeof *full, 1));
    full[0] = (struct item){5, 'x'};
    struct item *was = full;
    assert_false(keep_grow(&full, &cap, PTRDIFF_MAX / sizeof *full, sizeof *full, 1)); /* fits, and nobody has it */
    assert_true(full == was && cap == 1 && full[0].a == 5);
    free(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow_doubles),
        cmocka_unit_test(test_grow_at_once),
        cmocka_unit_test(test_grow_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
