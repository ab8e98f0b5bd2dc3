/* Finding the runs. What was collected is dealt out in pieces (window_deal.c), each
 * of which has all events of its keys: it is put in order by key, and each key's by
 * (time, source, ordinal). Every rule that counts per such a key then looks at its
 * own among them; most keys have too few, or too far apart, for any run. In the rest
 * two hands move over what is counted, and sequence.c looks for chains. Threads take
 * piece after piece; runs get their numbers when all are done. */
#include "core/audit/window.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/audit/sequence.h"
#include "core/audit/u64map.h"
#include "core/audit/window_inside.h"
#include "core/base/big.h"
#include "core/base/grow.h"

/* ---- sorting ---- */

struct keyed {
    uint64_t key;
    uint32_t at, pad;
};

enum {
    DIGIT = 11, DIGITS = (64 + DIGIT - 1) / DIGIT,
    NEAR = 1 << 20, /* so many values more than items still make a table of some MiB */
    FIRST = 256,    /* things an array begins with */
    AHEAD = 16      /* events that are brought nearer before they are looked at: they lie far apart */
};

/* Stable, digit by digit from the least; digits that are the same in all are passed over. tmp: room for n. The result is in v. */
static void sort(struct keyed *v, struct keyed *tmp, size_t n)
{
    uint64_t differ = 0;
    struct keyed *from = v, *to = tmp;
    for (size_t i = 1; i < n; i++)
        differ |= v[i].key ^ v[0].key;
    for (int d = 0; d < DIGITS; d++) {
        enum { MASK = (1 << DIGIT) - 1 };
        size_t begin[(1 << DIGIT) + 1] = {0};
        if (!(differ >> d * DIGIT & MASK))
            continue;
        for (size_t i = 0; i < n; i++)
            begin[(from[i].key >> d * DIGIT & MASK) + 1]++;
        for (int k = 0; k < MASK; k++)
            begin[k + 1] += begin[k];
        for (size_t i = 0; i < n; i++)
            to[begin[from[i].key >> d * DIGIT & MASK]++] = from[i];
        struct keyed *other = from;
        from = to;
        to = other;
    }
    if (from != v)
        memcpy(v, from, n * sizeof *v);
}

/* The same where the end mostly is in order already: what an earlier audit collected stands behind what this one did. */
static void sort_beginning(struct keyed *v, struct keyed *tmp, size_t n)
{
    size_t begin = n ? n - 1 : 0;
    while (begin > 0 && v[begin - 1].key <= v[begin].key)
        begin--;
    sort(v, tmp, begin);
    memcpy(tmp, v, begin * sizeof *v);
    for (size_t i = 0, k = begin, at = 0; i < begin; at++) /* what is left of the end stands where it belongs */
        v[at] = k < n && v[k].key < tmp[i].key ? v[k++] : tmp[i++];
}

/* ---- what is found ---- */

struct in_run {
    uint32_t event, run; /* run: of those of the rule in the piece */
};

/* What of one rule is in one piece. */
struct found {
    struct in_run *in;
    size_t n, room;
    uint64_t *peak;      /* of each run */
    size_t peak_room;
    uint32_t runs, first; /* first: the number of the first one, of all that there are */
};

struct finding {
    struct keep_window *w;
    struct keep_window_deal deal;
    struct found *found;  /* of each piece, in it of each counter */
    _Atomic size_t next;  /* the next piece, of those of all views, that nobody works on yet */
};

/* A thread's, used for piece after piece. */
struct worker {
    struct finding *f;
    int rc;
    struct keyed *v;      /* three times as many as events: in the order of (time, source, ordinal), by key, and room to sort */
    struct keep_window_event *event;
    uint64_t *took;
    uint32_t *number;     /* of each event, in the window */
    struct keep_window_item *item;
    uint32_t *seen;       /* a tally of values; 0 when nobody looks */
    size_t n, sorted, v_room, event_room, took_room, number_room, item_room, seen_room;
};

static struct found *found_at(const struct finding *f, size_t piece, size_t counter)
{
    return &f->found[piece * f->w->counters + counter];
}

/* ---- a piece ---- */

