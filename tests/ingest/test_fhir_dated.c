/* Goal: the days that retention law counts from, the signature and the earlier
 * record are taken from the members that mean them, and from no others. */
#include "tests/ingest/recorder.h"

static void test_fhir_dated_days(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Coverage\",\"id\":\"a\",\"period\":{\"start\":\"2001-01-01\",\"end\":\"2002-12-31\"}}\n"
           "{\"resourceType\":\"Coverage\",\"id\":\"b\",\"period\":{\"start\":\"2001-01-01\"}}\n"
           "{\"resourceType\":\"Consent\",\"id\":\"c\",\"provision\":{\"period\":{\"end\":\"2003-05\"}}}\n"
           "{\"resourceType\":\"ExplanationOfBenefit\",\"id\":\"d\",\"payment\":{\"date\":\"2004-02-03\"}}\n"
           "{\"resourceType\":\"BiologicallyDerivedProduct\",\"id\":\"e\",\"expirationDate\":\"2005-01-01\",\"processing\":[{\"timePeriod\":{\"start\":\"2004-01-01\",\"end\":\"2004-01-03\"}},"
           "{\"timeDateTime\":\"2004-01-02\"}]}\n"
           "{\"resourceType\":\"Basic\",\"id\":\"f\",\"expirationDate\":\"2005-01-01\"}\n",
           "record kind=Coverage key=record:Coverage|a effective_end_date=2002-12-31 payload\n"
           "record kind=Coverage key=record:Coverage|b payload\n"
           "record kind=Consent key=record:Consent|c effective_end_date=2003-05-31 payload\n"
           "record kind=ExplanationOfBenefit key=record:ExplanationOfBenefit|d settled_date=2004-02-03 payload\n"
           "record kind=BiologicallyDerivedProduct key=record:BiologicallyDerivedProduct|e expiry_date=2005-01-01 processed_date=2004-01-03 payload\n"
           "record kind=Basic key=record:Basic|f payload\n");
}

static void test_fhir_dated_signature_and_earlier_record(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Composition\",\"id\":\"n\",\"attester\":[{\"mode\":\"legal\",\"time\":\"2020-01-02\",\"party\":{\"reference\":\"Practitioner/d\"}},"
           "{\"time\":\"2020-01-05\",\"party\":{\"reference\":\"Organization/o\"}}],"
           "\"relatesTo\":[{\"code\":\"appends\",\"targetReference\":{\"reference\":\"Composition/m\"}},{\"code\":\"unheard of\",\"targetReference\":{\"reference\":\"Composition/x\"}}]}\n"
           "{\"resourceType\":\"DocumentReference\",\"id\":\"d\",\"authenticator\":{\"reference\":\"Practitioner/e\"},\"relatesTo\":[{\"code\":\"replaces\",\"target\":{\"reference\":\"DocumentReference/c\"}}]}\n"
           "{\"resourceType\":\"MedicationRequest\",\"id\":\"r\",\"priorPrescription\":{\"reference\":\"MedicationRequest/q\"}}\n"
           "{\"resourceType\":\"CarePlan\",\"id\":\"p\",\"replaces\":[{\"reference\":\"CarePlan/o\"},{\"reference\":\"#contained\"}]}\n",
           "record kind=Composition key=record:Composition|n signed_date=2020-01-05 signer=worker:|d appends=record:Composition|m payload\n"
           "record kind=DocumentReference key=record:DocumentReference|d signer=worker:|e replaces=record:DocumentReference|c payload\n"
           "record kind=MedicationRequest key=record:MedicationRequest|r replaces=record:MedicationRequest|q payload\n"
           "record kind=CarePlan key=record:CarePlan|p replaces=record:CarePlan|o payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_dated_days),
        cmocka_unit_test(test_fhir_dated_signature_and_earlier_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
