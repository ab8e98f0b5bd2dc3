/* Goal: an AuditEvent becomes events of who acted and about whom, never none,
 * and one without its instant is quarantined. */
#include "tests/ingest/recorder.h"

#define EVENT(rest) "{\"resourceType\":\"AuditEvent\",\"id\":\"x\",\"recorded\":\"2020-01-01T10:00:00+01:00\"" rest "}\n"
#define REST(what) ",\"type\":{\"code\":\"rest\"},\"subtype\":[{\"code\":\"" what "\"}]"
#define USER ",\"agent\":[{\"altId\":\"u1\",\"name\":\"Una\",\"requestor\":true}]"
#define BY_USER "event time=2020-01-01T09:00:00Z account=u1 name=Una"
#define OF(id) "{\"what\":{\"reference\":\"Patient/" id "\"}}"

static void test_fhir_audit_actions(void **state)
{
    (void)state;
    expect(EVENT(REST("read") ",\"action\":\"E\",\"outcome\":\"0\"" USER ",\"entity\":[" OF("p") "]"),
           BY_USER " patient=patient:|p action=view exposure=opened outcome=success id=x raw\n");
    expect(EVENT(REST("search-type") ",\"outcome\":\"4\"" USER), BY_USER " action=search exposure=searched outcome=minor failure id=x raw\n");
    expect(EVENT(REST("read") ",\"outcome\":\"4\"" USER ",\"entity\":[" OF("p") "]"), BY_USER " patient=patient:|p action=view exposure=opened outcome=minor failure id=x raw\n");
    expect(EVENT(REST("read") ",\"outcome\":\"12\"" USER ",\"entity\":[" OF("p") "]"), BY_USER " patient=patient:|p action=view exposure=system outcome=major failure id=x raw\n");
    expect(EVENT(REST("patch") USER ",\"entity\":[" OF("p") "]"), BY_USER " patient=patient:|p action=update exposure=opened id=x raw\n");
    expect(EVENT(REST("operation") ",\"action\":\"E\"" USER ",\"entity\":[" OF("p") "]"), BY_USER " patient=patient:|p action=execute exposure=opened id=x raw\n");
    expect(EVENT(REST("operation") ",\"action\":\"E\"" USER), BY_USER " action=execute exposure=system id=x raw\n");
    expect(EVENT(",\"type\":{\"code\":\"110114\"},\"subtype\":[{\"code\":\"110122\"}],\"action\":\"E\"" USER), BY_USER " action=login exposure=system id=x raw\n");
    expect(EVENT(",\"type\":{\"code\":\"110106\"},\"action\":\"R\"" USER ",\"entity\":[" OF("p") "]"), BY_USER " patient=patient:|p action=export exposure=opened id=x raw\n");
    expect(EVENT(",\"action\":\"D\"" USER), BY_USER " action=delete exposure=opened id=x raw\n");
    expect(EVENT(",\"action\":\"Z\"" USER), BY_USER " action=unknown exposure=unknown id=x raw\n");
    /* R5: outcomes are words, and names differ */
#define SAID(word) ",\"outcome\":{\"code\":{\"system\":\"http://hl7.org/fhir/issue-severity\",\"code\":\"" word "\"}}"
#define READ_P(outcome) EVENT(REST("read") outcome USER ",\"entity\":[" OF("p") "]")
    expect(READ_P(SAID("success")), BY_USER " patient=patient:|p action=view exposure=opened outcome=success id=x raw\n");
    expect(READ_P(SAID("warning")), BY_USER " patient=patient:|p action=view exposure=opened outcome=minor failure id=x raw\n");
    expect(READ_P(SAID("error")), BY_USER " patient=patient:|p action=view exposure=system outcome=serious failure id=x raw\n");
    expect(READ_P(SAID("fatal")), BY_USER " patient=patient:|p action=view exposure=system outcome=major failure id=x raw\n");
    expect(READ_P(SAID("information")), BY_USER " patient=patient:|p action=view exposure=opened id=x raw\n");
    expect(EVENT(",\"code\":{\"coding\":[{\"code\":\"read\"}]},\"outcome\":{\"code\":{\"code\":\"8\"}},\"patient\":{\"reference\":\"Patient/p\"},"
                 "\"occurredDateTime\":\"2020-01-01T08:00:00Z\",\"agent\":[{\"who\":{\"reference\":\"Practitioner/d\"},\"requestor\":true,\"networkString\":\"ws\"}]"),
           "event time=2020-01-01T08:00:00Z account=Practitioner/d patient=patient:|p action=view exposure=system outcome=serious failure place=ws id=x raw\n");
}

