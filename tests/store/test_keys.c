/* Keys of an open keep: slots come and go, keys change, officers change; each is
 * whole or not at all, wherever it is stopped, and cannot be put back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "core/crypto/age.h"
#include "core/store/fault.h"
#include "core/store/state.h"
#include "tests/store/keepdir.h"

static const struct keep_kdf_cost cheap = {.passes = 1, .memory = KEEP_KDF_MEMORY_LEAST};
static const uint8_t second[32] = {0x55};

/* The code of opening with something else than the key file. */
static int opens(struct keepdir *d, const struct keep_unlock *how)
{
    struct keep_store_params p = {.path = d->keep, .key = how->key, .passphrase = how->passphrase, .identity = how->identity, .now = 1790000002 * KEEP_USEC};
    struct keep_store *s = NULL;
    struct keep_err err = {0};
    int rc = keep_store_open(&s, &p, NULL, &err);

    keep_store_close(s);
    return rc;
}

static void ok(struct keepdir *d, int rc)
{
    if (rc != 0)
        keepdir_say(&d->err);
    assert_int_equal(rc, 0);
}

static void aside(struct keepdir *d, const char *name)
{
    keepdir_copy(keepdir_path(d->keep, name), keepdir_path(d->aside, name));
}

/* --- slots --- */

static void test_keys_slots(void **state)
{
    struct keepdir *d = *state;
    uint8_t identity[32], recipient[32];
    struct keep_slot slot[16];
    uint32_t id = 0;
    struct keep_store *s = keepdir_open(d, true);

    keep_age_generate(identity);
    keep_age_recipient(recipient, identity);
    assert_int_equal(keep_store_slots(s, slot, 16), 2); /* the key file's and the recovery recipient's */
    assert_true(slot[0].opened && slot[0].kind == KEEP_SLOT_KEY_FILE && slot[1].kind == KEEP_SLOT_RECOVERY && !slot[1].opened);
    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.passphrase = KEEP_STR("swordfish"), .cost = cheap}, &id, &d->err));
    assert_int_equal(id, 3);
    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.recipient = recipient}, &id, &d->err));
    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, &d->err));
    assert_int_equal(keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, &d->err), KEEP_E_USAGE);
    keep_err_clear(&d->err);
    assert_int_equal(keep_store_slot_remove(s, 99, &d->err), KEEP_E_USAGE);
    keep_err_clear(&d->err);
    keep_store_close(s);
    assert_int_equal(opens(d, &(struct keep_unlock){.passphrase = KEEP_STR("swordfish")}), 0);
    assert_int_equal(opens(d, &(struct keep_unlock){.passphrase = KEEP_STR("Swordfish")}), KEEP_E_KEY);
    assert_int_equal(opens(d, &(struct keep_unlock){.identity = identity}), 0);
    assert_int_equal(opens(d, &(struct keep_unlock){.identity = second}), KEEP_E_KEY);
    assert_int_equal(opens(d, &(struct keep_unlock){.key = second}), 0);
    assert_int_equal(opens(d, &(struct keep_unlock){0}), KEEP_E_KEY);
    s = keepdir_open(d, true);
    for (uint32_t i = 2; i <= 5; i++)
        ok(d, keep_store_slot_remove(s, i, &d->err));
    assert_int_equal(keep_store_slot_remove(s, 1, &d->err), KEEP_E_REFUSED);
    keep_err_clear(&d->err);
    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, &d->err));
    assert_int_equal(id, 6); /* a number is used once */
    keep_store_close(s);
    assert_int_equal(opens(d, &(struct keep_unlock){.passphrase = KEEP_STR("swordfish")}), KEEP_E_KEY);
    assert_int_equal(opens(d, &(struct keep_unlock){.identity = identity}), KEEP_E_KEY);
    assert_int_equal(keepdir_check(d), 0);
}

