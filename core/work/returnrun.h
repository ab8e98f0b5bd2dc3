/* Bringing records back from sealed packages of this keep, by the quorum. */
#ifndef CORE_WORK_RETURNRUN_H
#define CORE_WORK_RETURNRUN_H

#include "core/store/store.h"

struct keep_returnrun_params {
    const char *const *path;           /* packages */
    size_t paths;
    const uint8_t (*identity)[32];     /* age identities, one of which opens each index */
    size_t identities;
    struct keep_str matter;            /* why: a number, nobody's name */
    const struct keep_sign_secret *const *officer;
    size_t officers;
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* non-zero: stop; what was brought back stays. NULL allowed */
    void *ctx;
};
struct keep_returnrun_result {
    uint64_t packages, records;        /* read; brought back now */
    uint64_t live;                     /* left as they are: they were here, or an earlier run brought them back */
    uint64_t unread;                   /* that no reader understood: they stay in the package alone */
    uint64_t sets, due;                /* record sets that were disposed of and are kept again; of them due today */
};
/* Each package is verified whole before the first is read for its records, and must be signed by this keep. A record comes back under its own identifiers and a new
 * key, as the first version of a record whose file is the package and whose line is its number in the register; the decision stands in the ledger before.
 * 1: all of them are here, nothing was done. KEEP_E_REFUSED: no quorum; KEEP_E_INTEGRITY: a package does not verify, is another keep's, or changed meanwhile;
 * KEEP_E_KEY: no identity opens its index; KEEP_E_INPUT: it does not tell enough to take records back by. Interrupted or failed, it goes on when run again. */
int keep_returnrun(struct keep_store *s, const struct keep_returnrun_params *p, struct keep_returnrun_result *out, struct keep_err *err);

#endif
