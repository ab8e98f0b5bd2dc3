/* Goal: what a hold covers is a condition over sets or over records, checked when it is written, and its names again when packs change. */
#include "tests/policy/try.h"

#include "core/policy/condition.h"

static int compiled(struct keep_condition *c, const char *text, struct keep_arena *a, char why[512])
{
    struct keep_diags ds = {.arena = a};
    struct keep_err err = {0};
    int rc = keep_condition_compile(c, keep_str_of(text), a, &ds, &err);
    snprintf(why, 512, "%s", err.text);
    return rc;
}

static void test_condition_forms(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_condition c;
    char why[512];
    (void)state;
    assert_int_equal(compiled(&c, "set.series == \"claims\" && facility.state == \"KS\"", a, why), 0);
    assert_false(c.of_record);
    assert_int_equal(compiled(&c, "patient.age_on(set.last(\"service_date\")) < 18", a, why), 0);
    assert_false(c.of_record);
    assert_int_equal(compiled(&c, "record.kind == \"ImagingStudy\" && record.service_date >= date(\"2015-01-01\")", a, why), 0);
    assert_true(c.of_record);
    assert_int_equal(compiled(&c, "record.kind == \"x\" || set.series == \"y\"", a, why), KEEP_E_USAGE);
    assert_non_null(strstr(why, "not about both"));
    assert_int_equal(compiled(&c, "1 + 1", a, why), KEEP_E_USAGE);
    assert_int_equal(compiled(&c, "user.mapped", a, why), KEEP_E_USAGE);
    assert_int_equal(compiled(&c, "set.serie == \"x\"", a, why), KEEP_E_USAGE);
    assert_int_equal(compiled(&c, "true true", a, why), KEEP_E_USAGE);
    assert_int_equal(compiled(&c, "", a, why), KEEP_E_USAGE);
    keep_arena_free(a);
}

static void test_condition_names(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(TRY_PACK "series \"claims\" { title \"t\" order 1 per patient when record.kind == \"Claim\"" TRY_REST
                                              "label \"x\" { title \"t\" when record.kind == \"k\"" TRY_REST "test \"t\" for \"x\" { expect label \"x\" }\n", a);
    static const struct { const char *text; bool known; } cases[] = {
        {"set.series == \"claims\"", true}, {"set.series == \"medical record\"", true}, {"set.series != \"claim\"", false}, {"set.series in [\"claims\", \"films\"]", false},
        {"set.series in [\"claims\", \"administrative\"]", true}, {"\"x\" in record.labels", true}, {"!(\"y\" in record.labels)", false}, {"\"y\" in set.labels || facility.state == \"KS\"", false},
        {"facility.state == \"NE\"", true}, {"record.codes.exists(c, c.system == \"CPT\" && c.code in [\"1\", \"2\"])", true}};
    struct keep_condition c;
    char why[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(compiled(&c, cases[i].text, a, why), 0);
        if (keep_condition_known(c.when, p) != cases[i].known)
            fail_msg("%s", cases[i].text);
    }
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_condition_forms), cmocka_unit_test(test_condition_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
