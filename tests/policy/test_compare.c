/* Goal: two packs differ in what they say and in nothing else; each difference is told once, at its clause. */
#include "core/policy/compare.h"
#include "tests/policy/try.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"

/* "+label l; ~label l when a|b; -…" */
static void differ(const char *before, const char *after, const char *want)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags d = {.arena = a};
    struct keep_err err = {0};
    struct keep_outline x, y;
    struct keep_compare_row *row;
    struct keep_buf b = KEEP_BUF_INIT;
    size_t n;
    assert_int_equal(keep_outline_read(&x, "before", keep_str_of(before), a, &d, &err), 0);
    assert_int_equal(keep_outline_read(&y, "after", keep_str_of(after), a, &d, &err), 0);
    assert_true(keep_compare_outlines(&x, 1, &y, 1, a, &row, &n));
    for (size_t i = 0; i < n; i++)
        keep_buf_printf(&b, "%c%.*s %.*s%s%.*s%s%.*s;", "+-~"[row[i].change], (int)row[i].kind.n, row[i].kind.p, (int)row[i].id.n, row[i].id.p, row[i].before.n ? " " : "",
                        (int)row[i].before.n, row[i].before.p, row[i].after.n ? " > " : "", (int)row[i].after.n, row[i].after.p);
    keep_buf_char(&b, '\0');
    assert_string_equal((const char *)b.p, want);
    keep_buf_free(&b);
    keep_arena_free(a);
}

static void test_compare_what_is_said(void **state)
{
    (void)state;
    differ(PACK "label \"l\" { title \"t\" when true }", "// c\n" PACK "label \"l\" {\n  when   true\n  // d\n  title \"t\"\n}", "");
    differ(PACK "label \"l\" { when true }", PACK "label \"l\" { when false }", "~label l when true > when false;");
    differ(PACK "label \"l\" { when true }", PACK "label \"l\" { when true title \"t\" }", "+label l > title \"t\";");
    differ(PACK "label \"l\" { when true title \"t\" }", PACK "label \"l\" { when true }", "-label l title \"t\";");
    differ(PACK "label \"l\" { when true }", PACK "series \"l\" { when true }", "-label l;+series l;");
    differ(PACK "label \"b\" { when true }\nlabel \"a\" { when true }", PACK "label \"a\" { when true }\nlabel \"b\" { when false }\nlabel \"c\" { }", "~label b when true > when false;+label c;");
    differ(PACK, "pack \"p\" { version \"2\" language 1 }", "~pack p version \"1\" > version \"2\";");
    differ(PACK "test \"t\" { expect unexplained }", PACK, "");
}

/* What an exception is for stands in its head, and decides which rule is kept from firing. */
static void test_compare_exceptions_and_reviews(void **state)
{
    (void)state;
    differ(PACK "exception \"x\" for \"a\" { when true until date(\"2027-01-01\") }", PACK "exception \"x\"  for // c\n\"a\" { until date(\"2027-01-01\") when true }", "");
    differ(PACK "exception \"x\" for \"a\" { when true }", PACK "exception \"x\" for \"b\" { when true }", "~exception x for \"a\" > for \"b\";");
    differ(PACK "exception \"x\" for \"a\" { until date(\"2027-01-01\") }", PACK "exception \"x\" for \"a\" { until date(\"2028-01-01\") }",
           "~exception x until date(\"2027-01-01\") > until date(\"2028-01-01\");");
    differ(PACK, PACK "exception \"x\" for \"a\" { when true }", "+exception x;");
    differ(PACK "review \"r\" { over claim when true }", PACK "review \"r\" { over record when true queue \"q\" }", "~review r over claim > over record;+review r > queue \"q\";");
}

static void test_compare_clauses_that_repeat(void **state)
{
    (void)state;
    differ(PACK "retention \"r\" { keep 1 years after a keep 2 years after a }", PACK "retention \"r\" { keep 2 years after a keep 1 years after a }", "");
    differ(PACK "retention \"r\" { keep 1 years after a keep 2 years after a }", PACK "retention \"r\" { keep 3 years after a keep 2 years after a keep permanent }",
           "~retention r keep 1 years after a > keep 3 years after a;+retention r > keep permanent;");
    differ(PACK "retention \"r\" { keep permanent keep permanent }", PACK "retention \"r\" { keep permanent }", "-retention r keep permanent;");
}

static void test_compare_without_memory(void **state)
{
    struct keep_arena *a = keep_arena_new(0), *small = keep_arena_new(4096);
    struct keep_diags d = {.arena = a};
    struct keep_err err = {0};
    struct keep_outline x;
    struct keep_compare_row *row;
    size_t n;
    (void)state;
    assert_int_equal(keep_outline_read(&x, "t", KEEP_STR(PACK "label \"l\" { when true }"), a, &d, &err), 0);
    while (keep_arena_alloc(small, 16))
        ;
    assert_false(keep_compare_outlines(&x, 1, &x, 1, small, &row, &n));
    keep_arena_free(small);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_compare_what_is_said), cmocka_unit_test(test_compare_exceptions_and_reviews),
                                       cmocka_unit_test(test_compare_clauses_that_repeat), cmocka_unit_test(test_compare_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
