/* Copies under keys of their own: whole or not there, readable by their key alone, never written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/copyout.h"
#include "core/store/place.h"
#include "tests/store/keepdir.h"

struct bed {
    struct keepdir *d;
    char dir[100];
    uint8_t key[32];
};

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    b->d = keepdir_new(true);
    snprintf(b->dir, sizeof b->dir, "%s/copy", b->d->base);
    memset(b->key, 0x77, sizeof b->key);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;

    keepdir_free(b->d);
    free(b);
    return 0;
}

static int code(const struct bed *b, const uint8_t *key, bool write)
{
    struct keep_store_params p = {.path = b->dir, .key = key, .write = write, .now = 1790000002 * KEEP_USEC};
    struct keep_store *s = NULL;
    int rc = keep_store_open(&s, &p, NULL, NULL);

    keep_store_close(s);
    return rc;
}

static void test_copyout_is_a_keep_of_its_own(void **state)
{
    struct bed *b = *state;
    struct keep_store *s = keepdir_open(b->d, true), *copy = NULL;
    struct keep_slot_new slot = {.key = b->key};
    struct keep_copyout c = {.dir = b->dir, .slot = &slot, .slots = 1, .standing = KEEP_STANDING_BACKUP, .about = KEEP_STR("{}\n")};
    struct keep_store_params p = {.path = b->dir, .key = b->key, .now = 1790000002 * KEEP_USEC};
    struct keep_buf mine = KEEP_BUF_INIT, theirs = KEEP_BUF_INIT;
    struct keep_err err = {0};
    uint8_t one[32], other[32];

    for (uint64_t i = 1; i < 6; i++)
        assert_int_equal(keepdir_commit(s, i, &err), 0);
    assert_int_equal(keep_copyout_write(s, &c, &err), 0);
    assert_int_equal(code(b, b->key, false), 0);
    assert_int_equal(code(b, b->key, true), KEEP_E_REFUSED);
    assert_int_equal(code(b, b->d->key, false), KEEP_E_KEY);
    assert_int_equal(keep_store_open(&copy, &p, NULL, &err), 0);
    assert_int_equal(keep_store_standing(copy, NULL), KEEP_STANDING_BACKUP);
    assert_int_equal(keep_ledger_head(s, &mine, &err), 0);
    assert_int_equal(keep_ledger_head(copy, &theirs, &err), 0);
    assert_true(keep_str_eq(keep_buf_view(&mine), keep_buf_view(&theirs)));
    for (uint64_t i = 1; i < 6; i++) {
        assert_int_equal(keep_ring_get(s, KEEP_RING_RECORD, i, one, &err), 0);
        assert_int_equal(keep_ring_get(copy, KEEP_RING_RECORD, i, other, &err), 0);
        assert_memory_equal(one, other, 32);
    }
    keep_store_close(copy);
    assert_int_equal(keepdir_commit(s, 9, &err), 0); /* the keep goes on */
    keep_store_close(s);
    assert_int_equal(keepdir_code(b->d, true), 0);
    keep_buf_free(&mine);
    keep_buf_free(&theirs);
}

static int stop_at(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)what;
    (void)done;
    (void)total;
    return --*(int *)ctx < 0;
}

static void test_copyout_leaves_nothing_half_made(void **state)
{
    struct bed *b = *state;
    struct keep_store *s = keepdir_open(b->d, true);
    struct keep_slot_new slot = {.key = b->key};
    struct keep_copyout c = {.dir = b->dir, .slot = &slot, .slots = 1, .standing = KEEP_STANDING_BACKUP, .progress = stop_at};
    struct keep_err err = {0};
    bool done = false;
    int stopped = 0;

    assert_int_equal(keepdir_commit(s, 1, &err), 0);
    for (int after = 0; after < 200 && !done; after++) {
        int left = after;
        c.ctx = &left;
        keep_err_clear(&err);
        int rc = keep_copyout_write(s, &c, &err);
        done = rc == 0;
        stopped += rc == KEEP_E_INTERRUPTED;
        assert_true(done || rc == KEEP_E_INTERRUPTED);
        assert_int_equal(access(b->dir, F_OK) == 0, done);
    }
    assert_true(done && stopped >= 1);
    keep_err_clear(&err);
    assert_int_equal(keep_copyout_write(s, &c, &err), KEEP_E_REFUSED);
    assert_int_equal(code(b, b->key, false), 0);
    keep_store_close(s);
    s = keepdir_open(b->d, false);
    c.dir = b->d->witness;
    assert_int_equal(keep_copyout_write(s, &c, NULL), KEEP_E_USAGE);
    keep_store_close(s);
}