static int gather(struct worker *k, size_t view, size_t piece)
{
    const struct keep_window *w = k->f->w;
    const struct keep_window_deal *d = &k->f->deal;
    size_t n = 0, words = w->words;
    for (size_t s = 0; s < d->shares; s++)
        n += keep_window_dealt(d, s, view, piece)->n;
    if (!keep_grow(&k->v, &k->v_room, 3 * n, sizeof *k->v, FIRST) || !keep_grow(&k->event, &k->event_room, n, sizeof *k->event, FIRST) ||
        !keep_grow(&k->took, &k->took_room, n * words, sizeof *k->took, FIRST) || !keep_grow(&k->number, &k->number_room, n, sizeof *k->number, FIRST) ||
        !keep_grow(&k->item, &k->item_room, n, sizeof *k->item, FIRST))
        return -1;
    k->n = 0;
    for (size_t s = 0; s < d->shares; s++) {
        const struct keep_window_list *l = keep_window_dealt(d, s, view, piece);
        if (l->n)
            memcpy(k->number + k->n, l->event, l->n * sizeof *k->number);
        k->n += l->n;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t number = k->number[i], ahead = k->number[i + AHEAD < n ? i + AHEAD : i];
        __builtin_prefetch(&w->event[ahead]);
        __builtin_prefetch(w->took + ahead * words);
        k->event[i] = w->event[number];
        for (size_t word = 0; word < words; word++)
            k->took[i * words + word] = w->took[number * words + word];
    }
    return 0;
}

static bool by_id(const struct keep_window_event *x, const struct keep_window_event *y)
{
    return x->source != y->source ? x->source < y->source : x->ordinal < y->ordinal;
}

/* All of them by (time, source, ordinal). */
static void put_in_order(struct worker *k)
{
    struct keyed *v = k->v;
    for (size_t i = 0; i < k->n; i++)
        v[i] = (struct keyed){(uint64_t)k->event[i].time ^ UINT64_C(1) << 63, (uint32_t)i, 0};
    sort_beginning(v, v + k->n, k->n);
    for (size_t i = 1; i < k->n; i++) { /* those of one instant are few */
        struct keyed x = v[i];
        size_t to = i;
        for (; to > 0 && v[to - 1].key == x.key && by_id(&k->event[x.at], &k->event[v[to - 1].at]); to--)
            v[to] = v[to - 1];
        v[to] = x;
    }
}

/* Those that rules of the order count, by key, each key's in that order. */
static struct keyed *put_by_key(struct worker *k, const struct keep_window_view *order)
{
    const struct keep_window *w = k->f->w;
    struct keyed *v = k->v + k->n;
    k->sorted = 0;
    for (size_t i = 0; i < k->n; i++) {
        uint32_t at = k->v[i].at;
        if (!keep_window_any(k->took + at * w->words, order->mask, w->words))
            continue;
        v[k->sorted].at = at;
        keep_window_key(w, &k->event[at], order->a, &v[k->sorted++].key);
    }
    sort(v, v + k->n, k->sorted);
    return v;
}

/* ---- one rule and key ---- */

/* The rule's among so many events of one key; how many. */
static size_t items_make(struct worker *k, const struct keep_window_counter *c, const struct keyed *v, size_t events)
{
    const struct keep_window *w = k->f->w;
    size_t n = 0;
    for (size_t i = 0; i < events; i++) {
        uint32_t at = v[i].at, steps = keep_window_steps_of(c, k->took + at * w->words);
        if (!steps)
            continue;
        struct keep_window_item *it = &k->item[n++];
        *it = (struct keep_window_item){k->event[at].time, k->number[at], steps, KEEP_WINDOW_NO_RUN};
        if (keep_window_tells_apart(c->a))
            keep_window_value(w, &k->event[at], c->a->distinct, &it->what);
    }
    return n;
}

/* Do so many stand near each other at all? */
static bool enough(const struct keep_window_item *item, size_t n, const struct keep_access *a)
{
    size_t limit = (size_t)a->limit;
    bool any = false;
    for (size_t i = limit - 1; i < n && !any; i++)
        any = item[i].time - item[i - (limit - 1)].time <= a->within;
    return any;
}

/* Values told apart that lie near each other are counted from the least of them; *most: how many there can be. false: they do not. */
static bool shift_values(struct keep_window_item *item, size_t n, uint32_t *most)
{
    uint32_t least = UINT32_MAX, last = 0;
    for (size_t i = 0; i < n; i++) {
        least = item[i].what < least ? item[i].what : least;
        last = item[i].what > last ? item[i].what : last;
    }
    if ((size_t)last - least >= NEAR + n)
        return false;
    for (size_t i = 0; i < n; i++)
        item[i].what -= least;
    *most = last - least + 1;
    return true;
}

