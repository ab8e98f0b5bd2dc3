/* Goal: packs in force are exactly those whose bytes the quorum signed; anything
 * less (a stranger's key, one key twice, too few, other bytes) changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/aid/clinic.h"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static void test_packs_are_read_from_folders_in_order_of_names(void **state)
{
    struct clinic *c = *state;
    struct keep_packs p;
    const char *path[] = {clinic_path(c, "folder/")};
    assert_int_equal(mkdir(clinic_path(c, "folder"), 0700), 0);
    clinic_file(c, "folder/b.policy", "pack \"b\" { version \"1\" language 1 }\n");
    clinic_file(c, "folder/a.policy", "pack \"a\" { version \"1\" language 1 }\n");
    clinic_file(c, "folder/.policy", "nothing of the sort");
    clinic_file(c, "folder/.hidden.policy", "nothing of the sort");
    clinic_file(c, "folder/notes.txt", "nothing of the sort");
    assert_int_equal(keep_packs_read(&p, path, 1, &c->err), 0);
    assert_int_equal(p.texts, 2);
    assert_true(p.trial);
    assert_true(keep_str_is(p.policy->pack[0].name, "a") && keep_str_is(p.policy->pack[1].name, "b"));
    assert_non_null(strstr(p.text[0].file, "folder/a.policy"));
    assert_null(strstr(p.text[0].file, "//"));
    assert_memory_not_equal(p.digest[0], p.digest[1], 32);
    keep_packs_free(&p);
}

static void test_packs_that_cannot_be_read(void **state)
{
    struct clinic *c = *state;
    struct keep_packs p;
    const char *path[] = {clinic_path(c, "absent")};
    assert_int_equal(keep_packs_read(&p, path, 1, &c->err), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    keep_packs_free(&p);
    assert_int_equal(keep_packs_read(&p, path, 0, &c->err), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "no policy pack"));
    keep_packs_free(&p);
    assert_int_equal(mkdir(clinic_path(c, "empty"), 0700), 0);
    path[0] = clinic_path(c, "empty");
    assert_int_equal(keep_packs_read(&p, path, 1, &c->err), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "no *.policy file"));
    keep_packs_free(&p);
    assert_int_equal(clinic_read(c, CLINIC_PACK("1") "retention \"r\" { when x }\nlabel \"l\" { }\n", &p), KEEP_E_USAGE);
    assert_null(p.policy);
    assert_true(p.diags.errors > 1); /* all of them, not the first */
    keep_packs_free(&p);
    keep_err_clear(&c->err);
}

static void test_packs_nothing_is_adopted_at_first(void **state)
{
    struct clinic *c = *state;
    struct keep_packs p;
    assert_int_equal(keep_packs_adopted(&p, c->s, &c->err), KEEP_E_REFUSED);
    assert_int_equal(p.texts, 0);
    assert_null(p.policy);
    assert_true(c->err.hint[0]);
    keep_packs_free(&p);
    keep_err_clear(&c->err);
}

static void test_packs_adoption_binds_bytes_days_and_signers(void **state)
{
    struct clinic *c = *state;
    uint64_t before = keep_ledger_size(c->s);
    struct keep_packs again;
    clinic_adopt(c, CLINIC_RULES);
    assert_int_equal(keep_ledger_size(c->s), before + 1); /* no set yet, so no dates */
    assert_int_equal(c->adopted.adoptions, 1);
    assert_false(c->adopted.trial);
    const struct keep_adoption *a = c->adopted.adoption;
    assert_true(keep_str_is(a->pack, "rules") && keep_str_is(a->version, "1") && keep_str_is(a->signers, "him, legal"));
    assert_true(keep_str_is(a->text, CLINIC_RULES));
    assert_int_equal(a->adopted, keep_civil_from_ymd(2026, 11, 21));
    assert_int_equal(a->review_by, keep_civil_utc_date(CLINIC_NOW) + 300);
    assert_int_equal(a->confirmations, 0);
    clinic_open(c, CLINIC_NOW + CLINIC_DAY);
    assert_int_equal(keep_packs_adopted(&again, c->s, &c->err), 0);
    assert_memory_equal(again.digest[0], c->adopted.digest[0], 32);
    keep_packs_free(&again);
    assert_true(clinic_whole(c));
}

