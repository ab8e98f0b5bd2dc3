/* The rows that readers of files emit into a sink: facts as their source wrote
 * them, references still as keys. All strings belong to the reader and live
 * until the sink function returns. A zero-length key value = not recorded. */
#ifndef CORE_MODEL_ROWS_H
#define CORE_MODEL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/pull.h"
#include "core/base/str.h"
#include "core/model/disclosure.h"
#include "core/model/vocab.h"

/* An identifier of an entity. system "" = the id space of the source's server (FHIR logical ids,
 * the plain id columns of its reports); otherwise the identifier system ("http://hl7.org/fhir/sid/us-npi",
 * "urn:uuid", "mrn", …). Two keys are the same entity when kind, system and value are equal. */
struct keep_key {
    enum keep_entity kind;
    struct keep_str system, value;
};

struct keep_partial_date {
    keep_date date; /* the last day it can mean; KEEP_DATE_NONE */
    enum keep_precision precision;
};

/* Where a row stands in its file. line counts from 1 (for one JSON document: 1), entry = index in a Bundle from 0. */
struct keep_origin {
    uint64_t line, offset, entry;
};

struct keep_name {
    struct keep_str family, given, use; /* use: official, maiden, old, … */
};

struct keep_address {
    struct keep_str line, city, state, postal, use; /* use: home, work, temp, old, billing; or "postal": mail goes there, nobody lives there */
    bool confidential;
};

/* What is known of a human being, patient or worker. Sealed in the keep. */
struct keep_human {
    const struct keep_name *name;
    size_t names;
    const struct keep_address *address;
    size_t addresses;
    const struct keep_str *phone; /* one's own: none of a workplace, none given up */
    size_t phones;
    struct keep_str mrn;    /* display number of a patient; employee number of a worker */
    struct keep_str gender;
    struct keep_partial_date birth;
};

struct keep_row_patient {
    struct keep_origin at;
    const struct keep_key *key; /* every identifier; key[0] is the source's own id */
    size_t keys;
    struct keep_human human;
    enum keep_tristate deceased;
    keep_time death_time; /* KEEP_TIME_NONE: day unknown */
    struct keep_partial_date death;
    enum keep_tristate confidential;
    enum keep_tristate test; /* YES: of no human, made for trials */
    struct keep_key worker; /* the same human in the workforce, when a source says so */
};

struct keep_row_worker {
    struct keep_origin at;
    const struct keep_key *key;
    size_t keys;
    struct keep_human human;
    struct keep_str department, role, unit;
    keep_time from, to; /* affiliation interval of this row, [from, to); NONE = not recorded */
    enum keep_tristate ended_known; /* YES: `to` is known (NONE then = still affiliated) */
    struct keep_key manager, patient; /* patient: the same human as a patient */
};

struct keep_row_account {
    struct keep_origin at;
    struct keep_str login;
    enum keep_account_kind kind;
    struct keep_key worker;
    keep_time from, to; /* of the mapping login -> worker */
};

/* Somebody whom a source names as a patient's contact: next of kin, guardian, caregiver, whom to call. */
struct keep_contact_person {
    struct keep_str code;         /* of the relationship: "MTH", "C", or the source's own word; never a name */
    struct keep_str relationship; /* in words */
    struct keep_human human;
    keep_time from, to;           /* [from, to) of being one; NONE = not recorded */
    struct keep_key worker, patient; /* the same human in the workforce, as a patient, when the source says so */
};

/* All whom one statement names: Patient.contact, a RelatedPerson, a line. It takes the place of what the same statement said before. */
struct keep_row_contacts {
    struct keep_origin at;
    struct keep_key key;    /* of the statement: kind KEEP_ENTITY_CONTACT, its system the kind of statement */
    struct keep_key patient;
    const struct keep_contact_person *person;
    size_t persons;         /* 0: nobody (any more) */
};

/* What somebody was to do: a shift, being on call, a leave. */
struct keep_row_duty {
    struct keep_origin at;
    enum keep_duty kind;
    struct keep_key worker;
    struct keep_str unit;
    keep_time from, to; /* [from, to); to NONE: not recorded */
};

struct keep_row_training {
    struct keep_origin at;
    struct keep_key worker;
    struct keep_str course;
    keep_date completed, valid_until; /* NONE: not (yet), not recorded */
};

/* An address declared to be an institution's: who lives there makes no household. */
struct keep_row_institution {
    struct keep_origin at;
    enum keep_institution kind;
    struct keep_str name;
    struct keep_address address;
};

struct keep_row_facility {
    struct keep_origin at;
    const struct keep_key *key;
    size_t keys;
    struct keep_str name, type, state; /* state: USPS two letters */
    struct keep_key part_of;
};

struct keep_row_location {
    struct keep_origin at;
    const struct keep_key *key;
    size_t keys;
    struct keep_str name, type, state;
    struct keep_key facility;
};

struct keep_row_encounter {
    struct keep_origin at;
    const struct keep_key *key;
    size_t keys;
    struct keep_key patient, facility, location;
    struct keep_str klass, status; /* v3-ActCode AMB IMP EMER …; FHIR encounter-status */
    keep_time start, end;
    keep_date start_date, end_date; /* civil days in the source's zone */
};

