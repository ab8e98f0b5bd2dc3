/* Goal: people who are plausible, and enough of each kind for what will be planted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/demo/cast.h"

static struct keep_hospital_params params(uint32_t patients, uint32_t staff, uint32_t planted)
{
    return (struct keep_hospital_params){.dirfd = -1, .seed = 5, .patients = patients, .staff = staff, .events = 5000, .planted = planted, .days = 365,
                                         .today = keep_civil_from_ymd(2026, 3, 1)};
}

static struct keep_cast made(const struct keep_hospital_params *p, struct keep_arena *a)
{
    struct keep_cast c;
    struct keep_err err = {0};
    assert_int_equal(keep_cast_make(&c, p, a, &err), 0);
    return c;
}

static void test_cast_has_people_of_every_kind(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_hospital_params p = params(600, 120, 30);
    struct keep_cast c = made(&p, a);
    uint32_t dead = 0, confidential = 0, sensitive = 0, workers = 0, long_ago = 0, left = 0, merged = 0, test = 0, vip = 0, unborn = 0, primary = 0, kind[5] = {0}, away = 0, late = 0;
    (void)state;
    assert_int_equal(c.begin, keep_civil_from_ymd(2025, 3, 2));
    for (uint32_t i = 0; i < c.patients; i++) {
        const struct keep_cast_patient *x = &c.patient[i];
        assert_true(x->birth >= keep_civil_from_ymd(1925, 1, 1) && x->birth < p.today);
        assert_true(x->first <= x->last && x->last <= p.today && x->first >= x->birth);
        assert_true(x->worker == KEEP_CAST_NOBODY || c.staff[x->worker].patient == i);
        assert_true(x->death == KEEP_DATE_NONE || (x->death >= x->last && x->death <= p.today));
        dead += x->death != KEEP_DATE_NONE;
        confidential += x->confidential;
        sensitive += x->subject != KEEP_LORE_ORDINARY;
        assert_true(x->merged == KEEP_CAST_NOBODY || (c.patient[x->merged].merged == KEEP_CAST_NOBODY && c.patient[x->merged].birth == x->birth && x->birth <= x->first));
        assert_true(!x->vip || x->confidential);
        merged += x->merged != KEEP_CAST_NOBODY;
        test += x->test;
        vip += x->vip;
        unborn += x->no_birth;
        primary += x->primary != KEEP_CAST_NOBODY;
        workers += x->worker != KEEP_CAST_NOBODY;
        long_ago += keep_civil_add_years(x->last, 10) < p.today;
    }
    for (uint32_t i = 0; i < c.employees; i++) {
        assert_true(c.staff[i].ended == KEEP_DATE_NONE || (c.staff[i].ended > c.begin && c.staff[i].ended < p.today));
        left += c.staff[i].ended != KEEP_DATE_NONE;
        kind[c.staff[i].kind]++;
        late += c.staff[i].hired > c.begin && c.staff[i].kind == KEEP_CAST_EMPLOYEE;
        if (c.staff[i].away == KEEP_DATE_NONE)
            continue;
        away++;
        assert_true(c.staff[i].hired < c.staff[i].away && c.staff[i].away < c.staff[i].back && c.staff[i].back < p.today);
        assert_false(keep_cast_here(&c.staff[i], c.staff[i].away));
        assert_true(keep_cast_here(&c.staff[i], c.staff[i].back));
    }
    assert_true(dead >= 4 && confidential >= 4 && sensitive >= 4 && workers >= 7 && left >= 4);
    assert_true(merged >= 2 && test >= 2 && vip >= 2 && unborn >= 2 && away >= 2 && late >= 1);
    for (int i = 0; i < 5; i++)
        assert_true(kind[i] >= 1);
    assert_in_range(primary, c.patients / 20, c.patients / 2);
    assert_in_range(long_ago, c.patients / 5, c.patients / 2);
    keep_arena_free(a);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_cast_addresses_and_logins_are_one_household_s_and_one_person_s(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_hospital_params p = params(2000, 300, 30);
    struct keep_cast c = made(&p, a);
    char (*text)[96] = calloc(c.households + c.employees, sizeof *text);
    (void)state;
    assert_non_null(text);
    uint32_t homes = 0, shared[2] = {0};
    for (uint32_t i = 0; i < c.households; i++) {
        struct keep_cast_address at;
        if (c.institution[i]) {
            shared[c.institution[i] - 1]++;
            continue;
        }
        keep_cast_address(&c, i, &at);
        snprintf(text[homes++], sizeof *text, "%s, %s", at.line, at.town->name);
    }
    qsort(text, homes, sizeof *text, by_text);
    for (uint32_t i = 1; i < homes; i++)
        assert_string_not_equal(text[i], text[i - 1]);
    assert_true(shared[0] >= 5 && shared[1] >= 10);
    for (uint32_t i = 0; i < c.employees; i++)
        keep_cast_login(&c, i, text[i]);
    qsort(text, c.employees, sizeof *text, by_text);
    for (uint32_t i = 1; i < c.employees; i++)
        assert_string_not_equal(text[i], text[i - 1]);
    free(text);
    keep_arena_free(a);
}

/* Luhn over 80840 and the ten digits must be a multiple of ten (ISO/IEC 7812-1). */
static void test_cast_npi_has_its_check_digit(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_hospital_params p = params(100, 60, 0);
    struct keep_cast c = made(&p, a);
    uint32_t seen = 0;
    (void)state;
    for (uint32_t i = 0; i < c.staffs; i++) {
        char npi[KEEP_CAST_TEXT], all[2 * KEEP_CAST_TEXT];
        uint32_t sum = 0;
        if (!keep_cast_npi(&c, i, npi)) {
            assert_int_equal(npi[0], 0);
            continue;
        }
        assert_int_equal(strlen(npi), 10);
        snprintf(all, sizeof all, "80840%s", npi);
        for (size_t k = 0; k < 15; k++) {
            uint32_t d = (uint32_t)(all[14 - k] - '0') * (k % 2 ? 2 : 1);
            sum += d / 10 + d % 10;
        }
        assert_int_equal(sum % 10, 0);
        seen++;
    }
    assert_true(seen > 30);
    keep_arena_free(a);
}

