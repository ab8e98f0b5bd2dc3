/* The taking-in session: shared by intake.c (session, sources, files) and
 * intake_rows.c, intake_record.c (rows). */
#ifndef CORE_STORE_INTAKE_INSIDE_H
#define CORE_STORE_INTAKE_INSIDE_H

#include "core/store/detail.h"
#include "core/store/events.h"
#include "core/store/intake.h"

struct keep_intake {
    struct keep_store *s;
    uint32_t source;
    struct keep_seal_keys *keys;
    struct keep_entity_map *map;
    struct keep_events_writer *log;
    struct keep_squeeze *z;
    struct keep_intake_counts counts;
    bool open;          /* a transaction is */
    bool strict;        /* nothing goes into quarantine */
    uint32_t written;   /* rows of it */
    struct keep_buf file_name;
    int64_t file;       /* row of the file's name; 0: not needed yet */
    struct keep_buf hashes, body, sealed, form, tags, codes, days, amends;
    struct keep_rowio row;
};

/* Opens a transaction when none is. */
int keep_intake_inside_begin(struct keep_intake *in, struct keep_err *err);
/* Ends one row: rc as the row's function has it (0 written, 1 repeated, <0); commits a full batch. count: "patients", …; *n is its member of counts. */
int keep_intake_inside_row(struct keep_intake *in, int rc, const char *count, uint64_t *n, struct keep_err *err);
/* Row of the current file's name. */
int keep_intake_inside_file(struct keep_intake *in, int64_t *id, struct keep_err *err);
/* Keyed 16-byte hash of in->form. */
int keep_intake_inside_digest(struct keep_intake *in, uint8_t out[KEEP_ENTITY_HASH], struct keep_err *err);
/* The key of an owner into in->keys->owner, made when there is none; KEEP_E_REFUSED when it was destroyed. */
int keep_intake_inside_key(struct keep_intake *in, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err);
/* 1: sql (one blob parameter, one blob column) finds this very digest, 0: another or none. */
int keep_intake_inside_same(struct keep_intake *in, const char *sql, const uint8_t slot[KEEP_ENTITY_HASH], const uint8_t digest[KEEP_ENTITY_HASH], struct keep_err *err);

void keep_intake_rows_fill(struct keep_sink *sink);
int keep_intake_record_take(void *ctx, const struct keep_row_record *r, struct keep_err *err);

#endif