static void test_fhir_audit_accounts(void **state)
{
    (void)state;
#define AGENT(rest) EVENT(",\"agent\":[{" rest "}]")
#define ONE(account) "event time=2020-01-01T09:00:00Z account=" account " action=unknown exposure=unknown id=x raw\n"
    expect(AGENT("\"altId\":\"a\",\"who\":{\"identifier\":{\"value\":\"b\"}},\"requestor\":true"), ONE("a"));
    expect(AGENT("\"who\":{\"identifier\":{\"value\":\"b\"},\"reference\":\"Practitioner/c\"},\"requestor\":true"), ONE("b"));
    expect(AGENT("\"who\":{\"reference\":\"Practitioner/c\"},\"requestor\":true"), ONE("Practitioner/c"));
    expect(AGENT("\"who\":{\"display\":\"Dora\"},\"requestor\":true"), ONE("Dora name=Dora"));
    expect(AGENT("\"name\":\"Dora\",\"requestor\":true"), ONE("Dora name=Dora"));
    /* what stands inside the AuditEvent goes by what it is, never by its "#id", which every event may use for somebody else */
#define INSIDE(rest) ",\"contained\":[{\"resourceType\":\"Practitioner\",\"id\":\"p1\"" rest "}],\"agent\":[{\"who\":{\"reference\":\"#p1\"},\"name\":\"Dora\",\"requestor\":true}]"
    expect(EVENT(INSIDE(",\"identifier\":[{\"system\":\"urn:s\",\"value\":\"e7\"}]")), ONE("e7 name=Dora"));
    expect(EVENT(INSIDE("")), ONE("Dora name=Dora"));
    expect(AGENT("\"who\":{\"reference\":\"#p1\"},\"requestor\":true"), "event time=2020-01-01T09:00:00Z action=unknown exposure=unknown id=x raw\n");
    /* STU3 */
    expect(AGENT("\"userId\":{\"value\":\"b\"},\"reference\":{\"reference\":\"Practitioner/c\"},\"requestor\":true"), ONE("b"));
    expect(AGENT("\"reference\":{\"reference\":\"Practitioner/c\"},\"requestor\":true"), ONE("Practitioner/c"));
    /* a machine alone asked, or nobody: it was the person named; a machine and somebody who asked: that one */
#define WHO(id, asked) "\"who\":{\"reference\":\"" id "\"},\"requestor\":" asked
    expect(AGENT(WHO("Device/s", "false") "},{" WHO("https://h/fhir/Practitioner/c", "false")), ONE("https://h/fhir/Practitioner/c"));
    expect(AGENT(WHO("Device/s", "true") "},{" WHO("PractitionerRole/c", "false")),
           ONE("Device/s") "event time=2020-01-01T09:00:00Z account=PractitionerRole/c action=unknown exposure=unknown id=x#2 raw\n");
    expect(AGENT(WHO("Practitioner/d", "true") "},{" WHO("Practitioner/c", "false")), ONE("Practitioner/d"));
    expect(AGENT("\"altId\":\"d\",\"requestor\":true},{" WHO("Practitioner/c", "false")), ONE("d"));
    /* nobody asked: the first one did it; nobody at all: still an event */
    expect(AGENT("\"altId\":\"a\"},{\"altId\":\"b\""), ONE("a"));
    expect(EVENT(""), "event time=2020-01-01T09:00:00Z action=unknown exposure=unknown id=x raw\n");
}

