/* The access log: sessions of work that follow from care, the planted accesses
 * among them, written day by day. Memory follows the sessions, not the events. */
#ifndef CORE_DEMO_TRAFFIC_H
#define CORE_DEMO_TRAFFIC_H

#include "core/demo/cast.h"
#include "core/demo/plant.h"

enum keep_traffic_work {
    KEEP_TRAFFIC_CARE,      /* taking part in the visit */
    KEEP_TRAFFIC_EMERGENCY, /* the same, in the emergency department: the glass may be broken */
    KEEP_TRAFFIC_PAPERS,    /* coding, billing */
    KEEP_TRAFFIC_LOGIN,
    KEEP_TRAFFIC_PREFETCH,  /* the service account fetches the charts of the day */
    KEEP_TRAFFIC_NO_FILE,   /* a true reason that is on no file: exactly `weight` accesses */
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
    uint64_t weight;        /* of all but NO_FILE */
};

#define KEEP_TRAFFIC_SERVICE_LOGIN "svc-prefetch"
#define KEEP_TRAFFIC_SERVICE UINT32_MAX /* as staff: the service account */

void keep_traffic_free(struct keep_traffic *t);
/* A day outside the log, or one on which staff is not here: nothing is added. */
int keep_traffic_add(struct keep_traffic *t, keep_date day, uint32_t staff, uint32_t patient, enum keep_traffic_work work, uint16_t weight, struct keep_err *err);
/* Accesses whose true reason nobody wrote down: `accesses` of them, or as many as there are strangers for, with nothing else to tell. */
int keep_traffic_no_file(struct keep_traffic *t, uint64_t accesses, struct keep_err *err);
/* Writes access-log.csv of exactly p->events rows; tells each planted access its row. */
int keep_traffic_write(struct keep_traffic *t, struct keep_plants *plants, struct keep_err *err);

#endif
