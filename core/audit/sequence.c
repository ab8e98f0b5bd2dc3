/* For each event that can end a chain: the latest chain that ends there, found
 * backwards, says whether there is one within D; the earliest, found forwards
 * from the first event within D, says with it which events can stand in one: of
 * step k those after the earliest end of step k-1 and before the latest start of
 * step k+1. Both are look-ups in the list of each step's events, and both ends
 * of these ranges only move on from one ending event to the next, so that the
 * whole takes time in proportion to the events. */
#include "core/audit/sequence.h"

#include <stdlib.h>

struct steps {
    const struct keep_access *a;
    struct keep_window_item *item;
    size_t n;
    uint32_t m;                              /* steps that must happen */
    uint32_t *rank[KEEP_ACCESS_STEPS];       /* [i]: events of the step before item i; i up to n */
    uint32_t *place[KEEP_ACCESS_STEPS];      /* [r]: the item that is the step's r-th event */
    uint32_t marked[KEEP_ACCESS_STEPS];      /* events of the step before this one need no more marking */
    uint32_t *room;
};

struct range {
    uint32_t begin, end; /* of a step's events, by rank */
};

static int list(struct steps *s)
{
    const size_t each = s->n * 2 + 1;
    s->room = calloc(each * s->a->steps, sizeof *s->room);
    if (!s->room)
        return -1;
    for (uint32_t k = 0; k < s->a->steps; k++) {
        uint32_t r = 0;
        s->rank[k] = s->room + each * k;
        s->place[k] = s->rank[k] + s->n + 1;
        for (uint32_t i = 0; i < s->n; i++) {
            s->rank[k][i] = r;
            if (s->item[i].what >> k & 1)
                s->place[k][r++] = i;
        }
        s->rank[k][s->n] = r;
    }
    return 0;
}

/* Does a chain end at item z and begin at item `from` or later? Then out[k] holds the events of step k that can stand in one. */
static bool chain(const struct steps *s, uint32_t from, uint32_t z, struct range out[KEEP_ACCESS_STEPS])
{
    uint32_t before = z + 1, after = from;
    for (uint32_t k = s->m; k-- > 0;) {
        uint32_t r = s->rank[k][before], need = (uint32_t)s->a->step[k].count;
        out[k].end = r;
        if (r < need || s->place[k][r - need] < from)
            return false;
        before = s->place[k][r - need];
    }
    for (uint32_t k = 0; k < s->m; k++) {
        out[k].begin = s->rank[k][after];
        after = s->place[k][out[k].begin + (uint32_t)s->a->step[k].count - 1] + 1;
    }
    if (s->a->step[s->m - 1].count == 1) /* z itself, and no other that ends a chain */
        out[s->m - 1].begin = out[s->m - 1].end - 1;
    return true;
}

/* `then no`: has D passed since item z without what must not follow? */
static bool quiet(const struct steps *s, uint32_t z, keep_time as_of)
{
    uint32_t k = s->m;
    keep_time end = s->item[z].time + s->a->within;
    if (k == s->a->steps)
        return true;
    if (as_of != KEEP_TIME_NONE && end > as_of)
        return false;
    uint32_t r = s->rank[k][z + 1];
    return r == s->rank[k][s->n] || s->item[s->place[k][r]].time > end;
}

static void mark(struct steps *s, const struct range in[KEEP_ACCESS_STEPS], uint32_t run)
{
    for (uint32_t k = 0; k < s->m; k++) {
        for (uint32_t r = in[k].begin > s->marked[k] ? in[k].begin : s->marked[k]; r < in[k].end; r++)
            s->item[s->place[k][r]].run = run;
        s->marked[k] = in[k].end > s->marked[k] ? in[k].end : s->marked[k];
    }
}

int keep_sequence_run(const struct keep_access *a, keep_time as_of, struct keep_window_item *item, size_t n, uint32_t *runs)
{
    struct steps s = {.a = a, .item = item, .n = n, .m = a->steps - a->step[a->steps - 1].none};
    struct range in[KEEP_ACCESS_STEPS];
    uint32_t from = 0;
    bool any = false;
    keep_time end = 0; /* of the latest run */
    if (list(&s))
        return -1;
    for (uint32_t r = 0; r < s.rank[s.m - 1][n]; r++) {
        uint32_t z = s.place[s.m - 1][r];
        while (item[z].time - item[from].time > a->within)
            from++;
        if (!chain(&s, from, z, in) || !quiet(&s, z, as_of))
            continue;
        keep_time begin = item[s.place[0][in[0].begin]].time;
        if (!any || begin > end)
            ++*runs;
        any = true;
        end = item[z].time + (s.m < a->steps ? a->within : 0);
        mark(&s, in, *runs - 1);
    }
    free(s.room);
    return 0;
}
