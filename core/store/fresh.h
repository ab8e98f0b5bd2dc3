/* Keys of records as an import made them, a hundred to a row: one row a key would
 * take longer than all else that a key costs. Before one of them goes or changes
 * its block is taken apart into rows of `ring`, so that erasing knows rows alone,
 * and a rewritten keyring has nothing else.
 *
 * Table fresh(id, generation, body) of keyring.db: generation as in ring, of all its keys; id: the owner of the first. A body, by key: 8 owner,
 * little-endian, 32 key; owners ascend, in the table too. No owner has a key both here and in ring.
 * Inside core/store only. */
#ifndef CORE_STORE_FRESH_H
#define CORE_STORE_FRESH_H

#include "core/store/inside.h"

struct keep_fresh_key {
    uint64_t owner;
    uint8_t key[32];
};

/* Adds a key of an owner beyond all that there are; it waits with others of its transaction (KEEP_BATCH_KEYS), which whoever looks here flushes before. */
int keep_fresh_add(struct keep_store *s, const struct keep_fresh_key *k, struct keep_err *err);
/* For core/store/batch.c: n keys that waited, written. */
int keep_fresh_write(struct keep_store *s, const struct keep_fresh_key *key, size_t n, struct keep_err *err);
/* 1 and the key of an owner, 0 none here. */
int keep_fresh_get(struct keep_store *s, uint64_t owner, struct keep_fresh_key *k, uint64_t *generation, struct keep_err *err);
/* The largest owner, 0: none. */
int keep_fresh_top(struct keep_store *s, uint64_t *owner, struct keep_err *err);
/* Inside the open transaction: the block that holds an owner's key, if any, becomes rows of ring. */
int keep_fresh_unpack(struct keep_store *s, uint64_t owner, struct keep_err *err);
/* Every key. each: 0 to go on, else it is returned. */
int keep_fresh_walk(struct keep_store *s, int (*each)(void *ctx, const struct keep_fresh_key *k, uint64_t generation, struct keep_err *err), void *ctx, struct keep_err *err);
/* The keys that a row needs, as rows into the ring of another file; those that none needs are dropped. Both numbers are added to. */
int keep_fresh_copy(struct keep_store *s, sqlite3 *to, uint64_t *copied, uint64_t *dropped, struct keep_err *err);

#endif
