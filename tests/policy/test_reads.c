/* Goal: what an expression reads is told in source order with the words of its calls, has() asks for nothing, and
 * whether it can come out true or false when inputs are never recorded follows the three-valued logic. */
#include "tests/policy/try.h"

#define LIST "related([\"order\", \"referral\"], duration(\"1h\"), duration(\"1h\"))"

static const struct keep_expr *compile(struct keep_arena *a, const char *text)
{
    struct keep_diags ds = {.arena = a};
    const struct keep_expr *e = keep_compile_expr(keep_str_of(text), false, TRY_ALL, a, &ds);
    if (!e)
        fail_msg("%s: %s", text, ds.n ? ds.list[0].text : "");
    return e;
}

static int tell(void *ctx, const struct keep_read *r)
{
    struct keep_buf *b = ctx;
    keep_buf_printf(b, "%s%s%u", b->n ? " " : "", r->call ? "call" : "", r->id);
    for (size_t i = 0; i < r->words; i++)
        keep_buf_printf(b, "(%.*s)", (int)r->word[i].n, r->word[i].p);
    return b->n > 400; /* the callee stops a walk */
}

static void test_reads_in_source_order(void **state)
{
    static const struct { const char *text; int read[4]; const char *words; } c[] = {
        {"true", {-1}, ""},
        {"user.department == patient.department", {KEEP_FIELD_user_department, KEEP_FIELD_patient_department, -1}, ""},
        {"has(patient.death_date) && user.mapped", {KEEP_FIELD_user_mapped, -1}, ""},
        {LIST, {1000 + KEEP_CALL_related, -1}, "(order)(referral)"},
        {"set.last(\"service_date\") > date(\"2020-01-01\")", {1000 + KEEP_CALL_set_last, -1}, "(service_date)"},
        {"record.codes.exists(c, c.code == \"x\" && user.role == \"y\")", {KEEP_FIELD_record_codes, KEEP_FIELD_user_role, -1}, ""},
        {"user.role in [\"a\", \"b\", \"c\", \"d\", \"e\"]", {KEEP_FIELD_user_role, -1}, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_buf want = KEEP_BUF_INIT, have = KEEP_BUF_INIT;
        for (size_t k = 0; c[i].read[k] >= 0; k++)
            keep_buf_printf(&want, "%s%s%d", k ? " " : "", c[i].read[k] >= 1000 ? "call" : "", c[i].read[k] % 1000);
        keep_buf_str(&want, c[i].words);
        assert_int_equal(keep_expr_reads(compile(a, c[i].text), tell, &have), 0);
        if (!keep_str_eq(keep_buf_view(&want), keep_buf_view(&have)))
            fail_msg("%s: %.*s", c[i].text, (int)have.n, (const char *)have.p);
        keep_buf_free(&want);
        keep_buf_free(&have);
        keep_arena_free(a);
    }
}

static int stop(void *ctx, const struct keep_read *r)
{
    (void)r;
    return ++*(int *)ctx == 2 ? 7 : 0;
}

static void test_reads_stop_when_told(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    int n = 0;
    (void)state;
    assert_int_equal(keep_expr_reads(compile(a, "user.mapped && patient.deceased && event.searched"), stop, &n), 7);
    assert_int_equal(n, 2);
    keep_arena_free(a);
}

/* Nobody records the patient's department; everything else is. */
static bool have(void *ctx, const struct keep_read *r)
{
    (void)ctx;
    return r->call ? r->id != KEEP_CALL_colleagues : r->id != KEEP_FIELD_patient_department;
}

static void test_reads_can_come_out(void **state)
{
    static const struct { const char *text; bool yes, no; } c[] = {
        {"true", true, false}, {"false", false, true}, {"user.mapped", true, true}, {"patient.department == \"ED\"", false, false}, {"colleagues()", false, false},
        {"user.mapped && patient.department == \"ED\"", false, true}, {"user.mapped || patient.department == \"ED\"", true, false},
        {"!(user.mapped && patient.department == \"ED\")", true, false}, {"!(user.mapped || colleagues())", false, true},
        {"user.mapped ? patient.department == \"ED\" : event.searched", true, true}, {"user.mapped ? patient.department == \"ED\" : colleagues()", false, false},
        {"has(patient.department)", true, true}, {"user.department == patient.department", false, false}, {LIST, true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct keep_arena *a = keep_arena_new(0);
        const struct keep_expr *e = compile(a, c[i].text);
        if (keep_expr_can(e, true, have, NULL) != c[i].yes || keep_expr_can(e, false, have, NULL) != c[i].no)
            fail_msg("%s", c[i].text);
        keep_arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads_in_source_order), cmocka_unit_test(test_reads_stop_when_told), cmocka_unit_test(test_reads_can_come_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
