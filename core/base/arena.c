/* An arena: a chain of blocks, each used from its front. Resetting goes back to
 * the first block and keeps the chain, so that a loop over a million small
 * inputs allocates a few times only. Under AddressSanitizer whatever is not
 * handed out is poisoned, so a pointer that outlives a reset is caught. */
#include "core/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/asan.h"
#include "core/base/big.h"
#include "core/base/num.h"

#if KEEP_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum {
    ALIGN = 16,
    FIRST_BLOCK = 16 * 1024,      /* a small unit, such as one short report, needs no more */
    LARGEST_BLOCK = 1024 * 1024,  /* doubling stops here; a larger request has a block of its own */
};

struct block {
    struct block *next;
    size_t size, used;
    size_t pad; /* keeps data at a multiple of 16 */
    unsigned char data[];
};

_Static_assert(offsetof(struct block, data) % ALIGN == 0, "data must be aligned");

struct keep_arena {
    struct block *first, *now;
    size_t ceiling, used, grow;
};

struct keep_arena *keep_arena_new(size_t ceiling)
{
    struct keep_arena *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->ceiling = ceiling;
    a->grow = FIRST_BLOCK;
    return a;
}

void keep_arena_free(struct keep_arena *a)
{
    if (!a)
        return;
    for (struct block *b = a->first, *next; b; b = next) {
        next = b->next;
        UNPOISON(b->data, b->size);
        keep_big_free(b, b->size + sizeof *b);
    }
    free(a);
}

void keep_arena_reset(struct keep_arena *a)
{
    for (struct block *b = a->first; b; b = b == a->now ? NULL : b->next) { /* none behind it is used; one before it may be empty, too small for what was asked for */
        POISON(b->data, b->size);
        b->used = 0;
    }
    a->now = a->first;
    a->used = 0;
}

void keep_arena_adopt(struct keep_arena *a, struct keep_arena *from)
{
    struct block **end = &from->first;
    while (*end)
        end = &(*end)->next;
    if (!a->now) /* nothing is handed out: all that a has are spare blocks */
        a->now = from->now;
    *end = a->first;
    a->first = from->first;
    a->used += from->used;
    free(from);
}

/* Makes a->now a block with room for need bytes: the next one of the chain if it
 * is large enough, else a new one put in front of it. */
static bool advance(struct keep_arena *a, size_t need)
{
    struct block *next = a->now ? a->now->next : a->first;
    if (next && next->size >= need) {
        a->now = next;
        return true;
    }
    size_t size = need > a->grow ? need : a->grow, whole;
    if (!keep_num_add(size, sizeof(struct block), &whole))
        return false;
    struct block *b = keep_big_alloc(whole);
    if (!b)
        return false;
    *b = (struct block){.next = next, .size = size};
    POISON(b->data, b->size);
    if (a->now)
        a->now->next = b;
    else
        a->first = b;
    a->now = b;
    if (a->grow < LARGEST_BLOCK)
        a->grow *= 2;
    return true;
}

void *keep_arena_room(struct keep_arena *a, size_t n)
{
    if (n > SIZE_MAX - ALIGN)
        return NULL;
    size_t need = n ? (n + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (need > keep_arena_left(a))
        return NULL;
    if ((!a->now || a->now->size - a->now->used < need) && !advance(a, need))
        return NULL;
    void *p = a->now->data + a->now->used;
    a->now->used += need;
    a->used += need;
    UNPOISON(p, n);
    return p;
}

void *keep_arena_alloc(struct keep_arena *a, size_t n)
{
    void *p = keep_arena_room(a, n);
    return p ? memset(p, 0, n) : NULL;
}

void *keep_arena_array(struct keep_arena *a, size_t n, size_t size)
{
    size_t whole;
    return keep_num_mul(n, size, &whole) ? keep_arena_alloc(a, whole) : NULL;
}

bool keep_arena_grow_more(struct keep_arena *a, void *array, size_t *cap, size_t n, size_t size, size_t first)
{
    size_t more = first;
    void *old, *p;
    if (*cap && !keep_num_mul(*cap, 2, &more))
        return false;
    if (more < n)
        more = n;
    if (!(p = keep_arena_array(a, more, size)))
        return false;
    memcpy(&old, array, sizeof old); /* a T *, which may not be reached as a void * */
    if (*cap)
        memcpy(p, old, *cap * size);
    memcpy(array, &p, sizeof p);
    *cap = more;
    return true;
}

char *keep_arena_copy(struct keep_arena *a, const void *p, size_t n)
{
    size_t whole;
    char *to = keep_num_add(n, 1, &whole) ? keep_arena_alloc(a, whole) : NULL;
    if (to && n)
        memcpy(to, p, n);
    return to;
}

struct keep_str keep_arena_str(struct keep_arena *a, struct keep_str s, bool *ok)
{
    struct keep_str out = {NULL, 0};
    if (s.p) {
        out.p = keep_arena_copy(a, s.p, s.n);
        out.n = out.p ? s.n : 0;
        if (!out.p && ok)
            *ok = false;
    }
    return out;
}

size_t keep_arena_used(const struct keep_arena *a)
{
    return a->used;
}

size_t keep_arena_left(const struct keep_arena *a)
{
    return a->ceiling ? a->ceiling - a->used : SIZE_MAX;
}