static void test_packs_adoption_needs_the_quorum(void **state)
{
    struct clinic *c = *state;
    const struct keep_sign_secret *key[17];
    struct keep_packs_adopt how = {.officer = key};
    struct keep_packs p;
    uint64_t sets = 99, before = keep_ledger_size(c->s);
    key[0] = c->him;
    how.officers = 1;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "needs 2 officers of distinct roles, have 1"));
    key[1] = c->him;
    how.officers = 2;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "given twice"));
    key[1] = c->stranger;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "of no officer"));
    how.officers = 0;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_REFUSED);
    keep_err_clear(&c->err);
    for (size_t i = 0; i < 17; i++)
        key[i] = i ? c->stranger : c->him;
    how.officers = 17;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_LIMIT);
    keep_err_clear(&c->err);
    assert_int_equal(sets, 99);
    assert_int_equal(keep_ledger_size(c->s), before);
    assert_int_equal(keep_packs_adopted(&p, c->s, &c->err), KEEP_E_REFUSED);
    keep_packs_free(&p);
    keep_err_clear(&c->err);
}

static void test_packs_adoption_must_be_reviewed_some_day(void **state)
{
    struct clinic *c = *state;
    const struct keep_sign_secret *both[] = {c->him, c->legal};
    struct keep_packs_adopt how = {.officer = both, .officers = 2, .review_by = keep_civil_from_ymd(2026, 11, 21)};
    uint64_t sets;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_USAGE); /* today is too early */
    assert_true(clinic_said(c, KEEP_E_USAGE, "a day to come"));
    how.review_by++;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), 0);
}

static void test_packs_confirmation_names_a_rule(void **state)
{
    struct clinic *c = *state;
    const struct keep_sign_secret *both[] = {c->him, c->legal};
    static const char *const bad[] = {"us.b=read", "us.a", "=read", "us=read"};
    struct keep_packs_adopt how = {.officer = both, .officers = 2, .confirms = 1};
    struct keep_packs p;
    uint64_t sets, before = keep_ledger_size(c->s);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        how.confirm = &bad[i];
        assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), KEEP_E_USAGE);
        assert_true(clinic_said(c, KEEP_E_USAGE, "names no retention rule"));
    }
    assert_int_equal(keep_ledger_size(c->s), before);
    static const char *const good[] = {"us.a=the book, 2026-01-01", "us-ks.a=also read"};
    how.confirm = good;
    how.confirms = 2;
    assert_int_equal(clinic_try_adopt(c, CLINIC_RULES, &how, &sets), 0);
    assert_int_equal(keep_packs_adopted(&p, c->s, &c->err), 0);
    assert_int_equal(p.adoption[0].confirmations, 2);
    assert_true(keep_str_is(p.adoption[0].confirmed[0], "us.a") && keep_str_is(p.adoption[0].confirmed[1], "us-ks.a"));
    keep_packs_free(&p);
}

static void test_packs_the_last_adoption_is_in_force(void **state)
{
    struct clinic *c = *state;
    clinic_adopt(c, CLINIC_RULES);
    clinic_adopt(c, CLINIC_PACK("2") CLINIC_US);
    assert_int_equal(c->adopted.policy->retentions, 1);
    assert_true(keep_str_is(c->adopted.adoption[0].version, "2"));
    clinic_adopt(c, CLINIC_RULES); /* and back */
    assert_int_equal(c->adopted.policy->retentions, 2);
    assert_true(keep_str_is(c->adopted.adoption[0].signers, "him, legal"));
    clinic_adopt(c, CLINIC_RULES); /* the very same once more */
    assert_int_equal(c->adopted.policy->retentions, 2);
}

