/* Goal: what the key says of a violation is true of its accesses. A cast without
 * any care (everybody is a stranger) is planted on, and each kind is held against
 * its own words; the accesses stand in the order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/demo/plant.h"
#include "core/model/vocab.h"

struct world {
    struct keep_hospital_params p;
    struct keep_arena *a;
    struct keep_cast c;
    struct keep_plants plants;
};

static void make(struct world *w, uint32_t planted, uint32_t innocents, int want)
{
    struct keep_err err = {0};
    memset(w, 0, sizeof *w);
    w->p = (struct keep_hospital_params){.dirfd = -1, .seed = 3, .patients = 1500, .staff = 240, .events = 100000, .planted = planted, .days = 365,
                                         .today = keep_civil_from_ymd(2026, 3, 1)};
    w->a = keep_arena_new(0);
    assert_int_equal(keep_cast_make(&w->c, &w->p, w->a, &err), 0);
    assert_int_equal(keep_plant_make(&w->plants, &w->c, innocents, w->a, &err), want);
}

static void drop(struct world *w)
{
    keep_plant_free(&w->plants);
    keep_arena_free(w->a);
}

static const struct keep_deed *deed(const struct world *w, const struct keep_plant *p, uint32_t i)
{
    return &w->plants.deed[p->deed + i];
}

static uint32_t different(const struct world *w, const struct keep_plant *p, bool people)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->deeds; i++) {
        bool seen = false;
        for (uint32_t k = 0; k < i; k++)
            seen |= people ? deed(w, p, k)->who == deed(w, p, i)->who : deed(w, p, k)->patient == deed(w, p, i)->patient;
        n += !seen;
    }
    return n;
}

static uint32_t with(const struct world *w, const struct keep_plant *p, uint8_t action)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->deeds; i++)
        n += deed(w, p, i)->action == action;
    return n;
}

static int32_t length(const struct world *w, const struct keep_plant *p)
{
    return deed(w, p, p->deeds - 1)->second - deed(w, p, 0)->second;
}

/* What is true of the two people of a kind. */
static void check_people(const struct world *w, const struct keep_plant *p)
{
    const struct keep_deed *d = deed(w, p, 0);
    const struct keep_cast_patient *x = p->patient == KEEP_CAST_NOBODY ? NULL : &w->c.patient[p->patient];
    const struct keep_cast_staff *s = p->staff < w->c.employees ? &w->c.staff[p->staff] : NULL;
    switch ((enum keep_plant_kind)p->kind) {
    case KEEP_PLANT_SELF: assert_true(s->patient == p->patient); break;
    case KEEP_PLANT_CONTACT: assert_true(s->family == x->family && s->household != x->household); break;
    case KEEP_PLANT_HOUSEHOLD: assert_true(s->household == x->household && s->family == x->family); break;
    case KEEP_PLANT_COWORKER: assert_true(x->worker != p->staff && w->c.staff[x->worker].department == s->department); break;
    case KEEP_PLANT_GLASS: assert_true(x->confidential && d->glass && strlen(d->reason) < 10); break;
    case KEEP_PLANT_ENDED:
    case KEEP_PLANT_TERM: assert_false(keep_cast_here(s, d->day)); break;
    case KEEP_PLANT_UNMAPPED: assert_true(d->who >= KEEP_CAST_GHOST && d->who < KEEP_CAST_PREFETCH); break;
    case KEEP_PLANT_DORMANT: assert_true(s->kind == KEEP_CAST_PER_DIEM && d->day > w->c.begin + 90); break;
    case KEEP_PLANT_OFF_SHIFT: assert_false(keep_cast_on_shift(&w->c, p->staff, d->day)); break;
    case KEEP_PLANT_DECEASED: assert_true(x->death != KEEP_DATE_NONE && x->death + 30 < d->day); break;
    case KEEP_PLANT_STALE: assert_true(x->last + 180 < d->day); break;
    case KEEP_PLANT_MINOR: assert_true(keep_civil_age(x->birth, d->day) < 18); break;
    case KEEP_PLANT_SENSITIVE: assert_true(x->subject != KEEP_LORE_ORDINARY); break;
    case KEEP_PLANT_ROLE: assert_string_equal(keep_lore_department[s->department].code, "SEC"); break;
    case KEEP_PLANT_DEPARTMENT: assert_string_equal(keep_lore_department[s->department].code, "IT"); break;
    case KEEP_PLANT_TEST: assert_true(x->test); break;
    case KEEP_PLANT_CROWD: assert_true(x->vip && different(w, p, true) >= 5); break;
    case KEEP_PLANT_WATCHED: assert_true(different(w, p, true) == 2 && different(w, p, false) == 1); break;
    default: break;
    }
}

