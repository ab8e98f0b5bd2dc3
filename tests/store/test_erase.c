/* Erasure in the one order that is safe: what fails before the keys go leaves
 * everything, what fails after is recorded by the next writer, and a process
 * killed anywhere leaves one or the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "core/base/arena.h"
#include "core/model/vocab.h"
#include "core/store/fault.h"
#include "core/store/inside.h"
#include "core/store/sets.h"
#include "tests/store/keepdir.h"

#define RECORDS 3

static const uint64_t records[RECORDS] = {5001, 5002, 5003};
static const uint64_t patient = 6001;

/* Keys for three records and their patient. */
static void make_keys(struct keep_store *s)
{
    struct keep_err err = {0};
    uint8_t key[32];

    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(sqlite3_exec(keep_store_db(s), "INSERT INTO entity(id, kind, key) VALUES(6001, 1, 0)", NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(keep_ring_new(s, KEEP_RING_RECORD, records[i], key, &err), 0);
    assert_int_equal(keep_ring_new(s, KEEP_RING_PATIENT, patient, key, &err), 0);
    keep_txn_count(s, "keys", RECORDS + 1);
    assert_int_equal(keep_txn_commit(s, &err), 0);
}

static struct keep_erasure erasure(void)
{
    struct keep_erasure e = {.intent = 9, .record = records, .records = RECORDS, .patient = patient, .rule = KEEP_STR("us.test")};

    memset(e.plan, 0xcc, sizeof e.plan);
    memset(e.set, 0xdd, sizeof e.set);
    return e;
}

static int answer(void *ctx, struct keep_err *err)
{
    (void)err;
    return *(int *)ctx;
}

/* 0 all keys there, 1 all destroyed; anything else is a mixture. */
static int keys(struct keep_store *s)
{
    struct keep_err err = {0};
    uint8_t key[32];
    int sum = keep_ring_get(s, KEEP_RING_PATIENT, patient, key, &err);

    for (size_t i = 0; i < RECORDS; i++)
        sum += keep_ring_get(s, KEEP_RING_RECORD, records[i], key, &err);
    return sum == 0 ? 0 : sum == RECORDS + 1 ? 1 : 100 + sum;
}

/* The set is recorded as destroyed: 1, 0. */
static int recorded(struct keep_store *s)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_erasure e = erasure();
    struct keep_set_state st = {0};
    struct keep_err err = {0};
    int rc = keep_sets_get(s, e.set, a, &st, &err);
    int is = rc == 0 && st.status == KEEP_SET_DESTROYED;

    keep_arena_free(a);
    return is;
}

static bool entry_has(struct keep_store *s, uint64_t i, const char *text)
{
    struct keep_buf b = KEEP_BUF_INIT;
    bool has = keep_ledger_entry(s, i, &b, NULL) == 0 && memmem(b.p, b.n, text, strlen(text)) != NULL;

    keep_buf_free(&b);
    return has;
}

static void test_erase_done(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_erasure e = erasure();
    struct keep_ring_tombstone t;
    int yes = 0;

    make_keys(s);
    assert_int_equal(keep_sets_erase(s, &e, 1, answer, &yes, &d->err), 0);
    assert_int_equal(keys(s), 1);
    assert_int_equal(recorded(s), 1);
    assert_int_equal(keep_ring_tombstone(s, KEEP_RING_RECORD, records[1], &t, &d->err), 0);
    assert_int_equal(t.intent, 9);
    assert_memory_equal(t.check, e.plan, 32);
    uint64_t i = keep_txn_last(s);
    assert_true(entry_has(s, i, "\"kind\":\"erased\""));
    assert_true(entry_has(s, i, "\"records\":3,\"patients\":1,\"sets\":1"));
    assert_true(entry_has(s, i, "\"digests\":{\"plan\":\"cccc"));
    assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0);
    assert_int_equal(keys(s), 1); /* tombstones survive */
    keep_store_close(s);
    assert_int_equal(keepdir_check(d), 0);
    assert_int_equal(keepdir_code(d, false), 0);
}

static void test_erase_drifted(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_erasure e = erasure();
    int drifted = 1, broken = KEEP_E_REFUSED;

    make_keys(s);
    uint64_t size = keep_ledger_size(s);
    assert_int_equal(keep_sets_erase(s, &e, 1, answer, &drifted, &d->err), 1);
    assert_int_equal(keep_sets_erase(s, &e, 1, answer, &broken, &d->err), KEEP_E_REFUSED);
    assert_int_equal(keys(s), 0);
    assert_int_equal(recorded(s), 0);
    assert_int_equal(keep_ledger_size(s), size);
    keep_store_close(s);
}

static void test_erase_needs_readers_out(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true), *r;
    struct keep_erasure e = erasure();

    make_keys(s);
    r = keepdir_open(d, false);
    sqlite3_busy_timeout(keep_store_db(s), 20);
    assert_int_equal(keep_sets_erase(s, &e, 1, NULL, NULL, &d->err), KEEP_E_LOCKED);
    assert_int_equal(keys(s), 0);
    keep_store_close(r);
    keep_err_clear(&d->err);
    assert_int_equal(keep_sets_erase(s, &e, 1, NULL, NULL, &d->err), 0);
    keep_store_close(s);
}

struct fault {
    int at, seen;
    const char *step; /* or any write */
    int code;         /* 0: dies */
};

