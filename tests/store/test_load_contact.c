/* Goal: contacts come back as digests, the latest of each statement; no address or
 * phone that says nothing of one person is a key; they go with the patient's key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/inside.h"
#include "core/store/sets.h"
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

static void whole(struct hospital *h)
{
    struct keep_store_checker c = {NULL, hospital_found, NULL};
    hospital_must(h, keep_recheck_tables(h->s, &c, &h->err));
}

struct who {
    const char *family, *line, *use, *phone, *worker, *self;
    bool secret;
};

static int tell(struct hospital *h, const char *id, const char *patient, const struct who *who, size_t n)
{
    struct keep_contact_person person[4];
    struct keep_name name[4];
    struct keep_address address[4];
    struct keep_str phone[4];
    struct keep_row_contacts row = {.at = {1, 0, 0}, .key = hospital_key(KEEP_ENTITY_CONTACT, "RelatedPerson", id), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", patient), .person = person, .persons = n};
    for (size_t i = 0; i < n; i++) {
        name[i] = (struct keep_name){hospital_z(who[i].family), S("Jo"), S("official")};
        address[i] = (struct keep_address){hospital_z(who[i].line), S("Topeka"), S("KS"), S("66603"), hospital_z(who[i].use), who[i].secret};
        phone[i] = hospital_z(who[i].phone);
        person[i] = (struct keep_contact_person){.code = S("MTH"), .relationship = S("mother"), .from = T0, .to = KEEP_TIME_NONE,
                                                 .worker = hospital_key(KEEP_ENTITY_WORKER, "", who[i].worker), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", who[i].self)};
        person[i].human = (struct keep_human){.name = &name[i], .names = *who[i].family != 0, .address = &address[i], .addresses = *who[i].line != 0, .phone = &phone[i],
                                              .phones = *who[i].phone != 0, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    }
    return h->sink.contacts(h->sink.ctx, &row, &h->err);
}

static void test_load_contact_latest_of_each_statement(void **state)
{
    struct hospital *h = *state;
    struct read r;
    const struct who two[] = {{"Quill", "1 Elm St", "home", "+1 (785) 555-0100", "", "", false}, {"Rathe", "", "", "", "w1", "p2", false}};
    hospital_begin(h, "adt");
    hospital_must(h, hospital_worker(h, "w1", "", "Quill", "1 Elm Street"));
    hospital_patient(h, "p1", "", "Mome", "5 Oak St");
    assert_int_equal(tell(h, "r1", "p1", two, 2), 0);
    assert_int_equal(tell(h, "r1", "p1", two, 2), 1);    /* told again */
    assert_int_equal(tell(h, "r2", "p1", two, 1), 0);
    assert_int_equal(tell(h, "r1", "p1", two, 1), 0);    /* one of them no longer */
    assert_int_equal(tell(h, "none", "p1", NULL, 0), 0); /* and one who never was */
    assert_int_equal(tell(h, "r2", "p1", NULL, 0), 0);
    assert_int_equal(tell(h, "r3", "p2", two + 1, 1), 0); /* of a patient who is only mentioned */
    assert_int_equal(tell(h, "r4", "", two, 1), KEEP_E_INPUT);
    keep_err_clear(&h->err);
    hospital_finish(h);
    assert_int_equal(h->counts.contacts, 5);
    read_world(h, &r);
    assert_int_equal(r.w.contacts, 2);
    assert_int_equal(r.w.contact[0].patient, 0);
    assert_true(keep_str_is(r.w.contact[0].code, "MTH"));
    assert_true(r.w.contact[0].from == T0 && r.w.contact[0].to == KEEP_TIME_NONE);
    assert_true(r.w.contact[0].address_key[0] != 0 && r.w.contact[0].address_key[0] == r.w.worker[0].address_key[0]);
    assert_true(r.w.contact[0].surname_key[0] == r.w.worker[0].surname_key[0]);
    assert_true(r.w.contact[0].phone_key[0] != 0);
    assert_int_equal(r.w.contact[0].worker, KEEP_ID_NONE);
    assert_int_equal(r.w.contact[1].worker, 0);
    assert_int_equal(r.w.contact[1].self, r.w.contact[1].patient);
    keep_arena_free(r.a);
    hospital_begin(h, "adt");
    assert_int_equal(tell(h, "r1", "p2", two, 1), 0); /* it was p2's all along */
    hospital_finish(h);
    read_world(h, &r);
    assert_int_equal(r.w.contacts, 2);
    assert_int_equal(r.w.contact[0].patient, r.w.contact[1].patient);
    keep_arena_free(r.a);
    whole(h);
}

