/* Goal: of each resource type, who took part, as what, and when; the record's
 * patient, visit, days and codes; nothing for what was retracted. */
#include "tests/ingest/recorder.h"

#define ABOUT "\"subject\":{\"reference\":\"Patient/p\"},\"encounter\":{\"reference\":\"https://ehr.test/fhir/Encounter/e/_history/2\"},"
#define ME "{\"reference\":\"Practitioner/d\"}"
#define OTHER "{\"type\":\"Practitioner\",\"identifier\":{\"system\":\"urn:staff\",\"value\":\"7\"}}"
#define RESOURCE(type, rest) "{\"resourceType\":\"" type "\",\"id\":\"x\"," rest "}\n"
#define RELATION(kind) "relation kind=" kind " patient=patient:|p"
#define IN " encounter=encounter:|e"
#define D " worker=worker:|d"
#define O " worker=worker:urn:staff|7"
#define AT10 "2020-01-01T10:00:00Z"
#define AT11 "2020-01-01T11:00:00Z"

/* The lines that begin with `kind`. */
static void expect_of(const char *kind, const char *text, const char *rows)
{
    struct recorder r = {.out = KEEP_BUF_INIT};
    struct keep_buf some = KEEP_BUF_INIT;
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, text, strlen(text)), 0);
    keep_buf_char(&r.out, '\0');
    for (char *line = (char *)r.out.p, *nl; (nl = strchr(line, '\n')); line = nl + 1)
        if (strncmp(line, kind, strlen(kind)) == 0)
            keep_buf_add(&some, line, (size_t)(nl + 1 - line));
    keep_buf_char(&some, '\0');
    assert_string_equal((char *)some.p, rows);
    keep_buf_free(&some);
    recorder_clear(&r);
}

static void relations(const char *text, const char *rows)
{
    expect_of("relation", text, rows);
}

static void records(const char *text, const char *rows)
{
    expect_of("record", text, rows);
}

static void test_fhir_part_orders(void **state)
{
    (void)state;
    relations(RESOURCE("ServiceRequest", ABOUT "\"authoredOn\":\"" AT10 "\",\"requester\":" ME ",\"performer\":[" OTHER "],\"occurrenceDateTime\":\"2020-02-01T08:00:00Z\""),
              RELATION("order") D IN " from=" AT10 " recorded=" AT10 " author=worker:|d\n"
              RELATION("referral") O IN " from=2020-02-01T08:00:00Z recorded=" AT10 " author=worker:|d\n");
    relations(RESOURCE("ServiceRequest", ABOUT "\"status\":\"entered-in-error\",\"authoredOn\":\"" AT10 "\",\"requester\":" ME), "");
    relations(RESOURCE("ServiceRequest", ABOUT "\"requester\":" ME), "");
}

static void test_fhir_part_results(void **state)
{
    (void)state;
    relations(RESOURCE("Observation", ABOUT "\"effectiveDateTime\":\"" AT10 "\",\"issued\":\"" AT11 "\",\"performer\":[" ME ",{\"reference\":\"Organization/o\"}]"),
              RELATION("result") D IN " from=" AT10 " recorded=" AT11 " author=worker:|d\n");
    relations(RESOURCE("DiagnosticReport", ABOUT "\"effectivePeriod\":{\"start\":\"" AT10 "\",\"end\":\"" AT11 "\"},\"resultsInterpreter\":[" OTHER "]"),
              RELATION("result") O IN " from=" AT10 " to=" AT11 " author=worker:urn:staff|7\n");
    relations(RESOURCE("ImagingStudy", ABOUT "\"started\":\"" AT10 "\",\"referrer\":" ME ",\"interpreter\":[" OTHER "],\"series\":[{\"performer\":[{\"actor\":" ME "}]}]"),
              RELATION("order") D IN " from=" AT10 "\n" RELATION("result") O IN " from=" AT10 "\n" RELATION("procedure") D IN " from=" AT10 "\n");
    records(RESOURCE("Observation", ABOUT "\"status\":\"final\",\"effectiveDateTime\":\"2019-12-31T23:00:00-06:00\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"1-8\"}]},"
                     "\"component\":[{\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2-6\"}]}}],\"performer\":[" ME "]"),
            "record kind=Observation key=record:Observation|x patient=patient:|p" IN " author=worker:|d {LOINC 1-8} {LOINC 2-6} status=final first=2019-12-31 last=2019-12-31 payload\n");
}

