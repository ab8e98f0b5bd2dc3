/* Goal: a code is looked up by day; a table speaks only for the days that it
 * covers; rows that are none are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/review/codebook.h"

#define DAY(y, m, d) keep_civil_from_ymd(y, m, d)
#define STR(s) KEEP_STR(s)

static struct keep_codebook *book_of(const char *const *text, size_t n)
{
    struct keep_codebook *b;
    assert_int_equal(keep_codebook_new(&b, NULL), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(keep_codebook_read(b, keep_str_of(text[i]), NULL), 0);
    keep_codebook_seal(b);
    return b;
}

static void test_codebook_by_day(void **state)
{
    static const char *const text[] = {KEEP_CODETABLE_CODES "\nICD-10-CM,E11.9,2015-10-01,2021-09-30,,,,yes,no\nICD-10-CM,E119,2021-10-01,,,,,yes,\nICD-10-CM,N40.0,2021-10-01,,M,18,120,yes,yes\n"
                                       "HCPCS,J1,2021-01-01,2021-12-31,,,,,\n"};
    struct keep_codebook *b = book_of(text, 1);
    (void)state;
    const struct keep_codetable_code *c = keep_codebook_find(b, STR("ICD-10-CM"), STR("e11.9"), DAY(2016, 1, 1));
    assert_non_null(c);
    assert_int_equal(c->poa_exempt, KEEP_TRI_NO);
    c = keep_codebook_find(b, STR("ICD-10-CM"), STR("E11.9"), DAY(2021, 10, 1));
    assert_non_null(c);
    assert_int_equal(c->poa_exempt, KEEP_TRI_UNKNOWN);
    assert_null(keep_codebook_find(b, STR("ICD-10-CM"), STR("E11.9"), DAY(2015, 9, 30)));
    assert_null(keep_codebook_find(b, STR("HCPCS"), STR("J1"), DAY(2022, 1, 1)));
    assert_null(keep_codebook_find(b, STR("HCPCS"), STR("j1"), DAY(2021, 1, 1))); /* only ICD is written in several ways */
    assert_null(keep_codebook_find(b, STR("CPT"), STR("J1"), DAY(2021, 1, 1)));
    c = keep_codebook_find(b, STR("ICD-10-CM"), STR("N400"), DAY(2022, 1, 1));
    assert_true(c && c->sex == 'M' && c->age_from == 18 && c->age_to == 120);
    assert_true(keep_codebook_tells(b, STR("ICD-10-CM"), KEEP_CODETABLE_SEX) && !keep_codebook_tells(b, STR("HCPCS"), KEEP_CODETABLE_SEX));
    keep_codebook_free(b);
}

static void test_codebook_speaks_for_its_days(void **state)
{
    static const char *const text[] = {KEEP_CODETABLE_CODES "\nICD-10-CM,A,2021-10-01,,,,,,\nold,B,2010-01-01,2012-12-31,,,,,\nnever,C,,,,,,,\n"};
    struct keep_codebook *b = book_of(text, 1);
    (void)state;
    assert_false(keep_codebook_covers(b, STR("ICD-10-CM"), DAY(2021, 9, 30)));
    assert_true(keep_codebook_covers(b, STR("ICD-10-CM"), DAY(2021, 10, 1)));
    assert_true(keep_codebook_covers(b, STR("ICD-10-CM"), DAY(2022, 9, 30)));
    assert_false(keep_codebook_covers(b, STR("ICD-10-CM"), DAY(2022, 10, 1))); /* gone stale: what began that day it cannot know */
    assert_false(keep_codebook_covers(b, STR("old"), DAY(2013, 1, 1)));
    assert_false(keep_codebook_covers(b, STR("never"), DAY(2020, 1, 1))); /* a table without days speaks for none */
    assert_false(keep_codebook_covers(b, STR("CPT"), DAY(2022, 1, 1)));
    keep_codebook_free(b);
}

/* Editions of 2021 and 2023 are there, that of 2022 is not: nobody can say what was valid in between. */
static void test_codebook_year_that_is_missing(void **state)
{
    static const char *const text[] = {KEEP_CODETABLE_CODES "\nclosed,A,2021-10-01,2022-09-30,,,,,\nclosed,A,2023-10-01,2024-09-30,,,,,\nopen,A,2021-10-01,,,,,,\nopen,B,2023-10-01,,,,,,\n"
                                                            "mixed,A,,,,,,,\nmixed,B,2021-10-01,2021-12-31,,,,,\nhalf,A,2021-10-01,,,,,,\nhalf,B,2022-01-01,2022-03-31,,,,,\n",
                                       KEEP_CODETABLE_PAIRS "\n1,2,2021-10-01,2022-09-30,no\n1,2,2023-10-01,2024-09-30,no\n"};
    struct keep_codebook *b = book_of(text, 2);
    (void)state;
    assert_true(keep_codebook_covers(b, STR("closed"), DAY(2022, 9, 30)) && keep_codebook_covers(b, STR("closed"), DAY(2023, 10, 1)));
    assert_false(keep_codebook_covers(b, STR("closed"), DAY(2022, 10, 1)) || keep_codebook_covers(b, STR("closed"), DAY(2023, 9, 30)));
    assert_false(keep_codebook_covers(b, STR("closed"), DAY(2024, 10, 1)));
    assert_true(keep_codebook_covers(b, STR("open"), DAY(2022, 9, 30)) && keep_codebook_covers(b, STR("open"), DAY(2024, 9, 30)));
    assert_false(keep_codebook_covers(b, STR("open"), DAY(2023, 1, 1)));
    assert_true(keep_codebook_covers(b, STR("mixed"), DAY(2022, 2, 1))); /* rows without days are always valid */
    assert_true(keep_codebook_covers(b, STR("half"), DAY(2022, 4, 1)));  /* one code ended with a quarter, the others did not */
    assert_true(keep_codebook_pairs_on(b, DAY(2022, 9, 30)) && !keep_codebook_pairs_on(b, DAY(2023, 1, 1)) && keep_codebook_pairs_on(b, DAY(2023, 10, 1)));
    keep_codebook_free(b);
}

