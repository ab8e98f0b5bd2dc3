/* Goal: what the tests of a pack try of each rule is told, condition by condition and way by way, and only tests that are about a
 * rule count for it. Conditions of accesses, records, labels and series alike; operands that a run does not reach are untried. */
#include "core/work/policycover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char rules[] =
    "pack \"t\" { version \"1\" language 1 }\n"
    "define \"office\" { is user.department == \"HIM\" || user.role == \"HIM\" }\n"
    "label \"film\" { title \"f\" when record.kind == \"film\" authority \"a\" checked date(\"2026-01-02\") source \"s\" }\n"
    "series \"films\" { title \"f\" order 20 per patient, facility separable when record.kind == \"film\" authority \"a\" checked date(\"2026-01-02\") source \"s\" }\n"
    "retention \"r\" { title \"f\" jurisdiction US status law checked date(\"2026-01-02\") source \"s\" when set.series == \"films\" && facility.state == \"WY\"\n"
    "  keep 5 years after set.last(\"service_date\") cite \"c\" explain \"Until five years after {set.last(\\\"service_date\\\")}.\" }\n"
    "explanation \"visit\" { title \"v\" when related([\"encounter\"], duration(\"1h\"), duration(\"1h\")) missing \"m\" authority \"a\" }\n"
    "access \"look\" { title \"t\" severity high weight 50 when !office && (has(event.place) && event.place == \"desk\" || user.address_key == patient.address_key)\n"
    "  unless expected authority \"a\" threshold \"h\" state house_policy checked date(\"2026-01-02\") source \"s\" explain \"{user.name} looked.\" }\n";

struct made {
    struct keep_arena *a, *scratch;
    const struct keep_policy *p;
    struct keep_tried w;
};

static struct made make(const char *tests)
{
    static char text[8192];
    struct made m = {.a = keep_arena_new(0), .scratch = keep_arena_new(0)};
    struct keep_diags diags = {.arena = m.a};
    struct keep_err err = {0};
    struct keep_register_row *row;
    size_t rows;
    snprintf(text, sizeof text, "%s%s", rules, tests);
    struct keep_policy_text file = {"t.policy", keep_str_of(text)};
    if (keep_policy_compile(&m.p, &file, 1, m.a, &diags, &err) != 0)
        fail_msg("%s: %s", err.text, diags.list[0].text);
    assert_true(keep_register_make(m.p, m.a, &row, &rows));
    assert_true(keep_tried_new(&m.w, m.p, row, rows, m.a));
    assert_int_equal(keep_policycover_run(m.p, &m.w, m.scratch, &err), 0);
    return m;
}

static void done(struct made *m)
{
    keep_arena_free(m->scratch);
    keep_arena_free(m->a);
}

static bool tested(const struct made *m, const char *id)
{
    for (size_t i = 0; i < m->w.rows; i++)
        if (keep_str_is(m->w.row[i].id, id))
            return m->w.tested[i];
    fail_msg("no row %s", id);
    return false;
}

static const struct keep_tried_point *point(const struct made *m, const char *rule, const char *text)
{
    for (size_t i = 0; i < m->w.points; i++)
        if (keep_str_is(m->w.row[m->w.point[i].rule].id, rule) && keep_str_is(m->w.point[i].text, text))
            return &m->w.point[i];
    fail_msg("no point %s of %s", text, rule);
    return NULL;
}

#define T KEEP_TRIED_TRUE
#define F KEEP_TRIED_FALSE
#define U KEEP_TRIED_UNKNOWN
#define K KEEP_TRIED_KNOWN
#define AT "time: timestamp(\"2026-03-10T09:00:00Z\")"

static void test_policycover_of_accesses(void **state)
{
    struct made m = make("test \"1\" for \"look\" { given user {id: \"u\", department: \"ED\", role: \"nurse\", address_key: \"x\"} given patient {id: \"p\", address_key: \"x\"} given event {" AT "} expect 1 finding by \"look\" }\n"
                         "test \"2\" { given user {id: \"u\", department: \"HIM\"} given patient {id: \"p\"} given event {" AT "} expect 0 findings by \"look\" }\n"
                         "test \"of another\" for \"visit\" { given user {id: \"u\", department: \"ED\", role: \"HIM\"} given user {id: \"v\"} given patient {id: \"p\"} \n"
                         "  given relation {kind: \"encounter\", user_id: \"v\", from: timestamp(\"2026-03-10T09:00:00Z\")} given event {user_id: \"u\", " AT ", place: \"desk\"} expect unexplained }\n");
    (void)state;
    assert_true(tested(&m, "look"));
    assert_true(tested(&m, "visit"));
    assert_false(tested(&m, "r"));
    /* a definition's operands are the rule's; what stood behind one that decided was not tried */
    assert_int_equal(point(&m, "look", "user.department == \"HIM\"")->tried, T | F);
    assert_int_equal(point(&m, "look", "user.role == \"HIM\"")->tried, F);
    /* the last test had both, and is about another rule */
    assert_int_equal(point(&m, "look", "event.place == \"desk\"")->tried, 0);
    assert_int_equal(point(&m, "look", "has(event.place)")->tried, F);
    assert_int_equal(point(&m, "look", "has(event.place)")->able, T | F); /* has() always knows */
    assert_int_equal(point(&m, "look", "user.address_key == patient.address_key")->tried, T);
    assert_int_equal(point(&m, "look", "user.address_key == patient.address_key")->able, T | F | U);
    assert_int_equal(point(&m, "visit", "related([\"encounter\"], duration(\"1h\"), duration(\"1h\"))")->tried, F);
    done(&m);
}

