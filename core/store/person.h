/* Patients and their identities: what each source calls a patient is an identity
 * (an entity with a key of its own); links make several one patient. Links are
 * rows that are never deleted: one that was wrong is ended by a row of its own,
 * and a record in the wrong chart is moved by one. What the rows of a record or a
 * visit say of its patient stays as it came. */
#ifndef CORE_STORE_PERSON_H
#define CORE_STORE_PERSON_H

#include "core/model/rows.h"
#include "core/model/world.h"
#include "core/store/store.h"

/* --- reading --- */

struct keep_person_identity {
    uint64_t entity, patient; /* patient: the least of its identities */
    struct keep_str source;   /* who tells of it */
    struct keep_str name, mrn; /* "Family, Given"; empty: not recorded */
    struct keep_partial_date birth;
};
/* What each source says of each patient's identities now, in order of arrival; strings live during the call. An identity whose key was destroyed, or that is only
 * mentioned, is not told. each: 0 to go on. */
int keep_person_identities(struct keep_store *s, int (*each)(void *ctx, const struct keep_person_identity *, struct keep_err *), void *ctx, struct keep_err *err);

/* Who is meant: by number, or "Family, Given" as written (folded), of any identity, so that a chart that was merged is found by the number and the name it had before; else by the id of
 * its source.
 * Each world index once; not zero from each ends it and is returned. A number of a patient that no other bears is taken without looking further. */
int keep_person_find(struct keep_store *s, const struct keep_world *w, struct keep_str what, int (*each)(void *ctx, uint32_t patient), void *ctx, struct keep_err *err);

struct keep_person_link {
    uint64_t id, a, b; /* a < b */
    bool ended;
};
/* Links of patients, oldest first. */
int keep_person_links(struct keep_store *s, int (*each)(void *ctx, const struct keep_person_link *, struct keep_err *), void *ctx, struct keep_err *err);

struct keep_person_alike {
    uint64_t a, b;            /* the source says it at a */
    enum keep_link_kind kind;
    struct keep_str source;
};
/* What sources propose without having merged it themselves, oldest first. */
int keep_person_alikes(struct keep_store *s, int (*each)(void *ctx, const struct keep_person_alike *, struct keep_err *), void *ctx, struct keep_err *err);

/* All identities of the patient that this one is, ascending, itself among them. Free *out. */
int keep_person_same(struct keep_store *s, uint64_t entity, uint64_t **out, size_t *n, struct keep_err *err);

/* What of a chart is to be moved: one of these; the others 0 or empty. */
struct keep_person_part {
    const uint64_t *record;   /* record ids */
    size_t records;
    uint64_t encounter;       /* the visit and its records */
    uint32_t source;          /* visits and records of one source */
};

/* --- writing, inside a transaction --- */

/* Two identities are one patient: 0 linked, 1 they were linked with each other directly. KEEP_E_USAGE when one is no patient. */
int keep_person_join(struct keep_store *s, uint64_t a, uint64_t b, struct keep_err *err);
/* n identities of one patient leave it together: links between them and the others end; what that tore apart on either side is tied again.
 * 1: there is nobody else to leave. */
int keep_person_part(struct keep_store *s, const uint64_t *identity, size_t n, struct keep_err *err);
/* Moves what stands in the chart of `from` (any of its identities) to `to`. *moved: records and visits. A record of another chart is KEEP_E_USAGE. */
int keep_person_move(struct keep_store *s, const struct keep_person_part *what, uint64_t from, uint64_t to, uint64_t *moved, struct keep_err *err);

#endif
