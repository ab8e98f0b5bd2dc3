/* All cases as they stand, as keep_casebook_load reads them, but without title,
 * authority, evidence, reason and missing: for who will have findings to compare
 * them with, and has other work until then. A thread of the crew reads them
 * through a connection of its own. */
#ifndef CORE_STORE_CASEBOOK_AHEAD_H
#define CORE_STORE_CASEBOOK_AHEAD_H

#include "core/base/crew.h"
#include "core/store/casebook.h"

struct keep_casebook_ahead;

/* As they stand now. Of a crew of one, or NULL, and in the middle of a transaction, they are read at once. */
int keep_casebook_ahead_begin(struct keep_casebook_ahead **out, struct keep_store *s, struct keep_crew *crew, struct keep_err *err);
/* Waits for them: in order of id, for as long as h. What failed is told here, whoever met it, and each time. */
int keep_casebook_ahead_end(struct keep_casebook_ahead *h, struct keep_casebook_case **out, size_t *n, struct keep_err *err);
/* Whether or not they were waited for; NULL allowed. Before the crew and the store. */
void keep_casebook_ahead_free(struct keep_casebook_ahead *h);

#endif
