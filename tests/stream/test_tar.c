/* The canonical tar: stock tar reads it, only its own bytes are read back, every altered header bit is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/stream/tar.h"
#include "tests/aid/tool.h"

#define MTIME (1700000000 * KEEP_USEC)

struct file {
    const char *name;
    size_t size;
};

/* 100 bytes; 101 with its only '/' early; 255 split at 155 */
#define TEN "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct file files[] = {
    {"bagit.txt", 55}, {"data/empty", 0}, {"data/a-b_c.D", 512}, {HUNDRED, 1}, {"d/" TEN TEN TEN TEN TEN TEN TEN TEN TEN "123456789", 513}, {"p/" HUNDRED, 3},
    {HUNDRED TEN TEN TEN TEN TEN "12345/" TEN TEN TEN TEN TEN TEN TEN TEN TEN "123456789", 70}, {"data/large", 2500000},
};
#define FILES (sizeof files / sizeof files[0])

static uint8_t content[2500000];

static int tar_to(const char *path, const struct file *f, size_t n)
{
    struct keep_tar_out *t = NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), rc = keep_tar_out_new(&t, fd, MTIME, NULL);

    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = keep_tar_out_begin(t, f[i].name, f[i].size, NULL);
        for (size_t at = 0; at < f[i].size && rc == 0; at += 70000)
            rc = keep_tar_out_add(t, content + at, f[i].size - at < 70000 ? f[i].size - at : 70000, NULL);
        if (rc == 0)
            rc = keep_tar_out_end(t, NULL);
        assert_true(rc != 0 || keep_tar_out_position(t) % 512 == 0);
    }
    if (rc == 0)
        rc = keep_tar_out_finish(t, NULL);
    assert_true(rc != 0 || (off_t)keep_tar_out_position(t) == lseek(fd, 0, SEEK_END));
    keep_tar_out_free(t);
    close(fd);
    return rc;
}

/* Walks path; counts members; bodies: reads every other one, and compares. */
static int walk(const char *path, size_t *members, struct keep_err *err)
{
    struct keep_tar_in *t = NULL;
    struct keep_tar_member m;
    const void *p;
    size_t n;
    int rc = keep_tar_in_open(&t, path, err);

    *members = 0;
    if (rc != 0)
        return rc;
    while ((rc = keep_tar_in_next(t, &m, err)) == 1) {
        uint64_t at = 0;
        while (*members % 2 == 0 && (rc = keep_tar_in_read(t, &p, &n, err)) == 1) {
            assert_true(n > 0 && at + n <= m.size);
            if (m.size <= sizeof content)
                assert_memory_equal(p, content + at, n);
            at += n;
        }
        if (rc < 0)
            break;
        ++*members;
    }
    if (rc < 0)
        assert_int_equal(keep_tar_in_next(t, &m, NULL), rc); /* once failed, failed */
    else
        assert_int_equal(keep_tar_in_next(t, &m, err), 0);
    keep_tar_in_close(t);
    return rc;
}

static int walk_bytes(const void *p, size_t n)
{
    size_t members;

    assert_true(tool_put(tool_path("bytes.tar"), p, n));
    return walk(tool_path("bytes.tar"), &members, NULL);
}

static void test_tar_round_trip(void **state)
{
    (void)state;
    struct keep_tar_in *t = NULL;
    struct keep_tar_member m;
    size_t members = 0;

    assert_int_equal(tar_to(tool_path("a.tar"), files, FILES), 0);
    assert_int_equal(keep_tar_in_open(&t, tool_path("a.tar"), NULL), 0);
    for (size_t i = 0; i < FILES; i++) {
        assert_int_equal(keep_tar_in_next(t, &m, NULL), 1);
        assert_string_equal(m.name, files[i].name);
        assert_int_equal(m.size, files[i].size);
        assert_true(m.mtime == MTIME);
    }
    assert_int_equal(keep_tar_in_next(t, &m, NULL), 0);
    keep_tar_in_close(t);
    assert_int_equal(walk(tool_path("a.tar"), &members, NULL), 0);
    assert_int_equal(members, FILES);
    assert_int_equal(tar_to(tool_path("none.tar"), files, 0), 0);
    assert_int_equal(walk(tool_path("none.tar"), &members, NULL), 0);
    assert_int_equal(members, 0);
}

