/* Goal: every line or document of FHIR JSON ends as rows, a note or quarantine,
 * whatever stands before it. */
#include "tests/ingest/recorder.h"

#define P(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"
#define ROWS(id) "patient key=patient:|" id "\nrecord kind=Patient key=record:Patient|" id " patient=patient:|" id

static void test_fhir_lines(void **state)
{
    (void)state;
    expect(P("a") "\n\r\n  " P("b") "  \r\n" P("c"), ROWS("a") " payload\n" ROWS("b") " payload\n" ROWS("c") " payload\n");
    expect("\xef\xbb\xbf" P("a") "\n", ROWS("a") " payload\n");
}

static void test_fhir_bad_lines_leave_their_neighbours(void **state)
{
    (void)state;
    expect(P("a") "\n{\"resourceType\":\"Patient\",\"id\n" P("b") "\n",
           ROWS("a") " payload\nquarantine 2/36/0 bytes=29: not JSON: line 1, column 30 of it: the JSON ends too early\n" ROWS("b") " payload\n");
    expect(P("a") "\n\x01\x02\xff\n" P("b") "\n",
           ROWS("a") " payload\nquarantine 2/36/0 bytes=3: not JSON: line 1, column 1 of it: not a JSON value\n" ROWS("b") " payload\n");
    expect(P("a") "\n{\"resourceType\":\"Patient\",\"id\":\"\xff\"}\n" P("b") "\n",
           ROWS("a") " payload\nquarantine 2/36/0 bytes=35: not JSON: line 1, column 33 of it: not UTF-8\n" ROWS("b") " payload\n");
    expect(P("a") "\n{\"id\":\"1\",\"id\":\"2\"}\n" P("b") "\n",
           ROWS("a") " payload\nquarantine 2/36/0 bytes=19: not JSON: line 1, column 11 of it: this name stands twice in one object\n" ROWS("b")
           " payload\n");
}

static void test_fhir_first_line_bad(void **state)
{
    (void)state;
    /* cut in a string, cut behind a value: lines all the same */
    expect("{\"resourceType\":\"Pati\n" P("b") "\n",
           "quarantine 1/0/0 bytes=21: not JSON: line 1, column 22 of it: the JSON ends too early\n" ROWS("b") " payload\n");
    expect("{\"resourceType\":\"Patient\"\n" P("b") "\n",
           "quarantine 1/0/0 bytes=25: not JSON: line 1, column 26 of it: the JSON ends too early\n" ROWS("b") " payload\n");
    /* cut behind a comma it looks like a document; the lines are found again */
    expect("{\"resourceType\":\"Patient\",\n" P("b") "\n",
           "quarantine 1/0/0 bytes=26: not JSON: line 1, column 27 of it: the JSON ends too early\n" ROWS("b") " payload\n");
}

static void test_fhir_deep_and_huge(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    keep_buf_str(&b, P("a") "\n{\"x\":");
    for (int i = 0; i < 100000; i++)
        keep_buf_char(&b, '[');
    for (int i = 0; i < 100000; i++)
        keep_buf_char(&b, ']');
    keep_buf_str(&b, "}\n{\"resourceType\":\"Patient\",\"id\":\"n\",\"x\":1e999999999999}\n" P("b") "\n");
    keep_buf_char(&b, '\0');
    expect((char *)b.p, ROWS("a") " payload\nquarantine 2/36/0 bytes=200006: not JSON: line 1, column 133 of it: nested too deeply\n"
           "patient key=patient:|n\nrecord kind=Patient key=record:Patient|n patient=patient:|n payload\n" ROWS("b") " payload\n");
    keep_buf_free(&b);
}

