/* Finding the runs. What was collected is put in order once, by (time, event);
 * each rule then takes its own, but for what no run can come of, sorts them so,
 * and by key, which keeps that order. Two hands move over what is counted, and sequence.c looks for chains in the
 * rest. Rules know nothing of each other: each is a job of the crew, whose runs
 * get their numbers when all are done. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/sequence.h"
#include "core/audit/u64map.h"
#include "core/audit/window_inside.h"
#include "core/base/big.h"

/* ---- sorting ---- */

struct keyed {
    uint64_t key;
    uint32_t at, pad;
};

enum {
    DIGIT = 11, DIGITS = (64 + DIGIT - 1) / DIGIT,
    NEAR = 1 << 20, /* so many values more than items still make a table of some MiB */
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

static bool by_id(const struct keep_window_event *x, const struct keep_window_event *y)
{
    return x->source != y->source ? x->source < y->source : x->ordinal < y->ordinal;
}

/* rank[event]: its place in the order of (time, source, ordinal). *span: from the first to the last. */
static int rank_events(const struct keep_window *w, uint32_t *rank, int64_t *span)
{
    size_t n = w->events;
    struct keyed *v = keep_big_alloc((2 * n + 1) * sizeof *v);
    if (!v)
        return -1;
    for (size_t i = 0; i < n; i++)
        v[i] = (struct keyed){(uint64_t)w->event[i].time ^ UINT64_C(1) << 63, (uint32_t)i, 0};
    sort_beginning(v, v + n, n);
    for (size_t i = 1; i < n; i++) { /* those of one instant are few */
        struct keyed x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1].key == x.key && by_id(&w->event[x.at], &w->event[v[k - 1].at]); k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
    for (size_t i = 0; i < n; i++)
        rank[v[i].at] = (uint32_t)i;
    *span = n && v[n - 1].key - v[0].key <= INT64_MAX ? (int64_t)(v[n - 1].key - v[0].key) : n ? INT64_MAX : 0;
    keep_big_free(v, (2 * n + 1) * sizeof *v);
    return 0;
}

/* ---- one rule ---- */

struct ruling {
    const struct keep_window *w;
    struct keep_window_counter *c;
    const uint32_t *rank;
    int64_t span;                  /* from the first event to the last */
    struct keep_crew_job job;
    int rc;
    struct keep_window_item *item; /* by key, each key's in order */
    size_t n;
    uint32_t runs;
    uint64_t *peak;                /* of each run */
};

/* The rule's events in order, as items sorted by key. */
static int items_make(struct ruling *r)
{
    const struct keep_window *w = r->w;
    const struct keep_window_counter *c = r->c;
    size_t room = (2 * c->parts + 1) * sizeof(struct keyed);
    struct keyed *v = keep_big_alloc(room);
    bool ok = v && (r->item = keep_big_alloc((c->parts + 1) * sizeof *r->item));
    for (size_t i = 0; ok && i < c->parts; i++)
        v[i] = (struct keyed){r->rank[c->part[i].event], (uint32_t)i, 0};
    if (ok)
        sort_beginning(v, v + c->parts, c->parts);
    for (size_t i = 0; ok && i < c->parts; i++)
        keep_window_key(w, &w->event[c->part[v[i].at].event], c->a, &v[i].key);
    if (ok)
        sort(v, v + c->parts, c->parts);
    for (size_t i = 0; ok && i < c->parts; i++) {
        const struct keep_window_part *p = &c->part[v[i].at];
        struct keep_window_item *it = &r->item[r->n++];
        *it = (struct keep_window_item){w->event[p->event].time, v[i].key, p->event, p->steps, KEEP_WINDOW_NO_RUN};
        if (keep_window_tells_apart(c->a))
            keep_window_value(w, &w->event[p->event], c->a->distinct, &it->what);
    }
    keep_big_free(v, room);
    return ok ? 0 : -1;
}

/* Values told apart that lie near each other are counted from the least of them; *n: how many there can be. false: they do not. */
static bool shift_values(struct ruling *r, uint32_t *n)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (size_t i = 0; i < r->n; i++) {
        least = r->item[i].what < least ? r->item[i].what : least;
        most = r->item[i].what > most ? r->item[i].what : most;
    }
    if (r->n && (size_t)most - least >= NEAR + r->n)
        return false;
    for (size_t i = 0; i < r->n; i++)
        r->item[i].what -= least;
    *n = r->n ? most - least + 1 : 0;
    return true;
}

