/* A set of hashes of rows with a note for each.
 * Inside core/store only. */
#ifndef CORE_STORE_SEEN_H
#define CORE_STORE_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct keep_seen_entry {
    uint64_t hash; /* never 0 */
    uint32_t file, count;
};

struct keep_seen {
    struct keep_seen_entry *table; /* open addressing */
    size_t cap, used;
};

void keep_seen_free(struct keep_seen *s);
void keep_seen_clear(struct keep_seen *s); /* none is left, its room stays */
/* The entry of a hash, NULL when it is not there. Valid until the next add. */
struct keep_seen_entry *keep_seen_find(const struct keep_seen *s, uint64_t hash);
/* Adds it when it is not there (file 0, count 0). NULL when out of memory. */
struct keep_seen_entry *keep_seen_add(struct keep_seen *s, uint64_t hash);

#endif
