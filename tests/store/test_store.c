/* Opening: what is refused, and with which code. Every case runs on a real
 * folder; files are damaged, exchanged and put back behind the store's back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "core/store/fault.h"
#include "core/store/inside.h"
#include "core/store/sets.h"
#include "core/store/vfs.h"
#include "tests/store/keepdir.h"

static char *in_keep(struct keepdir *d, const char *name)
{
    return keepdir_path(d->keep, name);
}

static char *aside(struct keepdir *d, const char *name)
{
    return keepdir_path(d->aside, name);
}

static char *witness_head(struct keepdir *d)
{
    struct keep_store *s = keepdir_open(d, false);
    char name[64] = "";

    snprintf(name, sizeof name, "%s.head", keep_store_origin(s) + strlen("chartkeep/"));
    keep_store_close(s);
    return keepdir_path(d->witness, name);
}

static void commit(struct keepdir *d, uint64_t owner)
{
    struct keep_store *s = keepdir_open(d, true);

    assert_int_equal(keepdir_commit(s, owner, &d->err), 0);
    keep_store_close(s);
}

static void store_all(struct keepdir *d, const char *const *names, bool back)
{
    for (; *names; names++)
        keepdir_copy(back ? aside(d, *names) : in_keep(d, *names), back ? in_keep(d, *names) : aside(d, *names));
}

static const char *const all_files[] = {"keep.json", "head", "records.db", "keyring.db", NULL};

/* --- making and opening --- */

