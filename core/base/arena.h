/* An arena: memory of one unit of work (a policy, an import batch, a report),
 * freed all at once, with a ceiling in bytes that stops a hostile input. */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stddef.h>

#include "core/base/str.h"

struct keep_arena;

/* ceiling: the most bytes handed out between two resets; 0 = no ceiling. NULL if out of memory. */
struct keep_arena *keep_arena_new(size_t ceiling);
void keep_arena_free(struct keep_arena *a); /* NULL allowed */

/* Forgets everything handed out and keeps the blocks for reuse. */
void keep_arena_reset(struct keep_arena *a);

/* 16-byte aligned, zeroed. NULL when out of memory or over the ceiling. */
void *keep_arena_alloc(struct keep_arena *a, size_t n);

/* The same, not zeroed: for what is filled at once. */
void *keep_arena_room(struct keep_arena *a, size_t n);

/* Zeroed; n * size with overflow checked. */
void *keep_arena_array(struct keep_arena *a, size_t n, size_t size);

/* The part of keep_arena_grow that is seldom reached: *cap is less than n. */
bool keep_arena_grow_more(struct keep_arena *a, void *array, size_t *cap, size_t n, size_t size, size_t first);

/* keep_grow (core/base/grow.h) for an array that lives in the arena. What is new is zeroed; the smaller array stays until the
 * arena is reset, so that all of them together take less than twice the largest. */
static inline bool keep_arena_grow(struct keep_arena *a, void *array, size_t *cap, size_t n, size_t size, size_t first)
{
    return n <= *cap || keep_arena_grow_more(a, array, cap, n, size, first);
}

/* A NUL-terminated copy. NULL as above. */
char *keep_arena_copy(struct keep_arena *a, const void *p, size_t n);

/* A copy of s with a NUL behind it that n does not count; {NULL,0} stays so. *ok = false when out of memory (NULL allowed). */
struct keep_str keep_arena_str(struct keep_arena *a, struct keep_str s, bool *ok);

/* What `from` handed out lives as long as a from now on; from is gone. Without regard to a's ceiling. */
void keep_arena_adopt(struct keep_arena *a, struct keep_arena *from);

/* Bytes handed out since the last reset, each piece counted as a multiple of 16. */
size_t keep_arena_used(const struct keep_arena *a);

/* Bytes left below the ceiling, SIZE_MAX without one: tells "over the limit" from "out of memory". */
size_t keep_arena_left(const struct keep_arena *a);

#endif
