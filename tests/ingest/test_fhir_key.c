/* Goal: a reference in any form leads to the key that its target bears, and
 * identifiers that several things share lead to none. */
#include "tests/ingest/recorder.h"

#include "core/ingest/fhir.h"
#include "core/text/json.h"

static struct keep_fhir reader(void)
{
    static const struct keep_ingest p;
    return (struct keep_fhir){.p = &p, .arena = keep_arena_new(0)};
}

static const struct keep_json *parse(struct keep_fhir *f, const char *text)
{
    const struct keep_json *json;
    assert_int_equal(keep_json_parse(&json, keep_str_of(text), NULL, f->arena, NULL), 0);
    return json;
}

/* key of the reference, as "system|value", or "none" */
static void expect_reference(const char *text, enum keep_entity want, const char *system, const char *value)
{
    struct keep_fhir f = reader();
    struct keep_key key = keep_fhir_key(&f, parse(&f, text), want);
    assert_int_equal(key.kind, value ? want : KEEP_ENTITY_NONE);
    if (value) {
        assert_true(keep_str_is(key.system, system));
        assert_true(keep_str_is(key.value, value));
    }
    assert_false(f.over);
    keep_arena_free(f.arena);
}

static void test_fhir_key_literal(void **state)
{
    (void)state;
    expect_reference("{\"reference\":\"Patient/x\"}", KEEP_ENTITY_PATIENT, "", "x");
    expect_reference("{\"reference\":\"Patient/x/_history/1\"}", KEEP_ENTITY_PATIENT, "", "x");
    expect_reference("{\"reference\":\"https://ehr.example.org/fhir/Patient/x\"}", KEEP_ENTITY_PATIENT, "", "x");
    expect_reference("{\"reference\":\"https://ehr.example.org/fhir/Patient/x/_history/2\"}", KEEP_ENTITY_PATIENT, "", "x");
    expect_reference("{\"reference\":\"Practitioner/p\"}", KEEP_ENTITY_WORKER, "", "p");
    expect_reference("{\"reference\":\"PractitionerRole/p\"}", KEEP_ENTITY_WORKER, "PractitionerRole", "p");
    expect_reference("{\"reference\":\"Observation/o\"}", KEEP_ENTITY_RECORD, "Observation", "o");
    expect_reference("{\"reference\":\"Group/x\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"Organization/x\"}", KEEP_ENTITY_WORKER, NULL, NULL);
    expect_reference("{\"reference\":\"#c1\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"Patient/\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"x\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":7}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("\"Patient/x\"", KEEP_ENTITY_PATIENT, NULL, NULL);
}

