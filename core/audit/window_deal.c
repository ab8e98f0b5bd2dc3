/* What was collected is dealt out, so that runs can be looked for in small heaps:
 * all events of one key come into one piece, and a piece with all that is looked at
 * there stays near the processor. Rules that count per the same share what is dealt
 * for them, and so do those that count per a user, say, and per a user and a chart:
 * a key of the latter lies within one of the former. Only numbers of events are
 * dealt; several threads do so, each with a share of the events, and what they dealt
 * is read in the order of the shares. */
#include "core/audit/window.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/audit/window_inside.h"
#include "core/base/grow.h"

enum {
    PIECE = 8192, /* events, about: with what is made of them some 700 KiB */
    PIECES = 1024, /* at most: each has a list that is written to */
    FIRST = 64
};

struct dealing {
    struct keep_window_deal *d;
    const struct keep_window *w;
    atomic_bool failed;
};

bool keep_window_any(const uint64_t *took, const uint64_t *mask, size_t words)
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

static void deal_share(void *ctx, size_t number)
{
    struct dealing *s = ctx;
    struct keep_window_deal *d = s->d;
    const struct keep_window *w = s->w;
    size_t from = w->events * number / d->shares, to = w->events * (number + 1) / d->shares;
    bool ok = true;
    for (size_t i = from; i < to && ok; i++)
        for (size_t v = 0; v < d->views && ok; v++) {
            uint64_t key;
            if (!keep_window_any(w->took + i * w->words, d->view[v].mask, w->words))
                continue;
            keep_window_key(w, &w->event[i], d->view[v].a, &key);
            ok = add(&d->list[(number * d->views + v) * d->pieces + (keep_sketch_hash(key) & (d->pieces - 1))], (uint32_t)i) == 0;
        }
    if (!ok)
        atomic_store(&s->failed, true);
}

static bool same_per(const struct keep_access *a, const struct keep_access *b)
{
    return a->pers == b->pers && memcmp(a->per, b->per, a->pers * sizeof *a->per) == 0;
}

/* Do all events of a key of b have one key of a? */
static bool within(const struct keep_access *a, const struct keep_access *b)
{
    return same_per(a, b) || (a->pers == 1 && keep_window_is_per(b, a->per[0], a->per[0]));
}

typedef bool fits(const struct keep_access *of, const struct keep_access *a);

/* The one of *n that `is` fit for a, made where none is. NULL: out of memory. */
static struct keep_window_view *find_or_add(struct keep_window_view *v, size_t *n, const struct keep_access *a, fits *is, size_t words)
{
    size_t i = 0;
    while (i < *n && !is(v[i].a, a))
        i++;
    if (i == *n) {
        v[i] = (struct keep_window_view){a, calloc(words, sizeof *v[i].mask), 0};
        *n += v[i].mask != NULL;
    }
    return v[i].mask ? &v[i] : NULL;
}

static void add_mask(const struct keep_window_counter *c, struct keep_window_view *v)
{
    for (size_t bit = c->bit; bit < c->bit + c->steps; bit++)
        v->mask[bit / 64] |= UINT64_C(1) << bit % 64;
}

static int counter_deal(struct keep_window_deal *d, const struct keep_window *w, size_t k)
{
    const struct keep_window_counter *c = &w->counter[k];
    struct keep_window_view *view = find_or_add(d->view, &d->views, c->a, within, w->words);
    struct keep_window_view *order = find_or_add(d->order, &d->orders, c->a, same_per, w->words);
    if (!view || !order)
        return -1;
    add_mask(c, view);
    add_mask(c, order);
    order->view = (uint32_t)(view - d->view);
    d->order_of[k] = (uint32_t)(order - d->order);
    return 0;
}

/* Every counter gets its order and its view: first those that count per one value, since the others may be within. */
static int views_make(struct keep_window_deal *d, const struct keep_window *w)
{
    d->view = calloc(w->counters, sizeof *d->view);
    d->order = calloc(w->counters, sizeof *d->order);
    d->order_of = calloc(w->counters, sizeof *d->order_of);
    int rc = d->view && d->order && d->order_of ? 0 : -1;
    for (uint32_t pers = 0; pers <= KEEP_ACCESS_KEYS; pers++)
        for (size_t k = 0; !rc && k < w->counters; k++)
            if (w->counter[k].a->pers == pers)
                rc = counter_deal(d, w, k);
    return rc;
}

int keep_window_deal(struct keep_window_deal *d, const struct keep_window *w, struct keep_crew *crew)
{
    *d = (struct keep_window_deal){.shares = keep_crew_threads(crew), .pieces = 1};
    while (d->pieces < PIECES && w->events / d->pieces > PIECE)
        d->pieces *= 2;
    struct dealing s = {.d = d, .w = w};
    if (views_make(d, w) || !(d->list = calloc(d->shares * d->views * d->pieces, sizeof *d->list)))
        return -1;
    keep_crew_each(crew, d->shares, deal_share, &s);
    return s.failed ? -1 : 0;
}

void keep_window_deal_done(struct keep_window_deal *d)
{
    for (size_t i = 0; d->list && i < d->shares * d->views * d->pieces; i++)
        free(d->list[i].event);
    for (size_t v = 0; v < d->views; v++)
        free(d->view[v].mask);
    for (size_t v = 0; v < d->orders; v++)
        free(d->order[v].mask);
    free(d->list);
    free(d->view);
    free(d->order);
    free(d->order_of);
    *d = (struct keep_window_deal){0};
}
