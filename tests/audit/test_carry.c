/* Goal: what one audit leaves is found again, what is new in a log is told from what was judged, and policies that cannot be gone on with say so. */
#include "tests/audit/town.h"

#include "core/audit/carry.h"

static struct keep_carry empty(struct town *t)
{
    struct keep_carry c = {.newest = KEEP_TIME_NONE, .base = KEEP_TIME_NONE, .again = KEEP_TIME_NONE};
    c.patient = calloc(t->w.patients + 1, 1);
    c.account = calloc(t->w.accounts + 1, 1);
    assert_true(c.patient && c.account);
    return c;
}

static void test_carry_finds_hits_of_every_part(void **state)
{
    struct keep_carry c = {.newest = KEEP_TIME_NONE, .again = KEEP_TIME_NONE};
    uint32_t kind[2];
    (void)state;
    for (uint32_t k = 0; k < 2; k++) /* of each source one */
        assert_int_equal(keep_carry_kind(&c, &(struct keep_carry_kind){.source = 1 + k}, NULL, &kind[k]), 0);
    for (uint64_t k = 0; k < 3; k++) {
        for (uint64_t i = 9; i > 0; i--)
            *keep_carry_add(&c) = (struct keep_carry_hit){.kind = kind[i % 2], .ordinal = k * 100 + i};
        assert_int_equal(keep_carry_part(&c, false), 0);
    }
    assert_int_equal(c.parts, 3);
    for (int sieved = 0; sieved < 2; sieved++) {
        for (uint64_t i = 0; i < 300; i++)
            for (uint32_t source = 0; source < 4; source++) {
                const struct keep_carry_hit *h = keep_carry_find(&c, source, i);
                assert_int_equal(h != NULL, i % 100 > 0 && i % 100 < 10 && source == 1 + i % 100 % 2);
                assert_true(!h || (h->ordinal == i && h->kind == kind[source - 1]));
            }
        keep_carry_find(&c, 2, 101)->state = KEEP_CARRY_GONE;
        assert_null(keep_carry_find(&c, 2, 101));
        for (size_t k = 0; k < c.hits; k++)
            c.hit[k].state = KEEP_CARRY_STANDS;
        assert_true(sieved || keep_carry_sieve(&c) == 0);
    }
    keep_carry_done(&c);
}

/* One that differs in anything is another, also by its rules; the same one has its number again. */
static void test_carry_has_each_kind_once(void **state)
{
    static const uint32_t fired[] = {3, 4, 5};
    static const struct keep_carry_kind kind[] = {
        {.fired_n = 0}, {.evidence = 1}, {.taken = 1}, {.source = 1}, {.unknown = 1}, {.class = 1}, {.reason = 1}, {.explanation = 1}, {.verdict = 1}, {.own_late = 1}, {.fired_n = 1}, {.fired_n = 2},
    };
    struct keep_carry c = {0};
    uint32_t number;
    (void)state;
    for (int again = 0; again < 2; again++)
        for (uint32_t i = 0; i < sizeof kind / sizeof *kind; i++) {
            assert_int_equal(keep_carry_kind(&c, &kind[i], fired, &number), 0);
            assert_int_equal(number, i);
            assert_true(kind[i].fired_n == 0 || memcmp(c.word + c.kind[i].fired, fired, kind[i].fired_n * sizeof *fired) == 0);
        }
    assert_int_equal(keep_carry_kind(&c, &(struct keep_carry_kind){.fired_n = 2}, fired + 1, &number), 0);
    assert_int_equal(number, sizeof kind / sizeof *kind);
    keep_carry_done(&c);
}

/* In order already, nearly, and not at all. */
static void test_carry_orders_late_writers(void **state)
{
    enum { LATES = 500 };
    (void)state;
    for (uint32_t off = 0; off <= LATES; off += off < 3 ? 1 : 71) {
        struct keep_carry c = {0};
        for (uint32_t i = 0; i < LATES; i++) { /* the last `off` stand anywhere */
            uint32_t n = i < LATES - off ? 3 * i : i * 7919u % (3 * LATES);
            assert_int_equal(keep_carry_add_late(&c, &(struct keep_carry_late){.patient = n / 4, .worker = n % 4, .first = n}), 0);
        }
        assert_int_equal(keep_carry_order_late(&c), 0);
        keep_time sum = 0;
        for (uint32_t i = 0; i < LATES; i++) {
            const struct keep_carry_late *l = &c.late[i];
            assert_true(l->patient == (uint64_t)l->first / 4 && l->worker == (uint64_t)l->first % 4);
            assert_true(i == 0 || c.late[i - 1].first <= l->first);
            sum += l->first - (i < LATES - off ? 3 * i : i * 7919u % (3 * LATES));
        }
        assert_true(sum == 0 && c.lates == LATES);
        keep_carry_done(&c);
    }
}

