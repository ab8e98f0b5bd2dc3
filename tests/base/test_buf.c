/* A buffer holds what was added in order, and stays failed once something did not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"

static void test_buf_grows(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    for (int i = 0; i < 5000; i++)
        keep_buf_printf(&b, "%d,", i);
    assert_false(b.failed);
    size_t at = 0;
    for (int i = 0; i < 5000; i++) {
        char want[16];
        int n = snprintf(want, sizeof want, "%d,", i);
        assert_memory_equal(b.p + at, want, (size_t)n);
        at += (size_t)n;
    }
    assert_int_equal(at, b.n);
    keep_buf_free(&b);
    assert_null(b.p);
    keep_buf_str(&b, "again");
    assert_true(keep_str_is(keep_buf_view(&b), "again"));
    keep_buf_clear(&b);
    assert_int_equal(b.n, 0);
    assert_non_null(b.p);
    keep_buf_free(&b);
}

/* What is in it comes along, however often it moves. */
static void test_buf_moves_when_it_is_large(void **state)
{
    enum { STEP = 4099, STEPS = 1500 }; /* some 6 MB */
    static unsigned char piece[STEP];
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    for (int i = 0; i < STEPS; i++) {
        memset(piece, i, sizeof piece);
        keep_buf_add(&b, piece, sizeof piece);
    }
    assert_false(b.failed);
    assert_int_equal(b.n, (size_t)STEP * STEPS);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] != (unsigned char)(i / STEP))
            fail_msg("byte %zu was lost", i);
    unsigned char *p = b.p;
    keep_buf_clear(&b);
    assert_true(keep_buf_reserve(&b, (size_t)STEP * STEPS));
    assert_ptr_equal(b.p, p);
    keep_buf_free(&b);
    keep_buf_free(&b);
}

static void test_buf_integers(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_buf_u8(&b, 0xfe);
    keep_buf_u32(&b, 0x01020304);
    keep_buf_u64(&b, UINT64_C(0x1112131415161718));
    keep_buf_bytes(&b, "hi", 2);
    keep_buf_bytes(&b, NULL, 0);
    keep_buf_u8u64(&b, 'i', 0x0102);
    static const unsigned char want[] = {0xfe, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 2, 0, 0, 0, 'h', 'i', 0, 0, 0, 0, 'i', 2, 1, 0, 0, 0, 0, 0, 0};
    assert_int_equal(b.n, sizeof want);
    assert_memory_equal(b.p, want, sizeof want);
    assert_int_equal(keep_buf_u32_at(b.p + 1), 0x01020304);
    assert_true(keep_buf_u64_at(b.p + 5) == UINT64_C(0x1112131415161718));
    keep_buf_free(&b);
}

static void test_buf_printf_at_the_edge(void **state)
{
    (void)state;
    for (size_t lead = 250; lead < 260; lead++) { /* around the first capacity */
        struct keep_buf b = KEEP_BUF_INIT;
        for (size_t i = 0; i < lead; i++)
            keep_buf_char(&b, 'x');
        keep_buf_printf(&b, "%s", "12345");
        keep_buf_printf(&b, "%s", "");
        assert_int_equal(b.n, lead + 5);
        assert_memory_equal(b.p + lead, "12345", 5);
        keep_buf_free(&b);
    }
}

static void test_buf_stays_failed(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_buf_str(&b, "kept");
    assert_false(keep_buf_reserve(&b, SIZE_MAX));
    keep_buf_str(&b, "lost");
    keep_buf_printf(&b, "%d", 1);
    assert_false(keep_buf_reserve(&b, 0));
    assert_true(b.failed);
    assert_true(keep_str_is(keep_buf_view(&b), "kept"));
    keep_buf_clear(&b);
    keep_buf_str(&b, "new");
    assert_false(b.failed);
    keep_buf_bytes(&b, "", (size_t)UINT32_MAX + 1);
    assert_true(b.failed);
    assert_true(keep_str_is(keep_buf_view(&b), "new"));
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_grows),
        cmocka_unit_test(test_buf_moves_when_it_is_large),
        cmocka_unit_test(test_buf_integers),
        cmocka_unit_test(test_buf_printf_at_the_edge),
        cmocka_unit_test(test_buf_stays_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
