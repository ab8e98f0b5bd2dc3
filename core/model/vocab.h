/* The closed vocabularies of the model, each as one table: the enum, the word
 * that policies, outputs and column maps use, and in the .c the lookup both ways.
 * Numbers are stored on disk: add at the end, never renumber. */
#ifndef CORE_MODEL_VOCAB_H
#define CORE_MODEL_VOCAB_H

#include "core/base/str.h"

#define KEEP_ACTIONS(X) \
    X(UNKNOWN, "unknown") X(VIEW, "view") X(CREATE, "create") X(UPDATE, "update") X(DELETE, "delete") X(PRINT, "print") \
    X(EXPORT, "export") X(SEARCH, "search") X(LIST, "list") X(LOGIN, "login") X(LOGOUT, "logout") X(EXECUTE, "execute")

/* exposure: what of the patient the person was shown. Rules about people look at OPENED unless they say otherwise. An access that was refused (outcome serious
 * or major failure) is SYSTEM: nothing was shown. */
#define KEEP_EXPOSURES(X) \
    X(UNKNOWN, "unknown") X(OPENED, "opened") X(LISTED, "listed") X(SEARCHED, "searched") X(SYSTEM, "system")

/* FHIR AuditEvent.outcome 0/4/8/12 */
#define KEEP_OUTCOMES(X) X(UNKNOWN, "unknown") X(SUCCESS, "success") X(MINOR, "minor failure") X(SERIOUS, "serious failure") X(MAJOR, "major failure")

/* HL7 v3-ActReason PurposeOfUse */
#define KEEP_PURPOSES(X) \
    X(UNKNOWN, "unknown") X(TREAT, "TREAT") X(HPAYMT, "HPAYMT") X(HOPERAT, "HOPERAT") X(ETREAT, "ETREAT") X(BTG, "BTG") \
    X(PATRQT, "PATRQT") X(HRESCH, "HRESCH") X(PUBHLTH, "PUBHLTH") X(HMARKT, "HMARKT") X(OTHER, "other")

#define KEEP_ACCOUNT_KINDS(X) \
    X(UNMAPPED, "unmapped") X(PERSON, "person") X(PROXY, "proxy") X(SERVICE, "service") X(EXTERNAL, "external") X(VENDOR, "vendor")

/* "on behalf": the log says that the worker acted for somebody else at that very access; who that is stands as its author. */
#define KEEP_RELATIONS(X) \
    X(APPOINTMENT, "appointment") X(ENCOUNTER, "encounter") X(ORDER, "order") X(RESULT, "result") X(NOTE, "note") \
    X(MEDICATION, "medication") X(PROCEDURE, "procedure") X(IMMUNIZATION, "immunization") X(TEAM, "team") \
    X(REFERRAL, "referral") X(TASK, "task") X(PRIMARY_CARE, "primary care") X(DIAGNOSIS, "diagnosis") \
    X(DISCLOSURE, "disclosure") X(BEHALF, "on behalf")

/* What a roster plans for somebody. */
#define KEEP_DUTIES(X) X(SHIFT, "shift") X(ON_CALL, "on call") X(LEAVE, "leave")

/* Addresses where people who have nothing to do with each other live. */
#define KEEP_INSTITUTIONS(X) \
    X(OTHER, "other") X(NURSING_HOME, "nursing home") X(SHELTER, "shelter") X(HOSPITAL_HOUSING, "hospital housing") X(DORMITORY, "dormitory") \
    X(CORRECTIONAL, "correctional facility")

/* What a source says of two of its patients; the words are FHIR R4's link-type. */
#define KEEP_LINKS(X) X(NONE, "none") X(REPLACED_BY, "replaced-by") X(REPLACES, "replaces") X(REFER, "refer") X(SEEALSO, "seealso")

/* Days of a record, beyond those of care and making, that retention law counts from (the triggers of 45 CFR 164.316, 21 CFR 606.160,
 * 29 CFR 1910.1020, 42 CFR 422.504, 42 CFR 493.1105, 42 CFR 489.20 and the like). */
