/* Who a plan's sets are about, sealed to the officers. */
#ifndef CORE_WORK_PLANANNEX_H
#define CORE_WORK_PLANANNEX_H

#include "core/work/dates.h"

/* Appends base64 of an age file: a line {"set","patient","mrn","facility"} a set, for each officer whose key has not expired and for the archive officer;
 * nothing when there are none. */
int keep_planannex_seal(const struct keep_dates *d, const struct keep_set *const *set, size_t n, struct keep_buf *out, struct keep_err *err);

#endif
