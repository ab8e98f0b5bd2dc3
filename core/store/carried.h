/* What an audit left for the next one (core/audit/carrypack.h), as it gave it:
 * a head and parts. A cache: gone, the next audit judges the whole log. It is no
 * leaf of the ledger, and goes with the log periods whose accesses it names. */
#ifndef CORE_STORE_CARRIED_H
#define CORE_STORE_CARRIED_H

#include "core/base/buf.h"
#include "core/store/store.h"

#define KEEP_CARRIED_MAX ((size_t)512 << 20) /* bytes of one part that are worth keeping: some 8 million accesses */

/* The head: 1, 0 none. part: the parts in order, which live during the call. */
int keep_carried_head(struct keep_store *s, struct keep_buf *out, struct keep_err *err);
int keep_carried_parts(struct keep_store *s, int (*part)(void *ctx, struct keep_str body, struct keep_err *err), void *ctx, struct keep_err *err);

/* Inside a transaction: a new head, and one more part; fresh: in place of all there was. What is longer than KEEP_CARRIED_MAX is not kept, nor anything else then. */
int keep_carried_write(struct keep_store *s, struct keep_str head, struct keep_str part, bool fresh, struct keep_err *err);
/* Inside a transaction. */
int keep_carried_drop(struct keep_store *s, struct keep_err *err);

#endif
