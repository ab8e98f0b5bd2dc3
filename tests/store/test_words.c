/* Goal: a word keeps its number, in this session and the next; a dictionary with
 * a gap is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/model/events.h"
#include "core/store/txn.h"
#include "core/store/words.h"
#include "tests/store/keepdir.h"

enum { MANY = 2000 }; /* the table grows several times */

struct room {
    struct keepdir *d;
    struct keep_store *s;
    struct keep_seal_keys *keys;
    struct keep_err err;
};

static int setup(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    r->d = keepdir_new(true);
    r->s = keepdir_open(r->d, true);
    assert_int_equal(keep_seal_keys_new(&r->keys, r->s, &r->err), 0);
    assert_int_equal(keep_txn_begin(r->s, KEEP_LEDGER_IMPORT, &r->err), 0);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct room *r = *state;

    keep_txn_count(r->s, "rows", 1);
    assert_int_equal(keep_txn_commit(r->s, &r->err), 0);
    keep_seal_keys_free(r->keys);
    keep_store_close(r->s);
    keepdir_free(r->d);
    free(r);
    return 0;
}

static uint32_t number(struct keep_words *w, int i)
{
    char text[32];
    uint32_t id;

    snprintf(text, sizeof text, "unit %d", i);
    assert_int_equal(keep_words_id(w, keep_str_of(text), &id, NULL), 0);
    return id;
}

static void test_words_keep_their_numbers(void **state)
{
    struct room *r = *state;
    struct keep_words *w, *again;
    uint32_t id, first;

    assert_int_equal(keep_words_open(&w, r->s, r->keys, &r->err), 0);
    assert_int_equal(keep_words_id(w, KEEP_STR(""), &id, &r->err), 0);
    assert_int_equal(id, KEEP_ID_NONE);
    first = number(w, 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(number(w, i), first + (uint32_t)i);
    for (int i = MANY; i-- > 0;)
        assert_int_equal(number(w, i), first + (uint32_t)i);
    assert_int_equal(keep_words_open(&again, r->s, r->keys, &r->err), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(number(again, i), first + (uint32_t)i);
    keep_words_close(again);
    keep_words_close(w);
    keep_words_close(NULL);
}

static void test_words_with_a_gap(void **state)
{
    struct room *r = *state;
    struct keep_words *w;

    assert_int_equal(keep_words_open(&w, r->s, r->keys, &r->err), 0);
    number(w, 1);
    number(w, 2);
    keep_words_close(w);
    assert_int_equal(sqlite3_exec(keep_store_db(r->s), "UPDATE term SET id = 5000 WHERE text = 'unit 2'", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(keep_words_open(&w, r->s, r->keys, &r->err), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_words_keep_their_numbers, setup, teardown), cmocka_unit_test_setup_teardown(test_words_with_a_gap, setup, teardown)};

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
