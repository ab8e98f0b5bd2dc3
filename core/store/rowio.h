/* Rows that are leaves of the ledger: one canonical form, made while a row is
 * written and made again from the stored row. Inside core/store only. */
#ifndef CORE_STORE_ROWIO_H
#define CORE_STORE_ROWIO_H

#include "core/store/batch.h"
#include "core/store/inside.h"

/* Canonical form: the table's name (u32 length, bytes), then each column in the order of its statement:
 * 'u' and a u32 for a number that it can hold, 'i' and a u64 (two's complement) for another, 't' or 'b' and a u32 length and the bytes. All little-endian.
 * Most numbers are small: a relation's form is a block of its hash shorter for it. */
struct keep_rowio {
    struct keep_store *s;
    sqlite3_stmt *st; /* NULL: the row will wait, see core/store/batch.h */
    struct keep_buf canon;
    int at;           /* values taken */
    enum keep_batch_table batch;
    const char *insert;
    size_t head;      /* bytes of canon before the first value */
    int64_t id;       /* of a row that waits: a last column behind leaf, no part of the form; 0: there is none */
};

/* Starts a row of a table with an INSERT whose parameters are its columns in order, "leaf" last. canon is reused. */
void keep_rowio_start(struct keep_rowio *r, struct keep_store *s, sqlite3_stmt *st, const char *table);
/* The same for a row that need not be there before the transaction is sealed, or that table is flushed. */
void keep_rowio_wait(struct keep_rowio *r, struct keep_store *s, enum keep_batch_table batch, const char *insert, const char *table);
void keep_rowio_int(struct keep_rowio *r, int64_t v);
void keep_rowio_text(struct keep_rowio *r, struct keep_str v); /* must live until the insert */
void keep_rowio_blob(struct keep_rowio *r, const void *p, size_t n); /* the same */
/* Inserts the row inside the open transaction and hands its leaf, BLAKE2b keyed with key over the canonical form, to it. */
int keep_rowio_insert(struct keep_rowio *r, const uint8_t key[32], struct keep_err *err);

/* The leaf of a stored row: st stands on it, its columns first..first+columns are those of the canonical form. scratch is overwritten. */
int keep_rowio_leaf(sqlite3_stmt *st, int first, int columns, const char *table, const uint8_t key[32], struct keep_buf *scratch, uint8_t leaf[32], struct keep_err *err);

/* One step of a statement: 1 a row, 0 the end (the statement is reset), <0 (reset too). */
int keep_rowio_next(sqlite3_stmt *st, const char *what, struct keep_err *err);
/* A statement that gives no rows, run and reset. */
int keep_rowio_run(sqlite3_stmt *st, const char *what, struct keep_err *err);
/* Prepares sql on records.db and returns the first row's first column, or none when there is no row or it is NULL. */
int keep_rowio_number(struct keep_store *s, const char *sql, int64_t none, int64_t *out, struct keep_err *err);
/* A column's bytes; {NULL,0}-free: an empty value has a non-NULL pointer. Valid until the statement moves. */
struct keep_str keep_rowio_text_at(sqlite3_stmt *st, int column);
struct keep_str keep_rowio_blob_at(sqlite3_stmt *st, int column);

#endif
