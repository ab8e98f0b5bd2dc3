/* A window of length D lies within two neighbouring stretches of length D, so a
 * stretch matters only if with one neighbour it holds at least the limit, or of
 * each step of a sequence as many as it takes. How full a stretch is a sketch
 * tells, never less than the truth, so nothing is missed. What must not follow a
 * sequence is collected one stretch further. What is collected is sorted by
 * (rule, key, time, event); two hands move over what is counted, and sequence.c
 * looks for chains in the rest. */
#include "core/audit/window_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/terms.h"

enum {
    SKETCH_MIN = 12, SKETCH_MAX = 24, /* bits: from 4 KiB to 16 MiB a condition */
    SKETCH_ALL = 25,                  /* of all of one thread together: 32 MiB */
};

/* What is asked of one event, each value looked up once. */
struct asked {
    const struct keep_window *w;
    struct keep_judge *j;
    const struct keep_events *b;
    uint32_t i, subject, day;
    bool has_subject, has_day;
};

static uint32_t subject_of(struct asked *q)
{
    if (!q->has_subject)
        q->subject = keep_judge_subject(q->j, q->b, q->i);
    q->has_subject = true;
    return q->subject;
}

static uint32_t day_of(struct asked *q)
{
    if (!q->has_day)
        q->day = (uint32_t)(q->w->zone ? keep_zone_date(q->w->zone, q->b->time[q->i]) : keep_civil_utc_date(q->b->time[q->i]));
    q->has_day = true;
    return q->day;
}

/* What events are counted per, or counted apart by, as a number; false: this event has none. */
static bool value_of(struct asked *q, enum keep_field f, uint32_t *out)
{
    switch ((int)f) {
    case KEEP_FIELD_user_id: *out = subject_of(q); break;
    case KEEP_FIELD_user_login: *out = q->b->account[q->i]; break;
    case KEEP_FIELD_event_patient_id: *out = q->b->patient[q->i]; break;
    case KEEP_FIELD_event_place: *out = q->b->place[q->i]; break;
    case KEEP_FIELD_event_unit: *out = q->b->unit[q->i]; break;
    case KEEP_FIELD_event_day: *out = day_of(q); break;
    default: return false;
    }
    return *out != KEEP_ID_NONE || f == KEEP_FIELD_event_day;
}

static bool key_of(struct asked *q, const struct keep_access *a, uint64_t *out)
{
    uint32_t v;
    *out = 0;
    for (uint32_t k = 0; k < a->pers; k++) {
        if (!value_of(q, a->per[k], &v))
            return false;
        *out = *out << 32 | v;
    }
    return true;
}

static bool counts(const struct keep_access *a)
{
    return !a->evidence && a->form != KEEP_ACCESS_SINGLE;
}

/* A cell for each event, as far as the memory for all of them goes: most keys have several events, so that most cells stay free. */
static unsigned bits_for(uint64_t events, size_t sketches)
{
    unsigned bits = SKETCH_MIN;
    while (bits < SKETCH_MAX && (UINT64_C(1) << bits) < events && ((uint64_t)sketches << (bits + 1)) <= (UINT64_C(1) << SKETCH_ALL))
        bits++;
    return bits;
}

static uint32_t least(int64_t n)
{
    return n < KEEP_SKETCH_FULL ? (uint32_t)n : KEEP_SKETCH_FULL;
}

/* unit: the number that the policy's next sequence begins its steps with. */
static int count_by(struct keep_window_counter *c, const struct keep_policy *p, uint32_t rule, unsigned bits, uint32_t *unit)
{
    const struct keep_access *a = &p->access[rule];
    *c = (struct keep_window_counter){.rule = rule, .a = a, .steps = a->steps ? a->steps : 1, .unfiltered = !a->steps && a->unless_expected};
    for (uint32_t k = 0; k < c->steps; k++) {
        struct keep_window_step *s = &c->step[k];
        *s = (struct keep_window_step){.unit = rule, .need = least(a->limit)};
        if (a->steps)
            *s = (struct keep_window_step){.unit = (*unit)++, .need = least(a->step[k].count), .none = a->step[k].none};
        if (!s->none && !c->unfiltered && keep_sketch_init(&s->stretch, bits))
            return -1;
    }
    return 0;
}

