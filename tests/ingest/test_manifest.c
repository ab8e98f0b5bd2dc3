/* Files that a manifest names: below its folder, regular, read to their end, told by their first bytes. */
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
#include "core/crypto/secret.h"
#include "core/ingest/manifest.h"

static char dir[] = "/tmp/manifest-XXXXXX";
static int folder;
static struct keep_ingest p = {.folder = &folder};

static void write_file(const char *name, const void *bytes, size_t n)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static int setup(void **state)
{
    (void)state;
    return !mkdtemp(dir) || (folder = open(dir, O_RDONLY | O_DIRECTORY)) < 0 || mkdirat(folder, "sub", 0700) != 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"a", "big", "empty", "link", "fifo", "pdf", "dcm", "sub/b"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(folder, names[i], 0);
    unlinkat(folder, "sub", AT_REMOVEDIR);
    close(folder);
    return rmdir(dir);
}

static int code(const char *path)
{
    struct keep_manifest_file f;
    int rc = keep_manifest_open(&f, &p, (struct keep_str){path, strlen(path)}, NULL);

    keep_manifest_close(&f);
    return rc;
}

static void test_manifest_gives_size_digest_and_bytes(void **state)
{
    (void)state;
    enum { SIZE = 700001 };
    uint8_t *bytes = malloc(SIZE), *out = malloc(SIZE + 1), digest[32];
    struct keep_manifest_file f;
    size_t n, had = 0;

    memset(bytes, 7, SIZE);
    bytes[SIZE - 1] = 8;
    write_file("big", bytes, SIZE);
    keep_hash_blake2b(digest, bytes, SIZE);
    assert_int_equal(keep_manifest_open(&f, &p, KEEP_STR("big"), NULL), 0);
    assert_int_equal(f.pull.size, SIZE);
    assert_memory_equal(f.pull.content, digest, 32);
    while (f.pull.read(f.pull.ctx, out + had, SIZE + 1 - had, &n, NULL) == 0 && n > 0)
        had += n;
    assert_int_equal(had, SIZE);
    assert_memory_equal(out, bytes, SIZE);
    keep_manifest_close(&f);
    keep_manifest_close(&f);
    free(bytes);
    free(out);
}

static struct keep_str media(const char *name, const void *bytes, size_t n)
{
    struct keep_manifest_file f;

    write_file(name, bytes, n);
    assert_int_equal(keep_manifest_open(&f, &p, (struct keep_str){name, strlen(name)}, NULL), 0);
    keep_manifest_close(&f);
    return f.media;
}

static void test_manifest_tells_the_kind(void **state)
{
    (void)state;
    uint8_t dicom[140] = {0};

    memcpy(dicom + 128, "DICM", 4);
    assert_true(keep_str_is(media("dcm", dicom, 132), "application/dicom"));
    assert_true(keep_str_is(media("dcm", dicom, 140), "application/dicom"));
    assert_true(keep_str_is(media("dcm", dicom, 131), "application/octet-stream"));
    assert_true(keep_str_is(media("pdf", "%PDF-", 5), "application/pdf"));
    assert_true(keep_str_is(media("pdf", "%PDF", 4), "application/octet-stream"));
}

static void test_manifest_refuses_what_is_not_below_or_no_file(void **state)
{
    (void)state;
    write_file("a", "x", 1);
    write_file("sub/b", "x", 1);
    write_file("empty", "", 0);
    assert_int_equal(symlinkat("a", folder, "link"), 0);
    assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
    assert_int_equal(code("a"), 0);
    assert_int_equal(code("sub/b"), 0);
    static const char *const bad[] = {"", "none", "empty", "link", "fifo", "sub", "/etc/passwd", "../a", "sub/../a", "sub/.."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(code(bad[i]), KEEP_E_INPUT);
    struct keep_manifest_file f;
    assert_int_equal(keep_manifest_open(&f, &p, (struct keep_str){"a\0b", 3}, NULL), KEEP_E_INPUT);
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    return --*(int *)ctx < 0;
}

static void test_manifest_can_be_interrupted(void **state)
{
    (void)state;
    int left = 0;

    p.progress = stop;
    p.progress_ctx = &left;
    assert_int_equal(code("a"), KEEP_E_INTERRUPTED);
    p.progress = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest_gives_size_digest_and_bytes),
        cmocka_unit_test(test_manifest_tells_the_kind),
        cmocka_unit_test(test_manifest_refuses_what_is_not_below_or_no_file),
        cmocka_unit_test(test_manifest_can_be_interrupted),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, setup, teardown);
}
