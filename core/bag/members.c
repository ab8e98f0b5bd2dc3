/* An array in the tar's order and an open-addressed table of its indices. The hash
 * is keyed at random, so that nobody can choose names that fall together. */
#include "core/bag/members.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/grow.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"

#define FIRST_SLOTS 1024u /* a power of two, as every later size is */

struct keep_members {
    uint8_t key[32];
    struct keep_arena *names;
    struct keep_member *list;
    size_t n, cap;
    uint32_t *slot; /* index + 1, 0 free */
    size_t slots;
};

int keep_members_new(struct keep_members **out, struct keep_err *err)
{
    struct keep_members *t = calloc(1, sizeof *t);
    if (t) {
        keep_secret_random(t->key, sizeof t->key);
        t->names = keep_arena_new(0);
        t->slot = calloc(FIRST_SLOTS, sizeof *t->slot);
        t->slots = FIRST_SLOTS;
    }
    if (!t || !t->names || !t->slot) {
        keep_members_free(t);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    *out = t;
    return 0;
}

void keep_members_free(struct keep_members *t)
{
    if (!t)
        return;
    keep_arena_free(t->names);
    free(t->list);
    free(t->slot);
    free(t);
}

/* The slot that holds the name, or the free one where it belongs. */
static size_t place(const struct keep_members *t, struct keep_str name)
{
    uint8_t digest[KEEP_HASH_SHORT];
    size_t at;
    keep_hash_short(digest, name.p, name.n, t->key);
    memcpy(&at, digest, sizeof at);
    at &= t->slots - 1;
    while (t->slot[at] && !keep_str_is(name, t->list[t->slot[at] - 1].name))
        at = (at + 1) & (t->slots - 1);
    return at;
}

static bool grow(struct keep_members *t)
{
    if (!keep_grow(&t->list, &t->cap, t->n + 1, sizeof *t->list, FIRST_SLOTS / 2))
        return false;
    if (2 * (t->n + 1) <= t->slots)
        return true;
    uint32_t *old = t->slot, *slot = calloc(2 * t->slots, sizeof *slot);
    if (!slot)
        return false;
    t->slot = slot;
    t->slots *= 2;
    for (size_t i = 0; i < t->n; i++)
        t->slot[place(t, keep_str_of(t->list[i].name))] = (uint32_t)i + 1;
    free(old);
    return true;
}

int keep_members_add(struct keep_members *t, const char *name, uint64_t size, struct keep_member **out, struct keep_err *err)
{
    struct keep_str s = keep_str_of(name);
    if (t->n == KEEP_MEMBERS_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %u files in a package", KEEP_MEMBERS_MAX);
    if (!grow(t))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    size_t at = place(t, s);
    if (t->slot[at])
        return 1;
    struct keep_member *m = &t->list[t->n];
    memset(m, 0, sizeof *m);
    m->name = keep_arena_copy(t->names, s.p, s.n);
    m->size = size;
    if (!m->name)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    t->slot[at] = (uint32_t)++t->n;
    *out = m;
    return 0;
}

struct keep_member *keep_members_find(const struct keep_members *t, struct keep_str name)
{
    uint32_t i = t->slot[place(t, name)];
    return i ? &t->list[i - 1] : NULL;
}

size_t keep_members_count(const struct keep_members *t)
{
    return t->n;
}

struct keep_member *keep_members_at(const struct keep_members *t, size_t i)
{
    return &t->list[i];
}
