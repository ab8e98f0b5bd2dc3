/* Rows of code tables (codes, pairs, limits): gathered into pieces, each a record
 * about no patient whose payload is the table in the form of core/model/codetable.h.
 * Tables of two million rows so cost some hundred records, not two million. */
#ifndef CORE_INGEST_TABLE_BOOK_H
#define CORE_INGEST_TABLE_BOOK_H

#include "core/ingest/table_cell.h"

/* Is it a map of one of these kinds? */
bool keep_table_book_is(enum keep_map_kind kind);
/* One row. 0; 1 refused; <0. */
int keep_table_book_row(struct keep_table_line *l, struct keep_err *err);
/* Behind the last row: what was gathered is emitted. */
int keep_table_book_end(struct keep_table *t, struct keep_err *err);

#endif
