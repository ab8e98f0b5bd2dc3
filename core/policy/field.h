/* Every entity and field that expressions can name: one table for the checker,
 * the binders in audit and retention, and the language manual. */
#ifndef CORE_POLICY_FIELD_H
#define CORE_POLICY_FIELD_H

/* Entities: name, what */
#define KEEP_POLICY_ENTITIES(X) \
    X(event, "one logged access") X(user, "who made the access: account and the workforce member behind it") \
    X(patient, "whose chart it is") X(record, "one record kept") X(set, "a record set") X(facility, "where a record set belongs") X(source, "where facts come from") \
    X(encounter, "a visit or stay") X(claim, "a bill: a record of kind Claim, or one that came as a claim")

/* entity, field, type, origin and meaning. The enum is KEEP_FIELD_<entity>_<field>. */
#define KEEP_POLICY_FIELDS(X) \
    X(event, id, STRING, "SOURCE:ORDINAL") \
    X(event, time, TIMESTAMP, "when it happened") \
    X(event, day, DATE, "calendar day in the keep's zone") \
    X(event, local_hour, INT, "hour of the day in the keep's zone, 0 to 23") \
    X(event, action, STRING, "view, create, update, print, export, search, …") \
    X(event, exposure, STRING, "opened, listed, searched, system (of what was refused, too: outcome serious or major failure), unknown") \
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
    X(user, is_contact, BOOL, "a contact of the patient at the time of the event, by a source's word, or by address or phone and no other surname; unknown when none is on file") \
    X(user, street_key, KEY, "streets of the current addresses, each with its postal code or town; confidential addresses have none") \
    X(user, contact_words, LIST, "a source's words for what the user is to the patient, as one of the patient's contacts: code and text of each; unknown when none is on file") \
    X(user, on_leave, BOOL, "on leave at the time of the event, by a roster; unknown when no roster names leaves") \
    X(user, trained, BOOL, "a training of theirs counted on the day of the event: completed by then, and its last day, where its source tells one, not over; false only where a source's declaration names class training and is complete for it from their first affiliation through that day, unknown else") \
    X(user, courses, LIST, "the courses of those trainings; which others there are is unknown unless such a source is declared") \
    X(user, idle_days, INT, "days (of UTC) that the account lay unused before the day of the event: since its use before, else since the log begins, or since it was given, its holder came, or was back from leave, whichever is latest; unknown unless the declaration of the log's source says that it is complete over these days") \
    X(patient, id, STRING, "opaque id") X(patient, name, STRING, "masked in output") X(patient, mrn, STRING, "masked in output") \
    X(patient, birth_date, DATE, "date of birth, when known to the day") \
    X(patient, deceased, BOOL, "known to have died by the time of the event") X(patient, death_date, DATE, "day of death") \
    X(patient, days_since_death, INT, "days from the day of death to the event, in the keep's zone; unknown without a day of death") \
    X(patient, confidential, BOOL, "chart marked confidential") \
    X(patient, address_key, KEY, "current addresses") X(patient, surname_key, KEY, "family names, current and former") \
    X(patient, is_worker, BOOL, "a workforce member") X(patient, department, STRING, "the department they work in, when a workforce member") \
    X(patient, labels, LIST, "labels of the policy that records of the patient carry") \
    X(patient, street_key, KEY, "streets of the current addresses, each with its postal code or town; confidential addresses have none") \
    X(patient, age, INT, "completed years on the day of the event, in the keep's zone; unknown unless the birth date is known to the day") \
    X(patient, days_since_visit, INT, "days from the end of the latest encounter that began before the event, 0 while one lasts; unknown when none is on file") \
    X(patient, test_record, BOOL, "a record of no human, made for trials; unknown when its source does not tell") \
    X(patient, sex, STRING, "F, M; unknown when not recorded or another") \
    X(patient, alike, INT, "other patients with the same names and date of birth; unknown without these") \
    X(patient, births, INT, "different dates of birth that were told of this patient") X(patient, sexes, INT, "different sexes that were told of this patient") \
    X(record, kind, STRING, "resource type or record class") X(record, codes, LIST, "list of {system, code}; ICD without its dot stands in it with one, too, and CPT or HCPCS with a modifier without") X(record, labels, LIST, "labels that hold") \
    X(record, status, STRING, "status as its source says") X(record, service_date, DATE, "last day of the care it tells of") \
    X(record, created_date, DATE, "day it was made") \
    X(record, signed_date, DATE, "day it was signed") X(record, effective_end_date, DATE, "day it ceased to be in effect") \
    X(record, expiry_date, DATE, "day the product expires") X(record, filed_date, DATE, "day it was filed with an agency or payer") \
    X(record, settled_date, DATE, "day of final payment or settlement") X(record, closed_date, DATE, "day the contract, audit or study ended") \
    X(record, reported_date, DATE, "day of the final report") X(record, processed_date, DATE, "day processing was complete") \
    X(record, transferred_date, DATE, "day of the transfer") X(record, disclosed_date, DATE, "day of the disclosure") \
    X(record, approved_date, DATE, "day of the approval") X(record, employment_end_date, DATE, "end of the employment it is about") \
    X(record, custody, STRING, "official, copy, index only, undetermined") \
    X(record, days_since_created, INT, "days from the day it was made to the as-of day; unknown without that day") \
    X(record, days_since_discharge, INT, "days from the end of its encounter to the as-of day; unknown while that is not recorded") \
    X(record, days_after_death, INT, "days from the patient's death to the first day of care it tells of; unknown without these days") \
    X(record, names_visit, BOOL, "it names an encounter, on file or not") \
    X(record, amends_unknown, INT, "earlier records that it changes and of which the keep has nothing") \
    X(set, series, STRING, "series id") X(set, labels, LIST, "labels that any of its records carries") X(set, kinds, LIST, "kinds of its records") \
    X(set, custody, STRING, "weakest custody of its records") \
    X(encounter, class, STRING, "v3-ActCode: AMB, IMP, EMER, …") X(encounter, status, STRING, "status as its source says") \
    X(encounter, start_date, DATE, "day of admission") X(encounter, end_date, DATE, "day of discharge") \
    X(encounter, days_since_start, INT, "days from admission to the as-of day") X(encounter, days_since_end, INT, "days from discharge to the as-of day") \
    X(encounter, has_note, BOOL, "a note or report of it is on file; where none is, unknown unless a source attests its notes of those days") \
    X(claim, type, STRING, "professional, institutional, oral, pharmacy, vision") X(claim, cancelled, BOOL, "cancelled, a draft, or entered in error") \
    X(claim, has_note, BOOL, "a note or document of its encounter is on file") \
    X(claim, not_valid, LIST, "codes that the tables in force on the day do not have: the day of discharge of an institutional claim, of service else") \
    X(claim, not_billable, LIST, "codes that are not complete by the tables") \
    X(claim, pairs, LIST, "codes that the tables do not have billed together on one day, unless a modifier that permits it is there") \
    X(claim, units_over, LIST, "lines with more units than the tables have") X(claim, other_sex, LIST, "codes that the tables have for the other sex") \
    X(claim, other_age, LIST, "codes that the tables have for other ages") \
    X(claim, poa_missing, LIST, "diagnoses of an inpatient claim without a present-on-admission indicator, and not exempt by the tables") \
    X(claim, modifiers_not_valid, LIST, "modifiers that the tables of system \"modifier\" do not have") \
    X(claim, repeated, LIST, "codes that stand twice with the same modifiers on one day") \
    X(facility, name, STRING, "name") X(facility, type, STRING, "hospital, critical access hospital, rural health clinic, nursing facility, …") X(facility, state, STRING, "USPS") \
    X(source, name, STRING, "name of the source")

