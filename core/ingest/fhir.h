/* What the FHIR files of this folder share: the reader's state, one resource in
 * hand, and the small helpers for keys, dates and codes. FHIR R4 (4.0.1) is the
 * form read; where R5 renamed an element that matters, both names are known. */
#ifndef CORE_INGEST_FHIR_H
#define CORE_INGEST_FHIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/ingest/feed.h"
#include "core/ingest/ingest.h"
#include "core/text/json.h"

struct keep_fhir_links; /* the urn: fullUrls of one Bundle */

struct keep_fhir {
    const struct keep_ingest *p;
    const struct keep_sink *sink;
    struct keep_ingest_counts counts;
    struct keep_arena *arena; /* one resource; reset before the next */
    struct keep_buf scratch;  /* free for any function between two sink calls */
    const struct keep_fhir_links *links; /* of the Bundle being read, NULL outside */
    bool over;                /* the resource in hand went over the arena's ceiling */
};

/* One resource. All of it lives until the next. */
struct keep_fhir_resource {
    struct keep_fhir *f;
    const struct keep_json *json;
    struct keep_str type, full_url;
    struct keep_origin at;
    const struct keep_key *key; /* of the entity it is: Patient, Practitioner …; else of the record */
    size_t keys;
};

/* --- fhir.c --- */
/* Reads it all. */
int keep_fhir_read(const struct keep_ingest *p, struct keep_feed *feed, struct keep_ingest_counts *counts, struct keep_err *err);
/* Quarantines bytes; counts it. */
int keep_fhir_refuse(struct keep_fhir *f, struct keep_origin at, struct keep_str bytes, const char *reason, struct keep_err *err);
int keep_fhir_note(struct keep_fhir *f, struct keep_origin at, const char *kind, struct keep_str bytes, struct keep_err *err);
/* What an AuditEvent becomes: events and then relations, or why it becomes none. Lives in the arena of whoever read it. */
struct keep_fhir_audit {
    const struct keep_row_event *event;
    const struct keep_row_relation *relation;
    size_t events, relations;
    struct keep_str bytes; /* the resource's own */
    const char *refusal; /* for quarantine; NULL: it is taken */
};
/* A text that was parsed: its tree, or why there is none. The tree lives in another arena than keep_fhir's. */
struct keep_fhir_parsed {
    const struct keep_json *json;
    const struct keep_fhir_audit *audit; /* of an AuditEvent that was read as well; NULL: none, or that is left to whoever takes it */
    int rc; /* of keep_json_parse */
    const struct keep_err *why;
};
/* Emits one parsed resource. */
int keep_fhir_emit(struct keep_fhir *f, const struct keep_json *json, struct keep_str full_url, struct keep_origin at, struct keep_err *err);

/* --- fhir_bundle.c --- */
#define KEEP_FHIR_NESTING 4 /* Bundles in Bundles: a batch response of document Bundles needs 2 */
/* 1 when text is an object whose resourceType is Bundle, as far as its outline tells. */
bool keep_fhir_bundle_is(struct keep_str text);
/* Emits its entries one by one, its wrapper as a note; what is damaged goes to quarantine, whole entries before it are kept. */
int keep_fhir_bundle_read(struct keep_fhir *f, struct keep_str text, struct keep_origin at, unsigned depth, struct keep_err *err);
/* The entry whose fullUrl is this urn: its resource type and id. NULL when there is none. */
struct keep_fhir_link {
    struct keep_str urn, type, id; /* as written between quotes */
    size_t entry;
};
const struct keep_fhir_link *keep_fhir_bundle_link(const struct keep_fhir_links *links, struct keep_str urn);

/* --- fhir_key.c --- */
#define KEEP_FHIR_NPI "http://hl7.org/fhir/sid/us-npi"
/* System of identifiers that carry none: apart from the server's own ids, which they are not. A reference by one gives a
 * key of its own; a resource is not known by it, since two of them may bear the same number. */
#define KEEP_FHIR_NO_SYSTEM "identifier"

