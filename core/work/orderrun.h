/* Destruction orders made: one signed order for each custodian of records that are
 * a copy here, or only in the index. */
#ifndef CORE_WORK_ORDERRUN_H
#define CORE_WORK_ORDERRUN_H

#include "core/work/dates.h"
#include "core/work/orderbook.h"

struct keep_orderrun {
    const struct keep_dates *d;
    const struct keep_set *const *set;      /* sets of which none is ordered yet; NULL entries are passed over */
    size_t sets;
    struct keep_str plan;                   /* digest in hex */
    const struct keep_sign_secret *officer; /* who orders, */
    const struct keep_officer *who;
    keep_date today;
};
/* Does any source name who holds the official copy? */
bool keep_orderrun_custodian(const struct keep_set *set);
/* Enters them in one transaction. orders: how many. */
int keep_orderrun_make(struct keep_store *s, const struct keep_orderrun *r, size_t *orders, struct keep_err *err);

#endif
