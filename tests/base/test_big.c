/* Large memory: all of it is there, zeroed where asked for, at the bounds of large pages too; none where there cannot be any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/big.h"

/* Under AddressSanitizer too a request that cannot be met returns NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static const size_t sizes[] = {1, 100, KEEP_BIG_PAGE - 1, KEEP_BIG_PAGE, KEEP_BIG_PAGE + 1, 3 * KEEP_BIG_PAGE};

static void test_big_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = keep_big_alloc(sizes[i]);
        assert_non_null(p);
        memset(p, 0xA5, sizes[i]);
        assert_int_equal(p[sizes[i] - 1], 0xA5);
        keep_big_free(p, sizes[i]);
    }
}

static void test_big_zeroed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = keep_big_zeroed(sizes[i]);
        size_t set = 0;
        assert_non_null(p);
        for (size_t k = 0; k < sizes[i]; k++)
            set += p[k] != 0;
        assert_int_equal(set, 0);
        keep_big_free(p, sizes[i]);
    }
}

/* A wish changes nothing but how memory is backed. */
static void test_big_wishes(void **state)
{
    (void)state;
    keep_big_wish(NULL, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = malloc(sizes[i] + 1);
        assert_non_null(p);
        memset(p, 7, sizes[i] + 1);
        keep_big_wish(p, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(p[k], 7);
        free(p);
    }
}

static void test_big_fails(void **state)
{
    (void)state;
    assert_null(keep_big_alloc(SIZE_MAX));
    assert_null(keep_big_alloc(PTRDIFF_MAX - KEEP_BIG_PAGE));
    assert_null(keep_big_zeroed(SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_big_is_whole), cmocka_unit_test(test_big_zeroed), cmocka_unit_test(test_big_wishes), cmocka_unit_test(test_big_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
