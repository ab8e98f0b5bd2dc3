/* Pieces are aligned, zeroed and apart; a ceiling holds; a reset gives the same memory again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

static void test_arena_pieces_are_apart(void **state)
{
    enum { N = 3000 };
    static unsigned char *p[N];
    struct keep_arena *a = keep_arena_new(0);
    (void)state;
    for (size_t i = 0; i < N; i++) {
        size_t n = i * 7 % 900;
        p[i] = keep_arena_alloc(a, n);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % 16, 0);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(p[i][k], 0);
        memset(p[i], (int)(i & 0xff), n);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i * 7 % 900; k++)
            assert_int_equal(p[i][k], i & 0xff);
    keep_arena_free(a);
    keep_arena_free(NULL);
}

static void test_arena_ceiling(void **state)
{
    struct keep_arena *a = keep_arena_new(1000);
    (void)state;
    assert_null(keep_arena_alloc(a, 1001));
    assert_non_null(keep_arena_alloc(a, 500));
    assert_int_equal(keep_arena_used(a), 512);
    assert_int_equal(keep_arena_left(a), 488);
    assert_null(keep_arena_alloc(a, 489));
    assert_non_null(keep_arena_alloc(a, 480));
    keep_arena_reset(a);
    assert_int_equal(keep_arena_used(a), 0);
    assert_non_null(keep_arena_alloc(a, 990));
    keep_arena_free(a);
}

static void test_arena_sizes_that_overflow(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    (void)state;
    assert_int_equal(keep_arena_left(a), SIZE_MAX);
    assert_null(keep_arena_alloc(a, SIZE_MAX));
    assert_null(keep_arena_array(a, SIZE_MAX / 2, 3));
    assert_null(keep_arena_copy(a, "", SIZE_MAX));
    assert_non_null(keep_arena_alloc(a, 0));
    keep_arena_free(a);
}

static void test_arena_reset_reuses(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    (void)state;
    unsigned char *first = keep_arena_alloc(a, 100);
    memset(first, 0xff, 100);
    unsigned char *big = keep_arena_alloc(a, 5 << 20);
    memset(big, 0xff, 5 << 20);
    for (int round = 0; round < 100; round++) {
        keep_arena_reset(a);
        assert_ptr_equal(keep_arena_alloc(a, 100), first);
        assert_int_equal(first[50], 0);
        unsigned char *again = keep_arena_alloc(a, 5 << 20);
        assert_ptr_equal(again, big);
        assert_int_equal(again[(5 << 20) - 1], 0);
    }
    keep_arena_free(a);
}

/* The first block is too small for what is asked for first, and stays empty: those behind it begin anew all the same. */
static void test_arena_reset_behind_an_empty_block(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    char *first[3] = {NULL};
    (void)state;
    assert_non_null(keep_arena_alloc(a, 10));
    for (int round = 0; round < 4; round++) {
        keep_arena_reset(a);
        for (int i = 0; i < 3; i++) {
            char *p = keep_arena_alloc(a, 20000);
            assert_non_null(p);
            memset(p, round, 20000);
            assert_true(round == 0 || p == first[i]);
            first[i] = p;
        }
    }
    keep_arena_free(a);
}

static void test_arena_strings(void **state)
{
    struct keep_arena *a = keep_arena_new(64);
    bool ok = true;
    (void)state;
    struct keep_str s = keep_arena_str(a, (struct keep_str){"abcdef", 3}, &ok);
    assert_true(ok);
    assert_int_equal(s.n, 3);
    assert_string_equal(s.p, "abc");
    assert_null(keep_arena_str(a, (struct keep_str){NULL, 0}, &ok).p);
    s = keep_arena_str(a, KEEP_STR(""), &ok);
    assert_non_null(s.p);
    assert_int_equal(s.n, 0);
    assert_true(ok);
    s = keep_arena_str(a, KEEP_STR("this does not fit into what is left of the sixty-four"), &ok);
    assert_null(s.p);
    assert_false(ok);
    keep_arena_free(a);
}

/* It doubles, from the first size or from what is asked at once; what is new is zero, and a growth that fails changes nothing. */
static void test_arena_grow(void **state)
{
    struct keep_arena *a = keep_arena_new(4096);
    uint32_t(*list)[2] = NULL, (*was)[2];
    size_t cap = 0, left;
    (void)state;
    for (uint32_t n = 0; n < 40; n++) {
        size_t had = cap;
        assert_true(keep_arena_grow(a, &list, &cap, n + 1, sizeof *list, 5));
        assert_int_equal(cap, n < had ? had : had ? had * 2 : 5);
        assert_int_equal(list[n][0], 0);
        list[n][0] = n;
        list[n][1] = ~n;
    }
    for (uint32_t n = 0; n < 40; n++)
        assert_true(list[n][0] == n && list[n][1] == ~n);
    assert_true(keep_arena_grow(a, &list, &cap, 100, sizeof *list, 5));
    assert_int_equal(cap, 100);
    was = list;
    left = keep_arena_left(a);
    assert_true(left < 4096);
    assert_false(keep_arena_grow(a, &list, &cap, 400, sizeof *list, 5)); /* over the ceiling */
    assert_false(keep_arena_grow(a, &list, &cap, SIZE_MAX / 4, sizeof *list, 5)); /* its bytes wrap */
    assert_true(list == was && cap == 100 && list[39][0] == 39 && keep_arena_left(a) == left);
    cap = SIZE_MAX / 2 + 1;
    assert_false(keep_arena_grow(a, &list, &cap, cap + 1, 1, 5)); /* its double wraps */
    assert_true(list == was && cap == SIZE_MAX / 2 + 1);
    keep_arena_free(a);
}

/* What one arena gave out lives on in another, whichever of them was used before. */
static void test_arena_adopts_another(void **state)
{
    (void)state;
    for (int had = 0; had < 2; had++)
        for (int has = 0; has < 2; has++) {
            struct keep_arena *a = keep_arena_new(0), *b = keep_arena_new(0);
            char *x = had ? keep_arena_copy(a, "ours", 4) : NULL, *y = NULL;
            for (int i = 0; i < 1000 && has; i++) /* several blocks */
                y = keep_arena_copy(b, "theirs", 6);
            size_t used = keep_arena_used(a) + keep_arena_used(b);
            keep_arena_adopt(a, b);
            assert_int_equal(keep_arena_used(a), used);
            for (int i = 0; i < 5000; i++) {
                char *z = keep_arena_copy(a, "behind it", 9);
                assert_true(z != x && z != y);
            }
            assert_true(!x || strcmp(x, "ours") == 0);
            assert_true(!y || strcmp(y, "theirs") == 0);
            keep_arena_reset(a);
            assert_non_null(keep_arena_alloc(a, 100));
            keep_arena_free(a);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_pieces_are_apart),
        cmocka_unit_test(test_arena_ceiling),
        cmocka_unit_test(test_arena_sizes_that_overflow),
        cmocka_unit_test(test_arena_reset_reuses),
        cmocka_unit_test(test_arena_reset_behind_an_empty_block),
        cmocka_unit_test(test_arena_strings),
        cmocka_unit_test(test_arena_grow),
        cmocka_unit_test(test_arena_adopts_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