/* Fields that the program reckons, and from what: a test gives that instead. */
#define KEEP_POLICY_RECKONED(X) \
    X(user, on_leave, "duties of kind \"leave\"") X(user, trained, "trainings") X(user, courses, "trainings") X(user, idle_days, "earlier events and a source") \
    X(patient, days_since_death, "patient.death_date") X(patient, age, "patient.birth_date") X(patient, days_since_visit, "encounters") X(patient, alike, "other patients") \
    X(record, days_since_created, "record.created_date") X(record, days_since_discharge, "the encounter's end") X(record, days_after_death, "patient.death_date") \
    X(record, names_visit, "record.encounter_id") \
    X(encounter, start_date, "encounter.start") X(encounter, end_date, "encounter.end") \
    X(encounter, days_since_start, "encounter.start") X(encounter, days_since_end, "encounter.end") X(encounter, has_note, "records and relations that are notes") \
    X(claim, cancelled, "record.status") X(claim, has_note, "records and relations that are notes") X(claim, not_valid, "its codes and the tables") \
    X(claim, not_billable, "its codes and the tables") X(claim, pairs, "its codes and the tables") X(claim, units_over, "its codes and the tables") \
    X(claim, other_sex, "its codes and the tables") X(claim, other_age, "its codes and the tables") X(claim, poa_missing, "its codes and the tables") \
    X(claim, modifiers_not_valid, "its codes and the tables") X(claim, repeated, "its codes")

