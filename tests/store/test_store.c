/* Opening: what is refused, and with which code. Every case runs on a real
 * folder; files are damaged, exchanged and put back behind the store's back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/keepdir.h"

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

static void test_store_init_and_open(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_err err = {0};
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
    keep_store_close(s);
    s = keepdir_open(d, false);
    assert_int_equal(keep_txn_begin(s, KEEP_LEDGER_IMPORT, &err), KEEP_E_IO);
    keep_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_init_and_open, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
