/* Goal: each kind of map makes the rows it declares, a cell is translated and
 * read as its type, and a row that cannot be read is refused by its column. */
#include "tests/ingest/recorder.h"

#define COLUMN(field, column) {KEEP_STR(field), KEEP_STR(column), {NULL, 0}, {NULL, 0}, NULL, 0}
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct keep_map_value actions[] = {{{"VW", 2}, {"view", 4}}, {{"", 0}, {"unknown", 7}}};
static const struct keep_map_column event_columns[] = {
    COLUMN("time", "Time"),
    COLUMN("account", "User"),
    {{"patient_id", 10}, {"MRN", 3}, {"mrn", 3}, {NULL, 0}, NULL, 0},
    {{"action", 6}, {"Action", 6}, {NULL, 0}, {NULL, 0}, actions, 2},
    COLUMN("outcome", "Result"),
    COLUMN("purpose", "Why"),
    COLUMN("break_glass", "BTG"),
    COLUMN("reason", "Reason"),
    COLUMN("place", "Workstation"),
    COLUMN("event_id", "Id"),
    COLUMN("exposure", "Shown"),
};
static const struct keep_map events = {{"ev", 2}, KEEP_MAP_EVENTS, ',', {NULL, 0}, event_columns, COUNT(event_columns)};

static const struct keep_map_column worker_columns[] = {
    COLUMN("worker_id", "Emp"), COLUMN("login", "Login"), COLUMN("npi", "NPI"), COLUMN("family", "Last"), COLUMN("given", "First"), COLUMN("former_family", "Maiden"),
    COLUMN("birth_date", "Born"), COLUMN("department", "Dept"), COLUMN("role", "Role"), COLUMN("address", "Street"), COLUMN("city", "City"),
    COLUMN("from", "Hired"), COLUMN("to", "Left"), COLUMN("manager_id", "Boss"), COLUMN("patient_id", "MRN"), COLUMN("account_kind", "Kind"),
};
static const struct keep_map workforce = {{"wf", 2}, KEEP_MAP_WORKFORCE, ',', {NULL, 0}, worker_columns, COUNT(worker_columns)};

static const struct keep_map_column encounter_columns[] = {
    COLUMN("encounter_id", "CSN"), COLUMN("patient_id", "MRN"), {{"start", 5}, {"In", 2}, {NULL, 0}, {"%m/%d/%Y %H:%M", 14}, NULL, 0}, COLUMN("end", "Out"),
    COLUMN("class", "Class"), COLUMN("status", "Status"), COLUMN("facility", "Site"), COLUMN("unit", "Unit"), COLUMN("worker_id", "Attending"),
};
static const struct keep_map encounters = {{"en", 2}, KEEP_MAP_ENCOUNTERS, ',', {NULL, 0}, encounter_columns, COUNT(encounter_columns)};

static const struct keep_map_column record_columns[] = {
    COLUMN("record_id", "Nr"), COLUMN("patient_id", "MRN"), COLUMN("class", "Class"), COLUMN("facility", "Site"), COLUMN("first", "From"), COLUMN("last", "To"),
    COLUMN("created", "Made"), COLUMN("custodian", "Holder"), COLUMN("locator", "Box"), COLUMN("custody", "Custody"), COLUMN("title", "Title"), COLUMN("code", "Codes"),
    COLUMN("code_system", "System"),
};
static const struct keep_map records = {{"re", 2}, KEEP_MAP_RECORDS, ',', {NULL, 0}, record_columns, COUNT(record_columns)};

static void expect_table(const struct keep_map *map, const struct keep_zone *zone, const char *text, const char *rows)
{
    struct keep_ingest p = {.map = &map, .maps = 1, .zone = zone};
    expect_rows(p, text, rows);
}