/* Where the others come from, by entity. */
#define KEEP_POLICY_ORIGINS(X) \
    X(event, "access log") X(user, "tables of workforce, accounts and contacts, Practitioner and PractitionerRole") X(patient, "Patient, Person, RelatedPerson, tables of patients and contacts") \
    X(record, "the resource, or its line in an index") X(set, "its records") X(facility, "Organization and Location") X(source, "its declaration") \
    X(encounter, "Encounter, tables of encounters and stays") X(claim, "Claim, tables of claims")

/* What numbers count. Dates are civil days, timestamps instants of UTC with microseconds. */
#define KEEP_POLICY_UNITS(X) \
    X(event, local_hour, "hours") X(event, reason_length, "characters") X(user, idle_days, "days") X(patient, days_since_death, "days") X(patient, age, "years") \
    X(patient, days_since_visit, "days") X(patient, alike, "patients") X(patient, births, "dates") X(patient, sexes, "sexes") X(record, days_since_created, "days") \
    X(record, days_since_discharge, "days") X(record, days_after_death, "days") X(record, amends_unknown, "records") X(encounter, days_since_start, "days") \
    X(encounter, days_since_end, "days") X(finding, count, "events or values") X(finding, limit, "events or values")

/* What only an explain text of a rule over several events can name, asked of the same environment: spelling in the text. */
#define KEEP_POLICY_FINDING_FIELDS(X) \
    X(finding, count, INT, "count", "events or distinct values counted") X(finding, limit, INT, "limit", "the rule's limit") \
    X(finding, first_time, TIMESTAMP, "first.time", "the first event counted") X(finding, last_time, TIMESTAMP, "last.time", "the last event counted") \
    X(finding, first_place, STRING, "first.place", "the first event's workstation or network address") \
    X(finding, last_place, STRING, "last.place", "the last event's") \
    X(finding, first_unit, STRING, "first.unit", "the first event's unit") X(finding, last_unit, STRING, "last.unit", "the last event's")

