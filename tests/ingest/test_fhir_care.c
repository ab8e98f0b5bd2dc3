/* Goal: who took part in a patient's care, when, and who wrote it down; nothing
 * for what was retracted, did not happen, or has no date. */
#include "tests/ingest/recorder.h"

#define ENCOUNTER(rest) "{\"resourceType\":\"Encounter\",\"id\":\"e\",\"subject\":{\"reference\":\"Patient/p\"}" rest "}\n"
#define ABOUT "\"subject\":{\"reference\":\"Patient/p\"},\"encounter\":{\"reference\":\"Encounter/e\"}"
#define DOCTOR "{\"reference\":\"Practitioner/d\"}"

static void test_fhir_care_encounter(void **state)
{
    (void)state;
    expect(ENCOUNTER(",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"period\":{\"start\":\"2020-01-01T23:00:00-06:00\",\"end\":\"2020-01-02T01:00:00-06:00\"},"
                     "\"location\":[{\"location\":{\"reference\":\"Location/l\"}}],\"serviceProvider\":{\"reference\":\"Organization/o\"},"
                     "\"participant\":[{\"individual\":" DOCTOR ",\"period\":{\"start\":\"2020-01-02T00:00:00-06:00\",\"end\":\"2020-01-02T00:30:00-06:00\"}},"
                     "{\"individual\":{\"reference\":\"PractitionerRole/r\"}},{\"individual\":{\"reference\":\"RelatedPerson/x\"}},{\"actor\":" DOCTOR "}]"),
           "encounter key=encounter:|e patient=patient:|p facility=facility:|o location=location:|l class=AMB status=finished start=2020-01-02T05:00:00Z"
           " end=2020-01-02T07:00:00Z start_date=2020-01-01 end_date=2020-01-02\n"
           "relation kind=encounter patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-02T06:00:00Z to=2020-01-02T06:30:00Z\n"
           "relation kind=encounter patient=patient:|p worker=worker:PractitionerRole|r encounter=encounter:|e from=2020-01-02T05:00:00Z to=2020-01-02T07:00:00Z\n"
           "relation kind=encounter patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-02T05:00:00Z to=2020-01-02T07:00:00Z\n"
           "record kind=Encounter key=record:Encounter|e patient=patient:|p encounter=encounter:|e facility=facility:|o status=finished"
           " first=2020-01-01 last=2020-01-02 payload\n");
}

/* An end that is missing is open while the visit runs, and unknown when it is over. */
static void test_fhir_care_encounter_ends(void **state)
{
    (void)state;
#define RECORD(status) "record kind=Encounter key=record:Encounter|e patient=patient:|p encounter=encounter:|e" status
    expect(ENCOUNTER(",\"status\":\"in-progress\",\"period\":{\"start\":\"2020-01-01T10:00:00Z\"},\"participant\":[{\"individual\":" DOCTOR "}]"),
           "encounter key=encounter:|e patient=patient:|p status=in-progress start=2020-01-01T10:00:00Z start_date=2020-01-01\n"
           "relation kind=encounter patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-01T10:00:00Z open\n"
           RECORD(" status=in-progress first=2020-01-01 payload\n"));
    expect(ENCOUNTER(",\"status\":\"finished\",\"period\":{\"start\":\"2020-01-01T10:00:00Z\"},\"participant\":[{\"individual\":" DOCTOR "}]"),
           "encounter key=encounter:|e patient=patient:|p status=finished start=2020-01-01T10:00:00Z start_date=2020-01-01\n"
           "relation kind=encounter patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-01T10:00:00Z\n"
           RECORD(" status=finished first=2020-01-01 payload\n"));
    expect(ENCOUNTER(",\"status\":\"cancelled\",\"period\":{\"start\":\"2020-01-01T10:00:00Z\"},\"participant\":[{\"individual\":" DOCTOR "}]"),
           "encounter key=encounter:|e patient=patient:|p status=cancelled start=2020-01-01T10:00:00Z start_date=2020-01-01\n"
           RECORD(" status=cancelled first=2020-01-01 payload\n"));
    expect(ENCOUNTER(",\"participant\":[{\"individual\":" DOCTOR "}]"), "encounter key=encounter:|e patient=patient:|p\n" RECORD(" payload\n"));
}

