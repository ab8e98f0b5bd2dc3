/* The clocks that a breach of unsecured protected health information starts
 * (45 CFR 164.400-414): dates by which notices must be given at the latest, all
 * "without unreasonable delay". A breach is discovered on the first day it is
 * known, or by reasonable diligence would have been known, to the entity, its
 * workforce or agents (164.404(a)(2)). Delays for law enforcement (164.412) and
 * State law are not in these dates. */
#ifndef CORE_AUDIT_BREACH_H
#define CORE_AUDIT_BREACH_H

#include "core/base/civil.h"

#define KEEP_BREACH_CLOCKS 3 /* at most */

struct keep_breach_clock {
    const char *who, *cite;
    const char *checked; /* what was read of the text, or "unverified" */
    keep_date by;
};

/* individuals: how many are affected; residents: the most of them in one State or jurisdiction, 0 not stated. Returns how many clocks run. */
int keep_breach_clocks(keep_date discovered, int64_t individuals, int64_t residents, struct keep_breach_clock out[KEEP_BREACH_CLOCKS]);

#endif
