/* A `keep` clause worked out on a day: "at least N years after E" is retained
 * through the anniversary (core/base/civil.h counts), then rounded up where the
 * clause says so. Nothing ever rounds down. */
#ifndef CORE_RETENTION_PERIOD_H
#define CORE_RETENTION_PERIOD_H

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/policy/policy.h"

/* N unit after from, or after the end of the period that from is in where the clause says so; neither capped nor rounded. KEEP_DATE_NONE when
 * from is NONE or the result leaves years 1..9999. A permanent clause has none. */
keep_date keep_period_add(const struct keep_keep *k, keep_date from);
/* Up to the end of what the clause says, if anything. */
keep_date keep_period_round(const struct keep_keep *k, keep_date d);
/* Both: the last day to keep of a clause without a cap. */
keep_date keep_period_until(const struct keep_keep *k, keep_date from);

/* "10 years after set.last(\"service_date\") = 1989-05-09 -> 1999-05-09"; trigger: the text of the clause's expression. */
void keep_period_text(const struct keep_keep *k, struct keep_str trigger, keep_date from, keep_date until, struct keep_buf *out);
/* " (rounded up to end of month)", or nothing. */
void keep_period_rounding(const struct keep_keep *k, struct keep_buf *out);
/* "2016-02-29", or "unknown". */
void keep_period_day(keep_date d, struct keep_buf *out);

#endif
