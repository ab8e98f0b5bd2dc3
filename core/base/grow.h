/* An array that grows by doubling. */
#ifndef CORE_BASE_GROW_H
#define CORE_BASE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/* The part of keep_grow that is seldom reached: *cap is less than n. */
bool keep_grow_more(void *array, size_t *cap, size_t n, size_t size, size_t first);

/* Sees to it that an array has room for n items in all. `array` is the address of the caller's pointer (a T **, whatever T is),
 * which is NULL or from malloc; *cap is how many items it has room for; `size`, not 0, is the size of one; `first` is how many it
 * begins with. What is new is not initialised. False when there is no memory, or when the size does not fit a size_t: array and
 * *cap are as they were, and the array stays the caller's to free. */
static inline bool keep_grow(void *array, size_t *cap, size_t n, size_t size, size_t first)
{
    return n <= *cap || keep_grow_more(array, cap, n, size, first);
}

#endif