static void test_table_row_events(void **state)
{
    (void)state;
    expect_table(&events, NULL,
                 "time, user ,MRN,ACTION,Result,Why,BTG,Reason,Workstation,Id,Other\r\n"
                 "2020-01-01 10:00:00, u1 ,7,VW,success,TREAT,N,,ws1,e1,x\r\n"
                 "2020-01-01 10:00:01,u1,,login,,ODD,Yes,\"said \"\"so\"\", twice\",,,\r\n"
                 "2020-01-01 10:00:02,,7,odd,odd,,maybe,,,,\r\n"
                 "2020-01-01 10:00:03,u1,7,,,,,,,,\r\n"
                 "2020-01-01 10:00:04,u1,7,VW,serious failure,,,,,,\r\n",
                 "event time=2020-01-01T10:00:00Z account=u1 patient=patient:mrn|7 action=view exposure=opened outcome=success purpose=TREAT place=ws1 break_glass=no"
                 " reason=\"\" id=e1 raw\n"
                 "event time=2020-01-01T10:00:01Z account=u1 action=login exposure=system purpose=other break_glass=yes reason=\"said \"so\", twice\" raw\n"
                 "event time=2020-01-01T10:00:02Z patient=patient:mrn|7 action=unknown exposure=unknown reason=\"\" raw\n"
                 "event time=2020-01-01T10:00:03Z account=u1 patient=patient:mrn|7 action=unknown exposure=unknown reason=\"\" raw\n"
                 "event time=2020-01-01T10:00:04Z account=u1 patient=patient:mrn|7 action=view exposure=system outcome=serious failure reason=\"\" raw\n");
}

/* What was shown is told from the action where the report does not say, by a column or in the cell; what it says stands, known or not. */
static void test_table_row_exposure(void **state)
{
    (void)state;
    expect_table(&events, NULL,
                 "Time,User,MRN,Action,Shown\n"
                 "2020-01-01T10:00:00Z,u1,7,VW,\n"
                 "2020-01-01T10:00:01Z,u1,7,VW, \n"
                 "2020-01-01T10:00:02Z,u1,7,VW,listed\n"
                 "2020-01-01T10:00:03Z,u1,7,VW,odd\n",
                 "event time=2020-01-01T10:00:00Z account=u1 patient=patient:mrn|7 action=view exposure=opened raw\n"
                 "event time=2020-01-01T10:00:01Z account=u1 patient=patient:mrn|7 action=view exposure=opened raw\n"
                 "event time=2020-01-01T10:00:02Z account=u1 patient=patient:mrn|7 action=view exposure=listed raw\n"
                 "event time=2020-01-01T10:00:03Z account=u1 patient=patient:mrn|7 action=view exposure=unknown raw\n");
}

/* Each row is refused for its own column; the last one is fine. */
static void test_table_row_refused(void **state)
{
    (void)state;
    expect_table(&events, NULL,
                 "Time,User,MRN,Action,Result,Why,BTG,Reason,Workstation,Id\n"
                 ",u,,,,,,,,\n"
                 "soon,u,,,,,,,,\n"
                 "2020-01-01,u,,,,,,,,\n"
                 "2020-01-01T10:00:00Z,u,,\n"
                 "2020-01-01T10:00:00Z,\xff,,,,,,,,\n"
                 "2020-01-01T10:00:00Z,a\"b,,,,,,,,\n"
                 "9999-12-31T23:59:59-05:00,u,,login,,,,,,\n"
                 "2020-01-01T10:00:00Z,u,,login,,,,,,\n",
                 "quarantine 2/58/0 bytes=10: column \"Time\" is empty\n"
                 "quarantine 3/69/0 bytes=14: column \"Time\": not a date or time of the format \"iso\"\n"
                 "quarantine 4/84/0 bytes=20: column \"Time\": a day without the time of day, or no time of the years 1 to 9999\n"
                 "quarantine 5/105/0 bytes=24: 4 columns, the header has 10\n"
                 "quarantine 6/130/0 bytes=30: not UTF-8\n"
                 "quarantine 7/161/0 bytes=32: a quote inside a field that does not begin with one\n"
                 "quarantine 8/194/0 bytes=40: column \"Time\": a day without the time of day, or no time of the years 1 to 9999\n"
                 "event time=2020-01-01T10:00:00Z account=u action=login exposure=system reason=\"\" raw\n");
}

