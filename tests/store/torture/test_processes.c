/* Several processes and one keep: readers while a writer commits, two writers,
 * a writer killed with the lock in its hands, at any moment. A reader sees one
 * moment, a second writer is refused, a killed one leaves no lock behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/store/keepdir.h"
#include "tests/store/torture/bank.h"

static int setup(void **state)
{
    *state = keepdir_new(true);
    return 0;
}

static int teardown(void **state)
{
    keepdir_free(*state);
    return 0;
}

static int count_act(void *ctx, const struct keep_act *a, struct keep_err *err)
{
    (void)a;
    (void)err;
    ++*(int *)ctx;
    return 0;
}

static int acts(struct keep_store *s)
{
    struct keep_err err = {0};
    int n = 0;

    return keep_txn_acts(s, "hold", NULL, count_act, &n, &err) == 0 ? n : -1;
}

static int ended(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Commits until told to stop or killed; a byte up the pipe for each. */
static pid_t writer(struct keepdir *d, int first, int commits, int out)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    struct keep_store *s = NULL;
    if (keepdir_try(d, true, &s) != 0)
        _exit(40);
    for (int i = 0; i < commits; i++)
        if (keepdir_commit(s, (uint64_t)(first + i), &d->err) != 0 || write(out, "x", 1) != 1)
            _exit(41);
    keep_store_close(s);
    _exit(0);
}

static void test_processes_readers_during_a_writer(void **state)
{
    struct keepdir *d = *state;
    int commits = bank_stride(4) == 1 ? 400 : 60, looks = 0, last = 0, fd[2], refused = 0;
    char c;

    assert_int_equal(pipe(fd), 0);
    pid_t pid = writer(d, 100, commits, fd[1]);
    close(fd[1]);
    assert_int_equal(read(fd[0], &c, 1), 1); /* it has the lock */
    while (last < commits) {
        struct keep_store *s = NULL;
        int rc = keepdir_try(d, false, &s);
        if (rc != 0)
            fail_msg("look %d, after %d: %s: %s", looks, last, d->err.where, d->err.text);
        int n = acts(s), again = acts(s);
        assert_int_equal(n, again); /* one moment */
        assert_int_equal(keep_ledger_size(s), n + 1);
        assert_in_range(n, last, commits);
        last = n;
        keep_store_close(s);
        looks++;
        refused += keepdir_code(d, true) == KEEP_E_LOCKED;
    }
    assert_int_equal(ended(pid), 0);
    close(fd[0]);
    bank_tell("a writer's %d commits under %d looks of a reader, %d times a second writer was refused", commits, looks, refused);
    assert_true(looks > 0);
}

static void test_processes_two_writers(void **state)
{
    struct keepdir *d = *state;
    int rounds = bank_stride(5) == 1 ? 50 : 10, won = 0;
    char c;

    for (int i = 0; i < rounds; i++) {
        int fd[2];
        assert_int_equal(pipe(fd), 0);
        pid_t a = writer(d, 1000 + 20 * i, 3, fd[1]), b = writer(d, 1010 + 20 * i, 3, fd[1]);
        int x = ended(a), y = ended(b), told = 0;
        close(fd[1]);
        while (read(fd[0], &c, 1) == 1)
            told++;
        close(fd[0]);
        assert_true((x == 0 || x == 40) && (y == 0 || y == 40) && (x == 0 || y == 0)); /* refused at the door, never within */
        won += told;
    }
    struct keep_store *s = keepdir_open(d, false);
    assert_int_equal(acts(s), won);
    keep_store_close(s);
    bank_tell("two writers: %d rounds, %d commits, none lost", rounds, won);
}

static void test_processes_killed_writer(void **state)
{
    struct keepdir *d = *state;
    int rounds = bank_stride(5) == 1 ? 100 : 15, told = 0, there = 0;
    char c;

    for (int i = 0; i < rounds; i++) {
        int fd[2];
        assert_int_equal(pipe(fd), 0);
        pid_t pid = writer(d, 5000 + 1000 * i, 900, fd[1]);
        close(fd[1]);
        int now = 0, target = 1 + i % 5;
        while (now < target && read(fd[0], &c, 1) == 1)
            now++;
        usleep((useconds_t)(i * 137 % 3000)); /* somewhere in the next one */
        kill(pid, SIGKILL);
        assert_int_equal(ended(pid), 128 + SIGKILL);
        while (read(fd[0], &c, 1) == 1)
            now++;
        close(fd[0]);
        told += now;
        struct keep_store *s = keepdir_open(d, i % 2); /* no stale lock, for readers and writers alike */
        int n = acts(s);
        assert_in_range(n - there, now, now + 1);
        there = n;
        keep_store_close(s);
    }
    bank_tell("killed writers: %d, %d commits reported, %d found, none of them lost", rounds, told, there);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {CASE(test_processes_readers_during_a_writer), CASE(test_processes_two_writers), CASE(test_processes_killed_writer)};

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
