/* Goal: dates keep the civil day as written, spans cover all they can mean,
 * times without a zone are wall time, and names and addresses come whole. */
#include "tests/ingest/recorder.h"

#include "core/ingest/fhir.h"
#include "core/text/json.h"

/* "from to first last [open]" of a JSON value */
static void expect_when(const struct keep_zone *zone, const char *text, const char *want)
{
    struct keep_ingest p = {.zone = zone};
    struct keep_fhir f = {.p = &p, .arena = keep_arena_new(0)};
    const struct keep_json *json;
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(keep_json_parse(&json, keep_str_of(text), NULL, f.arena, NULL), 0);
    struct keep_fhir_when w = keep_fhir_value_when(&f, json);
    put_time(&r, "from", w.from);
    put_time(&r, "to", w.to);
    put_date(&r, "first", w.first);
    put_date(&r, "last", w.last);
    keep_buf_str(&r.out, w.open ? " open" : "");
    keep_buf_char(&r.out, '\0');
    assert_string_equal((char *)r.out.p, want);
    recorder_clear(&r);
    keep_arena_free(f.arena);
}

static void test_fhir_value_when(void **state)
{
    (void)state;
    expect_when(NULL, "\"2020-03-01T23:30:00-05:00\"", " from=2020-03-02T04:30:00Z first=2020-03-01 last=2020-03-01");
    expect_when(NULL, "\"2020-03-01\"", " from=2020-03-01T00:00:00Z to=2020-03-02T00:00:00Z first=2020-03-01 last=2020-03-01");
    expect_when(NULL, "\"2020-02\"", " from=2020-02-01T00:00:00Z to=2020-03-01T00:00:00Z first=2020-02-01 last=2020-02-29");
    expect_when(NULL, "\"2020\"", " from=2020-01-01T00:00:00Z to=2021-01-01T00:00:00Z first=2020-01-01 last=2020-12-31");
    expect_when(NULL, "{\"start\":\"2020-03-01T10:00:00Z\",\"end\":\"2020-03-02\"}", " from=2020-03-01T10:00:00Z to=2020-03-03T00:00:00Z first=2020-03-01 last=2020-03-02");
    expect_when(NULL, "{\"start\":\"2020-03-01T10:00:00Z\"}", " from=2020-03-01T10:00:00Z first=2020-03-01 open");
    expect_when(NULL, "{\"end\":\"2020-03-01T10:00:00Z\"}", " to=2020-03-01T10:00:00Z last=2020-03-01");
    expect_when(NULL, "[\"2020-03-01T10:00:00Z\",\"2021-03-01T10:00:00Z\"]", " from=2020-03-01T10:00:00Z first=2020-03-01 last=2020-03-01");
    expect_when(NULL, "\"2020-03-01T99:00:00Z\"", " from=2020-03-01T00:00:00Z to=2020-03-02T00:00:00Z first=2020-03-01 last=2020-03-01");
    expect_when(NULL, "\"2020-02-30\"", "");
    expect_when(NULL, "\"soon\"", "");
    expect_when(NULL, "{}", "");
    expect_when(NULL, "7", "");
    expect_when(NULL, "[]", "");
}

static void test_fhir_value_wall_time(void **state)
{
    (void)state;
    struct keep_zone *zone = NULL;
    assert_int_equal(keep_zone_load(&zone, "America/Chicago", NULL), 0);
    expect_when(zone, "\"2020-07-01T10:00:00.5\"", " from=2020-07-01T15:00:00.5Z first=2020-07-01 last=2020-07-01");
    expect_when(zone, "\"2020-07-01\"", " from=2020-07-01T05:00:00Z to=2020-07-02T05:00:00Z first=2020-07-01 last=2020-07-01");
    expect_when(zone, "\"2020-07-01T10:00:00Z\"", " from=2020-07-01T10:00:00Z first=2020-07-01 last=2020-07-01");
    expect_when(zone, "\"2016-03-13T00:01:20-05:00\"", " from=2016-03-13T05:01:20Z first=2016-03-12 last=2016-03-12");
    expect_when(zone, "\"2016-03-12T23:30:00-08:00\"", " from=2016-03-13T07:30:00Z first=2016-03-13 last=2016-03-13");
    keep_zone_free(zone);
}

static void test_fhir_value_human(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"use\":\"official\",\"family\":\"Roe\",\"given\":[\"Ann\",\"May\"]},{\"text\":\"A Roe\"},{\"use\":\"x\"}],"
           "\"address\":[{\"line\":[\"1 Elm St\",\"Apt 2\"],\"city\":\"Hays\",\"state\":\"KS\",\"postalCode\":\"67601\"},{\"text\":\"somewhere\"},{\"use\":\"home\"},{\"type\":\"postal\",\"line\":[\"PO Box 7\"]},"
           "{\"line\":[\"2 Safe St\"],\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/iso21090-AD-use\",\"valueCode\":\"CONF\"}]}],"
           "\"telecom\":[{\"system\":\"email\",\"value\":\"a@b\"},{\"system\":\"phone\",\"value\":\"555\"}],\"gender\":\"female\",\"birthDate\":\"1990\"}\n",
           "patient key=patient:|a name=Roe,Ann May(official) name=A Roe,() address=1 Elm St, Apt 2;Hays;KS;67601 address=somewhere;;; address=PO Box 7;;;(postal) address=2 Safe St;;;(confidential) phone=555 gender=female"
           " birth=1990-12-31(precision 1)\nrecord kind=Patient key=record:Patient|a patient=patient:|a payload\n");
    expect("{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":{\"family\":\"Roe\",\"given\":\"Ann\"},\"birthDate\":\"1990-13-01\",\"telecom\":\"x\",\"address\":[7]}\n",
           "patient key=patient:|a name=Roe,Ann()\nrecord kind=Patient key=record:Patient|a patient=patient:|a payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_value_when),
        cmocka_unit_test(test_fhir_value_wall_time),
        cmocka_unit_test(test_fhir_value_human),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
