/* Key slots by themselves: each kind opens with what it was made for and with
 * nothing else; a damaged one says so; what may not be demanded is not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/store/keyslot.h"

static const uint8_t store[16] = {7}, master[32] = {1, 2, 3}, wrapping[32] = {9}, key[32] = {4}, other_key[32] = {5};
static const struct keep_kdf_cost cheap = {.passes = 1, .memory = KEEP_KDF_MEMORY_LEAST};
static uint8_t identity[32], recipient[32];

static int start(void **state)
{
    (void)state;
    if (keep_secret_start(NULL) != 0)
        return -1;
    keep_age_generate(identity);
    keep_age_recipient(recipient, identity);
    return 0;
}

static struct keep_keyslot make(const struct keep_slot_new *what)
{
    struct keep_keyslot s;

    assert_int_equal(keep_keyslot_make(&s, what, store, 5 * KEEP_USEC, NULL), 0);
    assert_int_equal(keep_keyslot_seal(&s, master, NULL), 0);
    s.id = 3;
    return s;
}

static int try_open(const struct keep_keyslot *s, const struct keep_unlock *how)
{
    uint8_t got[32] = {0};
    struct keep_err err = {0};
    int rc = keep_keyslot_open(s, store, how, got, &err);

    assert_int_equal(err.code, rc < 0 ? rc : 0);
    if (rc == 0)
        assert_memory_equal(got, master, 32);
    return rc;
}

static void test_keyslot_opens_with_its_own(void **state)
{
    (void)state;
    uint8_t stranger[32];
    keep_age_generate(stranger);
    const struct keep_slot_new what[] = {{.key = key}, {.passphrase = KEEP_STR("open sesame"), .cost = cheap}, {.recipient = recipient}};
    const struct keep_unlock right[] = {{.key = key}, {.passphrase = KEEP_STR("open sesame")}, {.identity = identity}},
                             wrong[] = {{.key = other_key}, {.passphrase = KEEP_STR("open sesamf")}, {.identity = stranger}};

    for (int i = 0; i < 3; i++) {
        struct keep_keyslot s = make(&what[i]);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(try_open(&s, &right[k]), i == k ? 0 : 1);
            assert_int_equal(try_open(&s, &wrong[k]), 1);
        }
        assert_int_equal(try_open(&s, &(struct keep_unlock){0}), 1);
    }
}

static void test_keyslot_of_another_store(void **state)
{
    (void)state;
    struct keep_keyslot s = make(&(struct keep_slot_new){.key = key});
    const uint8_t elsewhere[16] = {8};
    uint8_t got[32];

    assert_int_equal(keep_keyslot_open(&s, elsewhere, &(struct keep_unlock){.key = key}, got, NULL), 1);
}

static void test_keyslot_nothing_to_make(void **state)
{
    (void)state;
    struct keep_keyslot s;
    struct keep_err err = {0};

    assert_int_equal(keep_keyslot_make(&s, &(struct keep_slot_new){0}, store, 0, &err), KEEP_E_USAGE);
    keep_err_clear(&err);
    assert_int_equal(keep_keyslot_make(&s, &(struct keep_slot_new){.passphrase = KEEP_STR("")}, store, 0, &err), KEEP_E_USAGE);
    keep_err_clear(&err);
    assert_int_equal(keep_keyslot_make(&s, &(struct keep_slot_new){.passphrase = KEEP_STR("x"), .cost = {9, KEEP_KDF_MEMORY_MOST}}, store, 0, &err), KEEP_E_LIMIT);
}

static void test_keyslot_every_bit_of_the_sealed_key(void **state)
{
    (void)state;
    struct keep_keyslot s = make(&(struct keep_slot_new){.key = key});

    for (size_t i = 0; i < 8 * sizeof s.sealed; i++) {
        s.sealed[i / 8] ^= (uint8_t)(1 << (i % 8));
        assert_int_equal(try_open(&s, &(struct keep_unlock){.key = key}), KEEP_E_INTEGRITY);
        s.sealed[i / 8] ^= (uint8_t)(1 << (i % 8));
    }
    assert_int_equal(try_open(&s, &(struct keep_unlock){.key = key}), 0);
}

static void test_keyslot_new_master_without_the_secret(void **state)
{
    (void)state;
    const uint8_t next[32] = {77};
    uint8_t got[32];
    struct keep_keyslot s = make(&(struct keep_slot_new){.passphrase = KEEP_STR("p"), .cost = cheap});

    assert_int_equal(keep_keyslot_seal(&s, next, NULL), 0);
    assert_int_equal(keep_keyslot_open(&s, store, &(struct keep_unlock){.passphrase = KEEP_STR("p")}, got, NULL), 0);
    assert_memory_equal(got, next, 32);
}

static const struct keep_json *through_json(const struct keep_keyslot *s, struct keep_arena *a, struct keep_buf *text)
{
    struct keep_jsonw w;
    const struct keep_json *v = NULL;

    keep_jsonw_init(&w, text);
    keep_keyslot_write(s, store, wrapping, &w);
    assert_false(text->failed);
    assert_int_equal(keep_json_parse(&v, keep_buf_view(text), NULL, a, NULL), 0);
    return v;
}

static void test_keyslot_round_trip(void **state)
{
    (void)state;
    const struct keep_slot_new what[] = {{.key = key}, {.passphrase = KEEP_STR("p"), .cost = cheap}, {.recipient = recipient}};

    for (int i = 0; i < 3; i++) {
        struct keep_keyslot s = make(&what[i]), back;
        struct keep_buf text = KEEP_BUF_INIT;
        struct keep_arena *a = keep_arena_new(0);
        char hex[65];
        assert_true(keep_keyslot_read(&back, through_json(&s, a, &text)));
        assert_true(keep_keyslot_reveal(&back, store, wrapping));
        assert_memory_equal(back.recipient, s.recipient, 32);
        assert_memory_equal(back.sealed, s.sealed, sizeof s.sealed);
        assert_memory_equal(back.check, s.check, sizeof s.check);
        assert_memory_equal(back.salt, s.salt, sizeof s.salt);
        assert_int_equal(back.kind, s.kind);
        assert_int_equal(back.id, 3);
        assert_true(back.added == s.added && back.cost.passes == s.cost.passes && back.cost.memory == s.cost.memory);
        /* only the recovery recipient stands in clear */
        keep_codec_hex(s.recipient, 32, hex);
        assert_int_equal(memmem(text.p, text.n, hex, 64) != NULL, s.kind == KEEP_SLOT_RECOVERY);
        if (s.kind != KEEP_SLOT_RECOVERY) {
            const uint8_t no[32] = {1};
            assert_false(keep_keyslot_reveal(&back, store, no));
            back.id++;
            assert_false(keep_keyslot_reveal(&back, store, wrapping));
        }
        keep_arena_free(a);
        keep_buf_free(&text);
    }
}

