/* test blocks: what is given, series of events, what is expected. */
#include "tests/policy/try.h"

static void test_parse_test_series_of_events(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(TRY_PACK "test \"t\" { events 50 every duration(\"60s\") from timestamp(\"2026-03-02T09:00:00-08:00\") event { action: \"view\", patient_id: \"p\" + string(i), reason_length: i } expect unexplained }", a);
    const struct keep_test *t = p->test;
    (void)state;
    assert_int_equal(t->givens, 50);
    for (size_t i = 0; i < 50; i++) {
        char want[8];
        snprintf(want, sizeof want, "p%zu", i);
        const struct keep_test_given *g = &t->given[i];
        assert_int_equal(g->entity, KEEP_GRAIN_event);
        assert_true(g->time == (INT64_C(1772470800) + (int64_t)i * 60) * KEEP_USEC);
        assert_int_equal(g->fields.list.n, 3);
        assert_true(keep_str_is(g->fields.list.item[3].s, want));
        assert_int_equal(g->fields.list.item[5].i, i);
    }
    keep_arena_free(a);
}

static void test_parse_test_given(void **state)
{
    static const struct try_case c[] = {
        {TRY_PACK "test \"t\" { given user { id: \"u\", address_key: [\"a\"], name: null, \"login\": \"l\" } given encounter { start: timestamp(\"2026-01-01T00:00:00Z\") } expect unexplained }", ""},
        {TRY_PACK "test \"t\" { given user { surname_key: 1 } expect unexplained }", "2:38 user.surname_key is a string or a list of strings, this is int\n"},
        {TRY_PACK "test \"t\" { given record { codes: [{system: \"CPT\", cod: \"1\"}, \"x\"] } expect unexplained }", "2:51 a code has no such member\n2:62 a code has a system and a code\n"},
        {TRY_PACK "test \"t\" { given record { kind: \"a\" } }", "2:6 a test needs `expect`\n"}, {TRY_PACK "test \"t\" { given record { kind: patient.id } expect unexplained }", "2:33 `patient` has no meaning in what a test gives\n"},
        {TRY_PACK "test \"t\" { given record { 1: \"a\" } expect unexplained }", "2:27 a field is a name\n"}, {TRY_PACK "test \"t\" { given set { labels: [\"zz\"] } expect unexplained }", "2:33 there is no label \"zz\"\n"},
        {TRY_PACK "test \"t\" { events 10001 every duration(\"1s\") from timestamp(0) event { } expect unexplained }", "2:19 the number of events is from 1 to 10000 here\n"},
        {TRY_PACK "test \"t\" { given event { action: i == 1 ? \"view\" : \"view\" } expect unexplained }", "2:34 there is no `i`\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

static void test_parse_test_expect(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile(TRY_PACK "test \"t\" { as_of date(\"2026-11-21\") expect keep until date(\"2034-06-30\") expect keep permanent expect undetermined because set.last( \"service_date\" ) expect 2 findings\n"
                                              "expect expected expect unexplained expect flagged expect not assessed expect not applicable expect series \"administrative\" }", a);
    const struct keep_test_expect *x = p->test[0].expect;
    (void)state;
    assert_int_equal(p->test[0].expects, 10);
    assert_int_equal(p->test[0].as_of, keep_civil_from_ymd(2026, 11, 21));
    assert_true(x[0].what == KEEP_EXPECT_UNTIL && x[0].until == keep_civil_from_ymd(2034, 6, 30) && x[0].text.n == 0);
    assert_int_equal(x[1].what, KEEP_EXPECT_PERMANENT);
    assert_true(x[2].what == KEEP_EXPECT_UNDETERMINED && keep_str_is(x[2].text, "set.last(\"service_date\")"));
    assert_true(x[3].what == KEEP_EXPECT_FINDINGS && x[3].findings == 2);
    assert_true(x[4].verdict == KEEP_VERDICT_EXPECTED && x[5].verdict == KEEP_VERDICT_UNEXPLAINED && x[6].verdict == KEEP_VERDICT_FLAGGED && x[7].verdict == KEEP_VERDICT_NOT_ASSESSED);
    assert_int_equal(x[7].what, KEEP_EXPECT_VERDICT);
    assert_int_equal(x[8].what, KEEP_EXPECT_NOT_APPLICABLE);
    assert_true(x[9].what == KEEP_EXPECT_SERIES && keep_str_is(x[9].text, "administrative"));
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_test_series_of_events), cmocka_unit_test(test_parse_test_given), cmocka_unit_test(test_parse_test_expect)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
