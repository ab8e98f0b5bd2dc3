/* What a facility is, in the words of the rules. */
#ifndef CORE_RETENTION_PLACETYPE_H
#define CORE_RETENTION_PLACETYPE_H

#include "core/base/arena.h"
#include "core/policy/policy.h"

struct keep_placetypes {
    struct keep_str *word; /* that rules compare facility.type with */
    size_t n, cap;
    bool any;              /* some rule takes the type as it stands */
    bool full;             /* no memory */
};

/* The words of p's retention rules; memory in a, KEEP_E_NOMEM. */
int keep_placetype_gather(struct keep_placetypes *out, const struct keep_policy *p, struct keep_arena *a);
/* The word for what an export says, whatever its capitals; empty: it says nothing that a rule can tell a facility by, which is as good as nothing recorded. */
struct keep_str keep_placetype_word(const struct keep_placetypes *t, struct keep_str said);

#endif