/* Units by their own intervals; the facility itself, planned places and nameless ones are none. */
static void test_fhir_care_encounter_units(void **state)
{
    (void)state;
    expect(ENCOUNTER(",\"status\":\"in-progress\",\"period\":{\"start\":\"2020-01-01T10:00:00Z\"},\"serviceProvider\":{\"reference\":\"Organization/o\",\"display\":\"North\"},\"location\":["
                     "{\"location\":{\"reference\":\"Location/ed\",\"display\":\"ED\"},\"status\":\"completed\",\"period\":{\"start\":\"2020-01-01T10:00:00Z\",\"end\":\"2020-01-01T14:00:00Z\"}},"
                     "{\"location\":{\"display\":\"4 West\"},\"status\":\"active\",\"period\":{\"start\":\"2020-01-01T14:00:00Z\"}},"
                     "{\"location\":{\"display\":\"Rehab\"},\"status\":\"planned\"},{\"location\":{\"reference\":\"Location/n\",\"display\":\"North\"}},{\"location\":{\"reference\":\"Location/x\"}}]"),
           "encounter key=encounter:|e patient=patient:|p facility=facility:|o location=location:|ed status=in-progress start=2020-01-01T10:00:00Z start_date=2020-01-01\n"
           "relation kind=encounter patient=patient:|p department=ED encounter=encounter:|e from=2020-01-01T10:00:00Z to=2020-01-01T14:00:00Z\n"
           "relation kind=encounter patient=patient:|p department=4 West encounter=encounter:|e from=2020-01-01T14:00:00Z open\n"
           "record kind=Encounter key=record:Encounter|e patient=patient:|p encounter=encounter:|e facility=facility:|o status=in-progress first=2020-01-01 payload\n");
    expect(ENCOUNTER(",\"status\":\"cancelled\",\"location\":[{\"location\":{\"display\":\"ED\"},\"period\":{\"start\":\"2020-01-01T10:00:00Z\"}}]"),
           "encounter key=encounter:|e patient=patient:|p status=cancelled\n" RECORD(" status=cancelled payload\n"));
}

static void test_fhir_care_condition(void **state)
{
    (void)state;
#define CONDITION(rest) "{\"resourceType\":\"Condition\",\"id\":\"c\"," ABOUT ",\"recorder\":" DOCTOR rest "}\n"
#define TAIL " first=2020-01-01 last=2020-01-01 created=2020-01-01 recorded=2020-01-01T10:00:00Z payload\n"
    expect(CONDITION(",\"asserter\":" DOCTOR ",\"recordedDate\":\"2020-01-01T10:00:00Z\""),
           "relation kind=diagnosis patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-01T10:00:00Z recorded=2020-01-01T10:00:00Z"
           " author=worker:|d\nrecord kind=Condition key=record:Condition|c patient=patient:|p encounter=encounter:|e author=worker:|d" TAIL);
    expect(CONDITION(",\"asserter\":{\"reference\":\"Practitioner/x\"},\"recordedDate\":\"2020-01-01T10:00:00Z\""),
           "relation kind=diagnosis patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-01T10:00:00Z recorded=2020-01-01T10:00:00Z"
           " author=worker:|d\n"
           "relation kind=diagnosis patient=patient:|p worker=worker:|x encounter=encounter:|e from=2020-01-01T10:00:00Z recorded=2020-01-01T10:00:00Z"
           " author=worker:|d\nrecord kind=Condition key=record:Condition|c patient=patient:|p encounter=encounter:|e author=worker:|d" TAIL);
    expect(CONDITION(",\"recordedDate\":\"2020-01-01T10:00:00Z\",\"verificationStatus\":{\"coding\":[{\"code\":\"entered-in-error\"}]}"),
           "record kind=Condition key=record:Condition|c patient=patient:|p encounter=encounter:|e author=worker:|d status=entered-in-error" TAIL);
}

