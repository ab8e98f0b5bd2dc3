/* Goal: a record set's state is the latest that was written, and every earlier one stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/inside.h"
#include "core/store/sets.h"
#include "tests/store/hospital.h"

static void put(struct hospital *h, uint8_t set, keep_date until, enum keep_set_status status, const char *package)
{
    struct keep_set_state st = {.set = {set}, .keep_until = until, .kind = KEEP_UNTIL_DATE, .status = status, .rule = S("us.mqsa"), .package = hospital_z(package)};

    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_ADOPT, &h->err));
    hospital_must(h, keep_sets_put(h->s, &st, &h->err));
    hospital_must(h, keep_txn_commit(h->s, &h->err));
}

static void test_sets_latest_counts(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_set_state st;
    uint8_t set[16] = {7};

    assert_int_equal(keep_sets_get(h->s, set, a, &st, &h->err), 1);
    put(h, 7, 100, KEEP_SET_KEPT, "");
    put(h, 7, 200, KEEP_SET_ARCHIVED, "pkg-1");
    assert_int_equal(keep_sets_get(h->s, set, a, &st, &h->err), 0);
    assert_int_equal(st.keep_until, 200);
    assert_int_equal(st.status, KEEP_SET_ARCHIVED);
    assert_true(keep_str_is(st.package, "pkg-1") && keep_str_is(st.rule, "us.mqsa"));
    keep_arena_free(a);
}

static int collect(void *ctx, const struct keep_set_state *st, struct keep_err *err)
{
    char *text = ctx;

    (void)err;
    snprintf(text + strlen(text), 60, "%d:%d ", st->set[0], st->keep_until);
    return 0;
}

static int stop(void *ctx, const struct keep_set_state *st, struct keep_err *err)
{
    (void)st;
    (void)err;
    ++*(int *)ctx;
    return 5;
}

static void test_sets_all_in_order(void **state)
{
    struct hospital *h = *state;
    struct keep_store_checker c = {NULL, hospital_found, NULL};
    char text[100] = "";
    int calls = 0;

    put(h, 9, 1, KEEP_SET_KEPT, "");
    put(h, 3, 2, KEEP_SET_KEPT, "");
    put(h, 9, 3, KEEP_SET_KEPT, "");
    hospital_must(h, keep_sets_all(h->s, collect, text, &h->err));
    assert_string_equal(text, "3:2 9:3 ");
    text[0] = 0;
    hospital_must(h, keep_sets_versions(h->s, collect, text, &h->err));
    assert_string_equal(text, "9:1 3:2 9:3 ");
    assert_int_equal(keep_sets_all(h->s, stop, &calls, &h->err), 5);
    assert_int_equal(calls, 1);
    hospital_must(h, keep_recheck_tables(h->s, &c, &h->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sets_latest_counts, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_sets_all_in_order, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