static void test_table_row_workforce(void **state)
{
    (void)state;
    struct keep_zone *zone = NULL;
    assert_int_equal(keep_zone_load(&zone, "America/Chicago", NULL), 0);
    expect_table(&workforce, zone,
                 "Emp,Login,NPI,Last,First,Maiden,Born,Dept,Role,Street,City,Hired,Left,Boss,MRN,Kind\n"
                 "1,ldoe,99,Doe,Lea,Roe,1980-05,ICU,Nurse,1 Elm St,Hays,2020-01-01,2020-06-30,2,7,\n"
                 "2,svc,,,,,,,,,,,,,,service\n"
                 "3,,,,,,,,,,,2020-01-01,,,,\n"
                 "4,x,,,,,,,,,,,,,,odd\n"
                 ",x,,,,,,,,,,,,,,\n"
                 "5,x,,,,,1980-13-01,,,,,,,,,\n",
                 "worker key=worker:|1 key=worker:http://hl7.org/fhir/sid/us-npi|99 name=Doe,Lea(official) name=Roe,Lea(old) address=1 Elm St;Hays;; mrn=1"
                 " birth=1980-05-31(precision 2) department=ICU role=Nurse from=2020-01-01T06:00:00Z to=2020-07-01T05:00:00Z end-known manager=worker:|2"
                 " patient=patient:|7\n"
                 "account login=ldoe kind=person worker=worker:|1\n"
                 "worker key=worker:|2 mrn=2 end-known\n"
                 "account login=svc kind=service worker=worker:|2\n"
                 "worker key=worker:|3 mrn=3 from=2020-01-01T06:00:00Z end-known\n"
                 "worker key=worker:|4 mrn=4 end-known\n"
                 "account login=x kind=unmapped worker=worker:|4\n"
                 "quarantine 6/240/0 bytes=16: column \"Emp\" is empty\n"
                 "quarantine 7/257/0 bytes=27: column \"Born\": not a date or time of the format \"iso\"\n");
    keep_zone_free(zone);
}

static void test_table_row_encounters(void **state)
{
    (void)state;
    expect_table(&encounters, NULL,
                 "CSN,MRN,In,Out,Class,Status,Site,Unit,Attending\n"
                 "1,7,01/02/2020 10:00,2020-01-03,IMP,finished,North,4W,E1\n"
                 "2,7,01/02/2020 10:00,,EMER,in-progress,North,,E1\n"
                 "3,7,01/02/2020 10:00,,EMER,cancelled,South,,E1\n"
                 "4,7,,,,,,,E1\n"
                 "5,,01/02/2020 10:00,,,,,,\n",
                 "facility key=facility:|North name=North\n"
                 "encounter key=encounter:|1 patient=patient:|7 facility=facility:|North class=IMP status=finished start=2020-01-02T10:00:00Z end=2020-01-04T00:00:00Z"
                 " start_date=2020-01-02 end_date=2020-01-03\n"
                 "relation kind=encounter patient=patient:|7 worker=worker:|E1 encounter=encounter:|1 from=2020-01-02T10:00:00Z to=2020-01-04T00:00:00Z\n"
                 "relation kind=encounter patient=patient:|7 department=4W encounter=encounter:|1 from=2020-01-02T10:00:00Z to=2020-01-04T00:00:00Z\n"
                 "encounter key=encounter:|2 patient=patient:|7 facility=facility:|North class=EMER status=in-progress start=2020-01-02T10:00:00Z start_date=2020-01-02\n"
                 "relation kind=encounter patient=patient:|7 worker=worker:|E1 encounter=encounter:|2 from=2020-01-02T10:00:00Z open\n"
                 "facility key=facility:|South name=South\n"
                 "encounter key=encounter:|3 patient=patient:|7 facility=facility:|South class=EMER status=cancelled start=2020-01-02T10:00:00Z start_date=2020-01-02\n"
                 "encounter key=encounter:|4 patient=patient:|7\n"
                 "quarantine 6/214/0 bytes=25: column \"MRN\" is empty\n");
}

