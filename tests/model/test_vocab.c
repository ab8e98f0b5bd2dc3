/* Goal: each vocabulary maps its numbers to words and back without loss, the
 * numbers that stand on disk stay, and a misspelt word is never accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/model/vocab.h"

static void test_vocab_round_trips(void **state)
{
    (void)state;
#define V(name, prefix, table)                                                      \
    for (int i = 0; i < prefix##_COUNT; i++) {                                      \
        struct keep_str w = keep_str_of(keep_vocab_##name##_word(i));               \
        assert_true(w.n > 0);                                                       \
        assert_int_equal(keep_vocab_##name(w), i);                                  \
    }                                                                               \
    assert_string_equal(keep_vocab_##name##_word(prefix##_COUNT), "unknown");       \
    assert_string_equal(keep_vocab_##name##_word(-1), "unknown");                   \
    assert_int_equal(keep_vocab_##name(KEEP_STR("no such word")), -1);              \
    assert_int_equal(keep_vocab_##name((struct keep_str){NULL, 0}), -1);
    KEEP_VOCABS(V)
#undef V
}

static void test_vocab_is_exact(void **state)
{
    (void)state;
    assert_int_equal(keep_vocab_action(KEEP_STR("View")), -1);
    assert_int_equal(keep_vocab_action(KEEP_STR("view ")), -1);
    assert_int_equal(keep_vocab_custody(KEEP_STR("index only")), KEEP_CUSTODY_INDEX);
    assert_int_equal(keep_vocab_purpose(KEEP_STR("ETREAT")), KEEP_PURPOSE_ETREAT);
}

static void test_vocab_numbers_on_disk_stay(void **state)
{
    (void)state;
    assert_int_equal(KEEP_ACTION_VIEW, 1);
    assert_int_equal(KEEP_ACTION_EXECUTE, 11);
    assert_int_equal(KEEP_EXPOSURE_OPENED, 1);
    assert_int_equal(KEEP_OUTCOME_MAJOR, 4);
    assert_int_equal(KEEP_PURPOSE_OTHER, 10);
    assert_int_equal(KEEP_ENTITY_RECORD, 7);
    assert_int_equal(KEEP_RELATION_DIAGNOSIS, 12);
    assert_int_equal(KEEP_ACCOUNT_VENDOR, 5);
    assert_int_equal(KEEP_CUSTODY_INDEX, 3);
    assert_int_equal(KEEP_TRI_YES, 2);
    assert_int_equal(KEEP_SET_DESTROYED, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocab_round_trips),
        cmocka_unit_test(test_vocab_is_exact),
        cmocka_unit_test(test_vocab_numbers_on_disk_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
