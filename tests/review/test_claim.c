/* Goal: each check of a claim says what is to be read again, and says nothing
 * where a table, a day, a sex or an age is missing, or a modifier answers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/review/claim.h"

#define DAY(y, m, d) keep_civil_from_ymd(y, m, d)

static struct keep_str terms[] = {{"claim type", 10}, {"claim line", 10}, {"claim diagnosis", 15}, {"Claim", 5}};
enum { TYPE, LINE, DIAGNOSIS, KIND };

struct bench {
    struct keep_arena *a;
    struct keep_codebook *book;
    struct keep_patient patient;
    struct keep_encounter encounter;
    struct keep_world world;
    struct keep_record record;
    struct keep_code_ref code[8];
};

static void bench_open(struct bench *b, const char *table)
{
    memset(b, 0, sizeof *b);
    b->a = keep_arena_new(0);
    b->patient = (struct keep_patient){.known = true, .sex = 'F', .birth = {DAY(1990, 5, 1), KEEP_PREC_DAY}, .death = KEEP_DATE_NONE};
    b->encounter = (struct keep_encounter){.klass = KEEP_STR("IMP"), .start_date = DAY(2022, 2, 20), .end_date = DAY(2022, 3, 1)};
    b->world = (struct keep_world){.patient = &b->patient, .patients = 1, .encounter = &b->encounter, .encounters = 1, .term = terms, .terms = 4};
    b->record = (struct keep_record){.id = 7, .kind = KIND, .encounter = 0, .service_first = DAY(2022, 2, 20), .service_last = DAY(2022, 3, 1), .created = KEEP_DATE_NONE, .code = b->code};
    assert_int_equal(keep_codebook_new(&b->book, NULL), 0);
    if (table)
        assert_int_equal(keep_codebook_read(b->book, keep_str_of(table), NULL), 0);
    keep_codebook_seal(b->book);
}

static void bench_close(struct bench *b)
{
    keep_codebook_free(b->book);
    keep_arena_free(b->a);
}

static void add(struct bench *b, uint32_t system, const char *text)
{
    b->code[b->record.codes++] = (struct keep_code_ref){system, keep_str_of(text)};
}

/* The list as one text, items between semicolons; "?" and what was missing when it cannot be told. */
static const char *told(struct bench *b, enum keep_claim_list which)
{
    static char out[1024];
    struct keep_claim c;
    const struct keep_str *item;
    const char *missing;
    size_t n, at = 0;
    assert_int_equal(keep_claim_read(&c, &b->world, &b->record, b->a, NULL), 0);
    assert_int_equal(keep_claim_list(&c, b->book, which, b->a, &item, &n, &missing, NULL), 0);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%.*s", i ? "; " : "", (int)item[i].n, item[i].p);
    if (missing)
        snprintf(out, sizeof out, "? %s", missing);
    return out;
}

static void test_claim_validity(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, KEEP_CODETABLE_CODES "\nICD-10-CM,I50.9,2021-10-01,,,,,yes,no\nICD-10-CM,I50,2021-10-01,,,,,no,\nCPT,99223,2022-02-25,,,,,,\n");
    add(&b, DIAGNOSIS, "ICD-10-CM|I50.9|Y");
    add(&b, DIAGNOSIS, "ICD-10-CM|I50|");
    add(&b, DIAGNOSIS, "ICD-10-CM|X99.9|");
    add(&b, LINE, "CPT|99223||1|2022-02-26");
    add(&b, LINE, "CPT|11111||1|2022-02-26");
    add(&b, LINE, "CPT|99223||1|2022-02-01"); /* no table then */
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "ICD-10-CM X99.9 on 2022-02-20; CPT 11111 on 2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_BILLABLE), "ICD-10-CM I50");
    b.record.codes = 1;
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "");
    b.record.status = KEEP_STR("cancelled");
    b.record.codes = 3;
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "");
    bench_close(&b);
    bench_open(&b, NULL);
    add(&b, DIAGNOSIS, "ICD-10-CM|I50.9|Y");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "? a code table of its systems in force on that day");
    b.record.service_first = b.record.service_last = KEEP_DATE_NONE;
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "? the day of service or discharge of a claim");
    bench_close(&b);
}

static void test_claim_institutional_goes_by_discharge(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, KEEP_CODETABLE_CODES "\nICD-10-CM,U07.1,2022-03-01,,,,,yes,no\nICD-10-CM,A00,2021-10-01,,,,,,\nICD-10-PCS,0DTJ4ZZ,2022-03-01,,,,,,\nICD-10-PCS,0DTJ0ZZ,2021-10-01,2022-02-28,,,,,\n");
    add(&b, DIAGNOSIS, "ICD-10-CM|U07.1|Y");
    add(&b, LINE, "ICD-10-PCS|0DTJ4ZZ|||2022-02-21");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), ""); /* it may be a stay's */
    add(&b, TYPE, "professional");
    b.record.service_last = DAY(2022, 2, 20);
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "ICD-10-CM U07.1 on 2022-02-20; ICD-10-PCS 0DTJ4ZZ on 2022-02-21");
    b.code[2].code = KEEP_STR("institutional");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "");
    b.code[1].code = KEEP_STR("ICD-10-PCS|0DTJ0ZZ|||2022-02-21");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "ICD-10-PCS 0DTJ0ZZ on 2022-03-01");
    b.encounter.klass = KEEP_STR("AMB");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "ICD-10-CM U07.1 on 2022-02-20");
    b.record.service_last = DAY(2022, 3, 2); /* of one of several days: nobody knows which */
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "");
    bench_close(&b);
}