#define KEEP_RECORD_DAYS(X) \
    X(SIGNED, "signed_date") X(EFFECTIVE_END, "effective_end_date") X(EXPIRY, "expiry_date") X(FILED, "filed_date") X(SETTLED, "settled_date") \
    X(CLOSED, "closed_date") X(REPORTED, "reported_date") X(PROCESSED, "processed_date") X(TRANSFERRED, "transferred_date") X(DISCLOSED, "disclosed_date") \
    X(APPROVED, "approved_date") X(EMPLOYMENT_END, "employment_end_date")

/* What a record does to an earlier one; the words are FHIR R4's document-relationship-type. */
#define KEEP_AMENDMENTS(X) X(NONE, "none") X(REPLACES, "replaces") X(APPENDS, "appends") X(TRANSFORMS, "transforms") X(SIGNS, "signs")

#define KEEP_CUSTODIES(X) X(UNDETERMINED, "undetermined") X(OFFICIAL, "official") X(COPY, "copy") X(INDEX, "index only")

/* Entities that have keys (identifiers) of their own. */
#define KEEP_ENTITIES(X) \
    X(NONE, "none") X(PATIENT, "patient") X(WORKER, "worker") X(FACILITY, "facility") X(LOCATION, "location") \
    X(ENCOUNTER, "encounter") X(ACCOUNT, "account") X(RECORD, "record") X(CONTACT, "contact person")

#define KEEP_VERDICTS(X) X(NOT_ASSESSED, "not assessed") X(EXPECTED, "expected") X(UNEXPLAINED, "unexplained") X(FLAGGED, "flagged")
#define KEEP_SEVERITIES(X) X(LOW, "low") X(MEDIUM, "medium") X(HIGH, "high") X(CRITICAL, "critical")
#define KEEP_CASE_STATUSES(X) X(NEEDS_REVIEW, "needs review") X(SUBSTANTIATED, "substantiated") X(UNSUBSTANTIATED, "unsubstantiated") X(INSUFFICIENT, "insufficient evidence")
#define KEEP_SET_STATUSES(X) \
    X(KEPT, "kept") X(DUE, "due") X(HELD, "held") X(UNDETERMINED, "undetermined") X(CONFLICT, "conflict") \
    X(NOT_ADOPTED, "not adopted") X(ARCHIVED, "archived") X(DESTROYED, "destroyed") X(ORDERED, "ordered")
#define KEEP_UNTIL_KINDS(X) X(UNKNOWN, "unknown") X(DATE, "date") X(PERMANENT, "permanent")
#define KEEP_SET_ACTIONS(X) X(NONE, "none") X(ARCHIVE, "archive") X(DESTROY, "destroy") X(ORDER, "order")
#define KEEP_TRISTATES(X) X(UNKNOWN, "unknown") X(NO, "no") X(YES, "yes")

#define KEEP_VOCABS(V) \
    V(action, KEEP_ACTION, KEEP_ACTIONS) V(exposure, KEEP_EXPOSURE, KEEP_EXPOSURES) V(outcome, KEEP_OUTCOME, KEEP_OUTCOMES) \
    V(purpose, KEEP_PURPOSE, KEEP_PURPOSES) V(account_kind, KEEP_ACCOUNT, KEEP_ACCOUNT_KINDS) V(relation_kind, KEEP_RELATION, KEEP_RELATIONS) \
    V(custody, KEEP_CUSTODY, KEEP_CUSTODIES) V(entity, KEEP_ENTITY, KEEP_ENTITIES) V(verdict, KEEP_VERDICT, KEEP_VERDICTS) \
    V(severity, KEEP_SEVERITY, KEEP_SEVERITIES) V(case_status, KEEP_CASE, KEEP_CASE_STATUSES) V(set_status, KEEP_SET, KEEP_SET_STATUSES) \
    V(until_kind, KEEP_UNTIL, KEEP_UNTIL_KINDS) V(set_action, KEEP_ACT, KEEP_SET_ACTIONS) V(tristate, KEEP_TRI, KEEP_TRISTATES) V(link_kind, KEEP_LINK, KEEP_LINKS) \
    V(record_day, KEEP_DAY, KEEP_RECORD_DAYS) V(amendment, KEEP_AMEND, KEEP_AMENDMENTS) \
    V(duty, KEEP_DUTY, KEEP_DUTIES) V(institution, KEEP_INSTITUTION, KEEP_INSTITUTIONS)

