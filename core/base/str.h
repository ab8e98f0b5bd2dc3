/* A counted string that points into memory somebody else owns. */
#ifndef CORE_BASE_STR_H
#define CORE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
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

#endif
