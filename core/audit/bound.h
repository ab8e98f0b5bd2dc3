/* How wrong a verdict may be, from a random sample of it that people checked. */
#ifndef CORE_AUDIT_BOUND_H
#define CORE_AUDIT_BOUND_H

#include <stdint.h>

/* The exact upper bound of a share, one-sided, at 95 percent (Clopper and Pearson 1934): the p for which a sample of n has at most k wrong ones with probability 5 percent,
 * sum for i = 0..k of C(n,i) p^i (1-p)^(n-i) = 0.05. With none wrong it is 1 - 0.05^(1/n), about 3/n. n at least 1, k at most n; 1 when k = n. */
double keep_bound_upper(uint64_t n, uint64_t k);

#endif