enum keep_entity keep_fhir_key_kind(struct keep_str type); /* KEEP_ENTITY_RECORD for types without an entity of their own */
/* The entity of kind `want` that a Reference names; an empty key (kind NONE) when it names none or another kind.
 * Relative and absolute URLs give their last Type/id in system "": a source's own server is not told from others.
 * Also urn:uuid and urn:oid, conditional ("Practitioner?identifier=system|value"), and logical (identifier) ones. */
struct keep_key keep_fhir_key(struct keep_fhir *f, const struct keep_json *reference, enum keep_entity want);
/* Key of an Identifier; value empty when it has none. "id^^^&OID&ISO" (HL7 v2 CX) is taken apart. */
struct keep_key keep_fhir_key_identifier(struct keep_fhir *f, const struct keep_json *identifier, enum keep_entity kind);
/* All keys of a resource: its id, its fullUrl, its identifiers (entities only, and only those of one thing alone).
 * 0 keys: it cannot be told from others. */
int keep_fhir_key_all(struct keep_fhir_resource *r, enum keep_entity kind, struct keep_err *err);
/* The record's own keys: system is the resource type. */
int keep_fhir_key_record(struct keep_fhir_resource *r, const struct keep_key **out, size_t *n, struct keep_err *err);
static inline bool keep_fhir_key_same(const struct keep_key *a, const struct keep_key *b)
{
    return a->kind == b->kind && keep_str_eq(a->system, b->system) && keep_str_eq(a->value, b->value);
}

/* --- fhir_value.c --- */
/* When something was, by a date, dateTime, instant or Period. */
struct keep_fhir_when {
    keep_time from, to;         /* to NONE: an instant, or open; a date spans its days in the reader's zone */
    keep_date first, last;      /* civil days in the source's zone; first is the earliest it can mean, last the latest */
    bool open;                  /* a Period without end */
};
#define KEEP_FHIR_NEVER ((struct keep_fhir_when){KEEP_TIME_NONE, KEEP_TIME_NONE, KEEP_DATE_NONE, KEEP_DATE_NONE, false})
struct keep_fhir_when keep_fhir_value_when(const struct keep_fhir *f, const struct keep_json *v);
/* The same of the first of these members that says something; names end with NULL. */
struct keep_fhir_when keep_fhir_value_any(const struct keep_fhir *f, const struct keep_json *object, const char *const *names);
/* The first child of an array, the value itself otherwise. */
const struct keep_json *keep_fhir_value_first(const struct keep_json *v);
/* Calls of a loop over "one or many": child i, or the value itself for i = 0; NULL behind the last. */
const struct keep_json *keep_fhir_value_each(const struct keep_json *v, size_t i);
static inline struct keep_str keep_fhir_value_str(const struct keep_json *object, const char *name)
{
    return keep_json_str(keep_json_get(object, name));
}
/* Zeroed arena memory; NULL with err set: KEEP_E_LIMIT over the ceiling, KEEP_E_NOMEM. n = 0 gives room for one. */
void *keep_fhir_value_alloc(struct keep_fhir *f, size_t n, size_t size, struct keep_err *err);
int keep_fhir_value_human(struct keep_fhir *f, const struct keep_json *json, struct keep_human *out, struct keep_err *err);

/* --- fhir_code.c --- */
/* Text of a CodeableConcept or Coding: its text, else its first display, else its first code. */
struct keep_str keep_fhir_code_text(const struct keep_json *concept);
/* Coding i of a CodeableConcept; what has no codings is its own only one. NULL behind the last. */
const struct keep_json *keep_fhir_code_coding(const struct keep_json *concept, size_t i);
/* First code of a CodeableConcept, Coding or plain code. */
struct keep_str keep_fhir_code_first(const struct keep_json *concept);
/* Has it a coding with this code (in any system)? */
bool keep_fhir_code_has(const struct keep_json *concept, const char *code);
/* Every coding that tells what a record is about, each once. */
int keep_fhir_code_all(struct keep_fhir *f, const struct keep_json *resource, const struct keep_code **out, size_t *n, struct keep_err *err);
/* Canonical short name of a code system URI; the URI itself when it is not one of ours. */
struct keep_str keep_fhir_code_system(struct keep_str uri);

