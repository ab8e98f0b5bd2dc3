/* Disposal of an approved plan, and its certificate. */
#ifndef CORE_WORK_ERASERUN_H
#define CORE_WORK_ERASERUN_H

#include "core/work/planrun.h"

#define KEEP_ERASERUN_BEFORE "destroyed before" /* the reason of a set that an earlier run finished */

struct keep_eraserun_params {
    const struct keep_packs *adopted;
    const struct keep_plan *plan;
    const struct keep_sign_secret *officer; /* who performs it */
    const char *packages;                   /* the folder where archived sets' packages lie, to be verified once more before; NULL: they are not looked at */
    bool no_other_copies;                   /* and states, signed with the intent, that no copy exists beside the registered backups */
    bool clock_checked;                     /* and that today's date is right although the ledger has later ones */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx, *packages_ctx;      /* the latter while packages are looked at */
};
#define KEEP_ERASERUN_SKEW ((keep_time)3600 * KEEP_USEC) /* by so much the ledger may be ahead of the clock: machines that write to one keep differ */
struct keep_eraserun_result {
    uint64_t sets, records, left;   /* destroyed now; neither now nor by such an earlier run */
    uint64_t ordered;               /* sets that are only indexed here and are destroyed elsewhere: they stay until that is certified */
    size_t orders;                  /* destruction orders entered now, for these and for what is copied here (orderbook.h) */
    const char **reason;            /* one per set of the plan; "" ordered now, destroyed now, or by an earlier run that died before its certificate: this one lists it */
    struct keep_buf certificate;    /* canonical JSON, to be freed by the caller */
    struct keep_buf signature;      /* minisign signature of the keep over it */
};
/* 1: some sets were left (drifted, held, not archived yet, disposed before); the rest are destroyed. 2: nothing was left to do;
 * certificate and signature are then the plan's last ones, empty when there is none. KEEP_E_LOCKED while somebody reads: nothing was destroyed. */
int keep_eraserun_dispose(struct keep_store *s, const struct keep_eraserun_params *p, struct keep_arena *a, struct keep_eraserun_result *out, struct keep_err *err);

#endif
