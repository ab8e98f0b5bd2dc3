/* What an expression that runs over the event set (bind.c) asks, and is answered
 * (bind_answer.c). Inside the two files only. */
#ifndef CORE_AUDIT_BIND_INSIDE_H
#define CORE_AUDIT_BIND_INSIDE_H

#include "core/audit/bind.h"

/* ctx: the struct keep_bind. KEEP_E_NOMEM. */
int keep_bind_field(void *ctx, enum keep_field f, struct keep_value *out);
int keep_bind_call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out);

#endif