static void test_cast_knows_who_may_treat_whom(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_hospital_params p = params(200, 60, 10);
    struct keep_cast c = made(&p, a);
    uint32_t tied = 0;
    (void)state;
    for (uint32_t i = 0; i < c.employees; i++) {
        uint32_t own = c.staff[i].patient;
        if (own == KEEP_CAST_NOBODY)
            continue;
        assert_false(keep_cast_may_treat(&c, i, own, p.today));
        assert_false(keep_cast_stranger(&c, i, own));
        assert_false(keep_cast_plain(&c.patient[own]));
        assert_int_equal(c.staff[i].household, c.patient[own].household);
        tied++;
    }
    assert_true(tied >= 5);
    c.patient[0].departments = UINT32_MAX;
    assert_false(keep_cast_stranger(&c, 1, 0));
    assert_false(keep_cast_stranger(&c, c.employees, 1)); /* retired */
    assert_false(keep_cast_here(&c.staff[c.employees], p.today));
    keep_arena_free(a);
}

static void test_cast_rosters_five_days_of_seven(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_hospital_params p = params(200, 60, 10);
    struct keep_cast c = made(&p, a);
    (void)state;
    for (uint32_t i = 0; i < c.employees; i++) {
        const struct keep_cast_staff *s = &c.staff[i];
        uint32_t on = 0;
        if (s->kind != KEEP_CAST_EMPLOYEE || s->ended != KEEP_DATE_NONE || s->away != KEEP_DATE_NONE || s->hired > c.begin)
            continue;
        for (keep_date d = c.begin; d < c.begin + 70; d++)
            on += keep_cast_on_shift(&c, i, d);
        assert_int_equal(on, 50);
    }
    keep_arena_free(a);
}

static void test_cast_refuses_what_makes_no_hospital(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_cast c;
    struct keep_hospital_params few = params(49, 20, 0), alone = params(50, 19, 0), many = params(2000, 300, 1000), early = params(50, 20, 0), brief = params(50, 20, 0), big = params(50, 95000, 0);
    (void)state;
    early.today = keep_civil_from_ymd(1999, 1, 1);
    brief.days = KEEP_HOSPITAL_DAYS_MIN - 1;
    assert_int_equal(keep_cast_make(&c, &brief, a, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_cast_make(&c, &few, a, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_cast_make(&c, &alone, a, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_cast_make(&c, &many, a, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_cast_make(&c, &early, a, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_cast_make(&c, &big, a, NULL), KEEP_E_LIMIT);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cast_has_people_of_every_kind), cmocka_unit_test(test_cast_addresses_and_logins_are_one_household_s_and_one_person_s),
        cmocka_unit_test(test_cast_npi_has_its_check_digit), cmocka_unit_test(test_cast_knows_who_may_treat_whom), cmocka_unit_test(test_cast_rosters_five_days_of_seven), cmocka_unit_test(test_cast_refuses_what_makes_no_hospital),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
