/* A file's digest, made beside its reading: right for every size, and never given for a file that changed meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto/hash.h"
#include "core/work/filehash.h"

enum { MOST = 700001 };

struct bed {
    char dir[64], path[96], other[96];
    unsigned char *bytes;
    struct keep_crew *crew;
    struct keep_err err;
};

static void fill(const char *path, const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
}

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);
    strcpy(b->dir, "/tmp/chartkeep-test-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof b->path, "%s/file", b->dir);
    snprintf(b->other, sizeof b->other, "%s/other", b->dir);
    b->bytes = malloc(MOST);
    for (size_t i = 0; i < MOST; i++)
        b->bytes[i] = (unsigned char)(i * 7 ^ i >> 9);
    assert_int_equal(keep_crew_new(&b->crew, 2, &b->err), 0);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;
    keep_crew_free(b->crew);
    unlink(b->path);
    unlink(b->other);
    rmdir(b->dir);
    free(b->bytes);
    free(b);
    return 0;
}

static void test_filehash_is_the_files(void **state)
{
    static const size_t sizes[] = {0, 1, 64, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, MOST};
    struct bed *b = *state;
    for (size_t i = 0; i < 2 * (sizeof sizes / sizeof *sizes); i++) {
        size_t n = sizes[i / 2];
        uint8_t want[32], had[32];
        struct keep_filehash *h;
        fill(b->path, b->bytes, n);
        keep_sha256(want, b->bytes, n);
        assert_int_equal(keep_filehash_open(&h, b->path, &b->err), 0);
        assert_int_equal(keep_filehash_size(h), n);
        keep_filehash_start(h, i % 2 ? b->crew : NULL);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(keep_filehash_end(h, had, &b->err), 0);
            assert_memory_equal(had, want, sizeof want);
        }
        keep_filehash_close(h);
    }
}

static void grow(struct bed *b)
{
    int fd = open(b->path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

static void rewrite(struct bed *b)
{
    const struct timespec then[2] = {{1000, 0}, {1000, 0}};
    b->bytes[5] ^= 1;
    fill(b->path, b->bytes, MOST);
    assert_int_equal(utimensat(AT_FDCWD, b->path, then, 0), 0); /* later is not all that tells */
}

static void replace(struct bed *b)
{
    fill(b->other, b->bytes, MOST);
    assert_int_equal(rename(b->other, b->path), 0);
}

static void vanish(struct bed *b)
{
    assert_int_equal(unlink(b->path), 0);
}

static void test_filehash_of_what_changes_is_none(void **state)
{
    static void (*const change[])(struct bed *) = {grow, rewrite, replace, vanish};
    struct bed *b = *state;
    for (size_t i = 0; i < 2 * (sizeof change / sizeof *change); i++) {
        uint8_t had[32];
        struct keep_filehash *h;
        fill(b->path, b->bytes, MOST);
        assert_int_equal(keep_filehash_open(&h, b->path, &b->err), 0);
        keep_filehash_start(h, i % 2 ? b->crew : NULL);
        change[i / 2](b);
        assert_int_equal(keep_filehash_end(h, had, &b->err), 1);
        keep_filehash_close(h);
    }
}

static void test_filehash_of_no_file(void **state)
{
    struct bed *b = *state;
    struct keep_filehash *h = NULL;
    assert_int_equal(keep_filehash_open(&h, "-", &b->err), 1);
    assert_int_equal(mkfifo(b->path, 0600), 0);
    int reader = open(b->path, O_RDWR);
    assert_int_equal(keep_filehash_open(&h, b->path, &b->err), 1);
    close(reader);
    unlink(b->path);
    assert_true(keep_filehash_open(&h, b->path, &b->err) < 0);
    assert_null(h);
    keep_filehash_close(NULL);
}

/* Nobody asks for the end of what was begun, or not even that. */
static void test_filehash_left_alone(void **state)
{
    struct bed *b = *state;
    fill(b->path, b->bytes, MOST);
    for (int i = 0; i < 3; i++) {
        struct keep_filehash *h;
        assert_int_equal(keep_filehash_open(&h, b->path, &b->err), 0);
        if (i)
            keep_filehash_start(h, i == 1 ? b->crew : NULL);
        keep_filehash_close(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filehash_is_the_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filehash_of_what_changes_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filehash_of_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filehash_left_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
