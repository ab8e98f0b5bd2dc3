/* A counted string that points into memory somebody else owns. */
#ifndef CORE_BASE_STR_H
#define CORE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct keep_str {
    const char *p; /* not NUL-terminated unless its maker says so; NULL when n is 0 and nothing was recorded */
    size_t n;
};

#define KEEP_STR(literal) ((struct keep_str){(literal), sizeof(literal) - 1})

static inline struct keep_str keep_str_of(const char *z)
{
    return (struct keep_str){z, z ? strlen(z) : 0};
}

static inline bool keep_str_eq(struct keep_str a, struct keep_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool keep_str_is(struct keep_str a, const char *z)
{
    return (a.n == 0 || a.p[0] == z[0]) && keep_str_eq(a, keep_str_of(z)); /* most that are tried differ at once */
}

/* By bytes, what is a beginning of the other first: <0, 0, >0. */
static inline int keep_str_order(struct keep_str a, struct keep_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n ? memcmp(a.p, b.p, n) : 0;
    return d ? d : (a.n > b.n) - (a.n < b.n);
}

/* What a counted noun ends in: "1 case", "2 cases". */
static inline const char *keep_str_s(unsigned long long n)
{
    return n == 1 ? "" : "s";
}

/* FNV-1a, for tables in memory: it resists no adversary. */
static inline uint64_t keep_str_hash(struct keep_str s)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    return h;
}

#endif
