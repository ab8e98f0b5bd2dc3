/* The keep's own papers: what it made itself and what has dates of its own. Months of
 * the access log and closed access cases are dated by rules that name their series,
 * "access log" and "access cases" (45 CFR 164.316(b)(2)(i): six years); a sealed
 * package, series "sealed packages", by the day that was written down when it was
 * sealed, and where something must outlive its sets, by the day on which they went.
 * They are planned, approved and disposed of like record sets. */
#ifndef CORE_WORK_PAPERS_H
#define CORE_WORK_PAPERS_H

#include "core/work/dates.h"

#define KEEP_PAPERS_LOG "access log"
#define KEEP_PAPERS_CASES "access cases"
#define KEEP_PAPERS_PACKAGES "sealed packages"

/* Adds a set for each of them whose series the policy declares: to d->result behind the record sets, or to d->in.each. They count no record. */
int keep_papers_add(struct keep_dates *d, struct keep_err *err);

/* The day through which what must outlive a set (its residue) is owed, years after it was disposed of, and never counted from before it was due; without a
 * residue the set's own day. KEEP_DATE_NONE: for ever. */
keep_date keep_papers_owed(keep_date keep_until, keep_date disposed, int32_t residue_years);

#endif
