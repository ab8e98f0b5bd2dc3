/* What is left of keys that were destroyed: both databases as they lie on the
 * disk, opened page by page under the keys that keep.json leads to, free pages
 * with them, and searched at every byte. */
#ifndef CORE_STORE_REMNANT_H
#define CORE_STORE_REMNANT_H

#include "core/store/store.h"

#define KEEP_REMNANT_KEYS ((size_t)1 << 20) /* searched for at most: 16 MiB; of a run that destroys more, the first */

struct keep_remnant_found {
    uint64_t destroyed;   /* keys, since _begin */
    uint64_t sought;      /* of these */
    uint64_t pages;       /* searched, of both files */
    uint64_t found;       /* places where one of them stands */
    uint64_t beside;      /* keys, of any run, that stand beside their own tombstone */
    unsigned file_keys;   /* that keep.json leads to; 2, one for each file, when no rewrite is unfinished */
    bool quiet;           /* no journal holds anything, no half-made file lies there */
};
/* From now on the keys that are destroyed are told by 12 of their 32 bytes: enough to be found by, too few to open anything. Until _end or the close. */
int keep_remnant_begin(struct keep_store *s, struct keep_err *err);
void keep_remnant_end(struct keep_store *s);
/* Outside of a transaction. KEEP_E_INTEGRITY: a page cannot be opened; KEEP_E_INTERRUPTED by the keep's own progress (watch.h). */
int keep_remnant_search(struct keep_store *s, struct keep_remnant_found *out, struct keep_err *err);
/* Does the search show that nothing is left? */
bool keep_remnant_clean(const struct keep_remnant_found *f);

#endif
