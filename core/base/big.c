/* Linux takes the wish for large pages (THP) as advice: where it has none, or has
 * them switched off, everything works as without. */
#include "core/base/big.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *keep_big_alloc(size_t n)
{
    if (n < KEEP_BIG_PAGE || n > SIZE_MAX - KEEP_BIG_PAGE)
        return malloc(n);
    size_t whole = (n + KEEP_BIG_PAGE - 1) / KEEP_BIG_PAGE * KEEP_BIG_PAGE;
    void *p = aligned_alloc(KEEP_BIG_PAGE, whole);
    if (p)
        madvise(p, whole, MADV_HUGEPAGE);
    return p;
}

void *keep_big_zeroed(size_t n)
{
    if (n < KEEP_BIG_PAGE)
        return calloc(n, 1);
    void *p = keep_big_alloc(n);
    return p ? memset(p, 0, n) : NULL;
}
