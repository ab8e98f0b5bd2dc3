/* Names and addresses that must fold alike, and those that must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/text/fold.h"

static struct keep_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = keep_arena_new(0);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    keep_arena_free(arena);
    return 0;
}

static void test_fold_names(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"M\xc3\xbcller-O\xe2\x80\x99Neill", "MULLER ONEILL"}, {"Mu\xcc\x88ller O'Neill", "MULLER ONEILL"}, {"  garc\xc3\xad" "a   l\xc3\xb3pez ", "GARCIA LOPEZ"},
        {"Stra\xc3\x9f" "e", "STRASSE"}, {"S\xc3\xb8rensen", "SORENSEN"}, {"\xc5\x81ukasz", "LUKASZ"}, {"\xc3\x86gir", "AEGIR"}, {"J.R. Smith, Jr.", "JR SMITH JR"},
        {"\xef\xbc\xa1\xef\xbd\x82", "AB"}, {"\xef\xac\x81nn", "FINN"}, {"Smith\xc2\xa0" "Ann", "SMITH ANN"}, {"a\xe2\x80\x8b" "b", "AB"}, {"3rd", "3RD"},
        {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82", "\xce\xa3\xce\x99\xce\xa3\xce\xa5\xce\xa6\xce\x9f\xce\xa3"}, {"a\xff" "b", "A B"}, {"\xc2\xbd", "1 2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keep_str got = keep_fold_name(keep_str_of(cases[i].in), arena);
        if (!keep_str_is(got, cases[i].out))
            fail_msg("%s -> %.*s", cases[i].in, (int)got.n, got.p);
        assert_true(keep_str_eq(keep_fold_name(got, arena), got)); /* folding once is enough */
    }
    assert_null(keep_fold_name(KEEP_STR(""), arena).p);
    assert_null(keep_fold_name(KEEP_STR(" -.' "), arena).p);
    assert_null(keep_fold_name((struct keep_str){NULL, 0}, arena).p);
}

static struct keep_str address(const char *line, const char *city, const char *state, const char *postal)
{
    return keep_fold_address(keep_str_of(line), keep_str_of(city), keep_str_of(state), keep_str_of(postal), arena);
}

static void test_fold_addresses(void **state)
{
    (void)state;
    struct keep_str a = address("12 North Main Street, Apt. 4", "Wichita", "KS", "67202-1234");
    assert_true(keep_str_is(a, "12 N MAIN ST 4|67202"));
    assert_true(keep_str_eq(a, address("12 N. MAIN ST #4", "", "", "67202")));
    assert_true(keep_str_eq(a, address("12 n main st unit 4", "Elsewhere", "MO", " 67202")));
    assert_false(keep_str_eq(a, address("12 N Main St", "Wichita", "KS", "67202")));
    assert_false(keep_str_eq(a, address("12 N Main Ave Apt 4", "Wichita", "KS", "67202")));
    assert_false(keep_str_eq(a, address("12 N Main St Apt 4", "Wichita", "KS", "67203")));
    assert_true(keep_str_is(address("9 Elm Avenue", "Saint-Louis", "mo", ""), "9 ELM AVE|SAINT LOUIS|MO"));
    assert_true(keep_str_is(address("9 Elm Boulevard", "Bonn", NULL, "D-53111"), "9 ELM BLVD|BONN|"));
    assert_true(keep_str_is(address("North Court", "X", "Y", "12345"), "NORTH CT|12345")); /* the first word is a name */
    assert_true(keep_str_is(address("1 Court Street Terrace", "", "", "12345"), "1 CT ST TER|12345"));
}

static void test_fold_addresses_unknown(void **state)
{
    (void)state;
    assert_null(address("", "Wichita", "KS", "67202").p);
    assert_null(address("  ,", "Wichita", "KS", "67202").p);
    assert_null(address("12 Main St", "", "KS", "").p);
    assert_null(address("12 Main St", NULL, NULL, "6720").p);
    assert_null(address(NULL, NULL, NULL, NULL).p);
}

