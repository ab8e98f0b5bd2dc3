/* The dictionary of a keep: departments, units, places, kinds and code systems as
 * numbers. Inside core/store only. */
#ifndef CORE_STORE_WORDS_H
#define CORE_STORE_WORDS_H

#include "core/store/seal.h"

/* All of it, for a writing session. */
struct keep_words;
int keep_words_open(struct keep_words **out, struct keep_store *s, const struct keep_seal_keys *keys, struct keep_err *err);
void keep_words_close(struct keep_words *w); /* NULL allowed */

/* The number of a word, given to it inside the transaction when it is new; KEEP_ID_NONE for an empty one. KEEP_E_LIMIT. */
int keep_words_id(struct keep_words *w, struct keep_str word, uint32_t *id, struct keep_err *err);

#endif
