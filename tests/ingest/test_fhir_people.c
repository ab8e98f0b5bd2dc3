/* Goal: patients and practitioners come with their numbers, death, and what
 * ties a role to its practitioner. */
#include "tests/ingest/recorder.h"

#define PATIENT(rest) "{\"resourceType\":\"Patient\",\"id\":\"a\"" rest "}\n"
#define RECORD "\nrecord kind=Patient key=record:Patient|a patient=patient:|a payload\n"

static void test_fhir_people_patient(void **state)
{
    (void)state;
    expect(PATIENT(",\"identifier\":[{\"system\":\"m\",\"value\":\"0\"},{\"system\":\"h\",\"value\":\"77\",\"type\":{\"coding\":[{\"code\":\"MR\"}]}}]"),
           "patient key=patient:|a key=patient:m|0 key=patient:h|77 mrn=77" RECORD);
    expect(PATIENT(",\"deceasedBoolean\":false"), "patient key=patient:|a deceased=no" RECORD);
    expect(PATIENT(",\"deceasedBoolean\":true"), "patient key=patient:|a deceased=yes" RECORD);
    expect(PATIENT(",\"deceasedBoolean\":\"odd\""), "patient key=patient:|a" RECORD);
    expect(PATIENT(",\"deceasedDateTime\":\"2001-02-03T23:00:00-06:00\""), "patient key=patient:|a deceased=yes death_time=2001-02-04T05:00:00Z death=2001-02-03" RECORD);
    expect(PATIENT(",\"deceasedDateTime\":\"2001\""), "patient key=patient:|a deceased=yes death=2001-12-31" RECORD);
    expect(PATIENT(",\"deceasedDateTime\":\"odd\""), "patient key=patient:|a deceased=yes" RECORD);
}

static void test_fhir_people_confidential(void **state)
{
    (void)state;
#define LABEL(code) ",\"meta\":{\"security\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"" code "\"}]}"
    expect(PATIENT(LABEL("V")), "patient key=patient:|a confidential=yes\nrecord kind=Patient key=record:Patient|a patient=patient:|a {Confidentiality V} payload\n");
    expect(PATIENT(LABEL("N")), "patient key=patient:|a confidential=no\nrecord kind=Patient key=record:Patient|a patient=patient:|a {Confidentiality N} payload\n");
}

static void test_fhir_people_trial_record(void **state)
{
    (void)state;
#define TAG(system, code) ",\"meta\":{\"tag\":[{\"system\":\"x\",\"code\":\"y\"},{\"system\":\"" system "\",\"code\":\"" code "\"}]}"
    expect(PATIENT(TAG("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")), "patient key=patient:|a test=yes" RECORD);
    expect(PATIENT(TAG("http://terminology.hl7.org/CodeSystem/v3-ActReason", "TREAT")), "patient key=patient:|a" RECORD);
    expect(PATIENT(TAG("elsewhere", "HTEST")), "patient key=patient:|a" RECORD);
}

/* One that does not say enough may join the patient with anybody. */
static void test_fhir_people_link(void **state)
{
    (void)state;
#define LINK(other, type) PATIENT(",\"link\":[{\"other\":" other type "}]")
#define REFUSED(bytes) "patient key=patient:|a\nquarantine 1/0/0 bytes=" bytes ": a patient's link that does not say to which patient, or how" RECORD
    expect(LINK("{\"reference\":\"Patient/b\"}", ",\"type\":\"replaced-by\""), "patient key=patient:|a\nlink kind=replaced-by from=patient:|a to=patient:|b" RECORD);
    expect(LINK("{\"reference\":\"RelatedPerson/b\"}", ",\"type\":\"seealso\""), "patient key=patient:|a" RECORD);
    expect(LINK("{\"reference\":\"#b\"}", ",\"type\":\"replaced-by\""), REFUSED("49"));
    expect(LINK("{\"reference\":\"Patient/b\"}", ""), REFUSED("35"));
    expect(LINK("{\"display\":\"b\"}", ",\"type\":\"replaces\""), REFUSED("43"));
}

static void test_fhir_people_practitioner(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Practitioner\",\"id\":\"d\",\"identifier\":[{\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":\"99\"}],\"name\":[{\"family\":\"Doe\"}]}\n"
           "{\"resourceType\":\"Practitioner\",\"id\":\"d\",\"identifier\":[{\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":\"99\"},"
           "{\"system\":\"e\",\"value\":\"E1\",\"type\":{\"coding\":[{\"code\":\"EI\"}]}}]}\n",
           "worker key=worker:|d key=worker:http://hl7.org/fhir/sid/us-npi|99 name=Doe,() mrn=99\n"
           "record kind=Practitioner key=record:Practitioner|d about-none payload\n"
           "worker key=worker:|d key=worker:http://hl7.org/fhir/sid/us-npi|99 key=worker:e|E1 mrn=E1\n"
           "record kind=Practitioner key=record:Practitioner|d about-none payload\n");
}

static void test_fhir_people_role(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"PractitionerRole\",\"id\":\"r\",\"practitioner\":{\"reference\":\"Practitioner/d\"},\"code\":[{\"text\":\"Nurse\"}],"
           "\"period\":{\"start\":\"2020-01-01\",\"end\":\"2020-06-30\"}}\n",
           "worker key=worker:PractitionerRole|r key=worker:|d role=Nurse from=2020-01-01T00:00:00Z to=2020-07-01T00:00:00Z end-known\n"
           "record kind=PractitionerRole key=record:PractitionerRole|r about-none payload\n");
    expect("{\"resourceType\":\"PractitionerRole\",\"id\":\"r\",\"specialty\":[{\"coding\":[{\"code\":\"208D\",\"display\":\"GP\"}]}]}\n",
           "worker key=worker:PractitionerRole|r role=GP\nrecord kind=PractitionerRole key=record:PractitionerRole|r about-none payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_people_patient),
        cmocka_unit_test(test_fhir_people_confidential),
        cmocka_unit_test(test_fhir_people_trial_record),
        cmocka_unit_test(test_fhir_people_link),
        cmocka_unit_test(test_fhir_people_practitioner),
        cmocka_unit_test(test_fhir_people_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
