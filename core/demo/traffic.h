/* The access log: sessions of work that follow from care, the deeds of the answer
 * key among them, written in the order of time. Memory follows the sessions, never
 * the number of events. */
#ifndef CORE_DEMO_TRAFFIC_H
#define CORE_DEMO_TRAFFIC_H

#include "core/demo/cast.h"
#include "core/demo/plant.h"

enum keep_traffic_work {
    KEEP_TRAFFIC_CARE,      /* taking part in the visit */
    KEEP_TRAFFIC_EMERGENCY, /* the same, in the emergency department: the glass may be broken */
    KEEP_TRAFFIC_PAPERS,    /* coding, billing, quality */
    KEEP_TRAFFIC_RELEASE,   /* release of information: ends with an export */
    KEEP_TRAFFIC_LIST,      /* the list of the unit at the begin of a shift: the patient is shown, not opened */
    KEEP_TRAFFIC_SEARCH,    /* a search by name shows others of the name as well */
    KEEP_TRAFFIC_EXCHANGE,  /* a service account sends a bill or a summary */
    KEEP_TRAFFIC_LOGIN,
    KEEP_TRAFFIC_PREFETCH,  /* the service account fetches the charts of the day */
};

struct keep_traffic_task {
    uint32_t staff, patient;
    uint16_t day;           /* from the first day of the log */
    uint16_t weight;        /* share of the accesses */
    uint8_t work;
};

struct keep_traffic {
    const struct keep_cast *cast;
    struct keep_traffic_task *task;
    size_t n, cap;
    uint64_t weight;        /* of all */
};

void keep_traffic_free(struct keep_traffic *t);
/* A day outside the log or in its gap, or one on which staff is not here: nothing is added. */
int keep_traffic_add(struct keep_traffic *t, keep_date day, uint32_t staff, uint32_t patient, enum keep_traffic_work work, uint16_t weight, struct keep_err *err);
/* Writes access-log.csv of exactly p->events rows; tells each deed its row. */
int keep_traffic_write(struct keep_traffic *t, struct keep_plants *plants, struct keep_err *err);

#endif
