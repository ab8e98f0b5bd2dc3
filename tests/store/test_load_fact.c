/* Goal: rosters, trainings, rehires, kinds of accounts over time come back as they
 * were told; no address that is an institution's, crowded or confidential is ever a
 * household's, and what nobody declared is a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/store/hospital.h"

struct read {
    struct keep_arena *a;
    struct keep_world w;
};

static void read_world(struct hospital *h, struct read *r)
{
    r->a = keep_arena_new(0);
    hospital_must(h, keep_load_world(h->s, r->a, &r->w, &h->err));
}

static int duty(struct hospital *h, const char *worker, enum keep_duty kind, const char *unit, keep_time from, keep_time to)
{
    struct keep_row_duty r = {.at = {1, 0, 0}, .kind = kind, .worker = hospital_key(KEEP_ENTITY_WORKER, "", worker), .unit = hospital_z(unit), .from = from, .to = to};
    return h->sink.duty(h->sink.ctx, &r, &h->err);
}

static void test_load_fact_roster_and_training(void **state)
{
    struct hospital *h = *state;
    struct read r;
    struct keep_row_training t = {.at = {2, 0, 0}, .worker = hospital_key(KEEP_ENTITY_WORKER, "", "w1"), .course = S("privacy"), .completed = 19000, .valid_until = 19365};
    hospital_begin(h, "hr");
    hospital_must(h, hospital_worker(h, "w1", "", "Quill", "1 Elm St"));
    assert_int_equal(duty(h, "w1", KEEP_DUTY_SHIFT, "ED", T0 + DAY, T0 + DAY + 8 * 3600 * KEEP_USEC), 0);
    assert_int_equal(duty(h, "w1", KEEP_DUTY_LEAVE, "", T0, T0 + DAY), 0);
    assert_int_equal(duty(h, "w1", KEEP_DUTY_LEAVE, "", T0, T0 + DAY), 1);     /* told again */
    assert_int_equal(duty(h, "w1", KEEP_DUTY_LEAVE, "", T0, T0 + 2 * DAY), 0); /* corrected: it ended later */
    assert_int_equal(duty(h, "", KEEP_DUTY_SHIFT, "ED", T0, T0), KEEP_E_INPUT);
    keep_err_clear(&h->err);
    assert_int_equal(h->sink.training(h->sink.ctx, &t, &h->err), 0);
    t.completed = 19500;
    t.valid_until = KEEP_DATE_NONE;
    assert_int_equal(h->sink.training(h->sink.ctx, &t, &h->err), 0);
    hospital_finish(h);
    assert_int_equal(h->counts.duties, 3);
    assert_int_equal(h->counts.trainings, 2);
    read_world(h, &r);
    assert_int_equal(r.w.duties, 2);
    assert_int_equal(r.w.duty[0].kind, KEEP_DUTY_LEAVE);
    assert_true(r.w.duty[0].to == T0 + 2 * DAY);
    assert_int_equal(r.w.duty[1].kind, KEEP_DUTY_SHIFT);
    assert_true(keep_str_is(r.w.term[r.w.duty[1].unit], "ED"));
    assert_int_equal(r.w.trainings, 2);
    assert_true(keep_str_is(r.w.training[0].course, "privacy"));
    assert_int_equal(r.w.training[0].valid_until, 19365);
    assert_int_equal(r.w.training[1].valid_until, KEEP_DATE_NONE);
    keep_arena_free(r.a);
}

static void affiliate(struct hospital *h, const char *id, const char *department, keep_time from, keep_time to)
{
    struct keep_key key = hospital_key(KEEP_ENTITY_WORKER, "", id);
    struct keep_row_worker w = {.at = {1, 0, 0}, .key = &key, .keys = 1, .human.birth.date = KEEP_DATE_NONE, .department = hospital_z(department), .from = from, .to = to, .ended_known = KEEP_TRI_YES};
    hospital_must(h, h->sink.worker(h->sink.ctx, &w, &h->err));
}

