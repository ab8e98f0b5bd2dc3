/* Goal: every resource is a record with its own bytes, its days, its visit and
 * its people, whatever its type. */
#include "tests/ingest/recorder.h"

static void test_fhir_record_payload(void **state)
{
    (void)state;
    static const char text[] = "{ \"resourceType\":\"Flag\", \"id\":\"a\" } \n{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\": {\"id\":\"b\",\"resourceType\":\"Flag\"} }]}\n";
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, text, sizeof text - 1), 0);
    keep_buf_char(&r.bytes, '\0');
    assert_string_equal((char *)r.bytes.p, "{ \"resourceType\":\"Flag\", \"id\":\"a\" }\n{\"id\":\"b\",\"resourceType\":\"Flag\"}\n");
    assert_int_equal(r.counts.items, 2);
    recorder_clear(&r);
}

static void test_fhir_record_unknown_types(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Observation\",\"id\":\"o\",\"meta\":{\"versionId\":\"3\",\"lastUpdated\":\"2022-01-01T00:00:00Z\"},\"status\":\"final\",\"subject\":{\"reference\":"
           "\"Patient/p\"},\"encounter\":{\"reference\":\"Encounter/e\"},\"effectiveDateTime\":\"2020-05-01T22:00:00-05:00\",\"issued\":\"2020-05-02T08:00:00-05:00\","
           "\"performer\":[{\"reference\":\"Organization/o\"},{\"reference\":\"Practitioner/d\"}]}\n",
           "relation kind=result patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-05-02T03:00:00Z recorded=2020-05-02T13:00:00Z author=worker:|d\n"
           "record kind=Observation key=record:Observation|o patient=patient:|p encounter=encounter:|e author=worker:|d status=final first=2020-05-01"
           " last=2020-05-01 created=2020-05-02 reported_date=2020-05-02 recorded=2020-05-02T13:00:00Z version=3 payload\n");
    expect("{\"resourceType\":\"Appointment\",\"id\":\"o\",\"participant\":[{\"actor\":{\"reference\":\"Location/l\"}},{\"actor\":{\"reference\":\"Patient/p\"}}],"
           "\"start\":\"2020-05-01T09:00:00Z\",\"end\":\"2020-05-02T09:00:00Z\"}\n",
           "record kind=Appointment key=record:Appointment|o patient=patient:|p first=2020-05-01 last=2020-05-02 payload\n");
    expect("{\"resourceType\":\"Account\",\"id\":\"o\",\"subject\":[{\"reference\":\"Device/d\"},{\"reference\":\"Patient/p\"}]}\n"
           "{\"resourceType\":\"MedicationAdministration\",\"id\":\"m\",\"context\":{\"reference\":\"Encounter/e\"}}\n"
           "{\"resourceType\":\"ValueSet\",\"id\":\"v\",\"date\":\"2020\"}\n",
           "record kind=Account key=record:Account|o patient=patient:|p payload\n"
           "record kind=MedicationAdministration key=record:MedicationAdministration|m encounter=encounter:|e payload\n"
           "record kind=ValueSet key=record:ValueSet|v about-none created=2020-12-31 payload\n");
    expect("{\"resourceType\":\"Claim\",\"id\":\"c\",\"patient\":{\"reference\":\"Patient/p\"},\"provider\":{\"reference\":\"Organization/o\"},"
           "\"billablePeriod\":{\"start\":\"2019-01-01\",\"end\":\"2019-01-05\"},\"created\":\"2019-02-01\",\"item\":[{},{\"encounter\":[{\"reference\":\"Encounter/e\"}]}]}\n",
           "record kind=Claim key=record:Claim|c patient=patient:|p encounter=encounter:|e facility=facility:|o first=2019-01-01 last=2019-01-05"
           " created=2019-02-01 filed_date=2019-02-01 payload\n");
}

/* An onset long ago: the last day anything was said of it counts. */
static void test_fhir_record_condition_days(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Condition\",\"id\":\"c\",\"onsetDateTime\":\"1999\",\"recordedDate\":\"2010-06-01\"}\n"
           "{\"resourceType\":\"Condition\",\"id\":\"c\",\"recordedDate\":\"2010-06-01\",\"abatementDateTime\":\"2011-02\","
           "\"verificationStatus\":{\"coding\":[{\"code\":\"entered-in-error\"}]},\"clinicalStatus\":{\"coding\":[{\"code\":\"active\"}]}}\n",
           "record kind=Condition key=record:Condition|c first=1999-01-01 last=2010-06-01 created=2010-06-01 payload\n"
           "record kind=Condition key=record:Condition|c status=entered-in-error first=2010-06-01 last=2011-02-28 created=2010-06-01 payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_record_payload),
        cmocka_unit_test(test_fhir_record_unknown_types),
        cmocka_unit_test(test_fhir_record_condition_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
