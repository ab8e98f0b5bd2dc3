/* A window of length D lies within two neighbouring stretches of length D, so a
 * stretch matters only if with one neighbour it holds at least the limit. How
 * full a stretch is a sketch tells, never less than the truth, so nothing is
 * missed. What is collected is sorted by (rule, key, time, event), and two hands
 * move over it. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/sketch.h"
#include "core/audit/u64map.h"

enum {
    SKETCH_MIN = 12, SKETCH_MAX = 26, /* bits: from 4 KiB to 64 MiB a rule */
    SKETCH_ALL = 28,                  /* of all rules together: 256 MiB */
};

struct item {
    uint64_t key;             /* one value, or two */
    uint32_t rule, what;      /* rule: place in counter; what: the value counted apart */
    uint32_t source;
    uint32_t run, next;       /* KEEP_U64MAP_NONE: none; next: another of the same hash key */
    uint64_t ordinal;
    keep_time time;
};

struct counter {
    uint32_t rule; /* in the policy */
    const struct keep_access *a;
    struct keep_sketch stretch; /* (key, stretch) -> events */
    bool wanted;                /* some stretch holds half the limit */
};

struct keep_window {
    const struct keep_zone *zone;
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
static bool value_of(const struct keep_window *w, enum keep_field f, struct keep_judge *j, const struct keep_events *b, uint32_t i, uint32_t *out)
{
    switch ((int)f) {
    case KEEP_FIELD_user_id: *out = keep_judge_subject(j, b, i); break;
    case KEEP_FIELD_user_login: *out = b->account[i]; break;
    case KEEP_FIELD_event_patient_id: *out = b->patient[i]; break;
    case KEEP_FIELD_event_place: *out = b->place[i]; break;
    case KEEP_FIELD_event_unit: *out = b->unit[i]; break;
    case KEEP_FIELD_event_day: *out = (uint32_t)(w->zone ? keep_zone_date(w->zone, b->time[i]) : keep_civil_utc_date(b->time[i])); break;
    default: return false;
    }
    return *out != KEEP_ID_NONE || f == KEEP_FIELD_event_day;
}

static bool key_of(const struct keep_window *w, const struct keep_access *a, struct keep_judge *j, const struct keep_events *b, uint32_t i, uint64_t *out)
{
    uint32_t v;
    *out = 0;
    for (uint32_t k = 0; k < a->pers; k++) {
        if (!value_of(w, a->per[k], j, b, i, &v))
            return false;
        *out = *out << 32 | v;
    }
    return true;
}

static bool counts(const struct keep_access *a)
{
    return !a->evidence && (a->form == KEEP_ACCESS_COUNT || a->form == KEEP_ACCESS_DISTINCT);
}

/* A cell for each event, as far as the memory for all rules goes: most keys have several events, so that most cells stay free. */
static unsigned bits_for(uint64_t events, size_t counters)
{
    unsigned bits = SKETCH_MIN;
    while (bits < SKETCH_MAX && (UINT64_C(1) << bits) < events && ((uint64_t)counters << (bits + 1)) <= (UINT64_C(1) << SKETCH_ALL))
        bits++;
    return bits;
}

int keep_window_new(struct keep_window **out, const struct keep_policy *p, const struct keep_zone *zone, uint64_t events, struct keep_err *err)
{
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < p->accesses; i++)
        n += counts(&p->access[i]);
    if (!n)
        return 0;
    struct keep_window *w = calloc(1, sizeof *w);
    if (!w || !(w->counter = calloc(n, sizeof *w->counter))) {
        free(w);
        return no_memory(err);
    }
    w->zone = zone;
    for (size_t i = 0; i < p->accesses; i++) {
        if (!counts(&p->access[i]))
            continue;
        struct counter *c = &w->counter[w->counters++];
        *c = (struct counter){.rule = (uint32_t)i, .a = &p->access[i]};
        if (keep_sketch_init(&c->stretch, bits_for(events, n))) {
            keep_window_free(w);
            return no_memory(err);
        }
    }
    *out = w;
    return 0;
}

void keep_window_free(struct keep_window *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->counters; i++)
        keep_sketch_done(&w->counter[i].stretch);
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

/* The limit as far as a sketch can tell. */
static uint32_t enough(const struct counter *c)
{
    return c->a->limit < KEEP_SKETCH_FULL ? (uint32_t)c->a->limit : KEEP_SKETCH_FULL;
}

int keep_window_note(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err)
{
    for (size_t k = 0; k < w->counters; k++) {
        struct counter *c = &w->counter[k];
        bool lives;
        uint64_t key;
        int rc = keep_judge_alive(j, c->rule, batch, i, &lives, err);
        if (rc)
            return rc;
        if (!lives || !key_of(w, c->a, j, batch, i, &key))
            continue;
        uint32_t n = keep_sketch_add(&c->stretch, keep_sketch_hash(key, stretch_of(batch->time[i], c->a->within)));
        c->wanted |= n * 2 >= enough(c);
    }
    return 0;
}

static bool could_reach(const struct counter *c, uint64_t key, uint32_t s)
{
    uint32_t here = keep_sketch_get(&c->stretch, keep_sketch_hash(key, s)), need = enough(c);
    return here >= need || here + keep_sketch_get(&c->stretch, keep_sketch_hash(key, s - 1)) >= need ||
           here + keep_sketch_get(&c->stretch, keep_sketch_hash(key, s + 1)) >= need;
}

bool keep_window_wanted(const struct keep_window *w)
{
    for (size_t k = 0; k < w->counters; k++)
        if (w->counter[k].wanted)
            return true;
    return false;
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

/* Could event i stand in a window of the counter that reaches its limit? Then *it is filled. */
static int candidate(const struct keep_window *w, const struct counter *c, struct keep_judge *j, const struct keep_events *b, uint32_t i, struct item *it,
                     bool *out, struct keep_err *err)
{
    *it = (struct item){.rule = (uint32_t)(c - w->counter), .source = b->source, .ordinal = b->ordinal[i], .time = b->time[i],
                        .run = KEEP_U64MAP_NONE, .next = KEEP_U64MAP_NONE};
    *out = false;
    int rc = c->wanted ? keep_judge_alive(j, c->rule, b, i, out, err) : 0;
    if (rc)
        return rc;
    *out = *out && key_of(w, c->a, j, b, i, &it->key) && could_reach(c, it->key, stretch_of(it->time, c->a->within)) &&
           (c->a->form == KEEP_ACCESS_COUNT || value_of(w, c->a->distinct, j, b, i, &it->what));
    return 0;
}

int keep_window_collect(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err)
{
    struct keep_judgement v;
    bool judged = false;
    for (size_t k = 0; k < w->counters; k++) {
        const struct counter *c = &w->counter[k];
        struct item it;
        bool holds;
        int rc = candidate(w, c, j, batch, i, &it, &holds, err);
        if (rc)
            return rc;
        if (!holds)
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
