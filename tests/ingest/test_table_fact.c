/* Goal: a row of each kind makes the account, patient, relation or record it
 * is; one that names nobody, or cannot be read, is refused by its column. */
#include "tests/ingest/recorder.h"

#define COLUMN(field) {KEEP_STR(field), KEEP_STR(field), {NULL, 0}, {NULL, 0}, NULL, 0}
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define MAP(name, number, ...)                                          \
    static const struct keep_map_column name##_columns[] = {__VA_ARGS__}; \
    static const struct keep_map name = {{#name, sizeof #name - 1}, KEEP_MAP_##number, ',', {NULL, 0}, name##_columns, COUNT(name##_columns)}

MAP(accounts, ACCOUNTS, COLUMN("login"), COLUMN("worker_id"), COLUMN("account_kind"), COLUMN("from"), COLUMN("to"));
MAP(patients, PATIENTS, COLUMN("patient_id"), {{"mrn", 3}, {"mrn", 3}, {"urn:mrn", 7}, {NULL, 0}, NULL, 0}, COLUMN("family"), COLUMN("given"), COLUMN("birth_date"), COLUMN("death_date"),
    COLUMN("city"), COLUMN("confidential"), COLUMN("worker_id"), COLUMN("primary_care_id"), COLUMN("primary_care_from"));
MAP(stays, STAYS, COLUMN("patient_id"), COLUMN("encounter_id"), COLUMN("unit"), COLUMN("start"), COLUMN("end"));
MAP(appointments, APPOINTMENTS, COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("department"), COLUMN("start"), COLUMN("end"), COLUMN("status"), COLUMN("recorded"), COLUMN("author_id"));
MAP(orders, ORDERS, COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("kind"), COLUMN("start"));
MAP(notes, NOTES, COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("start"), COLUMN("author_id"));
MAP(teams, TEAMS, COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("kind"), COLUMN("start"), COLUMN("end"));
MAP(tasks, TASKS, COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("department"), COLUMN("start"), COLUMN("end"));
MAP(contacts, CONTACTS, COLUMN("contact_id"), COLUMN("patient_id"), COLUMN("title"), COLUMN("created"));
MAP(known_contacts, CONTACTS, COLUMN("contact_id"), COLUMN("patient_id"), COLUMN("title"), COLUMN("family"), COLUMN("given"), COLUMN("former_family"), COLUMN("address"), COLUMN("city"),
    COLUMN("state"), COLUMN("postal"), COLUMN("address_confidential"), COLUMN("phone"), COLUMN("from"), COLUMN("to"), COLUMN("worker_id"), COLUMN("self_id"));
MAP(claims, CLAIMS, COLUMN("claim_id"), COLUMN("patient_id"), COLUMN("worker_id"), COLUMN("first"), COLUMN("last"), COLUMN("diagnosis"), COLUMN("procedure"), COLUMN("drg"),
    COLUMN("revenue"), COLUMN("title"));
MAP(holds, HOLDS, COLUMN("hold_id"), COLUMN("patient_id"), COLUMN("title"), COLUMN("created"), COLUMN("status"));
MAP(disclosures, DISCLOSURES, COLUMN("disclosure_id"), COLUMN("patient_id"), COLUMN("title"), COLUMN("created"), COLUMN("worker_id"));

MAP(roster, ROSTER, COLUMN("worker_id"), COLUMN("kind"), COLUMN("unit"), COLUMN("from"), COLUMN("to"));
MAP(training, TRAINING, COLUMN("worker_id"), COLUMN("course"), COLUMN("completed"), COLUMN("valid_until"));
MAP(institutions, INSTITUTIONS, COLUMN("address"), COLUMN("city"), COLUMN("postal"), COLUMN("kind"), COLUMN("title"));
MAP(homes, PATIENTS, COLUMN("patient_id"), COLUMN("family"), COLUMN("birth_date"), COLUMN("address"), COLUMN("postal"), COLUMN("address_confidential"));

static void expect_table(const struct keep_map *map, const char *text, const char *rows)
{
    struct keep_ingest p = {.map = &map, .maps = 1};
    expect_rows(p, text, rows);
}

static void test_table_fact_people(void **state)
{
    (void)state;
    expect_table(&accounts, "login,worker_id,account_kind,from,to\nu1,w1,,2020-01-01,2020-12-31\nsvc,,service,,\nlost,,,,\n,w1,,,\n",
                 "account login=u1 kind=person worker=worker:|w1 from=2020-01-01T00:00:00Z to=2021-01-01T00:00:00Z\naccount login=svc kind=service\naccount login=lost kind=unmapped\n"
                 "quarantine 5/90/0 bytes=6: column \"login\" is empty\n");
    expect_table(&patients, "patient_id,mrn,family,given,birth_date,death_date,city,confidential,worker_id,primary_care_id,primary_care_from\n"
                 "p1,M7,Ng,Li,1980-02-03,2020-05-06,Erie,yes,w1,d1,2019-01-01\np2,,,,,,,,,,\n",
                 "patient key=patient:|p1 key=patient:urn:mrn|M7 name=Ng,Li(official) address=;Erie;; mrn=M7 birth=1980-02-03 deceased=yes death=2020-05-06 confidential=yes\n"
                 "relation kind=primary care patient=patient:|p1 worker=worker:|d1 from=2019-01-01T00:00:00Z open\npatient key=patient:|p2\n");
}

static void test_table_fact_workforce_and_addresses(void **state)
{
    (void)state;
    expect_table(&roster, "worker_id,kind,unit,from,to\nw1,,ED,2024-01-02T07:00:00Z,2024-01-02T19:00:00Z\nw1,leave,,2024-02-01,2024-02-03\nw1,nap,,2024-02-01,\n,,ED,2024-02-01,\n",
                 "duty kind=shift worker=worker:|w1 unit=ED from=2024-01-02T07:00:00Z to=2024-01-02T19:00:00Z\n"
                 "duty kind=leave worker=worker:|w1 from=2024-02-01T00:00:00Z to=2024-02-04T00:00:00Z\n"
                 "quarantine 4/109/0 bytes=19: neither shift, on call nor leave\nquarantine 5/129/0 bytes=16: column \"worker_id\" is empty\n");
    expect_table(&training, "worker_id,course,completed,valid_until\nw1,privacy,2024-01-02,2025-01-01\nw1,privacy,,\nw1,,2024-01-02,\n",
                 "training worker=worker:|w1 course=privacy completed=2024-01-02 valid_until=2025-01-01\ntraining worker=worker:|w1 course=privacy\n"
                 "quarantine 4/85/0 bytes=15: column \"course\" is empty\n");
    expect_table(&institutions, "address,city,postal,kind,title\n9 Sunset Ave,Erie,66601,nursing home,Sunset\n1 Quad,Erie,,campus,\n1 Quad,,,dormitory,\n",
                 "institution kind=nursing home name=Sunset line=9 Sunset Ave city=Erie postal=66601\ninstitution kind=other line=1 Quad city=Erie\n"
                 "quarantine 4/96/0 bytes=19: an address without city and postal code is the same as none\n");
    expect_table(&homes, "patient_id,family,birth_date,address,postal,address_confidential\np1,Ng,1980-02-03,1 Elm St,66601,yes\np2,Ng,1980-02-03,1 Elm St,66601,no\n",
                 "patient key=patient:|p1 name=Ng,(official) address=1 Elm St;;;66601(confidential) birth=1980-02-03\n"
                 "patient key=patient:|p2 name=Ng,(official) address=1 Elm St;;;66601 birth=1980-02-03\n");
}

static void test_table_fact_relations(void **state)
{
    (void)state;
    expect_table(&stays, "patient_id,encounter_id,unit,start,end\np1,e1,ICU,2020-01-01T10:00:00Z,2020-01-02T10:00:00Z\np1,e1,4 West,2020-01-02T10:00:00Z,\np1,e1,,2020-01-02,\n",
                 "relation kind=encounter patient=patient:|p1 department=ICU encounter=encounter:|e1 from=2020-01-01T10:00:00Z to=2020-01-02T10:00:00Z\n"
                 "relation kind=encounter patient=patient:|p1 department=4 West encounter=encounter:|e1 from=2020-01-02T10:00:00Z open\n"
                 "quarantine 4/126/0 bytes=18: neither a worker nor a department\n");
    expect_table(&appointments, "patient_id,worker_id,department,start,end,status,recorded,author_id\np1,d1,Cardiology,2020-01-01T10:00:00Z,,booked,2019-12-01,c1\n"
                 "p1,d1,,2020-01-01T10:00:00Z,,cancelled,,\np1,d1,,soon,,,,\n",
                 "relation kind=appointment patient=patient:|p1 worker=worker:|d1 from=2020-01-01T10:00:00Z recorded=2019-12-02T00:00:00Z author=worker:|c1\n"
                 "relation kind=appointment patient=patient:|p1 department=Cardiology from=2020-01-01T10:00:00Z recorded=2019-12-02T00:00:00Z author=worker:|c1\n"
                 "quarantine 4/169/0 bytes=15: column \"start\": not a date or time of the format \"iso\"\n");
    expect_table(&orders, "patient_id,worker_id,kind,start\np1,d1,,2020-01-01\np1,d1,result,2020-01-01T10:00:00Z\np1,d1,note,2020-01-01\n",
                 "relation kind=order patient=patient:|p1 worker=worker:|d1 from=2020-01-01T00:00:00Z to=2020-01-02T00:00:00Z\n"
                 "relation kind=result patient=patient:|p1 worker=worker:|d1 from=2020-01-01T10:00:00Z\n"
                 "quarantine 4/84/0 bytes=21: column \"kind\": no kind of fact that this table can hold\n");
    expect_table(&notes, "patient_id,worker_id,start,author_id\np1,d1,2020-01-01T10:00:00Z,\np1,d1,2020-01-01T11:00:00Z,t1\n",
                 "relation kind=note patient=patient:|p1 worker=worker:|d1 from=2020-01-01T10:00:00Z author=worker:|d1\n"
                 "relation kind=note patient=patient:|p1 worker=worker:|d1 from=2020-01-01T11:00:00Z author=worker:|t1\n");
    expect_table(&teams, "patient_id,worker_id,kind,start,end\np1,d1,primary care,2020-01-01T00:00:00Z,\n",
                 "relation kind=primary care patient=patient:|p1 worker=worker:|d1 from=2020-01-01T00:00:00Z open\n");
    expect_table(&tasks, "patient_id,worker_id,department,start,end\np1,,Billing,2020-01-01T10:00:00Z,2020-01-01T11:00:00Z\n",
                 "relation kind=task patient=patient:|p1 department=Billing from=2020-01-01T10:00:00Z to=2020-01-01T11:00:00Z\n");
}

static void test_table_fact_papers(void **state)
{
    (void)state;
    expect_table(&contacts, "contact_id,patient_id,title,created\nc1,p1,mother,2020-01-01\nc2,,,\n",
                 "contacts key=contact person:contact|c1 patient=patient:|p1\n"
                 "record kind=contact key=record:contact|c1 patient=patient:|p1 title=mother created=2020-01-01 payload\nquarantine 3/60/0 bytes=5: column \"patient_id\" is empty\n");
    expect_table(&known_contacts,
                 "contact_id,patient_id,title,family,given,former_family,address,city,state,postal,address_confidential,phone,from,to,worker_id,self_id\n"
                 "c1,p1,mother,Roe,Ann,Doe,1 Elm St,Salina,KS,67401,yes,785 555 0100,2020-01-01,2020-12-31,w1,p9\nc2,p1,next of kin,,,,,,,,,,,,,\nc3,p1,x,,,,,,,,,,soon,,,\n",
                 "contacts key=contact person:contact|c1 patient=patient:|p1 { code=mother relationship=mother name=Roe,Ann(official) name=Doe,Ann(old) address=1 Elm St;Salina;KS;67401(confidential)"
                 " phone=785 555 0100 from=2020-01-01T00:00:00Z to=2021-01-01T00:00:00Z worker=worker:|w1 self=patient:|p9 }\n"
                 "record kind=contact key=record:contact|c1 patient=patient:|p1 title=mother payload\n"
                 "contacts key=contact person:contact|c2 patient=patient:|p1\n"
                 "record kind=contact key=record:contact|c2 patient=patient:|p1 title=next of kin payload\n"
                 "quarantine 4/260/0 bytes=24: column \"from\": not a date or time of the format \"iso\"\n");
    expect_table(&claims, "claim_id,patient_id,worker_id,first,last,diagnosis,procedure,drg,revenue,title\n7,p1,d1,2020-01-01,2020-01-03,J18.9 I10,99223,193,0120 0450,UB-04\n",
                 "record kind=claim key=record:claim|7 patient=patient:|p1 {ICD-10-CM J18.9} {ICD-10-CM I10} {CPT 99223} {MS-DRG 193} {revenue 0120} {revenue 0450} {claim line CPT|99223|||} {claim diagnosis ICD-10-CM|J18.9|} {claim diagnosis ICD-10-CM|I10|}"
                 " {claim type institutional} title=UB-04"
                 " first=2020-01-01 last=2020-01-03 payload\n"
                 "relation kind=team patient=patient:|p1 worker=worker:|d1 from=2020-01-01T00:00:00Z to=2020-01-04T00:00:00Z\n");
    expect_table(&holds, "hold_id,patient_id,title,created,status\nh1,,Smith v. City,2020-01-01,in force\nh2,p1,Audit,,\n,p1,,,\n",
                 "record kind=hold key=record:hold|h1 about-none status=in force title=Smith v. City created=2020-01-01 payload\n"
                 "record kind=hold key=record:hold|h2 patient=patient:|p1 title=Audit payload\nquarantine 4/92/0 bytes=6: column \"hold_id\" is empty\n");
    expect_table(&disclosures, "disclosure_id,patient_id,title,created,worker_id\nx1,p1,State registry,2020-01-01T10:00:00Z,w1\nx2,p1,State registry,2020-01-02,\n",
                 "relation kind=disclosure patient=patient:|p1 worker=worker:|w1 from=2020-01-01T10:00:00Z to=2020-01-01T10:00:00Z\n"
                 "record kind=disclosure key=record:disclosure|x1 patient=patient:|p1 author=worker:|w1 title=State registry created=2020-01-01 disclosed_date=2020-01-01 recorded=2020-01-01T10:00:00Z payload\n"
                 "record kind=disclosure key=record:disclosure|x2 patient=patient:|p1 title=State registry created=2020-01-02 disclosed_date=2020-01-02 payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_fact_people), cmocka_unit_test(test_table_fact_workforce_and_addresses),
        cmocka_unit_test(test_table_fact_relations),
        cmocka_unit_test(test_table_fact_papers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