static int fault_hook(void *ctx, enum keep_fault_op op, const char *what)
{
    struct fault *f = ctx;

    if (op == KEEP_FAULT_READ || (f->step && (op != KEEP_FAULT_STEP || strcmp(what, f->step) != 0)) || ++f->seen != f->at)
        return 0;
    if (f->code == 0)
        _exit(77);
    return f->code;
}

static void test_erase_recorded_by_the_same_writer(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_erasure e = erasure();
    struct fault f = {.at = 1, .step = "keys destroyed", .code = SQLITE_IOERR};

    make_keys(s);
    keep_fault_set(fault_hook, &f);
    assert_int_equal(keep_sets_erase(s, &e, 1, NULL, NULL, &d->err), KEEP_E_UNRECORDED);
    keep_fault_set(NULL, NULL);
    assert_int_equal(keys(s), 1);
    assert_int_equal(recorded(s), 0);
    keep_err_clear(&d->err);
    uint64_t size = keep_ledger_size(s);
    assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    assert_int_equal(recorded(s), 1);
    assert_true(entry_has(s, size, "\"kind\":\"recovered\""));
    assert_true(entry_has(s, size + 1, "\"kind\":\"hold\""));
    keep_store_close(s);
    assert_int_equal(keepdir_check(d), 0);
}

static void test_erase_recorded_by_the_next_writer(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_erasure e = erasure();
    struct fault f = {.at = 1, .step = "keys destroyed", .code = SQLITE_IOERR};
    struct keep_buf warnings = KEEP_BUF_INIT;
    struct keep_store_params p = {.path = d->keep, .key = d->key, .write = true, .now = 5};

    make_keys(s);
    keep_fault_set(fault_hook, &f);
    assert_int_equal(keep_sets_erase(s, &e, 1, NULL, NULL, &d->err), KEEP_E_UNRECORDED);
    keep_fault_set(NULL, NULL);
    keep_store_close(s);
    s = keepdir_open(d, false); /* a reader changes nothing */
    assert_int_equal(keys(s), 1);
    assert_int_equal(recorded(s), 0);
    keep_store_close(s);
    keep_err_clear(&d->err);
    assert_int_equal(keep_store_open(&s, &p, &warnings, &d->err), 0);
    assert_non_null(memmem(warnings.p, warnings.n, "recorded", 8));
    assert_int_equal(recorded(s), 1);
    keep_store_close(s);
    assert_int_equal(keepdir_check(d), 0);
    keep_buf_free(&warnings);
}

static void restore(struct keepdir *d, bool back)
{
    static const char *const names[] = {"keep.json", "head", "records.db", "keyring.db"};

    for (size_t i = 0; i < 4; i++)
        keepdir_copy(keepdir_path(back ? d->aside : d->keep, names[i]), keepdir_path(back ? d->keep : d->aside, names[i]));
    unlink(keepdir_path(d->keep, "records.db-journal"));
    unlink(keepdir_path(d->keep, "keyring.db-journal"));
    if (back)
        keepdir_empty(d->witness); /* it is the test that turns the clock back */
}

static void test_erase_killed_or_failing_anywhere(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_erasure e = erasure();
    int status = 0, kept = 0, gone = 0;

    make_keys(s);
    keep_store_close(s);
    restore(d, false);
    for (int at = 1;; at++) {
        restore(d, true);
        struct fault f = {.at = at, .code = at % 2 ? 0 : SQLITE_FULL};
        pid_t pid = fork();
        if (pid == 0) {
            s = keepdir_open(d, true);
            keep_fault_set(fault_hook, &f);
            int rc = keep_sets_erase(s, &e, 1, NULL, NULL, &d->err);
            keep_fault_set(NULL, NULL);
            int is = keys(s);
            /* what the caller is told is so */
            _exit(rc == 0 || rc == KEEP_E_UNRECORDED ? (is == 1 ? (f.seen < at ? 10 : 11) : 1) : is == 0 ? 12 : 2);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 10);
        s = keepdir_open(d, false);
        int now = keys(s);
        assert_in_range(now, 0, 1);
        if (WEXITSTATUS(status) != 77)
            assert_int_equal(now, WEXITSTATUS(status) != 12);
        keep_store_close(s);
        s = keepdir_open(d, true);
        assert_int_equal(recorded(s), now); /* never one without the other */
        assert_int_equal(keys(s), now);
        keep_store_close(s);
        if (at % 5 == 0)
            assert_int_equal(keepdir_check(d), 0);
        kept += now == 0;
        gone += now == 1;
        if (WEXITSTATUS(status) == 10)
            break;
    }
    assert_true(kept > 5 && gone > 2);
}

static void test_erase_keyring_put_back(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_erasure e = erasure();

    make_keys(s);
    keep_store_close(s);
    restore(d, false);
    s = keepdir_open(d, true);
    assert_int_equal(keep_sets_erase(s, &e, 1, NULL, NULL, &d->err), 0);
    keep_store_close(s);
    keepdir_copy(keepdir_path(d->aside, "keyring.db"), keepdir_path(d->keep, "keyring.db"));
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY); /* undead keys */
    assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_erase_done, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_erase_drifted, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_erase_needs_readers_out, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_erase_recorded_by_the_same_writer, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_erase_recorded_by_the_next_writer, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_erase_killed_or_failing_anywhere, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_erase_keyring_put_back, keepdir_setup, keepdir_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
