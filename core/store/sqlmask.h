/* Masks of people for SQL: keyed by the keep, the same in every query, and one
 * to one, so that they can be joined, counted and turned back by the keep alone.
 * "patient-7k2m0x9q": a word and eight base32 digits (Crockford's). */
#ifndef CORE_STORE_SQLMASK_H
#define CORE_STORE_SQLMASK_H

#include "core/base/str.h"
#include "core/store/store.h"

#define KEEP_SQLMASK_SIZE 32 /* text, with its NUL */
#define KEEP_SQLMASK_BITS 40 /* entities are below 2^32 */

struct keep_sqlmask {
    uint8_t key[32];
};

void keep_sqlmask_init(struct keep_sqlmask *m, const struct keep_store *s);
/* word: "patient", "worker", "account"; entity below 2^40. Returns out. */
char *keep_sqlmask_put(const struct keep_sqlmask *m, const char *word, uint64_t entity, char out[KEEP_SQLMASK_SIZE]);
/* False: no mask of this word. Every mask of the right form has an entity, which need not exist. */
bool keep_sqlmask_get(const struct keep_sqlmask *m, const char *word, struct keep_str text, uint64_t *entity);

#endif
