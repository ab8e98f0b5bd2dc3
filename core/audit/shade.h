/* Cases in the shade of others: what one access shows is looked at once. A case
 * whose every access stands in cases above it tells a person nothing new, nor does
 * an unexplained pair that a case above is already about. */
#ifndef CORE_AUDIT_SHADE_H
#define CORE_AUDIT_SHADE_H

#include "core/base/civil.h"
#include "core/base/err.h"

struct keep_shade_hit {
    uint32_t source, subject, patient;
    uint64_t ordinal;
};

struct keep_shade_case {
    int32_t score;
    uint8_t severity;
    bool pair;           /* unexplained: it is about the pair, whichever access shows it */
    keep_time first;     /* of its first access, with source and ordinal: orders cases of one score */
    uint32_t source;
    uint64_t ordinal;
    size_t begin, n;     /* its accesses among the hits */
    uint32_t rule;       /* orders what is alike in all of these */
};

/* Sets shaded[i] for each case, by descending score, severity, then time, then rule. KEEP_E_NOMEM. */
int keep_shade_find(const struct keep_shade_case *c, size_t n, const struct keep_shade_hit *hit, bool *shaded, struct keep_err *err);

#endif