/* A table of one level of HCPCS, or of one kind of modifiers, does not tell of the other. */
static void test_claim_levels_of_hcpcs(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, KEEP_CODETABLE_CODES "\nCPT,99213,2022-01-01,,,,,,\nmodifier,LT,2022-01-01,,,,,,\n");
    add(&b, LINE, "CPT|J1885|25,P1|1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "? a code table of its systems in force on that day");
    assert_string_equal(told(&b, KEEP_CLAIM_MODIFIERS), "? a table of modifiers in force on that day");
    b.code[0].code = KEEP_STR("HCPCS|99213|ZZ|1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "");
    assert_string_equal(told(&b, KEEP_CLAIM_MODIFIERS), "ZZ at 99213");
    assert_int_equal(keep_codebook_read(b.book, KEEP_STR(KEEP_CODETABLE_CODES "\nHCPCS,J1885,2022-01-01,,,,,,\n"), NULL), 0);
    keep_codebook_seal(b.book);
    b.code[0].code = KEEP_STR("CPT|J1885||1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "");
    b.code[0].code = KEEP_STR("CPT|J9999||1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_NOT_VALID), "CPT J9999 on 2022-02-26");
    bench_close(&b);
}

static void test_claim_sex_and_age(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, KEEP_CODETABLE_CODES "\nICD-10-CM,N40.0,2021-10-01,,M,,,,\nICD-10-CM,P07.10,2021-10-01,,,,0,,\nICD-10-CM,Z00,2021-10-01,,,18,,,\nCPT,55700,2021-10-01,,M,,,,\n");
    add(&b, DIAGNOSIS, "ICD-10-CM|N40.0|");
    add(&b, DIAGNOSIS, "ICD-10-CM|P07.10|");
    add(&b, DIAGNOSIS, "ICD-10-CM|Z00|");
    assert_string_equal(told(&b, KEEP_CLAIM_SEX), "ICD-10-CM N40.0 is for male patients");
    assert_string_equal(told(&b, KEEP_CLAIM_AGE), "ICD-10-CM P07.10 is for ages 0 to 0");
    b.patient.sex = 0;
    assert_string_equal(told(&b, KEEP_CLAIM_SEX), "? patient.sex");
    b.patient.sex = 'M';
    assert_string_equal(told(&b, KEEP_CLAIM_SEX), "");
    b.patient.sex = 'F';
    add(&b, LINE, "CPT|55700|KX|1|2022-02-21"); /* meant so */
    assert_string_equal(told(&b, KEEP_CLAIM_SEX), "");
    b.patient.birth.precision = KEEP_PREC_YEAR;
    assert_string_equal(told(&b, KEEP_CLAIM_AGE), "? patient.birth_date");
    b.patient.birth = (struct keep_partial_date){DAY(2010, 1, 1), KEEP_PREC_DAY};
    assert_string_equal(told(&b, KEEP_CLAIM_AGE), "ICD-10-CM P07.10 is for ages 0 to 0; ICD-10-CM Z00 is for ages from 18");
    b.patient.birth = (struct keep_partial_date){DAY(2021, 2, 25), KEEP_PREC_DAY}; /* a newborn at admission who had a birthday in the stay */
    b.record.codes = 2;
    add(&b, TYPE, "institutional");
    assert_string_equal(told(&b, KEEP_CLAIM_AGE), "");
    bench_close(&b);
}

static void test_claim_present_on_admission(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, KEEP_CODETABLE_CODES "\nICD-10-CM,I50.9,2021-10-01,,,,,,no\nICD-10-CM,Z23,2021-10-01,,,,,,yes\nICD-10-CM,R65,2021-10-01,,,,,,\n");
    add(&b, DIAGNOSIS, "ICD-10-CM|I50.9|");
    add(&b, DIAGNOSIS, "ICD-10-CM|Z23|");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "? claim.type");
    add(&b, TYPE, "institutional");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "? present-on-admission indicators of a claim"); /* a source that never tells them */
    b.code[0].code = KEEP_STR("ICD-10-CM|I50.9|-");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "ICD-10-CM I50.9");
    b.code[0].code = KEEP_STR("ICD-10-CM|I50.9|");
    add(&b, DIAGNOSIS, "ICD-10-CM|I50.9|Y|principal");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "ICD-10-CM I50.9");
    b.code[0].code = KEEP_STR("ICD-10-CM|I50.9||admitting");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "");
    b.code[0].code = KEEP_STR("ICD-10-CM|R65||secondary");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "? a code table that says which codes are exempt from POA");
    b.encounter.klass = KEEP_STR("AMB");
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "");
    b.encounter.klass = (struct keep_str){NULL, 0};
    assert_string_equal(told(&b, KEEP_CLAIM_POA_MISSING), "? encounter.class");
    bench_close(&b);
}

