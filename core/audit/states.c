/* Lists stand one after the other in one block of words, so that states compare
 * and hash as memory. */
#include "core/audit/states.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

enum { BLOCK_HEAD = 4 }; /* words of a state's numbers */

int keep_states_init(struct keep_states *t, size_t rules)
{
    *t = (struct keep_states){.words = rules / 64 + 1};
    t->block = calloc(BLOCK_HEAD + t->words + rules * (sizeof(struct keep_conjunct_left) / 8 + 2) + 8, sizeof *t->block);
    return t->block ? 0 : -1;
}

void keep_states_done(struct keep_states *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->state[i].block);
        free(t->state[i].maybes_set);
    }
    keep_u64map_free(&t->of);
    free(t->state);
    free(t->block);
    *t = (struct keep_states){0};
}

/* The state's lists as words behind a copy of its numbers; its lists point there. */
static size_t put(uint64_t *block, size_t at, const void *p, size_t bytes)
{
    size_t words = (bytes + 7) / 8;
    if (words) {
        block[at + words - 1] = 0;
        memcpy(block + at, p, bytes);
    }
    return at + words;
}

static void pack(struct keep_state *s, size_t words, uint64_t *block)
{
    const uint32_t head[2 * BLOCK_HEAD] = {(uint32_t)s->expected, s->own_late, s->opens, s->maybes, s->fires, s->unables, s->unknowns, 0};
    size_t at = put(block, 0, head, sizeof head);
    at = put(block, at, s->later, words * sizeof *s->later);
    at = put(block, at, s->open, s->opens * sizeof *s->open);
    at = put(block, at, s->maybe, s->maybes * sizeof *s->maybe);
    at = put(block, at, s->fire, s->fires * 4u);
    at = put(block, at, s->unable, s->unables * 4u);
    s->size = put(block, at, s->unknown, s->unknowns * 4u);
}

/* The state's own block, equal to the one packed. */
static int settle(struct keep_states *t, struct keep_state *s)
{
    if (!(s->block = malloc(s->size * 8)) || !(s->maybes_set = calloc(t->words, sizeof *s->maybes_set))) {
        free(s->block);
        return -1;
    }
    memcpy(s->block, t->block, s->size * 8);
    s->later = s->block + BLOCK_HEAD;
    const unsigned char *at = (const unsigned char *)(s->later + t->words);
    s->open = (const struct keep_conjunct_left *)(const void *)at;
    at += s->opens * sizeof *s->open;
    s->maybe = (const struct keep_conjunct_left *)(const void *)at;
    at += s->maybes * sizeof *s->maybe;
    s->fire = (const uint32_t *)(const void *)at;
    at += (s->fires * 4u + 7) / 8 * 8;
    s->unable = (const uint32_t *)(const void *)at;
    at += (s->unables * 4u + 7) / 8 * 8;
    s->unknown = (const uint32_t *)(const void *)at;
    memcpy(s->maybes_set, s->later, t->words * sizeof *s->maybes_set);
    for (uint32_t k = 0; k < s->maybes; k++)
        s->maybes_set[s->maybe[k].rule / 64] |= UINT64_C(1) << s->maybe[k].rule % 64;
    return 0;
}

_Static_assert(sizeof(struct keep_conjunct_left) % 8 == 0, "lists of them need no padding");

static uint64_t digest(const uint64_t *p, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = keep_u64map_mix(h ^ p[i]) * UINT64_C(0xBF58476D1CE4E5B9);
    return h;
}

int keep_states_intern(struct keep_states *t, const struct keep_state *like, uint32_t *out)
{
    struct keep_state made = *like, *s = &made;
    pack(s, t->words, t->block);
    for (uint64_t h = digest(t->block, s->size);; h++) {
        uint32_t *at = keep_u64map_put(&t->of, h);
        if (!at)
            return -1;
        if (*at != KEEP_U64MAP_NONE) {
            if (t->state[*at].size != s->size || memcmp(t->state[*at].block, t->block, s->size * 8) != 0)
                continue;
            *out = *at;
            return 0;
        }
        if (!keep_grow(&t->state, &t->cap, t->n + 1, sizeof *t->state, 64) || settle(t, s))
            return -1;
        *out = *at = (uint32_t)t->n;
        t->state[t->n++] = *s;
        return 0;
    }
}
