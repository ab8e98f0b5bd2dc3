/* A column map: how one table of a hospital's own reports becomes rows of the
 * model. Declared in a policy pack, so that it is reviewed, versioned and signed. */
#ifndef CORE_MODEL_MAP_H
#define CORE_MODEL_MAP_H

#include "core/base/str.h"

#define KEEP_MAP_KINDS(X) X(EVENTS, "events") X(WORKFORCE, "workforce") X(ENCOUNTERS, "encounters") X(RECORDS, "records")
#define X(name, word) KEEP_MAP_##name,
enum keep_map_kind { KEEP_MAP_KINDS(X) KEEP_MAP_COUNT };
#undef X

/* The fields a map of each kind can fill. required: the map is refused without it.
 * "…_id" fields are keys in the source's plain id space unless the column names a system. */
/* kind, field, required, what */
#define KEEP_MAP_FIELDS(X) \
    X(EVENTS, time, 1, "when it happened") X(EVENTS, account, 1, "login or agent id") X(EVENTS, patient_id, 0, "patient") \
    X(EVENTS, action, 0, "word of the action vocabulary") X(EVENTS, exposure, 0, "word of the exposure vocabulary; absent: told from the action") \
    X(EVENTS, outcome, 0, "word of the outcome vocabulary") X(EVENTS, purpose, 0, "v3-ActReason code") X(EVENTS, place, 0, "workstation or address") \
    X(EVENTS, unit, 0, "unit or department of the access") X(EVENTS, break_glass, 0, "yes / no") X(EVENTS, reason, 0, "override reason") \
    X(EVENTS, query, 0, "search terms") X(EVENTS, event_id, 0, "the source's own event id") X(EVENTS, account_name, 0, "display name") \
    X(WORKFORCE, worker_id, 1, "employee number") X(WORKFORCE, login, 0, "account") X(WORKFORCE, account_kind, 0, "word of the account kinds") \
    X(WORKFORCE, npi, 0, "NPI") X(WORKFORCE, family, 0, "family name") X(WORKFORCE, given, 0, "given name") X(WORKFORCE, former_family, 0, "former family name") \
    X(WORKFORCE, birth_date, 0, "date of birth") X(WORKFORCE, department, 0, "department") X(WORKFORCE, role, 0, "role") X(WORKFORCE, unit, 0, "unit") \
    X(WORKFORCE, address, 0, "street line") X(WORKFORCE, city, 0, "city") X(WORKFORCE, state, 0, "state") X(WORKFORCE, postal, 0, "postal code") \
    X(WORKFORCE, from, 0, "first day or instant of affiliation") X(WORKFORCE, to, 0, "end of affiliation; empty: not ended") \
    X(WORKFORCE, manager_id, 0, "employee number of the manager") X(WORKFORCE, patient_id, 0, "the same human as a patient") \
    X(ENCOUNTERS, encounter_id, 1, "encounter or account number") X(ENCOUNTERS, patient_id, 1, "patient") X(ENCOUNTERS, start, 0, "admission") \
    X(ENCOUNTERS, end, 0, "discharge") X(ENCOUNTERS, class, 0, "v3-ActCode or own word") X(ENCOUNTERS, status, 0, "status") \
    X(ENCOUNTERS, facility, 0, "facility id or name") X(ENCOUNTERS, unit, 0, "unit") X(ENCOUNTERS, worker_id, 0, "attending") \
    X(RECORDS, record_id, 1, "index number") X(RECORDS, patient_id, 0, "patient") X(RECORDS, class, 1, "record class") \
    X(RECORDS, facility, 0, "facility id or name") X(RECORDS, first, 0, "first day of service") X(RECORDS, last, 0, "last day of service") \
    X(RECORDS, created, 0, "day it was made") X(RECORDS, custodian, 0, "who holds it") X(RECORDS, locator, 0, "system, box, film jacket") \
    X(RECORDS, custody, 0, "word of the custodies") X(RECORDS, title, 0, "title") X(RECORDS, code, 0, "codes separated by blanks") X(RECORDS, code_system, 0, "their system")

struct keep_map_value {
    struct keep_str from, to;
};

struct keep_map_column {
    struct keep_str field;  /* of KEEP_MAP_FIELDS */
    struct keep_str column; /* header text in the table */
    struct keep_str system; /* identifier system of an id field, empty = the source's own */
    struct keep_str format; /* of a date or time: "iso" (default), "%Y-%m-%d %H:%M:%S" and the like (%Y %m %d %H %I %M %S %f %p %y) */
    const struct keep_map_value *value; /* translations of words; a word without one is kept as it is */
    size_t values;
};

struct keep_map {
    struct keep_str id;
    enum keep_map_kind kind;
    char separator;
    struct keep_str zone;   /* of times without one; empty: the source's, else the keep's */
    const struct keep_map_column *column;
    size_t columns;
};

#endif