int keep_window_new(struct keep_window **out, const struct keep_policy *p, const struct keep_window_frame *f, struct keep_err *err)
{
    size_t n = 0, sketches = 0;
    *out = NULL;
    for (size_t i = 0; i < p->accesses; i++) {
        n += counts(&p->access[i]);
        sketches += counts(&p->access[i]) && (p->access[i].steps || !p->access[i].unless_expected) ? p->access[i].steps + 1 : 0;
    }
    if (!n)
        return 0;
    struct keep_window *w = calloc(1, sizeof *w);
    if (!w || !(w->counter = calloc(n, sizeof *w->counter))) {
        free(w);
        return keep_window_no_memory(err);
    }
    w->zone = f->zone;
    w->as_of = f->as_of;
    uint32_t unit = (uint32_t)p->accesses;
    for (uint32_t i = 0; i < p->accesses; i++)
        if (counts(&p->access[i]) && count_by(&w->counter[w->counters++], p, i, bits_for(f->events, sketches), &unit)) {
            keep_window_free(w);
            return keep_window_no_memory(err);
        }
    for (size_t k = 0; k < w->counters; k++) {
        w->steps += w->counter[k].steps;
        w->unfiltered |= w->counter[k].unfiltered;
    }
    if (!(w->alive = calloc(KEEP_TERMS_CLASSES, sizeof *w->alive))) {
        keep_window_free(w);
        return keep_window_no_memory(err);
    }
    *out = w;
    return 0;
}

void keep_window_free(struct keep_window *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->counters; i++)
        for (uint32_t k = 0; k < w->counter[i].steps; k++)
            keep_sketch_done(&w->counter[i].step[k].stretch);
    for (size_t i = 0; w->alive && i < KEEP_TERMS_CLASSES; i++)
        free(w->alive[i]);
    free(w->alive);
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

/* The steps that the event's class lets live, as bits. */
static int living(struct keep_window *w, const struct asked *q, const uint64_t **out, struct keep_err *err)
{
    uint32_t class = keep_terms_class(q->b, q->i);
    uint64_t *set = w->alive[class];
    if (!set) {
        if (!(set = calloc(w->steps / 64 + 1, sizeof *set)))
            return keep_window_no_memory(err);
        w->alive[class] = set;
        for (size_t k = 0, bit = 0; k < w->counters; k++)
            for (uint32_t n = 0; n < w->counter[k].steps; n++, bit++) {
                bool lives;
                int rc = keep_judge_alive(q->j, w->counter[k].step[n].unit, q->b, q->i, &lives, err);
                if (rc)
                    return rc;
                set[bit / 64] |= (uint64_t)lives << bit % 64;
            }
    }
    *out = set;
    return 0;
}

/* The bits of one counter, whose first is `bit`. */
static uint64_t bits_of(const uint64_t *alive, size_t bit, uint32_t steps)
{
    uint64_t out = 0;
    for (uint32_t n = 0; n < steps; n++, bit++)
        out |= (alive[bit / 64] >> bit % 64 & 1) << n;
    return out;
}

int keep_window_note(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_err *err)
{
    struct asked q = {.w = w, .j = j, .b = batch, .i = i};
    const uint64_t *alive;
    int rc = living(w, &q, &alive, err);
    for (size_t k = 0, bit = 0; !rc && k < w->counters; k++) {
        struct keep_window_counter *c = &w->counter[k];
        uint64_t key;
        c->noted += bits_of(alive, bit, c->steps) != 0;
        for (uint32_t n = 0; n < c->steps; n++, bit++)
            if (alive[bit / 64] >> bit % 64 & 1 && !c->unfiltered && !c->step[n].none && key_of(&q, c->a, &key))
                keep_sketch_add(&c->step[n].stretch, keep_sketch_hash(key), stretch_of(batch->time[i], c->a->within));
    }
    return rc;
}

/* Do a stretch and the one before it, or the one behind it, hold all that a window needs? */
static bool could_reach(const struct keep_window_counter *c, uint64_t key, uint32_t s)
{
    uint64_t hash = keep_sketch_hash(key);
    bool before = true, behind = true;
    for (uint32_t k = 0; k < c->steps && (before || behind); k++) {
        const struct keep_window_step *p = &c->step[k];
        uint32_t here = p->none ? p->need : keep_sketch_get(&p->stretch, hash, s);
        if (here >= p->need)
            continue;
        before = before && here + keep_sketch_get(&p->stretch, hash, s - 1) >= p->need;
        behind = behind && here + keep_sketch_get(&p->stretch, hash, s + 1) >= p->need;
    }
    return before || behind;
}

