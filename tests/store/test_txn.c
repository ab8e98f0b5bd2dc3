/* Transactions: one entry each, nothing left of what was not committed, and
 * what is told when the head cannot follow. Acts: in order, found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/store/inside.h"
#include "tests/store/keepdir.h"

struct world {
    struct keepdir *d;
    struct keep_store *s;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->d = keepdir_new(true);
    w->s = keepdir_open(w->d, true);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    keep_fault_set(NULL, NULL);
    keep_store_close(w->s);
    keepdir_free(w->d);
    free(w);
    return 0;
}

static bool entry_has(struct keep_store *s, uint64_t i, const char *text)
{
    struct keep_buf b = KEEP_BUF_INIT;
    bool has = keep_ledger_entry(s, i, &b, NULL) == 0 && memmem(b.p, b.n, text, strlen(text)) != NULL;

    keep_buf_free(&b);
    return has;
}

static void test_txn_entry(void **state)
{
    struct world *w = *state;
    struct keep_err err = {0};
    uint8_t leaf[32] = {1}, digest[32] = {0xab};
    uint64_t first = keep_txn_leaf_id(w->s);

    assert_int_equal(first, 1);
    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_IMPORT, &err), 0);
    keep_txn_leaf(w->s, leaf);
    keep_txn_leaf(w->s, leaf);
    keep_txn_count(w->s, "records", 2);
    keep_txn_count(w->s, "records", 3);
    keep_txn_digest(w->s, "plan", digest);
    assert_int_equal(keep_txn_commit(w->s, &err), 0);
    assert_int_equal(keep_txn_last(w->s), 1);
    assert_int_equal(keep_txn_leaf_id(w->s), 3);
    assert_true(entry_has(w->s, 1, "\"index\":1,"));
    assert_true(entry_has(w->s, 1, "\"kind\":\"import\""));
    assert_true(entry_has(w->s, 1, "\"counts\":{\"records\":5}"));
    assert_true(entry_has(w->s, 1, "\"digests\":{\"plan\":\"ab0000"));
    assert_true(entry_has(w->s, 1, "\"leaves\":2"));
    assert_int_equal(keep_ledger_entry(w->s, 2, &(struct keep_buf){0}, &err), 1);
}

static void test_txn_nothing_written_is_nothing(void **state)
{
    struct world *w = *state;
    struct keep_err err = {0};

    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_IMPORT, &err), 0);
    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_IMPORT, &err), KEEP_E_IO);
    keep_err_clear(&err);
    assert_int_equal(keep_txn_commit(w->s, &err), 0);
    assert_int_equal(keep_ledger_size(w->s), 1);
    keep_txn_abort(w->s);
    assert_int_equal(keep_txn_commit(w->s, &err), KEEP_E_IO);
}

static void test_txn_abort(void **state)
{
    struct world *w = *state;
    struct keep_act act = {.kind = KEEP_STR("hold"), .at = 3};
    struct keep_err err = {0};
    uint8_t leaf[32] = {1}, key[32];

    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_HOLD, &err), 0);
    keep_txn_leaf(w->s, leaf);
    assert_int_equal(keep_txn_act(w->s, &act, NULL, &err), 0);
    assert_int_equal(keep_ring_new(w->s, KEEP_RING_RECORD, 4, key, &err), 0);
    keep_txn_abort(w->s);
    assert_int_equal(keep_txn_leaf_id(w->s), 1);
    assert_int_equal(keep_ring_get(w->s, KEEP_RING_RECORD, 4, key, &err), 2);
    assert_int_equal(keep_ring_generation(w->s), 0);
    assert_int_equal(keepdir_commit(w->s, 4, &err), 0);
    assert_int_equal(keep_ring_generation(w->s), 1);
    /* the store closes over an open transaction */
    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_HOLD, &err), 0);
    keep_txn_leaf(w->s, leaf);
    keep_store_close(w->s);
    w->s = keepdir_open(w->d, true);
    assert_int_equal(keep_ledger_size(w->s), 2);
}

static void test_txn_limits_surface_at_commit(void **state)
{
    struct world *w = *state;
    struct keep_err err = {0};
    uint8_t digest[32] = {0};
    char name[4] = "aa";

    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_IMPORT, &err), 0);
    for (int i = 0; i < 17; i++) {
        name[0] = (char)('a' + i);
        keep_txn_count(w->s, name, 1);
    }
    assert_int_equal(keep_txn_commit(w->s, &err), KEEP_E_LIMIT);
    assert_int_equal(keep_ledger_size(w->s), 1);
    keep_err_clear(&err);
    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_IMPORT, &err), 0);
    keep_txn_digest(w->s, "A name", digest);
    assert_int_equal(keep_txn_commit(w->s, &err), KEEP_E_LIMIT);
    keep_err_clear(&err);
    assert_int_equal(keepdir_commit(w->s, 0, &err), 0);
}

