/* A window of length D lies within two neighbouring stretches of length D, so a
 * stretch matters only if with one neighbour it holds at least the limit. What
 * is collected is sorted by (rule, key, time, event), and two hands move over it. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/u64map.h"

struct item {
    uint32_t rule, key, what; /* rule: place in counter; what: the value counted apart */
    uint32_t source;
    uint64_t ordinal;
    keep_time time;
    uint32_t run, next;       /* KEEP_U64MAP_NONE: none; next: another of the same hash key */
};

struct counter {
    uint32_t rule; /* in the policy */
    const struct keep_access *a;
    struct keep_u64map stretch; /* (key, stretch) -> events */
    bool wanted;
};

struct keep_window {
    struct counter *counter;
    size_t counters;
    struct item *item;
    size_t items, cap;
    struct keep_u64map found; /* event -> first item in a run */
    uint64_t *peak;           /* of each run */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while counting accesses");
}

/* What events are counted per, or counted apart by, as a number; false: this event has none. */
static bool value_of(enum keep_field f, struct keep_judge *j, const struct keep_events *b, uint32_t i, uint32_t *out)
{
    switch ((int)f) {
    case KEEP_FIELD_user_id: *out = keep_judge_subject(j, b, i); break;
    case KEEP_FIELD_user_login: *out = b->account[i]; break;
    case KEEP_FIELD_event_patient_id:
    case KEEP_FIELD_patient_id: *out = b->patient[i]; break;
    case KEEP_FIELD_event_place: *out = b->place[i]; break;
    case KEEP_FIELD_event_unit: *out = b->unit[i]; break;
    default: return false;
    }
    return *out != KEEP_ID_NONE;
}

static bool countable(enum keep_field f)
{
    return f == KEEP_FIELD_user_id || f == KEEP_FIELD_user_login || f == KEEP_FIELD_event_patient_id || f == KEEP_FIELD_patient_id ||
           f == KEEP_FIELD_event_place || f == KEEP_FIELD_event_unit;
}

int keep_window_new(struct keep_window **out, const struct keep_policy *p, struct keep_err *err)
{
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_access *a = &p->access[i];
        if (a->form == KEEP_ACCESS_SINGLE || a->evidence)
            continue;
        if (!countable(a->per) || (a->form == KEEP_ACCESS_DISTINCT && !countable(a->distinct)) || a->within <= 0 || a->limit < 1)
            return keep_err_at(err, KEEP_E_USAGE, a->at.file, a->at.line, a->at.col, "this cannot be counted");
        n++;
    }
    if (!n)
        return 0;
    struct keep_window *w = calloc(1, sizeof *w);
    if (!w || !(w->counter = calloc(n, sizeof *w->counter))) {
        free(w);
        return no_memory(err);
    }
    for (size_t i = 0; i < p->accesses; i++)
        if (p->access[i].form != KEEP_ACCESS_SINGLE && !p->access[i].evidence)
            w->counter[w->counters++] = (struct counter){(uint32_t)i, &p->access[i], KEEP_U64MAP_INIT, false};
    *out = w;
    return 0;
}

void keep_window_free(struct keep_window *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->counters; i++)
        keep_u64map_free(&w->counter[i].stretch);
    free(w->counter);
    free(w->item);
    free(w->peak);
    keep_u64map_free(&w->found);
    free(w);
}

static uint32_t stretch_of(keep_time t, int64_t within)
{
    return (uint32_t)(t / within - (t % within < 0)); /* numbers that wrap only make a stretch look fuller */
}

int keep_window_note(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err)
{
    for (size_t k = 0; k < w->counters; k++) {
        struct counter *c = &w->counter[k];
        bool lives;
        uint32_t key;
        int rc = keep_judge_alive(j, c->rule, batch, i, &lives, err);
        if (rc)
            return rc;
        if (!lives || !value_of(c->a->per, j, batch, i, &key))
            continue;
        uint32_t s = stretch_of(batch->time[i], c->a->within);
        uint32_t *n = keep_u64map_put(&c->stretch, keep_u64map_pair(key, s));
        if (!n)
            return no_memory(err);
        if (*n == KEEP_U64MAP_NONE)
            *n = 0;
        if (*n < UINT32_MAX - 1)
            ++*n;
    }
    return 0;
}

static bool could_reach(const struct counter *c, uint32_t key, uint32_t s)
{
    uint64_t near = 0, here = keep_u64map_get(&c->stretch, keep_u64map_pair(key, s));
    for (int side = -1; side <= 1; side += 2) {
        uint32_t other = keep_u64map_get(&c->stretch, keep_u64map_pair(key, s + (uint32_t)side));
        if (other != KEEP_U64MAP_NONE && other > near)
            near = other;
    }
    return here != KEEP_U64MAP_NONE && here + near >= (uint64_t)c->a->limit;
}

bool keep_window_wanted(struct keep_window *w)
{
    bool any = false;
    for (size_t k = 0; k < w->counters; k++) {
        struct counter *c = &w->counter[k];
        for (size_t i = 0; i < c->stretch.cap && !c->wanted; i++)
            c->wanted = c->stretch.slot[i].value != KEEP_U64MAP_NONE &&
                        could_reach(c, (uint32_t)(c->stretch.slot[i].key >> 32), (uint32_t)c->stretch.slot[i].key);
        any |= c->wanted;
    }
    return any;
}