static void test_fhir_part_medication(void **state)
{
    (void)state;
    relations(RESOURCE("MedicationAdministration", "\"subject\":{\"reference\":\"Patient/p\"},\"context\":{\"reference\":\"Encounter/e\"},\"effectiveDateTime\":\"" AT10
                       "\",\"performer\":[{\"actor\":" ME "}]"),
              RELATION("medication") D IN " from=" AT10 "\n");
    relations(RESOURCE("MedicationAdministration", "\"status\":\"not-done\",\"subject\":{\"reference\":\"Patient/p\"},\"effectiveDateTime\":\"" AT10
                       "\",\"performer\":[{\"actor\":" ME "}]"),
              "");
}

static void test_fhir_part_notes(void **state)
{
    (void)state;
    relations(RESOURCE("Composition", ABOUT "\"date\":\"" AT11 "\",\"author\":[" ME "],\"attester\":[{\"mode\":\"legal\",\"party\":" OTHER "}]"),
              RELATION("note") D IN " from=" AT11 " recorded=" AT11 " author=worker:|d\n" RELATION("note") O IN " from=" AT11 " recorded=" AT11 " author=worker:|d\n");
    relations(RESOURCE("Communication", ABOUT "\"sent\":\"" AT10 "\",\"received\":\"" AT11 "\",\"sender\":" ME ",\"recipient\":[" OTHER ",{\"reference\":\"Patient/p\"}]"),
              RELATION("note") D IN " from=" AT10 " recorded=" AT10 " author=worker:|d\n" RELATION("note") O IN " from=" AT11 " recorded=" AT10 " author=worker:|d\n");
    relations(RESOURCE("AllergyIntolerance", "\"patient\":{\"reference\":\"Patient/p\"},\"recordedDate\":\"" AT10 "\",\"recorder\":" ME ",\"asserter\":" ME),
              RELATION("diagnosis") D " from=" AT10 " recorded=" AT10 " author=worker:|d\n");
    relations(RESOURCE("CarePlan", ABOUT "\"created\":\"" AT10 "\",\"author\":" ME ",\"period\":{\"start\":\"" AT10 "\",\"end\":\"" AT11 "\"},\"activity\":[{\"detail\":{\"performer\":["
                       OTHER "]}}]"),
              RELATION("note") D IN " from=" AT10 " recorded=" AT10 " author=worker:|d\n"
              RELATION("task") O IN " from=" AT10 " to=" AT11 " recorded=" AT10 " author=worker:|d\n");
}

#define ACTOR(who, more) "{\"actor\":" who more "}"
static void test_fhir_part_appointment(void **state)
{
    (void)state;
#define WHEN "\"start\":\"" AT10 "\",\"end\":\"" AT11 "\",\"created\":\"2019-12-01T09:00:00Z\","
#define TAIL " from=" AT10 " to=" AT11 " recorded=2019-12-01T09:00:00Z\n"
    relations(RESOURCE("Appointment", WHEN "\"participant\":[" ACTOR("{\"reference\":\"Patient/p\"}", "") "," ACTOR(ME, "") "," ACTOR(OTHER, ",\"status\":\"declined\"") ","
                       ACTOR("{\"reference\":\"Patient/q\"}", "") "]"),
              RELATION("appointment") D TAIL "relation kind=appointment patient=patient:|q" D TAIL);
    relations(RESOURCE("Appointment", WHEN "\"status\":\"cancelled\",\"participant\":[" ACTOR("{\"reference\":\"Patient/p\"}", "") "," ACTOR(ME, "") "]"), "");
    records(RESOURCE("Appointment", WHEN "\"status\":\"booked\",\"participant\":[" ACTOR(ME, "") "," ACTOR("{\"reference\":\"Patient/p\"}", "") "]"),
            "record kind=Appointment key=record:Appointment|x patient=patient:|p status=booked first=2020-01-01 last=2020-01-01 created=2019-12-01 recorded=2019-12-01T09:00:00Z payload\n");
}

