#include "tests/audit/town.h"

#include "core/audit/relate.h"

#define ENCOUNTER (1u << KEEP_RELATION_ENCOUNTER)
#define ANY UINT32_MAX

static struct keep_relate_answer ask(struct keep_relate *r, uint32_t worker, uint32_t patient, uint32_t kinds, keep_time at)
{
    struct keep_relate_ask q = {worker, patient, kinds, 24 * HOUR, 48 * HOUR, at};
    struct keep_relate_answer a;
    keep_relate_worker(r, &q, &a);
    return a;
}

static void test_relate_counts_both_ends(void **state)
{
    struct town *t = town_new("");
    struct keep_relate *r;
    uint32_t p = town_patient(t, "P"), nobodys = town_patient(t, "Q"), w = town_worker(t, "W", "");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON + HOUR);
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    assert_int_equal(ask(r, w, p, ENCOUNTER, NOON - 24 * HOUR - 1).holds, KEEP_TRI_NO);
    assert_int_equal(ask(r, w, p, ENCOUNTER, NOON - 24 * HOUR).holds, KEEP_TRI_YES);
    assert_int_equal(ask(r, w, p, ENCOUNTER, NOON + 49 * HOUR).holds, KEEP_TRI_YES);
    assert_int_equal(ask(r, w, p, ENCOUNTER, NOON + 49 * HOUR + 1).holds, KEEP_TRI_NO);
    assert_int_equal(ask(r, w, p, 1u << KEEP_RELATION_ORDER, NOON).holds, KEEP_TRI_NO);
    assert_ptr_equal(ask(r, w, p, ENCOUNTER, NOON).by, &t->w.relation[0]);
    assert_int_equal(keep_relate_strangers(r, w, p), 0); /* no department is known, so nothing is certain of it */
    assert_int_equal(keep_relate_strangers(r, w, nobodys), KEEP_RELATE_NO_WORKER);
    keep_relate_free(r);
    town_free(t);
}

static void test_relate_takes_dates_that_are_missing_as_they_are(void **state)
{
    struct town *t = town_new("");
    struct keep_relate *r;
    uint32_t w = town_worker(t, "W", "");
    (void)state;
    for (uint32_t p = 0; p < 5; p++)
        town_patient(t, "P");
    town_relation(t, KEEP_RELATION_TEAM, w, 0, KEEP_TIME_NONE, KEEP_TIME_NONE)->open = true; /* always */
    town_relation(t, KEEP_RELATION_TEAM, w, 1, KEEP_TIME_NONE, KEEP_TIME_NONE);              /* nobody knows when */
    town_relation(t, KEEP_RELATION_TEAM, w, 2, KEEP_TIME_NONE, NOON);                        /* ended at noon */
    town_relation(t, KEEP_RELATION_TEAM, w, 3, NOON, KEEP_TIME_NONE)->open = true;           /* from noon on */
    town_relation(t, KEEP_RELATION_TEAM, w, 4, NOON, NOON - 500 * DAY);                      /* a slip */
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    assert_int_equal(ask(r, w, 0, ANY, 0).holds, KEEP_TRI_YES);
    assert_int_equal(ask(r, w, 1, ANY, NOON).holds, KEEP_TRI_UNKNOWN);
    assert_int_equal(ask(r, w, 2, ANY, NOON).holds, KEEP_TRI_YES);
    assert_int_equal(ask(r, w, 2, ANY, NOON - 30 * HOUR).holds, KEEP_TRI_NO);
    assert_int_equal(ask(r, w, 3, ANY, NOON + 5000 * DAY).holds, KEEP_TRI_YES);
    assert_int_equal(ask(r, w, 3, ANY, NOON - 25 * HOUR).holds, KEEP_TRI_NO);
    assert_int_equal(ask(r, w, 4, ANY, NOON - 30 * HOUR).holds, KEEP_TRI_NO);
    assert_int_equal(ask(r, w, 4, ANY, NOON).holds, KEEP_TRI_YES);
    keep_relate_free(r);
    town_free(t);
}

