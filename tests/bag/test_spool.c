/* What goes into a spool comes out, and no file is left to be found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>

#include "core/bag/spool.h"
#include "core/crypto/secret.h"
#include "tests/aid/tool.h"

static int setup(void **state)
{
    return keep_secret_start(NULL) == 0 ? tool_setup(state) : -1;
}

static int collect(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)err;
    keep_buf_add(ctx, p, n);
    return 0;
}

static int refuse(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)ctx, (void)p, (void)n;
    return keep_err_set(err, KEEP_E_IO, "no");
}

static void test_spool_gives_back_what_it_took(void **state)
{
    (void)state;
    struct keep_spool *s = NULL;
    struct keep_buf want = KEEP_BUF_INIT, had = KEEP_BUF_INIT;
    uint8_t piece[3001];
    struct dirent *e;
    int dirfd = open(tool_dir, O_RDONLY | O_DIRECTORY), files = 0;
    assert_int_equal(keep_spool_new(&s, dirfd, NULL), 0);
    assert_int_equal(keep_spool_replay(s, collect, &had, NULL), 0);
    assert_int_equal(had.n, 0);
    for (uint64_t i = 0; i < 100; i++) {
        tool_fill(piece, sizeof piece, i);
        keep_buf_add(&want, piece, sizeof piece);
        assert_int_equal(keep_spool_add(s, piece, sizeof piece, NULL), 0);
    }
    assert_int_equal(keep_spool_size(s), want.n);
    for (int twice = 0; twice < 2; twice++) {
        keep_buf_clear(&had);
        assert_int_equal(keep_spool_replay(s, collect, &had, NULL), 0);
        assert_int_equal(had.n, want.n);
        assert_memory_equal(had.p, want.p, want.n);
    }
    assert_int_equal(keep_spool_add(s, "x", 1, NULL), 0);
    assert_int_equal(keep_spool_size(s), want.n + 1);
    DIR *d = fdopendir(dirfd);
    while ((e = readdir(d)))
        files += e->d_name[0] != '.';
    assert_int_equal(files, 0);
    closedir(d);
    keep_spool_free(s);
    keep_buf_free(&want);
    keep_buf_free(&had);
}

static void test_spool_forwards_failures(void **state)
{
    (void)state;
    struct keep_spool *s = NULL;
    struct keep_err err = {0};
    int dirfd = open(tool_dir, O_RDONLY | O_DIRECTORY), full = open("/dev/null", O_RDONLY);
    assert_int_equal(keep_spool_new(&s, full, &err), KEEP_E_INPUT); /* not a folder */
    assert_int_equal(keep_spool_new(&s, dirfd, NULL), 0);
    assert_int_equal(keep_spool_add(s, "abc", 3, NULL), 0);
    assert_int_equal(keep_spool_replay(s, refuse, NULL, NULL), KEEP_E_IO);
    keep_spool_free(s);
    keep_spool_free(NULL);
    close(dirfd);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spool_gives_back_what_it_took), cmocka_unit_test(test_spool_forwards_failures)};
    return cmocka_run_group_tests(tests, setup, tool_teardown);
}