static void test_keys_slots_have_an_end(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    uint8_t key[32] = {1};
    uint32_t id;

    for (key[1] = 0; key[1] < KEEP_KEYSLOT_MAX - 2; key[1]++)
        ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.key = key}, &id, &d->err));
    assert_int_equal(keep_store_slot_add(s, &(struct keep_slot_new){.key = key}, &id, &d->err), KEEP_E_LIMIT);
    keep_store_close(s);
    key[1] = 3;
    assert_int_equal(opens(d, &(struct keep_unlock){.key = key}), 0);
}

/* Nobody puts a removed slot back by putting keep.json back; nor while somebody reads is one changed. */
static void test_keys_put_back_and_readers(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true), *reader;
    uint32_t id;

    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, &d->err));
    aside(d, "keep.json");
    ok(d, keep_store_slot_remove(s, id, &d->err));
    keep_store_close(s);
    aside(d, "head");
    keepdir_copy(keepdir_path(d->keep, "keep.json"), keepdir_path(d->aside, "keep.now"));
    keepdir_copy(keepdir_path(d->aside, "keep.json"), keepdir_path(d->keep, "keep.json"));
    assert_int_equal(opens(d, &(struct keep_unlock){.key = second}), KEEP_E_INTEGRITY);
    assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
    keepdir_copy(keepdir_path(d->aside, "keep.now"), keepdir_path(d->keep, "keep.json"));
    s = keepdir_open(d, true);
    reader = keepdir_open(d, false);
    keep_err_clear(&d->err);
    assert_int_equal(keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, &d->err), KEEP_E_LOCKED);
    keep_err_clear(&d->err);
    assert_int_equal(keep_store_rotate_records(s, NULL, NULL, &d->err), KEEP_E_LOCKED);
    keep_err_clear(&d->err);
    assert_int_equal(keep_store_slot_add(reader, &(struct keep_slot_new){.key = second}, &id, &d->err), KEEP_E_IO);
    keep_err_clear(&d->err);
    keep_store_close(reader);
    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, &d->err));
    keep_store_close(s);
}

/* --- new keys --- */

static bool key_fits(struct keepdir *d, const uint8_t store[16], const char *name, enum keep_vfs_file file, const uint8_t key[32])
{
    struct keep_vfs *v = NULL;

    assert_int_equal(keep_vfs_new(&v, keepdir_path(d->keep, name), file, store, key, NULL), 0);
    bool fits = keep_vfs_probe(v, NULL) == 0;
    keep_vfs_free(v);
    return fits;
}

static int stop_at_once(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
    return 1;
}

static int count_calls(void *ctx, uint64_t done, uint64_t total)
{
    assert_true(done <= total && total > 0);
    ++*(int *)ctx;
    return 0;
}

static void test_keys_new_master_and_files(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    uint8_t before[32], after[32], old[2][32], master[32], id[16];
    uint32_t slot;

    ok(d, keepdir_commit(s, 77, &d->err));
    ok(d, keep_store_slot_add(s, &(struct keep_slot_new){.passphrase = KEEP_STR("p"), .cost = cheap}, &slot, &d->err));
    keep_store_subkey(s, "masks", before);
    memcpy(id, keep_store_id(s), 16);
    for (int f = 0; f < 2; f++)
        memcpy(old[f], s->json.secret->file[f][0], 32);
    memcpy(master, s->json.secret->master, 32);
    ok(d, keep_store_rotate_master(s, &d->err));
    assert_memory_not_equal(master, s->json.secret->master, 32);
    ok(d, keep_store_rotate_records(s, NULL, NULL, &d->err));
    ok(d, keep_store_rotate_keyring(s, &d->err));
    ok(d, keepdir_commit(s, 78, &d->err)); /* it goes on */
    keep_store_close(s);
    assert_false(key_fits(d, id, "records.db", KEEP_VFS_RECORDS, old[0]));
    assert_false(key_fits(d, id, "keyring.db", KEEP_VFS_KEYRING, old[1]));
    assert_int_equal(opens(d, &(struct keep_unlock){.passphrase = KEEP_STR("p")}), 0);
    s = keepdir_open(d, true);
    keep_store_subkey(s, "masks", after);
    assert_memory_equal(before, after, 32); /* what blind indexes derive from stays */
    keep_store_close(s);
    assert_int_equal(keepdir_check(d), 0);
}