static struct keep_str street(const char *line, const char *postal)
{
    return keep_fold_street(address(line, "Salina", "KS", postal), arena);
}

static void test_fold_streets(void **state)
{
    (void)state;
    assert_true(keep_str_is(street("116 Hedgeapple Ln", "67439"), "HEDGEAPPLE LN|67439"));
    assert_true(keep_str_eq(street("9B Hedgeapple Lane, Apt 4", "67439-1234"), street("116 Hedgeapple Ln", "67439")));
    assert_true(keep_str_is(street("12 N 5th Avenue #3", "67439"), "N 5TH AVE|67439"));
    assert_true(keep_str_is(street("12 5th Ave", "67439"), "5TH AVE|67439"));
    assert_true(keep_str_is(street("12 Elm St", ""), "ELM ST|SALINA|KS"));
    assert_false(keep_str_eq(street("12 Elm St", "67439"), street("12 Elm St", "67440")));
    assert_null(street("PO Box 7", "67439").p);
    assert_null(street("Elm St", "67439").p);
    assert_null(street("12", "67439").p);
    assert_null(street("12 34", "67439").p);
    assert_null(street("", "67439").p);
}

/* The table is searched by halves: each of its words must be found. */
static void test_fold_street_words(void **state)
{
    static const char *const pairs[][2] = {
        {"ALLEY", "ALY"}, {"AVENUE", "AVE"}, {"AV", "AVE"}, {"BYPASS", "BYP"}, {"CENTRE", "CTR"}, {"CIRCLE", "CIR"}, {"CROSSING", "XING"}, {"DRIVE", "DR"}, {"EXPRESSWAY", "EXPY"},
        {"EXTENSION", "EXT"}, {"FREEWAY", "FWY"}, {"GROVE", "GRV"}, {"HEIGHTS", "HTS"}, {"HIGHWAY", "HWY"}, {"ISLAND", "IS"}, {"JUNCTION", "JCT"}, {"LANE", "LN"}, {"MOUNTAIN", "MTN"},
        {"NORTHEAST", "NE"}, {"NORTHWEST", "NW"}, {"PARKWAY", "PKWY"}, {"PLACE", "PL"}, {"PLAZA", "PLZ"}, {"ROAD", "RD"}, {"ROUTE", "RTE"}, {"SOUTHEAST", "SE"}, {"SOUTHWEST", "SW"},
        {"SQUARE", "SQ"}, {"STATION", "STA"}, {"STREAM", "STRM"}, {"STREET", "ST"}, {"TERRACE", "TER"}, {"TRAIL", "TRL"}, {"TURNPIKE", "TPKE"}, {"VALLEY", "VLY"}, {"VISTA", "VIS"}, {"WEST", "W"},
        {"WAY", "WAY"}, {"APT", ""}, {"SUITE", ""}, {"STE", ""}, {"UNIT", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct keep_buf line = KEEP_BUF_INIT, want = KEEP_BUF_INIT;
        keep_buf_printf(&line, "1 %s", pairs[i][0]);
        keep_buf_printf(&want, "1%s%s|00001", pairs[i][1][0] ? " " : "", pairs[i][1]);
        struct keep_str got = keep_fold_address(keep_buf_view(&line), KEEP_STR(""), KEEP_STR(""), KEEP_STR("00001"), arena);
        if (!keep_str_eq(got, keep_buf_view(&want)))
            fail_msg("%s -> %.*s", pairs[i][0], (int)got.n, got.p);
        keep_buf_free(&line);
        keep_buf_free(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_names),
        cmocka_unit_test(test_fold_addresses),
        cmocka_unit_test(test_fold_addresses_unknown),
        cmocka_unit_test(test_fold_streets),
        cmocka_unit_test(test_fold_street_words),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