static void test_relate_leaves_out_own_late_facts(void **state)
{
    struct town *t = town_new("");
    struct keep_relate *r;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), other = town_worker(t, "V", "");
    (void)state;
    town_relation(t, KEEP_RELATION_NOTE, w, p, NOON, NOON)->author = w;
    town_relation(t, KEEP_RELATION_NOTE, other, p, NOON, NOON)->author = w;
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    keep_relate_access(r, w, p, NOON + DAY);
    keep_relate_access(r, w, p, NOON - 1);
    struct keep_relate_answer a = ask(r, w, p, ANY, NOON);
    assert_int_equal(a.holds, KEEP_TRI_NO);
    assert_true(a.own_late);
    a = ask(r, other, p, ANY, NOON); /* what another wrote about me is no fact of mine */
    assert_int_equal(a.holds, KEEP_TRI_YES);
    assert_false(a.own_late);
    keep_relate_free(r);

    t->w.relation[0].recorded = NOON - 1; /* written down at the very moment of the first access: not after it */
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    keep_relate_access(r, w, p, NOON - 1);
    assert_int_equal(ask(r, w, p, ANY, NOON).holds, KEEP_TRI_YES);
    keep_relate_free(r);

    t->w.relation[0].recorded = KEEP_TIME_NONE; /* nobody knows when it was written: its start stands in */
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    keep_relate_access(r, w, p, NOON - 1);
    assert_int_equal(ask(r, w, p, ANY, NOON).holds, KEEP_TRI_NO);
    keep_relate_free(r);
    town_free(t);
}

/* By the other's tie at that instant; what either of them wrote late is left out, and so is acting for one who acts for a third. */
static void test_relate_by_whom_somebody_acted_for(void **state)
{
    struct town *t = town_new("");
    struct keep_relate *r;
    struct keep_relate_answer a;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), boss = town_worker(t, "B", ""), third = town_worker(t, "T", "");
    (void)state;
    struct keep_relation *tie = town_relation(t, KEEP_RELATION_ORDER, boss, p, NOON - DAY, NOON - DAY);
    town_relation(t, KEEP_RELATION_BEHALF, w, p, NOON, NOON)->author = boss;
    town_relation(t, KEEP_RELATION_BEHALF, third, p, NOON, NOON)->author = w;
#define BEHALF(who, kinds_, when) (keep_relate_behalf(r, &(struct keep_relate_ask){who, p, kinds_, 24 * HOUR, 48 * HOUR, when}, &a), a.holds)
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    assert_int_equal(BEHALF(w, UINT32_MAX, NOON), KEEP_TRI_YES);
    assert_ptr_equal(a.by, &t->w.relation[0]);
    assert_int_equal(BEHALF(w, ENCOUNTER, NOON), KEEP_TRI_NO);
    assert_int_equal(BEHALF(w, UINT32_MAX, NOON + 1), KEEP_TRI_NO);
    assert_int_equal(BEHALF(boss, UINT32_MAX, NOON), KEEP_TRI_NO);
    assert_int_equal(BEHALF(third, UINT32_MAX, NOON), KEEP_TRI_NO);
    keep_relate_free(r);
    static const struct {
        bool boss;              /* wrote it, else the helper did */
        keep_time written, opened; /* from noon; when the writer first opened the chart */
        enum keep_tristate want;
    } rows[] = {{false, -DAY, -2 * DAY, KEEP_TRI_NO}, {false, -3 * DAY, -2 * DAY, KEEP_TRI_YES}, {true, 1, 0, KEEP_TRI_NO}, {true, 0, -2 * DAY, KEEP_TRI_YES}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tie->author = rows[i].boss ? boss : w;
        tie->recorded = NOON + rows[i].written;
        assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
        keep_relate_access(r, tie->author, p, NOON + rows[i].opened);
        assert_int_equal(BEHALF(w, UINT32_MAX, NOON), rows[i].want);
        assert_int_equal(a.own_late, rows[i].want == KEEP_TRI_NO);
        keep_relate_free(r);
    }
    tie->author = KEEP_ID_NONE;
    tie->from = tie->to = KEEP_TIME_NONE;
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    assert_int_equal(BEHALF(w, UINT32_MAX, NOON), KEEP_TRI_UNKNOWN);
    keep_relate_free(r);
    town_free(t);
}

static uint64_t seed = 7;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((seed >> 33) % n);
}

