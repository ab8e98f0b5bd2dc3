/* Goal: rows of code tables are gathered into records that explain themselves;
 * a row that is no code is quarantined and its neighbours stay. */
#include "tests/ingest/recorder.h"

#define COLUMN(field) {KEEP_STR(field), KEEP_STR(field), {NULL, 0}, {NULL, 0}, NULL, 0}
static const struct keep_map_column code_columns[] = {{KEEP_STR("code"), KEEP_STR("code"), KEEP_STR("ICD-10-CM"), {NULL, 0}, NULL, 0}, COLUMN("from"), COLUMN("to"), COLUMN("sex"),
                                                      COLUMN("age_from"), COLUMN("age_to"), COLUMN("billable"), COLUMN("poa_exempt")};
static const struct keep_map_column bare_columns[] = {COLUMN("code"), COLUMN("system")};
static const struct keep_map_column pair_columns[] = {COLUMN("first"), COLUMN("second"), COLUMN("from"), COLUMN("to"), COLUMN("modifier")};
static const struct keep_map_column limit_columns[] = {COLUMN("code"), COLUMN("most"), COLUMN("from"), COLUMN("to"), COLUMN("per")};
#define MAP(name, kind) static const struct keep_map name = {{#name, sizeof #name - 1}, KEEP_MAP_##kind, ',', {NULL, 0}, name##_columns, sizeof name##_columns / sizeof *name##_columns}
#define code_map code
MAP(code, CODES);
MAP(bare, CODES);
MAP(pair, PAIRS);
MAP(limit, LIMITS);

/* Rows and payloads. */
static void expect_book(const struct keep_map *map, const char *text, const char *rows, const char *payload)
{
    struct keep_ingest p = {.map = &map, .maps = 1};
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, p, text, strlen(text)), 0);
    keep_buf_char(&r.out, '\0');
    keep_buf_char(&r.bytes, '\0');
    assert_string_equal((const char *)r.out.p, rows);
    if (payload)
        assert_string_equal((const char *)r.bytes.p, payload);
    recorder_clear(&r);
}

static void test_table_book_codes(void **state)
{
    (void)state;
    expect_book(&code, "code,from,to,sex,age_from,age_to,billable,poa_exempt\nE11.9,2021-10-01,,,,,yes,no\nN40.0,2021-10-01,2022-09-30,male,,,,\n=cmd,2021-10-01,,,,,,\nP07.10,2021-10-01,,,0,0,1,\nZ,,,,x,,,\n",
                "quarantine 4/118/0 bytes=21: a code begins with a letter or digit and has at most 60 characters\nquarantine 6/167/0 bytes=9: a number that is none\n"
                "record kind=code table key=record:code table|input#0000 about-none title=code payload\n",
                "system,code,from,to,sex,age_from,age_to,billable,poa_exempt\nICD-10-CM,E11.9,2021-10-01,,,,,yes,no\nICD-10-CM,N40.0,2021-10-01,2022-09-30,M,,,,\n"
                "ICD-10-CM,P07.10,2021-10-01,,,0,0,yes,\n\n");
    expect_book(&bare, "code,system\n25,modifier\n59,\n", "quarantine 3/24/0 bytes=3: nothing says of which system the code is\n"
                "record kind=code table key=record:code table|input#0000 about-none title=bare payload\n", NULL);
}

static void test_table_book_pairs_and_limits(void **state)
{
    (void)state;
    expect_book(&pair, "first,second,from,to,modifier\n11042,97597,20220101,*,1\n11042,97598,2022-01-01,*,9\n99215,99213,2022-01-01,,0\n", "quarantine 2/30/0 bytes=24: column \"from\": not a date or time of the format \"iso\"\n"
                "record kind=code table key=record:code table|input#0000 about-none title=pair payload\n",
                "first,second,from,to,modifier\n11042,97598,2022-01-01,,9\n99215,99213,2022-01-01,,no\n\n");
    expect_book(&limit, "code,most,from,to,per\n97110,2,2022-01-01,,day\n97110,,2022-01-01,,\n97110,2,2022-01-01,,week\n97112,2,2022-01-01,,1 Line Edit\n97113,2,2022-01-01,,3\n97116,2,2022-01-01,,12\n",
                "quarantine 3/46/0 bytes=19: column \"most\" is empty\nquarantine 4/66/0 bytes=24: a limit is per line or per day, or 1, 2 or 3 as MUE says\nquarantine 7/145/0 bytes=22: a limit is per line or per day, or 1, 2 or 3 as MUE says\n"
                "record kind=code table key=record:code table|input#0000 about-none title=limit payload\n",
                "code,from,to,most,per\n97110,2022-01-01,,2,day\n97112,2022-01-01,,2,line\n97113,2022-01-01,,2,day\n\n");
}

static void test_table_book_pieces(void **state)
{
    static const struct keep_map *const map = &pair;
    struct keep_ingest p = {.map = &map, .maps = 1};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_buf_printf(&b, "first,second,from,to,modifier\n");
    for (int i = 0; i < 40000; i++)
        keep_buf_printf(&b, "%05d,%05d,2022-01-01,,1\n", i, i + 1);
    keep_buf_char(&b, '\0');
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, p, b.p, b.n - 1), 0);
    assert_int_equal(r.rows, 3); /* of 512 KiB */
    assert_int_equal(r.counts.items, 40000);
    recorder_clear(&r);
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table_book_codes), cmocka_unit_test(test_table_book_pairs_and_limits), cmocka_unit_test(test_table_book_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