static void test_fhir_key_urn(void **state)
{
    (void)state;
    static const char uuid[] = "0aaaaaaa-0000-4000-8000-00000000000a";
    expect_reference("{\"reference\":\"urn:uuid:0aaaaaaa-0000-4000-8000-00000000000a\"}", KEEP_ENTITY_PATIENT, "urn:uuid", uuid);
    expect_reference("{\"reference\":\"urn:uuid:0aaaaaaa-0000-4000-8000-00000000000a\",\"type\":\"Group\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"urn:oid:1.2.3\"}", KEEP_ENTITY_FACILITY, "urn:oid", "1.2.3");
    expect_reference("{\"reference\":\"urn:uuid:1\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"urn:\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
}

static void test_fhir_key_conditional(void **state)
{
    (void)state;
    expect_reference("{\"reference\":\"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99\"}", KEEP_ENTITY_WORKER, KEEP_FHIR_NPI, "99");
    expect_reference("{\"reference\":\"http://h/fhir/Practitioner?active=true&identifier=http%3A%2F%2Fa%7C9%209\"}", KEEP_ENTITY_WORKER, "http://a", "9 9");
    expect_reference("{\"reference\":\"Patient?_id=7\"}", KEEP_ENTITY_PATIENT, "", "7");
    expect_reference("{\"reference\":\"Patient?identifier=7\"}", KEEP_ENTITY_PATIENT, KEEP_FHIR_NO_SYSTEM, "7");
    expect_reference("{\"reference\":\"Patient?identifier=|7\"}", KEEP_ENTITY_PATIENT, KEEP_FHIR_NO_SYSTEM, "7");
    expect_reference("{\"reference\":\"Organization?identifier=a|7\"}", KEEP_ENTITY_WORKER, NULL, NULL);
    expect_reference("{\"reference\":\"Patient?identifier=\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"Patient?\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"?identifier=a|7\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"reference\":\"Patient?identifier=a|%4\"}", KEEP_ENTITY_PATIENT, "a", "%4");
}

static void test_fhir_key_logical(void **state)
{
    (void)state;
    expect_reference("{\"identifier\":{\"system\":\"s\",\"value\":\"v\"}}", KEEP_ENTITY_FACILITY, "s", "v");
    expect_reference("{\"identifier\":{\"system\":\"s\",\"value\":\"v\"},\"type\":\"http://hl7.org/fhir/StructureDefinition/Patient\"}", KEEP_ENTITY_PATIENT, "s", "v");
    expect_reference("{\"identifier\":{\"system\":\"s\",\"value\":\"v\"},\"type\":\"Device\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"identifier\":{\"value\":\"v\"}}", KEEP_ENTITY_PATIENT, KEEP_FHIR_NO_SYSTEM, "v");
    expect_reference("{\"identifier\":{\"value\":\"id7^^^&1.2.3&ISO\"}}", KEEP_ENTITY_PATIENT, "urn:oid:1.2.3", "id7");
    expect_reference("{\"identifier\":{\"value\":\"id7^^^NAME\"}}", KEEP_ENTITY_PATIENT, "NAME", "id7");
    expect_reference("{\"identifier\":{\"value\":\"id7^^^\"}}", KEEP_ENTITY_PATIENT, KEEP_FHIR_NO_SYSTEM, "id7^^^");
    expect_reference("{\"identifier\":{\"value\":\"^^^&1.2.3&ISO\"}}", KEEP_ENTITY_PATIENT, KEEP_FHIR_NO_SYSTEM, "^^^&1.2.3&ISO");
    expect_reference("{\"identifier\":{\"system\":\"s\"}}", KEEP_ENTITY_PATIENT, NULL, NULL);
    expect_reference("{\"display\":\"d\"}", KEEP_ENTITY_PATIENT, NULL, NULL);
}

static void test_fhir_key_of_resources(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Organization\",\"id\":\"o\",\"identifier\":[{\"system\":\"s\",\"value\":\"1\"},{\"system\":\"s\",\"value\":\"1\"},"
           "{\"system\":\"t\",\"value\":\"2\",\"type\":{\"coding\":[{\"code\":\"TAX\"}]}},{\"system\":\"urn:oid:2.16.840.1.113883.4.4\",\"value\":\"3\"},{\"value\":\"4\"}]}\n",
           "facility key=facility:|o key=facility:s|1\nrecord kind=Organization key=record:Organization|o about-none payload\n");
    expect("{\"resourceType\":\"Patient\",\"id\":\"p\",\"identifier\":[{\"system\":\"http://hl7.org/fhir/sid/us-ssn\",\"value\":\"1\"},{\"system\":\"m\",\"value\":\"2\"}]}\n",
           "patient key=patient:|p key=patient:m|2\nrecord kind=Patient key=record:Patient|p patient=patient:|p payload\n");
    expect("{\"resourceType\":\"Encounter\",\"id\":\"e\",\"identifier\":[{\"system\":\"m\",\"value\":\"2\",\"type\":{\"coding\":[{\"code\":\"AN\"}]}}]}\n",
           "encounter key=encounter:|e\nrecord kind=Encounter key=record:Encounter|e encounter=encounter:|e payload\n");
    /* without an id: an entity by its identifier, a record by its type and first identifier */
    expect("{\"resourceType\":\"Practitioner\",\"identifier\":{\"system\":\"m\",\"value\":\"2\"}}\n{\"resourceType\":\"Patient\",\"identifier\":[{\"value\":\"2\"}]}\n"
           "{\"resourceType\":\"Flag\",\"identifier\":[{\"system\":\"m\",\"value\":\"2\"},{\"system\":\"n\",\"value\":\"3\"}]}\n",
           "worker key=worker:m|2\nrecord kind=Practitioner key=record:Practitioner|m|2 about-none payload\n"
           "quarantine 2/72/0 bytes=55: a resource without id, fullUrl or identifier\n"
           "record kind=Flag key=record:Flag|m|2 payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_key_literal), cmocka_unit_test(test_fhir_key_urn),          cmocka_unit_test(test_fhir_key_conditional),
        cmocka_unit_test(test_fhir_key_logical), cmocka_unit_test(test_fhir_key_of_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
