/* Reading back: people and relations as a world, events as batches, records
 * in set order, single payloads opened. */
#ifndef CORE_STORE_LOAD_H
#define CORE_STORE_LOAD_H

#include "core/base/crew.h"
#include "core/model/events.h"
#include "core/model/records.h"
#include "core/model/world.h"
#include "core/store/store.h"

/* Everything of struct keep_world but labels. The arena owns it all and must outlive it. */
int keep_load_world(struct keep_store *s, struct keep_arena *a, struct keep_world *out, struct keep_err *err);
/* The same by the threads of a crew, of which the caller is the owner; the same world with any number of them. */
int keep_load_world_by(struct keep_crew *crew, struct keep_store *s, struct keep_arena *a, struct keep_world *out, struct keep_err *err);
/* All sources with their latest declaration; strings in a. */
int keep_load_sources(struct keep_store *s, struct keep_arena *a, struct keep_source **out, size_t *n, struct keep_err *err);
/* Maps a world index back: entity id, of the patient or of an identity linked with it -> index; KEEP_ID_NONE when not there. */
uint32_t keep_load_patient_index(const struct keep_world *w, uint64_t entity);

/* All events, ids already mapped to the world's indices. Close after use. */
struct keep_load_events;
int keep_load_events_open(struct keep_load_events **out, struct keep_store *s, const struct keep_world *w, struct keep_event_scan *scan, struct keep_err *err);
void keep_load_events_close(struct keep_load_events *e);
/* From the next rewind on a pass gives only these: segments whole that hold something which no earlier pass has given; of the others the events from a time
 * on, and those about some people. */
struct keep_load_only {
    const struct keep_load_since { uint32_t source; uint64_t ordinal; } *since; /* up to this one given before; of sources that are not here, none was */
    size_t sources;
    keep_time from;                    /* NONE: no time */
    const uint8_t *account, *patient;  /* by the world's index, not 0: these; NULL: nobody. They are not read later */
};
/* only NULL: everything again. How many events stand where a pass will look. */
uint64_t keep_load_events_only(struct keep_load_events *e, const struct keep_load_only *only);
uint64_t keep_load_events_count(struct keep_store *s);

/* What the log said beyond columns, for one event: JSON {"native_id","account_name","reason","query","place"} and the raw bytes. 0, 1 no such event, 2 destroyed. */
int keep_load_event_detail(struct keep_store *s, uint32_t source, uint64_t ordinal, struct keep_buf *json, struct keep_buf *raw, struct keep_err *err);

/* Which events the log still has: none that never was, none of a period that was destroyed. In order of (source, ordinal). */
struct keep_load_standing {
    uint32_t source;
    uint64_t ordinal;
    bool stands; /* set */
};
int keep_load_events_standing(struct keep_store *s, struct keep_load_standing *of, size_t n, struct keep_err *err);

struct keep_load_records;
int keep_load_records_open(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_record_scan *scan, struct keep_err *err);
/* By id, in one pass, without leaf, digest, size, media type, signer and what they amend: what dates rest on, for whoever does not mind the order. */
int keep_load_records_brief(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_record_scan *scan, struct keep_err *err);
/* The same with leaves: what a plan binds as well. */
int keep_load_records_bound(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_record_scan *scan, struct keep_err *err);
/* Before the first of such a scan is read: from now on the crew reads ahead while the caller works. Until its end nobody else may read records.db or begin a
 * transaction, and until it is closed reading asks for no progress. A crew of one, or NULL: nothing changes. It must outlive the scan. */
void keep_load_records_ahead(struct keep_load_records *r, struct keep_crew *crew);
/* Before the first of a scan by patient is read: only records of these few patients (world indices). */
void keep_load_records_only(struct keep_load_records *r, const uint32_t *patient, size_t n);
void keep_load_records_close(struct keep_load_records *r);

/* The payload of a record's version (0 = latest): 0, 1 no such record, 2 destroyed, 3 destroyed and its recording pending, 4 an index entry without payload. */
int keep_load_payload(struct keep_store *s, uint64_t record, uint32_t version, struct keep_buf *out, struct keep_err *err);
#define KEEP_LOAD_WHOLE ((uint64_t)1 << 30) /* bytes of a record that may be asked for whole (more: KEEP_E_LIMIT): what a machine surely has room for */
/* The same without ever holding it: opened (outcomes as above), then a piece at a time. Only when _next has returned 0 is it known that all of it is there. */
struct keep_load_pieces;
int keep_load_pieces_open(struct keep_load_pieces **out, struct keep_store *s, uint64_t record, uint32_t version, uint64_t *size, struct keep_err *err);
int keep_load_pieces_next(struct keep_load_pieces *p, const void **piece, size_t *n, struct keep_err *err); /* 1 bytes, valid until the next call; 0 the end; <0 */
void keep_load_pieces_close(struct keep_load_pieces *p); /* NULL allowed */
/* Its source keys (type and id) as text for the package index: "Condition/0023b3a7-…". */
int keep_load_record_key(struct keep_store *s, uint64_t record, struct keep_buf *out, struct keep_err *err);
/* What it tells of a disclosure, with what every record has; outcomes as keep_load_payload, never 4. */
struct keep_load_disclosure {
    struct keep_str title, custodian, locator; /* in the arena, as the rest */
    bool told;                                 /* disclosure holds */
    struct keep_disclosure disclosure;
};
int keep_load_disclosure(struct keep_store *s, uint64_t record, struct keep_arena *a, struct keep_load_disclosure *out, struct keep_err *err);

struct keep_load_status {
    uint64_t patients, practitioners, facilities, locations, encounters, relations, records, documents, accounts, workers;
    uint64_t events, events_in_segments, segments, segment_bytes, quarantined, sources, ledger_entries, records_destroyed;
    /* practitioners = known workers that came as FHIR Practitioner; documents = records of kind DocumentReference, Composition, DiagnosticReport or document */
};
int keep_load_status(struct keep_store *s, struct keep_load_status *out, struct keep_err *err);
/* Records by kind, in order of kind. */
int keep_load_kinds(struct keep_store *s, int (*each)(void *ctx, struct keep_str kind, uint64_t n, struct keep_err *), void *ctx, struct keep_err *err);

/* Quarantined items that still lie there: bytes opened only when wanted. */
struct keep_quarantined {
    uint64_t id, line, offset;
    struct keep_str source, file, reason;
    uint64_t size;
};
int keep_load_quarantine(struct keep_store *s, int (*each)(void *ctx, const struct keep_quarantined *, struct keep_err *), void *ctx, struct keep_err *err);
#define KEEP_LOAD_DISMISSED "quarantine dismissed" /* acts of officers, subject the item's number */
/* How many of each source no reader has read since, the dismissed ones among them. */
int keep_load_unread(struct keep_store *s, int (*each)(void *ctx, uint32_t source, uint64_t items, struct keep_err *), void *ctx, struct keep_err *err);
int keep_load_quarantine_bytes(struct keep_store *s, uint64_t id, struct keep_buf *out, struct keep_err *err); /* 0, 1 none */

/* Finds patients and accounts for a complaint: by mrn or "Family, Given" as written (folded), or by login / employee number. Calls each with the world index. */
int keep_load_find_patient(const struct keep_world *w, struct keep_str what, struct keep_arena *a, int (*each)(void *ctx, uint32_t patient), void *ctx);

#endif