/* --- fhir_tie.c: relations --- */
/* What the relations of one resource have in common. */
struct keep_fhir_tie {
    struct keep_fhir_resource *r;
    enum keep_relation_kind kind;
    struct keep_key patient, encounter, author;
    bool self_authored;   /* who took part is who wrote it down */
    keep_time recorded;
    struct keep_key last; /* the worker of the relation before: recorder and asserter are often one */
};
/* recorded, author: the members that say when and by whom it was written down; NULL: none does. */
struct keep_fhir_tie keep_fhir_tie_of(struct keep_fhir_resource *r, enum keep_relation_kind kind, const char *recorded, const char *author);
/* The relation with the worker that a Reference names; none for what is no worker, has no date, was retracted or not done. */
int keep_fhir_tie_relate(struct keep_fhir_tie *t, const struct keep_json *reference, struct keep_fhir_when when, struct keep_err *err);
/* One for each element of a list; its member `who` is the reference, or the element itself (NULL). */
int keep_fhir_tie_each(struct keep_fhir_tie *t, const struct keep_json *list, const char *who, struct keep_fhir_when when, struct keep_err *err);
/* Said by mistake, or said not to have happened: nobody took part. */
bool keep_fhir_tie_void(const struct keep_fhir_resource *r);
/* Does its status say that nothing goes on any more? */
bool keep_fhir_tie_over(const struct keep_json *json);

/* --- one function a resource type, called before its record is emitted --- */
int keep_fhir_people_patient(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_people_practitioner(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_people_role(struct keep_fhir_resource *r, struct keep_err *err);
/* --- fhir_contact.c --- */
int keep_fhir_contact_related(struct keep_fhir_resource *r, struct keep_err *err);
/* Patient.contact, of a Patient in hand. */
int keep_fhir_contact_patient(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_place_organization(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_place_location(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_care_encounter(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_care_condition(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_care_procedure(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_care_request(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_care_immunization(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_care_document(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_people_person(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_part_appointment(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_part_team(struct keep_fhir_resource *r, struct keep_err *err);
int keep_fhir_part_task(struct keep_fhir_resource *r, struct keep_err *err);
/* Every other type of which a table in fhir_part.c says who takes part. */
int keep_fhir_part_any(struct keep_fhir_resource *r, struct keep_err *err);
/* --- fhir_audit.c: events of an AuditEvent; no record --- */
/* Needs of r->f what a thread can have of its own: reader, arena, scratch, links. Emits nothing. */
int keep_fhir_audit_read(struct keep_fhir_resource *r, struct keep_fhir_audit *out, struct keep_err *err);
int keep_fhir_audit_emit(struct keep_fhir *f, const struct keep_fhir_audit *a, struct keep_origin at, struct keep_err *err);
/* --- fhir_dated.c --- */
/* The days beyond those of care and making, each kind once, the latest that is said. */
void keep_fhir_dated_days(const struct keep_fhir_resource *r, struct keep_dated day[KEEP_DAY_COUNT], size_t *n);
/* Who signed it; an empty key when it does not say. */
struct keep_key keep_fhir_dated_signer(const struct keep_fhir_resource *r);
/* The earlier records that it replaces or adds to. */
int keep_fhir_dated_amends(const struct keep_fhir_resource *r, const struct keep_amends **out, size_t *n, struct keep_err *err);
/* --- fhir_claim.c --- */
/* Adds what a Claim says of its lines and diagnoses to the codes; the list is a new one. */
int keep_fhir_claim_codes(struct keep_fhir_resource *r, const struct keep_code **code, size_t *n, struct keep_err *err);
/* --- fhir_record.c --- */
/* Whom it is about, and in which visit; an empty key when it does not say. */
struct keep_key keep_fhir_record_patient(const struct keep_fhir_resource *r);
struct keep_key keep_fhir_record_encounter(const struct keep_fhir_resource *r);
int keep_fhir_record_emit(struct keep_fhir_resource *r, bool about_no_patient, struct keep_err *err);

#endif
