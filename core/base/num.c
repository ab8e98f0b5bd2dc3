/* Checked numbers. A number is the whole string: no sign where none belongs, no
 * white space, no base prefix, nothing behind it, and never a wrapped value. */
#include "core/base/num.h"

#include <stdlib.h>

bool keep_num_u64(struct keep_str s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool keep_num_i64(struct keep_str s, int64_t *out)
{
    uint64_t v;
    bool minus = s.n > 0 && s.p[0] == '-';
    if (minus)
        s = (struct keep_str){s.p + 1, s.n - 1};
    if (!keep_num_u64(s, &v) || v > (uint64_t)INT64_MAX + minus)
        return false;
    *out = minus ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool keep_num_add(size_t a, size_t b, size_t *out)
{
    size_t v;
    if (__builtin_add_overflow(a, b, &v))
        return false;
    *out = v;
    return true;
}

bool keep_num_mul(size_t a, size_t b, size_t *out)
{
    size_t v;
    if (__builtin_mul_overflow(a, b, &v))
        return false;
    *out = v;
    return true;
}

int keep_num_by_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int keep_num_by_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Shell's sort with the gaps of Ciura (2001), which few numbers are through with soonest. */
void keep_num_sort(uint64_t *v, size_t n)
{
    enum { FEW = 2000 }; /* some times the greatest gap: behind it qsort is sooner through */
    static const size_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    if (n > FEW) {
        qsort(v, n, sizeof *v, keep_num_by_u64);
        return;
    }
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (size_t i = gaps[g]; i < n; i++) {
            uint64_t x = v[i];
            size_t k = i;
            for (; k >= gaps[g] && v[k - gaps[g]] > x; k -= gaps[g])
                v[k] = v[k - gaps[g]];
            v[k] = x;
        }
}