static void test_fhir_not_resources(void **state)
{
    (void)state;
    expect("{\"a\":1}\n{\"resourceType\":\"\"}\n{\"resourceType\":\"x y\"}\n{\"resourceType\":7}\n[1]\n{\"resourceType\":\"Basic\"}\n",
           "quarantine 1/0/0 bytes=7: JSON without a resourceType\n"
           "quarantine 2/8/0 bytes=19: resourceType is not the name of a resource type\n"
           "quarantine 3/28/0 bytes=22: resourceType is not the name of a resource type\n"
           "quarantine 4/51/0 bytes=18: JSON without a resourceType\n"
           "quarantine 5/70/0 bytes=3: JSON without a resourceType\n"
           "quarantine 6/74/0 bytes=24: a resource without id, fullUrl or identifier\n");
}

static void test_fhir_provenance(void **state)
{
    (void)state;
    expect("{\"exportId\":\"e\",\"eventId\":\"kickoff\"}\n{\"exportId\":\"e\"}\n{\"resourceType\":\"OperationOutcome\"}\n",
           "note 1/0/0 bulk export log: {\"exportId\":\"e\",\"eventId\":\"kickoff\"}\n"
           "quarantine 2/37/0 bytes=16: JSON without a resourceType\n"
           "note 3/54/0 operation outcome: {\"resourceType\":\"OperationOutcome\"}\n");
}

static void test_fhir_documents(void **state)
{
    (void)state;
    expect("{\n  \"resourceType\": \"Patient\",\n  \"id\": \"a\"\n}\n", ROWS("a") " payload\n");
    expect("\n\n{\n\"resourceType\":\"Patient\",\"id\":\"a\"}\n{\n\"resourceType\":\"Patient\",\"id\":\"b\"}", ROWS("a") " payload\n" ROWS("b") " payload\n");
    expect("{\n  \"resourceType\": \"Patient\",\n  \"id\": \"a\"\n", "quarantine 1/0/0 bytes=42: not JSON: line 3, column 12 of it: the JSON ends too early\n");
    expect("{\n  \"resourceType\": \"Patient\",\n  \"id\": \"a\"\n}\nrest",
           ROWS("a") " payload\nquarantine 1/45/0 bytes=4: not JSON: line 1, column 1 of it: not a JSON value\n");
}

/* A line beyond the limit comes in pieces and costs its neighbours nothing. */
static void test_fhir_line_limit(void **state)
{
    (void)state;
    size_t limit = (size_t)64 << 20, n = limit + 1000;
    char *text = malloc(n + 200), *p = text;
    assert_non_null(text);
    p += sprintf(p, P("a") "\n");
    memset(p, 'x', n);
    p += n;
    p += sprintf(p, "\n" P("b") "\n");
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, text, (size_t)(p - text)), 0);
    keep_buf_char(&r.out, '\0');
    assert_string_equal((char *)r.out.p, ROWS("a") " payload\n"
                        "quarantine 2/36/0 bytes=67108864: a piece of a line of more than 64 MiB\n"
                        "quarantine 2/67108900/0 bytes=1000: a piece of a line of more than 64 MiB\n" ROWS("b") " payload\n");
    assert_int_equal(r.counts.items, 4);
    assert_int_equal(r.counts.quarantined, 2);
    recorder_clear(&r);
    free(text);
}

static void test_fhir_sink_errors_stop(void **state)
{
    (void)state;
    static const char text[] = P("a") "\nbad\n" P("b") "\n{\"exportId\":\"e\",\"eventId\":\"k\"}\n";
    struct recorder r = {.out = KEEP_BUF_INIT};
    for (size_t at = 1; at <= 6; at++) {
        r.fail_at = at;
        assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, text, sizeof text - 1), KEEP_E_IO);
        assert_int_equal(r.rows, at);
        assert_string_equal(r.err.text, "the sink failed");
        recorder_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_lines),
        cmocka_unit_test(test_fhir_bad_lines_leave_their_neighbours),
        cmocka_unit_test(test_fhir_first_line_bad),
        cmocka_unit_test(test_fhir_deep_and_huge),
        cmocka_unit_test(test_fhir_not_resources),
        cmocka_unit_test(test_fhir_provenance),
        cmocka_unit_test(test_fhir_documents),
        cmocka_unit_test(test_fhir_line_limit),
        cmocka_unit_test(test_fhir_sink_errors_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