/* Numbers the values told apart from 0, so that a window's tally is an array, and sees to it that there is one. */
static int number_values(struct worker *k, size_t n)
{
    struct keep_u64map of = KEEP_U64MAP_INIT;
    uint32_t values = 0;
    int rc = 0;
    if (!shift_values(k->item, n, &values))
        for (size_t i = 0; i < n && !rc; i++) {
            uint32_t *at = keep_u64map_put(&of, k->item[i].what);
            if (at && *at == KEEP_U64MAP_NONE)
                *at = values++;
            rc = at ? 0 : -1;
            k->item[i].what = at ? *at : 0;
        }
    keep_u64map_free(&of);
    size_t had = k->seen_room;
    if (rc || !keep_grow(&k->seen, &k->seen_room, values, sizeof *k->seen, FIRST))
        return -1;
    memset(k->seen + had, 0, (k->seen_room - had) * sizeof *k->seen);
    return 0;
}

/* Over the n items of one key. seen: how many of each value stand in the window; peak: of each run. */
static void slide(struct keep_window_item *it, size_t n, const struct keep_access *a, uint32_t *seen, uint32_t *run, uint64_t *peak)
{
    bool apart = keep_window_tells_apart(a), any = false;
    size_t tail = 0, filled = 0; /* filled: items before it have their run, or never will */
    uint64_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        distinct += apart && seen[it[i].what]++ == 0;
        for (; it[i].time - it[tail].time > a->within; tail++)
            distinct -= apart && --seen[it[tail].what] == 0;
        uint64_t have = apart ? distinct : i - tail + 1;
        if (have < (uint64_t)a->limit)
            continue;
        if (!any || tail >= filled)
            ++*run;
        any = true;
        for (size_t k = tail > filled ? tail : filled; k <= i; k++)
            it[k].run = *run - 1;
        peak[*run - 1] = have > peak[*run - 1] ? have : peak[*run - 1];
        filled = i + 1;
    }
    for (; apart && tail < n; tail++)
        seen[it[tail].what]--;
}

/* The runs among n items. */
static int runs_find(struct worker *k, const struct keep_access *a, struct found *f, size_t n)
{
    uint32_t before = f->runs;
    int rc = 0;
    if (!a->steps && (n < (uint64_t)a->limit || !enough(k->item, n, a)))
        return 0;
    if (!keep_grow(&f->peak, &f->peak_room, f->runs + n, sizeof *f->peak, FIRST))
        return -1;
    if (n)
        memset(f->peak + f->runs, 0, n * sizeof *f->peak);
    if (a->steps)
        rc = keep_sequence_run(a, k->f->w->as_of, k->item, n, &f->runs);
    else if (!keep_window_tells_apart(a) || (rc = number_values(k, n)) == 0)
        slide(k->item, n, a, k->seen, &f->runs, f->peak);
    for (size_t i = 0; i < n && !rc && f->runs > before; i++) {
        const struct keep_window_item *it = &k->item[i];
        if (it->run == KEEP_WINDOW_NO_RUN)
            continue;
        f->peak[it->run] += a->steps > 0;
        if (!keep_grow(&f->in, &f->room, f->n + 1, sizeof *f->in, FIRST))
            return -1;
        f->in[f->n++] = (struct in_run){it->event, it->run};
    }
    return rc;
}

/* The runs of rules of one order, key by key. */
static int order_find(struct worker *k, size_t order, size_t piece)
{
    const struct keep_window *w = k->f->w;
    const struct keyed *v = put_by_key(k, &k->f->deal.order[order]);
    int rc = 0;
    for (size_t begin = 0, end; begin < k->sorted && !rc; begin = end) {
        for (end = begin + 1; end < k->sorted && v[end].key == v[begin].key; end++)
            ;
        for (size_t c = 0; c < w->counters && !rc; c++)
            if (k->f->deal.order_of[c] == order)
                rc = runs_find(k, w->counter[c].a, found_at(k->f, piece, c), items_make(k, &w->counter[c], v + begin, end - begin));
    }
    return rc;
}

static int piece_find(struct worker *k, size_t view, size_t piece)
{
    int rc = gather(k, view, piece);
    if (!rc && k->n)
        put_in_order(k);
    for (size_t i = 0; i < k->f->deal.orders && k->n && !rc; i++)
        if (k->f->deal.order[i].view == view)
            rc = order_find(k, i, piece);
    return rc;
}