static void test_table_row_records(void **state)
{
    (void)state;
    expect_table(&records, NULL,
                 "Nr,MRN,Class,Site,From,To,Made,Holder,Box,Custody,Title,Codes,System\n"
                 "1,7,film jacket,North,1999,2001-02,,Iron Hill,B 7,copy,Knee,77065  77066,http://www.ama-assn.org/go/cpt\n"
                 "1,,chart,,,,2001-01-01,,,odd,,,\n"
                 "2,,,,,,,,,,,,\n",
                 "facility key=facility:|North name=North\n"
                 "record kind=film jacket key=record:film jacket|1 patient=patient:|7 facility=facility:|North {CPT 77065} {CPT 77066} title=Knee first=1999-01-01"
                 " last=2001-02-28 custodian=Iron Hill locator=B 7 custody=copy\n"
                 "record kind=chart key=record:chart|1 created=2001-01-01\n"
                 "quarantine 4/205/0 bytes=13: column \"Class\" is empty\n");
}

/* The other days, who signed, and the earlier record, which is of the same class. */
static void test_table_row_records_dated(void **state)
{
    (void)state;
    static const struct keep_map_column columns[] = {COLUMN("record_id", "Nr"), COLUMN("class", "Class"), COLUMN("expiry_date", "Expires"), COLUMN("signed_date", "Signed"),
                                                     COLUMN("signer_id", "By"), COLUMN("amends", "Of"), COLUMN("amendment", "How")};
    static const struct keep_map map = {{"da", 2}, KEEP_MAP_RECORDS, ',', {NULL, 0}, columns, COUNT(columns)};
    expect_table(&map, NULL,
                 "Nr,Class,Expires,Signed,By,Of,How\n"
                 "1,blood unit,2020-02,,,,\n"
                 "2,note,,2020-03-01,E1,1,appends\n"
                 "3,note,,,,2,\n"
                 "4,note,,,,2,odd\n"
                 "5,note,soon,,,,\n",
                 "record kind=blood unit key=record:blood unit|1 about-none expiry_date=2020-02-29\n"
                 "record kind=note key=record:note|2 about-none signed_date=2020-03-01 signer=worker:|E1 appends=record:note|1\n"
                 "record kind=note key=record:note|3 about-none replaces=record:note|2\n"
                 "record kind=note key=record:note|4 about-none none=record:note|2\n"
                 "quarantine 6/120/0 bytes=15: column \"Expires\": not a date or time of the format \"iso\"\n");
}

static void test_table_row_too_many_codes(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    keep_buf_str(&b, "Nr,MRN,Class,Site,From,To,Made,Holder,Box,Custody,Title,Codes,System\n1,7,chart,,,,,,,,,");
    for (int i = 0; i < 129; i++)
        keep_buf_str(&b, "A ");
    keep_buf_str(&b, ",x\n");
    keep_buf_char(&b, '\0');
    expect_table(&records, NULL, (char *)b.p, "quarantine 2/69/0 bytes=278: more than 128 codes in one cell\n");
    keep_buf_free(&b);
}

static void test_table_row_sink_errors_stop(void **state)
{
    (void)state;
    static const char text[] = "CSN,MRN,In,Out,Class,Status,Site,Unit,Attending\n1,7,01/02/2020 10:00,,IMP,finished,North,4W,E1\n,,,,,,,,\n";
    const struct keep_map *map = &encounters;
    struct keep_ingest p = {.map = &map, .maps = 1};
    for (size_t at = 1; at <= 5; at++) {
        struct recorder r = {.out = KEEP_BUF_INIT, .fail_at = at};
        assert_int_equal(read_bytes(&r, p, text, sizeof text - 1), KEEP_E_IO);
        assert_int_equal(r.rows, at);
        recorder_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_row_events),     cmocka_unit_test(test_table_row_exposure), cmocka_unit_test(test_table_row_refused), cmocka_unit_test(test_table_row_workforce),
        cmocka_unit_test(test_table_row_encounters), cmocka_unit_test(test_table_row_records), cmocka_unit_test(test_table_row_records_dated), cmocka_unit_test(test_table_row_too_many_codes),
        cmocka_unit_test(test_table_row_sink_errors_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
