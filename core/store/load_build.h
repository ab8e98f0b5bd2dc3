/* A world while it is read: shared by load_world.c and what it calls. */
#ifndef CORE_STORE_LOAD_BUILD_H
#define CORE_STORE_LOAD_BUILD_H

#include "core/base/crew.h"
#include "core/store/load_inside.h"

/* Only the latest version of each slot, in the order they came. */
#define KEEP_LOAD_LATEST(table) " WHERE id = (SELECT max(o.id) FROM " table " o WHERE o.slot = d.slot) ORDER BY d.id"

struct keep_load_build {
    struct keep_store *s;
    struct keep_world *w;
    struct keep_arena *a, *scratch, *row; /* row: of one detail */
    struct keep_load_map map;
    size_t count[KEEP_ENTITY_COUNT]; /* entities of each kind that are the root of their tree */
    struct keep_entity_moves moves;
    struct keep_seal_keys *keys;
    struct keep_crew *crew;      /* NULL: none */
    struct interval {
        struct keep_interval v;
        struct keep_post post;
        struct interval *next;
    } **interval; /* of each worker, newest first */
    struct span {
        struct keep_account_span v;
        uint8_t kind;
        struct span *next;
    } **span;
    struct keep_load_mark {
        uint64_t key;
        uint8_t kind;            /* enum keep_institution */
        bool worker;
        uint32_t patient;        /* whose confidential address it is, KEEP_ID_NONE a worker's */
    } *marked, *hidden;          /* institutions' addresses; confidential ones */
    size_t marks, hiddens, hidden_cap;
    struct contact {
        struct keep_contact v;
        struct contact *next;
    } *contact;                  /* newest first */
    uint32_t *location_facility; /* entity -> facility entity */
};

#define KEEP_LOAD_HOUSEHOLD 10 /* an address that more people than this share looks like an institution's, and says nothing of two of them */

/* Contacts: those of a row; all into the world; and, once it is known which addresses and phones say nothing, those keys away. */
struct keep_load_told;
int keep_load_contact_add(struct keep_load_build *b, uint32_t patient, const struct keep_load_told *t, struct keep_err *err);
int keep_load_contact_place(struct keep_load_build *b, struct keep_err *err);
int keep_load_contact_settle(struct keep_load_build *b, struct keep_err *err);
/* Duties, trainings, institutions; after the arrays of people, before people are read. */
int keep_load_fact(struct keep_load_build *b, struct keep_err *err);
/* Tells addresses that make no household, and takes their keys from people. */
int keep_load_fact_dwellings(struct keep_load_build *b, struct keep_err *err);
/* Takes the keys of such addresses from a person's. */
void keep_load_fact_household(const struct keep_world *w, uint64_t key[4]);

/* All of table detail, then what rests on it: spans, shared addresses, accounts named after their worker, humans on both sides. */
int keep_load_people(struct keep_load_build *b, struct keep_err *err);
/* Encounters and relations: begun before people are read, after all that tells who is who (map, moves), which from then on stays as it is; ended after people. */
struct keep_load_care;
int keep_load_care_begin(struct keep_load_care **out, struct keep_load_build *b, struct keep_err *err);
int keep_load_care_end(struct keep_load_care *c, struct keep_err *err);
void keep_load_care_free(struct keep_load_care *c); /* NULL allowed */

#endif