/* What a test can give besides the fields above. A KEY field takes a string or a list of strings: equal strings, equal keys. */
#define KEEP_POLICY_GIVENS(X) \
    X(event, user_id, STRING, "the given user who did it; the only one when left out") \
    X(user, from, TIMESTAMP, "affiliated from") X(user, to, TIMESTAMP, "affiliated until") \
    X(user, patient_id, STRING, "the given patient who is the same human") \
    X(patient, facility, STRING, "facility of the record set") \
    X(record, id, STRING, "id") X(record, patient_id, STRING, "the given patient; the only one when left out") \
    X(record, facility, STRING, "name of the given facility; the only one when left out") \
    X(record, encounter_id, STRING, "the given encounter") X(record, discharge_date, DATE, "discharge of its encounter") \
    X(source, classes, LIST, "what it holds; left out: all") X(source, facilities, LIST, "left out: all") \
    X(source, from, DATE, "first day covered") X(source, through, DATE, "last day covered") X(source, closed_on, DATE, "closed on") \
    X(source, complete, BOOL, "everything of it is here") X(source, codes_complete, BOOL, "no code means there is none") \
    X(source, custody, STRING, "official, copy, index only") X(source, jurisdiction, STRING, "USPS state of what has no facility") \
    X(relation, kind, STRING, "word of the relation kinds") X(relation, from, TIMESTAMP, "start") X(relation, to, TIMESTAMP, "end; left out: as the start") \
    X(relation, open, BOOL, "not ended") X(relation, recorded, TIMESTAMP, "when it was entered; left out: at its start") \
    X(relation, user_id, STRING, "left out: the given user, unless a department is named") X(relation, patient_id, STRING, "left out: the given patient") \
    X(relation, department, STRING, "ties the whole department") X(relation, author, STRING, "user who entered it") \
    X(duty, kind, STRING, "shift, on call, leave; left out: shift") X(duty, unit, STRING, "unit") X(duty, user_id, STRING, "left out: the given user") X(duty, from, TIMESTAMP, "from") \
    X(duty, to, TIMESTAMP, "until; left out: not recorded") \
    X(training, course, STRING, "course") X(training, completed, DATE, "day it was completed; left out: not yet") \
    X(training, valid_until, DATE, "last day it counts; left out: not recorded") X(training, user_id, STRING, "left out: the given user") \
    X(code, system, STRING, "code system") X(code, code, STRING, "a code of it") X(code, from, DATE, "valid from") X(code, to, DATE, "last day") \
    X(code, sex, STRING, "F, M") X(code, age_from, INT, "years") X(code, age_to, INT, "years") X(code, billable, BOOL, "a complete code") \
    X(code, poa_exempt, BOOL, "exempt from present on admission") \
    X(pair, first, STRING, "the code that is billed") X(pair, second, STRING, "the code that is not, beside it") X(pair, from, DATE, "in force from") \
    X(pair, to, DATE, "last day") X(pair, modifier, BOOL, "a modifier lets both be billed") \
    X(limit, code, STRING, "code") X(limit, from, DATE, "in force from") X(limit, to, DATE, "last day") X(limit, most, INT, "units") X(limit, per, STRING, "line (default) or day") \
    X(encounter, id, STRING, "id") X(encounter, patient_id, STRING, "left out: the given patient") X(encounter, user_id, STRING, "somebody who took part") \
    X(encounter, department, STRING, "department of those who took part") \
    X(encounter, facility, STRING, "facility") X(encounter, unit, STRING, "unit") X(encounter, start, TIMESTAMP, "admission") X(encounter, end, TIMESTAMP, "discharge")

#define X(entity, field, type, text) KEEP_FIELD_##entity##_##field,
#define Y(entity, field, type, spelling, text) KEEP_FIELD_##entity##_##field,
enum keep_field { KEEP_POLICY_FIELDS(X) KEEP_POLICY_FINDING_FIELDS(Y) KEEP_FIELD_COUNT };
#undef X
#undef Y
#define X(entity, text) KEEP_GRAIN_##entity,
enum keep_grain { KEEP_POLICY_ENTITIES(X) KEEP_GRAIN_COUNT };
#undef X

/* The entity a field belongs to; KEEP_GRAIN_COUNT for those of a finding. */
static inline enum keep_grain keep_field_grain(enum keep_field f)
{
    static const unsigned char grain[] = {
#define X(entity, field, type, text) KEEP_GRAIN_##entity,
        KEEP_POLICY_FIELDS(X)
#undef X
    };
    return (unsigned)f < sizeof grain ? (enum keep_grain)grain[f] : KEEP_GRAIN_COUNT;
}

