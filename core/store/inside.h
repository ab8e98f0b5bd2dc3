/* What the files of core/store share, and nobody else sees. */
#ifndef CORE_STORE_INSIDE_H
#define CORE_STORE_INSIDE_H

#include <sqlite3.h>

#include "core/store/ring.h"
#include "core/store/store.h"

/* records.db and keyring.db connections of an open store (two separate connections, each under its own file key). */
sqlite3 *keep_store_db(struct keep_store *s);
sqlite3 *keep_store_ring(struct keep_store *s);

/* What core/store/payload.c reads with, kept from one record to the next; freed with the store. */
struct keep_payload_tools;
struct keep_payload_tools **keep_store_payload_tools(struct keep_store *s);
/* Rows of the next payload and relation of the open transaction, where they are known; 0: not. */
int64_t *keep_store_next_payload(struct keep_store *s);
int64_t *keep_store_next_relation(struct keep_store *s);
void keep_payload_tools_free(struct keep_payload_tools *t); /* NULL allowed */

/* SQLite's result as ours: SQLITE_CORRUPT, NOTADB, IOERR_DATA -> KEEP_E_INTEGRITY; FULL, IOERR -> KEEP_E_IO; NOMEM; BUSY -> KEEP_E_LOCKED. what: what was being done. */
int keep_store_sql(sqlite3 *db, int rc, const char *what, struct keep_err *err);
/* A statement from the store's cache by its SQL text (a string literal: compared by pointer), reset and unbound; returned to the cache by sqlite3_reset alone. */
int keep_store_prepare(struct keep_store *s, sqlite3 *db, const char *sql, sqlite3_stmt **out, struct keep_err *err);

/* core/store/schema.c: creates all tables of records.db (one string, STRICT tables where sqlite has them) and of keyring.db. */
extern const char keep_schema_records[];
extern const char keep_schema_ring[];

/* core/store/erase_rows.c: what belongs to an owner in records.db, deleted inside the open transaction. The key itself, the set's state, the table
 * `erased` and the ledger entry are erase.c's. Both must do when called again (recovery): a record of which nothing is left is no error. */
int keep_erase_rows(struct keep_store *s, uint64_t record, struct keep_err *err);          /* all versions, payload chunks, codes, index rows of a record */
int keep_logperiod_rows(struct keep_store *s, uint64_t owner, struct keep_err *err);       /* segments of a log period, and who stands in them */
int keep_erase_case_rows(struct keep_store *s, uint64_t id, struct keep_err *err);         /* a case: findings, steps, texts */
int keep_erase_patient_rows(struct keep_store *s, uint64_t patient, struct keep_err *err); /* what is sealed under the patient's own key */
/* 1: a row needs this owner's key, 0: none does (the key is dropped at the next rewrite). */
int keep_erase_live(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err);

/* core/store/recheck.c: the parts of `check` that know the tables: leaves recomputed, payloads and quarantine opened, segments decoded, sets added up. */
int keep_recheck_tables(struct keep_store *s, const struct keep_store_checker *c, struct keep_err *err);

#endif
