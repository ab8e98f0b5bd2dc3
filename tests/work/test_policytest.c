#include "core/work/policytest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct report {
    int passed, failed, stop_at;
    char detail[16][256];
};

static int each(void *ctx, const struct keep_policytest_result *one)
{
    struct report *r = ctx;
    assert_true(one->test->title.n > 0);
    assert_true(one->passed == (one->found[0] == 0));
    assert_true(!one->passed || !one->unmet);
    assert_true(!one->unmet || (one->unmet >= one->test->expect && one->unmet < one->test->expect + one->test->expects));
    if (one->passed)
        r->passed++;
    else
        snprintf(r->detail[r->failed++], 256, "%s", one->found);
    return r->passed + r->failed == r->stop_at ? 5 : 0;
}

#define RULES                                                                                                                                \
    "pack \"t\" { version \"1\" language 1 }\n"                                                                                               \
    "label \"film\" { title \"f\" when record.kind == \"film\" authority \"a\" checked \"unverified\" }\n"                                    \
    "series \"films\" { title \"f\" order 20 per patient, facility separable when record.kind == \"film\" authority \"a\" checked \"unverified\" }\n" \
    "retention \"r.film\" { title \"f\" jurisdiction US status law checked \"unverified\" when set.series == \"films\" keep 5 years after set.last(\"service_date\") "  \
    "cite \"c\" explain \"e\" }\n"                                                                                                            \
    "retention \"r.never\" { title \"f\" jurisdiction US status law checked \"unverified\" when set.series == \"films\" && facility.state == \"GU\" keep permanent cite \"c\" explain \"e\" }\n" \
    "explanation \"visit\" { title \"v\" when related([\"encounter\"], duration(\"1h\"), duration(\"1h\")) missing \"m\" authority \"a\" }\n"  \
    "access \"address\" { title \"t\" severity high weight 50 when user.address_key == patient.address_key unless expected authority \"a\" threshold \"h\" "           \
    "state house_policy checked \"unverified\" explain \"e\" }\n"

#define FILM                                                                                                                                 \
    "given facility {state: \"WY\"} given source {complete: true, codes_complete: true, closed_on: date(\"2020-12-31\"), custody: \"official\"} " \
    "given record {kind: \"film\", service_date: date(\"2016-02-29\")} as_of date(\"2026-11-21\") "
#define VISITOR                                                                                                                              \
    "given user {id: \"u\", address_key: \"x\"} given patient {id: \"p\", address_key: [\"y\", \"x\"]} given event {time: timestamp(\"2026-01-01T10:00:00Z\")} "

static struct report run(const char *tests, int stop_at, int want)
{
    static char text[16384];
    struct keep_arena *a = keep_arena_new(0), *room = keep_arena_new(0);
    struct keep_diags diags = {.arena = a};
    struct keep_err err = {0};
    const struct keep_policy *p = NULL;
    struct report r = {.stop_at = stop_at};
    snprintf(text, sizeof text, RULES "%s", tests);
    struct keep_policy_text file = {"t.policy", keep_str_of(text)};
    int rc = keep_policy_compile(&p, &file, 1, a, &diags, &err);
    for (size_t i = 0; rc && i < diags.n; i++)
        if (diags.list[i].level == KEEP_DIAG_ERROR)
            print_error("%u: %s\n", diags.list[i].line, diags.list[i].text);
    assert_int_equal(rc, 0);
    assert_int_equal(keep_policytest_run(p, room, each, &r, &err), want);
    keep_arena_free(a);
    keep_arena_free(room);
    return r;
}

