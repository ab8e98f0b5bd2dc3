/* Goal: who is an officer changes only when the officers there are want it, as
 * many as the quorum, and the signed decision can be read afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/work/officerrun.h"
#include "tests/aid/clinic.h"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static int teardown(void **state)
{
    keep_fault_set(NULL, NULL);
    clinic_free(*state);
    return 0;
}

static struct keep_officer officer_of(const struct keep_sign_secret *key, const char *role)
{
    struct keep_officer o = {.role = keep_str_of(role)};
    keep_sign_public_of(key, &o.key);
    memset(o.recipient, 6, 32);
    return o;
}

/* The code; signers end with NULL. */
static int change(struct clinic *c, const struct keep_officer *add, const char *remove, uint32_t quorum, const struct keep_sign_secret *a, const struct keep_sign_secret *b)
{
    const struct keep_sign_secret *signer[2] = {a, b};
    struct keep_officerrun_change how = {.add = add, .remove = keep_str_of(remove), .quorum = quorum, .signer = signer, .signers = (a != NULL) + (b != NULL)};
    keep_err_clear(&c->err);
    int rc = keep_officerrun_change(c->s, &how, &c->err);
    assert_int_equal(c->err.code, rc);
    return rc;
}

static size_t officers(struct clinic *c)
{
    size_t n;
    keep_store_officers(c->s, &n);
    return n;
}

struct decisions {
    struct clinic *c;
    int n, signed_ok;
};

static int each(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct decisions *d = ctx;
    (void)err;
    d->n++;
    d->signed_ok += keep_packs_signed(d->c->s, act->role, act->body, act->signature, "chartkeep officers");
    return 0;
}

static struct decisions decided(struct clinic *c)
{
    struct decisions d = {.c = c};
    assert_int_equal(keep_txn_acts(c->s, "officers", NULL, each, &d, &c->err), 0);
    return d;
}

static void test_officerrun_needs_the_quorum(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "privacy");

    assert_int_equal(change(c, &o, "", 0, NULL, NULL), KEEP_E_REFUSED);
    assert_int_equal(change(c, &o, "", 0, c->him, NULL), KEEP_E_REFUSED);
    assert_int_equal(change(c, &o, "", 0, c->him, c->him), KEEP_E_REFUSED);
    assert_int_equal(change(c, &o, "", 0, c->him, c->stranger), KEEP_E_REFUSED);
    assert_int_equal(change(c, NULL, "", 1, c->legal, NULL), KEEP_E_REFUSED);
    assert_int_equal(officers(c), 2);
    assert_int_equal(decided(c).n, 0);
}

static void test_officerrun_add_remove_quorum(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "privacy");
    size_t n;

    assert_int_equal(change(c, &o, "", 0, c->him, c->legal), 0);
    assert_int_equal(officers(c), 3);
    assert_int_equal(keep_store_quorum(c->s), 2);
    assert_int_equal(change(c, NULL, "him", 0, c->stranger, c->legal), 0);
    assert_int_equal(change(c, NULL, "", 1, c->stranger, c->legal), 0);
    clinic_open(c, CLINIC_NOW + CLINIC_DAY);
    const struct keep_officer *now = keep_store_officers(c->s, &n);
    assert_int_equal(n, 2);
    assert_true(keep_str_is(now[0].role, "legal") && keep_str_is(now[1].role, "privacy"));
    assert_int_equal(keep_store_quorum(c->s), 1);
    assert_int_equal(change(c, NULL, "", 2, c->him, NULL), KEEP_E_REFUSED); /* no officer any more */
    /* each decision stands with both signatures, also his who left */
    struct decisions d = decided(c);
    assert_int_equal(d.n, 6);
    assert_int_equal(d.signed_ok, 6);
}

static void test_officerrun_what_makes_no_sense(void **state)
{
    struct clinic *c = *state;
    struct keep_officer role_taken = officer_of(c->stranger, "him"), key_taken = officer_of(c->legal, "privacy"), bad = officer_of(c->stranger, "Not A Role");

    assert_int_equal(change(c, &role_taken, "", 0, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(change(c, &key_taken, "", 0, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(change(c, NULL, "nobody", 0, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(change(c, NULL, "him", 0, c->him, c->legal), KEEP_E_USAGE); /* one cannot be a quorum of two */
    assert_int_equal(change(c, NULL, "", 3, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(change(c, NULL, "", 0, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(change(c, &bad, "", 0, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(decided(c).n, 0);
    assert_int_equal(officers(c), 2);
    assert_int_equal(change(c, NULL, "him", 1, c->him, c->legal), 0);
    assert_int_equal(officers(c), 1);
}

static int keep_json_fails(void *ctx, enum keep_fault_op op, const char *what)
{
    (void)ctx;
    return op == KEEP_FAULT_STEP && strcmp(what, "keep.json") == 0;
}

/* The decision is on record before it takes effect; it is made again then. */
static void test_officerrun_interrupted(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "privacy");

    keep_fault_set(keep_json_fails, NULL);
    assert_int_equal(change(c, &o, "", 0, c->him, c->legal), KEEP_E_IO);
    keep_fault_set(NULL, NULL);
    assert_int_equal(officers(c), 2);
    clinic_open(c, CLINIC_NOW);
    assert_int_equal(officers(c), 2);
    assert_int_equal(decided(c).n, 2);
    assert_int_equal(change(c, &o, "", 0, c->him, c->legal), 0);
    assert_int_equal(officers(c), 3);
}

static void test_officerrun_the_first(void **state)
{
    struct clinic *c = *state;
    struct keep_store_init p = {.path = clinic_path(c, "bare"), .key = c->key, .time_zone = "UTC", .now = CLINIC_NOW};
    struct keep_store_params open_as = {.path = p.path, .key = c->key, .write = true, .now = CLINIC_NOW};
    struct keep_officer o = officer_of(c->him, "him");

    clinic_must(c, keep_store_init(&p, &c->err));
    keep_store_close(c->s);
    c->s = NULL;
    clinic_must(c, keep_store_open(&c->s, &open_as, NULL, &c->err));
    assert_int_equal(change(c, &o, "", 0, NULL, NULL), 0);
    assert_int_equal(keep_store_quorum(c->s), 1);
    o = officer_of(c->legal, "legal");
    assert_int_equal(change(c, &o, "", 0, NULL, NULL), KEEP_E_REFUSED);
    assert_int_equal(change(c, &o, "", 0, c->him, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_officerrun_needs_the_quorum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_add_remove_quorum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_what_makes_no_sense, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_interrupted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_the_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