static int fail_step(void *ctx, enum keep_fault_op op, const char *what)
{
    return op == KEEP_FAULT_STEP && strcmp(what, ctx) == 0 ? SQLITE_IOERR : 0;
}

static void test_txn_head_not_written(void **state)
{
    static const char *const steps[] = {"head", "witness head"};
    struct world *w = *state;
    struct keep_err err = {0};

    for (size_t i = 0; i < 2; i++) {
        keep_fault_set(fail_step, (void *)(uintptr_t)steps[i]);
        keep_err_clear(&err);
        assert_int_equal(keepdir_commit(w->s, 0, &err), KEEP_E_UNRECORDED);
        assert_int_equal(keep_ledger_size(w->s), 2 + 2 * i);
        if (i == 0) { /* and while it cannot be written, nothing more is begun */
            keep_err_clear(&err);
            assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_HOLD, &err), KEEP_E_IO);
        }
        keep_fault_set(NULL, NULL);
        keep_err_clear(&err);
        assert_int_equal(keepdir_commit(w->s, 0, &err), 0);
    }
    /* left behind by one, written by the next writer before anything else */
    keep_fault_set(fail_step, (void *)(uintptr_t)"head");
    assert_int_equal(keepdir_commit(w->s, 0, &err), KEEP_E_UNRECORDED);
    keep_store_close(w->s);
    keep_fault_set(NULL, NULL);
    struct keep_store *r = keepdir_open(w->d, false); /* a reader takes it as it is */
    assert_int_equal(keep_ledger_size(r), 6);
    keep_store_close(r);
    w->s = keepdir_open(w->d, true);
    struct keep_buf now = KEEP_BUF_INIT;
    size_t n;
    assert_int_equal(keep_ledger_head(w->s, &now, &err), 0);
    unsigned char *file = keepdir_read(keepdir_path(w->d->keep, "head"), &n);
    assert_int_equal(n, now.n);
    assert_memory_equal(file, now.p, n);
    free(file);
    keep_buf_free(&now);
}

struct seen {
    int n;
    uint64_t last;
    char bodies[200];
};

static int see(void *ctx, const struct keep_act *a, struct keep_err *err)
{
    struct seen *s = ctx;

    (void)err;
    s->n++;
    assert_true(a->id > s->last);
    s->last = a->id;
    strncat(s->bodies, a->body.p, a->body.n);
    return s->n == 3 ? 42 : 0;
}

static void test_txn_acts(void **state)
{
    struct world *w = *state;
    struct keep_err err = {0};
    struct keep_act a = {.kind = KEEP_STR("approve"), .at = 5};
    struct keep_str one = {"\x01\x00\xff", 3}, two = KEEP_STR("two");
    struct seen seen = {0};
    uint64_t id = 0;

    assert_int_equal(keep_txn_act(w->s, &a, &id, &err), KEEP_E_IO);
    keep_err_clear(&err);
    assert_int_equal(keep_txn_begin(w->s, KEEP_LEDGER_APPROVE, &err), 0);
    for (int i = 0; i < 4; i++) {
        char body[2] = {(char)('a' + i), 0};
        a.subject = i % 2 ? two : one;
        a.body = keep_str_of(body);
        assert_int_equal(keep_txn_act(w->s, &a, &id, &err), 0);
        assert_int_equal(id, i + 1);
    }
    assert_int_equal(keep_txn_commit(w->s, &err), 0);
    assert_int_equal(keep_txn_acts(w->s, "approve", NULL, see, &seen, &err), 42); /* stopped at the third */
    assert_string_equal(seen.bodies, "abc");
    seen = (struct seen){0};
    assert_int_equal(keep_txn_acts(w->s, "approve", &one, see, &seen, &err), 0);
    assert_string_equal(seen.bodies, "ac");
    seen = (struct seen){0};
    assert_int_equal(keep_txn_acts(w->s, "adopt", NULL, see, &seen, &err), 0);
    assert_int_equal(seen.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_txn_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_txn_nothing_written_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_txn_abort, setup, teardown),
        cmocka_unit_test_setup_teardown(test_txn_limits_surface_at_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_txn_head_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_txn_acts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