static int naive(const struct town *t, uint32_t kinds, keep_time at)
{
    for (size_t i = 0; i < t->w.relations; i++) {
        const struct keep_relation *x = &t->w.relation[i];
        if (kinds >> x->kind & 1 && at >= x->from - 24 * HOUR && (x->open || at <= x->to + 48 * HOUR))
            return KEEP_TRI_YES;
    }
    return KEEP_TRI_NO;
}

static void test_relate_agrees_with_a_plain_search(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct town *t = town_new("");
        struct keep_relate *r;
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
        keep_time from = NOON;
        for (uint32_t n = below(12); n > 0; n--) {
            from += below(8) * DAY;
            struct keep_relation *x = town_relation(t, below(3) ? KEEP_RELATION_ENCOUNTER : KEEP_RELATION_ORDER, w, p, from, from + below(6) * DAY);
            x->open = below(20) == 0;
            x->to = x->open ? KEEP_TIME_NONE : x->to;
        }
        assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
        for (int k = 0; k < 40; k++) {
            keep_time at = NOON - 5 * DAY + (keep_time)below(80 * 24) * HOUR;
            uint32_t kinds = below(2) ? ENCOUNTER : ANY;
            struct keep_relate_answer a = ask(r, w, p, kinds, at);
            assert_int_equal(a.holds, naive(t, kinds, at));
            assert_true(a.lo <= at && at < a.hi);
            assert_int_equal(a.holds == KEEP_TRI_YES, a.by != NULL);
            if (a.lo != KEEP_RELATE_EVER) { /* the stretch is as long as can be, and no longer */
                assert_int_equal(naive(t, kinds, a.lo), a.holds);
                assert_int_not_equal(naive(t, kinds, a.lo - 1), a.holds);
            }
            if (a.hi != KEEP_RELATE_NEVER) {
                assert_int_equal(naive(t, kinds, a.hi - 1), a.holds);
                assert_int_not_equal(naive(t, kinds, a.hi), a.holds);
            }
        }
        keep_relate_free(r);
        town_free(t);
    }
}

static void test_relate_finds_departments(void **state)
{
    struct town *t = town_new("");
    struct keep_relate *r;
    struct keep_relate_answer a;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), heart = town_worker(t, "H", "Cardiology"), bone = town_worker(t, "B", "Surgery");
    uint32_t mate = town_worker(t, "M", "Cardiology"), unit = town_term(t, "5 West");
    (void)state;
    t->w.worker[bone].unit = KEEP_STR("5 West");
    town_relation(t, KEEP_RELATION_ENCOUNTER, mate, p, NOON, NOON + HOUR);
    struct keep_relation *x = town_relation(t, KEEP_RELATION_ENCOUNTER, KEEP_ID_NONE, q, NOON, NOON + HOUR);
    x->department = unit;
    t->w.encounter[0] = (struct keep_encounter){.entity = 1, .patient = p, .start = NOON, .end = NOON + HOUR};
    t->w.encounters = 1;
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    struct keep_relate_ask qs = {heart, p, ANY, DAY, DAY, NOON};
    keep_relate_department(r, &qs, &a); /* a colleague's relation is not the department's */
    assert_int_equal(a.holds, KEEP_TRI_NO);
    keep_relate_encounter(r, &qs, &a);
    assert_int_equal(a.holds, KEEP_TRI_YES);
    assert_true(a.lo == NOON - DAY && a.hi == NOON + HOUR + DAY + 1);
    qs.worker = bone;
    keep_relate_encounter(r, &qs, &a);
    assert_int_equal(a.holds, KEEP_TRI_NO);
    assert_int_equal(keep_relate_strangers(r, bone, p), KEEP_RELATE_NO_WORKER | KEEP_RELATE_NO_DEPARTMENT);
    qs.patient = q;
    keep_relate_department(r, &qs, &a);
    assert_int_equal(a.holds, KEEP_TRI_YES);
    qs.at = NOON + 3 * DAY;
    keep_relate_department(r, &qs, &a);
    assert_int_equal(a.holds, KEEP_TRI_NO);
    assert_true(a.lo == NOON + HOUR + DAY + 1 && a.hi == KEEP_RELATE_NEVER);
    keep_relate_free(r);
    town_free(t);
}

/* A nurse moves from the ICU to billing: what ties the ICU explains her accesses until then, and none later; and who looks into the ICU's patients from
 * billing finds no colleague in her for the time before. */
