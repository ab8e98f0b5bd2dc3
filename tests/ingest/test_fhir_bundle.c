/* Goal: a Bundle's entries come out one by one with their fullUrls resolved,
 * its wrapper is kept, and damage costs only what is damaged. */
#include "tests/ingest/recorder.h"

#define A "0aaaaaaa-0000-4000-8000-00000000000a"
#define B "0bbbbbbb-0000-4000-8000-00000000000b"

static void test_fhir_bundle_references(void **state)
{
    (void)state;
    /* the performer's type is only known from the other entry */
    expect("{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":["
           "{\"fullUrl\":\"urn:uuid:" A "\",\"resource\":{\"resourceType\":\"Patient\",\"id\":\"a\"}},"
           "{\"fullUrl\":\"urn:uuid:" B "\",\"resource\":{\"resourceType\":\"Organization\"}},"
           "{\"resource\":{\"resourceType\":\"Procedure\",\"id\":\"p\",\"subject\":{\"reference\":\"urn:uuid:" A "\"},\"performedDateTime\":\"2020-01-02\","
           "\"performer\":[{\"actor\":{\"reference\":\"urn:uuid:" B "\"}},{\"actor\":{\"reference\":\"urn:uuid:0ccccccc-0000-4000-8000-00000000000c\"}}]}}"
           "],\"total\":3}",
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\",\"type\":\"collection\",\"total\":3}\n"
           "patient key=patient:|a key=patient:urn:uuid|" A "\n"
           "record kind=Patient key=record:Patient|a key=record:urn:uuid|" A " patient=patient:|a payload\n"
           "facility key=facility:urn:uuid|" B "\n"
           "record kind=Organization key=record:urn:uuid|" B " about-none payload\n"
           "relation kind=procedure patient=patient:urn:uuid|" A " worker=worker:urn:uuid|0ccccccc-0000-4000-8000-00000000000c"
           " from=2020-01-02T00:00:00Z to=2020-01-03T00:00:00Z\n"
           "record kind=Procedure key=record:Procedure|p patient=patient:urn:uuid|" A " author=worker:urn:uuid|0ccccccc-0000-4000-8000-00000000000c"
           " first=2020-01-02 last=2020-01-02 payload\n");
}

/* urn:uuid:1 is no UUID and means something in its Bundle only. */
static void test_fhir_bundle_placeholders(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Bundle\",\"entry\":["
           "{\"fullUrl\":\"urn:uuid:1\",\"resource\":{\"resourceType\":\"Patient\",\"id\":\"a\"}},"
           "{\"fullUrl\":\"urn:uuid:2\",\"resource\":{\"resourceType\":\"Patient\"}},"
           "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"f\",\"subject\":{\"reference\":\"urn:uuid:1\"}}},"
           "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"g\",\"subject\":{\"reference\":\"urn:uuid:2\"}}}]}",
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n"
           "patient key=patient:|a\nrecord kind=Patient key=record:Patient|a patient=patient:|a payload\n"
           "quarantine 1/141/1 bytes=26: a resource without id, fullUrl or identifier\n"
           "record kind=Flag key=record:Flag|f patient=patient:|a payload\n"
           "record kind=Flag key=record:Flag|g payload\n");
}

static void test_fhir_bundle_odd_entries(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Bundle\",\"entry\":["
           "{\"fullUrl\":\"x\",\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/1\"}},7,{\"resource\":8},{\"resource\":{\"resourceType\":\"Flag\",\"id\":1}}]}",
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n"
           "note 1/34/0 bundle entry: {\"fullUrl\":\"x\",\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/1\"}}\n"
           "quarantine 1/98/1 bytes=1: a Bundle's entry without a resource\n"
           "quarantine 1/100/2 bytes=14: a Bundle's entry without a resource\n"
           "quarantine 1/127/3 bytes=30: a resource without id, fullUrl or identifier\n");
    expect("{\"resourceType\":\"Bundle\"}", "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n");
    expect("{\"resourceType\":\"Bundle\",\"entry\":{}}", "quarantine 1/33/0 bytes=2: a Bundle's entry that is no list, or a second one\n"
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n");
}

static void test_fhir_bundle_bad_entry(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Bundle\",\"entry\":[\n"
           "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"a\"}},\n"
           "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"b\",\"id\":\"c\"}},\n"
           "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"d\"}}]}",
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n"
           "record kind=Flag key=record:Flag|a payload\n"
           "quarantine 1/82/1 bytes=54: a Bundle's entry is not JSON: line 1, column 45 of it: this name stands twice in one object\n"
           "record kind=Flag key=record:Flag|d payload\n");
}

/* Cut at every byte: entries that are whole come out, nothing crashes, and all bytes from the cut entry on are kept. */
static void test_fhir_bundle_cut(void **state)
{
    (void)state;
    static const char text[] = "{\n\"resourceType\":\"Bundle\",\n\"entry\":[\n"
                               "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"a\"}},\n"
                               "{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"b\"}}\n],\"total\":2\n}";
    size_t first_ends = (size_t)(strstr(text, "}},") + 2 - text), second_ends = (size_t)(strstr(text, "}}\n") + 2 - text);
    for (size_t n = 1; n < sizeof text - 1; n++) {
        struct recorder r = {.out = KEEP_BUF_INIT};
        assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, text, n), 0);
        keep_buf_char(&r.out, '\0');
        const char *rows = (char *)r.out.p;
        assert_int_equal(strstr(rows, "Flag|a ") != NULL, n >= first_ends);
        assert_int_equal(strstr(rows, "Flag|b ") != NULL, n >= second_ends);
        assert_int_equal(r.counts.quarantined, 1);
        recorder_clear(&r);
    }
    expect("{\n\"resourceType\":\"Bundle\",\n\"entry\":[{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"a\"}},{\"resource\":{\"resour",
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n"
           "record kind=Flag key=record:Flag|a payload\n"
           "quarantine 1/82/0 bytes=20: from this entry on the Bundle is damaged or cut off\n");
    expect("{\n\"resourceType\":\"Bundle\",\n\"entry\":[],\"link\":[{\"rel",
           "quarantine 1/38/0 bytes=13: from here on the Bundle is damaged or cut off\n"
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n");
}

static void test_fhir_bundle_nested(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Flag\",\"id\":\"a\"}}]}}]}\n",
           "note 1/0/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n"
           "note 1/46/0 bundle wrapper: {\"resourceType\":\"Bundle\"}\n"
           "record kind=Flag key=record:Flag|a payload\n");
    struct keep_buf b = KEEP_BUF_INIT;
    struct recorder r = {.out = KEEP_BUF_INIT};
    for (int i = 0; i < 20; i++)
        keep_buf_str(&b, "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":");
    keep_buf_str(&b, "{\"resourceType\":\"Flag\",\"id\":\"a\"}");
    for (int i = 0; i < 20; i++)
        keep_buf_str(&b, "}]}");
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, b.p, b.n), 0);
    assert_int_equal(r.counts.quarantined, 1);
    assert_non_null(memmem(r.out.p, r.out.n, "Bundles nested too deeply", 25));
    recorder_clear(&r);
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_bundle_references),   cmocka_unit_test(test_fhir_bundle_placeholders), cmocka_unit_test(test_fhir_bundle_odd_entries),
        cmocka_unit_test(test_fhir_bundle_bad_entry),    cmocka_unit_test(test_fhir_bundle_cut),          cmocka_unit_test(test_fhir_bundle_nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