/* A dated fact that ties a worker, or a whole department, to a patient. */
struct keep_row_relation {
    struct keep_origin at;
    enum keep_relation_kind kind;
    struct keep_key patient;
    struct keep_key worker;         /* or empty, with department */
    struct keep_str department;
    struct keep_key encounter;
    keep_time from, to;             /* to NONE: an instant; an open interval when open is set */
    bool open;
    keep_time recorded;             /* when it was written down; NONE unknown */
    struct keep_key author;         /* who wrote it down; empty unknown */
};

struct keep_code {
    struct keep_str system; /* canonical short name: "ICD-10-CM", "ICD-10-PCS", "ICD-9-CM", "CPT", "HCPCS", "SNOMED CT", "LOINC", "RxNorm", "CVX", "MS-DRG", "revenue"; else the URI as written */
    struct keep_str code;
};

struct keep_dated {
    enum keep_record_day day;
    keep_date date;
};

/* What a record does to an earlier one of the same source. */
struct keep_amends {
    enum keep_amendment kind;
    struct keep_key key; /* of the earlier record, as in keep_row_record.key */
};

/* One thing kept: a resource, a document, or an index entry for a thing kept elsewhere. */
struct keep_row_record {
    struct keep_origin at;
    const struct keep_key *key; /* kind KEEP_ENTITY_RECORD; system carries the resource type when system is "" in the source: "Condition" */
    size_t keys;
    struct keep_str kind;       /* resource type ("Condition") or the index's record class ("film jacket") */
    struct keep_key patient, encounter, facility, author;
    bool about_no_patient;      /* an administrative resource (Organization, Location, Practitioner, …) */
    const struct keep_code *code;
    size_t codes;
    struct keep_str status, media_type, title;
    keep_date service_first, service_last; /* civil days of the care it tells of; NONE unknown */
    keep_date created;                     /* civil day it was made; NONE unknown */
    const struct keep_dated *day;          /* other days that rules count from, each kind once */
    size_t days;
    struct keep_key signer;                /* who signed it; empty: not recorded */
    const struct keep_amends *amends;      /* earlier records that it replaces or adds to */
    size_t amendments;
    keep_time recorded;
    struct keep_str version;    /* the source's version id, empty if none */
    struct keep_str payload;    /* the resource's own bytes; empty for an index entry */
    struct keep_pull *pull;     /* instead of payload, for what is too large to be held; NULL none */
    struct keep_str custodian, locator; /* of an index entry */
    enum keep_custody custody;  /* UNDETERMINED: the source's declaration decides */
    const struct keep_disclosure *disclosure; /* what was told to whom, when it is a disclosure; NULL: it is none, or nothing is told of it */
};

struct keep_row_event {
    struct keep_origin at;
    keep_time time;            /* when it happened; NONE: quarantine instead */
    struct keep_str account;   /* login or agent id as written; empty = not recorded */
    struct keep_str account_name; /* display name in the log, sealed with the detail */
    struct keep_key patient;   /* empty: about no patient */
    enum keep_action action;
    enum keep_exposure exposure;
    enum keep_outcome outcome;
    enum keep_purpose purpose;
    struct keep_str place;     /* workstation, network address, unit: as written */
    struct keep_str unit;      /* unit or department the access was made from, when the log has it */
    struct keep_str query;     /* "search" terms were used: kept sealed; only its presence is a column */
    enum keep_tristate break_glass;
    struct keep_str reason;    /* text entered for the override; {NULL,0} = the log has no such field, {"",0} = left empty */
    struct keep_str native_id; /* the source's own event id, empty if none */
    struct keep_str raw;       /* the bytes as they were */
};

/* Two patients of which the source says something: `from` is the one it says it at. */
struct keep_row_link {
    struct keep_origin at;
    enum keep_link_kind kind;
    struct keep_key from, to;
};

struct keep_row_quarantine {
    struct keep_origin at;
    struct keep_str bytes;
    const char *reason; /* without patient data */
};

/* Provenance of a source: export log lines and the like. */
struct keep_row_note {
    struct keep_origin at;
    struct keep_str kind, bytes; /* "bulk export log" */
};

/* Where rows go. Every function returns 0, 1 (an exact repetition of what is there: nothing done), or <0. */
struct keep_sink {
    void *ctx;
    int (*patient)(void *ctx, const struct keep_row_patient *, struct keep_err *);
    int (*worker)(void *ctx, const struct keep_row_worker *, struct keep_err *);
    int (*account)(void *ctx, const struct keep_row_account *, struct keep_err *);
    int (*facility)(void *ctx, const struct keep_row_facility *, struct keep_err *);
    int (*location)(void *ctx, const struct keep_row_location *, struct keep_err *);
    int (*encounter)(void *ctx, const struct keep_row_encounter *, struct keep_err *);
    int (*relation)(void *ctx, const struct keep_row_relation *, struct keep_err *);
    int (*record)(void *ctx, const struct keep_row_record *, struct keep_err *);
    int (*event)(void *ctx, const struct keep_row_event *, struct keep_err *);
    int (*quarantine)(void *ctx, const struct keep_row_quarantine *, struct keep_err *);
    int (*note)(void *ctx, const struct keep_row_note *, struct keep_err *);
    int (*link)(void *ctx, const struct keep_row_link *, struct keep_err *);
    int (*duty)(void *ctx, const struct keep_row_duty *, struct keep_err *);
    int (*training)(void *ctx, const struct keep_row_training *, struct keep_err *);
    int (*institution)(void *ctx, const struct keep_row_institution *, struct keep_err *);
    int (*contacts)(void *ctx, const struct keep_row_contacts *, struct keep_err *);
};

#endif
