/* Rows that wait for one INSERT.
 *
 * A statement a row costs as much in binding, opening cursors and halting as in
 * the insertion itself. So rows of the tables that imports fill wait in memory,
 * in the canonical form of rowio.h, and go in by one statement that reads them
 * from a table-valued function. They belong to the store's open transaction:
 * sealing it writes them, aborting it drops them, so that nobody can forget.
 * Whoever reads one of these tables inside a transaction that fills it flushes
 * it first. */
#ifndef CORE_STORE_BATCH_H
#define CORE_STORE_BATCH_H

#include "core/base/buf.h"
#include "core/store/inside.h"

/* In the order in which they are written. */
enum keep_batch_table {
    KEEP_BATCH_KEYS,       /* of keyring.db (core/store/fresh.h), the others of records.db */
    KEEP_BATCH_ENTITY,
    KEEP_BATCH_ENTITY_KEY,     /* these four: core/store/sorted.h */
    KEEP_BATCH_ENTITY_MORE,
    KEEP_BATCH_RELATION_VISIT,
    KEEP_BATCH_VERSION_VISIT,
    KEEP_BATCH_ENCOUNTER,
    KEEP_BATCH_RELATION,
    KEEP_BATCH_PAYLOAD,
    KEEP_BATCH_VERSION,
    KEEP_BATCH_LEAF,
    KEEP_BATCH_TABLES,
};

struct keep_batch {
    const char *insert;
    struct keep_buf rows;
    size_t n;
};

#define KEEP_BATCH_C16 "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16"

/* Begins a row of so many columns (at most 40), the same for all rows of a table, with the statement that will take them, "INSERT OR FAIL INTO t(…) SELECT
 * c1, c2, … FROM batch(?1)", a literal. Values follow, in that order. Room that was not to be had shows at keep_batch_end. */
struct keep_buf *keep_batch_row(struct keep_store *s, enum keep_batch_table table, const char *insert, unsigned columns);
void keep_batch_int(struct keep_buf *row, int64_t v);
void keep_batch_blob(struct keep_buf *row, const void *p, size_t n);
/* Ends the row; writes all that wait when they have grown to a MiB. */
int keep_batch_end(struct keep_store *s, enum keep_batch_table table, struct keep_err *err);

/* Where the next row of a table will begin, and n bytes of what waits from such a place, NULL when fewer wait. Rows that were written since have left
 * their places to others. */
size_t keep_batch_next(const struct keep_store *s, enum keep_batch_table table);
const uint8_t *keep_batch_peek(const struct keep_store *s, enum keep_batch_table table, size_t at, size_t n);
/* Bytes before the value of a blob behind so many numbers of up to 32 bits in a row. */
#define KEEP_BATCH_BLOB_BEHIND(numbers) (1 + 5 * (numbers) + 5)

/* Rows of that table that wait are written now. */
int keep_batch_flush(struct keep_store *s, enum keep_batch_table table, struct keep_err *err);
int keep_batch_flush_all(struct keep_store *s, struct keep_err *err);
void keep_batch_drop_all(struct keep_store *s); /* those that wait are forgotten */
void keep_batch_done(struct keep_store *s);     /* and their room given back */

/* Makes the function known to a connection. */
int keep_batch_module(sqlite3 *db, struct keep_err *err);

#endif