/* An assistant who asked and the clinician acted for; a machine between them is no third. */
static void test_fhir_audit_several(void **state)
{
    (void)state;
    expect(EVENT(",\"action\":\"R\",\"agent\":[{\"altId\":\"server\",\"requestor\":false,\"type\":{\"coding\":[{\"code\":\"110153\"}]},\"network\":{\"address\":\"ws9\"}},"
                 "{\"altId\":\"ass\",\"requestor\":true},{\"altId\":\"hcp\",\"requestor\":false,\"role\":[{\"coding\":[{\"code\":\"HCP\"}]}],\"network\":{\"address\":\"ws1\"}},"
                 "{\"altId\":\"ass\",\"requestor\":true}],\"entity\":[" OF("p") "," OF("q") "," OF("p/_history/2") "]"),
           "event time=2020-01-01T09:00:00Z account=ass patient=patient:|p action=view exposure=opened place=ws9 id=x raw\n"
           "event time=2020-01-01T09:00:00Z account=ass patient=patient:|q action=view exposure=opened place=ws9 id=x#2 raw\n"
           "event time=2020-01-01T09:00:00Z account=hcp patient=patient:|p action=view exposure=opened place=ws1 id=x#3 raw\n"
           "event time=2020-01-01T09:00:00Z account=hcp patient=patient:|q action=view exposure=opened place=ws1 id=x#4 raw\n");
}

/* What the log says of for whom an agent acted is a relation of that instant, with the other as its author; a mere second person is nobody acted for. */
static void test_fhir_audit_behalf(void **state)
{
    (void)state;
#define ON_BEHALF(who) "\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/auditevent-OnBehalfOf\",\"valueReference\":{\"reference\":\"" who "\"}}],"
#define HELPER(extension) EVENT(",\"action\":\"R\",\"agent\":[{" extension "\"who\":{\"reference\":\"Practitioner/a\"},\"requestor\":true}],\"entity\":[" OF("p") "," OF("q") "]")
#define HELPED(patient, id) "event time=2020-01-01T09:00:00Z account=Practitioner/a patient=patient:|" patient " action=view exposure=opened id=" id " raw\n"
#define FOR_B(patient) "relation kind=on behalf patient=patient:|" patient " worker=worker:|a from=2020-01-01T09:00:00Z recorded=2020-01-01T09:00:00Z author=worker:|b\n"
    expect(HELPER(ON_BEHALF("Practitioner/b")), HELPED("p", "x") HELPED("q", "x#2") FOR_B("p") FOR_B("q"));
    expect(HELPER(ON_BEHALF("Practitioner/a")), HELPED("p", "x") HELPED("q", "x#2"));
    expect(HELPER(ON_BEHALF("Organization/o")), HELPED("p", "x") HELPED("q", "x#2"));
#define ROLE(code) "\"role\":[{\"coding\":[{\"system\":\"urn:oid:2.16.756.5.30.1.127.3.10.6\",\"code\":\"" code "\"}]}]"
#define GLN(number) "\"who\":{\"identifier\":{\"system\":\"urn:oid:2.51.1.3\",\"value\":\"" number "\"}}"
#define SWISS(role) EVENT(",\"action\":\"R\",\"agent\":[{" ROLE("HCP") "," GLN("7601000234438") ",\"requestor\":false},{" role GLN("7601000000001") ",\"requestor\":true}],\"entity\":[" OF("p") "]")
#define BOTH "event time=2020-01-01T09:00:00Z account=7601000234438 patient=patient:|p action=view exposure=opened id=x raw\n" \
             "event time=2020-01-01T09:00:00Z account=7601000000001 patient=patient:|p action=view exposure=opened id=x#2 raw\n"
    expect(SWISS(ROLE("ASS") ","), BOTH "relation kind=on behalf patient=patient:|p worker=worker:urn:oid:2.51.1.3|7601000000001 from=2020-01-01T09:00:00Z recorded=2020-01-01T09:00:00Z "
                                        "author=worker:urn:oid:2.51.1.3|7601000234438\n");
    expect(SWISS(""), BOTH);
}

