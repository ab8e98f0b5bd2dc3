/* Cases in the shade of others: what one access shows is looked at once. A case
 * whose every access stands in cases above it tells a person nothing new, nor does
 * an unexplained pair that a case above is already about. */
#ifndef CORE_AUDIT_SHADE_H
#define CORE_AUDIT_SHADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* The accesses that cases are of, by number. */
struct keep_shade_accesses {
    const uint32_t *of;   /* of all cases, one after the other */
    size_t n;             /* how many different ones */
    const uint32_t *pair; /* of each: the number of its user and patient where a case is about that pair; NONE else */
    size_t pairs;         /* numbers are below */
};
#define KEEP_SHADE_NONE UINT32_MAX

struct keep_shade_case {
    size_t begin, n; /* its accesses in `of` */
    bool pair;       /* unexplained: it is about the pair, whichever access shows it */
};

/* Sets shaded[i] for each case; those above come first. KEEP_E_NOMEM. */
int keep_shade_find(const struct keep_shade_case *c, size_t n, const struct keep_shade_accesses *x, bool *shaded, struct keep_err *err);

#endif
