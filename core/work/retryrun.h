/* What lies in quarantine, read again by today's readers and column maps. */
#ifndef CORE_WORK_RETRYRUN_H
#define CORE_WORK_RETRYRUN_H

#include "core/base/progress.h"
#include "core/store/store.h"
#include "core/work/packs.h"

struct keep_retry_params {
    const char *source;             /* only items of this source; NULL: of all */
    const struct keep_packs *packs; /* column maps; NULL: none */
    const char *map;                /* id of the wanted map, or NULL */
    struct keep_str header;         /* the header of tables, put before each row that came from one; empty: none is known, and rows stay */
    struct keep_progress progress;
};
struct keep_retry_result {
    uint64_t items, taken; /* looked at, and now in the keep */
};
/* An item that is read whole, without anything of it going to quarantine again, leaves by an act "quarantine taken" of its own, in a ledger entry of kind
 * "quarantine"; its bytes and its key stay. Rows come first, then the acts: a run that dies between leaves items that are found to be repetitions by the
 * next. Needs the keep open for writing. KEEP_E_INTERRUPTED: so it is with those of the reason at hand; others that were taken stay taken. */
int keep_retry_run(struct keep_store *s, const struct keep_retry_params *p, struct keep_retry_result *out, struct keep_err *err);

#endif
