/* Runs the test blocks of a policy with the real engines. */
#ifndef CORE_WORK_POLICYTEST_H
#define CORE_WORK_POLICYTEST_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/policy/policy.h"

struct keep_policytest_result {
    const struct keep_test *test;
    bool passed;
    const struct keep_test_expect *unmet; /* the first expectation that was not met; NULL when all were, and when what the test gives is wrong */
    const char *found;                    /* what was found instead, or what is wrong; empty when it passed; lives until each returns */
};
/* Calls each for every test, in order. A non-zero return of each stops and is forwarded. What a test gives lives in a, which must be empty:
 * it is reset behind every test. */
int keep_policytest_run(const struct keep_policy *p, struct keep_arena *a, int (*each)(void *ctx, const struct keep_policytest_result *r), void *ctx, struct keep_err *err);

#endif
