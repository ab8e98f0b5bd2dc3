/* A hash from four numbers to a place in a list: which tally a record belongs
 * to. Places are given in order, from 0. */
#ifndef CORE_RETENTION_SPOTS_H
#define CORE_RETENTION_SPOTS_H

#include <stddef.h>
#include <stdint.h>

struct keep_spots;
struct keep_spots *keep_spots_new(void); /* NULL: out of memory */
void keep_spots_free(struct keep_spots *s);
/* 0: known, *at says where; 1: new, *at is the next place; KEEP_E_NOMEM. */
int keep_spots_at(struct keep_spots *s, const uint32_t key[4], size_t *at);

#endif
