/* The making of a test's world, apart from its scans. */
#ifndef CORE_WORK_GIVENS_BUILD_H
#define CORE_WORK_GIVENS_BUILD_H

#include "core/work/givens.h"

int keep_givens_build(struct keep_givens *g, const struct keep_policy *p, const struct keep_test *t, struct keep_arena *a, struct keep_err *err);

#endif