/* Numbers the values told apart from 0, so that a window's tally is an array. */
static int number_values(struct ruling *r, uint32_t *n)
{
    struct keep_u64map of = KEEP_U64MAP_INIT;
    int rc = 0;
    *n = 0;
    if (!keep_window_tells_apart(r->c->a) || shift_values(r, n))
        return 0;
    for (size_t i = 0; i < r->n && !rc; i++) {
        uint32_t *at = keep_u64map_put(&of, r->item[i].what);
        if (at && *at == KEEP_U64MAP_NONE)
            *at = (*n)++;
        rc = at ? 0 : -1;
        r->item[i].what = at ? *at : 0;
    }
    keep_u64map_free(&of);
    return rc;
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

static int runs_find(struct ruling *r, uint32_t *seen)
{
    const struct keep_access *a = r->c->a;
    int rc = 0;
    for (size_t begin = 0, end; begin < r->n && !rc; begin = end) {
        for (end = begin + 1; end < r->n && r->item[end].key == r->item[begin].key; end++)
            ;
        if (a->steps)
            rc = keep_sequence_run(a, r->w->as_of, r->item + begin, end - begin, &r->runs);
        else if (end - begin >= (uint64_t)a->limit)
            slide(r->item + begin, end - begin, a, seen, &r->runs, r->peak);
    }
    for (size_t i = 0; i < r->n && a->steps && !rc; i++)
        if (r->item[i].run != KEEP_WINDOW_NO_RUN)
            r->peak[r->item[i].run]++;
    return rc;
}

static void rule(void *ctx)
{
    struct ruling *r = ctx;
    uint32_t values = 0, *seen = NULL;
    bool ok = keep_window_sieve(r->w, r->c, r->span) == 0 && items_make(r) == 0 && number_values(r, &values) == 0 && (seen = calloc((size_t)values + 1, sizeof *seen)) && (r->peak = calloc(r->n + 1, sizeof *r->peak));
    r->rc = ok ? runs_find(r, seen) : -1;
    free(seen);
}

/* ---- all of them ---- */

/* Of each event its hits, rule by rule; runs are numbered through all rules. */
static int hits_make(struct keep_window *w, const struct ruling *r)
{
    size_t n = 0;
    w->first = calloc(w->events + 2, sizeof *w->first);
    for (size_t k = 0; w->first && k < w->counters; k++)
        for (size_t i = 0; r[k].runs && i < r[k].n; i++)
            if (r[k].item[i].run != KEEP_WINDOW_NO_RUN) {
                w->first[r[k].item[i].event + 2]++;
                n++;
            }
    if (!w->first || !(w->hit = malloc((n + 1) * sizeof *w->hit)))
        return -1;
    for (size_t i = 2; i < w->events + 2; i++) /* [event + 1] its beginning, which moves to its end as they are placed */
        w->first[i] += w->first[i - 1];
    uint32_t runs = 0;
    for (size_t k = 0; k < w->counters; runs += r[k++].runs)
        for (size_t i = 0; r[k].runs && i < r[k].n; i++) {
            const struct keep_window_item *it = &r[k].item[i];
            if (it->run != KEEP_WINDOW_NO_RUN)
                w->hit[w->first[it->event + 1]++] = (struct keep_window_hit){w->counter[k].rule, runs + it->run, r[k].peak[it->run]};
        }
    return 0;
}

int keep_window_resolve(struct keep_window *w, struct keep_crew *crew, struct keep_err *err)
{
    struct ruling *r = calloc(w->counters + 1, sizeof *r);
    uint32_t *rank = malloc((w->events + 1) * sizeof *rank);
    int64_t span = 0;
    int rc = r && rank ? rank_events(w, rank, &span) : -1;
    for (size_t k = 0; !rc && k < w->counters; k++) {
        r[k] = (struct ruling){.w = w, .c = &w->counter[k], .rank = rank, .span = span};
        r[k].job = (struct keep_crew_job){.run = rule, .ctx = &r[k]};
        keep_crew_give(crew, &r[k].job);
    }
    for (size_t k = 0; r && k < w->counters; k++) {
        if (r[k].w)
            keep_crew_wait(crew, &r[k].job);
        rc = rc ? rc : r[k].rc;
    }
    if (!rc)
        rc = hits_make(w, r);
    for (size_t k = 0; r && k < w->counters; k++) {
        keep_big_free(r[k].item, (w->counter[k].parts + 1) * sizeof *r[k].item);
        free(r[k].peak);
        free(w->counter[k].part);
        w->counter[k].part = NULL;
        w->counter[k].parts = w->counter[k].room = 0;
    }
    free(r);
    free(rank);
    return rc ? keep_err_set(err, KEEP_E_NOMEM, "out of memory while counting accesses") : 0;
}

const struct keep_window_hit *keep_window_find(const struct keep_window *w, uint32_t taken, size_t *n)
{
    *n = w->first[taken + 1] - w->first[taken];
    return w->hit + w->first[taken];
}