/* Whoever has the keep's key but no officer's can write an act, not an adoption. */
static void test_packs_an_adoption_nobody_signed_is_damage(void **state)
{
    struct clinic *c = *state;
    struct keep_packs p;
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_str body = KEEP_STR("{\"packs\":[]}");
    clinic_adopt(c, CLINIC_RULES);
    for (int i = 0; i < 3; i++) { /* a stranger's, one made for another purpose, one under a role that is nobody's */
        uint64_t id;
        keep_buf_clear(&sig);
        clinic_must(c, keep_sign_message(&sig, i == 0 ? c->stranger : c->him, body.p, body.n, "x", i == 1 ? "chartkeep approval" : "chartkeep adoption", &c->err));
        struct keep_act act = {.kind = KEEP_STR("adopt"), .subject = KEEP_STR("policy"), .body = body, .signature = keep_buf_view(&sig), .role = i == 2 ? KEEP_STR("chief") : KEEP_STR("him"), .at = CLINIC_NOW};
        clinic_must(c, keep_txn_begin(c->s, KEEP_LEDGER_ADOPT, &c->err));
        clinic_must(c, keep_txn_act(c->s, &act, &id, &c->err));
        assert_int_equal(keep_packs_adopted(&p, c->s, &c->err), KEEP_E_INTEGRITY);
        assert_true(clinic_said(c, KEEP_E_INTEGRITY, "not signed by the officer"));
        keep_packs_free(&p);
        keep_txn_abort(c->s);
    }
    assert_int_equal(keep_packs_adopted(&p, c->s, &c->err), 0);
    keep_packs_free(&p);
    keep_buf_free(&sig);
}

static void test_packs_officer_is_known_by_key_and_number(void **state)
{
    struct clinic *c = *state;
    struct keep_sign_public pub;
    keep_sign_public_of(c->legal, &pub);
    assert_true(keep_str_is(keep_packs_officer(c->s, &pub)->role, "legal"));
    pub.id[0] ^= 1;
    assert_null(keep_packs_officer(c->s, &pub));
    keep_sign_public_of(c->stranger, &pub);
    assert_null(keep_packs_officer(c->s, &pub));
}

/* What somebody signed while in office holds after it; nothing new does. */
static void test_packs_an_adoption_outlives_its_officers(void **state)
{
    struct clinic *c = *state;
    const struct keep_sign_secret *both[] = {c->him, c->legal};
    struct keep_packs_adopt how = {.officer = both, .officers = 2};
    struct keep_officer officer[2] = {{.role = KEEP_STR("him")}, {.role = KEEP_STR("legal")}};
    struct keep_packs p;
    uint64_t sets;
    clinic_adopt(c, CLINIC_RULES);
    keep_sign_public_of(c->stranger, &officer[0].key); /* the office is another's now */
    keep_sign_public_of(c->legal, &officer[1].key);
    clinic_must(c, keep_store_set_officers(c->s, officer, 2, 2, &c->err));
    assert_int_equal(keep_packs_adopted(&p, c->s, &c->err), 0);
    assert_true(keep_str_is(p.adoption[0].signers, "him, legal"));
    keep_packs_free(&p);
    assert_int_equal(clinic_try_adopt(c, CLINIC_PACK("2") CLINIC_US, &how, &sets), KEEP_E_REFUSED);
    keep_err_clear(&c->err);
    both[0] = c->stranger;
    assert_int_equal(clinic_try_adopt(c, CLINIC_PACK("2") CLINIC_US, &how, &sets), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_packs_are_read_from_folders_in_order_of_names),
        T(test_packs_that_cannot_be_read),
        T(test_packs_nothing_is_adopted_at_first),
        T(test_packs_adoption_binds_bytes_days_and_signers),
        T(test_packs_adoption_needs_the_quorum),
        T(test_packs_adoption_must_be_reviewed_some_day),
        T(test_packs_confirmation_names_a_rule),
        T(test_packs_the_last_adoption_is_in_force),
        T(test_packs_an_adoption_nobody_signed_is_damage),
        T(test_packs_officer_is_known_by_key_and_number),
        T(test_packs_an_adoption_outlives_its_officers),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
