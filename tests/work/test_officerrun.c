/* Goal: who is an officer changes only when the officers there are want it, as
 * many as the quorum, and the signed decision can be read afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/store/officer.h"
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

/* The code; a and b sign, NULL: nobody. */
static int make(struct clinic *c, struct keep_officerrun_change how, const struct keep_sign_secret *a, const struct keep_sign_secret *b)
{
    const struct keep_sign_secret *signer[2] = {a, b};
    how.signer = signer;
    how.signers = (a != NULL) + (b != NULL);
    keep_err_clear(&c->err);
    int rc = keep_officerrun_change(c->s, &how, &c->err);
    assert_int_equal(c->err.code, rc);
    return rc;
}

static int change(struct clinic *c, const struct keep_officer *add, const char *remove, uint32_t quorum, const struct keep_sign_secret *a, const struct keep_sign_secret *b)
{
    return make(c, (struct keep_officerrun_change){.add = add, .remove = keep_str_of(remove), .quorum = quorum}, a, b);
}

static int renew(struct clinic *c, struct keep_officer o)
{
    return make(c, (struct keep_officerrun_change){.renew = &o}, c->him, c->legal);
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

static const struct keep_officer *officer_at(struct clinic *c, size_t i)
{
    size_t n;
    const struct keep_officer *o = keep_store_officers(c->s, &n);
    assert_true(i < n);
    return &o[i];
}

#define TODAY keep_civil_from_ymd(2026, 11, 21)

static void test_officerrun_registers_name_and_validity(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "privacy"), backwards = o;
    o.name = KEEP_STR("Ada Müller");
    o.from = TODAY + 1;
    o.until = TODAY + 30;
    backwards.from = TODAY;
    backwards.until = TODAY - 1;
    assert_int_equal(change(c, &backwards, "", 0, c->him, c->legal), KEEP_E_USAGE);
    assert_int_equal(change(c, &o, "", 0, c->him, c->legal), 0);
    clinic_open(c, CLINIC_NOW);
    assert_true(keep_officer_same(officer_at(c, 2), &o));
    struct keep_officer later = {.role = KEEP_STR("privacy"), .until = TODAY + 60};
    assert_int_equal(renew(c, later), 0);
    assert_int_equal(renew(c, later), KEEP_E_USAGE); /* nothing would change */
    assert_int_equal(renew(c, (struct keep_officer){.role = KEEP_STR("nobody"), .until = TODAY}), KEEP_E_USAGE);
    assert_true(keep_str_is(officer_at(c, 2)->name, "Ada Müller") && officer_at(c, 2)->from == TODAY + 1 && officer_at(c, 2)->until == TODAY + 60);
    size_t former;
    keep_store_former(c->s, &former);
    assert_int_equal(former, 0); /* the same key */
    assert_true(clinic_whole(c));
}

static void test_officerrun_a_new_key(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "legal"), taken = officer_of(c->him, "legal");
    size_t former;
    assert_int_equal(renew(c, taken), KEEP_E_USAGE);
    assert_int_equal(renew(c, o), 0);
    assert_true(keep_str_is(keep_store_former(c->s, &former)->role, "legal"));
    assert_int_equal(former, 1);
    assert_int_equal(renew(c, (struct keep_officer){.role = KEEP_STR("him"), .name = KEEP_STR("X")}), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "no officer of this keep any more; it was legal's"));
    assert_int_equal(make(c, (struct keep_officerrun_change){.quorum = 1}, c->him, c->stranger), 0);
}

/* Expired and early keys sign nothing, and no change may leave a keep whose quorum cannot sign. */
static void test_officerrun_outside_of_validity(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "privacy");
    o.from = TODAY + 10;
    assert_int_equal(change(c, &o, "", 0, c->him, c->legal), 0);
    assert_int_equal(change(c, NULL, "", 1, c->him, c->stranger), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "officer privacy is not valid before 2026-12-01"));
    assert_int_equal(renew(c, (struct keep_officer){.role = KEEP_STR("him"), .until = TODAY}), 0);
    assert_int_equal(renew(c, (struct keep_officer){.role = KEEP_STR("him"), .name = KEEP_STR("H")}), 0); /* its last day */
    clinic_open(c, CLINIC_NOW + CLINIC_DAY);
    assert_int_equal(renew(c, (struct keep_officer){.role = KEEP_STR("him"), .until = TODAY + 99}), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "officer him has expired: it was valid until 2026-11-21"));
    clinic_open(c, CLINIC_NOW + 10 * CLINIC_DAY);
    struct keep_officer gone = {.role = KEEP_STR("legal"), .until = TODAY + 1};
    assert_int_equal(make(c, (struct keep_officerrun_change){.renew = &gone}, c->legal, c->stranger), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "1 officers with valid keys cannot be a quorum of 2"));
    struct keep_officer him = {.role = KEEP_STR("him"), .until = TODAY + 99};
    assert_int_equal(make(c, (struct keep_officerrun_change){.renew = &him}, c->legal, c->stranger), 0);
}

/* Two lines of one name are one person, however the name is written. */
static void test_officerrun_one_person_signs_once(void **state)
{
    struct clinic *c = *state;
    struct keep_officer o = officer_of(c->stranger, "privacy");
    o.name = KEEP_STR("Ada Müller");
    assert_int_equal(change(c, &o, "", 0, c->him, c->legal), 0);
    assert_int_equal(renew(c, (struct keep_officer){.role = KEEP_STR("legal"), .name = KEEP_STR("ADA  MULLER")}), 0);
    assert_int_equal(make(c, (struct keep_officerrun_change){.quorum = 1}, c->legal, c->stranger), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "legal and privacy are one person"));
    assert_int_equal(make(c, (struct keep_officerrun_change){.quorum = 3}, c->him, c->legal), KEEP_E_USAGE); /* two people */
    assert_int_equal(make(c, (struct keep_officerrun_change){.quorum = 1}, c->him, c->stranger), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_officerrun_needs_the_quorum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_add_remove_quorum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_what_makes_no_sense, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_interrupted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_the_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_registers_name_and_validity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_a_new_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_outside_of_validity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_officerrun_one_person_signs_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