static void test_fhir_part_team(void **state)
{
    (void)state;
#define TEAM(status, period) RESOURCE("CareTeam", ABOUT "\"status\":\"" status "\",\"period\":{\"start\":\"" AT10 "\"},\"participant\":[{\"member\":" ME period "}]")
    relations(TEAM("active", ""), RELATION("team") D IN " from=" AT10 " open\n");
    relations(TEAM("inactive", ""), RELATION("team") D IN " from=" AT10 "\n");
    relations(TEAM("active", ",\"period\":{\"start\":\"" AT11 "\",\"end\":\"2020-01-02T00:00:00Z\"}"), RELATION("team") D IN " from=" AT11 " to=2020-01-02T00:00:00Z\n");
    relations(TEAM("proposed", ""), "");
    relations(RESOURCE("EpisodeOfCare", "\"patient\":{\"reference\":\"Patient/p\"},\"status\":\"active\",\"period\":{\"start\":\"" AT10 "\"},\"careManager\":" ME),
              RELATION("team") D " from=" AT10 " open\n");
}

static void test_fhir_part_task(void **state)
{
    (void)state;
#define TASK(status, more) RESOURCE("Task", "\"for\":{\"reference\":\"Patient/p\"},\"status\":\"" status "\",\"authoredOn\":\"" AT10 "\",\"owner\":" ME more)
    relations(TASK("in-progress", ""), RELATION("task") D " from=" AT10 " open recorded=" AT10 "\n");
    relations(TASK("completed", ",\"lastModified\":\"" AT11 "\",\"requester\":" OTHER), RELATION("task") D " from=" AT10 " to=" AT11 " recorded=" AT10
              " author=worker:urn:staff|7\n" RELATION("task") O " from=" AT10 " to=" AT11 " recorded=" AT10 " author=worker:urn:staff|7\n");
    relations(TASK("rejected", ""), "");
    relations(TASK("entered-in-error", ""), "");
}

static void test_fhir_part_bills(void **state)
{
    (void)state;
    static const char claim[] =
        RESOURCE("Claim", "\"status\":\"active\",\"patient\":{\"reference\":\"Patient/p\"},\"created\":\"2020-02-01T10:00:00Z\",\"enterer\":" OTHER ",\"provider\":{\"reference\":\"Organization/o\"},"
                 "\"billablePeriod\":{\"start\":\"" AT10 "\",\"end\":\"" AT11 "\"},\"careTeam\":[{\"provider\":" ME "}],"
                 "\"diagnosis\":[{\"diagnosisCodeableConcept\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/icd-10-cm\",\"code\":\"J18.9\"}]},"
                 "\"packageCode\":{\"coding\":[{\"system\":\"https://bluebutton.cms.gov/resources/variables/clm_drg_cd\",\"code\":\"193\"}]}}],"
                 "\"procedure\":[{\"procedureCodeableConcept\":{\"coding\":[{\"system\":\"http://www.cms.gov/Medicare/Coding/ICD10\",\"code\":\"0BJ08ZZ\"}]}}],"
                 "\"item\":[{\"encounter\":[{\"reference\":\"Encounter/e\"}],\"revenue\":{\"coding\":[{\"system\":\"https://www.nubc.org/CodeSystem/RevenueCodes\",\"code\":\"0120\"}]},"
                 "\"productOrService\":{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"99223\"}]}}]");
    relations(claim, RELATION("team") D IN " from=" AT10 " to=" AT11 " recorded=2020-02-01T10:00:00Z author=worker:urn:staff|7\n"
              RELATION("task") O IN " from=2020-02-01T10:00:00Z recorded=2020-02-01T10:00:00Z author=worker:urn:staff|7\n");
    records(claim, "record kind=Claim key=record:Claim|x patient=patient:|p" IN " facility=facility:|o author=worker:urn:staff|7 {ICD-10-CM J18.9} {MS-DRG 193} {ICD-10-PCS 0BJ08ZZ}"
            " {CPT 99223} {revenue 0120} {claim line CPT|99223|||} {claim diagnosis ICD-10-CM|J18.9|} status=active first=2020-01-01 last=2020-01-01 created=2020-02-01 filed_date=2020-02-01 recorded=2020-02-01T10:00:00Z payload\n");
    records(RESOURCE("ExplanationOfBenefit", "\"patient\":{\"reference\":\"Patient/p\"},\"item\":[{\"servicedDate\":\"2020-01-05\"},{\"servicedPeriod\":{\"start\":\"2020-01-02\",\"end\":\"2020-01-03\"}}],"
                     "\"supportingInfo\":[{\"code\":{\"coding\":[{\"system\":\"https://bluebutton.cms.gov/resources/variables/clm_drg_cd\",\"code\":\"194\"}]}}]"),
            "record kind=ExplanationOfBenefit key=record:ExplanationOfBenefit|x patient=patient:|p {MS-DRG 194} first=2020-01-02 last=2020-01-05 payload\n");
    records(RESOURCE("Coverage", "\"beneficiary\":{\"reference\":\"Patient/p\"},\"period\":{\"start\":\"2020-01-01\",\"end\":\"2099-12-31\"}"),
            "record kind=Coverage key=record:Coverage|x patient=patient:|p effective_end_date=2099-12-31 payload\n");
}

