/* The conditions and days of a rule, wherever in it they stand. */
#ifndef CORE_RETENTION_RULEPARTS_H
#define CORE_RETENTION_RULEPARTS_H

#include "core/policy/policy.h"

/* Each of them, never NULL, in the order of the text's clauses. */
void keep_ruleparts_each(const struct keep_retention *r, void (*each)(void *ctx, const struct keep_expr *e), void *ctx);

#endif
