/* The sum falls as p grows, so bisection finds the root; terms are added in
 * logarithms, from which no factorial overflows. Sampling without replacement
 * makes the true bound a little smaller: this one errs on the safe side. */
#include "core/audit/bound.h"

#include <math.h>

#define CHANCE 0.05
#define HALVINGS 60 /* beyond what a double tells apart */

/* P(at most k of n) at p. */
static double at_most(uint64_t n, uint64_t k, double p)
{
    double sum = 0, whole = lgamma((double)n + 1);
    for (uint64_t i = 0; i <= k; i++)
        sum += exp(whole - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) + (double)i * log(p) + (double)(n - i) * log1p(-p));
    return sum;
}

double keep_bound_upper(uint64_t n, uint64_t k)
{
    double lo = 0, hi = 1;
    if (k >= n)
        return 1;
    for (int i = 0; i < HALVINGS; i++) {
        double mid = (lo + hi) / 2;
        if (at_most(n, k, mid) > CHANCE)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}