static void test_policytest_passes_what_holds(void **state)
{
    struct report r = run("test \"date\" for \"r.film\" { " FILM "expect keep until date(\"2021-03-01\") by \"r.film\" expect series \"films\" expect label \"film\" }\n"
                          "test \"other state\" for \"r.never\" { " FILM "expect not applicable }\n"
                          "test \"no source\" for \"r.film\" { given facility {state: \"WY\"} given record {kind: \"film\", service_date: date(\"2016-02-29\")} expect undetermined because \"set.last\" }\n"
                          "test \"chart\" for \"films\" { given record {kind: \"Encounter\"} expect series \"medical record\" expect no label \"film\" }\n"
                          "test \"address\" for \"address\" { " VISITOR "expect 1 finding by \"address\" expect 1 finding expect flagged expect flagged by \"address\" }\n"
                          "test \"visit\" for \"visit\" { " VISITOR "given relation {kind: \"encounter\", from: timestamp(\"2026-01-01T10:30:00Z\")} expect expected by \"visit\" expect 0 findings }\n"
                          "test \"stranger\" for \"visit\" { given event {time: timestamp(\"2026-01-01T10:00:00Z\")} expect unexplained }\n"
                          "test \"list\" { given event {time: timestamp(\"2026-01-01T10:00:00Z\"), exposure: \"listed\"} expect not assessed }\n",
                          0, 0);
    (void)state;
    for (int i = 0; i < r.failed; i++)
        print_error("%s\n", r.detail[i]);
    assert_int_equal(r.passed, 8);
    assert_int_equal(r.failed, 0);
}

static void test_policytest_says_what_it_found_instead(void **state)
{
    struct report r = run("test \"1\" { " FILM "expect keep until date(\"2021-02-28\") }\n"
                          "test \"2\" { " FILM "expect undetermined }\n"
                          "test \"3\" { " FILM "expect keep permanent }\n"
                          "test \"4\" for \"r.film\" { " FILM "expect not applicable }\n"
                          "test \"5\" { " FILM "expect series \"medical record\" }\n"
                          "test \"6\" { " FILM "expect no label \"film\" }\n"
                          "test \"7\" { " VISITOR "expect 0 findings by \"address\" }\n"
                          "test \"8\" { " VISITOR "expect expected by \"visit\" }\n"
                          "test \"9\" { given event {time: timestamp(\"2026-01-01T10:00:00Z\")} expect flagged by \"address\" }\n"
                          "test \"10\" { expect unexplained }\n"
                          "test \"11\" { given event {} expect unexplained }\n"
                          "test \"12\" { expect keep permanent }\n",
                          0, 0);
    static const char *const want[] = {
        "kept 2021-03-01 by r.film, not 2021-02-28", "it is determined", "kept 2021-03-01 by r.film, not permanently", "the rule applies", "the series is films",
        "the label holds", "1 findings, not 0", "event 1 is flagged (address), not expected by visit", "nothing was flagged by address", "the test gives no event",
        "line 18: an event needs a time", "the test gives no record",
    };
    (void)state;
    assert_int_equal(r.passed, 0);
    assert_int_equal(r.failed, 12);
    for (int i = 0; i < 12; i++)
        assert_string_equal(r.detail[i], want[i]);
}

static void test_policytest_stops_when_told(void **state)
{
    struct report r = run("test \"1\" { " VISITOR "expect flagged }\ntest \"2\" { " VISITOR "expect flagged }\ntest \"3\" { " VISITOR "expect flagged }\n", 2, 5);
    (void)state;
    assert_int_equal(r.passed, 2);
}

/* What a rule says, of an access and of a record. */
static void test_policytest_sentences(void **state)
{
    struct report r = run("test \"said\" for \"address\" { " VISITOR "expect flagged by \"address\" expect sentence \"e\" }\n"
                          "test \"kept\" for \"r.film\" { " FILM "expect sentence \"e\" }\n"
                          "test \"else\" for \"address\" { " VISITOR "expect sentence \"f\" }\n"
                          "test \"silent\" for \"address\" { given user {id: \"u\"} given patient {id: \"p\"} given event {time: timestamp(\"2026-01-01T10:00:00Z\")} expect sentence \"e\" }\n"
                          "test \"other words\" for \"r.film\" { " FILM "expect sentence \"f\" }\n"
                          "test \"nothing\" for \"r.film\" { expect sentence \"e\" }\n", 0, 0);
    (void)state;
    assert_int_equal(r.passed, 2);
    assert_int_equal(r.failed, 4);
    assert_string_equal(r.detail[0], "it says \"e\"");
    assert_string_equal(r.detail[1], "nothing says anything");
    assert_string_equal(r.detail[2], "it says \"e\"");
    assert_string_equal(r.detail[3], "nothing says anything");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_policytest_sentences), cmocka_unit_test(test_policytest_passes_what_holds), cmocka_unit_test(test_policytest_says_what_it_found_instead), cmocka_unit_test(test_policytest_stops_when_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
