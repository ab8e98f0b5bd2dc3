/* Rows of table detail on their way into a world: in the order they came, opened,
 * decoded, and with the digests that people are compared by. A crew does that
 * some batches ahead of who takes them. Inside core/store only. */
#ifndef CORE_STORE_LOAD_DETAIL_H
#define CORE_STORE_LOAD_DETAIL_H

#include "core/base/crew.h"
#include "core/store/detail.h"

/* Of one human, each once, 0 ends: as struct keep_patient and struct keep_worker have them. */
struct keep_load_digests {
    uint64_t surname[4], address[4], street[4], phone[4];
};

/* What one row tells. */
struct keep_load_told {
    uint64_t entity;
    enum keep_entity kind;
    uint32_t source;
    bool gone;               /* the patient's key was destroyed: nothing below holds */
    struct keep_detail d;
    struct keep_str name;    /* "Family, Given" of the human; empty: it has no name */
    struct keep_load_digests of; /* a worker's, a patient's without phone */
    const uint64_t *hidden;  /* digests of confidential addresses where the human lives, which are not in `of` */
    size_t hiddens;
    const struct keep_load_digests *contact; /* one for each of d.contact, without street */
};

struct keep_load_details;
/* crew: NULL, none. The latest row of each slot. */
int keep_load_details_open(struct keep_load_details **out, struct keep_store *s, struct keep_crew *crew, struct keep_err *err);
/* The next rows, in order of id: 1, they hold until the next call; 0 the end; <0. */
int keep_load_details_next(struct keep_load_details *l, const struct keep_load_told **row, size_t *n, struct keep_err *err);
void keep_load_details_close(struct keep_load_details *l); /* NULL allowed */

/* The digest of an address, 0: none can be made. folded: memory for that. */
uint64_t keep_load_details_address(const struct keep_address *d, struct keep_arena *folded);
/* Adds one to those of somebody, unless it is there or there are four. */
void keep_load_details_add(uint64_t key[4], uint64_t v);

#endif
