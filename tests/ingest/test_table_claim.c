/* Goal: a claim's lines and diagnoses say what stands in the cells beside them,
 * in order, and what is not said stays empty. */
#include "tests/ingest/recorder.h"

#define COLUMN(field) {KEEP_STR(field), KEEP_STR(field), {NULL, 0}, {NULL, 0}, NULL, 0}
static const struct keep_map_column columns[] = {COLUMN("claim_id"), COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("first"), COLUMN("last"), COLUMN("diagnosis"), COLUMN("procedure"),
                                                 COLUMN("drg"), COLUMN("revenue"), COLUMN("title"), COLUMN("modifiers"), COLUMN("units"), COLUMN("poa"), COLUMN("type")};
static const struct keep_map claims = {{"claims", 6}, KEEP_MAP_CLAIMS, ',', {NULL, 0}, columns, sizeof columns / sizeof *columns};

static void expect_table(const char *text, const char *rows)
{
    static const struct keep_map *const map = &claims;
    struct keep_ingest p = {.map = &map, .maps = 1};
    expect_rows(p, text, rows);
}

static void test_table_claim_lines_and_diagnoses(void **state)
{
    (void)state;
    expect_table("claim_id,patient_id,worker_id,first,last,diagnosis,procedure,drg,revenue,title,modifiers,units,poa\n"
                 "7,p1,,2020-01-01,2020-01-03,J18.9 I10,99223 36415,193,0120,UB-04,\"25,59 -\",1 2,Y -\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {ICD-10-CM J18.9} {ICD-10-CM I10} {CPT 99223} {CPT 36415} {MS-DRG 193} {revenue 0120}"
                 " {claim line CPT|99223|25,59|1|} {claim line CPT|36415||2|} {claim diagnosis ICD-10-CM|J18.9|Y} {claim diagnosis ICD-10-CM|I10|-}"
                 " {claim type institutional} title=UB-04 first=2020-01-01 last=2020-01-03 payload\n");
}

/* Of a bill of one day every line is of that day. */
static void test_table_claim_of_one_day(void **state)
{
    (void)state;
    expect_table("claim_id,patient_id,first,last,procedure\n7,p1,2020-01-01,2020-01-01,99213\n8,p1,2020-01-01,,99213\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {CPT 99213} {claim line CPT|99213|||2020-01-01} first=2020-01-01 last=2020-01-01 payload\n"
                 "record kind=claim key=record:claim|8 patient=patient:|p1 {CPT 99213} {claim line CPT|99213|||2020-01-01} first=2020-01-01 payload\n");
}

static void test_table_claim_modifiers_as_sources_write_them(void **state)
{
    (void)state;
    expect_table("claim_id,patient_id,procedure,modifiers\n7,p1,99213 99214 99215,25:59 rt/lt -\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {CPT 99213} {CPT 99214} {CPT 99215} {claim line CPT|99213|25,59||} {claim line CPT|99214|RT,LT||}"
                 " {claim line CPT|99215|||} payload\n");
}

static void test_table_claim_system_by_form(void **state)
{
    (void)state;
    expect_table("claim_id,patient_id,diagnosis,procedure\n7,p1,J18.9 486,J1885 99213 0001F 0DTJ4ZZ 47.01\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {ICD-10-CM J18.9} {ICD-9-CM 486} {HCPCS J1885} {CPT 99213} {CPT 0001F} {ICD-10-PCS 0DTJ4ZZ} {ICD-9-CM 47.01}"
                 " {claim line HCPCS|J1885|||} {claim line CPT|99213|||} {claim line CPT|0001F|||} {claim line ICD-10-PCS|0DTJ4ZZ|||} {claim line ICD-9-CM|47.01|||}"
                 " {claim diagnosis ICD-10-CM|J18.9|} {claim diagnosis ICD-9-CM|486|} payload\n");
}

/* Forms and kinds of bills are written in many ways; a word that is not known stands. */
static void test_table_claim_kinds(void **state)
{
    (void)state;
    expect_table("claim_id,patient_id,title,type\n7,p1,UB04,\n8,p1,ub-04 claim,Professional\n9,p1,CMS 1450,\n10,p1,HCFA-1500,0131\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {claim type institutional} title=UB04 payload\n"
                 "record kind=claim key=record:claim|8 patient=patient:|p1 {claim type professional} title=ub-04 claim payload\n"
                 "record kind=claim key=record:claim|9 patient=patient:|p1 {claim type institutional} title=CMS 1450 payload\n"
                 "record kind=claim key=record:claim|10 patient=patient:|p1 {claim type 0131} title=HCFA-1500 payload\n");
}

static void test_table_claim_nothing_said(void **state)
{
    (void)state;
    expect_table("claim_id,patient_id,procedure,title,type\n7,p1,99213,CMS-1500,\n8,p1,,,pharmacy\n9,p1,,superbill,\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {CPT 99213} {claim line CPT|99213|||} {claim type professional} title=CMS-1500 payload\n"
                 "record kind=claim key=record:claim|8 patient=patient:|p1 {claim type pharmacy} payload\n"
                 "record kind=claim key=record:claim|9 patient=patient:|p1 title=superbill payload\n");
}

static void test_table_claim_more_codes_than_a_cell_has(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    char want[160];
    (void)state;
    keep_buf_printf(&b, "claim_id,patient_id,procedure\n7,p1,");
    for (int i = 0; i < 129; i++)
        keep_buf_printf(&b, "%05d ", i);
    keep_buf_char(&b, '\n');
    keep_buf_char(&b, '\0');
    snprintf(want, sizeof want, "quarantine 2/30/0 bytes=%zu: more than 128 codes in one cell\n", b.n - 32);
    expect_table((const char *)b.p, want);
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table_claim_lines_and_diagnoses), cmocka_unit_test(test_table_claim_of_one_day), cmocka_unit_test(test_table_claim_system_by_form),
                                       cmocka_unit_test(test_table_claim_kinds), cmocka_unit_test(test_table_claim_modifiers_as_sources_write_them), cmocka_unit_test(test_table_claim_nothing_said),
                                       cmocka_unit_test(test_table_claim_more_codes_than_a_cell_has)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
