/* Goal: a record's codes are found where resources write them, under the short
 * names that policies use, each once. */
#include "tests/ingest/recorder.h"

#include "core/ingest/fhir.h"

static void test_fhir_code_systems(void **state)
{
    (void)state;
    assert_true(keep_str_is(keep_fhir_code_system(KEEP_STR("http://hl7.org/fhir/sid/icd-10-cm")), "ICD-10-CM"));
    assert_true(keep_str_is(keep_fhir_code_system(KEEP_STR("http://www.ama-assn.org/go/cpt")), "CPT"));
    assert_true(keep_str_is(keep_fhir_code_system(KEEP_STR("http://hl7.org/fhir/sid/icd-9-cm")), "ICD-9-CM"));
    assert_true(keep_str_is(keep_fhir_code_system(KEEP_STR("urn:oid:2.16.840.1.113883.6.96")), "SNOMED CT"));
    assert_true(keep_str_is(keep_fhir_code_system(KEEP_STR("http://own.example")), "http://own.example"));
}

static void test_fhir_code_places(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Condition\",\"id\":\"c\",\"meta\":{\"security\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"R\"}]},"
           "\"code\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/icd-9-cm\",\"code\":\"V08\"},{\"system\":\"http://snomed.info/sct\",\"code\":\"1\"},"
           "{\"system\":\"http://snomed.info/sct\",\"code\":\"1\"},{\"display\":\"no code\"}]},\"category\":[{\"coding\":[{\"code\":\"own\"}]},{\"text\":\"x\"}]}\n",
           "record kind=Condition key=record:Condition|c {Confidentiality R} {ICD-9-CM V08} {SNOMED CT 1} { own} payload\n");
    expect("{\"resourceType\":\"Claim\",\"id\":\"c\",\"diagnosis\":[{\"diagnosisCodeableConcept\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/icd-10-cm\",\"code\":\"A\"}]}}],"
           "\"item\":[{\"productOrService\":{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"77065\"}]}}]}\n",
           "record kind=Claim key=record:Claim|c {ICD-10-CM A} {CPT 77065} {claim line CPT|77065|||} {claim diagnosis ICD-10-CM|A|} payload\n");
    expect("{\"resourceType\":\"MedicationRequest\",\"id\":\"c\",\"medication\":{\"concept\":{\"coding\":[{\"system\":\"http://www.nlm.nih.gov/research/umls/rxnorm\",\"code\":\"7\"}]}}}\n",
           "record kind=MedicationRequest key=record:MedicationRequest|c {RxNorm 7} payload\n");
    expect("{\"resourceType\":\"ImagingStudy\",\"id\":\"c\",\"modality\":[{\"system\":\"urn:oid:1.2.840.10008.2.16.4\",\"code\":\"MG\"}],\"code\":\"odd\",\"type\":[[]]}\n",
           "record kind=ImagingStudy key=record:ImagingStudy|c {DCM MG} payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_code_systems),
        cmocka_unit_test(test_fhir_code_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
