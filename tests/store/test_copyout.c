/* Copies under keys of their own: whole or not there, readable by their key alone, never written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/copyout.h"
#include "tests/store/keepdir.h"

struct bed {
    struct keepdir *d;
    char dir[100];
    uint8_t key[32];
};

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    b->d = keepdir_new(true);
    snprintf(b->dir, sizeof b->dir, "%s/copy", b->d->base);
    memset(b->key, 0x77, sizeof b->key);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;

    keepdir_free(b->d);
    free(b);
    return 0;
}

static int code(const struct bed *b, const uint8_t *key, bool write)
{
    struct keep_store_params p = {.path = b->dir, .key = key, .write = write, .now = 1790000002 * KEEP_USEC};
    struct keep_store *s = NULL;
    int rc = keep_store_open(&s, &p, NULL, NULL);

    keep_store_close(s);
    return rc;
}

static void test_copyout_is_a_keep_of_its_own(void **state)
{
    struct bed *b = *state;
    struct keep_store *s = keepdir_open(b->d, true), *copy = NULL;
    struct keep_copyout c = {.dir = b->dir, .key = b->key, .about = KEEP_STR("{}\n")};
    struct keep_store_params p = {.path = b->dir, .key = b->key, .now = 1790000002 * KEEP_USEC};
    struct keep_buf mine = KEEP_BUF_INIT, theirs = KEEP_BUF_INIT;
    struct keep_err err = {0};
    uint8_t one[32], other[32];

    for (uint64_t i = 1; i < 6; i++)
        assert_int_equal(keepdir_commit(s, i, &err), 0);
    assert_int_equal(keep_copyout_write(s, &c, &err), 0);
    assert_int_equal(code(b, b->key, false), 0);
    assert_int_equal(code(b, b->key, true), KEEP_E_REFUSED);
    assert_int_equal(code(b, b->d->key, false), KEEP_E_KEY);
    assert_int_equal(keep_store_open(&copy, &p, NULL, &err), 0);
    assert_int_equal(keep_ledger_head(s, &mine, &err), 0);
    assert_int_equal(keep_ledger_head(copy, &theirs, &err), 0);
    assert_true(keep_str_eq(keep_buf_view(&mine), keep_buf_view(&theirs)));
    for (uint64_t i = 1; i < 6; i++) {
        assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, i, one, &err), 0);
        assert_int_equal(keep_ring_get(copy, KEEP_RING_RECORD, i, other, &err), 0);
        assert_memory_equal(one, other, 32);
    }
    keep_store_close(copy);
    assert_int_equal(keepdir_commit(s, 9, &err), 0); /* the keep goes on */
    keep_store_close(s);
    assert_int_equal(keepdir_code(b->d, true), 0);
    keep_buf_free(&mine);
    keep_buf_free(&theirs);
}

static int stop_at(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)what;
    (void)done;
    (void)total;
    return --*(int *)ctx < 0;
}

static void test_copyout_leaves_nothing_half_made(void **state)
{
    struct bed *b = *state;
    struct keep_store *s = keepdir_open(b->d, true);
    struct keep_copyout c = {.dir = b->dir, .key = b->key, .about = KEEP_STR("{}\n"), .progress = stop_at};
    struct keep_err err = {0};
    bool done = false;
    int stopped = 0;

    assert_int_equal(keepdir_commit(s, 1, &err), 0);
    for (int after = 0; after < 200 && !done; after++) {
        int left = after;
        c.ctx = &left;
        keep_err_clear(&err);
        int rc = keep_copyout_write(s, &c, &err);
        done = rc == 0;
        stopped += rc == KEEP_E_INTERRUPTED;
        assert_true(done || rc == KEEP_E_INTERRUPTED);
        assert_int_equal(access(b->dir, F_OK) == 0, done);
    }
    assert_true(done && stopped >= 1);
    keep_err_clear(&err);
    assert_int_equal(keep_copyout_write(s, &c, &err), KEEP_E_REFUSED);
    assert_int_equal(code(b, b->key, false), 0);
    keep_store_close(s);
    s = keepdir_open(b->d, false);
    c.dir = b->d->witness;
    assert_int_equal(keep_copyout_write(s, &c, NULL), KEEP_E_USAGE);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_copyout_is_a_keep_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copyout_leaves_nothing_half_made, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