static void test_store_init_and_open(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    uint8_t a[32], b[32];
    struct stat st;
    size_t n;

    assert_string_equal(keep_store_zone(s), "America/Chicago");
    const struct keep_officer *o = keep_store_officers(s, &n);
    assert_int_equal(n, 2);
    assert_true(keep_str_is(o[1].role, "legal"));
    assert_int_equal(keep_store_quorum(s), 2);
    assert_non_null(keep_store_recovery(s));
    assert_null(keep_store_archive_officer(s));
    assert_memory_equal(keep_store_origin(s), "chartkeep/", 10);
    assert_int_equal(keep_ledger_size(s), 1);
    keep_store_subkey(s, "masks", a);
    keep_store_subkey(s, "indexes", b);
    assert_memory_not_equal(a, b, 32);
    keep_store_close(s);
    s = keepdir_open(d, false);
    keep_store_subkey(s, "masks", b);
    assert_memory_equal(a, b, 32);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &d->err), KEEP_E_IO);
    keep_store_close(s);
    for (size_t i = 0; all_files[i]; i++) {
        assert_int_equal(stat(in_keep(d, all_files[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void test_store_init_refuses(void **state)
{
    struct keepdir *d = *state;
    struct keep_store_init p = {.path = d->keep, .key = d->key, .time_zone = "UTC", .now = 5};
    struct keep_err err = {0};
    char path[200];

    assert_int_equal(keep_store_init(&p, &err), KEEP_E_REFUSED);
    snprintf(path, sizeof path, "%s/empty", d->base);
    mkdir(path, 0700);
    p.path = path;
    p.time_zone = "Not/A/Zone";
    keep_err_clear(&err);
    assert_true(keep_store_init(&p, &err) < 0);
    p.time_zone = "UTC";
    keep_err_clear(&err);
    assert_int_equal(keep_store_init(&p, &err), 0); /* into an empty folder, with no officers */
    snprintf(path, sizeof path, "%s/none/k", d->base);
    keep_err_clear(&err);
    assert_int_equal(keep_store_init(&p, &err), KEEP_E_IO);
    DIR *dir = opendir(d->base); /* nothing half-made is left */
    struct dirent *e;
    while ((e = readdir(dir)))
        assert_null(strstr(e->d_name, ".new-"));
    closedir(dir);
}

static void test_store_key_file(void **state)
{
    struct keepdir *d = *state;
    struct keep_err err = {0};
    uint8_t a[32], b[32];
    char path[200];

    snprintf(path, sizeof path, "%s/kf", d->base);
    assert_int_equal(keep_store_key_file(path, false, a, &err), KEEP_E_INPUT);
    keep_err_clear(&err);
    assert_int_equal(keep_store_key_file(path, true, a, &err), 0);
    assert_int_equal(keep_store_key_file(path, true, b, &err), 0);
    assert_memory_equal(a, b, 32);
    chmod(path, 0440);
    assert_int_equal(keep_store_key_file(path, true, b, &err), KEEP_E_KEY);
    chmod(path, 0600);
    keepdir_flip(path, 3, 1);
    keep_err_clear(&err);
    assert_int_equal(keep_store_key_file(path, false, b, &err), KEEP_E_KEY);
    keepdir_flip(path, 3, 1);
    keepdir_flip(path, 20, 0x80);
    keep_err_clear(&err);
    assert_int_equal(keep_store_key_file(path, false, b, &err), KEEP_E_KEY);
    keepdir_write(path, "chartkeep-key-1 00\n", 19);
    keep_err_clear(&err);
    assert_int_equal(keep_store_key_file(path, false, b, &err), KEEP_E_KEY);
}

static void test_store_missing_and_wrong_key(void **state)
{
    struct keepdir *d = *state;

    d->key[0] ^= 1;
    assert_int_equal(keepdir_code(d, false), KEEP_E_KEY);
    d->key[0] ^= 1;
    assert_int_equal(keepdir_code(d, false), 0);
    unlink(in_keep(d, "keep.json"));
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
    unlink(in_keep(d, "records.db"));
    assert_int_equal(keepdir_code(d, false), KEEP_E_MISSING);
    keepdir_empty(d->keep);
    rmdir(d->keep);
    assert_int_equal(keepdir_code(d, true), KEEP_E_MISSING);
}

static void test_store_each_file_missing_or_empty(void **state)
{
    static const char *const names[] = {"keep.json", "head", "records.db", "keyring.db", "lock"};
    struct keepdir *d = *state;

    commit(d, 5);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        keepdir_copy(in_keep(d, names[i]), aside(d, names[i]));
        if (strcmp(names[i], "lock") != 0) {
            keepdir_write(in_keep(d, names[i]), "", 0);
            assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
            assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
        }
        unlink(in_keep(d, names[i]));
        assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
        assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
        keepdir_copy(aside(d, names[i]), in_keep(d, names[i]));
        assert_int_equal(keepdir_code(d, false), 0);
    }
}

static void test_store_head_every_byte(void **state)
{
    struct keepdir *d = *state;
    size_t n = keepdir_size(in_keep(d, "head"));

    commit(d, 0);
    n = keepdir_size(in_keep(d, "head"));
    for (size_t i = 0; i < n; i++) {
        keepdir_flip(in_keep(d, "head"), i, (unsigned char)(1 << (i % 8)));
        assert_int_equal(keepdir_code(d, i % 2), KEEP_E_INTEGRITY);
        keepdir_flip(in_keep(d, "head"), i, (unsigned char)(1 << (i % 8)));
    }
    assert_int_equal(keepdir_code(d, true), 0);
}

/* --- rollback --- */

static void test_store_old_files_alone(void **state)
{
    struct keepdir *d = *state;

    commit(d, 1);
    store_all(d, all_files, false);
    commit(d, 2);
    struct keep_store *s = keepdir_open(d, true);
    assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0); /* keep.json changes */
    keep_store_close(s);
    commit(d, 3);
    for (int write = 0; write < 2; write++)
        for (size_t i = 0; all_files[i]; i++) {
            char now[300];
            snprintf(now, sizeof now, "%s/now", d->base);
            keepdir_copy(in_keep(d, all_files[i]), now);
            keepdir_copy(aside(d, all_files[i]), in_keep(d, all_files[i]));
            /* an old head alone is a ledger ahead of its head */
            assert_int_equal(keepdir_code(d, write), strcmp(all_files[i], "head") == 0 ? 0 : KEEP_E_INTEGRITY);
            keepdir_copy(now, in_keep(d, all_files[i]));
            assert_int_equal(keepdir_code(d, write), 0);
        }
}

static void test_store_old_keyring_of_the_same_key(void **state)
{
    struct keepdir *d = *state;

    commit(d, 1);
    store_all(d, all_files, false);
    commit(d, 2);
    keepdir_copy(aside(d, "keyring.db"), in_keep(d, "keyring.db"));
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
    assert_non_null(strstr(d->err.text, "generation"));
}

static void test_store_old_directory(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = NULL;

    commit(d, 1);
    store_all(d, all_files, false);
    commit(d, 2);
    store_all(d, all_files, true);
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
    assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
    /* without the witness nobody can tell */
    struct keep_store_params p = {.path = d->keep, .key = d->key, .now = 1};
    assert_int_equal(keep_store_open(&s, &p, NULL, &d->err), 0);
    keep_store_close(s);
}

static void test_store_forked_directory(void **state)
{
    struct keepdir *d = *state;
    struct keep_store_params p = {.path = d->keep, .key = d->key, .write = true, .now = 9};
    struct keep_store *s = NULL;
    struct keep_err err = {0};

    commit(d, 1);
    store_all(d, all_files, false);
    commit(d, 2);
    store_all(d, all_files, true);
    assert_int_equal(keep_store_open(&s, &p, NULL, &err), 0); /* another history of the same length, written where no witness looked */
    assert_int_equal(keepdir_commit(s, 77, &err), 0);
    assert_int_equal(keepdir_commit(s, 78, &err), 0);
    keep_store_close(s);
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
}

/* --- witnesses --- */

static void test_store_witnesses(void **state)
{
    struct keepdir *d = *state, *other = keepdir_new(true);
    const char *dirs[2] = {d->witness, "/nonexistent/witness"};
    struct keep_store_params p = {.path = d->keep, .key = d->key, .witness = dirs, .witnesses = 2, .now = 9};
    struct keep_buf warnings = KEEP_BUF_INIT;
    struct keep_store *s = NULL;

    assert_int_equal(keep_store_open(&s, &p, &warnings, &d->err), 0);
    keep_store_close(s);
    assert_non_null(memmem(warnings.p, warnings.n, "/nonexistent/witness", 20));
    p.require_witness = true;
    assert_int_equal(keep_store_open(&s, &p, NULL, NULL), KEEP_E_INTEGRITY); /* the first has no head yet: nothing vouches */
    dirs[0] = dirs[1];
    assert_int_equal(keep_store_open(&s, &p, NULL, &d->err), KEEP_E_IO); /* cannot be reached */
    commit(d, 1);
    commit(other, 1);
    char *head = witness_head(d);
    size_t n, m;
    unsigned char *mine = keepdir_read(head, &n), *own = keepdir_read(in_keep(d, "head"), &m);
    assert_int_equal(n, m);
    assert_memory_equal(mine, own, n);
    /* another keep's head under our name is passed over, and not overwritten */
    keepdir_copy(witness_head(other), head);
    assert_int_equal(keepdir_code(d, false), 0);
    commit(d, 2);
    assert_int_equal(keepdir_code(d, true), 0);
    /* one of ours that does not hold is damage */
    mine[n / 2] ^= 1;
    keepdir_write(head, mine, n);
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
    unlink(head);
    assert_int_equal(keepdir_code(d, true), 0);
    assert_true(keepdir_size(head) > 0); /* a writer brings a witness up to date */
    free(mine);
    free(own);
    keep_buf_free(&warnings);
    keepdir_free(other);
}

/* --- locks --- */

static void test_store_locks(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *w = keepdir_open(d, true), *r = NULL;

    assert_int_equal(keepdir_code(d, true), KEEP_E_LOCKED);
    assert_int_equal(keepdir_try(d, false, &r), 0);
    assert_int_equal(keep_sets_rewrite_keyring(w, &d->err), KEEP_E_LOCKED);
    keep_err_clear(&d->err);
    /* what a reader sees stays what it was; a writer cannot commit over it */
    sqlite3_busy_timeout(keep_store_db(w), 20);
    sqlite3_busy_timeout(keep_store_ring(w), 20);
    assert_int_equal(keepdir_commit(w, 3, &d->err), KEEP_E_LOCKED);
    assert_int_equal(keep_ledger_size(w), 1);
    keep_store_close(r);
    keep_err_clear(&d->err);
    assert_int_equal(keepdir_commit(w, 3, &d->err), 0);
    keep_store_close(w);
    assert_int_equal(keepdir_code(d, true), 0);
}

/* --- killed and failing --- */

/* Opens as a writer and runs two commits and a rewrite in a child that dies at point `at`. done: commits reported. 1: ran to its end. */
static int run_until(struct keepdir *d, int at, int *done)
{
    int fd[2], status = 0;
    char c;

    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct keepdir_fault f = {.at = at};
        struct keep_err err = {0};
        keep_fault_set(keepdir_fault_hook, &f);
        struct keep_store *s = keepdir_open(d, true);
        for (uint64_t i = 1; i <= 2; i++)
            if (keepdir_commit(s, 1000 + i, &err) != 0 || write(fd[1], "x", 1) != 1)
                _exit(1);
        _exit(keep_sets_rewrite_keyring(s, &err) == 0 && write(fd[1], "x", 1) == 1 ? 0 : 1);
    }
    close(fd[1]);
    for (*done = 0; read(fd[0], &c, 1) == 1; ++*done)
        ;
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
    return WEXITSTATUS(status) == 0;
}

static int no_act(void *ctx, const struct keep_act *a, struct keep_err *err)
{
    (void)a;
    (void)err;
    ++*(int *)ctx;
    return 0;
}

static void ignore(void *ctx, const char *check, bool ok, const char *detail)
{
    (void)ctx;
    if (!ok)
        fprintf(stderr, "%s: %s\n", check, detail);
}

static void test_store_killed_anywhere(void **state)
{
    struct keepdir *d = *state;
    struct keep_store_checker checker = {.found = ignore};
    const char *witness = d->witness;
    struct keep_store_params p = {.path = d->keep, .key = d->key, .witness = &witness, .witnesses = 1};
    int done = 0, acts = 0, points = 0;

    commit(d, 1);
    for (int at = 1;; at += 2, points++) {
        int before = acts;
        bool end = run_until(d, at, &done);
        assert_int_equal(keepdir_code(d, false), 0); /* a reader first: it may roll back, no more */
        struct keep_store *s = keepdir_open(d, true);
        acts = 0;
        assert_int_equal(keep_txn_acts(s, "hold", NULL, no_act, &acts, &d->err), 0);
        if (points > 0)
            assert_in_range(acts - before, done > 2 ? 2 : done, 2);
        keep_store_close(s);
        if (at % 8 == 1)
            assert_int_equal(keep_store_check(&p, &checker, &d->err), 0);
        assert_int_not_equal(access(in_keep(d, "keyring.db.new"), F_OK), 0);
        if (end)
            break;
        /* keys 1001 and 1002 may be there: the next round's must not clash */
        s = keepdir_open(d, true);
        assert_int_equal(keep_sets_rewrite_keyring(s, &d->err), 0);
        keep_store_close(s);
    }
    assert_true(points > 30);
    keepdir_write(in_keep(d, "head.tmp-0123"), "half", 4);
    assert_int_equal(keepdir_code(d, true), 0);
    assert_int_not_equal(access(in_keep(d, "head.tmp-0123"), F_OK), 0);
}

static void test_store_errors_anywhere(void **state)
{
    static const int codes[] = {SQLITE_IOERR_WRITE, SQLITE_FULL};
    struct keepdir *d = *state;
    struct keepdir_fault f = {0};
    int failed = 0, size;

    commit(d, 1);
    struct keep_store *s = keepdir_open(d, true);
    for (f.at = 1; f.at < 400; f.at += 3) {
        f.seen = 0;
        f.code = codes[f.at % 2];
        keep_fault_set(keepdir_fault_hook, &f);
        size = (int)keep_ledger_size(s);
        keep_err_clear(&d->err);
        int rc = keepdir_commit(s, (uint64_t)f.at + 10, &d->err);
        keep_fault_set(NULL, NULL);
        failed += rc != 0;
        assert_int_equal((int)keep_ledger_size(s), size + (rc == 0 || rc == KEEP_E_UNRECORDED));
        if (rc != 0)
            assert_int_equal(d->err.code, rc);
        if (f.seen < f.at)
            break;
    }
    assert_true(failed > 5);
    keep_err_clear(&d->err);
    assert_int_equal(keepdir_commit(s, 5000, &d->err), 0); /* the same handle goes on */
    size = (int)keep_ledger_size(s);
    keep_store_close(s);
    s = keepdir_open(d, false);
    assert_int_equal(keep_ledger_size(s), size);
    keep_store_close(s);
}

/* --- check --- */

struct report {
    int passed, failed;
    char names[2000];
};

static void collect(void *ctx, const char *check, bool ok, const char *detail)
{
    struct report *r = ctx;

    (void)detail;
    if (ok)
        r->passed++;
    else
        r->failed++, strncat(r->names, check, sizeof r->names - strlen(r->names) - 2), strcat(r->names, ";");
}

static int check(struct keepdir *d, struct report *r)
{
    struct keep_store_checker c = {.ctx = r, .found = collect};
    struct keep_store_params p = {.path = d->keep, .key = d->key};
    struct keep_err err = {0};

    memset(r, 0, sizeof *r);
    return keep_store_check(&p, &c, &err);
}

static void test_store_check_finds_every_page(void **state)
{
    static const char *const names[] = {"records.db", "keyring.db"};
    struct keepdir *d = *state;
    struct report r;

    for (uint64_t i = 1; i < 4; i++)
        commit(d, i);
    assert_int_equal(check(d, &r), 0);
    assert_true(r.passed > 8);
    for (size_t f = 0; f < 2; f++) {
        size_t pages = keepdir_size(in_keep(d, names[f])) / KEEP_VFS_PAGE;
        for (size_t p = 0; p < pages; p += p < 8 ? 1 : 5) {
            size_t at = p * KEEP_VFS_PAGE + (p * 1237) % KEEP_VFS_PAGE;
            keepdir_flip(in_keep(d, names[f]), at, 2);
            assert_int_equal(check(d, &r), KEEP_E_INTEGRITY);
            assert_non_null(strstr(r.names, f ? "pages keyring.db" : "pages records.db"));
            keepdir_flip(in_keep(d, names[f]), at, 2);
        }
    }
    assert_int_equal(check(d, &r), 0);
}

static void test_store_check_of_what_does_not_open(void **state)
{
    struct keepdir *d = *state;
    struct report r;

    commit(d, 1);
    keepdir_flip(in_keep(d, "head"), 20, 1);
    assert_int_equal(check(d, &r), KEEP_E_INTEGRITY);
    assert_string_equal(r.names, "head;");
    assert_true(r.passed > 5);
    keepdir_flip(in_keep(d, "head"), 20, 1);
    keepdir_flip(in_keep(d, "keep.json"), 20, 1);
    assert_int_equal(check(d, &r), KEEP_E_INTEGRITY);
    assert_non_null(strstr(r.names, "keep.json;"));
    keepdir_flip(in_keep(d, "keep.json"), 20, 1);
    d->key[0] ^= 1;
    assert_int_equal(check(d, &r), KEEP_E_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_init_and_open, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_init_refuses, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_key_file, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_missing_and_wrong_key, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_each_file_missing_or_empty, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_head_every_byte, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_old_files_alone, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_old_keyring_of_the_same_key, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_old_directory, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_forked_directory, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_witnesses, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_locks, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_killed_anywhere, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_errors_anywhere, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_check_finds_every_page, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_store_check_of_what_does_not_open, keepdir_setup, keepdir_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
