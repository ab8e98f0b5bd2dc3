/* Collecting what stands where a limit could be reached (window_note.c). What must not follow a sequence is collected one stretch further. An event is
 * kept once, whatever the number of rules that count it. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/terms.h"
#include "core/audit/window_inside.h"
#include "core/base/grow.h"

/* A sketch has so many cells an event, for a limit of one: what else shares a cell must be little against the limit, or every stretch looks full, and all
 * events are collected. What one user did is not spread over all cells, but over those of that user; and of such a sketch only the stretches that the log
 * has are touched. */
enum {
    LOAD = 8, LOAD_BY_USER = 32,
    SKETCH_MIN = 12, SKETCH_MAX = 24, /* bits: from 4 KiB to 16 MiB a condition */
    SKETCH_ALL = 27,                  /* of all of one thread together */
    SKETCH_BY_USER = 28,              /* of one by user; those are not among the ones above */
    FIRST = 256,                      /* events an array begins with */
};

int keep_window_no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while counting accesses");
}

static bool counts(const struct keep_access *a)
{
    return !a->evidence && a->form != KEEP_ACCESS_SINGLE;
}

/* ---- life ---- */

static uint32_t least(int64_t n)
{
    return n < KEEP_SKETCH_FULL ? (uint32_t)n : KEEP_SKETCH_FULL;
}

static unsigned bits_for(uint64_t events, uint32_t need, unsigned load, unsigned most)
{
    unsigned bits = SKETCH_MIN;
    while (bits < most && (UINT64_C(1) << bits) / load < events / need)
        bits++;
    return bits;
}

/* unit: the number that the policy's next sequence begins its steps with. */
static void count_by(struct keep_window_counter *c, const struct keep_policy *p, uint32_t rule, uint32_t *unit)
{
    const struct keep_access *a = &p->access[rule];
    *c = (struct keep_window_counter){.rule = rule, .a = a, .steps = a->steps ? a->steps : 1, .unfiltered = !a->steps && a->unless_expected};
    c->by_user = a->pers == 1 && (a->per[0] == KEEP_FIELD_user_id || a->per[0] == KEEP_FIELD_user_login);
    for (uint32_t k = 0; k < c->steps; k++) {
        struct keep_window_step *s = &c->step[k];
        *s = (struct keep_window_step){.unit = rule, .need = least(a->limit)};
        if (a->steps)
            *s = (struct keep_window_step){.unit = (*unit)++, .need = least(a->step[k].count), .none = a->step[k].none};
    }
}

/* Has the step a sketch? */
static bool sketched(const struct keep_window_counter *c, uint32_t step)
{
    return !c->unfiltered && !c->step[step].none;
}

/* Bits at most of the sketches that are not by user, so that the memory for all of them is enough. */
static unsigned most_bits(const struct keep_window *w, uint64_t events)
{
    unsigned most = SKETCH_MAX + 1;
    for (uint64_t all = UINT64_MAX; all > UINT64_C(1) << SKETCH_ALL && most > SKETCH_MIN;) {
        all = 0;
        most--;
        for (size_t i = 0; i < w->counters; i++)
            for (uint32_t k = 0; k < w->counter[i].steps; k++)
                if (sketched(&w->counter[i], k) && !w->counter[i].by_user)
                    all += UINT64_C(1) << bits_for(events, w->counter[i].step[k].need, LOAD, most);
    }
    return most;
}

/* The sketches, each as large as its limit asks for. */
static int sketches_make(struct keep_window *w, uint64_t events)
{
    unsigned most = most_bits(w, events);
    for (size_t i = 0; i < w->counters; i++)
        for (uint32_t k = 0; k < w->counter[i].steps; k++) {
            struct keep_window_step *s = &w->counter[i].step[k];
            bool user = w->counter[i].by_user;
            if (sketched(&w->counter[i], k) && keep_sketch_init(&s->stretch, bits_for(events, s->need, user ? LOAD_BY_USER : LOAD, user ? SKETCH_BY_USER : most),
                                                                user ? keep_window_users(w->world) : 0))
                return -1;
        }
    return 0;
}

