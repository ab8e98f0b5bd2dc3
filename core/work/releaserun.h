/* Giving an auditor the keys of chosen records of a package, and of no others. */
#ifndef CORE_WORK_RELEASERUN_H
#define CORE_WORK_RELEASERUN_H

#include "core/base/buf.h"
#include "core/store/store.h"
#include "core/work/packs.h"

#define KEEP_RELEASERUN_RECORDS 10000 /* of one release: who needs more is given the package's own key by the officer who holds it */
#define KEEP_RELEASERUN_PURPOSE 1000  /* bytes */

struct keep_releaserun_params {
    const char *package;                    /* the tar */
    const uint64_t *record;                 /* numbers in its register, ascending, each once */
    size_t records;
    struct keep_str purpose;                /* goes into the keep, signed; no patient's name belongs in it */
    const uint8_t *recipient;               /* the auditor's age recipient, to be recorded; NULL: the caller hands it over otherwise */
    const struct keep_packs *adopted;       /* what holds are told by */
    const struct keep_sign_secret *officer;
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};
/* The package is verified whole first, then opened by its identity in the keyring. Signed and entered in the ledger before *out, which is an age identity file
 * (a comment and a line for each record) and as secret as what it opens. KEEP_E_REFUSED: no package of this keep, its key is gone, a record that it does not
 * have or that is kept elsewhere, one whose set a hold covers, or a key that is of no officer in office; nothing is entered then. */
int keep_releaserun(struct keep_store *s, const struct keep_releaserun_params *p, struct keep_buf *out, struct keep_err *err);

#endif