static void test_fhir_audit_patients(void **state)
{
    (void)state;
    expect(EVENT(",\"action\":\"R\"" USER ",\"entity\":[{\"what\":{\"identifier\":{\"value\":\"7^^^&1.2&ISO\"}},\"type\":{\"code\":\"1\"},\"role\":{\"code\":\"1\"}}]"),
           BY_USER " patient=patient:urn:oid:1.2|7 action=view exposure=opened id=x raw\n");
    /* by what a reference says that it is, by what stands inside, and by STU3's names */
#define ABOUT(entity) EVENT(",\"action\":\"R\",\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"p1\",\"identifier\":[{\"system\":\"urn:mrn\",\"value\":\"7\"}]}]" USER ",\"entity\":[{" entity "}]")
#define PATIENT_7 BY_USER " patient=patient:urn:mrn|7 action=view exposure=opened id=x raw\n"
#define MRN_7 "\"identifier\":{\"system\":\"urn:mrn\",\"value\":\"7\"}"
    expect(ABOUT("\"what\":{\"type\":\"Patient\"," MRN_7 "}"), PATIENT_7);
    expect(ABOUT("\"what\":{\"type\":\"http://hl7.org/fhir/StructureDefinition/Patient\"," MRN_7 "},\"role\":{\"code\":\"4\"}"), PATIENT_7);
    expect(ABOUT("\"what\":{\"reference\":\"#p1\"}"), PATIENT_7);
    expect(ABOUT("\"what\":{\"reference\":\"#p1\"},\"role\":{\"code\":\"1\"}"), PATIENT_7);
    expect(ABOUT(MRN_7 ",\"role\":{\"code\":\"1\"}"), PATIENT_7);
    expect(ABOUT("\"reference\":{\"reference\":\"Patient/7\"}"), BY_USER " patient=patient:|7 action=view exposure=opened id=x raw\n");
    /* about a patient, and nobody can say about whom */
#define NAMELESS(bytes) "quarantine 1/0/0 bytes=" bytes ": an AuditEvent about a patient whom it does not identify\n"
    expect(EVENT(USER ",\"entity\":[{\"name\":\"Roe\",\"role\":{\"code\":\"1\"}}]"), NAMELESS("178"));
    expect(EVENT(USER ",\"entity\":[" OF("p") ",{\"what\":{\"reference\":\"12345\"},\"role\":{\"code\":\"1\"}}]"), NAMELESS("229"));
    expect(EVENT(USER ",\"patient\":{\"display\":\"Roe\"}"), NAMELESS("160"));
    /* a person who is a user, and a document, are no patients */
    expect(EVENT(",\"action\":\"R\"" USER ",\"entity\":[{\"what\":{\"identifier\":{\"value\":\"7\"}},\"type\":{\"code\":\"1\"},\"role\":{\"code\":\"6\"}},"
                 "{\"what\":{\"reference\":\"Observation/o\"},\"role\":{\"code\":\"4\"}}]"),
           BY_USER " action=view exposure=opened id=x raw\n");
}

static void test_fhir_audit_query(void **state)
{
    (void)state;
    expect(EVENT(REST("search") USER ",\"entity\":[{\"role\":{\"code\":\"24\"},\"query\":\"bmFtZT1Sb2U=\"}]"),
           BY_USER " action=search exposure=searched query=name=Roe id=x raw\n");
    expect(EVENT(REST("search") USER ",\"entity\":[{\"query\":\"name=Roe\"}]"), BY_USER " action=search exposure=searched query=name=Roe id=x raw\n");
}

