/* The access log in columns: what the store hands to the audit, one batch at a time. */
#ifndef CORE_MODEL_EVENTS_H
#define CORE_MODEL_EVENTS_H

#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/model/vocab.h"

#define KEEP_SEGMENT_EVENTS 16384 /* events of a full segment: fewer costs speed, more gains nothing */
#define KEEP_ID_NONE UINT32_MAX   /* no patient, no worker, … in an id column */
enum { KEEP_ORDINAL_BITS = 48 };  /* of an event's number in its source: a million a second for nine years */

/* Columns of n events; arrays belong to the batch's maker and live until its next call. Ids index struct keep_world. */
struct keep_events {
    uint32_t n;
    uint32_t source;          /* source id of all of them */
    const uint64_t *ordinal;  /* event id = (source, ordinal); ordinals count from 1 in each source */
    const keep_time *time;
    const uint32_t *account;  /* index in keep_world.account; KEEP_ID_NONE not recorded */
    const uint32_t *patient;  /* index in keep_world.patient; KEEP_ID_NONE about no patient */
    const uint32_t *place;    /* term id; KEEP_ID_NONE */
    const uint32_t *unit;     /* term id; KEEP_ID_NONE */
    const uint8_t *action, *exposure, *outcome, *purpose;
    const uint8_t *break_glass; /* enum keep_tristate */
    const uint8_t *searched;    /* 1: came with search terms */
    const int16_t *reason;      /* characters of the override reason; 0 left empty; -1 the log has no such field */
    uint64_t from;            /* place of the first of them in the pass, counted from 0 */
    uint64_t over;            /* events that nobody asked for, passed over since the reader's last batch */
};

/* A pass over all events in (source, segment) order. */
struct keep_event_scan {
    void *ctx;
    int (*next)(void *ctx, struct keep_events *out, struct keep_err *err); /* 1 batch, 0 end, <0 */
    int (*rewind)(void *ctx, struct keep_err *err);
    /* Another reader of the same pass, for a thread of its own: each batch goes to one of them, and its place tells the order. Made after a rewind,
     * before anything is read; given back with unshare before the next rewind. NULL: one reader only. */
    int (*share)(void *ctx, struct keep_event_scan *out, struct keep_err *err);
    void (*unshare)(void *ctx); /* ctx of the reader that share made */
};

#endif