static void test_claim_lines(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, KEEP_CODETABLE_PAIRS "\n11042,97597,2022-01-01,,yes\n99215,99213,2022-01-01,,no\n11042,97598,2022-01-01,,9\n");
    assert_int_equal(keep_codebook_read(b.book, KEEP_STR(KEEP_CODETABLE_LIMITS "\n97110,2022-01-01,,2,day\n97112,2022-01-01,,2,line\n"), NULL), 0);
    keep_codebook_seal(b.book);
    add(&b, LINE, "CPT|11042||1|2022-02-26");
    add(&b, LINE, "CPT|97597||1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), "? claim.type");
    add(&b, TYPE, "institutional");
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), ""); /* of a stay */
    b.encounter.klass = KEEP_STR("AMB");
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), "97597 beside 11042 on 2022-02-26");
    b.code[1].code = KEEP_STR("CPT|97598||1|2022-02-26"); /* its edit is lifted */
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), "");
    b.code[1].code = KEEP_STR("CPT|97597|59|1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), "");
    assert_int_equal(keep_codebook_read(b.book, KEEP_STR(KEEP_CODETABLE_CODES "\nNCCI modifier,XS,2022-01-01,,,,,,\n"), NULL), 0);
    keep_codebook_seal(b.book);
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), "97597 beside 11042 on 2022-02-26"); /* 59 is none of those that count */
    b.code[1].code = KEEP_STR("CPT|97597|59,XS|1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_PAIRS), "");
    b.code[0].code = KEEP_STR("CPT|97110||2|2022-02-26");
    b.code[1].code = KEEP_STR("CPT|97110|59|1|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_UNITS_OVER), "3 of 97110 on 2022-02-26, at most 2 a day");
    b.code[1].code = KEEP_STR("CPT|97110|59|1|2022-02-27");
    assert_string_equal(told(&b, KEEP_CLAIM_UNITS_OVER), "");
    b.code[1].code = KEEP_STR("CPT|97112||3|2022-02-27");
    assert_string_equal(told(&b, KEEP_CLAIM_UNITS_OVER), "3 of 97112 on 2022-02-27, at most 2 a line");
    b.code[1].code = KEEP_STR("CPT|97112|||2022-02-27");
    assert_string_equal(told(&b, KEEP_CLAIM_UNITS_OVER), "? the units of a line");
    b.code[1].code = KEEP_STR("CPT|97110||5|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_REPEATED), "97110 on 2022-02-26");
    b.code[1].code = KEEP_STR("CPT|97110|76|5|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_REPEATED), "");
    b.code[0].code = KEEP_STR("CPT|97110||2|");
    b.code[1].code = KEEP_STR("CPT|97110||2|"); /* on one of several days each */
    assert_string_equal(told(&b, KEEP_CLAIM_REPEATED), "? the day of service of a line");
    assert_string_equal(told(&b, KEEP_CLAIM_UNITS_OVER), "? a table of units in force on that day");
    b.code[0].code = KEEP_STR("CPT|97110||2|2022-02-26");
    b.code[1].code = KEEP_STR("CPT|97110|76|5|2022-02-26");
    b.record.status = KEEP_STR("Voided");
    assert_string_equal(told(&b, KEEP_CLAIM_UNITS_OVER), "");
    b.record.status = (struct keep_str){NULL, 0};
    assert_string_equal(told(&b, KEEP_CLAIM_MODIFIERS), "? a table of modifiers in force on that day");
    assert_int_equal(keep_codebook_read(b.book, KEEP_STR(KEEP_CODETABLE_CODES "\nmodifier,76,2022-01-01,,,,,,\nmodifier,LT,2022-01-01,,,,,,\n"), NULL), 0);
    keep_codebook_seal(b.book);
    assert_string_equal(told(&b, KEEP_CLAIM_MODIFIERS), "");
    b.code[1].code = KEEP_STR("CPT|97110|ZZ,76|5|2022-02-26");
    assert_string_equal(told(&b, KEEP_CLAIM_MODIFIERS), "ZZ at 97110");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_claim_validity), cmocka_unit_test(test_claim_institutional_goes_by_discharge), cmocka_unit_test(test_claim_levels_of_hcpcs),
                                       cmocka_unit_test(test_claim_sex_and_age),
                                       cmocka_unit_test(test_claim_present_on_admission), cmocka_unit_test(test_claim_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
