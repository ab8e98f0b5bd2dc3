/* A column map: how one table of a hospital's own reports becomes rows of the
 * model. Declared in a policy pack, so that it is reviewed, versioned and signed. */
#ifndef CORE_MODEL_MAP_H
#define CORE_MODEL_MAP_H

#include "core/base/str.h"

#define KEEP_MAP_KINDS(X) \
    X(EVENTS, "events") X(WORKFORCE, "workforce") X(ENCOUNTERS, "encounters") X(RECORDS, "records") X(ACCOUNTS, "accounts") X(PATIENTS, "patients") \
    X(STAYS, "stays") X(APPOINTMENTS, "appointments") X(ORDERS, "orders") X(NOTES, "notes") X(TEAMS, "teams") X(TASKS, "tasks") X(CONTACTS, "contacts") \
    X(CLAIMS, "claims") X(HOLDS, "holds") X(DISCLOSURES, "disclosures") X(FILES, "files") X(ROSTER, "roster") X(TRAINING, "training") X(INSTITUTIONS, "institutions") \
    X(CODES, "codes") X(PAIRS, "pairs") X(LIMITS, "limits")
#define X(name, word) KEEP_MAP_##name,
enum keep_map_kind { KEEP_MAP_KINDS(X) KEEP_MAP_COUNT };
#undef X

/* The fields a map of each kind can fill. required: the map is refused without it, and a table that lacks its column.
 * "…_id" fields are keys in the source's plain id space unless the column names a system. */
