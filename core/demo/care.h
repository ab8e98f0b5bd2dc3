/* A lifetime of care for every patient, written as it is made; what falls into
 * the year of the log also becomes work for the access log, and marks in the cast
 * which departments have a reason on file. */
#ifndef CORE_DEMO_CARE_H
#define CORE_DEMO_CARE_H

#include "core/demo/chart.h"
#include "core/demo/traffic.h"

int keep_care_write(struct keep_cast *cast, struct keep_chart *chart, struct keep_traffic *traffic, struct keep_err *err);

#endif
