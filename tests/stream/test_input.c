/* Input: plain, gzip and zstd give the same bytes, from files and standard input; cut or damaged ones are errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/stream/input.h"
#include "tests/aid/tool.h"

enum { MOST = 3000000 };

static uint8_t text[MOST];

/* What reading path gives, appended to out. */
static int read_whole(const char *path, struct keep_buf *out, struct keep_err *err)
{
    struct keep_input *in = NULL;
    const void *p;
    size_t n = 0;
    int rc = keep_input_open(&in, path, err);

    if (rc != 0) {
        assert_null(in);
        return rc;
    }
    while ((rc = keep_input_next(in, &p, &n, err)) == 1) {
        assert_true(n > 0);
        keep_buf_add(out, p, n);
    }
    if (rc == 0) {
        assert_int_equal(keep_input_next(in, &p, &n, err), 0); /* the end stays the end */
        if (keep_input_size(in) > 0)
            assert_true(keep_input_position(in) == keep_input_size(in));
    }
    keep_input_close(in);
    return rc;
}

static void gives(const char *path, size_t want)
{
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_err err = {.code = 0};

    assert_int_equal(read_whole(path, &out, &err), 0);
    assert_int_equal(out.n, want);
    if (want > 0)
        assert_memory_equal(out.p, text, want);
    keep_buf_free(&out);
}

static void compress(const char *tool, const char *from, const char *to)
{
    const char *const argv[] = {tool, "-q", "-c", NULL};

    assert_int_equal(tool_run(argv, from, to), 0);
}

static void test_input_plain_gzip_zstd(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 5000, 1 << 20, MOST};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_true(tool_put(tool_path("t"), text, sizes[i]));
        gives(tool_path("t"), sizes[i]);
        compress("gzip", tool_path("t"), tool_path("t.gz"));
        gives(tool_path("t.gz"), sizes[i]);
        compress("zstd", tool_path("t"), tool_path("t.zst"));
        gives(tool_path("t.zst"), sizes[i]);
    }
}

static void test_input_joined_members(void **state)
{
    (void)state;
    static const char *const tools[] = {"gzip", "zstd"};

    for (int i = 0; i < 2; i++) {
        struct keep_buf whole = KEEP_BUF_INIT;
        assert_true(tool_put(tool_path("a"), text, 1000));
        assert_true(tool_put(tool_path("b"), text + 1000, 99000));
        compress(tools[i], tool_path("a"), tool_path("a.c"));
        compress(tools[i], tool_path("b"), tool_path("b.c"));
        assert_true(tool_get(tool_path("a.c"), &whole));
        assert_true(tool_get(tool_path("b.c"), &whole));
        assert_true(tool_put(tool_path("ab.c"), whole.p, whole.n));
        gives(tool_path("ab.c"), 100000);
        keep_buf_free(&whole);
    }
}

/* Every cut, and every altered byte that matters, of both forms. */
static void test_input_damage_is_seen(void **state)
{
    (void)state;
    static const char *const tools[] = {"gzip", "zstd"};

    for (int i = 0; i < 2; i++) {
        struct keep_buf whole = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
        assert_true(tool_put(tool_path("t"), text, 600));
        compress(tools[i], tool_path("t"), tool_path("t.c"));
        assert_true(tool_get(tool_path("t.c"), &whole));
        for (size_t n = 4; n < whole.n; n++) {
            assert_true(tool_put(tool_path("cut"), whole.p, n));
            assert_int_equal(read_whole(tool_path("cut"), &out, NULL), KEEP_E_INPUT);
        }
        for (size_t k = 4; k < whole.n; k++) {
            struct keep_err err = {.code = 0};
            whole.p[k] ^= 0x10;
            assert_true(tool_put(tool_path("bad"), whole.p, whole.n));
            keep_buf_clear(&out);
            int rc = read_whole(tool_path("bad"), &out, &err);
            whole.p[k] ^= 0x10;
            if (rc == 0) { /* a gzip header's time, flags of its maker, or a spare bit: the content is whole */
                assert_int_equal(out.n, 600);
                assert_memory_equal(out.p, text, 600);
            } else {
                assert_true(rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT);
                assert_string_equal(err.where, tool_path("bad"));
            }
        }
        keep_buf_str(&whole, "garbage behind the end");
        assert_true(tool_put(tool_path("bad"), whole.p, whole.n));
        assert_int_equal(read_whole(tool_path("bad"), &out, NULL), KEEP_E_INPUT);
        keep_buf_free(&whole);
        keep_buf_free(&out);
    }
}

