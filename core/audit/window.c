/* Collecting what stands where a limit could be reached (window_note.c). What must not follow a sequence is collected one stretch further. An event is
 * kept once, whatever the number of rules that count it. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/terms.h"
#include "core/audit/window_inside.h"
#include "core/base/big.h"
#include "core/base/grow.h"

/* A sketch has so many cells an event, for a limit of one: what else shares a cell must be little against the limit, or every stretch looks full, and all
 * events are collected. What one user did is not spread over all cells, but over those of that user; and of such a sketch only the stretches that the log
 * has are touched. */
enum {
    LOAD = 8, LOAD_BY_USER = 32, /* of stretches as long as the window */
    SKETCH_MIN = 12, SKETCH_MAX = 24, /* bits: from 4 KiB to 16 MiB a condition */
    SKETCH_ALL = 27,                  /* of all of one thread together */
    SKETCH_BY_USER = 28,              /* of one by user; those are not among the ones above */
    FIRST = 256,                      /* events an array begins with */
};
#define LONG ((int64_t)12 * 3600 * KEEP_USEC) /* windows of one user's events: two neighbouring stretches as long as these have two shifts in them, most of which are in no window together */

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
    c->beside = c->by_user && !a->steps && a->within >= LONG ? KEEP_SKETCH_BESIDE : 1;
    c->length = (a->within + c->beside - 1) / c->beside;
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
            if (sketched(&w->counter[i], k) && keep_sketch_init(&s->stretch, bits_for(events, s->need, user ? LOAD_BY_USER * w->counter[i].beside : LOAD, user ? SKETCH_BY_USER : most),
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
        !(w->noted = calloc(f->world->accounts + 1, sizeof *w->noted)) || !(w->reach = calloc(f->world->accounts + 1, sizeof *w->reach))) {
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
    w->words = (w->steps + 63) / 64;
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
        keep_big_free(w->counter[i].run, w->events * sizeof *w->counter[i].run);
    for (struct keep_window_class *of = w->classes, *next; of; of = next) {
        next = of->next;
        free(of);
    }
    free(w->of_class);
    free(w->noted);
    free(w->reach);
    free(w->counter);
    free(w->event);
    free(w->took);
    free(w->peak);
    free(w->telling);
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

/* Room for n more events; what they are is not said yet. */
static int make_room(struct keep_window *w, size_t n, struct keep_err *err)
{
    if (!keep_grow(&w->event, &w->room, w->events + n, sizeof *w->event, FIRST) || !keep_grow(&w->took, &w->took_room, (w->events + n) * w->words, sizeof *w->took, FIRST))
        return keep_window_no_memory(err);
    return 0;
}

static void add_steps(const struct keep_window_counter *c, uint32_t steps, uint64_t *took)
{
    for (uint32_t k = 0; k < c->steps; k++)
        took[(c->bit + k) / 64] |= (uint64_t)(steps >> k & 1) << (c->bit + k) % 64;
}

int keep_window_collect(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, struct keep_window_judged *e, struct keep_err *err)
{
    struct keep_window_class *of;
    int rc = keep_window_learn(w, j, e->batch, e->i, &of, err);
    e->taken = 0;
    if (!rc && of->takes)
        rc = make_room(w, 1, err);
    if (rc || !of->takes)
        return rc;
    struct keep_window_event it = keep_window_event_at(j, e->batch, e->i);
    uint64_t *took = memset(w->took + w->events * w->words, 0, w->words * sizeof *w->took);
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
        if (rc || !steps)
            continue;
        add_steps(own, steps, took);
        e->taken |= taken_at(steps, own->bit);
    }
    if (!rc && e->taken)
        w->event[w->events++] = it;
    return rc;
}

int keep_window_reserve(struct keep_window *w, size_t n, uint32_t *first, struct keep_err *err)
{
    int rc = make_room(w, n, err);
    if (rc)
        return rc;
    memset(w->took + w->events * w->words, 0, n * w->words * sizeof *w->took);
    *first = (uint32_t)w->events;
    w->events += n;
    return 0;
}

void keep_window_again(struct keep_window *w, uint32_t number, struct keep_judge *j, const struct keep_rows_row *row, struct keep_event_id id, uint64_t taken)
{
    w->event[number] = (struct keep_window_event){.time = row->time, .ordinal = id.ordinal, .source = id.source, .account = row->account,
                                                  .subject = keep_judge_who(j, row->account, row->time), .patient = row->patient, .place = row->place, .unit = row->unit};
    w->took[number * w->words] = taken; /* what it is counted per it has, as it had then; where steps are too many for bits nothing is gone on from */
}

/* Moves n things of `from` behind those of *to. */
static int move(void **to, size_t n, size_t *room, void **from, size_t more, size_t size)
{
    if (!n) {
        free(*to);
        *to = *from;
        *room = more;
    } else {
        if (!keep_grow(to, room, n + more, size, FIRST))
            return -1;
        if (more)
            memcpy((char *)*to + n * size, *from, more * size);
        free(*from);
    }
    *from = NULL;
    return 0;
}

int keep_window_join(struct keep_window *w, struct keep_window *from, uint32_t *base, struct keep_err *err)
{
    *base = (uint32_t)w->events;
    if (move((void **)&w->event, w->events, &w->room, (void **)&from->event, from->events, sizeof *w->event) ||
        move((void **)&w->took, w->events * w->words, &w->took_room, (void **)&from->took, from->events * w->words, sizeof *w->took))
        return keep_window_no_memory(err);
    w->events += from->events;
    from->events = from->room = from->took_room = 0;
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

/* A window with a new event, all of which is noted, so that the notes are never less than the truth; under `then no` also what awaited it. Of windows before it an
 * earlier audit kept whatever is in a run. */
int64_t keep_window_back(const struct keep_access *a)
{
    int64_t times = a->steps && a->step[a->steps - 1].none ? 2 : 1, back;
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
