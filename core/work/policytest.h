/* Runs the test blocks of a policy with the real engines. */
#ifndef CORE_WORK_POLICYTEST_H
#define CORE_WORK_POLICYTEST_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/policy/policy.h"

/* Calls each for every test, in order; detail says what was found instead when it did not pass, empty otherwise, and lives until each
 * returns. A non-zero return of each stops and is forwarded. What a test gives lives in a, which must be empty: it is reset behind every test. */
int keep_policytest_run(const struct keep_policy *p, struct keep_arena *a, int (*each)(void *ctx, const struct keep_test *t, bool passed, const char *detail),
                        void *ctx, struct keep_err *err);

#endif