/* Some megabytes of acts, so that the copy takes more than one step. */
static void fill(struct keepdir *d, struct keep_store *s)
{
    size_t n = (size_t)1 << 20;
    char *body = malloc(n);

    assert_non_null(body);
    memset(body, 'x', n);
    struct keep_act act = {.kind = KEEP_STR("note"), .subject = KEEP_STR("s"), .body = {body, n}, .role = KEEP_STR("him"), .at = 7};
    ok(d, keep_txn_begin(s, KEEP_LEDGER_HOLD, &d->err));
    for (int i = 0; i < 12; i++)
        ok(d, keep_txn_act(s, &act, NULL, &d->err));
    ok(d, keep_txn_commit(s, &d->err));
    free(body);
}

static void test_keys_progress_and_stop(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    uint8_t old[32];
    int calls = 0;

    fill(d, s);
    memcpy(old, s->json.secret->file[0][0], 32);
    assert_int_equal(keep_store_rotate_records(s, stop_at_once, NULL, &d->err), KEEP_E_INTERRUPTED);
    keep_err_clear(&d->err);
    assert_int_equal(access(keepdir_path(d->keep, "records.db.new"), F_OK), -1);
    assert_memory_equal(old, s->json.secret->file[0][0], 32);
    assert_int_equal(s->json.file[0].keys, 1);
    ok(d, keepdir_commit(s, 1, &d->err));
    ok(d, keep_store_rotate_records(s, count_calls, &calls, &d->err));
    assert_true(calls >= 1);
    assert_memory_not_equal(old, s->json.secret->file[0][0], 32);
    keep_store_close(s);
    assert_int_equal(keepdir_check(d), 0);
}

/* --- officers --- */

static void test_keys_officers(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    size_t n, formers;
    struct keep_officer next[2] = {{.role = KEEP_STR("legal")}, {.role = KEEP_STR("privacy")}};

    next[0] = keep_store_officers(s, &n)[1];
    memset(next[1].key.key, 9, 32);
    assert_int_equal(keep_store_set_officers(s, next, 2, 3, &d->err), KEEP_E_USAGE);
    keep_err_clear(&d->err);
    assert_int_equal(keep_store_set_officers(s, next, 2, 0, &d->err), KEEP_E_USAGE);
    keep_err_clear(&d->err);
    assert_true(keep_str_is(keep_store_officers(s, &n)[0].role, "him"));
    ok(d, keep_store_set_officers(s, next, 2, 1, &d->err));
    keep_store_close(s);
    s = keepdir_open(d, false);
    const struct keep_officer *o = keep_store_officers(s, &n), *f = keep_store_former(s, &formers);
    assert_int_equal(n, 2);
    assert_true(keep_str_is(o[0].role, "legal") && keep_str_is(o[1].role, "privacy"));
    assert_int_equal(keep_store_quorum(s), 1);
    assert_int_equal(formers, 1);
    assert_true(keep_str_is(f[0].role, "him"));
    keep_store_close(s);
    assert_int_equal(keepdir_check(d), 0);
}

/* --- stopped anywhere --- */

enum { ADD, REMOVE, MASTER, RECORDS, KEYRING, OFFICERS, CHANGES };

static int run(struct keep_store *s, int what, struct keep_err *err)
{
    uint32_t id;
    size_t n;

    switch (what) {
    case ADD: return keep_store_slot_add(s, &(struct keep_slot_new){.key = second}, &id, err);
    case REMOVE: return keep_store_slot_remove(s, 2, err);
    case MASTER: return keep_store_rotate_master(s, err);
    case RECORDS: return keep_store_rotate_records(s, NULL, NULL, err);
    case KEYRING: return keep_store_rotate_keyring(s, err);
    default: return keep_store_set_officers(s, keep_store_officers(s, &n), 1, 1, err);
    }
}

