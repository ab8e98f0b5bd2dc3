#include "tests/audit/town.h"

#include "core/audit/kin.h"
#include "core/audit/relate.h"

enum { ROE = 1, DOE, ELM, OAK, HOME, MOBILE }; /* digests */

struct ask {
    keep_time lo, hi;
};

static enum keep_tristate ask(const struct town *t, uint32_t worker, uint32_t patient, keep_time at, struct ask *a)
{
    *a = (struct ask){KEEP_RELATE_EVER, KEEP_RELATE_NEVER};
    return keep_kin_contact(&t->w, worker, patient, at, &a->lo, &a->hi);
}

static struct keep_contact *contact(struct town *t, uint32_t patient, uint64_t surname, uint64_t address, uint64_t phone)
{
    if (!t->w.contact)
        t->w.contact = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.contact);
    struct keep_contact *c = &t->w.contact[t->w.contacts++];
    *c = (struct keep_contact){.patient = patient, .worker = KEEP_ID_NONE, .self = KEEP_ID_NONE, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE,
                               .surname_key = {surname}, .address_key = {address}, .phone_key = {phone}};
    return c;
}

static void test_kin_needs_more_than_a_surname(void **state)
{
    static const struct {
        uint64_t mine[3], theirs[3]; /* surname, address, phone */
        enum keep_tristate want;
    } rows[] = {
        {{ROE, 0, 0}, {ROE, 0, 0}, KEEP_TRI_UNKNOWN},      /* a surname alone */
        {{ROE, ELM, 0}, {ROE, OAK, 0}, KEEP_TRI_NO},       /* the same name elsewhere */
        {{ROE, ELM, 0}, {ROE, ELM, 0}, KEEP_TRI_YES},
        {{ROE, ELM, 0}, {DOE, ELM, 0}, KEEP_TRI_NO},       /* who lives with a contact */
        {{0, ELM, 0}, {DOE, ELM, 0}, KEEP_TRI_YES},
        {{ROE, ELM, HOME}, {ROE, OAK, HOME}, KEEP_TRI_YES},
        {{ROE, ELM, HOME}, {ROE, 0, MOBILE}, KEEP_TRI_NO},
        {{ROE, ELM, 0}, {ROE, 0, MOBILE}, KEEP_TRI_UNKNOWN}, /* nothing that both have */
    };
    struct ask a;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = town_new("");
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
        t->w.worker[w].surname_key[0] = rows[i].mine[0];
        t->w.worker[w].address_key[0] = rows[i].mine[1];
        t->w.worker[w].phone_key[0] = rows[i].mine[2];
        contact(t, p, rows[i].theirs[0], rows[i].theirs[1], rows[i].theirs[2]);
        if (ask(t, w, p, NOON, &a) != rows[i].want)
            fail_msg("row %zu", i);
        town_free(t);
    }
}

static void test_kin_goes_by_the_word_of_a_source(void **state)
{
    struct town *t = town_new("");
    struct ask a;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), r = town_patient(t, "R"), none = town_patient(t, "N"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    (void)state;
    t->w.worker[v].address_key[0] = ELM;
    contact(t, p, 0, ELM, 0)->worker = w;
    contact(t, q, 0, 0, 0)->self = r;
    t->w.worker[w].patient = r;
    t->w.patient[r].worker = w;
    assert_int_equal(ask(t, w, p, NOON, &a), KEEP_TRI_YES);
    assert_int_equal(ask(t, v, p, NOON, &a), KEEP_TRI_NO); /* whatever the address says */
    assert_int_equal(ask(t, w, q, NOON, &a), KEEP_TRI_YES);
    assert_int_equal(ask(t, v, q, NOON, &a), KEEP_TRI_NO);
    assert_int_equal(ask(t, w, none, NOON, &a), KEEP_TRI_UNKNOWN); /* no contact on file */
    assert_int_equal(ask(t, KEEP_ID_NONE, p, NOON, &a), KEEP_TRI_UNKNOWN);
    t->w.patient[r].worker = KEEP_ID_NONE;
    t->w.worker[v].patient = p;
    assert_int_equal(ask(t, v, q, NOON, &a), KEEP_TRI_NO); /* who is another patient */
    town_free(t);
}

static void test_kin_counts_while_one_is_a_contact(void **state)
{
    struct town *t = town_new("");
    struct ask a;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    struct keep_contact *c = contact(t, p, 0, 0, 0);
    c->worker = w;
    c->from = NOON;
    c->to = NOON + DAY;
    contact(t, p, ROE, 0, 0); /* who cannot be compared, always */
    assert_int_equal(ask(t, w, p, NOON, &a), KEEP_TRI_YES);
    assert_true(a.lo == NOON && a.hi == NOON + DAY);
    assert_int_equal(ask(t, w, p, NOON + DAY, &a), KEEP_TRI_UNKNOWN);
    assert_true(a.lo == NOON + DAY && a.hi == KEEP_RELATE_NEVER);
    t->w.contacts = 1;
    assert_int_equal(ask(t, w, p, NOON - 1, &a), KEEP_TRI_NO);
    assert_true(a.lo == KEEP_RELATE_EVER && a.hi == NOON);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kin_needs_more_than_a_surname), cmocka_unit_test(test_kin_goes_by_the_word_of_a_source),
                                       cmocka_unit_test(test_kin_counts_while_one_is_a_contact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
