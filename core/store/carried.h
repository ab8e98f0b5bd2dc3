/* What an audit left for the next one (core/audit/carrypack.h), as it gave it:
 * a head and parts. A cache: gone, the next audit judges the whole log. It is no
 * leaf of the ledger, and goes with the log periods whose accesses it names. */
#ifndef CORE_STORE_CARRIED_H
#define CORE_STORE_CARRIED_H

#include "core/base/buf.h"
#include "core/store/store.h"

#define KEEP_CARRIED_MAX ((size_t)512 << 20) /* bytes of a head or a part: half of what a row can hold */

/* The head: 1, 0 none. part: the parts in order, which live during the call. */
int keep_carried_head(struct keep_store *s, struct keep_buf *out, struct keep_err *err);
int keep_carried_parts(struct keep_store *s, int (*part)(void *ctx, struct keep_str body, struct keep_err *err), void *ctx, struct keep_err *err);

/* Inside a transaction: one more part; another head. KEEP_E_LIMIT. */
int keep_carried_add(struct keep_store *s, struct keep_str part, struct keep_err *err);
int keep_carried_begin(struct keep_store *s, struct keep_str head, struct keep_err *err);
/* Inside a transaction: takes all away. */
int keep_carried_drop(struct keep_store *s, struct keep_err *err);

#endif
