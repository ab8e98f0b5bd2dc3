/* Goal: what a day makes doubtful is told by it: an exception that has run out, law that was read long ago, or is said to have been read in days to come. */
#include "tests/policy/try.h"

#define RULE TRY_PACK "access \"a\" { title \"t\" severity high weight 7 authority \"a\" threshold \"h\" state in_force checked date(\"2026-01-01\") source \"s\" explain \"e\" when user.mapped }\n"
#define TRIAGE "exception \"er\" for \"a\" { when user.unit == \"ED\" until date(\"2027-01-01\") owner \"privacy office\" reason \"triage\" }\n"

static void test_dated_exception_runs_out(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(RULE TRIAGE, a);
    struct keep_diags ds = {.arena = a};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_policy_dated(p, keep_civil_from_ymd(2026, 12, 31), &ds);
    assert_int_equal(ds.n, 0);
    keep_policy_dated(p, keep_civil_from_ymd(2027, 1, 1), &ds);
    assert_int_equal(ds.warnings, 1);
    keep_diag_format(&ds.list[0], &b);
    keep_buf_char(&b, '\0');
    assert_string_equal((const char *)b.p, "f:3:55: warning: this exception ran out: nothing from 2027-01-01 on is excepted\n"
                        "exception \"er\" for \"a\" { when user.unit == \"ED\" until date(\"2027-01-01\") owner \"privacy office\" reason \"triage\" }\n"
                        "                                                      ^^^^^^^^^^^^^^^^^^\n"
                        "  hint: take it out, or have its owner give a new end\n");
    keep_buf_free(&b);
    keep_arena_free(a);
}

/* One rule of each kind, read a day apart. */
#define KINDS TRY_PACK "series \"s\" { title \"S\" order 5 per patient when record.kind == \"s\" authority \"a\" checked date(\"2020-02-29\") source \"s\" }\n" \
    "label \"l\" { title \"L\" when record.kind == \"l\" authority \"a\" checked date(\"2020-03-01\") source \"s\" }\n" \
    "retention \"r\" { title \"R\" jurisdiction US status law when set.series == \"s\" keep permanent cite \"c\" explain \"e\" checked date(\"2020-03-02\") source \"s\" }\n" \
    "explanation \"x\" { title \"X\" when event.searched missing \"m\" authority \"a\" checked date(\"2020-03-03\") source \"s\" }\n" \
    "evidence \"v\" { title \"V\" weight 1 when event.searched explain \"e\" checked date(\"2020-03-04\") source \"s\" }\n" \
    "review \"w\" { title \"W\" over record queue \"q\" severity low when record.kind == \"l\" authority \"a\" threshold \"t\" state in_force explain \"e\" checked date(\"2020-03-05\") source \"s\" }\n" \
    "access \"a\" { title \"A\" severity low weight 1 when event.searched authority \"a\" threshold \"t\" state in_force explain \"e\" checked \"unverified\" }\n"

static const char *lines_on(const struct keep_policy *p, int32_t y, int m, int d, const char *text)
{
    static char out[100];
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    keep_policy_dated(p, keep_civil_from_ymd(y, m, d), &ds);
    assert_int_equal(ds.errors, 0);
    out[0] = '\0';
    for (size_t i = 0; i < ds.n; i++) {
        assert_non_null(strstr(ds.list[i].text, text));
        assert_memory_equal(ds.list[i].source + ds.list[i].col - 1, "date(\"2020-0", 12);
        assert_int_equal(ds.list[i].end_col - ds.list[i].col, strlen("date(\"2020-03-01\")"));
        snprintf(out + strlen(out), sizeof out - strlen(out), "%u ", ds.list[i].line);
    }
    keep_arena_free(a);
    return out;
}

static void test_dated_checks(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(KINDS, a);
    (void)state;
    assert_string_equal(lines_on(p, 2023, 2, 28, "more than 3 years ago"), "");
    assert_string_equal(lines_on(p, 2023, 3, 1, "more than 3 years ago"), "");
    assert_string_equal(lines_on(p, 2023, 3, 2, "more than 3 years ago"), "2 3 ");
    assert_string_equal(lines_on(p, 2023, 3, 5, "more than 3 years ago"), "2 3 4 5 6 ");
    assert_string_equal(lines_on(p, 2026, 1, 1, "more than 3 years ago"), "2 3 4 5 6 7 ");
    assert_string_equal(lines_on(p, 2020, 3, 4, "lies ahead"), "");
    assert_string_equal(lines_on(p, 2020, 3, 3, "lies ahead"), "7 ");
    assert_string_equal(lines_on(p, 2019, 12, 31, "lies ahead"), "2 3 4 5 6 7 ");
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dated_exception_runs_out), cmocka_unit_test(test_dated_checks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
