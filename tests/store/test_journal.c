/* Goal: neither a process killed at any write nor an error from the disk loses or
 * mixes what was committed; a planted journal is refused; readers keep their snapshot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "tests/store/world.h"

/* --- faults --- */

struct fault {
    int at, seen, code; /* code 0: the process dies there */
    int mask;           /* 1 << op */
};

static int fault_hook(void *ctx, enum keep_fault_op op, const char *what)
{
    struct fault *f = ctx;

    (void)what;
    if (!(f->mask >> op & 1) || ++f->seen != f->at)
        return 0;
    if (f->code == 0)
        _exit(77);
    return f->code;
}

#define WRITES (1 << KEEP_FAULT_WRITE | 1 << KEEP_FAULT_SYNC | 1 << KEEP_FAULT_TRUNCATE)

/* Runs transactions in a child that dies at point `at`; what it reported done comes through the pipe. 1: it came to its end. */
static int run_until(struct world *w, int at, int *done)
{
    int fd[2], status = 0;
    char c;

    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct conn k = conn_open(w);
        struct fault f = {.at = at, .mask = WRITES};
        bank_exec(k.db, "PRAGMA cache_size=12");
        keep_fault_set(fault_hook, &f);
        for (int i = 1; i <= 3; i++)
            if (move(k.db, i) != 0 || write(fd[1], "x", 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(fd[1]);
    for (*done = 0; read(fd[0], &c, 1) == 1; ++*done)
        ;
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
    return WEXITSTATUS(status) == 0;
}

/* Whatever the journal vouches for may be torn in the file: a sector of each such page is overwritten. */
static int tear(struct world *w)
{
    size_t n;
    unsigned char *j, garbage[512];
    int torn = 0;

    if (keepdir_size(w->journal) < 512)
        return 0;
    j = keepdir_read(w->journal, &n);
    memset(garbage, 0x99, sizeof garbage);
    uint32_t records = (uint32_t)j[8] << 24 | (uint32_t)j[9] << 16 | (uint32_t)j[10] << 8 | j[11];
    int fd = open(w->path, O_RDWR);
    for (uint32_t i = 0; j[0] == 0xd9 && i < records; i++) {
        const unsigned char *r = j + 512 + (size_t)i * (KEEP_VFS_PAGE + 8);
        uint32_t page = (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 | (uint32_t)r[2] << 8 | r[3];
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, (off_t)(page - 1) * KEEP_VFS_PAGE + (page % 8) * 512), sizeof garbage);
        torn++;
    }
    close(fd);
    free(j);
    return torn;
}

static void test_journal_killed_at_any_write(void **state)
{
    struct world *w = *state;
    size_t n;
    int torn = 0, points = 0, done = 0;

    fill(w);
    unsigned char *before = keepdir_read(w->path, &n);
    for (int at = 1;; at += 11) {
        keepdir_write(w->path, before, n);
        unlink(w->journal);
        if (run_until(w, at, &done))
            break;
        torn += tear(w) > 0;
        points++;
        assert_int_equal(look(w), 0);
        assert_int_equal(bad_pages(w, NULL), 0);
        struct conn c = conn_open(w);
        sqlite3_int64 has = bank_value(c.db, "SELECT n FROM n");
        assert_true(has == done || has == done + 1);
        conn_done(&c);
    }
    assert_true(points > 30 && torn > 3);
    free(before);
}

static void failing(struct world *w, int mask, int code, int stride)
{
    size_t n;
    unsigned char *before = keepdir_read(w->path, &n);
    struct conn first = conn_open(w);
    sqlite3_int64 from = bank_value(first.db, "SELECT n FROM n");
    int failed = 0;

    conn_done(&first);
    for (int at = 1;; at += stride) {
        struct fault f = {.at = at, .mask = mask, .code = code};
        int committed = 0, rc;
        keepdir_write(w->path, before, n);
        unlink(w->journal);
        struct conn c = conn_open(w);
        bank_exec(c.db, "PRAGMA cache_size=12");
        keep_fault_set(fault_hook, &f);
        for (int i = 1; i <= 2; i++) {
            rc = move(c.db, i);
            committed += rc == 0;
            failed += rc != 0;
            if (!sqlite3_get_autocommit(c.db))
                bank_exec(c.db, "ROLLBACK");
        }
        keep_fault_set(NULL, NULL);
        assert_int_equal(bank_value(c.db, "SELECT sum(v) FROM t"), SUM);
        assert_in_range(bank_value(c.db, "SELECT n FROM n") - from, committed, 2);
        conn_done(&c);
        assert_int_equal(look(w), 0);
        if (f.seen < at)
            break;
    }
    assert_true(failed > 3);
    free(before);
}

static void test_journal_errors_at_any_operation(void **state)
{
    struct world *w = *state;

    fill(w);
    failing(w, WRITES, SQLITE_IOERR_WRITE, 17);
    failing(w, 1 << KEEP_FAULT_WRITE, SQLITE_FULL, 23);
    failing(w, 1 << KEEP_FAULT_READ, SQLITE_IOERR_READ, 19);
}

/* --- planted journals --- */

static void test_journal_planted_journals(void **state)
{
    struct world *w = *state;
    size_t n, size;
    int done;

    fill(w);
    unsigned char *before = keepdir_read(w->path, &n);
    /* a hot journal, captured */
    int at = 1;
    for (; at < 400; at += 3) {
        keepdir_write(w->path, before, n);
        unlink(w->journal);
        assert_int_equal(run_until(w, at, &done), 0);
        unsigned char first = 0;
        if (keepdir_size(w->journal) > 40000) {
            unsigned char *j = keepdir_read(w->journal, &size);
            first = j[0];
            free(j);
        }
        if (first == 0xd9)
            break;
    }
    assert_true(at < 400);
    unsigned char *journal = keepdir_read(w->journal, &size);
    size_t cut = keepdir_size(w->path);
    unsigned char *torn = keepdir_read(w->path, &cut);

    /* a bit in any byte of its header behind the magic: refused before the file is cut or written */
    for (size_t i = 8; i < 28; i++) {
        keepdir_write(w->path, torn, cut);
        keepdir_write(w->journal, journal, size);
        keepdir_flip(w->journal, i, 4);
        assert_int_equal(look(w), 1);
        assert_int_equal(keepdir_size(w->path), cut);
    }
    keepdir_write(w->journal, journal, size);
    keepdir_flip(w->journal, 512 + 4 + 100, 1);
    assert_int_equal(look(w), 1);
    assert_int_equal(keepdir_size(w->path), cut);
    /* cut inside the records that it vouches for */
    keepdir_write(w->journal, journal, 512 + KEEP_VFS_PAGE);
    assert_int_equal(look(w), 1);
    /* after the head has moved on, the same journal is of the past */
    keepdir_write(w->path, torn, cut);
    keepdir_write(w->journal, journal, size);
    w->head[0] = 1;
    assert_int_equal(look(w), 1);
    size_t now;
    unsigned char *after = keepdir_read(w->path, &now);
    assert_int_equal(now, cut);
    assert_memory_equal(after, torn, cut);
    /* and under its own head it mends the file */
    w->head[0] = 0;
    assert_int_equal(look(w), 0);
    free(after);
    free(torn);
    free(journal);
    free(before);
}

static void test_journal_two_processes(void **state)
{
    struct world *w = *state;
    int status = 0;

    fill(w);
    struct conn c = conn_open(w);
    assert_int_equal(bank_exec(c.db, "BEGIN; SELECT sum(v) FROM t"), 0);
    pid_t pid = fork();
    if (pid == 0) { /* a writer may prepare, not commit, while a reader has its snapshot */
        struct conn k = conn_open(w);
        sqlite3_busy_timeout(k.db, 20);
        _exit(move(k.db, 1) == SQLITE_BUSY ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(bank_value(c.db, "SELECT n FROM n"), 0);
    assert_int_equal(bank_exec(c.db, "COMMIT"), 0);
    conn_done(&c);
    assert_int_equal(look(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_journal_killed_at_any_write, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_journal_errors_at_any_operation, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_journal_planted_journals, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_journal_two_processes, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