#define ALIKE "review \"twice\" { title \"t\" over patient queue \"HIM\" severity low when patient.alike > 0 && patient.sex == \"F\" authority \"a\" threshold \"h\" state house_policy\n" \
              "  checked date(\"2026-01-02\") source \"s\" explain \"e\" }\n"

static void test_policycover_of_exceptions_and_reviews(void **state)
{
    struct made m = make("exception \"triage\" for \"look\" { when user.department == \"ED\" && event.place == \"desk\" until date(\"2027-01-01\") owner \"o\" reason \"r\" }\n" ALIKE
                         "test \"1\" for \"triage\" { given user {id: \"u\", department: \"ED\"} given patient {id: \"p\"} given event {" AT ", place: \"desk\"} expect 0 findings by \"look\" }\n"
                         "test \"2\" for \"look\" { given user {id: \"u\", department: \"HIM\"} given patient {id: \"p\"} given event {" AT ", place: \"ward\"} expect 0 findings by \"look\" }\n"
                         "test \"3\" for \"twice\" { given patient {id: \"p\", sex: \"M\"} expect 0 findings by \"twice\" }\n");
    (void)state;
    assert_true(tested(&m, "triage") && tested(&m, "twice"));
    assert_int_equal(point(&m, "triage", "user.department == \"ED\"")->tried, T); /* a test of its rule is none of the exception */
    assert_int_equal(point(&m, "triage", "event.place == \"desk\"")->tried, T);
    assert_int_equal(point(&m, "triage", "event.place == \"desk\"")->able, T | F | U);
    assert_string_equal(point(&m, "triage", "event.place == \"desk\"")->clause, "when");
    assert_true(point(&m, "twice", "patient.alike > 0")->tried);
    assert_int_equal(point(&m, "twice", "patient.sex == \"F\"")->tried & T, 0);
    done(&m);
}

#define FILM "given source {complete: true, codes_complete: true, closed_on: date(\"2020-12-31\"), custody: \"official\"} given record {kind: \"film\", service_date: date(\"2016-02-29\")} as_of date(\"2026-11-21\") "

static void test_policycover_of_records(void **state)
{
    struct made m = make("test \"1\" for \"r\" { given facility {state: \"WY\"} " FILM "expect keep until date(\"2021-03-01\") by \"r\" expect series \"films\" }\n"
                         "test \"2\" for \"film\" { " FILM "expect label \"film\" }\n"
                         "test \"3\" for \"film\" { given record {kind: null} expect no label \"film\" }\n"
                         "test \"wrong\" for \"r\" { given record {patient_id: \"b\", kind: \"film\"} given patient {id: \"b\"} given patient {id: \"c\"} given event {" AT "} expect 0 findings }\n");
    (void)state;
    assert_int_equal(point(&m, "r", "set.series == \"films\"")->tried & T, T); /* the engine also asks ahead of any set, with nothing known */
    assert_int_equal(point(&m, "r", "facility.state == \"WY\"")->tried & T, T);
    assert_int_equal(point(&m, "r", "set.last(\"service_date\")")->able, K | U);
    assert_int_equal(point(&m, "r", "set.last(\"service_date\")")->tried & K, K);
    assert_string_equal(point(&m, "r", "set.last(\"service_date\")")->clause, "keep");
    assert_int_equal(point(&m, "film", "record.kind == \"film\"")->tried, T | U);
    assert_true(tested(&m, "films")); /* an expectation names it */
    assert_false(tested(&m, "look"));
    done(&m);
}

/* Watching is not seen by what is not watched: a fresh policy of the same text tells nothing. */
static void test_policycover_needs_watching(void **state)
{
    struct made m = make("");
    (void)state;
    for (size_t i = 0; i < m.w.points; i++)
        assert_int_equal(m.w.point[i].tried, 0);
    struct keep_arena *small = keep_arena_new(4096);
    struct keep_tried w;
    while (keep_arena_alloc(small, 16))
        ;
    assert_false(keep_tried_new(&w, m.p, m.w.row, m.w.rows, small));
    keep_arena_free(small);
    done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_policycover_of_accesses), cmocka_unit_test(test_policycover_of_exceptions_and_reviews),
                                       cmocka_unit_test(test_policycover_of_records), cmocka_unit_test(test_policycover_needs_watching)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
