/* Time zones from the system's TZif files (RFC 8536), read once. */
#ifndef CORE_BASE_ZONE_H
#define CORE_BASE_ZONE_H

#include "core/base/civil.h"
#include "core/base/err.h"

struct keep_zone;

/* name: IANA name such as "America/Chicago", or "UTC". Names with "..", a leading '/', or other characters are refused. */
int keep_zone_load(struct keep_zone **out, const char *name, struct keep_err *err);
/* The same from a file's bytes. */
int keep_zone_parse(struct keep_zone **out, const char *name, struct keep_str bytes, struct keep_err *err);
void keep_zone_free(struct keep_zone *z);
int32_t keep_zone_offset(const struct keep_zone *z, keep_time t);      /* seconds east of UTC in force at t */
keep_date keep_zone_date(const struct keep_zone *z, keep_time t);      /* the local civil day of t; KEEP_DATE_NONE for none */
/* That day as keep_civil_format_date has it. Returns out. */
char *keep_zone_format_date(const struct keep_zone *z, keep_time t, char out[KEEP_CIVIL_DATE_SIZE]);
keep_time keep_zone_instant(const struct keep_zone *z, keep_date d, int32_t seconds); /* local wall time -> instant; in a gap or fold the LATER instant */

#endif
