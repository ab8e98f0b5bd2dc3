/* What was collected is dealt out, so that runs can be looked for in small heaps:
 * all events of one key come into one piece, and a piece with all that is looked at
 * there stays near the processor. Rules that count per the same share what is dealt
 * for them. Only numbers of events are dealt; several threads do so, each with a
 * share of the events, and what they dealt is read in the order of the shares. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/window_inside.h"
#include "core/base/grow.h"

enum {
    PIECE = 8192, /* events, about: with what is made of them some 700 KiB */
    PIECES = 1024, /* at most: each has a list that is written to */
    FIRST = 64
};

/* One thread's work. */
struct share {
    struct keep_crew_job job;
    struct keep_window_deal *d;
    const struct keep_window *w;
    size_t number;
    int rc;
};

static bool any(const uint64_t *took, const uint64_t *mask, size_t words)
{
    uint64_t both = 0;
    for (size_t i = 0; i < words; i++)
        both |= took[i] & mask[i];
    return both != 0;
}

static int add(struct keep_window_list *l, uint32_t event)
{
    if (!keep_grow(&l->event, &l->room, l->n + 1, sizeof *l->event, FIRST))
        return -1;
    l->event[l->n++] = event;
    return 0;
}

static void deal_share(void *ctx)
{
    struct share *s = ctx;
    struct keep_window_deal *d = s->d;
    const struct keep_window *w = s->w;
    size_t from = w->events * s->number / d->shares, to = w->events * (s->number + 1) / d->shares;
    for (size_t i = from; i < to && !s->rc; i++)
        for (size_t v = 0; v < d->views && !s->rc; v++) {
            uint64_t key;
            if (!any(w->took + i * w->words, d->view[v].mask, w->words))
                continue;
            keep_window_key(w, &w->event[i], d->view[v].a, &key);
            s->rc = add(&d->list[(s->number * d->views + v) * d->pieces + (keep_sketch_hash(key) & (d->pieces - 1))], (uint32_t)i);
        }
}

static bool same_per(const struct keep_access *a, const struct keep_access *b)
{
    return a->pers == b->pers && memcmp(a->per, b->per, a->pers * sizeof *a->per) == 0;
}

/* Every counter gets its view. */
static int views_make(struct keep_window_deal *d, const struct keep_window *w)
{
    d->view = calloc(w->counters, sizeof *d->view);
    d->view_of = calloc(w->counters, sizeof *d->view_of);
    for (size_t k = 0; d->view && d->view_of && k < w->counters; k++) {
        const struct keep_window_counter *c = &w->counter[k];
        size_t v = 0;
        while (v < d->views && !same_per(d->view[v].a, c->a))
            v++;
        if (v == d->views) {
            d->view[v] = (struct keep_window_view){c->a, calloc(w->words, sizeof *d->view[v].mask)};
            d->views++;
        }
        if (!d->view[v].mask)
            return -1;
        for (size_t bit = c->bit; bit < c->bit + c->steps; bit++)
            d->view[v].mask[bit / 64] |= UINT64_C(1) << bit % 64;
        d->view_of[k] = (uint32_t)v;
    }
    return d->view && d->view_of ? 0 : -1;
}

int keep_window_deal(struct keep_window_deal *d, const struct keep_window *w, struct keep_crew *crew)
{
    *d = (struct keep_window_deal){.shares = keep_crew_threads(crew), .pieces = 1};
    while (d->pieces < PIECES && w->events / d->pieces > PIECE)
        d->pieces *= 2;
    struct share *share = calloc(d->shares, sizeof *share);
    int rc = share ? views_make(d, w) : -1;
    if (!rc && !(d->list = calloc(d->shares * d->views * d->pieces, sizeof *d->list)))
        rc = -1;
    for (size_t i = 0; !rc && i < d->shares; i++) {
        share[i] = (struct share){.job = {.run = deal_share, .ctx = &share[i]}, .d = d, .w = w, .number = i};
        keep_crew_give(crew, &share[i].job);
    }
    for (size_t i = 0; share && i < d->shares; i++) {
        keep_crew_wait(crew, &share[i].job);
        rc = rc ? rc : share[i].rc;
    }
    free(share);
    return rc;
}

void keep_window_deal_done(struct keep_window_deal *d)
{
    for (size_t i = 0; d->list && i < d->shares * d->views * d->pieces; i++)
        free(d->list[i].event);
    for (size_t v = 0; v < d->views; v++)
        free(d->view[v].mask);
    free(d->list);
    free(d->view);
    free(d->view_of);
    *d = (struct keep_window_deal){0};
}
