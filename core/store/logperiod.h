/* Periods of the access log, a month of one source each, and their disposal.
 * What a destroyed period leaves: how many events it had and when, under their
 * leaves (table run), a tombstone, and the ledger entry of its destruction. */
#ifndef CORE_STORE_LOGPERIOD_H
#define CORE_STORE_LOGPERIOD_H

#include "core/store/store.h"

struct keep_logperiod {
    uint32_t source;        /* id */
    struct keep_str name;   /* of the source */
    int64_t period;         /* year * 100 + month */
    keep_date from, to;     /* first and last day, UTC */
    uint64_t events, bytes; /* brought by imports; held now, with what the log said beyond columns */
    bool destroyed;
    keep_time at;           /* of the destruction */
    uint64_t intent;        /* the act it rested on */
};
/* Every period there ever was, by (source, period). Strings until each returns. */
int keep_logperiod_list(struct keep_store *s, int (*each)(void *ctx, const struct keep_logperiod *, struct keep_err *), void *ctx, struct keep_err *err);

/* The number of its key. */
uint64_t keep_logperiod_owner(const struct keep_logperiod *p);
/* Does an access to one of these patients (entities, ascending) stand in it? 1, 0. */
int keep_logperiod_mentions(struct keep_store *s, const struct keep_logperiod *p, const uint32_t *patient, size_t n, struct keep_err *err);

#endif
