/* Who may sign: an officer in office, by a key that is good today. */
#ifndef CORE_WORK_SIGNER_H
#define CORE_WORK_SIGNER_H

#include "core/store/officer.h"

/* Whose key this is. KEEP_E_REFUSED, saying which, when it is nobody's here, somebody's who left office, not good yet, or no longer. */
int keep_signer_of(const struct keep_store *s, const struct keep_sign_secret *key, const struct keep_officer **out, struct keep_err *err);

#endif
