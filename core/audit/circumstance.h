/* The circumstances of an access that expressions ask for: rosters, how long an
 * account lay still, when the patient was last seen, from which network. Part of
 * bind.c's answers, which says what an answer depends on and for how long. */
#ifndef CORE_AUDIT_CIRCUMSTANCE_H
#define CORE_AUDIT_CIRCUMSTANCE_H

#include "core/audit/bind.h"

int keep_circumstance_field(struct keep_bind *b, enum keep_field f, struct keep_value *out);
int keep_circumstance_call(struct keep_bind *b, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out);

#endif