int keep_window_new(struct keep_window **out, const struct keep_policy *p, const struct keep_window_frame *f, struct keep_err *err)
{
    size_t n = 0;
    uint32_t unit = (uint32_t)p->accesses;
    *out = NULL;
    for (size_t i = 0; i < p->accesses; i++)
        n += counts(&p->access[i]);
    if (!n)
        return 0;
    struct keep_window *w = calloc(1, sizeof *w);
    if (!w || !(w->counter = calloc(n, sizeof *w->counter)) || !(w->of_class = calloc(KEEP_TERMS_CLASSES, sizeof *w->of_class)) ||
        !(w->noted = calloc(f->world->accounts + 1, sizeof *w->noted)) || !(w->reach = calloc(f->world->accounts + 1, 1))) {
        keep_window_free(w);
        return keep_window_no_memory(err);
    }
    w->zone = f->zone;
    w->as_of = f->as_of;
    w->world = f->world;
    for (uint32_t i = 0; i < p->accesses; i++)
        if (counts(&p->access[i]))
            count_by(&w->counter[w->counters++], p, i, &unit);
    for (size_t k = 0; k < w->counters; k++) {
        w->counter[k].bit = w->steps;
        w->steps += w->counter[k].steps;
        w->unfiltered |= w->counter[k].unfiltered;
    }
    if (sketches_make(w, f->events)) {
        keep_window_free(w);
        return keep_window_no_memory(err);
    }
    *out = w;
    return 0;
}

void keep_window_forget(struct keep_window *w)
{
    for (size_t i = 0; i < w->counters; i++)
        for (uint32_t k = 0; k < w->counter[i].steps; k++)
            keep_sketch_done(&w->counter[i].step[k].stretch);
}

void keep_window_free(struct keep_window *w)
{
    if (!w)
        return;
    keep_window_forget(w);
    for (size_t i = 0; i < w->counters; i++)
        free(w->counter[i].part);
    for (struct keep_window_class *of = w->classes, *next; of; of = next) {
        next = of->next;
        free(of);
    }
    free(w->of_class);
    free(w->noted);
    free(w->reach);
    free(w->counter);
    free(w->event);
    free(w->first);
    free(w->hit);
    free(w);
}

/* ---- collecting ---- */

/* Steps of one counter, whose first is `bit`, in a set of those of all. */
static uint64_t taken_at(uint64_t steps, size_t bit)
{
    return bit < KEEP_WINDOW_STEPS ? steps << bit : steps ? UINT64_C(1) << (KEEP_WINDOW_STEPS - 1) : 0;
}

static uint32_t had_at(uint64_t had, const struct keep_window_counter *c)
{
    return c->bit < KEEP_WINDOW_STEPS ? (uint32_t)(had >> c->bit & ((UINT64_C(1) << c->steps) - 1)) : 0;
}

/* Which of the steps the event just judged is. What must not follow is there also when nobody can tell. */
static int tell(const struct keep_window_counter *c, struct keep_judge *j, const struct keep_judgement *v, uint32_t *steps, struct keep_err *err)
{
    for (uint32_t k = 0; k < c->steps; k++) {
        enum keep_tristate holds;
        if (!(*steps >> k & 1))
            continue;
        int rc = keep_judge_rule(j, c->step[k].unit, v, &holds, err);
        if (rc)
            return rc;
        if (holds == KEEP_TRI_NO || (holds == KEEP_TRI_UNKNOWN && !c->step[k].none))
            *steps &= ~(1u << k);
    }
    return 0;
}

/* The event that is about to be kept is the counter's. */
static int part_add(struct keep_window *w, struct keep_window_counter *c, uint32_t steps, struct keep_err *err)
{
    if (!keep_grow(&c->part, &c->room, c->parts + 1, sizeof *c->part, FIRST))
        return keep_window_no_memory(err);
    c->part[c->parts++] = (struct keep_window_part){(uint32_t)w->events, steps};
    return 0;
}

static int keep_event(struct keep_window *w, const struct keep_window_event *e, struct keep_err *err)
{
    if (!keep_grow(&w->event, &w->room, w->events + 1, sizeof *w->event, FIRST))
        return keep_window_no_memory(err);
    w->event[w->events++] = *e;
    return 0;
}

int keep_window_collect(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, struct keep_window_judged *e, struct keep_err *err)
{
    struct keep_window_class *of;
    int rc = keep_window_learn(w, j, e->batch, e->i, &of, err);
    e->taken = 0;
    if (rc || !of->takes)
        return rc;
    struct keep_window_event it = keep_window_event_at(j, e->batch, e->i);
    for (uint32_t k = 0; !rc && k < of->takes; k++) {
        struct keep_window_counter *own = &w->counter[of->take[k].counter];
        uint32_t had = of->take[k].alive & had_at(e->had, own);
        uint64_t key;
        if (own->unfiltered && e->v->explanation >= 0)
            continue;
        uint32_t steps = keep_window_candidate(w, &noted->counter[of->take[k].counter], own, &it, of->take[k].alive);
        if (had && keep_window_counted(w, own, &it, &key))
            steps |= had;
        if (steps)
            rc = tell(own, j, e->v, &steps, err);
        if (!rc && steps)
            rc = part_add(w, own, steps, err);
        if (!rc && steps)
            e->taken |= taken_at(steps, own->bit);
    }
    return rc || !e->taken ? rc : keep_event(w, &it, err);
}

