/* Memory of some megabytes that is looked at all over, or given back while much is
 * left to do: in large pages where the system has them, so that neither a first touch
 * nor a look costs a page of 4 KiB each, and gone when it is freed. */
#ifndef CORE_BASE_BIG_H
#define CORE_BASE_BIG_H

#include <stddef.h>

#define KEEP_BIG_PAGE ((size_t)2 << 20) /* bytes; what is smaller comes from malloc as ever */

/* n bytes; NULL: out of memory. */
void *keep_big_alloc(size_t n);
void *keep_big_zeroed(size_t n);
void keep_big_free(void *p, size_t n); /* of as many bytes as were asked for; NULL allowed */

/* Wishes that n bytes from malloc come in large pages where they have not been touched yet. */
void keep_big_wish(void *p, size_t n);

#endif
