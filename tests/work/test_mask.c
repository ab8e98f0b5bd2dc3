/* Goal: a mask is the same in every run of one keep, different in every scope,
 * and lifted for one scope alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/mask.h"
#include "tests/aid/clinic.h"

static const uint8_t one[16] = {0xab, 1}, two[16] = {0xab, 2};

static struct keep_str of(struct keep_mask *m, const uint8_t scope[16], const char *word, uint64_t entity)
{
    return keep_mask_text(m, scope, 16, word, entity, KEEP_STR("Clear, Name"));
}

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static void test_mask_is_stable_in_a_scope_and_in_every_run(void **state)
{
    struct clinic *c = *state;
    struct keep_mask a, b;
    keep_mask_init(&a, c->s, c->arena);
    struct keep_str first = of(&a, one, "patient", 7);
    assert_int_equal(first.n, strlen("patient-") + 5);
    assert_memory_equal(first.p, "patient-", 8);
    assert_true(keep_str_eq(first, of(&a, one, "patient", 7)));
    clinic_open(c, CLINIC_NOW + 400 * CLINIC_DAY);
    keep_mask_init(&b, c->s, c->arena);
    assert_true(keep_str_eq(first, of(&b, one, "patient", 7)));
}

static void test_mask_differs_between_scopes_people_words_and_keeps(void **state)
{
    struct clinic *c = *state, *other = clinic_new();
    struct keep_mask a, b;
    keep_mask_init(&a, c->s, c->arena);
    keep_mask_init(&b, other->s, c->arena);
    struct keep_str first = of(&a, one, "patient", 7);
    assert_false(keep_str_eq(first, of(&a, two, "patient", 7)));
    assert_false(keep_str_eq(first, of(&a, one, "patient", 8)));
    assert_false(keep_str_eq(first, of(&b, one, "patient", 7)));
    struct keep_str user = of(&a, one, "user", 7);
    assert_memory_not_equal(first.p + 8, user.p + 5, 5); /* the same number as another kind of person shows no likeness */
    clinic_free(other);
}

static void test_mask_of_many_hardly_ever_falls_together(void **state)
{
    struct clinic *c = *state;
    struct keep_mask m;
    struct keep_str *seen = keep_arena_array(c->arena, 300, sizeof *seen);
    keep_mask_init(&m, c->s, c->arena);
    unsigned same = 0;
    for (uint64_t i = 0; i < 300; i++) {
        seen[i] = of(&m, one, "patient", i + 1);
        for (const char *p = seen[i].p + 8; *p; p++)
            assert_null(strchr("ilo01", *p)); /* nothing that is misread aloud or on paper */
        for (uint64_t k = 0; k < i; k++)
            same += keep_str_eq(seen[i], seen[k]);
    }
    assert_true(same <= 1);
}

static void test_mask_is_lifted_for_the_revealed_scope_alone(void **state)
{
    struct clinic *c = *state;
    struct keep_mask m;
    char hex[33];
    keep_mask_init(&m, c->s, c->arena);
    keep_codec_hex(one, 16, hex);
    m.revealed = keep_str_of(hex);
    assert_true(keep_str_is(of(&m, one, "patient", 7), "Clear, Name"));
    assert_false(keep_str_is(of(&m, two, "patient", 7), "Clear, Name"));
    m.revealed.n = 30; /* the beginning of an id reveals nothing */
    assert_false(keep_str_is(of(&m, one, "patient", 7), "Clear, Name"));
    m.revealed = KEEP_STR("");
    assert_false(keep_str_is(of(&m, one, "patient", 7), "Clear, Name"));
    m.revealed = KEEP_STR("*");
    assert_true(keep_str_is(of(&m, two, "patient", 7), "Clear, Name"));
}

static void test_mask_of_a_case_names_the_kind_of_person(void **state)
{
    struct clinic *c = *state;
    struct keep_mask m;
    keep_mask_init(&m, c->s, c->arena);
    assert_memory_equal(keep_mask_case(&m, one, KEEP_FIELD_user_login, 7, KEEP_STR("x")).p, "account-", 8);
    assert_memory_equal(keep_mask_case(&m, one, KEEP_FIELD_user_name, 7, KEEP_STR("x")).p, "user-", 5);
    assert_memory_equal(keep_mask_case(&m, one, KEEP_FIELD_patient_name, 7, KEEP_STR("x")).p, "patient-", 8);
    assert_true(keep_str_eq(keep_mask_case(&m, one, KEEP_FIELD_patient_mrn, 7, KEEP_STR("x")), of(&m, one, "patient", 7)));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_mask_is_stable_in_a_scope_and_in_every_run),
        T(test_mask_differs_between_scopes_people_words_and_keeps),
        T(test_mask_of_many_hardly_ever_falls_together),
        T(test_mask_is_lifted_for_the_revealed_scope_alone),
        T(test_mask_of_a_case_names_the_kind_of_person),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
