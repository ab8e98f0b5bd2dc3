/* Proofs of every index in a small ledger hold; every altered byte or line is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/bag/tlogproof.h"
#include "tests/bag/package.h"

static struct package pk;

static int setup(void **state)
{
    (void)state;
    return package_keys(&pk) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    package_free(&pk);
    return 0;
}

static int check(const struct keep_buf *b)
{
    struct keep_tlogproof p;
    struct keep_err err = {0};
    int rc = keep_tlogproof_check(&p, keep_buf_view(b), pk.key.key, &err);
    if (rc == 0)
        keep_buf_free(&p.entry);
    else
        assert_true(err.text[0] != '\0');
    return rc;
}

static void test_tlogproof_of_every_index(void **state)
{
    (void)state;
    static const uint8_t tags[64] = {1}, plan[32] = {2};
    for (uint64_t i = 0; i < PACKAGE_LEDGER; i++) {
        struct keep_buf b = KEEP_BUF_INIT;
        struct keep_tlogproof p;
        uint64_t index = 99;
        package_proof(&b, &pk, tags, plan, i, 5, true);
        assert_int_equal(keep_tlogproof_check(&p, keep_buf_view(&b), pk.key.key, NULL), 0);
        assert_int_equal(p.index, i);
        assert_int_equal(p.head.size, PACKAGE_LEDGER);
        assert_true(keep_str_is(p.head.origin, PACKAGE_ORIGIN));
        assert_memory_equal(p.entry.p, "{\"index\":", 9);
        assert_true(keep_tlogproof_index(keep_buf_view(&b), &index));
        assert_int_equal(index, i);
        keep_buf_free(&p.entry);
        keep_buf_free(&b);
    }
}

static void test_tlogproof_altered_is_refused(void **state)
{
    (void)state;
    static const uint8_t tags[64] = {1}, plan[32] = {2};
    struct keep_buf b = KEEP_BUF_INIT;
    package_proof(&b, &pk, tags, plan, 5, 5, true);
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] ^= 1;
        if (check(&b) != KEEP_E_INTEGRITY)
            fail_msg("byte %zu", i);
        b.p[i] ^= 1;
    }
    for (size_t n = b.n; b.n > 0; b.n--)
        if (b.n < n)
            assert_int_equal(check(&b), KEEP_E_INTEGRITY);
    keep_buf_free(&b);
    package_proof(&b, &pk, tags, plan, 5, 5, false);
    assert_int_equal(check(&b), KEEP_E_INTEGRITY); /* no entry in it */
    keep_buf_free(&b);
}

static void test_tlogproof_malformed(void **state)
{
    (void)state;
    static const char *const text[] = {"", "\n", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 1\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n", "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n",
                                       "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 1\nx\n", "c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\nx\n"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        uint64_t index;
        assert_false(keep_tlogproof_index(keep_str_of(text[i]), &index));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tlogproof_of_every_index), cmocka_unit_test(test_tlogproof_altered_is_refused), cmocka_unit_test(test_tlogproof_malformed)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