/* Functions that the engines answer; the language's own (size, startsWith, date, …) are not here.
 * enum name, spelling, argument types, result, meaning */
#define KEEP_POLICY_CALLS(X) \
    X(related, "related", "LIST,DURATION,DURATION", BOOL, "a relation of one of these kinds ties user and patient, from that long before its start to that long after its end; in a rule unknown where no source tells such a relation of anybody") \
    X(department_related, "department_related", "LIST,DURATION,DURATION", BOOL, "the same, by the user's department or unit") \
    X(encounter_at_unit, "encounter_at_unit", "DURATION,DURATION", BOOL, "the patient had an encounter around the event and somebody of the user's department took part in it") \
    X(patient_related, "patient_related", "LIST,DURATION,DURATION", BOOL, "a relation of one of these kinds is on file for the patient, whoever's it is but for what the user wrote only after first opening the chart, from that long before its start to that long after its end; unknown where no source tells such a relation of anybody. That there is no disclosure is unknown behind the last one on file, of whomever, where no source is declared complete for them") \
    X(behalf_related, "behalf_related", "LIST,DURATION,DURATION", BOOL, "the log says of this very access that the user acted for somebody else, and a relation of one of these kinds ties that one and the patient, from that long before its start to that long after its end; what the user wrote only after first opening the chart, and the other only after this access, is left out") \
    X(on_shift, "on_shift", "DURATION", BOOL, "the user was rostered for the time of the event, on shift or on call, give or take that long; unknown when no roster of the user covers it") \
    X(rostered_with_patient, "rostered_with_patient", "DURATION,DURATION", BOOL, "the user was rostered at the time of the event, on shift or on call, give or take the first, for a unit where the patient stayed or had an appointment, give or take the second; unknown when no roster of the user covers it") \
    X(department_ties, "department_ties", "", INT, "workers of the user's department who have had a tie of their own to patients of a department that sees this one: the most for any such department, those who see it and are of none on file being one more; unknown when nobody is known to see the patient, and unless a declared source is complete for the class worker (Practitioner) that day") \
    X(department_size, "department_size", "", INT, "workers on file who were ever in the user's department; unknown unless a declared source is complete for the class worker that day") \
    X(in_network, "in_network", "STRING,LIST", BOOL, "the text is a network address inside of one of these ranges (\"10.0.0.0/8\", \"fc00::/7\"); unknown when it is no address") \
    X(colleagues, "colleagues", "", BOOL, "user and patient work in the same department") \
    X(set_first, "set.first", "STRING", DATE, "earliest such day over the set: service_date, created_date, discharge_date, or one that each of its records bears (expiry_date, signed_date, …)") \
    X(set_last, "set.last", "STRING", DATE, "latest such day over the set; unknown unless declared sources are complete for it. An encounter that says no facility or no patient, or that only a record of the set names, can make the last discharge later or unknown; of the medical record so does later care on record") \
    X(patient_birthday, "patient.birthday", "INT", DATE, "the day the patient attains that age") \
    X(patient_age_on, "patient.age_on", "DATE", INT, "completed years on that day") \
    X(patient_any, "patient.any", "STRING", BOOL, "a record of this kind is on file for the patient at the set's facility; false only where declared sources are complete for it") \
    X(patient_first, "patient.first", "STRING,STRING", DATE, "earliest such day over the patient's records of this kind there: patient.first(\"Claim\", \"service_date\")") \
    X(patient_last, "patient.last", "STRING,STRING", DATE, "latest such day over them; both are unknown unless each bears the day and declared sources are complete for the kind") \
    X(majority, "majority", "STRING", INT, "age of majority in that state")
#define X(name, spelling, args, result, text) KEEP_CALL_##name,
enum keep_call { KEEP_POLICY_CALLS(X) KEEP_CALL_COUNT };
#undef X

#endif
