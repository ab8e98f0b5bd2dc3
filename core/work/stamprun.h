/* A timestamp authority's token for a package of this keep. */
#ifndef CORE_WORK_STAMPRUN_H
#define CORE_WORK_STAMPRUN_H

#include "core/store/store.h"

struct keep_stamprun_params {
    const char *package;      /* the tar, under the name of its id */
    struct keep_str token;    /* the authority's response, DER */
    struct keep_str authority; /* its certificates, PEM; empty: whoever signed */
    char *beside;             /* takes the name that the token is put under, of at most room bytes */
    size_t room;
};
/* Checks the token against the tag manifest that the ledger knows of the package, puts it beside the tar and enters it in the ledger. *at: the time it says.
 * 1: this token lies there and is entered already. KEEP_E_INTEGRITY: it is about something else, or not by that authority; KEEP_E_REFUSED: no package of this
 * keep, or another token lies there. */
int keep_stamprun_take(struct keep_store *s, const struct keep_stamprun_params *p, keep_time *at, struct keep_err *err);

#endif