/* What is true of the accesses of a kind. */
static void check_accesses(const struct world *w, const struct keep_plant *p)
{
    const struct keep_deed *d = deed(w, p, 0), *last = deed(w, p, p->deeds - 1);
    switch ((enum keep_plant_kind)p->kind) {
    case KEEP_PLANT_GLASS_OFTEN:
        assert_int_equal(different(w, p, false), 7);
        assert_true(last->glass && last->day - d->day < 10 && strcmp(d->reason, last->reason) == 0);
        break;
    case KEEP_PLANT_MANY: assert_true(different(w, p, false) >= 50 && length(w, p) < 3600); break;
    case KEEP_PLANT_MANY_A_DAY:
        assert_int_equal(different(w, p, false), 130);
        assert_true(length(w, p) > 8 * 3600 && d->day == last->day);
        break;
    case KEEP_PLANT_EXPORTS: assert_int_equal(with(w, p, KEEP_ACTION_EXPORT), 60); break;
    case KEEP_PLANT_NUMBERS:
        for (uint32_t i = 1; i < p->deeds; i++)
            assert_int_equal(deed(w, p, i)->patient, deed(w, p, i - 1)->patient + 1);
        assert_true(p->deeds >= 15 && length(w, p) < 600);
        break;
    case KEEP_PLANT_TWO_PLACES: assert_true(!d->place && deed(w, p, 1)->place && deed(w, p, 1)->second - d->second < 60); break;
    case KEEP_PLANT_NETWORK: assert_non_null(d->place); break;
    case KEEP_PLANT_GUESSED:
        for (uint32_t i = 0; i < 8; i++)
            assert_true(deed(w, p, i)->action == KEEP_ACTION_LOGIN && deed(w, p, i)->outcome == KEEP_OUTCOME_SERIOUS);
        assert_true(deed(w, p, 8)->outcome == KEEP_OUTCOME_SUCCESS && last->patient == p->patient);
        break;
    case KEEP_PLANT_SERIAL:
        assert_int_equal(different(w, p, false), 9);
        assert_true(last->day - d->day > 48);
        break;
    case KEEP_PLANT_NO_TRACE: assert_int_equal(with(w, p, KEEP_ACTION_VIEW), p->deeds); break;
    case KEEP_PLANT_COVERED:
        assert_true(different(w, p, false) >= 4 && length(w, p) < 1800);
        assert_int_equal(w->c.patient[d->patient].family, w->c.patient[p->patient].family);
        break;
    case KEEP_PLANT_TAMPER: assert_true(d->who == KEEP_CAST_ADMIN && deed(w, p, 1)->skip > 0); break;
    case KEEP_PLANT_UNDISCLOSED: assert_int_equal(last->action, KEEP_ACTION_EXPORT); break;
    default: break;
    }
}

static void test_plant_each_kind_is_what_it_says(void **state)
{
    struct world w;
    uint32_t seen[KEEP_PLANT_KIND_COUNT] = {0}, shape[KEEP_PLANT_SHAPES] = {0};
    (void)state;
    make(&w, KEEP_PLANT_KIND_COUNT * 3, 0, 0);
    assert_int_equal(w.plants.n, KEEP_PLANT_KIND_COUNT * 3);
    for (uint32_t i = 0; i < w.plants.n; i++) {
        const struct keep_plant *p = &w.plants.plant[i];
        assert_true(!p->innocent && p->deeds > 0);
        seen[p->kind]++;
        shape[p->shape]++;
        check_people(&w, p);
        check_accesses(&w, p);
        for (uint32_t k = 0; k < p->deeds; k++) {
            assert_int_equal(deed(&w, p, k)->plant, i);
            assert_in_range(deed(&w, p, k)->day, w.c.begin, w.p.today);
            assert_false(keep_cast_gap(&w.c, deed(&w, p, k)->day));
            assert_in_range(deed(&w, p, k)->second, 0, 86399);
        }
    }
    for (int k = 0; k < KEEP_PLANT_KIND_COUNT; k++)
        assert_true(seen[k] >= 2);
    for (int s = 0; s < KEEP_PLANT_SHAPES; s++)
        assert_true(shape[s] >= 10);
    drop(&w);
}

static void test_plant_deeds_stand_in_order_and_charts_once(void **state)
{
    struct world w;
    (void)state;
    make(&w, 68, 40, 0);
    for (uint32_t i = 1; i < w.plants.deeds; i++)
        assert_true(w.plants.order[i - 1].second <= w.plants.order[i].second);
    for (uint32_t i = 0; i < w.plants.n; i++) {
        assert_int_equal(w.plants.plant[i].innocent, i >= w.plants.planted);
        for (uint32_t k = 0; k < i && w.plants.plant[i].patient != KEEP_CAST_NOBODY; k++)
            assert_true(w.plants.plant[k].patient != w.plants.plant[i].patient);
    }
    assert_int_equal(w.plants.planted, 68);
    assert_in_range(w.plants.n, 90, 108);
    drop(&w);
}

/* Everybody has a reason for every chart: only what needs no stranger is left. */
static void test_plant_says_when_there_is_nobody(void **state)
{
    struct world w;
    struct keep_err err = {0};
    struct keep_plants again;
    (void)state;
    make(&w, 34, 0, 0);
    keep_plant_free(&w.plants);
    for (uint32_t i = 0; i < w.c.patients; i++) {
        w.c.patient[i].departments = UINT32_MAX;
        w.c.patient[i].planted = true;
    }
    w.p.planted = 5000;
    assert_int_equal(keep_plant_make(&again, &w.c, 0, w.a, &err), 0); /* log-tampered needs nobody's chart */
    for (uint32_t i = 0; i < again.n; i++)
        assert_int_equal(again.plant[i].kind, KEEP_PLANT_TAMPER);
    keep_plant_free(&again);
    for (uint32_t i = 0; i < w.c.employees; i++)
        w.c.staff[i].ended = w.c.begin + 30;
    assert_int_equal(keep_plant_make(&again, &w.c, 0, w.a, &err), KEEP_E_USAGE);
    drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plant_each_kind_is_what_it_says), cmocka_unit_test(test_plant_deeds_stand_in_order_and_charts_once), cmocka_unit_test(test_plant_says_when_there_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