static int push(struct keep_window *w, const struct item *it)
{
    if (w->items == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 1024;
        struct item *more = realloc(w->item, cap * sizeof *more);
        if (!more)
            return -1;
        w->item = more;
        w->cap = cap;
    }
    w->item[w->items++] = *it;
    return 0;
}

int keep_window_collect(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err)
{
    struct keep_judgement v;
    bool judged = false;
    for (size_t k = 0; k < w->counters; k++) {
        const struct counter *c = &w->counter[k];
        struct item it = {.rule = (uint32_t)k, .source = batch->source, .ordinal = batch->ordinal[i], .time = batch->time[i],
                          .run = KEEP_U64MAP_NONE, .next = KEEP_U64MAP_NONE};
        bool holds;
        int rc;
        if (!c->wanted || !value_of(c->a->per, j, batch, i, &it.key) || !could_reach(c, it.key, stretch_of(it.time, c->a->within)))
            continue;
        if (c->a->form == KEEP_ACCESS_DISTINCT && !value_of(c->a->distinct, j, batch, i, &it.what))
            continue;
        if (!judged && (rc = keep_judge_event(j, batch, i, &v, err)))
            return rc;
        judged = true;
        if ((rc = keep_judge_rule(j, c->rule, &v, &holds, err)))
            return rc;
        if (holds && push(w, &it))
            return no_memory(err);
    }
    return 0;
}

/* ---- runs ---- */

static int order(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Over the items [begin, end) of one rule and key. seen: how many of each value stand in the window; peak: of each run. */
static void slide(struct item *it, size_t begin, size_t end, const struct keep_access *a, uint32_t *seen, uint32_t *run, uint64_t *peak)
{
    size_t tail = begin, filled = begin; /* filled: items before it have their run, or never will */
    uint64_t distinct = 0;
    bool any = false;
    for (size_t i = begin; i < end; i++) {
        distinct += seen[it[i].what]++ == 0;
        while (it[i].time - it[tail].time > a->within)
            distinct -= --seen[it[tail++].what] == 0;
        uint64_t n = a->form == KEEP_ACCESS_DISTINCT ? distinct : i - tail + 1;
        if (n < (uint64_t)a->limit)
            continue;
        if (!any || tail >= filled)
            ++*run;
        any = true;
        for (size_t k = tail > filled ? tail : filled; k <= i; k++)
            it[k].run = *run - 1;
        peak[*run - 1] = n > peak[*run - 1] ? n : peak[*run - 1];
        filled = i + 1;
    }
    for (; tail < end; tail++)
        seen[it[tail].what]--;
}

/* Numbers the counted values from 0 without gaps, so that a window's tally is an array. */
static int number_values(struct keep_window *w, uint32_t *n)
{
    struct keep_u64map of = KEEP_U64MAP_INIT;
    *n = 0;
    for (size_t i = 0; i < w->items; i++) {
        uint32_t *at = keep_u64map_put(&of, w->item[i].what);
        if (!at) {
            keep_u64map_free(&of);
            return -1;
        }
        if (*at == KEEP_U64MAP_NONE)
            *at = (*n)++;
        w->item[i].what = *at;
    }
    keep_u64map_free(&of);
    return 0;
}

static uint64_t event_key(uint32_t source, uint64_t ordinal)
{
    return (uint64_t)source << 40 ^ ordinal; /* not unique beyond 2^40 events of a source: found items are compared */
}

int keep_window_resolve(struct keep_window *w, struct keep_err *err)
{
    uint32_t values, run = 0, *seen = NULL;
    if (number_values(w, &values) || !(seen = calloc((size_t)values + 1, sizeof *seen)))
        return no_memory(err);
    if (!(w->peak = calloc(w->items + 1, sizeof *w->peak))) {
        free(seen);
        return no_memory(err);
    }
    if (w->items)
        qsort(w->item, w->items, sizeof *w->item, order);
    for (size_t begin = 0, end; begin < w->items; begin = end) {
        for (end = begin; end < w->items && w->item[end].rule == w->item[begin].rule && w->item[end].key == w->item[begin].key; end++)
            ;
        slide(w->item, begin, end, w->counter[w->item[begin].rule].a, seen, &run, w->peak);
    }
    free(seen);
    for (size_t i = w->items; i-- > 0;) { /* backwards, so that chains go in policy order */
        struct item *it = &w->item[i];
        if (it->run == KEEP_U64MAP_NONE)
            continue;
        uint32_t *at = keep_u64map_put(&w->found, event_key(it->source, it->ordinal));
        if (!at)
            return no_memory(err);
        it->next = *at;
        *at = (uint32_t)i;
    }
    return 0;
}

size_t keep_window_find(const struct keep_window *w, uint32_t source, uint64_t ordinal, struct keep_window_hit *out, size_t max)
{
    size_t n = 0;
    if (!w->found.n)
        return 0;
    uint32_t i = keep_u64map_get(&w->found, event_key(source, ordinal));
    for (; i != KEEP_U64MAP_NONE && n < max; i = w->item[i].next)
        if (w->item[i].source == source && w->item[i].ordinal == ordinal)
            out[n++] = (struct keep_window_hit){w->counter[w->item[i].rule].rule, w->item[i].run, w->peak[w->item[i].run]};
    return n;
}