static void test_load_fact_rehired_and_transferred(void **state)
{
    struct hospital *h = *state;
    struct read r;
    hospital_begin(h, "hr");
    affiliate(h, "w1", "Billing", T0, T0 + DAY);
    affiliate(h, "w1", "Oncology", T0 + 9 * DAY, KEEP_TIME_NONE);
    hospital_finish(h);
    read_world(h, &r);
    assert_int_equal(r.w.workers, 1);
    assert_int_equal(r.w.worker[0].affiliations, 2);
    assert_true(r.w.worker[0].affiliation[0].to == T0 + DAY);
    assert_true(keep_str_is(r.w.worker[0].post[0].department, "Billing"));
    assert_true(r.w.worker[0].affiliation[1].to == KEEP_TIME_NONE && r.w.worker[0].affiliation[1].end_known);
    assert_true(keep_str_is(r.w.worker[0].post[1].department, "Oncology"));
    keep_arena_free(r.a);
}

static void account(struct hospital *h, const char *login, const char *worker, enum keep_account_kind kind, keep_time from, keep_time to)
{
    struct keep_row_account a = {.at = {1, 0, 0}, .login = hospital_z(login), .kind = kind, .worker = hospital_key(KEEP_ENTITY_WORKER, "", worker), .from = from, .to = to};
    hospital_must(h, h->sink.account(h->sink.ctx, &a, &h->err));
}

static void test_load_fact_accounts_change_kind_and_hands(void **state)
{
    struct hospital *h = *state;
    struct read r;
    hospital_begin(h, "iam");
    account(h, "vnd01", "", KEEP_ACCOUNT_VENDOR, T0, T0 + DAY);
    account(h, "vnd01", "w1", KEEP_ACCOUNT_PERSON, T0 + DAY, KEEP_TIME_NONE);
    account(h, "quill2", "w1", KEEP_ACCOUNT_PROXY, KEEP_TIME_NONE, KEEP_TIME_NONE);
    hospital_finish(h);
    read_world(h, &r);
    assert_int_equal(r.w.accounts, 2);
    assert_int_equal(r.w.account[0].spans, 2);
    assert_int_equal(r.w.account[0].span_kind[0], KEEP_ACCOUNT_VENDOR);
    assert_int_equal(r.w.account[0].span[0].worker, KEEP_ID_NONE);
    assert_int_equal(r.w.account[0].span_kind[1], KEEP_ACCOUNT_PERSON);
    assert_int_equal(r.w.account[0].span[1].worker, 0);
    assert_int_equal(r.w.account[1].kind, KEEP_ACCOUNT_PROXY);
    assert_int_equal(r.w.account[1].span[0].worker, 0);
    keep_arena_free(r.a);
}

/* Streets: nobody's whose address or chart is confidential; who is in an institution has neighbours all the same. */
static void streets_are_right(const struct keep_world *w)
{
    uint64_t elm = w->worker[0].street_key[0];
    assert_true(elm != 0 && w->patient[0].street_key[0] == elm && elm != w->worker[0].address_key[0]);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(w->patient[i].street_key[0], 0);
    assert_true(w->patient[4].street_key[0] != 0 && w->patient[4].street_key[0] != elm);
    assert_true(w->patient[5].street_key[0] != 0 && w->patient[5].street_key[0] == w->patient[6].street_key[0]);
}

static void test_load_fact_trial_records(void **state)
{
    struct hospital *h = *state;
    struct read r;
    static const char *const id[] = {"p0", "p1", "p2", "p3"};
    hospital_begin(h, "adt");
    for (int i = 0; i < 4; i++) {
        struct keep_key key = hospital_key(KEEP_ENTITY_PATIENT, "", id[i]);
        struct keep_row_patient p = {.at = {1, 0, 0}, .key = &key, .keys = 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE}, .human = {.birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}},
                                     .confidential = i % 2 ? KEEP_TRI_YES : KEEP_TRI_UNKNOWN, .test = i < 2 ? KEEP_TRI_YES : i == 2 ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN};
        hospital_must(h, h->sink.patient(h->sink.ctx, &p, &h->err));
    }
    hospital_finish(h);
    read_world(h, &r);
    static const enum keep_tristate test[] = {KEEP_TRI_YES, KEEP_TRI_YES, KEEP_TRI_NO, KEEP_TRI_UNKNOWN};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(r.w.patient[i].test, test[i]);
        assert_int_equal(r.w.patient[i].confidential, i % 2 ? KEEP_TRI_YES : KEEP_TRI_UNKNOWN);
    }
    keep_arena_free(r.a);
}

