/* Goal: archives of other programs give their files, plain and compressed,
 * whatever their names; what is cut or damaged is an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/file.h"
#include "core/stream/unpack.h"
#include "tests/aid/tool.h"

/* "name=content;" of each file, appended to out. */
static int list(const char *path, struct keep_buf *out)
{
    struct keep_input *in = NULL, *member;
    struct keep_unpack *u = NULL;
    struct keep_err err = {0};
    const char *label;
    const void *p;
    size_t n = 0;
    int rc = keep_input_open(&in, path, &err);

    assert_int_equal(rc, 0);
    if ((rc = keep_input_ahead(in, KEEP_UNPACK_BLOCK, &p, &n, &err)) == 0)
        rc = keep_unpack_is(p, n) ? keep_unpack_open(&u, in, path, &err) : 7;
    if (rc != 0)
        goto out;
    while ((rc = keep_unpack_next(u, &label, &member, &err)) == 1) {
        keep_buf_printf(out, "%s=", label);
        while ((rc = keep_input_next(member, &p, &n, &err)) == 1)
            keep_buf_add(out, p, n);
        if (rc < 0)
            break;
        keep_buf_char(out, ';');
    }
    if (rc < 0)
        assert_true(err.code == rc && err.text[0]);
out:
    keep_unpack_close(u);
    keep_input_close(in);
    return rc;
}

static void tar(const char *const *argv)
{
    assert_int_equal(tool_run(argv, NULL, NULL), 0);
}

static void fill(void)
{
    char long_name[150];

    assert_true(tool_put(tool_path("a.txt"), "first", 5));
    assert_true(tool_put(tool_path("empty"), "", 0));
    assert_true(tool_put(tool_path("b"), "second", 6));
    tar((const char *const[]){"gzip", "-f", tool_path("b"), NULL});
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_true(tool_put(tool_path(long_name), "third", 5));
    assert_int_equal(symlink("/etc/passwd", tool_path("link")) && access(tool_path("link"), F_OK), 0);
    mkdir(tool_path("folder"), 0700);
    tar((const char *const[]){"tar", "-C", tool_dir, "-P", "--transform", "s,^a,../../../a,", "--exclude", "*.tar*", "-cf", tool_path("all.tar"), "a.txt", "empty", "b.gz", "link",
                              "folder", long_name, NULL});
}

static void test_unpack_files(void **state)
{
    (void)state;
    struct keep_buf out = KEEP_BUF_INIT;

    fill();
    assert_int_equal(list(tool_path("all.tar"), &out), 0);
    keep_buf_char(&out, '\0');
    assert_non_null(strstr((char *)out.p, "../../../a.txt=first;empty=;b.gz=second;nnnn"));
    assert_non_null(strstr((char *)out.p, "nnn=third;"));
    assert_null(strstr((char *)out.p, "link"));
    keep_buf_free(&out);
}

static void test_unpack_compressed(void **state)
{
    (void)state;
    static const char *const tools[] = {"gzip", "zstd"};
    struct keep_buf plain = KEEP_BUF_INIT, out = KEEP_BUF_INIT;

    fill();
    assert_int_equal(list(tool_path("all.tar"), &plain), 0);
    for (int i = 0; i < 2; i++) {
        const char *const argv[] = {tools[i], "-q", "-c", NULL};
        keep_buf_clear(&out);
        assert_int_equal(tool_run(argv, tool_path("all.tar"), tool_path("all.z")), 0);
        assert_int_equal(list(tool_path("all.z"), &out), 0);
        assert_int_equal(out.n, plain.n);
        assert_memory_equal(out.p, plain.p, out.n);
    }
    keep_buf_free(&out);
    keep_buf_free(&plain);
}

static void test_unpack_damaged(void **state)
{
    (void)state;
    struct keep_buf tar_bytes = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    struct keep_err err = {0};

    fill();
    assert_int_equal(keep_file_read_operand(tool_path("all.tar"), 1 << 20, &tar_bytes, &err), 0);
    assert_true(tool_put(tool_path("cut"), tar_bytes.p, 700)); /* in the padding of the first file */
    assert_int_equal(list(tool_path("cut"), &out), KEEP_E_INPUT);
    assert_true(tool_put(tool_path("cut"), tar_bytes.p, 514)); /* in its bytes */
    assert_int_equal(list(tool_path("cut"), &out), KEEP_E_INPUT);
    tar_bytes.p[1024 + 3] ^= 1; /* the second header */
    assert_true(tool_put(tool_path("flip"), tar_bytes.p, tar_bytes.n));
    assert_int_equal(list(tool_path("flip"), &out), KEEP_E_INPUT);
    tar_bytes.p[0] ^= 1; /* the first: no archive at all */
    assert_true(tool_put(tool_path("flip"), tar_bytes.p, tar_bytes.n));
    assert_int_equal(list(tool_path("flip"), &out), 7);
    assert_false(keep_unpack_is(tar_bytes.p, 100));
    memset(tar_bytes.p, 0, 512);
    assert_false(keep_unpack_is(tar_bytes.p, 512));
    keep_buf_free(&tar_bytes);
    keep_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unpack_files),
        cmocka_unit_test(test_unpack_compressed),
        cmocka_unit_test(test_unpack_damaged),
    };
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