/* kind, field, required, what */
#define KEEP_MAP_FIELDS(X) \
    X(EVENTS, time, 1, "when it happened") X(EVENTS, account, 1, "login or agent id") X(EVENTS, patient_id, 0, "patient") \
    X(EVENTS, action, 0, "word of the action vocabulary") X(EVENTS, exposure, 0, "word of the exposure vocabulary; absent: told from the action") \
    X(EVENTS, outcome, 0, "word of the outcome vocabulary") X(EVENTS, purpose, 0, "v3-ActReason code") X(EVENTS, place, 0, "workstation or address") \
    X(EVENTS, unit, 0, "unit or department of the access") X(EVENTS, break_glass, 0, "yes / no") X(EVENTS, reason, 0, "override reason") \
    X(EVENTS, query, 0, "search terms") X(EVENTS, event_id, 0, "the source's own event id; with another time, by more than a minute, another account or patient, it is another access") X(EVENTS, account_name, 0, "display name") \
    X(WORKFORCE, worker_id, 1, "employee number") X(WORKFORCE, login, 0, "account") X(WORKFORCE, account_kind, 0, "word of the account kinds") \
    X(WORKFORCE, npi, 0, "NPI") X(WORKFORCE, family, 0, "family name") X(WORKFORCE, given, 0, "given name") X(WORKFORCE, former_family, 0, "former family name") \
    X(WORKFORCE, birth_date, 0, "date of birth") X(WORKFORCE, department, 0, "department") X(WORKFORCE, role, 0, "role") X(WORKFORCE, unit, 0, "unit") \
    X(WORKFORCE, address, 0, "street line") X(WORKFORCE, city, 0, "city") X(WORKFORCE, state, 0, "state") X(WORKFORCE, postal, 0, "postal code") \
    X(WORKFORCE, address_confidential, 0, "yes: the address is confidential") X(WORKFORCE, phone, 0, "own phone, not that of the workplace") \
    X(WORKFORCE, from, 0, "first day or instant of affiliation") X(WORKFORCE, to, 0, "end of affiliation; empty: not ended") \
    X(WORKFORCE, manager_id, 0, "employee number of the manager") X(WORKFORCE, patient_id, 0, "the same human as a patient") \
    X(ENCOUNTERS, encounter_id, 1, "encounter or account number") X(ENCOUNTERS, patient_id, 1, "patient") X(ENCOUNTERS, start, 0, "admission") \
    X(ENCOUNTERS, end, 0, "discharge") X(ENCOUNTERS, class, 0, "v3-ActCode or own word") X(ENCOUNTERS, status, 0, "status") \
    X(ENCOUNTERS, facility, 0, "facility id or name") X(ENCOUNTERS, unit, 0, "unit") X(ENCOUNTERS, worker_id, 0, "attending") \
    X(RECORDS, record_id, 1, "index number") X(RECORDS, patient_id, 0, "patient") X(RECORDS, class, 1, "record class") \
    X(RECORDS, facility, 0, "facility id or name") X(RECORDS, first, 0, "first day of service") X(RECORDS, last, 0, "last day of service") \
    X(RECORDS, created, 0, "day it was made") X(RECORDS, custodian, 0, "who holds it") X(RECORDS, locator, 0, "system, box, film jacket") \
    X(RECORDS, custody, 0, "word of the custodies") X(RECORDS, title, 0, "title") X(RECORDS, code, 0, "codes separated by blanks") X(RECORDS, code_system, 0, "their system") \
    X(RECORDS, signed_date, 0, "day it was signed") X(RECORDS, signer_id, 0, "who signed it") X(RECORDS, effective_end_date, 0, "day it ceased to be in effect") \
    X(RECORDS, expiry_date, 0, "day the product expires") X(RECORDS, filed_date, 0, "day it was filed with an agency or payer") \
    X(RECORDS, settled_date, 0, "day of final payment or settlement") X(RECORDS, closed_date, 0, "day the contract, audit or study ended") \
    X(RECORDS, reported_date, 0, "day of the final report") X(RECORDS, processed_date, 0, "day processing was complete") \
    X(RECORDS, transferred_date, 0, "day of the transfer") X(RECORDS, disclosed_date, 0, "day of the disclosure") X(RECORDS, approved_date, 0, "day of the approval") \
    X(RECORDS, employment_end_date, 0, "end of the employment it is about") X(RECORDS, amends, 0, "index number of the earlier record that it changes") \
    X(RECORDS, amendment, 0, "replaces (default), appends, transforms or signs") \
    X(ACCOUNTS, login, 1, "login") X(ACCOUNTS, worker_id, 0, "whose it is") X(ACCOUNTS, account_kind, 0, "word of the account kinds") \
    X(ACCOUNTS, from, 0, "since when it is his") X(ACCOUNTS, to, 0, "until when") \
    X(PATIENTS, patient_id, 1, "patient") X(PATIENTS, mrn, 0, "medical record number, for display; a key when its column names a system") \
    X(PATIENTS, family, 1, "family name") X(PATIENTS, given, 0, "given name") X(PATIENTS, former_family, 0, "former family name") \
    X(PATIENTS, birth_date, 1, "date of birth") X(PATIENTS, gender, 0, "gender") X(PATIENTS, address, 0, "street line") X(PATIENTS, city, 0, "city") \
    X(PATIENTS, state, 0, "state") X(PATIENTS, postal, 0, "postal code") X(PATIENTS, address_confidential, 0, "yes: the address is confidential") X(PATIENTS, phone, 0, "phone") X(PATIENTS, deceased, 0, "yes / no") \
    X(PATIENTS, death_date, 0, "date of death") X(PATIENTS, confidential, 0, "yes / no") X(PATIENTS, test_record, 0, "yes: of no human, made for trials") X(PATIENTS, worker_id, 0, "the same human in the workforce") \
    X(PATIENTS, primary_care_id, 0, "the doctor registered with") X(PATIENTS, primary_care_from, 0, "since when") \
    X(STAYS, patient_id, 1, "patient") X(STAYS, encounter_id, 0, "encounter") X(STAYS, unit, 1, "unit") X(STAYS, start, 1, "arrival") X(STAYS, end, 0, "departure") \
    X(APPOINTMENTS, patient_id, 1, "patient") X(APPOINTMENTS, worker_id, 0, "with whom") X(APPOINTMENTS, department, 0, "where") \
    X(APPOINTMENTS, encounter_id, 0, "the encounter it became") X(APPOINTMENTS, start, 1, "when") X(APPOINTMENTS, end, 0, "until when") \
    X(APPOINTMENTS, status, 0, "cancelled ones are no reason to open a chart") X(APPOINTMENTS, recorded, 0, "when it was made") X(APPOINTMENTS, author_id, 0, "by whom") \
    X(ORDERS, patient_id, 1, "patient") X(ORDERS, worker_id, 0, "who ordered or did it") X(ORDERS, department, 0, "which department") X(ORDERS, encounter_id, 0, "encounter") \
    X(ORDERS, kind, 0, "order (default), referral, result, medication, procedure or immunization") X(ORDERS, start, 1, "when") X(ORDERS, end, 0, "until when") \
    X(ORDERS, status, 0, "cancelled ones do not count") X(ORDERS, recorded, 0, "when it was written down") X(ORDERS, author_id, 0, "by whom") \
    X(NOTES, patient_id, 1, "patient") X(NOTES, worker_id, 1, "author") X(NOTES, encounter_id, 0, "encounter") X(NOTES, start, 1, "when it was written") \
    X(NOTES, status, 0, "retracted ones do not count") X(NOTES, recorded, 0, "when it was filed") X(NOTES, author_id, 0, "who typed it; absent: the author") \
    X(TEAMS, patient_id, 1, "patient") X(TEAMS, worker_id, 0, "member") X(TEAMS, department, 0, "a whole department") X(TEAMS, encounter_id, 0, "encounter") \
    X(TEAMS, kind, 0, "team (default) or primary care") X(TEAMS, start, 1, "since when") X(TEAMS, end, 0, "until when; empty: still") \
    X(TEAMS, recorded, 0, "when it was written down") X(TEAMS, author_id, 0, "by whom") \
    X(TASKS, patient_id, 1, "patient") X(TASKS, worker_id, 0, "whose work it is") X(TASKS, department, 0, "whose queue it is in") X(TASKS, encounter_id, 0, "encounter") \
    X(TASKS, start, 1, "when it was assigned") X(TASKS, end, 0, "when it was done; empty: not yet") X(TASKS, status, 0, "cancelled ones do not count") \
    X(TASKS, recorded, 0, "when it was written down") X(TASKS, author_id, 0, "who assigned it") \
    X(CONTACTS, contact_id, 1, "the contact's number") X(CONTACTS, patient_id, 1, "patient") X(CONTACTS, title, 0, "relationship") X(CONTACTS, created, 0, "day it was noted") \
    X(CONTACTS, family, 0, "the contact's family name") X(CONTACTS, given, 0, "given name") X(CONTACTS, former_family, 0, "former family name") \
    X(CONTACTS, address, 0, "street line") X(CONTACTS, city, 0, "city") X(CONTACTS, state, 0, "state") X(CONTACTS, postal, 0, "postal code") \
    X(CONTACTS, address_confidential, 0, "yes: the address is confidential") X(CONTACTS, phone, 0, "the contact's own phone") \
    X(CONTACTS, from, 0, "since when") X(CONTACTS, to, 0, "until when") \
    X(CONTACTS, worker_id, 0, "the same human in the workforce") X(CONTACTS, self_id, 0, "the same human as a patient") \
    X(CLAIMS, claim_id, 1, "claim number") X(CLAIMS, patient_id, 1, "patient") X(CLAIMS, encounter_id, 0, "encounter or account number") X(CLAIMS, worker_id, 0, "rendering or attending") \
    X(CLAIMS, facility, 0, "facility id or name") X(CLAIMS, first, 0, "first day billed") X(CLAIMS, last, 0, "last day billed") X(CLAIMS, created, 0, "day of the claim") \
    X(CLAIMS, status, 0, "status") X(CLAIMS, title, 0, "form: CMS-1500, UB-04") X(CLAIMS, diagnosis, 0, "diagnosis codes separated by blanks") \
    X(CLAIMS, diagnosis_system, 0, "their system; absent: told from the form of a code") X(CLAIMS, procedure, 0, "procedure codes") X(CLAIMS, procedure_system, 0, "their system; absent: told from the form of a code") \
    X(CLAIMS, drg, 0, "MS-DRG") X(CLAIMS, revenue, 0, "revenue codes") \
    X(CLAIMS, type, 0, "professional, institutional, …; absent: told from the form") X(CLAIMS, modifiers, 0, "of each procedure, such as 25,59; - for none") \
    X(CLAIMS, units, 0, "of each procedure") X(CLAIMS, poa, 0, "present-on-admission indicator of each diagnosis: Y N U W 1, - for none") \
    X(CLAIMS, settled_date, 0, "day of final payment") \
    X(CODES, code, 1, "code; its column's system is that of the whole table") X(CODES, system, 0, "code system, where the table has several") \
    X(CODES, from, 0, "first day it is valid") X(CODES, to, 0, "last day; empty: still valid") X(CODES, sex, 0, "F or M, of a code for one sex") \
    X(CODES, age_from, 0, "completed years") X(CODES, age_to, 0, "completed years") X(CODES, billable, 0, "yes / no: a complete code") \
    X(CODES, poa_exempt, 0, "yes / no: exempt from present on admission") \
    X(PAIRS, first, 1, "the code that is billed (NCCI: column one)") X(PAIRS, second, 1, "the code that is not, beside it (column two)") \
    X(PAIRS, from, 0, "in force from") X(PAIRS, to, 0, "last day") X(PAIRS, modifier, 0, "may a modifier permit both: 0, 1, 9, or yes / no") \
    X(LIMITS, code, 1, "code") X(LIMITS, most, 1, "most units (MUE)") X(LIMITS, from, 0, "in force from") X(LIMITS, to, 0, "last day") \
    X(LIMITS, per, 0, "line (default) or day, or MUE's indicator: 1 line, 2 and 3 day") \
    X(HOLDS, hold_id, 1, "number of the hold") X(HOLDS, patient_id, 0, "patient") X(HOLDS, title, 0, "matter") X(HOLDS, created, 0, "day it was placed") X(HOLDS, status, 0, "in force, released") \
    X(DISCLOSURES, disclosure_id, 1, "number of the disclosure") X(DISCLOSURES, patient_id, 1, "patient") X(DISCLOSURES, title, 0, "to whom and what for") \
    X(DISCLOSURES, created, 0, "day it was made") X(DISCLOSURES, worker_id, 0, "who disclosed") X(DISCLOSURES, status, 0, "status; retracted ones do not count") \
    X(DISCLOSURES, recipient, 0, "who received it") X(DISCLOSURES, address, 0, "the recipient's address") X(DISCLOSURES, description, 0, "what was disclosed, in short") \
    X(DISCLOSURES, purpose, 0, "what for, in short") X(DISCLOSURES, basis, 0, "why it was permitted: a word of the accounting's bases, or the provision: 164.512(b)") \
    X(DISCLOSURES, request, 0, "where the written request is, in lieu of a purpose") X(DISCLOSURES, agency, 0, "the agency that wants no accounting of it for a time") \
    X(DISCLOSURES, stated, 0, "the day it said so") X(DISCLOSURES, until, 0, "the last day of that time") X(DISCLOSURES, oral, 0, "yes: it was said, not written") \
    X(ROSTER, worker_id, 1, "whose duty it is") X(ROSTER, kind, 0, "shift (default), on call or leave") X(ROSTER, unit, 0, "unit") \
    X(ROSTER, from, 1, "its begin") X(ROSTER, to, 0, "its end") \
    X(TRAINING, worker_id, 1, "who was trained") X(TRAINING, course, 1, "course") X(TRAINING, completed, 0, "day it was completed; empty: not yet") \
    X(TRAINING, valid_until, 0, "last day it counts") \
    X(INSTITUTIONS, address, 1, "street line") X(INSTITUTIONS, city, 0, "city") X(INSTITUTIONS, state, 0, "state") X(INSTITUTIONS, postal, 0, "postal code") \
    X(INSTITUTIONS, kind, 0, "nursing home, shelter, hospital housing, dormitory, correctional facility; absent: other") X(INSTITUTIONS, title, 0, "what it is called") \
    X(FILES, path, 1, "the file, from the table's own folder") X(FILES, class, 1, "record class") X(FILES, patient_id, 0, "patient") X(FILES, encounter_id, 0, "encounter") \
    X(FILES, facility, 0, "facility id or name") X(FILES, first, 0, "first day of service") X(FILES, last, 0, "last day of service") \
    X(FILES, media_type, 0, "media type; absent: told from the first bytes") X(FILES, title, 0, "title")

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
