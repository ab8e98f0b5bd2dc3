/* A world while it is read: shared by load_world.c and load_people.c. */
#ifndef CORE_STORE_LOAD_BUILD_H
#define CORE_STORE_LOAD_BUILD_H

#include "core/store/load_inside.h"

/* Only the latest version of each slot, in the order they came. */
#define KEEP_LOAD_LATEST(table) " WHERE id = (SELECT max(o.id) FROM " table " o WHERE o.slot = d.slot) ORDER BY d.id"

struct keep_load_build {
    struct keep_store *s;
    struct keep_world *w;
    struct keep_arena *a, *scratch, *row; /* row: of one detail */
    struct keep_load_map map;
    struct keep_entity_moves moves;
    struct keep_seal_keys *keys;
    struct keep_buf plain;
    struct interval {
        struct keep_interval v;
        struct interval *next;
    } **interval; /* of each worker, newest first */
    struct span {
        struct keep_account_span v;
        struct span *next;
    } **span;
    uint32_t *location_facility; /* entity -> facility entity */
    uint64_t patient;            /* whose key is at hand, 0 none */
    int patient_key;             /* what keep_ring_get said of it */
};

/* All of table detail, then what rests on it: spans, shared addresses, accounts named after their worker, humans on both sides. */
int keep_load_people(struct keep_load_build *b, struct keep_err *err);

#endif
