/* Goal: a Claim's lines, modifiers, units, days and indicators are in its
 * record's codes; what is missing or no whole number is left empty. */
#include "tests/ingest/recorder.h"

static void test_fhir_claim_says_all(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Claim\",\"id\":\"c\",\"status\":\"active\",\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/claim-type\",\"code\":\"institutional\"}]},"
           "\"diagnosis\":[{\"sequence\":1,\"diagnosisCodeableConcept\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/icd-10-cm\",\"code\":\"I50.9\"}]},\"onAdmission\":{\"coding\":[{\"code\":\"Y\"}]}},"
           "{\"sequence\":2,\"diagnosisReference\":{\"reference\":\"Condition/x\"}}],"
           "\"item\":[{\"productOrService\":{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"97110\"}]},\"modifier\":[{\"coding\":[{\"code\":\"59\"}]},{\"coding\":[{\"code\":\"GP\"}]}],"
           "\"quantity\":{\"value\":2.0},\"servicedDate\":\"2022-03-01\"},"
           "{\"productOrService\":{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"36415\"}]},\"quantity\":{\"value\":1.5}}]}\n",
           "record kind=Claim key=record:Claim|c {http://terminology.hl7.org/CodeSystem/claim-type institutional} {ICD-10-CM I50.9} {CPT 97110} { 59} { GP} {CPT 36415}"
           " {claim type institutional} {claim line CPT|97110|59,GP|2|2022-03-01} {claim line CPT|36415|||} {claim diagnosis ICD-10-CM|I50.9|Y} status=active"
           " first=2022-03-01 last=2022-03-01 payload\n");
}

/* A line of several days says of none of them that it was it; an admitting diagnosis says that it is one. */
static void test_fhir_claim_lines_of_days_and_kinds_of_diagnoses(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Claim\",\"id\":\"c\",\"diagnosis\":[{\"diagnosisCodeableConcept\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/icd-10-cm\",\"code\":\"R07.9\"}]},"
           "\"type\":[{\"coding\":[{\"code\":\"admitting\"}]}]}],"
           "\"item\":[{\"productOrService\":{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"97110\"}]},\"servicedPeriod\":{\"start\":\"2022-03-01\",\"end\":\"2022-03-04\"}},"
           "{\"productOrService\":{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"97112\"}]},\"servicedPeriod\":{\"start\":\"2022-03-01\",\"end\":\"2022-03-01\"}}]}\n",
           "record kind=Claim key=record:Claim|c {ICD-10-CM R07.9} {CPT 97110} {CPT 97112} {claim line CPT|97110|||} {claim line CPT|97112|||2022-03-01}"
           " {claim diagnosis ICD-10-CM|R07.9||admitting} first=2022-03-01 last=2022-03-04 payload\n");
}

static void test_fhir_claim_of_nothing(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Claim\",\"id\":\"c\",\"item\":[{},{\"productOrService\":{\"coding\":[{\"code\":\"a|b\"}]}}],\"diagnosis\":[{}]}\n", "record kind=Claim key=record:Claim|c { a|b} payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fhir_claim_says_all), cmocka_unit_test(test_fhir_claim_lines_of_days_and_kinds_of_diagnoses), cmocka_unit_test(test_fhir_claim_of_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
