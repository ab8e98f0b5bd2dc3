/* What the test blocks of a policy try of its rules, with the real engines. */
#ifndef CORE_WORK_POLICYCOVER_H
#define CORE_WORK_POLICYCOVER_H

#include "core/policy/tried.h"

/* Runs what every test gives and credits what came out to the rules it is about. A test that is itself wrong tries nothing.
 * a must be empty and is reset behind every test; w lives elsewhere. */
int keep_policycover_run(const struct keep_policy *p, struct keep_tried *w, struct keep_arena *a, struct keep_err *err);

#endif
