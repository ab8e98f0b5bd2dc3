/* Linux takes the wish for large pages (THP) as advice: where it has none, or has
 * them switched off, everything works as without. A page begins where its size says,
 * so as much again is mapped and what stands over at both ends given back. Under
 * AddressSanitizer all of it comes from malloc, which it watches. */
#include "core/base/big.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/base/asan.h"

static size_t whole(size_t n)
{
    return (n + KEEP_BIG_PAGE - 1) / KEEP_BIG_PAGE * KEEP_BIG_PAGE;
}

void *keep_big_zeroed(size_t n)
{
    if (n < KEEP_BIG_PAGE || KEEP_ASAN)
        return calloc(n, 1);
    if (n > SIZE_MAX - 2 * KEEP_BIG_PAGE)
        return NULL;
    size_t have = whole(n) + KEEP_BIG_PAGE;
    char *p = mmap(NULL, have, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    size_t before = (KEEP_BIG_PAGE - (uintptr_t)p % KEEP_BIG_PAGE) % KEEP_BIG_PAGE;
    if (before)
        munmap(p, before);
    if (before < KEEP_BIG_PAGE)
        munmap(p + before + whole(n), KEEP_BIG_PAGE - before);
    madvise(p + before, whole(n), MADV_HUGEPAGE);
    return p + before;
}

void *keep_big_alloc(size_t n)
{
    return n < KEEP_BIG_PAGE || KEEP_ASAN ? malloc(n) : keep_big_zeroed(n);
}

void keep_big_free(void *p, size_t n)
{
    if (n < KEEP_BIG_PAGE || KEEP_ASAN)
        free(p);
    else if (p)
        munmap(p, whole(n));
}

void keep_big_wish(void *p, size_t n)
{
    size_t before = (KEEP_BIG_PAGE - (uintptr_t)p % KEEP_BIG_PAGE) % KEEP_BIG_PAGE;
    if (n >= before + KEEP_BIG_PAGE && !KEEP_ASAN)
        madvise((char *)p + before, (n - before) / KEEP_BIG_PAGE * KEEP_BIG_PAGE, MADV_HUGEPAGE);
}