#define X(name, word) KEEP_ACTION_##name,
enum keep_action { KEEP_ACTIONS(X) KEEP_ACTION_COUNT };
#undef X
#define X(name, word) KEEP_EXPOSURE_##name,
enum keep_exposure { KEEP_EXPOSURES(X) KEEP_EXPOSURE_COUNT };
#undef X
#define X(name, word) KEEP_OUTCOME_##name,
enum keep_outcome { KEEP_OUTCOMES(X) KEEP_OUTCOME_COUNT };
#undef X
#define X(name, word) KEEP_PURPOSE_##name,
enum keep_purpose { KEEP_PURPOSES(X) KEEP_PURPOSE_COUNT };
#undef X
#define X(name, word) KEEP_ACCOUNT_##name,
enum keep_account_kind { KEEP_ACCOUNT_KINDS(X) KEEP_ACCOUNT_COUNT };
#undef X
#define X(name, word) KEEP_RELATION_##name,
enum keep_relation_kind { KEEP_RELATIONS(X) KEEP_RELATION_COUNT };
#undef X
#define X(name, word) KEEP_DUTY_##name,
enum keep_duty { KEEP_DUTIES(X) KEEP_DUTY_COUNT };
#undef X
#define X(name, word) KEEP_INSTITUTION_##name,
enum keep_institution { KEEP_INSTITUTIONS(X) KEEP_INSTITUTION_COUNT };
#undef X
#define X(name, word) KEEP_LINK_##name,
enum keep_link_kind { KEEP_LINKS(X) KEEP_LINK_COUNT };
#undef X
#define X(name, word) KEEP_DAY_##name,
enum keep_record_day { KEEP_RECORD_DAYS(X) KEEP_DAY_COUNT };
#undef X
#define X(name, word) KEEP_AMEND_##name,
enum keep_amendment { KEEP_AMENDMENTS(X) KEEP_AMEND_COUNT };
#undef X
#define X(name, word) KEEP_CUSTODY_##name,
enum keep_custody { KEEP_CUSTODIES(X) KEEP_CUSTODY_COUNT };
#undef X
#define X(name, word) KEEP_ENTITY_##name,
enum keep_entity { KEEP_ENTITIES(X) KEEP_ENTITY_COUNT };
#undef X
#define X(name, word) KEEP_VERDICT_##name,
enum keep_verdict { KEEP_VERDICTS(X) KEEP_VERDICT_COUNT };
#undef X
#define X(name, word) KEEP_SEVERITY_##name,
enum keep_severity { KEEP_SEVERITIES(X) KEEP_SEVERITY_COUNT };
#undef X
#define X(name, word) KEEP_CASE_##name,
enum keep_case_status { KEEP_CASE_STATUSES(X) KEEP_CASE_COUNT };
#undef X
#define X(name, word) KEEP_SET_##name,
enum keep_set_status { KEEP_SET_STATUSES(X) KEEP_SET_COUNT };
#undef X
#define X(name, word) KEEP_UNTIL_##name,
enum keep_until_kind { KEEP_UNTIL_KINDS(X) KEEP_UNTIL_COUNT };
#undef X
#define X(name, word) KEEP_ACT_##name,
enum keep_set_action { KEEP_SET_ACTIONS(X) KEEP_ACT_COUNT };
#undef X
#define X(name, word) KEEP_TRI_##name,
enum keep_tristate { KEEP_TRISTATES(X) KEEP_TRI_COUNT };
#undef X

/* keep_vocab_action_word(KEEP_ACTION_VIEW) = "view"; out of range: "unknown".
 * keep_vocab_action(KEEP_STR("view")) = the number, -1 when no such word. */
#define V(name, prefix, table)                        \
    const char *keep_vocab_##name##_word(int v);      \
    int keep_vocab_##name(struct keep_str word);
KEEP_VOCABS(V)
#undef V

/* A row's status says that what the row tells never was, or no longer is meant: cancelled, entered in error, … */
bool keep_vocab_retracted(struct keep_str status);

#endif
