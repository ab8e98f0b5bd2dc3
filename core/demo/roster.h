/* Places and people as files: organizations, locations, patients, practitioners
 * and their roles as FHIR R4 NDJSON, the workforce as the table HR keeps. */
#ifndef CORE_DEMO_ROSTER_H
#define CORE_DEMO_ROSTER_H

#include "core/demo/cast.h"

int keep_roster_write(const struct keep_cast *c, struct keep_err *err);

#endif