static int patient_at(struct hospital *h, const char *id, const char *line, const char *use, bool secret, enum keep_tristate chart)
{
    struct keep_key key = hospital_key(KEEP_ENTITY_PATIENT, "", id);
    struct keep_address home = {hospital_z(line), S("Topeka"), S("KS"), S("66603"), hospital_z(use), secret};
    struct keep_row_patient r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .confidential = chart, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    r.human = (struct keep_human){.address = &home, .addresses = 1, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    return h->sink.patient(h->sink.ctx, &r, &h->err);
}

static void test_load_fact_addresses_that_make_no_household(void **state)
{
    struct hospital *h = *state;
    struct read r;
    char id[16];
    struct keep_row_institution home = {.at = {1, 0, 0}, .kind = KEEP_INSTITUTION_NURSING_HOME, .name = S("Sunset"), .address = {S("9 Sunset Avenue"), S("Topeka"), S("KS"), S("66603"), NOTHING, false}};
    hospital_begin(h, "adt");
    hospital_must(h, hospital_worker(h, "w1", "", "Quill", "1 Elm St"));
    hospital_must(h, patient_at(h, "plain", "1 Elm Street", "home", false, KEEP_TRI_UNKNOWN));
    hospital_must(h, patient_at(h, "hidden", "1 Elm Street", "home", true, KEEP_TRI_UNKNOWN));
    hospital_must(h, patient_at(h, "vip", "1 Elm Street", "home", false, KEEP_TRI_YES));
    hospital_must(h, patient_at(h, "mail", "1 Elm Street", "postal", false, KEEP_TRI_UNKNOWN));
    hospital_must(h, patient_at(h, "a", "9 Sunset Ave", "home", false, KEEP_TRI_UNKNOWN));
    assert_int_equal(h->sink.institution(h->sink.ctx, &home, &h->err), 0);
    for (int i = 0; i < 11; i++) {
        snprintf(id, sizeof id, "c%d", i);
        hospital_must(h, patient_at(h, id, "77 Crowd Way", "home", false, KEEP_TRI_UNKNOWN));
    }
    hospital_finish(h);
    read_world(h, &r);
    assert_true(r.w.worker[0].address_key[0] != 0 && r.w.patient[0].address_key[0] == r.w.worker[0].address_key[0]);
    for (size_t i = 1; i < r.w.patients; i++)
        assert_int_equal(r.w.patient[i].address_key[0], 0);
    streets_are_right(&r.w);
    assert_int_equal(r.w.dwellings, 3);
    unsigned nursing = 0, crowded = 0, secret = 0;
    for (size_t i = 0; i < r.w.dwellings; i++) {
        const struct keep_dwelling *d = &r.w.dwelling[i];
        nursing += d->institution == KEEP_INSTITUTION_NURSING_HOME && d->patients == 1 && !d->crowded;
        crowded += d->institution == KEEP_INSTITUTION_COUNT && d->patients == 11 && d->crowded;
        secret += d->confidential && d->patients == 3 && d->workers == 1 && d->key == r.w.worker[0].address_key[0];
    }
    assert_int_equal(nursing, 1);
    assert_int_equal(crowded, 1);
    assert_int_equal(secret, 1);
    keep_arena_free(r.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_fact_roster_and_training, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_fact_rehired_and_transferred, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_fact_accounts_change_kind_and_hands, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_fact_trial_records, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_fact_addresses_that_make_no_household, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
