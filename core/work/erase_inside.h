/* What the files of disposal share, and nobody else sees. */
#ifndef CORE_WORK_ERASE_INSIDE_H
#define CORE_WORK_ERASE_INSIDE_H

#include "core/work/eraserun.h"

struct keep_erasing_fate { /* of a set of the plan, as intents and certificates tell it */
    bool earlier;         /* a run before destroyed it and did not certify it */
    keep_time at;
    struct keep_str role, facility, what; /* role: of the officer who performed it; what: of the keep's own papers */
    int64_t from, to;     /* years; 0: not recorded */
};

struct keep_erasing {
    struct keep_store *s;
    const struct keep_eraserun_params *p;
    struct keep_arena *a;
    struct keep_dates d;
    const struct keep_set **set, **order; /* to be destroyed here; of which nothing was ordered of a custodian yet */
    const char **reason;
    struct keep_erasing_fate *fate; /* one per plan set */
    const struct keep_officer *officer;
    uint8_t plan[32];
    char plan_hex[65];
    struct keep_str no_copies_by; /* role of who states so */
    uint64_t intent, expected_entries; /* ledger size that proves nobody else wrote */
    keep_date today;
};

/* Fills fate: which sets an earlier run of this plan meant to destroy and no certificate tells of; and intent, no_copies_by of the last such run. */
int keep_eraseintent_past(struct keep_erasing *e, struct keep_err *err);
/* Enters the signed intent of destroying what is chosen, and what the certificate will say of it. */
int keep_eraseintent_enter(struct keep_erasing *e, struct keep_err *err);

#endif
