/* Dates and times as reports write them. */
#ifndef CORE_INGEST_TABLE_TIME_H
#define CORE_INGEST_TABLE_TIME_H

#include <stdbool.h>

#include "core/base/civil.h"
#include "core/base/zone.h"

struct keep_table_time {
    keep_date first, last; /* the day in the table's zone; they differ when it is less than a day exact */
    keep_time instant;     /* KEEP_TIME_NONE: a day without a time of day, or one outside the years 1 to 9999 */
};

/* The character behind the '%' of the first field in format that is not known, 0 when all are. "iso" and "" are formats too. */
char keep_table_time_format(struct keep_str format);
/* "iso": YYYY[-MM[-DD]], and behind a whole day optionally T or a blank, hh:mm[:ss[.f…]] and Z or ±hh[:]mm. Others: %Y %y (69..99: 1969..1999) %m %d %H %I %p
 * %M %S %f; a number may lack its leading zero. Times without a zone are wall time of zone (NULL: UTC). false: s is not of that format, or no date. */
bool keep_table_time_parse(struct keep_str s, struct keep_str format, const struct keep_zone *zone, struct keep_table_time *out);

#endif
