/* Goal: an item in quarantine is unread until an officer of this keep signs for that very item; what anybody else writes down counts for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/unread.h"
#include "tests/aid/clinic.h"

static int setup(void **state)
{
    struct clinic *c = *state = clinic_new();
    clinic_import(c, "a", "a.ndjson", "torn\nanother torn\n");
    clinic_import(c, "b", "b.ndjson", "torn as well\n");
    return 0;
}

static uint64_t unread(struct clinic *c, const char *name)
{
    struct keep_source *s;
    size_t n;
    clinic_must(c, keep_load_sources(c->s, c->arena, &s, &n, &c->err));
    clinic_must(c, keep_unread_mark(c->s, s, n, &c->err));
    for (size_t i = 0; i < n; i++)
        if (keep_str_is(s[i].name, name))
            return s[i].unread;
    fail();
    return 0;
}

static int dismiss(struct clinic *c, const uint64_t *item, size_t items, const char *source, const struct keep_sign_secret *officer, uint64_t *n)
{
    return keep_unread_dismiss(c->s, &(struct keep_unread_dismissal){.item = item, .items = items, .source = keep_str_of(source), .reason = KEEP_STR("torn copies"), .officer = officer}, n, &c->err);
}

static void refuses(struct clinic *c, uint64_t item, const char *source)
{
    uint64_t n;
    assert_int_equal(dismiss(c, &item, 1, source, c->him, &n), KEEP_E_USAGE);
    assert_int_equal(n, 0);
    keep_err_clear(&c->err);
}

static void test_unread_until_an_officer_signs(void **state)
{
    struct clinic *c = *state;
    uint64_t first = 1, n;
    assert_int_equal(unread(c, "a"), 2);
    assert_int_equal(unread(c, "b"), 1);
    refuses(c, 9, "");
    refuses(c, 1, "b"); /* of another source */
    assert_int_equal(unread(c, "a"), 2);
    clinic_must(c, dismiss(c, &first, 1, "", c->him, &n));
    assert_int_equal(n, 1);
    assert_int_equal(unread(c, "a"), 1);
    refuses(c, 1, ""); /* it lies there no longer */
    clinic_must(c, dismiss(c, NULL, 0, "a", c->legal, &n));
    assert_int_equal(n, 1);
    assert_int_equal(unread(c, "a"), 0);
    assert_int_equal(unread(c, "b"), 1);
    clinic_must(c, dismiss(c, NULL, 0, "a", c->legal, &n)); /* again: nothing is there, and nothing is written */
    assert_int_equal(n, 0);
    assert_true(clinic_whole(c));
}

/* An act as somebody would write it who has the keep's key alone. */
static void forge(struct clinic *c, const char *item, struct keep_str body, struct keep_str signature)
{
    struct keep_act act = {.kind = KEEP_STR(KEEP_LOAD_DISMISSED), .subject = keep_str_of(item), .body = body, .signature = signature, .role = KEEP_STR("him"), .at = keep_store_now(c->s)};
    clinic_must(c, keep_txn_begin(c->s, KEEP_LEDGER_QUARANTINE, &c->err));
    clinic_must(c, keep_txn_act(c->s, &act, NULL, &c->err));
    clinic_must(c, keep_txn_commit(c->s, &c->err));
}

/* What an officer signed of an item, given out for another's. */
static int replay(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_act *out = ctx;
    static char body[512], signature[1024];
    (void)err;
    memcpy(body, act->body.p, act->body.n);
    memcpy(signature, act->signature.p, act->signature.n);
    *out = (struct keep_act){.body = {body, act->body.n}, .signature = {signature, act->signature.n}};
    return 0;
}

static void test_unread_whatever_others_write(void **state)
{
    struct clinic *c = *state;
    struct keep_act signed_one = {.id = 0};
    uint64_t first = 1, n;
    forge(c, "1", KEEP_STR("{\"item\":1,\"reason\":\"x\",\"source\":\"a\",\"store\":\"\"}"), KEEP_STR(""));
    forge(c, "1", KEEP_STR("no JSON"), KEEP_STR(""));
    assert_int_equal(unread(c, "a"), 2);
    clinic_free(c);
    setup(state);
    c = *state;
    clinic_must(c, dismiss(c, &first, 1, "", c->him, &n));
    clinic_must(c, keep_txn_acts(c->s, KEEP_LOAD_DISMISSED, NULL, replay, &signed_one, &c->err));
    forge(c, "2", signed_one.body, signed_one.signature);
    assert_int_equal(unread(c, "a"), 1); /* the second still is */
    forge(c, "1", signed_one.body, signed_one.signature);
    assert_int_equal(unread(c, "a"), 1); /* and the first is one */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {T(test_unread_until_an_officer_signs), T(test_unread_whatever_others_write)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
