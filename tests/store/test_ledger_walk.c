/* Walking the whole ledger: earlier heads that lie on its way, and those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/ledger_walk.h"
#include "tests/store/keepdir.h"

static void mark_now(struct keep_store *s, struct keep_ledger_mark *m)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err err = {0};

    assert_int_equal(keep_ledger_head(s, &text, &err), 0);
    assert_int_equal(keep_ledger_walk_head(s, keep_buf_view(&text), "x", m, &err), 0);
    keep_buf_free(&text);
}

static void test_ledger_walk_meets_its_heads(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_ledger_mark mark[9];
    struct keep_ledger_walk w = {.mark = mark, .marks = 9};

    for (int i = 0; i < 8; i++) {
        mark_now(s, &mark[i]);
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    }
    mark_now(s, &mark[8]);
    assert_int_equal(keep_ledger_walk(s, &w, &d->err), 0);
    assert_null(w.wrong);
    assert_int_equal(w.entries, keep_ledger_size(s));
    assert_memory_equal(w.root, mark[8].root, 32);
    for (int i = 0; i < 9; i++)
        assert_true(mark[i].met);
    mark[3].root[0] ^= 1;
    mark[4].size = keep_ledger_size(s) + 1;
    for (int i = 0; i < 9; i++)
        mark[i].met = false;
    assert_int_equal(keep_ledger_walk(s, &w, &d->err), 0);
    assert_false(mark[3].met);
    assert_false(mark[4].met);
    assert_true(mark[5].met);
    keep_store_close(s);
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
    return 1;
}

static void test_ledger_walk_refuses_strange_heads(void **state)
{
    struct keepdir *d = *state, *other = keepdir_new(true);
    struct keep_store *s = keepdir_open(d, false), *o = keepdir_open(other, false);
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_ledger_mark m = {.size = 99};

    assert_int_equal(keep_ledger_head(o, &text, &d->err), 0);
    assert_int_equal(keep_ledger_walk_head(s, keep_buf_view(&text), "x", &m, &d->err), KEEP_E_INTEGRITY);
    keep_buf_clear(&text);
    keep_err_clear(&d->err);
    assert_int_equal(keep_ledger_head(s, &text, &d->err), 0);
    for (size_t i = 0; i < text.n; i++) {
        text.p[i] ^= 1;
        assert_int_equal(keep_ledger_walk_head(s, keep_buf_view(&text), "x", &m, NULL), KEEP_E_INTEGRITY);
        assert_int_equal(keep_ledger_walk_head(s, (struct keep_str){(const char *)text.p, i}, "x", &m, NULL), KEEP_E_INTEGRITY);
        text.p[i] ^= 1;
    }
    assert_int_equal(m.size, 99);
    struct keep_ledger_walk w = {.progress = stop};
    assert_int_equal(keep_ledger_walk(s, &w, &d->err), 0); /* shorter than the stride between two calls */
    keep_buf_free(&text);
    keep_store_close(s);
    keep_store_close(o);
    keepdir_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ledger_walk_meets_its_heads, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ledger_walk_refuses_strange_heads, keepdir_setup, keepdir_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