static void test_carry_tells_what_is_new(void **state)
{
    struct town *t = town_new(TOWN_VISIT);
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "");
    struct keep_carry c = empty(t);
    struct keep_err err = {0};
    const char *why;
    (void)state;
    c.again = KEEP_TIME_NONE;
    town_event(t, NOON, w, p);
    town_event(t, NOON + DAY, w, p);
    c.newest = c.base = NOON + DAY;
    assert_int_equal(keep_carry_reach(&c, 1, 2), 0);
    town_event(t, NOON + 2 * DAY, w, q);
    assert_int_equal(keep_carry_look(&c, &t->w, &t->scan, &why, &err), 0);
    assert_true(c.base == NOON + DAY && c.patients == 0);
    c.again = NOON + 20 * HOUR; /* those behind it are judged again: what they may be counted with is looked at, too */
    assert_int_equal(keep_carry_look(&c, &t->w, &t->scan, &why, &err), 0);
    assert_true(c.base == c.again && c.patients == 0);
    town_event(t, NOON + HOUR, w, p); /* older than one that was judged: whether it was the first is asked again */
    assert_int_equal(keep_carry_look(&c, &t->w, &t->scan, &why, &err), 0);
    assert_true(c.base == NOON + HOUR && c.patients == 1 && c.patient[p] == KEEP_CARRY_BELATED);
    assert_int_equal(keep_idle_init(&c.idle, t->w.accounts, &err), 0);
    assert_int_equal(keep_idle_note(&c.idle, w, NOON, &err), 0);
    assert_int_equal(keep_carry_look(&c, &t->w, &t->scan, &why, &err), 0);
    assert_int_equal(c.accounts, 0); /* the account was used that day anyway */
    town_event(t, NOON - 9 * DAY, w, p);
    assert_int_equal(keep_carry_look(&c, &t->w, &t->scan, &why, &err), 1);
    assert_non_null(why);
    keep_carry_done(&c);
    town_free(t);
}

/* What is on file changed of somebody: may a rule of this form be gone on with? */
static bool goes_on(const char *rule, bool user, bool patient, uint64_t whole)
{
    struct town *t = town_new(rule);
    struct keep_carry c = {.accounts = user, .patients = patient, .again = KEEP_TIME_NONE, .whole = whole};
    bool on = keep_carry_refuses(t->p, &c) == NULL;
    town_free(t);
    return on;
}

/* And where a source vouches through another day? */
static bool declared_anew(const char *rule)
{
    struct town *t = town_new(rule);
    struct keep_carry c = {.again = NOON};
    bool on = keep_carry_refuses(t->p, &c) == NULL;
    town_free(t);
    return on;
}

static void test_carry_goes_on_where_neighbours_are_at_hand(void **state)
{
    static const char plain[] = TOWN_RULE("many", 40, "low", "when event.exposure == \"opened\" per user.id within 1 hour count distinct event.patient_id >= 3");
    static const char of_user[] = TOWN_RULE("many", 40, "low", "when user.department == \"x\" per user.id within 1 hour count distinct event.patient_id >= 3");
    static const char of_patient[] = TOWN_RULE("many", 40, "low", "when patient.confidential per user.id within 1 hour count distinct event.patient_id >= 3");
    static const char whose[] = TOWN_RULE("many", 40, "low", "when event.exposure == \"opened\" per event.patient_id within 1 hour count distinct user.id >= 3");
    static const char unexplained[] = TOWN_RULE("many", 40, "low", "when patient.confidential unless expected per user.id within 1 hour count distinct event.patient_id >= 3");
    (void)state;
    assert_true(goes_on(plain, true, true, 0));
    assert_true(goes_on(of_user, true, true, 0));
    assert_true(goes_on(of_patient, true, false, 0));
    assert_false(goes_on(of_patient, false, true, 0));
    assert_false(declared_anew(of_user));
    assert_true(declared_anew(of_patient));
    assert_true(declared_anew(plain));
    assert_false(goes_on(whose, true, false, 0));
    assert_true(goes_on(whose, false, true, 0));
    assert_true(goes_on(whose, true, false, 1)); /* all that it counts is kept */
    assert_true(goes_on(unexplained, true, true, 1));
}

static void test_carry_looks_back_as_far_as_rules_count(void **state)
{
    struct town *t = town_new(TOWN_RULE("many", 40, "low", "when event.exposure == \"opened\" per user.id within 1 hour count distinct event.patient_id >= 3")
                                  TOWN_RULE("no", 40, "low", "when true per user.id within 5 hours first event.break_glass then no event.action == \"update\"")
                                      TOWN_RULE("long", 40, "low", "when event.exposure == \"opened\" unless expected per user.id within 90 days count distinct event.patient_id >= 3"));
    (void)state;
    struct keep_carry c = {.whole = 8}; /* the third rule's: what nothing explains is all kept */
    assert_int_equal(keep_carry_back(t->p, &c), 10 * HOUR);
    c.whole |= 2 | 4;
    assert_int_equal(keep_carry_back(t->p, &c), HOUR);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carry_finds_hits_of_every_part), cmocka_unit_test(test_carry_has_each_kind_once),
        cmocka_unit_test(test_carry_orders_late_writers),
        cmocka_unit_test(test_carry_tells_what_is_new),
        cmocka_unit_test(test_carry_goes_on_where_neighbours_are_at_hand),
        cmocka_unit_test(test_carry_looks_back_as_far_as_rules_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
