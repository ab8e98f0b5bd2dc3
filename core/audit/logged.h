/* Whether a log is known to be whole: that nothing stands in it of some days means
 * that nothing happened only where its source says that it would have held it. */
#ifndef CORE_AUDIT_LOGGED_H
#define CORE_AUDIT_LOGGED_H

#include "core/model/world.h"

/* Does the source's declaration say that all its accesses of these days, both included, are in it? Only by class "access log" (AuditEvent) or "all", for all facilities,
 * since an access is of none, and not behind the day on which it was closed: a log that goes on there belies it. */
bool keep_logged_whole(const struct keep_world *w, uint32_t source, keep_date first, keep_date last);

#endif
