/* Questions about relations whose arguments are constants, which is what most
 * explanations are: read off an expression once, asked without walking it. */
#ifndef CORE_AUDIT_RELASK_H
#define CORE_AUDIT_RELASK_H

#include "core/audit/bind.h"

struct keep_relask {
    uint8_t call;            /* enum keep_call: related, department_related or encounter_at_unit */
    uint32_t kinds;          /* as of keep_relate_ask; not read for encounter_at_unit */
    int64_t before, after;
};
#define KEEP_RELASK_MOST 4   /* that one expression ties together by || */

/* How many such questions, tied by ||, the expression is, and nothing beside; 0: it is something else, or more of them. */
uint32_t keep_relask_of(const struct keep_expr *e, struct keep_relask out[KEEP_RELASK_MOST]);

/* Over the event that b points at: one question, which adds to b's account of dependencies; and all of an expression, as keep_bind_run answers it. */
void keep_relask_one(struct keep_bind *b, const struct keep_relask *ask, struct keep_value *out);
void keep_relask_run(struct keep_bind *b, const struct keep_relask *ask, uint32_t n, enum keep_tristate *out, struct keep_str *missing);

#endif