static void test_codebook_editions_that_overlap(void **state)
{
    static const char *const text[] = {KEEP_CODETABLE_CODES "\nICD-10-CM,E11.9,2015-10-01,,,,,yes,\nICD-10-CM,E119,2020-10-01,2021-09-30,,,,no,\n"};
    struct keep_codebook *b = book_of(text, 1);
    (void)state;
    assert_int_equal(keep_codebook_find(b, STR("ICD-10-CM"), STR("E11.9"), DAY(2021, 1, 1))->billable, KEEP_TRI_NO);
    assert_int_equal(keep_codebook_find(b, STR("ICD-10-CM"), STR("E11.9"), DAY(2021, 10, 1))->billable, KEEP_TRI_YES);
    assert_null(keep_codebook_find(b, STR("ICD-10-CM"), STR("E11.9"), DAY(2015, 9, 30)));
    keep_codebook_free(b);
}

static void test_codebook_pairs_and_limits(void **state)
{
    static const char *const text[] = {KEEP_CODETABLE_PAIRS "\n11042,97597,2020-01-01,2021-12-31,yes\n11042,97597,2022-01-01,,no\n", KEEP_CODETABLE_PAIRS "\n11042,97597,2022-01-01,,yes\n11042,97598,2022-01-01,,9\n",
                                       KEEP_CODETABLE_LIMITS "\n97110,2022-01-01,,8,day\n97110,2020-01-01,2021-12-31,6,\n"};
    struct keep_codebook *b = book_of(text, 3);
    (void)state;
    assert_int_equal(keep_codebook_pair_of(b, STR("11042"), STR("97597"), DAY(2021, 1, 1))->modifier, KEEP_TRI_YES);
    assert_int_equal(keep_codebook_pair_of(b, STR("11042"), STR("97597"), DAY(2022, 1, 1))->modifier, KEEP_TRI_YES); /* the edition that came later */
    assert_true(keep_codebook_pair_of(b, STR("11042"), STR("97598"), DAY(2022, 1, 1))->lifted);
    assert_null(keep_codebook_pair_of(b, STR("97597"), STR("11042"), DAY(2022, 1, 1)));
    assert_null(keep_codebook_pair_of(b, STR("11042"), STR("97597"), DAY(2019, 1, 1)));
    assert_true(keep_codebook_pairs_on(b, DAY(2022, 6, 1)) && !keep_codebook_pairs_on(b, DAY(2019, 6, 1)) && !keep_codebook_pairs_on(b, DAY(2024, 6, 1)));
    const struct keep_codetable_limit *l = keep_codebook_limit_of(b, STR("97110"), DAY(2022, 1, 1));
    assert_true(l && l->most == 8 && l->per_day);
    l = keep_codebook_limit_of(b, STR("97110"), DAY(2021, 1, 1));
    assert_true(l && l->most == 6 && !l->per_day);
    assert_true(keep_codebook_limits_on(b, DAY(2022, 6, 1)) && !keep_codebook_limits_on(b, DAY(2018, 6, 1)));
    keep_codebook_free(b);
}

static void test_codebook_refuses_what_is_no_table(void **state)
{
    static const char *const bad[] = {"a,b\n", KEEP_CODETABLE_CODES "\nICD-10-CM,E11.9\n", KEEP_CODETABLE_CODES "\nICD-10-CM,E11.9,yesterday,,,,,,\n", KEEP_CODETABLE_CODES "\nICD-10-CM,E11.9,,,X,,,,\n",
                                      KEEP_CODETABLE_CODES "\n,E11.9,,,,,,,\n", KEEP_CODETABLE_LIMITS "\n97110,,,,day\n", KEEP_CODETABLE_LIMITS "\n97110,,,99999999999,day\n",
                                      KEEP_CODETABLE_PAIRS "\n1,2,,,perhaps\n", KEEP_CODETABLE_CODES "\n\"open\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keep_codebook *b;
        struct keep_err err = {0};
        assert_int_equal(keep_codebook_new(&b, &err), 0);
        assert_int_equal(keep_codebook_read(b, keep_str_of(bad[i]), &err), KEEP_E_INPUT);
        keep_codebook_free(b);
    }
    keep_codebook_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codebook_by_day), cmocka_unit_test(test_codebook_speaks_for_its_days), cmocka_unit_test(test_codebook_year_that_is_missing),
                                       cmocka_unit_test(test_codebook_editions_that_overlap), cmocka_unit_test(test_codebook_pairs_and_limits),
                                       cmocka_unit_test(test_codebook_refuses_what_is_no_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
