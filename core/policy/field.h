/* Every entity and field that expressions can name: one table for the checker,
 * the binders in audit and retention, and the language manual. */
#ifndef CORE_POLICY_FIELD_H
#define CORE_POLICY_FIELD_H

/* Entities: name, what */
#define KEEP_POLICY_ENTITIES(X) \
    X(event, "one logged access") X(user, "who made the access: account and the workforce member behind it") \
    X(patient, "whose chart it is") X(record, "one record kept") X(set, "a record set") X(facility, "where a record set belongs") X(source, "where facts come from")

/* entity, field, type, origin and meaning. The enum is KEEP_FIELD_<entity>_<field>. */
#define KEEP_POLICY_FIELDS(X) \
    X(event, id, STRING, "SOURCE:ORDINAL") \
    X(event, time, TIMESTAMP, "when it happened") \
    X(event, local_hour, INT, "hour of the day in the keep's zone, 0 to 23") \
    X(event, action, STRING, "view, create, update, print, export, search, …") \
    X(event, exposure, STRING, "opened, listed, searched, system, unknown") \
    X(event, outcome, STRING, "success, minor failure, serious failure, major failure") \
    X(event, purpose, STRING, "HL7 v3-ActReason code") \
    X(event, place, STRING, "workstation or network address") \
    X(event, unit, STRING, "unit of the access") \
    X(event, break_glass, BOOL, "an emergency override; unknown when the log has no such field") \
    X(event, reason_length, INT, "characters of the override reason; unknown when the log has no such field") \
    X(event, searched, BOOL, "search terms were used") \
    X(event, patient_id, STRING, "opaque id of the patient") \
    X(user, id, STRING, "opaque id of the person behind the account, else of the account") \
    X(user, name, STRING, "masked in output") \
    X(user, login, STRING, "the account") \
    X(user, kind, STRING, "person, proxy, service, external, vendor, unmapped") \
    X(user, mapped, BOOL, "the account is mapped to a workforce member at the time of the event") \
    X(user, department, STRING, "department") X(user, role, STRING, "role") X(user, unit, STRING, "unit") \
    X(user, address_key, KEY, "current addresses") X(user, surname_key, KEY, "family names, current and former") \
    X(user, affiliated, BOOL, "inside an affiliation interval at the time of the event; unknown when none is recorded") \
    X(user, is_patient, BOOL, "the same human as the patient; unknown when no source says who the user is as a patient") \
    X(patient, id, STRING, "opaque id") X(patient, name, STRING, "masked in output") X(patient, mrn, STRING, "masked in output") \
    X(patient, birth_date, DATE, "date of birth, when known to the day") \
    X(patient, deceased, BOOL, "known to have died by the time of the event") X(patient, death_date, DATE, "day of death") \
    X(patient, confidential, BOOL, "chart marked confidential") \
    X(patient, address_key, KEY, "current addresses") X(patient, surname_key, KEY, "family names, current and former") \
    X(patient, is_worker, BOOL, "a workforce member") X(patient, department, STRING, "the department they work in, when a workforce member") \
    X(patient, labels, LIST, "labels of the policy that records of the patient carry") \
    X(record, kind, STRING, "resource type or record class") X(record, codes, LIST, "list of {system, code}") X(record, labels, LIST, "labels that hold") \
    X(record, status, STRING, "status as its source says") X(record, service_date, DATE, "last day of the care it tells of") \
    X(record, created_date, DATE, "day it was made") X(record, custody, STRING, "official, copy, index only, undetermined") \
    X(set, series, STRING, "series id") X(set, labels, LIST, "labels that any of its records carries") X(set, kinds, LIST, "kinds of its records") \
    X(set, custody, STRING, "weakest custody of its records") \
    X(facility, name, STRING, "name") X(facility, type, STRING, "hospital, critical access hospital, rural health clinic, nursing facility, …") X(facility, state, STRING, "USPS") \
    X(source, name, STRING, "name of the source")

#define X(entity, field, type, text) KEEP_FIELD_##entity##_##field,
enum keep_field { KEEP_POLICY_FIELDS(X) KEEP_FIELD_COUNT };
#undef X
#define X(entity, text) KEEP_GRAIN_##entity,
enum keep_grain { KEEP_POLICY_ENTITIES(X) KEEP_GRAIN_COUNT };
#undef X

/* Functions that the engines answer; the language's own (size, startsWith, date, …) are not here.
 * enum name, spelling, receiver grain or -1, argument types, result, grains it reads (bits), meaning */
#define KEEP_POLICY_CALLS(X) \
    X(related, "related", "LIST,DURATION,DURATION", BOOL, "a relation of one of these kinds ties user and patient, from that long before its start to that long after its end") \
    X(department_related, "department_related", "LIST,DURATION,DURATION", BOOL, "the same, by the user's department or unit") \
    X(encounter_at_unit, "encounter_at_unit", "DURATION,DURATION", BOOL, "the patient had an encounter around the event and somebody of the user's department took part in it") \
    X(colleagues, "colleagues", "", BOOL, "user and patient work in the same department") \
    X(set_first, "set.first", "STRING", DATE, "earliest such day over the set: service_date, created_date, discharge_date") \
    X(set_last, "set.last", "STRING", DATE, "latest such day over the set; unknown unless declared sources are complete for it") \
    X(patient_birthday, "patient.birthday", "INT", DATE, "the day the patient attains that age") \
    X(patient_age_on, "patient.age_on", "DATE", INT, "completed years on that day") \
    X(majority, "majority", "STRING", INT, "age of majority in that state")
#define X(name, spelling, args, result, text) KEEP_CALL_##name,
enum keep_call { KEEP_POLICY_CALLS(X) KEEP_CALL_COUNT };
#undef X

#endif