static void test_fhir_care_procedure(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Procedure\",\"id\":\"c\"," ABOUT ",\"status\":\"completed\",\"performedPeriod\":{\"start\":\"2020-01-01T10:00:00Z\",\"end\":"
           "\"2020-01-01T11:00:00Z\"},\"performer\":[{\"actor\":" DOCTOR "},{\"actor\":" DOCTOR "},{\"actor\":{\"reference\":\"Organization/o\"}}]}\n",
           "relation kind=procedure patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-01T10:00:00Z to=2020-01-01T11:00:00Z\n"
           "record kind=Procedure key=record:Procedure|c patient=patient:|p encounter=encounter:|e author=worker:|d status=completed first=2020-01-01"
           " last=2020-01-01 payload\n");
    expect("{\"resourceType\":\"Procedure\",\"id\":\"c\"," ABOUT ",\"status\":\"not-done\",\"performedDateTime\":\"2020-01-01\",\"performer\":[{\"actor\":" DOCTOR "}]}\n",
           "record kind=Procedure key=record:Procedure|c patient=patient:|p encounter=encounter:|e author=worker:|d status=not-done first=2020-01-01"
           " last=2020-01-01 payload\n");
}

static void test_fhir_care_request(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"MedicationRequest\",\"id\":\"c\"," ABOUT ",\"authoredOn\":\"2020-01-01\",\"requester\":" DOCTOR "}\n",
           "relation kind=order patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-01T00:00:00Z to=2020-01-02T00:00:00Z"
           " recorded=2020-01-02T00:00:00Z author=worker:|d\n"
           "record kind=MedicationRequest key=record:MedicationRequest|c patient=patient:|p encounter=encounter:|e author=worker:|d first=2020-01-01"
           " last=2020-01-01 created=2020-01-01 payload\n");
    expect("{\"resourceType\":\"MedicationRequest\",\"id\":\"c\"," ABOUT ",\"requester\":" DOCTOR "}\n",
           "record kind=MedicationRequest key=record:MedicationRequest|c patient=patient:|p encounter=encounter:|e author=worker:|d payload\n");
}

static void test_fhir_care_immunization(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Immunization\",\"id\":\"c\",\"patient\":{\"reference\":\"Patient/p\"},\"occurrenceDateTime\":\"2020-01-01T10:00:00Z\","
           "\"performer\":[{\"actor\":" DOCTOR "}]}\n",
           "relation kind=immunization patient=patient:|p worker=worker:|d from=2020-01-01T10:00:00Z\n"
           "record kind=Immunization key=record:Immunization|c patient=patient:|p author=worker:|d first=2020-01-01 last=2020-01-01 payload\n");
}

static void test_fhir_care_document(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"DocumentReference\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/p\"},\"date\":\"2020-01-03T10:00:00Z\",\"author\":[" DOCTOR
           ",{\"reference\":\"Practitioner/f\"}],\"authenticator\":{\"reference\":\"Practitioner/g\"},\"custodian\":{\"reference\":\"Organization/o\"},"
           "\"context\":{\"encounter\":[{\"reference\":\"Encounter/e\"}],\"period\":{\"start\":\"2020-01-01\",\"end\":\"2020-01-02\"}}}\n",
           "relation kind=note patient=patient:|p worker=worker:|d encounter=encounter:|e from=2020-01-03T10:00:00Z recorded=2020-01-03T10:00:00Z author=worker:|d\n"
           "relation kind=note patient=patient:|p worker=worker:|f encounter=encounter:|e from=2020-01-03T10:00:00Z recorded=2020-01-03T10:00:00Z author=worker:|d\n"
           "relation kind=note patient=patient:|p worker=worker:|g encounter=encounter:|e from=2020-01-03T10:00:00Z recorded=2020-01-03T10:00:00Z author=worker:|d\n"
           "record kind=DocumentReference key=record:DocumentReference|c patient=patient:|p encounter=encounter:|e facility=facility:|o author=worker:|d"
           " first=2020-01-01 last=2020-01-02 created=2020-01-03 signer=worker:|g recorded=2020-01-03T10:00:00Z payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_care_encounter),    cmocka_unit_test(test_fhir_care_encounter_ends), cmocka_unit_test(test_fhir_care_encounter_units), cmocka_unit_test(test_fhir_care_condition),
        cmocka_unit_test(test_fhir_care_procedure),    cmocka_unit_test(test_fhir_care_request),        cmocka_unit_test(test_fhir_care_immunization),
        cmocka_unit_test(test_fhir_care_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
