/* What the engines ask of an expression: grains, conjuncts, text. */
#include "tests/policy/try.h"

struct compiled {
    struct keep_arena *arena;
    const struct keep_expr *e;
};

static struct compiled compile(const char *text)
{
    struct compiled c = {.arena = keep_arena_new(0)};
    struct keep_diags ds = {.arena = c.arena};
    c.e = keep_compile_expr(keep_str_of(text), false, TRY_ALL, c.arena, &ds);
    if (!c.e)
        fail_msg("%s: %s", text, ds.n ? ds.list[0].text : "");
    return c;
}

static void test_expr_grains(void **state)
{
    static const struct { const char *text; uint32_t grains; } c[] = {
        {"true", 0}, {"event.action == \"view\"", KEEP_ON(event)}, {"user.department == patient.department", KEEP_ON(user) | KEEP_ON(patient)},
        {"user.affiliated", KEEP_ON(user) | KEEP_ON(event)}, {"user.is_patient", KEEP_ON(user) | KEEP_ON(patient)}, {"patient.deceased", KEEP_ON(patient) | KEEP_ON(event)},
        {"colleagues()", KEEP_ON(user) | KEEP_ON(patient)}, {"related([\"order\"], duration(\"1h\"), duration(\"1h\"))", KEEP_ON(user) | KEEP_ON(patient) | KEEP_ON(event)},
        {"set.last(\"service_date\") > date(\"2020-01-01\")", KEEP_ON(set)}, {"majority(facility.state) == 18", KEEP_ON(facility)}, {"has(patient.death_date)", KEEP_ON(patient)},
        {"record.codes.exists(c, c.code in [\"a\", \"b\", \"c\", \"d\"] && c.system == user.role)", KEEP_ON(record) | KEEP_ON(user)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct compiled x = compile(c[i].text);
        if (keep_expr_grains(x.e) != c[i].grains)
            fail_msg("%s: %x", c[i].text, keep_expr_grains(x.e));
        keep_arena_free(x.arena);
    }
}

static void test_expr_conjuncts(void **state)
{
    struct compiled x = compile("event.action   == \"view\" && (user.mapped\n || user.kind == \"proxy\") && ( patient.confidential && user.role in [\"a\",\"b\",\"c\",\"d\"] )"), y = compile("user.mapped || patient.deceased");
    const struct keep_expr *part[4] = {NULL};
    static const char *const want[] = {"event.action == \"view\"", "user.mapped || user.kind == \"proxy\"", "patient.confidential", "user.role in [\"a\", \"b\", \"c\", \"d\"]"};
    (void)state;
    assert_int_equal(keep_expr_conjuncts(x.e, part, 2), 4);
    assert_null(part[2]);
    assert_int_equal(keep_expr_conjuncts(x.e, part, 4), 4);
    for (size_t i = 0; i < 4; i++) {
        struct keep_str s = keep_expr_text(part[i]);
        assert_true(keep_str_is(s, want[i]));
    }
    assert_int_equal(keep_expr_conjuncts(y.e, part, 4), 1);
    assert_ptr_equal(part[0], y.e);
    keep_arena_free(x.arena);
    keep_arena_free(y.arena);
}

/* Folding does not change what is shown. */
static void test_expr_text(void **state)
{
    struct compiled x = compile("patient.birth_date  <  date(\"2020-01-01\")");
    (void)state;
    assert_true(keep_str_is(keep_expr_text(x.e), "patient.birth_date < date(\"2020-01-01\")"));
    keep_arena_free(x.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_expr_grains), cmocka_unit_test(test_expr_conjuncts), cmocka_unit_test(test_expr_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
