/* The access log's part of `check`. Inside core/store only. */
#ifndef CORE_STORE_RECHECK_LOG_H
#define CORE_STORE_RECHECK_LOG_H

#include "core/store/inside.h"

/* Decodes every segment, opens its detail, and makes the leaf of every run again. owned: a bit for each leaf 1..leaves,
 * set here for those of runs. *bad is set when something was found. */
int keep_recheck_log(struct keep_store *s, const struct keep_store_checker *c, uint8_t *owned, uint64_t leaves, bool *bad, struct keep_err *err);

#endif
