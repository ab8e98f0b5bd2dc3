/* Which definitions a block rests on: those that its conditions and texts name,
 * and those that these name in turn. */
#ifndef CORE_POLICY_USES_H
#define CORE_POLICY_USES_H

#include "core/policy/outline.h"
#include "core/policy/policy.h"

struct keep_used {
    const struct keep_define *define;
    const struct keep_outline_block *block; /* as it is written, in the outline of that pack */
    size_t pack;
};
struct keep_uses { /* begins zeroed; memory is of the arena that is given */
    struct keep_used *list;
    size_t n, cap;
};

/* Adds the definitions that a block of that pack uses, each once, in the order they are met. outline[i] is of pack i. false: out of memory. */
bool keep_uses_add(struct keep_uses *u, const struct keep_policy *p, const struct keep_outline *outline, size_t pack, const struct keep_outline_block *block, struct keep_arena *a);

#endif