static void test_load_contact_keys_that_say_nothing(void **state)
{
    struct hospital *h = *state;
    struct read r;
    char id[16];
    struct keep_row_institution sunset = {.at = {1, 0, 0}, .kind = KEEP_INSTITUTION_NURSING_HOME, .name = S("Sunset"), .address = {S("9 Sunset Avenue"), S("Topeka"), S("KS"), S("66603"), NOTHING, false}};
    const struct who all[] = {{"A", "9 Sunset Ave", "home", "555-0199 x12", "", "", false}, /* an institution's, a switchboard's */
                              {"B", "1 Elm St", "work", "12", "", "", false},               /* no home, no number */
                              {"C", "1 Elm St", "home", "", "", "", true},                  /* confidential */
                              {"D", "5 Oak St", "home", "785 555 0111", "", "", false}};    /* where the patient lives in secret; a phone of many */
    struct keep_key key = hospital_key(KEEP_ENTITY_PATIENT, "", "p1");
    struct keep_address home = {S("5 Oak Street"), S("Topeka"), S("KS"), S("66603"), S("home"), true};
    struct keep_row_patient hidden = {.at = {1, 0, 0}, .key = &key, .keys = 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    hidden.human = (struct keep_human){.address = &home, .addresses = 1, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    hospital_begin(h, "adt");
    hospital_must(h, h->sink.patient(h->sink.ctx, &hidden, &h->err));
    assert_int_equal(h->sink.institution(h->sink.ctx, &sunset, &h->err), 0);
    assert_int_equal(tell(h, "r1", "p1", all, 4), 0);
    for (int i = 0; i < 11; i++) {
        snprintf(id, sizeof id, "c%d", i);
        const struct who many = {"E", "", "", "1-785-555-0111", "", "", false};
        assert_int_equal(tell(h, id, id, &many, 1), 0);
    }
    hospital_finish(h);
    read_world(h, &r);
    assert_int_equal(r.w.contacts, 15);
    for (size_t i = 0; i < r.w.contacts; i++) {
        assert_int_equal(r.w.contact[i].address_key[0], 0);
        assert_int_equal(r.w.contact[i].phone_key[0], 0);
        assert_true(r.w.contact[i].surname_key[0] != 0);
    }
    keep_arena_free(r.a);
}

static void test_load_contact_goes_with_the_patient(void **state)
{
    struct hospital *h = *state;
    struct read r;
    const struct who one = {"Quill", "1 Elm St", "home", "", "", "", false};
    hospital_begin(h, "adt");
    hospital_patient(h, "p1", "", "Mome", "5 Oak St");
    assert_int_equal(tell(h, "r1", "p1", &one, 1), 0);
    assert_int_equal(tell(h, "r2", "p2", &one, 1), 0); /* of whom nothing else is told */
    hospital_finish(h);
    read_world(h, &r);
    assert_int_equal(r.w.contacts, 2);
    uint64_t named = r.w.patient[r.w.contact[0].patient].entity, bare = r.w.patient[r.w.contact[1].patient].entity;
    keep_arena_free(r.a);
    assert_int_equal(keep_erase_live(h->s, KEEP_RING_PATIENT, named, &h->err), 1);
    assert_int_equal(keep_erase_live(h->s, KEEP_RING_PATIENT, bare, &h->err), 1); /* its key is needed */
    struct keep_erasure e = {.patient = named, .intent = 1};
    memset(e.set, 0xaa, sizeof e.set);
    hospital_must(h, keep_sets_erase(h->s, &e, 1, NULL, NULL, &h->err));
    read_world(h, &r);
    assert_int_equal(r.w.contacts, 1);
    assert_int_equal(r.w.patient[r.w.contact[0].patient].entity, bare);
    keep_arena_free(r.a);
    assert_int_equal(keep_erase_live(h->s, KEEP_RING_PATIENT, named, &h->err), 0);
    whole(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_contact_latest_of_each_statement, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_contact_keys_that_say_nothing, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_contact_goes_with_the_patient, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
