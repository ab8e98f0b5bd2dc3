/* The taking-in session: shared by intake.c (session, sources, files),
 * intake_slots.c (what is there already) and intake_rows.c, intake_fact.c,
 * intake_contact.c, intake_record.c (rows). */
#ifndef CORE_STORE_INTAKE_INSIDE_H
#define CORE_STORE_INTAKE_INSIDE_H

#include "core/store/detail.h"
#include "core/store/events.h"
#include "core/store/intake.h"
#include "core/store/payload.h"
#include "core/store/seen.h"
#include "core/store/sieve.h"

/* Slots of a table: which rows of this transaction may still wait to be written, and, where every slot is known, which are new without a look into the
 * database. */
struct keep_intake_slots {
    enum keep_batch_table table;
    size_t said_at;           /* bytes of a row that waits before its slot and what it says of it */
    struct keep_seen met;     /* in this transaction, by a hash of the slot; count: where the row waits */
    struct keep_sieve *sieve; /* every slot of the table; NULL: not all are there */
};

#define KEEP_INTAKE_COUNTS 24 /* of the names that rows are counted under */

struct keep_intake {
    struct keep_store *s;
    uint32_t source;
    struct keep_seal_keys *keys;
    struct keep_entity_map *map;
    struct keep_events_writer *log;
    struct keep_payload_press press;
    struct keep_intake_counts counts;
    bool open;          /* a transaction is */
    bool strict;        /* nothing goes into quarantine */
    uint32_t written, logged; /* rows of it; events among them */
    struct keep_intake_count {
        const char *name; /* a literal: told from others by where it stands */
        uint64_t n;
    } count[KEEP_INTAKE_COUNTS]; /* of its rows, for its entry */
    size_t counted;
    struct keep_buf file_name;
    int64_t file;       /* row of the file's name; 0: not needed yet */
    uint64_t bulk;      /* bytes of payloads in it */
    struct keep_seen unread; /* rows of the file that went to quarantine; count: how many are equal */
    struct keep_buf hashes, body, sealed, form, codes, days, amends;
    struct keep_rowio row;
    struct keep_intake_slots encounters, relations, versions;
};

/* Opens a transaction when none is. */
int keep_intake_inside_begin(struct keep_intake *in, struct keep_err *err);
/* Ends one row: rc as the row's function has it (0 written, 1 repeated, <0); commits a full batch. count: a literal, "patients", …; *n is its member of counts. */
int keep_intake_inside_row(struct keep_intake *in, int rc, const char *count, uint64_t *n, struct keep_err *err);
/* Row of the current file's name. */
int keep_intake_inside_file(struct keep_intake *in, int64_t *id, struct keep_err *err);
/* Keyed short hash of in->form. */
int keep_intake_inside_digest(struct keep_intake *in, uint8_t out[KEEP_ENTITY_HASH], struct keep_err *err);
/* The key of an owner into in->keys->owner, made when there is none; KEEP_E_REFUSED when it was destroyed. */
int keep_intake_inside_key(struct keep_intake *in, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err);
/* Whether the latest row of a slot in a table of few rows has this very digest: 1, or 0: another, or none. sql: one blob parameter, one blob column. */
int keep_intake_inside_same(struct keep_intake *in, const char *sql, const uint8_t slot[KEEP_ENTITY_HASH], const uint8_t digest[KEEP_ENTITY_HASH], struct keep_err *err);

/* intake_slots.c. The tables' slots, at the beginning and the end. */
int keep_intake_slots_load(struct keep_intake *in, struct keep_err *err);
void keep_intake_slots_free(struct keep_intake *in);
/* For a table whose rows wait: 2 when the row of a slot that was met last waits and says the same, 1 when a row of the slot may be there, for all
 * to see now, 0 when none is; and, before one is written, to make it known. slot: a hash, never 0; said: the n bytes that stand in a row that waits. */
int keep_intake_slots_look(struct keep_intake *in, struct keep_intake_slots *of, uint64_t slot, const uint8_t *said, size_t n, struct keep_err *err);
int keep_intake_slots_met(struct keep_intake *in, struct keep_intake_slots *of, uint64_t slot, struct keep_err *err);
/* Both, with keep_intake_inside_same in between, where slot and digest stand one behind the other, as blobs. */
int keep_intake_slots_again(struct keep_intake *in, struct keep_intake_slots *of, const char *sql, const uint8_t slot[KEEP_ENTITY_HASH],
                             const uint8_t digest[KEEP_ENTITY_HASH], struct keep_err *err);
/* A relation's slot is made of its source, kind, patient, worker, department, encounter and start, in this order; a hash of it, not keyed: what has the
 * same is looked at as if it might be the same, no more. */
#define KEEP_INTAKE_RELATION_SLOT 7
uint64_t keep_intake_slots_relation(const int64_t slot[KEEP_INTAKE_RELATION_SLOT]);
/* Before a row of a record is looked for: 0, those that wait are written. */
int keep_intake_slots_settle(struct keep_intake *in, uint64_t record, struct keep_err *err);
/* A row of a record will wait. */
int keep_intake_slots_waits(struct keep_intake *in, uint64_t record, struct keep_err *err);

void keep_intake_rows_fill(struct keep_sink *sink);
void keep_intake_fact_fill(struct keep_sink *sink);
void keep_intake_contact_fill(struct keep_sink *sink);
/* A row of table detail from in->form (its slot) and in->body, sealed where its kind is. 1: repeated. */
int keep_intake_rows_detail(struct keep_intake *in, enum keep_entity kind, uint64_t entity, const struct keep_origin *at, struct keep_err *err);
int keep_intake_record_take(void *ctx, const struct keep_row_record *r, struct keep_err *err);

#endif