static void test_fhir_part_papers(void **state)
{
    (void)state;
    records(RESOURCE("Consent", "\"status\":\"active\",\"patient\":{\"reference\":\"Patient/p\"},\"dateTime\":\"2020-01-01\",\"organization\":[{\"reference\":\"Organization/o\"}]"),
            "record kind=Consent key=record:Consent|x patient=patient:|p facility=facility:|o status=active first=2020-01-01 last=2020-01-01 created=2020-01-01 payload\n");
    records(RESOURCE("Provenance", "\"target\":[{\"reference\":\"Observation/o\"},{\"reference\":\"Patient/p\"},{\"reference\":\"Encounter/e\"}],\"recorded\":\"" AT10
                     "\",\"agent\":[{\"who\":" ME "}]"),
            "record kind=Provenance key=record:Provenance|x patient=patient:|p" IN " author=worker:|d created=2020-01-01 recorded=" AT10 " payload\n");
    records(RESOURCE("RelatedPerson", "\"patient\":{\"reference\":\"Patient/p\"},\"period\":{\"start\":\"2020-01-01\"},\"name\":[{\"family\":\"Kin\"}]"),
            "record kind=RelatedPerson key=record:RelatedPerson|x patient=patient:|p payload\n");
}

static void test_fhir_part_people(void **state)
{
    (void)state;
    expect_of("link", RESOURCE("Patient", "\"link\":[{\"type\":\"replaced-by\",\"other\":{\"reference\":\"Patient/q\"}},{\"type\":\"seealso\",\"other\":{\"reference\":\"Patient/r\"}},"
                               "{\"type\":\"odd\",\"other\":{\"reference\":\"Patient/s\"}},{\"type\":\"replaces\",\"other\":{\"reference\":\"Patient/x\"}},"
                               "{\"type\":\"refer\",\"other\":{\"reference\":\"RelatedPerson/t\"}}]"),
              "link kind=replaced-by from=patient:|x to=patient:|q\nlink kind=seealso from=patient:|x to=patient:|r\n");
    relations(RESOURCE("Patient", "\"meta\":{\"lastUpdated\":\"" AT10 "\"},\"generalPractitioner\":[" ME ",{\"reference\":\"Organization/o\"}]"),
              "relation kind=primary care patient=patient:|x" D " from=" AT10 " open recorded=" AT10 "\n");
    relations(RESOURCE("Patient", "\"generalPractitioner\":[" ME "]"), "relation kind=primary care patient=patient:|x" D " open\n");
    static const char person[] = RESOURCE("Person", "\"link\":[{\"target\":" ME "},{\"target\":{\"reference\":\"Patient/p\"}},{\"target\":{\"reference\":\"Patient/q\"}}]");
    expect_of("worker", person, "worker key=worker:|d patient=patient:|p\n");
    expect_of("link", person, "link kind=seealso from=patient:|p to=patient:|q\n");
    records(person, "record kind=Person key=record:Person|x patient=patient:|p payload\n");
    expect_of("link", RESOURCE("Person", "\"link\":[{\"target\":" ME "},{\"target\":[7]},null,3]"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_part_orders), cmocka_unit_test(test_fhir_part_results), cmocka_unit_test(test_fhir_part_medication), cmocka_unit_test(test_fhir_part_notes),
        cmocka_unit_test(test_fhir_part_appointment), cmocka_unit_test(test_fhir_part_team), cmocka_unit_test(test_fhir_part_task), cmocka_unit_test(test_fhir_part_bills),
        cmocka_unit_test(test_fhir_part_papers), cmocka_unit_test(test_fhir_part_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
