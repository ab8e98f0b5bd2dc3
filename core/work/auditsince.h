/* Whether an audit goes on from the last one or judges the whole log, and why.
 *
 * A recorded run leaves in the keep what the next needs (core/audit/carry.h), in
 * the transaction that records it. The next goes on from it when its rules are
 * the same and nothing happened that puts everything in doubt; of the log it
 * reads what came since, what counting rules could count with that, and, where
 * what is on file about people changed, their accesses. What it finds is what a
 * run over everything finds. */
#ifndef CORE_WORK_AUDITSINCE_H
#define CORE_WORK_AUDITSINCE_H

#include "core/work/auditrun.h"

struct keep_auditsince;

/* After keep_auditrun_open, before _run. full: why it must be of everything; NULL: it need not. What it comes to, r->in is told. */
int keep_auditsince_open(struct keep_auditsince **out, struct keep_auditrun *r, const struct keep_packs *packs, const char *full, struct keep_err *err);
void keep_auditsince_free(struct keep_auditsince *s); /* NULL allowed */

/* After _run: begins to make what the next one needs, by the crew, until _store or _free. */
int keep_auditsince_leave(struct keep_auditsince *s, struct keep_err *err);
/* Then, inside the transaction that records it: stores that. wrote: findings were. */
int keep_auditsince_store(struct keep_auditsince *s, bool wrote, struct keep_err *err);

/* Why the run is one of everything; NULL: it goes on. And in that case: accesses that came since, and patients and accounts whose earlier ones are judged again. */
const char *keep_auditsince_why(const struct keep_auditsince *s);
struct keep_auditsince_counts {
    uint64_t fresh, patients, accounts;
    keep_time again; /* from which on all were judged again, for sources vouch for other days; NONE: no time */
};
struct keep_auditsince_counts keep_auditsince_counts(const struct keep_auditsince *s);

#endif