void keep_window_join_notes(struct keep_window *w, const struct keep_window *from)
{
    for (size_t k = 0; k < w->counters; k++) {
        w->counter[k].noted += from->counter[k].noted;
        for (uint32_t n = 0; n < w->counter[k].steps && !w->counter[k].unfiltered; n++)
            if (!w->counter[k].step[n].none)
                keep_sketch_merge(&w->counter[k].step[n].stretch, &from->counter[k].step[n].stretch);
    }
}

bool keep_window_wanted(struct keep_window *w)
{
    bool any = false;
    for (size_t k = 0; k < w->counters; k++) {
        struct keep_window_counter *c = &w->counter[k];
        c->wanted = true;
        for (uint32_t n = 0; n < c->steps && c->wanted; n++)
            c->wanted = c->unfiltered || c->step[n].none || keep_sketch_most(&c->step[n].stretch) * 2 >= c->step[n].need;
        any |= c->wanted || c->whole;
    }
    return any;
}

static int push(struct keep_window *w, const struct keep_window_item *it)
{
    if (w->items == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 1024;
        struct keep_window_item *more = realloc(w->item, cap * sizeof *more);
        if (!more)
            return -1;
        w->item = more;
        w->cap = cap;
    }
    w->item[w->items++] = *it;
    return 0;
}

/* What the event is counted per and told apart by, if it has that. what: 0 where nothing is told apart. */
static bool counted_as(const struct keep_window_counter *c, struct asked *q, uint64_t *key, uint32_t *what)
{
    *what = 0;
    return key_of(q, c->a, key) && (!keep_window_tells_apart(c->a) || value_of(q, c->a->distinct, what));
}

/* The steps that the event could be in a window of the counter that reaches its limit, or behind one, as bits. alive: the counter's; key, what: set when
 * there are any. */
