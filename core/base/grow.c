/* Doubling, so that n items that come one by one are moved fewer than 2n times. The
 * caller's pointer is copied out and in byte by byte: it is a T *, which may not be
 * reached as a void *. */
#include "core/base/grow.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/big.h"
#include "core/base/num.h"

bool keep_grow_more(void *array, size_t *cap, size_t n, size_t size, size_t first)
{
    size_t more = first, bytes;
    void *p;
    if (*cap && !keep_num_mul(*cap, 2, &more))
        return false;
    if (more < n)
        more = n;
    if (!keep_num_mul(more, size, &bytes))
        return false;
    memcpy(&p, array, sizeof p);
    if (!(p = realloc(p, bytes)))
        return false;
    keep_big_wish(p, bytes);
    memcpy(array, &p, sizeof p);
    *cap = more;
    return true;
}
