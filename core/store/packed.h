/* Relations and encounters, which every audit needs whole, as columns sorted
 * by patient: a cache of the latest row of each slot. Rows that came after it
 * was made are read from their table; it is made anew by a writer when too many
 * have come. What is erased must not stand on in it: it goes with the first row
 * that does. Nothing rests on it that the rows do not give as well.
 * Inside core/store only.
 *
 * Table packed(kind, part, body), little-endian. Part 0:
 *     8 highest row id that was looked at | 8 rows in all | 4 words, each 4 length and bytes
 * Parts 1.. of up to 4,096 rows in order:
 *     4 n | a column: 8 least value, 8 second least, 1 width in bits | a column: n codes, least bit first, in whole bytes | 8 zero bytes */
#ifndef CORE_STORE_PACKED_H
#define CORE_STORE_PACKED_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/store/inside.h"

enum keep_packed_kind { KEEP_PACKED_RELATION, KEEP_PACKED_ENCOUNTER, KEEP_PACKED_KINDS };

#define KEEP_PACKED_COLUMNS 12
#define KEEP_PACKED_PART 4096

/* Columns in the order of their table. Class and status are numbers of words here. */
enum keep_packed_relation { KEEP_PACKED_R_ID, KEEP_PACKED_R_SOURCE, KEEP_PACKED_R_KIND, KEEP_PACKED_R_PATIENT, KEEP_PACKED_R_WORKER, KEEP_PACKED_R_DEPARTMENT,
                            KEEP_PACKED_R_ENCOUNTER, KEEP_PACKED_R_AUTHOR, KEEP_PACKED_R_START, KEEP_PACKED_R_END, KEEP_PACKED_R_OPEN, KEEP_PACKED_R_RECORDED };
enum keep_packed_encounter { KEEP_PACKED_E_ID, KEEP_PACKED_E_ENTITY, KEEP_PACKED_E_SOURCE, KEEP_PACKED_E_PATIENT, KEEP_PACKED_E_FACILITY, KEEP_PACKED_E_LOCATION,
                             KEEP_PACKED_E_CLASS, KEEP_PACKED_E_STATUS, KEEP_PACKED_E_START, KEEP_PACKED_E_END, KEEP_PACKED_E_START_DATE, KEEP_PACKED_E_END_DATE };

struct keep_packed;
/* The latest rows of a table. cached: first those of the columns, relations by (patient, start, id), encounters by (patient,
 * entity, id), those without a patient last, then later rows by id; else all rows by id. Words are put into a. */
int keep_packed_open(struct keep_packed **out, struct keep_store *s, enum keep_packed_kind kind, bool cached, struct keep_arena *a, struct keep_err *err);
void keep_packed_close(struct keep_packed *p); /* NULL allowed */
/* Before anything is read: it is read through that connection, which sees the same snapshot, and no more by the store's. */
int keep_packed_through(struct keep_packed *p, sqlite3 *db, struct keep_err *err);
/* 1 a row in v, 0 the end, <0. */
int keep_packed_next(struct keep_packed *p, int64_t v[KEEP_PACKED_COLUMNS], struct keep_err *err);
/* The same of the columns a part at a time, for who decodes them (packed_part.h): 1 with its bytes in body, 0 none is left, of them and of later rows. Rows of
 * a part that do not stand are superseded; which that are, threads may ask while nobody reads on. */
struct keep_packed_part;
int keep_packed_body(struct keep_packed *p, struct keep_buf *body, struct keep_packed_part *part, struct keep_err *err);
bool keep_packed_stands(const struct keep_packed *p, int64_t id);
/* How many rows there are at most; a word by its number, empty for an unknown one. */
uint64_t keep_packed_most(const struct keep_packed *p);
struct keep_str keep_packed_word(const struct keep_packed *p, int64_t number);

/* Inside the open transaction: makes the columns anew when the rows that came since are many against them. */
int keep_packed_refresh(struct keep_store *s, struct keep_err *err);

/* Inside a transaction that takes rows of either table away. */
int keep_packed_drop(struct keep_store *s, struct keep_err *err);

/* For `check`: *wrong counts cached rows that are not what the table says, and missing ones. */
int keep_packed_check(struct keep_store *s, uint64_t *wrong, struct keep_err *err);

#endif