static void test_tar_stock_tar_extracts_it(void **state)
{
    (void)state;
    const char *const argv[] = {"tar", "-x", "-f", tool_path("b.tar"), "-C", tool_path("x"), NULL};

    assert_int_equal(tar_to(tool_path("b.tar"), files, FILES), 0);
    assert_int_equal(mkdir(tool_path("x"), 0700), 0);
    assert_int_equal(tool_run(argv, NULL, NULL), 0);
    for (size_t i = 0; i < FILES; i++) {
        struct keep_buf out = KEEP_BUF_INIT;
        char path[400];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", tool_path("x"), files[i].name);
        assert_true(tool_get(path, &out));
        assert_int_equal(out.n, files[i].size);
        if (out.n > 0)
            assert_memory_equal(out.p, content, out.n);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mtime, MTIME / KEEP_USEC);
        keep_buf_free(&out);
    }
}

/* What other writers make of the same file is not the canonical form. */
static void test_tar_of_other_writers_is_refused(void **state)
{
    (void)state;
    const char *const gnu[] = {"tar", "-c", "-f", tool_path("gnu.tar"), "-C", tool_dir, "one", NULL};
    const char *const ustar[] = {"tar", "-c", "--format=ustar", "-f", tool_path("ustar.tar"), "-C", tool_dir, "one", NULL};
    struct keep_err err = {.code = 0};
    size_t members;

    assert_true(tool_put(tool_path("one"), content, 100));
    assert_int_equal(tool_run(gnu, NULL, NULL), 0);
    assert_int_equal(walk(tool_path("gnu.tar"), &members, &err), KEEP_E_INTEGRITY);
    assert_string_equal(err.text, "tar header is not in canonical form at byte 0");
    assert_int_equal(tool_run(ustar, NULL, NULL), 0);
    assert_int_equal(walk(tool_path("ustar.tar"), &members, NULL), KEEP_E_INTEGRITY);
}