/* That it is a backup does not hang on a file that anybody can remove. */
static void test_copyout_stays_a_backup_without_its_label(void **state)
{
    struct bed *b = *state;
    struct keep_store *s = keepdir_open(b->d, true);
    struct keep_slot_new slot = {.key = b->key};
    struct keep_copyout c = {.dir = b->dir, .slot = &slot, .slots = 1, .standing = KEEP_STANDING_BACKUP, .about = KEEP_STR("{}\n")};

    assert_int_equal(keep_copyout_write(s, &c, NULL), 0);
    keep_store_close(s);
    assert_int_equal(unlink(keepdir_path(b->dir, KEEP_COPYOUT_ABOUT)), 0);
    assert_int_equal(code(b, b->key, true), KEEP_E_REFUSED);
    assert_int_equal(code(b, b->key, false), 0);
    keepdir_write(keepdir_path(b->d->keep, KEEP_COPYOUT_ABOUT), "{}\n", 3); /* nor does it make a keep one */
    assert_int_equal(keepdir_code(b->d, true), 0);
}

static int never(void *ctx, const char *path, struct keep_err *err)
{
    *(int *)ctx = access(path, F_OK) == 0;
    return keep_err_set(err, KEEP_E_REFUSED, "no");
}

/* What a dying process left goes, what is not of a keep stays, and a builder at work is not disturbed. */
static void test_copyout_and_what_stands_in_the_way(void **state)
{
    struct bed *b = *state;
    struct keep_store *s = keepdir_open(b->d, true);
    struct keep_slot_new slot = {.key = b->key};
    int there = 0;
    struct keep_copyout c = {.dir = b->dir, .slot = &slot, .slots = 1, .standing = KEEP_STANDING_BACKUP, .ready = never, .ctx = &there};
    struct keep_place other;
    char *part = keep_place_part(b->dir);

    assert_int_equal(keep_copyout_write(s, &c, NULL), KEEP_E_REFUSED);
    assert_true(there && access(part, F_OK) != 0 && access(b->dir, F_OK) != 0);
    c.ready = NULL;
    assert_int_equal(keep_place_begin(&other, b->dir, NULL), 0);
    assert_int_equal(keep_copyout_write(s, &c, NULL), KEEP_E_LOCKED);
    keep_place_end(&other);
    assert_int_equal(mkdir(part, 0700), 0);
    keepdir_write(keepdir_path(part, "mine.txt"), "x", 1);
    keepdir_write(keepdir_path(part, "records.db"), "x", 1);
    assert_int_equal(keep_copyout_write(s, &c, NULL), KEEP_E_REFUSED);
    assert_int_equal(keepdir_size(keepdir_path(part, "records.db")), 1);
    assert_int_equal(unlink(keepdir_path(part, "mine.txt")), 0);
    assert_int_equal(keep_copyout_left(b->dir, b->key), 0);
    keepdir_write(keepdir_path(part, "keep.json.tmp-1"), "x", 1);
    assert_int_equal(keep_copyout_write(s, &c, NULL), 0);
    assert_int_equal(code(b, b->key, false), 0);
    assert_true(access(part, F_OK) != 0);
    assert_int_equal(rename(b->dir, part), 0);
    assert_int_equal(keep_copyout_left(b->dir, b->key), 1);
    assert_int_equal(keep_copyout_left(b->dir, b->d->key), 0);
    free(part);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_copyout_is_a_keep_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copyout_leaves_nothing_half_made, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copyout_stays_a_backup_without_its_label, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copyout_and_what_stands_in_the_way, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
