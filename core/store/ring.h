/* keyring.db: the keys whose absence erases. Each owner (a record, a patient,
 * a log period, a quarantined item, a package, a case, a destruction order) has one random 32-byte key. */
#ifndef CORE_STORE_RING_H
#define CORE_STORE_RING_H

#include "core/store/store.h"

enum keep_ring_kind { KEEP_RING_RECORD = 1, KEEP_RING_PATIENT, KEEP_RING_PERIOD, KEEP_RING_QUARANTINE, KEEP_RING_PACKAGE, KEEP_RING_EVENTS, KEEP_RING_CASE, KEEP_RING_ORDER };

/* A new key for an owner, committed with the transaction (before its row). */
int keep_ring_new(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint8_t key[32], struct keep_err *err);
/* Stores a given key (a package's identity). */
int keep_ring_put(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, const uint8_t key[32], struct keep_err *err);
/* 0 found, 1 destroyed (tombstone; see keep_ring_tombstone), 2 never was. */
int keep_ring_get(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint8_t key[32], struct keep_err *err);

/* The keys of one kind in order of their owners, for who asks for most of them, mostly in that order. */
struct keep_ring_walk {
    struct keep_store *s;
    enum keep_ring_kind kind;
    struct sqlite3_stmt *st; /* NULL: at the end */
    uint64_t at;             /* owner of the row on which it stands, 0 before the first */
};
int keep_ring_walk_open(struct keep_ring_walk *w, struct keep_store *s, enum keep_ring_kind kind, struct keep_err *err);
int keep_ring_walk_get(struct keep_ring_walk *w, uint64_t owner, uint8_t key[32], struct keep_err *err); /* as keep_ring_get */
void keep_ring_walk_close(struct keep_ring_walk *w); /* a zeroed struct is allowed */

struct keep_ring_tombstone {
    uint64_t intent; /* id of the intent act */
    keep_time at;
    uint8_t check[32]; /* digest of the plan the destruction rested on */
};
int keep_ring_tombstone(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_ring_tombstone *out, struct keep_err *err); /* 0, 2 none */
uint64_t keep_ring_generation(const struct keep_store *s);

#endif