/* Bytes that begin like a second member's header do not switch the checksum off. */
static void test_input_checksum_despite_bytes_like_a_header(void **state)
{
    (void)state;
    static uint8_t noise[5000];
    struct keep_buf whole = KEEP_BUF_INIT, out = KEEP_BUF_INIT;

    tool_fill(noise, sizeof noise, 5);
    memcpy(noise + 1000, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x01\x03", 10);
    assert_true(tool_put(tool_path("t"), noise, sizeof noise));
    compress("gzip", tool_path("t"), tool_path("t.gz"));
    assert_int_equal(read_whole(tool_path("t.gz"), &out, NULL), 0);
    assert_int_equal(out.n, sizeof noise);
    assert_memory_equal(out.p, noise, sizeof noise);
    assert_true(tool_get(tool_path("t.gz"), &whole));
    assert_true(whole.n > sizeof noise); /* stored, not compressed: the bytes stand in the file */
    whole.p[3000] ^= 1;
    assert_true(tool_put(tool_path("t.gz"), whole.p, whole.n));
    assert_int_equal(read_whole(tool_path("t.gz"), &out, NULL), KEEP_E_INPUT);
    keep_buf_free(&whole);
    keep_buf_free(&out);
}

static void test_input_gzip_inside_gzip_is_refused(void **state)
{
    (void)state;
    struct keep_err err = {.code = 0};
    struct keep_buf out = KEEP_BUF_INIT;

    assert_true(tool_put(tool_path("t"), text, 5000));
    compress("gzip", tool_path("t"), tool_path("t.gz"));
    compress("gzip", tool_path("t.gz"), tool_path("t.gz.gz"));
    assert_int_equal(read_whole(tool_path("t.gz.gz"), &out, &err), KEEP_E_INPUT);
    assert_string_equal(err.text, "gzip inside gzip");
    keep_buf_free(&out);
}

/* A child reads standard input, a pipe that gives few bytes at a time. */
static int from_stdin(int fd)
{
    struct keep_buf out = KEEP_BUF_INIT;

    if (dup2(fd, 0) < 0)
        return 10;
    int rc = read_whole("-", &out, NULL);
    bool same = rc == 0 && out.n == 100000 && memcmp(out.p, text, out.n) == 0;
    keep_buf_free(&out);
    return same ? 0 : 1;
}

static void test_input_standard_input(void **state)
{
    (void)state;
    static const char *const names[] = {"t", "t.gz", "t.zst"};

    assert_true(tool_put(tool_path("t"), text, 100000));
    compress("gzip", tool_path("t"), tool_path("t.gz"));
    compress("zstd", tool_path("t"), tool_path("t.zst"));
    for (int i = 0; i < 3; i++) {
        struct keep_buf whole = KEEP_BUF_INIT;
        int fds[2], status = 0;
        assert_true(tool_get(tool_path(names[i]), &whole));
        assert_int_equal(pipe(fds), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            close(fds[1]);
            _exit(from_stdin(fds[0]));
        }
        close(fds[0]);
        for (size_t at = 0; at < whole.n; at += at < 8 ? 1 : 3000)
            assert_true(write(fds[1], whole.p + at, at < 8 ? 1 : whole.n - at < 3000 ? whole.n - at : 3000) > 0);
        close(fds[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        keep_buf_free(&whole);
    }
}

static void test_input_what_cannot_be_opened(void **state)
{
    (void)state;
    struct keep_err err = {.code = 0};
    struct keep_buf out = KEEP_BUF_INIT;

    assert_int_equal(read_whole(tool_path("absent"), &out, &err), KEEP_E_INPUT);
    keep_err_clear(&err);
    assert_int_equal(read_whole(tool_dir, &out, &err), KEEP_E_INPUT);
    assert_string_equal(err.text, "a folder, not a file");
    keep_input_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input_plain_gzip_zstd),
        cmocka_unit_test(test_input_joined_members),
        cmocka_unit_test(test_input_damage_is_seen),
        cmocka_unit_test(test_input_checksum_despite_bytes_like_a_header),
        cmocka_unit_test(test_input_gzip_inside_gzip_is_refused),
        cmocka_unit_test(test_input_standard_input),
        cmocka_unit_test(test_input_what_cannot_be_opened),
    };

    for (size_t i = 0; i < MOST; i++)
        text[i] = (uint8_t)("an entry of an access log, "[i % 27] ^ (i / 4000 & 31));
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
