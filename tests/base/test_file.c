/* Files: what replace and create promise, also when writing, fsync or rename fail.
 * fsync and rename are taken over here, so that the tests can make them fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"

static int fsyncs, fail_fsync, fail_rename; /* the how-manieth call fails; 0 none */
static char order[64]; /* f: fsync of a file, r: rename, d: fsync of a folder */

static void note(char c)
{
    size_t n = strlen(order);
    if (n + 1 < sizeof order)
        order[n] = c;
}

int fsync(int fd)
{
    struct stat st;
    note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
    if (++fsyncs == fail_fsync) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    note('r');
    if (fail_rename) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

static int dir = -1;
static char path[] = "/tmp/test_file.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(path))
        return -1;
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlinkat(dir, e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
    if (d)
        closedir(d);
    close(dir);
    return rmdir(path);
}

static int fresh(void **state)
{
    (void)state;
    fsyncs = fail_fsync = fail_rename = 0;
    memset(order, 0, sizeof order);
    return 0;
}

static void holds(const char *name, const char *want)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    if (keep_file_read_all(dir, name, 1000, &b, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(keep_str_is(keep_buf_view(&b), want));
    keep_buf_free(&b);
}

static int count_files(const char *part)
{
    int n = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; (e = readdir(d));)
        n += strstr(e->d_name, part) != NULL;
    closedir(d);
    return n;
}

static void test_file_replace(void **state)
{
    struct stat st;
    (void)state;
    assert_int_equal(keep_file_replace(dir, "a", "one", 3, 0400, NULL), 0);
    assert_string_equal(order, "frd");
    holds("a", "one");
    assert_int_equal(keep_file_replace(dir, "a", "three", 5, 0644, NULL), 0);
    holds("a", "three");
    assert_int_equal(fstatat(dir, "a", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(keep_file_replace(dir, "a", NULL, 0, 0600, NULL), 0);
    holds("a", "");
    assert_int_equal(count_files(".tmp-"), 0);
    char whole[64];
    snprintf(whole, sizeof whole, "%s/a", path);
    assert_int_equal(keep_file_replace(AT_FDCWD, whole, "by path", 7, 0600, NULL), 0);
    holds("a", "by path");
}

static void test_file_replace_leaves_the_old_one(void **state)
{
    (void)state;
    assert_int_equal(keep_file_replace(dir, "b", "old", 3, 0600, NULL), 0);
    fsyncs = 0;
    fail_fsync = 1;
    struct keep_err err = {0};
    assert_int_equal(keep_file_replace(dir, "b", "new", 3, 0600, &err), KEEP_E_IO);
    assert_string_equal(err.where, "b");
    fail_fsync = 0;
    fail_rename = 1;
    assert_int_equal(keep_file_replace(dir, "b", "new", 3, 0600, NULL), KEEP_E_IO);
    fail_rename = 0;
    assert_int_equal(mkdirat(dir, "folder", 0700), 0);
    assert_true(keep_file_replace(dir, "folder", "new", 3, 0600, NULL) < 0);
    assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
    assert_int_equal(keep_file_replace(dir, "pipe", "new", 3, 0600, NULL), KEEP_E_USAGE);
    assert_int_equal(unlinkat(dir, "pipe", 0), 0); /* it was left there */
    assert_true(keep_file_replace(dir, "nowhere/x", "new", 3, 0600, NULL) < 0);
    assert_int_equal(count_files(".tmp-"), 0);
    holds("b", "old");
    /* when the folder cannot be brought to the disk the new file stands, but the caller hears of it */
    fsyncs = 0;
    fail_fsync = 2;
    assert_int_equal(keep_file_replace(dir, "b", "new", 3, 0600, NULL), KEEP_E_IO);
    assert_int_equal(count_files(".tmp-"), 0);
}

static void test_file_place(void **state)
{
    (void)state;
    assert_int_equal(keep_file_place(dir, "p", 5000, NULL), 0);
    assert_int_equal(count_files("p"), 0);
    assert_int_equal(keep_file_replace(dir, "p", "old", 3, 0600, NULL), 0);
    assert_int_equal(keep_file_place(dir, "p", 0, NULL), 0);
    holds("p", "old");
    assert_int_equal(mkdirat(dir, "taken", 0700), 0);
    struct keep_err err = {0};
    assert_int_equal(keep_file_place(dir, "taken", 0, &err), KEEP_E_INPUT);
    assert_string_equal(err.where, "taken");
    assert_int_equal(keep_file_place(dir, "nowhere/p", 0, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_file_place(dir, "taken/", 0, NULL), KEEP_E_INPUT);
    char whole[300];
    memset(whole, 'n', sizeof whole - 1);
    whole[sizeof whole - 1] = '\0';
    assert_int_equal(keep_file_place(dir, whole, 0, NULL), KEEP_E_IO);
    pid_t child = fork();
    int status;
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {1000, 1000};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        _exit(keep_file_place(dir, "p", 900, NULL) == 0 && keep_file_place(dir, "p", 5000, NULL) == KEEP_E_IO ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    holds("p", "old");
    assert_int_equal(count_files(".tmp-"), 0);
}

/* A disk that is full, in a child, since the limit holds for the whole process. */
static void test_file_replace_on_a_full_disk(void **state)
{
    int status;
    (void)state;
    assert_int_equal(keep_file_replace(dir, "c", "old", 3, 0600, NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        static char much[5000];
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {1000, 1000};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        _exit(keep_file_replace(dir, "c", much, sizeof much, 0600, NULL) == KEEP_E_IO ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(count_files(".tmp-"), 0);
    holds("c", "old");
}

static void test_file_create(void **state)
{
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(keep_file_create(dir, "d", "first", 5, 0400, NULL), 0);
    assert_string_equal(order, "fd");
    assert_int_equal(keep_file_create(dir, "d", "second", 6, 0400, &err), KEEP_E_REFUSED);
    holds("d", "first");
    assert_int_equal(symlinkat("elsewhere", dir, "dangling"), 0);
    assert_int_equal(keep_file_create(dir, "dangling", "x", 1, 0400, NULL), KEEP_E_REFUSED);
    for (int which = 1; which <= 2; which++) {
        fsyncs = 0;
        fail_fsync = which;
        assert_int_equal(keep_file_create(dir, "e", "x", 1, 0400, NULL), KEEP_E_IO);
        assert_int_equal(faccessat(dir, "e", F_OK, 0), -1);
    }
}

static void test_file_reading(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    int fd = -1;
    (void)state;
    assert_int_equal(keep_file_replace(dir, "f", "0123456789", 10, 0600, NULL), 0);
    keep_buf_str(&b, "x");
    assert_int_equal(keep_file_read_all(dir, "f", 10, &b, NULL), 0);
    assert_true(keep_str_is(keep_buf_view(&b), "x0123456789"));
    assert_int_equal(keep_file_read_all(dir, "f", 9, &b, &err), KEEP_E_LIMIT);
    assert_int_equal(b.n, 11);
    assert_int_equal(keep_file_read_all(dir, "f", 0, &b, NULL), KEEP_E_LIMIT);
    assert_int_equal(keep_file_read_all(dir, "none", 9, &b, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_file_read_all(AT_FDCWD, path, 9, &b, NULL), KEEP_E_INPUT);
    assert_int_equal(symlinkat("f", dir, "link"), 0);
    keep_err_clear(&err);
    assert_int_equal(keep_file_read_all(dir, "link", 100, &b, &err), KEEP_E_INPUT);
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
    assert_int_equal(keep_file_read_all(dir, "pipe", 100, &b, NULL), KEEP_E_INPUT); /* and does not hang */
    assert_int_equal(b.n, 11);
    char whole[64];
    snprintf(whole, sizeof whole, "%s/link", path);
    assert_int_equal(keep_file_open_read(whole, &fd, NULL), 0); /* an operand may be a link */
    assert_int_equal(keep_file_read_fd(fd, "link", SIZE_MAX, &b, NULL), 0);
    assert_int_equal(b.n, 21);
    close(fd);
    fd = -1;
    assert_int_equal(keep_file_open_read("/nowhere/at/all", &fd, NULL), KEEP_E_INPUT);
    assert_int_equal(fd, -1);
    assert_int_equal(keep_file_read_fd(-1, "closed", 9, &b, NULL), KEEP_E_IO);
    keep_buf_free(&b);
}

static void test_file_large(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT, back = KEEP_BUF_INIT;
    (void)state;
    for (uint32_t i = 0; i < 100000; i++)
        keep_buf_u32(&b, i);
    assert_int_equal(keep_file_replace(dir, "large", b.p, b.n, 0600, NULL), 0);
    assert_int_equal(keep_file_read_all(dir, "large", b.n, &back, NULL), 0);
    assert_true(keep_str_eq(keep_buf_view(&b), keep_buf_view(&back)));
    assert_int_equal(keep_file_read_all(dir, "large", b.n - 1, &back, NULL), KEEP_E_LIMIT);
    keep_buf_free(&b);
    keep_buf_free(&back);
}

static void test_file_write_full(void **state)
{
    struct keep_err err = {0};
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(keep_file_write_full(fd, "x", 1, "the report", &err), KEEP_E_IO);
    assert_string_equal(err.where, "the report");
    assert_int_equal(keep_file_write_full(fd, NULL, 0, "nothing", NULL), 0);
    close(fd);
}

static void test_file_locks(void **state)
{
    int a, b;
    (void)state;
    assert_int_equal(keep_file_open_nofollow(dir, "lock", O_RDWR | O_CREAT, &a, NULL), 0);
    assert_int_equal(keep_file_open_nofollow(dir, "lock", O_RDWR, &b, NULL), 0);
    assert_int_equal(keep_file_lock_byte(a, 1, KEEP_FILE_LOCK_SHARED, NULL), 0);
    assert_int_equal(keep_file_lock_byte(b, 1, KEEP_FILE_LOCK_SHARED, NULL), 0);
    assert_int_equal(keep_file_lock_byte(b, 1, KEEP_FILE_LOCK_EXCLUSIVE, NULL), KEEP_E_LOCKED);
    assert_int_equal(keep_file_lock_byte(b, 2, KEEP_FILE_LOCK_EXCLUSIVE, NULL), 0);
    assert_int_equal(keep_file_lock_byte(a, 1, KEEP_FILE_UNLOCK, NULL), 0);
    assert_int_equal(keep_file_lock_byte(b, 1, KEEP_FILE_LOCK_EXCLUSIVE, NULL), 0);
    assert_int_equal(keep_file_lock_byte(a, 2, KEEP_FILE_LOCK_SHARED, NULL), KEEP_E_LOCKED);
    close(b); /* releases all of its locks */
    assert_int_equal(keep_file_lock_byte(a, 2, KEEP_FILE_LOCK_EXCLUSIVE, NULL), 0);
    close(a);
    assert_int_equal(keep_file_lock_byte(a, 2, KEEP_FILE_LOCK_EXCLUSIVE, NULL), KEEP_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_file_replace, fresh),
        cmocka_unit_test_setup(test_file_replace_leaves_the_old_one, fresh),
        cmocka_unit_test_setup(test_file_replace_on_a_full_disk, fresh),
        cmocka_unit_test_setup(test_file_place, fresh),
        cmocka_unit_test_setup(test_file_create, fresh),
        cmocka_unit_test_setup(test_file_reading, fresh),
        cmocka_unit_test_setup(test_file_large, fresh),
        cmocka_unit_test_setup(test_file_write_full, fresh),
        cmocka_unit_test_setup(test_file_locks, fresh),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