static void test_tar_every_altered_bit_outside_the_content_fails(void **state)
{
    (void)state;
    static const struct file two[] = {{"data/a", 100}, {"data/b", 0}};
    struct keep_buf whole = KEEP_BUF_INIT;

    assert_int_equal(tar_to(tool_path("c.tar"), two, 2), 0);
    assert_true(tool_get(tool_path("c.tar"), &whole));
    assert_int_equal(whole.n, 512 * 5);
    for (size_t i = 0; i < whole.n; i++) {
        if (i >= 512 && i < 612)
            continue; /* content is not the tar's to judge */
        for (int bit = 0; bit < 8; bit++) {
            whole.p[i] ^= (uint8_t)(1 << bit);
            assert_int_equal(walk_bytes(whole.p, whole.n), KEEP_E_INTEGRITY);
            whole.p[i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t n = 0; n < whole.n; n++)
        assert_int_equal(walk_bytes(whole.p, n), KEEP_E_INTEGRITY);
    keep_buf_char(&whole, 0);
    assert_int_equal(walk_bytes(whole.p, whole.n), KEEP_E_INTEGRITY);
    keep_buf_free(&whole);
}

/* Puts a right checksum on a header, as one who forges it would. */
static void sum(uint8_t *h)
{
    char text[8];
    unsigned s = 0;

    memset(h + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        s += h[i];
    snprintf(text, sizeof text, "%06o", s & 0777777);
    memcpy(h + 148, text, 7);
}

static void test_tar_forged_headers_with_a_right_checksum_fail(void **state)
{
    (void)state;
    static const struct file two[] = {{"data/a", 0}, {"data/b", 0}};
    static const struct { size_t at; const char *bytes; size_t n; const char *what; } rows[] = {
        {0, "/ata/a", 6, "absolute"}, {0, "../a\0\0", 6, "above"}, {0, "a/..\0\0", 6, "above"}, {0, "./ta/a", 6, "dot"}, {0, "a//b\0\0", 6, "empty part"},
        {0, "data/\0", 6, "ends in a slash"}, {0, "da a/a", 6, "blank"}, {0, "\0\0\0\0\0\0", 6, "no name"}, {7, "x", 1, "behind the name's end"},
        {100, "0000755\0", 8, "mode"}, {100, "000644 \0", 8, "mode's digits"}, {108, "0001750\0", 8, "owner"}, {116, "0001750\0", 8, "group"},
        {124, "          0\0", 12, "size's digits"}, {124, "\x80\0\0\0\0\0\0\0\0\0\0", 12, "binary size"}, {136, "14523450001\0", 12, "time of its own"},
        {156, "1", 1, "hard link"}, {156, "2", 1, "symbolic link"}, {156, "3", 1, "device"}, {156, "5", 1, "folder"}, {156, "x", 1, "pax"}, {156, "L", 1, "long name"}, {156, "\0", 1, "old file"},
        {157, "data/b", 6, "link name"}, {257, "ustar  ", 8, "GNU"}, {263, "01", 2, "version"}, {265, "root", 4, "user"}, {297, "root", 4, "group name"},
        {329, "0000001\0", 8, "major"}, {337, "\0\0\0\0\0\0\0\0", 8, "minor"}, {345, "p", 1, "needless prefix"}, {500, "x", 1, "spare bytes"},
    };
    struct keep_buf whole = KEEP_BUF_INIT;

    assert_int_equal(tar_to(tool_path("d.tar"), two, 2), 0);
    assert_true(tool_get(tool_path("d.tar"), &whole));
    sum(whole.p + 512);
    assert_int_equal(walk_bytes(whole.p, whole.n), 0); /* the forger's sum is the right one */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t was[512];
        memcpy(was, whole.p + 512, 512);
        memcpy(whole.p + 512 + rows[i].at, rows[i].bytes, rows[i].n);
        sum(whole.p + 512);
        if (walk_bytes(whole.p, whole.n) != KEEP_E_INTEGRITY)
            fail_msg("taken: %s", rows[i].what);
        memcpy(whole.p + 512, was, 512);
    }
    keep_buf_free(&whole);
}

static void test_tar_names_and_sizes_not_to_be_written(void **state)
{
    (void)state;
    static const char *const names[] = {"", "/a", "a/", "a//b", ".", "..", "a/../b", "a b", "a\\b", "\xc3\xa4", "x" HUNDRED, HUNDRED "/" HUNDRED "x", HUNDRED HUNDRED "/a",
                                        HUNDRED "/" HUNDRED "/" HUNDRED};
    struct keep_tar_out *t = NULL;
    int fd = open(tool_path("e.tar"), O_WRONLY | O_CREAT, 0600);

    assert_int_equal(keep_tar_out_new(&t, fd, MTIME + 1, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_new(&t, fd, -KEEP_USEC, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_new(&t, fd, ((int64_t)1 << 33) * KEEP_USEC, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_new(&t, fd, MTIME, NULL), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (keep_tar_out_begin(t, names[i], 0, NULL) != KEEP_E_INPUT)
            fail_msg("taken: %s", names[i]);
    assert_int_equal(keep_tar_out_begin(t, "...", (uint64_t)1 << 33, NULL), KEEP_E_LIMIT);
    assert_true(keep_tar_out_position(t) == 0);
    keep_tar_out_free(t);
    close(fd);
}

static void test_tar_size_must_be_met(void **state)
{
    (void)state;
    struct keep_tar_out *t = NULL;
    int fd = open(tool_path("f.tar"), O_WRONLY | O_CREAT, 0600);

    assert_int_equal(keep_tar_out_new(&t, fd, MTIME, NULL), 0);
    assert_int_equal(keep_tar_out_add(t, "x", 1, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_end(t, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_begin(t, "a", 3, NULL), 0);
    assert_int_equal(keep_tar_out_begin(t, "b", 3, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_add(t, "xyzz", 4, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_add(t, "xy", 2, NULL), 0);
    assert_int_equal(keep_tar_out_end(t, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_finish(t, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_add(t, "z", 1, NULL), 0);
    assert_int_equal(keep_tar_out_end(t, NULL), 0);
    assert_int_equal(keep_tar_out_finish(t, NULL), 0);
    assert_int_equal(keep_tar_out_finish(t, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_tar_out_begin(t, "b", 3, NULL), KEEP_E_INPUT);
    assert_true(keep_tar_out_position(t) == 2048);
    keep_tar_out_free(t);
    close(fd);
}

static void test_tar_full_disk_is_an_error(void **state)
{
    (void)state;
    struct keep_tar_out *t = NULL;
    struct keep_err err = {.code = 0};
    int fd = open("/dev/full", O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(keep_tar_out_new(&t, fd, MTIME, NULL), 0);
    assert_int_equal(keep_tar_out_begin(t, "a", 3, &err), KEEP_E_IO);
    assert_true(keep_tar_out_position(t) == 0);
    keep_tar_out_free(t);
    close(fd);
    size_t members;
    assert_int_equal(walk(tool_path("absent.tar"), &members, NULL), KEEP_E_INPUT);
    keep_tar_out_free(NULL);
    keep_tar_in_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tar_round_trip),
        cmocka_unit_test(test_tar_stock_tar_extracts_it),
        cmocka_unit_test(test_tar_of_other_writers_is_refused),
        cmocka_unit_test(test_tar_every_altered_bit_outside_the_content_fails),
        cmocka_unit_test(test_tar_forged_headers_with_a_right_checksum_fail),
        cmocka_unit_test(test_tar_names_and_sizes_not_to_be_written),
        cmocka_unit_test(test_tar_size_must_be_met),
        cmocka_unit_test(test_tar_full_disk_is_an_error),
    };

    tool_fill(content, sizeof content, 9);
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