static void find_some(void *ctx, size_t thread)
{
    struct worker *k = (struct worker *)ctx + thread;
    size_t pieces = k->f->deal.pieces, all = pieces * k->f->deal.views;
    for (size_t i; !k->rc && (i = atomic_fetch_add(&k->f->next, 1)) < all;)
        k->rc = piece_find(k, i / pieces, i % pieces);
}

/* ---- all of them ---- */

/* Runs are numbered rule by rule. */
static int number_runs(struct finding *f)
{
    struct keep_window *w = f->w;
    size_t runs = 0;
    if (!(w->telling = calloc(w->counters, sizeof *w->telling)))
        return -1;
    for (uint32_t c = 0; c < w->counters; c++) {
        size_t before = runs;
        for (size_t p = 0; p < f->deal.pieces; p++) {
            found_at(f, p, c)->first = (uint32_t)runs;
            runs += found_at(f, p, c)->runs;
        }
        if (runs == before)
            continue;
        w->telling[w->tellings++] = c;
        if (!(w->counter[c].run = keep_big_zeroed(w->events * sizeof *w->counter[c].run)))
            return -1;
    }
    w->peak = malloc((runs + 1) * sizeof *w->peak);
    return w->peak && runs < UINT32_MAX ? 0 : -1;
}

/* Tells the events of a piece which runs they are in. */
static void tell_piece(void *ctx, size_t piece)
{
    const struct finding *all = ctx;
    const struct keep_window *w = all->w;
    for (size_t c = 0; c < w->counters; c++) {
        const struct found *f = found_at(all, piece, c);
        for (size_t i = 0; i < f->n; i++)
            w->counter[c].run[f->in[i].event] = 1 + f->first + f->in[i].run;
        if (f->runs)
            memcpy(w->peak + f->first, f->peak, f->runs * sizeof *f->peak);
    }
}

/* Has all threads take pieces, each with memory of its own. */
static int find_all(struct finding *f, struct worker *worker, struct keep_crew *crew)
{
    int rc = 0;
    for (size_t i = 0; i < f->deal.shares; i++)
        worker[i].f = f;
    keep_crew_each(crew, f->deal.shares, find_some, worker);
    for (size_t i = 0; i < f->deal.shares && !rc; i++)
        rc = worker[i].rc;
    return rc;
}

static void finding_done(struct finding *f, struct worker *worker)
{
    for (size_t i = 0; f->found && i < f->deal.pieces * f->w->counters; i++) {
        free(f->found[i].in);
        free(f->found[i].peak);
    }
    for (size_t i = 0; worker && i < f->deal.shares; i++) {
        void *room[] = {worker[i].v, worker[i].event, worker[i].took, worker[i].number, worker[i].item, worker[i].seen};
        for (size_t n = 0; n < sizeof room / sizeof *room; n++)
            free(room[n]);
    }
    free(f->found);
    free(worker);
    keep_window_deal_done(&f->deal);
}

int keep_window_resolve(struct keep_window *w, struct keep_crew *crew, struct keep_err *err)
{
    struct finding f = {.w = w};
    struct worker *worker = NULL;
    int rc = keep_window_deal(&f.deal, w, crew);
    if (!rc && (!(worker = calloc(f.deal.shares, sizeof *worker)) || !(f.found = calloc(f.deal.pieces * w->counters, sizeof *f.found))))
        rc = -1;
    if (!rc)
        rc = find_all(&f, worker, crew);
    if (!rc)
        rc = number_runs(&f);
    if (!rc)
        keep_crew_each(crew, f.deal.pieces, tell_piece, &f);
    finding_done(&f, worker);
    return rc ? keep_err_set(err, KEEP_E_NOMEM, "out of memory while counting accesses") : 0;
}

uint32_t keep_window_subject(const struct keep_window *w, uint32_t taken)
{
    return w->event[taken].subject;
}

size_t keep_window_rules(const struct keep_window *w)
{
    return w->counters;
}

size_t keep_window_find(const struct keep_window *w, uint32_t taken, struct keep_window_hit *out)
{
    size_t n = 0;
    for (size_t k = 0; k < w->tellings; k++) {
        const struct keep_window_counter *c = &w->counter[w->telling[k]];
        if (c->run[taken])
            out[n++] = (struct keep_window_hit){c->rule, c->run[taken] - 1, w->peak[c->run[taken] - 1]};
    }
    return n;
}