/* The text with one piece exchanged for another of the same length. */
static void test_keyslot_refuses_what_it_should_not_read(void **state)
{
    (void)state;
    static const struct { const char *from, *to; } bad[] = {
        {"\"id\":3", "\"id\":0"}, {"\"id\":3", "\"id\":-"}, {"passphrase\"", "passphrasf\""}, {"argon2id13", "argon2id12"}, {"\"passes\":1", "\"passes\":0"},
        {"\"memory\":8192", "\"memory\":8191"}, {"\"memory\":8192", "\"memory\":9e19"}, {"\"salt\":\"", "\"sald\":\""}, {"\"check\":\"", "\"chech\":\""},
        {"\"master\":\"", "\"mastes\":\""}, {"\"recipient\":\"", "\"recipiend\":\""}, {"\"added\":\"1970", "\"added\":\"19x0"}};
    struct keep_keyslot s = make(&(struct keep_slot_new){.passphrase = KEEP_STR("p"), .cost = cheap}), back;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keep_buf text = KEEP_BUF_INIT;
        struct keep_arena *a = keep_arena_new(0);
        const struct keep_json *v;
        through_json(&s, a, &text);
        char *at = memmem(text.p, text.n, bad[i].from, strlen(bad[i].from));
        assert_non_null(at);
        memcpy(at, bad[i].to, strlen(bad[i].to));
        assert_true(keep_json_parse(&v, keep_buf_view(&text), NULL, a, NULL) != 0 || !keep_keyslot_read(&back, v));
        keep_arena_free(a);
        keep_buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyslot_opens_with_its_own),
        cmocka_unit_test(test_keyslot_of_another_store),
        cmocka_unit_test(test_keyslot_nothing_to_make),
        cmocka_unit_test(test_keyslot_every_bit_of_the_sealed_key),
        cmocka_unit_test(test_keyslot_new_master_without_the_secret),
        cmocka_unit_test(test_keyslot_round_trip),
        cmocka_unit_test(test_keyslot_refuses_what_it_should_not_read),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
