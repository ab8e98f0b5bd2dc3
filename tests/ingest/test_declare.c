/* Goal: a declaration is taken member by member, and a slip in it is an error
 * at its place. */
#include "tests/ingest/recorder.h"

static int declare(struct keep_source *s, struct keep_arena *a, const char *text, struct keep_err *err)
{
    return keep_declare_parse(s, keep_str_of(text), "d.json", a, err);
}

static void test_declare_all_members(void **state)
{
    (void)state;
    static const char text[] = "{\"title\":\"Old system\",\"classes\":[\"Condition\",\"Encounter\"],\"facilities\":\"all\",\"from\":null,\"closed_on\":\"2020-06-30\",\"complete\":true,"
                               "\"codes_complete\":false,\"custody\":\"index only\",\"custodian\":\"Iron Hill\",\"locator\":\"B7\",\"jurisdiction\":\"ks\","
                               "\"time_zone\":\"America/Chicago\",\"attested_by\":\"L. Doe, HIM\",\"through\":null}";
    struct keep_arena *a = keep_arena_new(0);
    struct keep_source s;
    char *copy = strdup(text);
    assert_int_equal(declare(&s, a, copy, NULL), 0);
    free(copy); /* nothing points into the caller's text */
    assert_true(s.declared && s.complete && !s.codes_complete && s.all_facilities && !s.all_classes);
    assert_int_equal(s.classes, 2);
    assert_true(keep_str_is(s.klass[1], "Encounter"));
    assert_int_equal(s.from, KEEP_DATE_NONE);
    assert_int_equal(s.through, KEEP_DATE_NONE);
    assert_int_equal(s.closed_on, keep_civil_from_ymd(2020, 6, 30));
    assert_int_equal(s.custody, KEEP_CUSTODY_INDEX);
    assert_true(keep_str_is(s.title, "Old system") && keep_str_is(s.custodian, "Iron Hill") && keep_str_is(s.locator, "B7"));
    assert_true(keep_str_is(s.jurisdiction, "KS") && keep_str_is(s.time_zone, "America/Chicago") && keep_str_is(s.attested_by, "L. Doe, HIM"));
    assert_true(keep_str_is(s.text, text));
    keep_arena_free(a);
}

static void test_declare_nothing(void **state)
{
    (void)state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_source s;
    assert_int_equal(declare(&s, a, "{}", NULL), 0);
    assert_true(s.declared && !s.complete && !s.all_classes && !s.all_facilities);
    assert_int_equal(s.custody, KEEP_CUSTODY_UNDETERMINED);
    assert_int_equal(s.from, KEEP_DATE_NONE);
    assert_int_equal(s.closed_on, KEEP_DATE_NONE);
    assert_int_equal(declare(&s, a, "{\"classes\":\"all\",\"facilities\":[],\"from\":\"2001-01-01\",\"through\":\"2020-12-31\"}", NULL), 0);
    assert_true(s.all_classes && !s.all_facilities);
    assert_int_equal(s.facilities, 0);
    keep_arena_free(a);
}

static void test_declare_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t line, col;
        const char *why;
    } bad[] = {
        {"{\n  \"clases\": \"all\"}", 2, 3, "\"clases\": a declaration has no such member"},
        {"{\"\\u0063lases\": 1}", 1, 17, "\"clases\": a declaration has no such member"},
        {"{\"classes\":7}", 1, 12, "\"classes\": must be \"all\" or a list of texts"},
        {"{\"classes\":[\"a\",7]}", 1, 17, "\"classes\": every entry must be a text"},
        {"{\"facilities\":\"ALL\"}", 1, 15, "\"facilities\": must be \"all\" or a list of texts"},
        {"{\"from\":\"2020\"}", 1, 9, "\"from\": must be a day like \"2024-12-31\", or null"},
        {"{\"from\":2020}", 1, 9, "\"from\": must be a day like \"2024-12-31\", or null"},
        {"{\"from\":\"2020-02-30\"}", 1, 9, "\"from\": must be a day like \"2024-12-31\", or null"},
        {"{\"complete\":\"true\"}", 1, 13, "\"complete\": must be true or false"},
        {"{\"complete\":null}", 1, 13, "\"complete\": must be true or false"},
        {"{\"custody\":\"mine\"}", 1, 12, "\"custody\": must be \"official\", \"copy\" or \"index only\""},
        {"{\"title\":[]}", 1, 10, "\"title\": must be a text"},
        {"{\"jurisdiction\":\"Kansas\"}", 1, 17, "\"jurisdiction\": must be the two letters of a state"},
        {"{\"jurisdiction\":\"XX\"}", 1, 17, "\"jurisdiction\": must be the two letters of a state"},
        {"{\"time_zone\":\"No/Where\"}", 1, 14, "\"time_zone\": must be a time zone of this system, like \"America/Chicago\""},
        {"{\"time_zone\":\"../../etc/passwd\"}", 1, 14, "\"time_zone\": must be a time zone of this system, like \"America/Chicago\""},
        {"{\"time_zone\":\"UTC\\u0000x\"}", 1, 14, "\"time_zone\": must be a time zone of this system, like \"America/Chicago\""},
        {"{\"from\":\"2020-01-02\",\"through\":\"2020-01-01\"}", 1, 32, "\"through\": is before \"from\""},
        {"{\"through\":\"2020-01-02\",\"closed_on\":\"2020-01-01\"}", 1, 12, "\"through\": is after \"closed_on\"; a source is living or closed"},
        {"{\"title\":\"a\",\"title\":\"b\"}", 1, 14, "this name stands twice in one object"},
        {"[]", 1, 1, "a declaration is one JSON object"},
        {"{", 1, 2, "the JSON ends too early"},
        {"", 1, 1, "the JSON ends too early"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_source s = {.id = 7};
        struct keep_err err = {0};
        assert_int_equal(declare(&s, a, bad[i].text, &err), KEEP_E_INPUT);
        assert_string_equal(err.text, bad[i].why);
        assert_string_equal(err.where, "d.json");
        assert_int_equal(err.line, bad[i].line);
        assert_int_equal(err.col, bad[i].col);
        assert_int_equal(s.id, 7); /* outputs only on success */
        if (i < 2)
            assert_string_equal(err.hint, "members are: title, classes, facilities, from, through, closed_on, complete, codes_complete, custody, custodian, locator, "
                                          "jurisdiction, time_zone, attested_by");
        keep_arena_free(a);
    }
}

static void test_declare_memory(void **state)
{
    (void)state;
    static const char text[] = "{\"classes\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]}";
    bool done = false;
    for (size_t ceiling = 16; !done; ceiling += 16) {
        struct keep_arena *a = keep_arena_new(ceiling);
        struct keep_source s;
        int rc = declare(&s, a, text, NULL);
        assert_true(rc == 0 || rc == KEEP_E_NOMEM || rc == KEEP_E_LIMIT);
        done = rc == 0;
        keep_arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declare_all_members),
        cmocka_unit_test(test_declare_nothing),
        cmocka_unit_test(test_declare_errors),
        cmocka_unit_test(test_declare_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