static void test_fhir_audit_purpose(void **state)
{
    (void)state;
#define PURPOSE(code) ",\"purposeOfEvent\":[{\"coding\":[{\"code\":\"" code "\"}],\"text\":\"he said so\"}]"
    expect(EVENT(PURPOSE("TREAT") USER), BY_USER " action=unknown exposure=unknown purpose=TREAT break_glass=no id=x raw\n");
    expect(EVENT(PURPOSE("BTG") USER), BY_USER " action=unknown exposure=unknown purpose=BTG break_glass=yes reason=\"he said so\" id=x raw\n");
    expect(EVENT(PURPOSE("OWN") USER), BY_USER " action=unknown exposure=unknown purpose=other break_glass=no id=x raw\n");
    expect(EVENT(",\"type\":{\"code\":\"110127\"}" USER), BY_USER " action=unknown exposure=unknown break_glass=yes id=x raw\n");
    expect(EVENT(PURPOSE("TREAT") ",\"agent\":[{\"altId\":\"u1\",\"name\":\"Una\",\"requestor\":true,\"purposeOfUse\":[{\"coding\":[{\"code\":\"ETREAT\"}]}]}]"),
           BY_USER " action=unknown exposure=unknown purpose=ETREAT break_glass=yes id=x raw\n");
}

static void test_fhir_audit_time(void **state)
{
    (void)state;
    expect(EVENT(",\"period\":{\"start\":\"2020-01-01T08:30:00Z\"}" USER), "event time=2020-01-01T08:30:00Z account=u1 name=Una action=unknown exposure=unknown id=x raw\n");
    expect("{\"resourceType\":\"AuditEvent\",\"recorded\":\"2099-01-01T00:00:00Z\"}\n", "event time=2099-01-01T00:00:00Z action=unknown exposure=unknown raw\n");
    expect("{\"resourceType\":\"AuditEvent\",\"id\":\"x\"}\n{\"resourceType\":\"AuditEvent\",\"id\":\"x\",\"recorded\":\"2020-01-01\"}\n"
           "{\"resourceType\":\"AuditEvent\",\"id\":\"x\",\"recorded\":\"odd\",\"period\":{\"start\":\"2020-01-01T08:30:00Z\"}}\n",
           "quarantine 1/0/0 bytes=38: an AuditEvent without the instant it was recorded at\n"
           "quarantine 2/39/0 bytes=62: an AuditEvent without the instant it was recorded at\n"
           "quarantine 3/102/0 bytes=97: an AuditEvent without the instant it was recorded at\n");
}

/* A hostile line cannot make millions of events. */
static void test_fhir_audit_limit(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    struct recorder r = {.out = KEEP_BUF_INIT};
    keep_buf_str(&b, "{\"resourceType\":\"AuditEvent\",\"recorded\":\"2020-01-01T10:00:00Z\",\"agent\":[");
    for (int i = 0; i < 100; i++)
        keep_buf_printf(&b, "%s{\"altId\":\"u%d\",\"requestor\":true}", i ? "," : "", i);
    keep_buf_str(&b, "],\"entity\":[");
    for (int i = 0; i < 100; i++)
        keep_buf_printf(&b, "%s{\"what\":{\"reference\":\"Patient/%d\"}}", i ? "," : "", i);
    keep_buf_str(&b, "]}\n");
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, b.p, b.n), 0);
    assert_int_equal(r.rows, 1);
    assert_int_equal(r.counts.quarantined, 1);
    recorder_clear(&r);
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_audit_actions),  cmocka_unit_test(test_fhir_audit_accounts), cmocka_unit_test(test_fhir_audit_several), cmocka_unit_test(test_fhir_audit_behalf),
        cmocka_unit_test(test_fhir_audit_patients), cmocka_unit_test(test_fhir_audit_query),    cmocka_unit_test(test_fhir_audit_purpose),
        cmocka_unit_test(test_fhir_audit_time),     cmocka_unit_test(test_fhir_audit_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