static uint32_t candidate(const struct keep_window_counter *c, struct asked *q, uint64_t alive, uint64_t *key, uint32_t *what)
{
    *what = 0;
    if (!alive || !(c->wanted || c->whole) || !counted_as(c, q, key, what))
        return 0;
    uint32_t s = c->unfiltered ? 0 : stretch_of(q->b->time[q->i], c->a->within), last = c->steps - 1;
    if (c->unfiltered || c->whole || could_reach(c, *key, s))
        return (uint32_t)alive;
    return c->step[last].none && alive >> last & 1 && could_reach(c, *key, s - 1) ? 1u << last : 0;
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

int keep_window_near(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, const struct keep_events *batch, uint32_t i, bool *near,
                     struct keep_err *err)
{
    struct asked q = {.w = noted, .j = j, .b = batch, .i = i};
    const uint64_t *alive;
    uint32_t steps = 0;
    int rc = living(w, &q, &alive, err);
    for (size_t k = 0, bit = 0; !rc && !steps && k < noted->counters; bit += noted->counter[k++].steps) {
        uint64_t key;
        uint32_t what;
        if (!noted->counter[k].unfiltered)
            steps = candidate(&noted->counter[k], &q, bits_of(alive, bit, noted->counter[k].steps), &key, &what);
    }
    *near = steps != 0;
    return rc;
}

bool keep_window_unfiltered(const struct keep_window *w)
{
    return w->unfiltered;
}

/* Steps of one counter, whose first is `bit`, in a set of those of all. */
static uint64_t taken_at(uint64_t steps, size_t bit)
{
    return bit < KEEP_WINDOW_STEPS ? steps << bit : steps ? UINT64_C(1) << (KEEP_WINDOW_STEPS - 1) : 0;
}

static uint64_t had_at(uint64_t had, size_t bit, uint32_t steps)
{
    return bit < KEEP_WINDOW_STEPS ? had >> bit & ((UINT64_C(1) << steps) - 1) : 0;
}

int keep_window_collect(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, struct keep_window_judged *e, struct keep_err *err)
{
    const struct keep_events *batch = e->batch;
    const struct keep_judgement *v = e->v;
    uint32_t i = e->i;
    struct asked q = {.w = noted, .j = j, .b = batch, .i = i};
    const uint64_t *alive;
    int rc = living(w, &q, &alive, err);
    e->taken = 0;
    for (size_t k = 0, bit = 0; !rc && k < noted->counters; bit += noted->counter[k++].steps) {
        const struct keep_window_counter *c = &noted->counter[k];
        uint64_t key;
        uint32_t what, steps;
        uint64_t lives = bits_of(alive, bit, c->steps), had = lives & had_at(e->had, bit, c->steps);
        if (c->unfiltered && v->explanation >= 0)
            continue;
        steps = candidate(c, &q, lives, &key, &what);
        if (had && counted_as(c, &q, &key, &what))
            steps |= (uint32_t)had;
        if (steps)
            rc = tell(c, j, v, &steps, err);
        if (rc || !steps)
            continue;
        if (push(w, &(struct keep_window_item){.key = key, .rule = (uint32_t)k, .what = c->a->steps ? steps : what, .source = batch->source, .run = KEEP_U64MAP_NONE,
                                               .next = KEEP_U64MAP_NONE, .ordinal = batch->ordinal[i], .time = batch->time[i]}))
            return keep_window_no_memory(err);
        e->taken |= taken_at(steps, bit);
    }
    return rc;
}

int keep_window_again(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint64_t taken, struct keep_err *err)
{
    struct asked q = {.w = w, .j = j, .b = batch, .i = i};
    for (size_t k = 0, bit = 0; taken && k < w->counters; bit += w->counter[k++].steps) {
        const struct keep_window_counter *c = &w->counter[k];
        uint64_t steps = had_at(taken, bit, c->steps), key;
        uint32_t what;
        if (!steps || !counted_as(c, &q, &key, &what))
            continue;
        if (push(w, &(struct keep_window_item){.key = key, .rule = (uint32_t)k, .what = c->a->steps ? (uint32_t)steps : what, .source = batch->source, .run = KEEP_U64MAP_NONE,
                                               .next = KEEP_U64MAP_NONE, .ordinal = batch->ordinal[i], .time = batch->time[i]}))
            return keep_window_no_memory(err);
    }
    return 0;
}

uint64_t keep_window_whole(const struct keep_window *w)
{
    uint64_t whole = 0;
    for (size_t k = 0, bit = 0; k < w->counters; bit += w->counter[k++].steps) {
        const struct keep_window_counter *c = &w->counter[k];
        if (c->unfiltered || c->whole || c->step[c->steps - 1].none)
            whole |= taken_at((UINT64_C(1) << c->steps) - 1, bit);
    }
    return whole;
}

void keep_window_keep(struct keep_window *w, uint64_t whole)
{
    for (size_t k = 0, bit = 0; k < w->counters; bit += w->counter[k++].steps)
        w->counter[k].whole = bit + w->counter[k].steps < KEEP_WINDOW_STEPS && whole >> bit & 1;
}

void keep_window_choose(struct keep_window *w, uint64_t events)
{
    enum { FEW = 64 }; /* one event in so many is little beside the log */
    for (size_t k = 0, bit = 0; k < w->counters; bit += w->counter[k++].steps)
        w->counter[k].whole = bit + w->counter[k].steps < KEEP_WINDOW_STEPS && w->counter[k].noted <= events / FEW;
}

/* A window with a new event, and the stretch before the one where it begins, which says how full both are; under `then no` also what awaited it. */
int64_t keep_window_back(const struct keep_access *a)
{
    int64_t times = a->steps && a->step[a->steps - 1].none ? 3 : 2, back;
    return __builtin_mul_overflow(a->within, times, &back) ? INT64_MAX : back;
}

int keep_window_reach(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, int64_t *back, struct keep_err *err)
{
    struct asked q = {.w = w, .j = j, .b = batch, .i = i};
    const uint64_t *alive;
    int rc = living(w, &q, &alive, err);
    *back = 0;
    for (size_t k = 0, bit = 0; !rc && k < w->counters; bit += w->counter[k++].steps) {
        const struct keep_window_counter *c = &w->counter[k];
        if (c->unfiltered || c->whole || !bits_of(alive, bit, c->steps))
            continue;
        int64_t b = keep_window_back(c->a);
        *back = b > *back ? b : *back;
    }
    return rc;
}

int keep_window_join(struct keep_window *w, struct keep_window *from, struct keep_err *err)
{
    for (size_t i = 0; i < from->items; i++)
        if (push(w, &from->item[i]))
            return keep_window_no_memory(err);
    free(from->item);
    from->item = NULL;
    from->items = from->cap = 0;
    return 0;
}
