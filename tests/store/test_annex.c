/* Annexes: what an entry covers, told to the recovery identity, believed for its hash alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/store/annex.h"
#include "core/store/state.h"
#include "tests/store/keepdir.h"

struct bed {
    struct keepdir *d;
    struct keep_store *s;
    struct keep_arena *a;
    uint8_t identity[32], recipient[32];
};

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    b->d = keepdir_new(false);
    b->a = keep_arena_new(0);
    keep_age_generate(b->identity);
    keep_age_recipient(b->recipient, b->identity);
    struct keep_store_init p = {.path = b->d->keep, .key = b->d->key, .time_zone = "America/Chicago", .recovery = b->recipient, .now = 1790000000 * KEEP_USEC};
    assert_int_equal(keep_store_init(&p, NULL), 0);
    b->s = keepdir_open(b->d, true);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;

    keep_store_close(b->s);
    keep_arena_free(b->a);
    keepdir_free(b->d);
    free(b);
    return 0;
}

/* Entry i and its annex, opened. */
static struct keep_str tell(struct bed *b, uint64_t i, struct keep_str *entry)
{
    struct keep_buf e = KEEP_BUF_INIT, sealed = KEEP_BUF_INIT, text = KEEP_BUF_INIT;
    uint8_t other[32];

    assert_int_equal(keep_ledger_entry(b->s, i, &e, NULL), 0);
    assert_int_equal(keep_annex_needed(keep_buf_view(&e), NULL), 1);
    assert_int_equal(keep_annex_seal(b->s, i, &sealed, NULL), 0);
    keep_age_generate(other);
    assert_int_equal(keep_annex_open(keep_buf_view(&sealed), other, &text, NULL), KEEP_E_KEY);
    keep_buf_clear(&text);
    assert_int_equal(keep_annex_open(keep_buf_view(&sealed), b->identity, &text, NULL), 0);
    sealed.p[sealed.n - 1] ^= 1;
    assert_int_equal(keep_annex_open(keep_buf_view(&sealed), b->identity, &(struct keep_buf)KEEP_BUF_INIT, NULL), KEEP_E_INTEGRITY);
    *entry = keep_arena_str(b->a, keep_buf_view(&e), NULL);
    struct keep_str out = keep_arena_str(b->a, keep_buf_view(&text), NULL);
    keep_buf_free(&e);
    keep_buf_free(&sealed);
    keep_buf_free(&text);
    return out;
}

static int place(struct bed *b, const char *subject, size_t n)
{
    struct keep_act act = {.kind = KEEP_STR("hold"), .subject = {subject, n}, .body = KEEP_STR("{\"patient\":7}"), .at = 5};
    int rc = keep_txn_begin(b->s, KEEP_LEDGER_HOLD, NULL);

    assert_int_equal(rc, 0);
    assert_int_equal(keep_txn_act(b->s, &act, NULL, NULL), 0);
    keep_txn_count(b->s, "holds", 1);
    return keep_txn_commit(b->s, NULL);
}

static void test_annex_tells_decisions(void **state)
{
    struct bed *b = *state;
    struct keep_annex x;
    struct keep_str entry;

    assert_int_equal(place(b, "M\xff-1", 4), 0); /* a matter is any bytes */
    struct keep_str text = tell(b, keep_txn_last(b->s), &entry);
    assert_int_equal(keep_annex_read(&x, text, entry, b->a, NULL), 0);
    assert_int_equal(x.items, 1);
    assert_int_equal(x.item[0].what, KEEP_ANNEX_ACT);
    assert_true(keep_str_is(x.item[0].act.kind, "hold"));
    assert_int_equal(x.item[0].act.subject.n, 4);
    assert_memory_equal(x.item[0].act.subject.p, "M\xff-1", 4);
    assert_int_equal(x.item[0].act.at, 5);
}

/* Every byte that is changed is seen, or changes nothing that is told. */
static void test_annex_is_believed_for_its_hash_alone(void **state)
{
    struct bed *b = *state;
    struct keep_annex x;
    struct keep_str entry, other;
    size_t seen = 0;

    assert_int_equal(place(b, "M-1", 3), 0);
    struct keep_str text = tell(b, keep_txn_last(b->s), &entry);
    char *p = keep_arena_copy(b->a, text.p, text.n);
    for (size_t i = 0; i < text.n; i++) {
        p[i] ^= 1;
        seen += keep_annex_read(&x, (struct keep_str){p, text.n}, entry, b->a, NULL) == KEEP_E_INTEGRITY;
        p[i] ^= 1;
        assert_int_equal(keep_annex_read(&x, (struct keep_str){p, i}, entry, b->a, NULL), KEEP_E_INTEGRITY);
    }
    assert_int_equal(seen, text.n);
    assert_int_equal(place(b, "M-2", 3), 0);
    tell(b, keep_txn_last(b->s), &other);
    assert_int_equal(keep_annex_read(&x, text, other, b->a, NULL), KEEP_E_INTEGRITY);
}

/* A decision that is told as a bare hash is not told. */
static void test_annex_tells_all_that_is_counted(void **state)
{
    struct bed *b = *state;
    struct keep_annex x;
    struct keep_buf text = KEEP_BUF_INIT, entry = KEEP_BUF_INIT;
    const struct keep_annex_item *it;
    struct keep_buf scratch = KEEP_BUF_INIT;
    struct keep_str e;
    uint8_t leaf[32];
    char hex[65];

    assert_int_equal(place(b, "M-1", 3), 0);
    uint64_t i = keep_txn_last(b->s);
    struct keep_str whole = tell(b, i, &e);
    assert_int_equal(keep_annex_read(&x, whole, e, b->a, NULL), 0);
    it = &x.item[0];
    keep_txn_act_leaf(&it->act, &scratch, leaf);
    keep_codec_hex(leaf, 32, hex);
    keep_buf_printf(&text, "{\"entry\":%llu,\"leaves\":[\"%s\"]}", (unsigned long long)i, hex);
    assert_int_equal(keep_annex_read(&x, keep_buf_view(&text), e, b->a, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&text);
    keep_buf_free(&entry);
    keep_buf_free(&scratch);
}

static void test_annex_is_needed_where_something_is_decided(void **state)
{
    struct bed *b = *state;
    struct keep_buf e = KEEP_BUF_INIT;

    assert_int_equal(keep_ledger_entry(b->s, 0, &e, NULL), 0); /* init */
    assert_int_equal(keep_annex_needed(keep_buf_view(&e), NULL), 0);
    assert_int_equal(keep_annex_needed(KEEP_STR("{}"), NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_annex_needed(KEEP_STR("no"), NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_annex_tells_decisions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_annex_is_believed_for_its_hash_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_annex_tells_all_that_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_annex_is_needed_where_something_is_decided, setup, teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
