/* Officers of a keep: who is one is decided by the officers there are, as many
 * as the quorum, each signing the list as it shall be. */
#ifndef CORE_WORK_OFFICERRUN_H
#define CORE_WORK_OFFICERRUN_H

#include "core/store/store.h"

#define KEEP_OFFICERRUN_SIGNERS 16 /* as many as a keep has officers */

/* Any of these together. */
struct keep_officerrun_change {
    const struct keep_officer *add;    /* or NULL */
    const struct keep_officer *renew;  /* or NULL: an officer by his role; a key of zeros, an empty name and days of 0 stay as they are */
    struct keep_str remove;            /* role, or empty */
    uint32_t quorum;                   /* 0: as before (1 for the first officer) */
    const struct keep_sign_secret *const *signer;
    size_t signers;
};
/* KEEP_E_REFUSED without the quorum of officers in office; KEEP_E_USAGE when the list would not be sound, nothing would change, or fewer people than the
 * quorum would have keys that are not expired: nobody could ever change it again.
 * The signed decision is entered in the ledger first (one "officers" act a signer), then it takes effect; interrupted between, it is to be done again. */
int keep_officerrun_change(struct keep_store *s, const struct keep_officerrun_change *how, struct keep_err *err);

#endif