static void test_relate_goes_by_the_department_of_the_time(void **state)
{
    static const struct keep_interval at[] = {{NOON - 90 * DAY, NOON, true}, {NOON, KEEP_TIME_NONE, true}};
    static const struct keep_post post[] = {{KEEP_STR("ICU"), {NULL, 0}, {NULL, 0}}, {KEEP_STR("Billing"), {NULL, 0}, {NULL, 0}}};
    struct town *t = town_new("");
    struct keep_relate *r;
    struct keep_relate_answer a;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), nurse = town_worker(t, "N", "Billing"), clerk = town_worker(t, "C", "Billing"), mate = town_worker(t, "M", "ICU");
    uint32_t icu = town_term(t, "ICU");
    (void)state;
    t->w.worker[nurse].affiliation = at;
    t->w.worker[nurse].post = post;
    t->w.worker[nurse].affiliations = 2;
    struct keep_relation *stay = town_relation(t, KEEP_RELATION_ENCOUNTER, KEEP_ID_NONE, p, NOON - 20 * DAY, NOON + 20 * DAY);
    stay->department = icu;
    town_relation(t, KEEP_RELATION_ORDER, nurse, q, NOON - 5 * DAY, NOON - 5 * DAY);
    t->w.encounter[0] = (struct keep_encounter){.entity = 1, .patient = q, .start = NOON - 10 * DAY, .end = NOON + 10 * DAY};
    t->w.encounters = 1;
    assert_int_equal(keep_relate_new(&r, &t->w, NULL, NULL), 0);
    struct keep_relate_ask ask_stay = {nurse, p, ANY, DAY, DAY, NOON - 1};
    keep_relate_department(r, &ask_stay, &a);
    assert_int_equal(a.holds, KEEP_TRI_YES);
    assert_true(a.lo == NOON - 21 * DAY && a.hi == NOON); /* until she moves, not until the stay ends */
    ask_stay.at = NOON;
    keep_relate_department(r, &ask_stay, &a);
    assert_int_equal(a.holds, KEEP_TRI_NO);
    assert_true(a.lo == NOON && a.hi == KEEP_RELATE_NEVER);
    assert_int_equal(keep_relate_strangers(r, nurse, p), KEEP_RELATE_NO_WORKER); /* her department was tied once */
    assert_int_equal(keep_relate_strangers(r, clerk, p), KEEP_RELATE_NO_WORKER | KEEP_RELATE_NO_DEPARTMENT);
    struct keep_relate_ask visit = {clerk, q, 0, DAY, DAY, NOON};
    keep_relate_encounter(r, &visit, &a); /* what she ordered in the ICU was no work of billing */
    assert_int_equal(a.holds, KEEP_TRI_NO);
    visit.worker = mate;
    keep_relate_encounter(r, &visit, &a); /* and is the ICU's to this day */
    assert_int_equal(a.holds, KEEP_TRI_YES);
    visit.worker = nurse;
    visit.at = NOON - DAY;
    keep_relate_encounter(r, &visit, &a);
    assert_int_equal(a.holds, KEEP_TRI_YES);
    assert_true(a.hi == NOON);
    visit.at = NOON + DAY;
    keep_relate_encounter(r, &visit, &a);
    assert_int_equal(a.holds, KEEP_TRI_NO);
    keep_relate_free(r);
    town_free(t);
}

static void test_relate_shifts_without_wrapping(void **state)
{
    (void)state;
    assert_true(keep_relate_shift(INT64_MAX - 1, 5) == KEEP_RELATE_NEVER);
    assert_true(keep_relate_shift(INT64_MIN + 1, -5) == KEEP_RELATE_EVER);
    assert_true(keep_relate_shift(KEEP_RELATE_EVER, 5) == KEEP_RELATE_EVER);
    assert_true(keep_relate_shift(7, -5) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relate_counts_both_ends), cmocka_unit_test(test_relate_takes_dates_that_are_missing_as_they_are),
        cmocka_unit_test(test_relate_leaves_out_own_late_facts), cmocka_unit_test(test_relate_agrees_with_a_plain_search),
        cmocka_unit_test(test_relate_by_whom_somebody_acted_for), cmocka_unit_test(test_relate_finds_departments), cmocka_unit_test(test_relate_goes_by_the_department_of_the_time),
        cmocka_unit_test(test_relate_shifts_without_wrapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