int keep_window_again(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint64_t taken, struct keep_err *err)
{
    struct keep_window_event it = keep_window_event_at(j, batch, i);
    int rc = 0;
    for (size_t k = 0; !rc && k < w->counters; k++) {
        uint32_t steps = had_at(taken, &w->counter[k]);
        if (steps) /* it has what it is counted per, as it had then */
            rc = part_add(w, &w->counter[k], steps, err);
    }
    return rc ? rc : keep_event(w, &it, err);
}

uint32_t keep_window_taken(const struct keep_window *w)
{
    return (uint32_t)w->events;
}

/* Moves n things of `from` behind those of *to. */
static int move(void **to, size_t *n, size_t *room, void **from, size_t *more, size_t size)
{
    if (!*n) {
        free(*to);
        *to = *from;
        *n = *room = *more;
    } else {
        if (!keep_grow(to, room, *n + *more, size, FIRST))
            return -1;
        if (*more)
            memcpy((char *)*to + *n * size, *from, *more * size);
        *n += *more;
        free(*from);
    }
    *from = NULL;
    *more = 0;
    return 0;
}

int keep_window_join(struct keep_window *w, struct keep_window *from, uint32_t *base, struct keep_err *err)
{
    *base = (uint32_t)w->events;
    if (move((void **)&w->event, &w->events, &w->room, (void **)&from->event, &from->events, sizeof *w->event))
        return keep_window_no_memory(err);
    from->room = 0;
    for (size_t k = 0; k < w->counters; k++) {
        struct keep_window_counter *c = &w->counter[k], *x = &from->counter[k];
        size_t had = c->parts;
        if (move((void **)&c->part, &c->parts, &c->room, (void **)&x->part, &x->parts, sizeof *c->part))
            return keep_window_no_memory(err);
        x->room = 0;
        for (size_t i = had; i < c->parts; i++)
            c->part[i].event += *base;
    }
    return 0;
}

/* ---- from one audit to the next ---- */

uint64_t keep_window_whole(const struct keep_window *w)
{
    uint64_t whole = 0;
    for (size_t k = 0; k < w->counters; k++) {
        const struct keep_window_counter *c = &w->counter[k];
        if (c->unfiltered || c->whole || c->step[c->steps - 1].none)
            whole |= taken_at((UINT64_C(1) << c->steps) - 1, c->bit);
    }
    return whole;
}

/* Whether the counter's steps are among those, all with a bit of their own. */
static bool among(const struct keep_window_counter *c, uint64_t steps)
{
    return c->bit + c->steps < KEEP_WINDOW_STEPS && steps >> c->bit & 1;
}

void keep_window_keep(struct keep_window *w, uint64_t whole)
{
    for (size_t k = 0; k < w->counters; k++)
        w->counter[k].whole = among(&w->counter[k], whole);
}

void keep_window_choose(struct keep_window *w, uint64_t events)
{
    enum { FEW = 64 }; /* one event in so many is little beside the log */
    keep_window_count(w);
    for (size_t k = 0; k < w->counters; k++)
        w->counter[k].whole = among(&w->counter[k], UINT64_MAX) && w->counter[k].noted <= events / FEW;
}

/* A window with a new event, and the stretch before the one where it begins, which says how full both are; under `then no` also what awaited it. */
int64_t keep_window_back(const struct keep_access *a)
{
    int64_t times = a->steps && a->step[a->steps - 1].none ? 3 : 2, back;
    return __builtin_mul_overflow(a->within, times, &back) ? INT64_MAX : back;
}

int keep_window_reach(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, int64_t *back, struct keep_err *err)
{
    struct keep_window_class *of;
    int rc = keep_window_learn(w, j, batch, i, &of, err);
    *back = 0;
    for (uint32_t k = 0; !rc && k < of->takes; k++) {
        const struct keep_window_counter *c = &w->counter[of->take[k].counter];
        int64_t b = c->unfiltered || c->whole ? 0 : keep_window_back(c->a);
        *back = b > *back ? b : *back;
    }
    return rc;
}
