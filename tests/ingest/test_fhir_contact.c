/* Goal: whom a RelatedPerson or a Patient names comes with keys, names, own phones and days; who is gone from the list is told to be gone. */
#include "tests/ingest/recorder.h"

#include <string.h>

static void gives(const char *resource, const char *want)
{
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, resource, strlen(resource)), 0);
    keep_buf_char(&r.out, 0);
    const char *out = (const char *)r.out.p, *at = strstr(out, "contacts ");
    const char *end = at ? strchr(at, '\n') : NULL;
    if (!want) {
        assert_null(at);
    } else {
        assert_non_null(at);
        assert_int_equal((size_t)(end - at), strlen(want));
        assert_memory_equal(at, want, strlen(want));
    }
    recorder_clear(&r);
}

static void test_fhir_contact_related(void **state)
{
    (void)state;
    gives("{\"resourceType\":\"RelatedPerson\",\"id\":\"r\",\"patient\":{\"reference\":\"Patient/p\"},\"relationship\":[{\"coding\":[{\"code\":\"MTH\",\"display\":\"mother\"}]},{\"text\":\"other\"}],"
          "\"identifier\":[{\"system\":\"urn:x\",\"value\":\"1\"},{\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":\"1234567893\"}],\"name\":[{\"family\":\"Roe\",\"given\":[\"Ann\"]}],"
          "\"telecom\":[{\"system\":\"phone\",\"value\":\"555-0100\",\"use\":\"home\"},{\"system\":\"phone\",\"value\":\"555-0200\",\"use\":\"work\"},{\"system\":\"phone\",\"value\":\"555-0300\",\"use\":\"old\"}],"
          "\"address\":[{\"line\":[\"1 Elm\"],\"city\":\"Salina\"}],\"period\":{\"start\":\"2020-01-01T00:00:00Z\",\"end\":\"2021-01-01T00:00:00Z\"}}\n",
          "contacts key=contact person:RelatedPerson|r patient=patient:|p { code=MTH relationship=mother name=Roe,Ann() address=1 Elm;Salina;; phone=555-0100"
          " from=2020-01-01T00:00:00Z to=2021-01-01T00:00:00Z worker=worker:http://hl7.org/fhir/sid/us-npi|1234567893 }");
    gives("{\"resourceType\":\"RelatedPerson\",\"id\":\"r\",\"active\":false,\"patient\":{\"reference\":\"Patient/p\"},\"name\":[{\"family\":\"Roe\"}]}\n", "contacts key=contact person:RelatedPerson|r patient=patient:|p");
    gives("{\"resourceType\":\"RelatedPerson\",\"id\":\"r\",\"name\":[{\"family\":\"Roe\"}]}\n", NULL); /* of nobody */
}

static void test_fhir_contact_of_a_patient(void **state)
{
    (void)state;
    gives("{\"resourceType\":\"Patient\",\"id\":\"p\",\"contact\":[{\"relationship\":[{\"text\":\"Ann the neighbour\"}],\"name\":{\"family\":\"Roe\"},\"telecom\":[{\"system\":\"phone\",\"value\":\"555-0100\"}]},"
          "{\"organization\":{\"reference\":\"Organization/o\"}},{\"address\":{\"line\":[\"2 Oak\"],\"postalCode\":\"67401\"},\"period\":{\"end\":\"2020-06-30T00:00:00Z\"}}]}\n",
          "contacts key=contact person:Patient|p patient=patient:|p { relationship=Ann the neighbour name=Roe,() phone=555-0100 } { address=2 Oak;;;67401 to=2020-06-30T00:00:00Z }");
    gives("{\"resourceType\":\"Patient\",\"id\":\"p\"}\n", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fhir_contact_related), cmocka_unit_test(test_fhir_contact_of_a_patient)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
