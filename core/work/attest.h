/* The statement of what was reviewed (45 CFR 164.308(a)(1)(ii)(D), information
 * system activity review): for a period of accesses, what the log covers and where
 * it is silent, which audits looked at it under which rules, what became of the
 * cases, and who worked on them. It answers the four things that OCR's audit
 * protocol asks of activity review. No identifier of a patient or of a user whose
 * access was looked at stands in it. */
#ifndef CORE_WORK_ATTEST_H
#define CORE_WORK_ATTEST_H

#include "core/base/buf.h"
#include "core/store/store.h"
#include "core/work/packs.h"

struct keep_attest_params {
    keep_date from, to;         /* days of the accesses, both included, by the keep's zone */
    const struct keep_packs *packs; /* adopted */
    const struct keep_sign_secret *officer;
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* NULL allowed; non-zero: KEEP_E_INTERRUPTED */
    void *ctx;
};
/* Makes the statement (JSON) and its minisign signature, and records both as an act with its ledger entry. KEEP_E_REFUSED: the key is of no officer; the period is not over; no
 * audit under the rules that are adopted has looked at all of its accesses. */
int keep_attest(struct keep_store *s, const struct keep_attest_params *p, struct keep_buf *statement, struct keep_buf *signature, struct keep_err *err);

#endif
