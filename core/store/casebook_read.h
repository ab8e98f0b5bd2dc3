/* What the reader of cases offers to core/store alone. */
#ifndef CORE_STORE_CASEBOOK_READ_H
#define CORE_STORE_CASEBOOK_READ_H

#include <sqlite3.h>

#include "core/store/casebook.h"

/* keep_casebook_load without title, authority, evidence, reason and missing, through that connection to records.db, by its thread. */
int keep_casebook_read_brief(sqlite3 *db, struct keep_arena *a, struct keep_casebook_case **out, size_t *n, struct keep_err *err);

#endif
