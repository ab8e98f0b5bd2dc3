/* Goal: who looks like one patient is found by name and day of birth, and a name that everybody has finds nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/work/twins.h"

enum { MOST = 16 };

struct hall {
    struct keep_patient patient[MOST];
    struct keep_world world;
    struct keep_arena *arena;
    struct keep_twins_pair *pair;
    size_t pairs;
};

static void enter(struct hall *h, const char *name, keep_date birth, enum keep_precision precision)
{
    h->world.patient = h->patient;
    h->patient[h->world.patients++] = (struct keep_patient){.known = true, .name = keep_str_of(name), .birth = {birth, precision}};
}

static void find(struct hall *h)
{
    struct keep_err err = {0};
    keep_arena_free(h->arena);
    h->arena = keep_arena_new(0);
    assert_int_equal(keep_twins_find(&h->world, h->arena, &h->pair, &h->pairs, &err), 0);
}

static void test_twins_are_of_one_name_and_day(void **state)
{
    struct hall h = {.arena = NULL};
    (void)state;
    find(&h);
    assert_int_equal(h.pairs, 0);
    enter(&h, "Quill, Ada", 10, KEEP_PREC_DAY);
    enter(&h, "Quill, Ada", 11, KEEP_PREC_DAY);
    enter(&h, "QUILL, ada", 10, KEEP_PREC_DAY);
    enter(&h, "Quill, Ada", 10, KEEP_PREC_YEAR); /* any day of that year */
    enter(&h, "Quill, Ann", 10, KEEP_PREC_DAY);
    enter(&h, "", 10, KEEP_PREC_DAY);
    enter(&h, "", 10, KEEP_PREC_DAY);
    enter(&h, "Quill, Ada", 10, KEEP_PREC_DAY);
    h.patient[h.world.patients - 1].known = false; /* a mention alone */
    find(&h);
    assert_int_equal(h.pairs, 1);
    assert_int_equal(h.pair[0].a, 0);
    assert_int_equal(h.pair[0].b, 2);
    keep_arena_free(h.arena);
}

static void test_twins_leave_crowds(void **state)
{
    struct hall h = {.arena = NULL};
    (void)state;
    for (int i = 0; i < KEEP_TWINS_CROWD; i++)
        enter(&h, "Baby, Boy", 10, KEEP_PREC_DAY);
    find(&h);
    assert_int_equal(h.pairs, KEEP_TWINS_CROWD * (KEEP_TWINS_CROWD - 1) / 2);
    enter(&h, "Baby, Boy", 10, KEEP_PREC_DAY);
    find(&h);
    assert_int_equal(h.pairs, 0);
    keep_arena_free(h.arena);
}

static void test_twins_need_memory(void **state)
{
    struct hall h = {.arena = keep_arena_new(64)};
    struct keep_err err = {0};
    (void)state;
    for (int i = 0; i < MOST; i++)
        enter(&h, "Quill, Ada", i, KEEP_PREC_DAY);
    assert_int_equal(keep_twins_find(&h.world, h.arena, &h.pair, &h.pairs, &err), KEEP_E_NOMEM);
    keep_arena_free(h.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins_are_of_one_name_and_day), cmocka_unit_test(test_twins_leave_crowds), cmocka_unit_test(test_twins_need_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
