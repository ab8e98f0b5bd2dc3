/* An open keep that tells how far it is and can be stopped. */
#ifndef CORE_STORE_WATCH_H
#define CORE_STORE_WATCH_H

#include "core/base/progress.h"
#include "core/store/store.h"

/* From now on p is asked every few milliseconds while records.db is read outside a transaction: a statement that is stopped then gives
 * KEEP_E_INTERRUPTED. Inside a transaction nothing is stopped by it: there the steps below are the points at which a run can end. */
void keep_watch(struct keep_store *s, const struct keep_progress *p);
/* For runs that have a keep in their hands; 0 when nobody listens. */
int keep_watch_step(struct keep_store *s, const char *what, uint64_t done, uint64_t total);
/* false: nobody is asked while records.db is read, for as long as another thread reads than the one that is told of steps; true: p is again. */
void keep_watch_reading(struct keep_store *s, bool asks);

#endif
