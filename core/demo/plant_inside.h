/* Between plant.c and plant_find.c: who can be found for a kind, and for whom. */
#ifndef CORE_DEMO_PLANT_INSIDE_H
#define CORE_DEMO_PLANT_INSIDE_H

#include "core/demo/chance.h"
#include "core/demo/plant.h"

struct keep_plant_search {
    struct keep_cast *c;
    struct keep_chance r;
    uint32_t staff, patient; /* found so far */
    bool again;              /* everybody of the staff has planted accesses already: one may have more */
    struct keep_plants *out;
    struct keep_arena *arena;
    struct keep_err *err;
    int rc;                  /* the first failure */
};

/* Does the one with this number fit what is found so far? */
typedef bool (*keep_plant_fit)(const struct keep_plant_search *s, uint32_t i);

/* How the two people of a kind are found: the first list is gone around from a place that chance gives, and for each who fits the second. */
struct keep_plant_pair {
    bool staff_first;
    keep_plant_fit staff, patient; /* staff NULL: nobody of the staff is needed; patient NULL: no chart is */
};
extern const struct keep_plant_pair keep_plant_pair[KEEP_PLANT_KIND_COUNT], keep_plant_innocent_pair[KEEP_PLANT_INNOCENT_COUNT];

/* Fills s->staff and s->patient; false: nobody. */
bool keep_plant_find(struct keep_plant_search *s, const struct keep_plant_pair *pair);
/* Goes around a list once from a place that chance gives; NOBODY when nobody fits. */
uint32_t keep_plant_look(struct keep_plant_search *s, uint32_t n, keep_plant_fit wanted);
bool keep_plant_stranger_here(const struct keep_plant_search *s, uint32_t staff); /* a stranger to s->patient, at work all the time of the log */
bool keep_plant_plain_stranger(const struct keep_plant_search *s, uint32_t patient); /* a chart without marks, strange to s->staff */
bool keep_plant_namesake(const struct keep_plant_search *s, uint32_t patient); /* the same, and of s->patient's family name */

#endif
