/* Secret memory: it is there, it is zero, its comparison compares, and a lock that fails is an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crypto/secret.h"

static void test_secret_new_is_zeroed_and_writable(void **state)
{
    (void)state;
    static const uint8_t zero[100];
    struct keep_err err = {.code = 0};
    void *p = NULL;

    assert_int_equal(keep_secret_new(&p, sizeof zero, &err), 0);
    assert_memory_equal(p, zero, sizeof zero);
    keep_secret_random(p, sizeof zero);
    assert_memory_not_equal(p, zero, sizeof zero);
    keep_secret_wipe(p, sizeof zero);
    assert_memory_equal(p, zero, sizeof zero);
    keep_secret_free(p);
    keep_secret_free(NULL);
}

static void test_secret_equal(void **state)
{
    (void)state;
    uint8_t a[32] = {1}, b[32] = {1};

    assert_int_equal(keep_secret_equal(a, b, 32), 1);
    for (int i = 0; i < 32; i++) {
        b[i] ^= 0x80;
        assert_int_equal(keep_secret_equal(a, b, 32), 0);
        b[i] ^= 0x80;
    }
}

/* Drawn from a pool, of which each byte is given once: 20,000 draws, across many fillings of it, are all different. */
static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 24);
}

static void test_secret_random_never_repeats(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    static uint8_t drawn[DRAWS][24];

    for (int i = 0; i < DRAWS; i++)
        keep_secret_random(drawn[i], sizeof drawn[i]);
    qsort(drawn, DRAWS, sizeof drawn[0], by_bytes);
    for (int i = 1; i < DRAWS; i++)
        assert_memory_not_equal(drawn[i - 1], drawn[i], sizeof drawn[0]);
}

/* What a child draws next is not what its parent, or another child, draws next. */
static void test_secret_random_differs_in_a_child(void **state)
{
    (void)state;
    uint8_t drawn[3][32];
    int fd[2];

    keep_secret_random(drawn[0], 24);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(pipe(fd), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            keep_secret_random(drawn[i], sizeof drawn[i]);
            _exit(write(fd[1], drawn[i], sizeof drawn[i]) == sizeof drawn[i] ? 0 : 1);
        }
        assert_int_equal(read(fd[0], drawn[i], sizeof drawn[i]), sizeof drawn[i]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        close(fd[0]);
        close(fd[1]);
    }
    keep_secret_random(drawn[0], sizeof drawn[0]);
    assert_memory_not_equal(drawn[0], drawn[1], sizeof drawn[0]);
    assert_memory_not_equal(drawn[0], drawn[2], sizeof drawn[0]);
    assert_memory_not_equal(drawn[1], drawn[2], sizeof drawn[0]);
}

/* A process that may lock nothing, in a child because it cannot be undone. */
static int locked_out(void)
{
    struct rlimit none = {0, 0};
    struct keep_err err = {.code = 0};
    void *p = NULL;

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (getuid() == 0 && setresuid(65534, 65534, 65534) != 0))
        return 10;
    int rc = keep_secret_new(&p, 32, &err);
#ifdef __SANITIZE_ADDRESS__ /* which turns mlock into nothing */
    return rc == 0 ? 0 : 1;
#else
    return rc == KEEP_E_LIMIT && p == NULL && err.code == KEEP_E_LIMIT && strstr(err.hint, "RLIMIT_MEMLOCK") ? 0 : 1;
#endif
}

static void test_secret_unlocked_memory_is_refused(void **state)
{
    (void)state;
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(locked_out());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_secret_is_not_there_in_a_child(void **state)
{
    (void)state;
    unsigned char *p = NULL;
    int status = 0;

    assert_int_equal(keep_secret_new((void **)&p, 32, NULL), 0);
    memset(p, 0x5a, 32);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int seen = 0;
        for (int i = 0; i < 32; i++)
            seen |= p[i];
        _exit(seen == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(p[31], 0x5a);
    keep_secret_free(p);
}

static void test_secret_too_large(void **state)
{
    (void)state;
    struct keep_err err = {.code = 0};
    void *p = NULL;

    assert_int_equal(keep_secret_new(&p, SIZE_MAX - 1, &err), KEEP_E_NOMEM);
    assert_null(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secret_new_is_zeroed_and_writable),
        cmocka_unit_test(test_secret_equal),
        cmocka_unit_test(test_secret_random_never_repeats),
        cmocka_unit_test(test_secret_random_differs_in_a_child),
        cmocka_unit_test(test_secret_unlocked_memory_is_refused),
        cmocka_unit_test(test_secret_is_not_there_in_a_child),
        cmocka_unit_test(test_secret_too_large),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