/* Something that differs before and after each change. */
static void print_of(struct keepdir *d, int what, uint8_t out[32])
{
    struct keep_store *s = keepdir_open(d, false);
    size_t n;

    memset(out, 0, 32);
    if (what == ADD || what == REMOVE)
        out[0] = (uint8_t)s->json.slots;
    else if (what == MASTER)
        memcpy(out, s->json.secret->master, 32);
    else if (what == OFFICERS)
        keep_store_officers(s, &n), out[0] = (uint8_t)n;
    else
        memcpy(out, s->json.secret->file[what == RECORDS ? 0 : 1][s->in_force[what == RECORDS ? 0 : 1]], 32);
    keep_store_close(s);
}

static const char *const all_files[] = {"keep.json", "head", "records.db", "keyring.db"};

static void restore(struct keepdir *d)
{
    static const char *const leftovers[] = {"records.db-journal", "keyring.db-journal", "records.db.new", "keyring.db.new", "records.db.new-journal", "keyring.db.new-journal"};

    for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
        unlink(keepdir_path(d->keep, leftovers[i]));
    for (size_t i = 0; i < 4; i++)
        keepdir_copy(keepdir_path(d->aside, all_files[i]), keepdir_path(d->keep, all_files[i]));
    keepdir_empty(d->witness); /* it is the test that turns the clock back */
}

static void stopped_anywhere(struct keepdir *d, int what)
{
    uint8_t before[32], now[32], later[32];
    int status = 0, old = 0, new = 0;

    restore(d);
    print_of(d, what, before);
    for (int at = 1;; at++) {
        restore(d);
        struct keepdir_fault f = {.at = at, .code = at % 3 == 0 ? SQLITE_FULL : at % 3 == 1 ? 0 : SQLITE_IOERR_WRITE};
        pid_t pid = fork();
        if (pid == 0) {
            struct keep_store *s = keepdir_open(d, true);
            keep_fault_set(keepdir_fault_hook, &f);
            int rc = run(s, what, &d->err);
            keep_fault_set(NULL, NULL);
            keep_store_close(s);
            _exit(f.seen < at ? (rc == 0 ? 10 : 1) : rc == 0 ? 11 : 12);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 10);
        print_of(d, what, now); /* opens for a reader, with keep.json as it was left */
        bool changed = memcmp(before, now, 32) != 0;
        if (WEXITSTATUS(status) == 10 || WEXITSTATUS(status) == 11)
            assert_true(changed);
        if (at % 4 == 0)
            assert_int_equal(keepdir_check(d), 0);
        struct keep_store *s = keepdir_open(d, true);
        assert_int_equal(s->json.file[0].keys, 1);
        assert_int_equal(s->json.file[1].keys, 1);
        ok(d, keepdir_commit(s, 0, &d->err));
        keep_store_close(s);
        print_of(d, what, later); /* the writer has not changed which it is */
        assert_memory_equal(now, later, 32);
        assert_int_equal(access(keepdir_path(d->keep, "records.db.new"), F_OK), -1);
        assert_int_equal(access(keepdir_path(d->keep, "keyring.db.new"), F_OK), -1);
        assert_int_equal(keepdir_check(d), 0);
        old += !changed;
        new += changed;
        if (WEXITSTATUS(status) == 10)
            break;
    }
    assert_true(old >= 1 && new >= 2);
}

static void test_keys_stopped_anywhere(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);

    ok(d, keepdir_commit(s, 5, &d->err));
    keep_store_close(s);
    for (size_t i = 0; i < 4; i++)
        aside(d, all_files[i]);
    for (int what = 0; what < CHANGES; what++)
        stopped_anywhere(d, what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_slots, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_keys_slots_have_an_end, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_keys_put_back_and_readers, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_keys_new_master_and_files, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_keys_progress_and_stop, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_keys_officers, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_keys_stopped_anywhere, keepdir_setup, keepdir_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
