/* Noting, and what the notes tell. A window of length D lies within two neighbouring
 * stretches of length D, so a stretch matters only if with one neighbour it holds
 * at least the limit, or of each step of a sequence as many as it takes; of stretches
 * of a quarter of D, with four neighbours. How full
 * a stretch is a sketch tells, never less than the truth, so nothing is missed.
 *
 * Most accesses follow another of the same account to the same chart. To a rule that
 * counts a user's different patients such a one adds nothing within a stretch: what
 * was last noted of each account is kept at hand. And few accounts ever come near a
 * limit that is counted by user: which, is told once for all their events. */
#include "core/audit/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/terms.h"
#include "core/audit/window_inside.h"

/* ---- what is asked of one event ---- */

/* In which order a class has its counters: by what a repeated access needs not ask again. */
enum rank { USERS_PATIENTS, BY_USER, BY_MORE, UNFILTERED, RANKS };

static enum rank rank_of(const struct keep_window_counter *c)
{
    if (c->unfiltered || !c->by_user)
        return c->unfiltered ? UNFILTERED : BY_MORE;
    return c->a->form == KEEP_ACCESS_DISTINCT && c->a->distinct == KEEP_FIELD_event_patient_id ? USERS_PATIENTS : BY_USER;
}

static struct keep_window_event event_of(struct keep_judge *j, const struct keep_rows_row *r)
{
    return (struct keep_window_event){.time = r->time, .account = r->account, .subject = keep_judge_who(j, r->account, r->time), .patient = r->patient, .place = r->place, .unit = r->unit};
}

uint32_t keep_window_stretch_new(struct keep_window_counter *c, keep_time t)
{
    int64_t n = t / c->length - (t % c->length < 0);
    c->stretch = (uint32_t)n;
    c->lo = c->hi = 0;
    if (n > INT64_MIN / c->length + 1 && n < INT64_MAX / c->length - 1) {
        c->lo = n * c->length;
        c->hi = c->lo + c->length;
    }
    return c->stretch;
}

/* The steps of the counter that the event could be, by its class. */
static int living(const struct keep_window_counter *c, struct keep_judge *j, const struct keep_events *b, uint32_t i, uint32_t *out, struct keep_err *err)
{
    *out = 0;
    for (uint32_t n = 0; n < c->steps; n++) {
        bool lives;
        int rc = keep_judge_alive(j, c->step[n].unit, b, i, &lives, err);
        if (rc)
            return rc;
        *out |= (uint32_t)lives << n;
    }
    return 0;
}

/* Adds a counter to a class that lets these steps of it live. */
static void learn_counter(const struct keep_window *w, uint32_t counter, uint32_t alive, struct keep_window_class *of)
{
    const struct keep_window_counter *c = &w->counter[counter];
    for (uint32_t n = 0; n < c->steps; n++)
        if (alive >> n & 1 && !c->unfiltered && !c->step[n].none) {
            of->note[of->notes].counter = counter;
            of->note[of->notes++].step = n;
        }
    if (alive) {
        of->take[of->takes].counter = counter;
        of->take[of->takes++].alive = alive;
    }
}

/* A class that does with events what this one does, else itself, made the class's own. */
static struct keep_window_class *share(struct keep_window *w, struct keep_window_class *of)
{
    for (size_t c = 0; c < KEEP_TERMS_CLASSES; c++) {
        const struct keep_window_class *x = w->of_class[c];
        if (x && x->notes == of->notes && x->takes == of->takes && memcmp(x->note, of->note, of->notes * sizeof *of->note) == 0 &&
            memcmp(x->take, of->take, of->takes * sizeof *of->take) == 0) {
            free(of);
            return w->of_class[c];
        }
    }
    of->next = w->classes;
    return w->classes = of;
}

int keep_window_learn(struct keep_window *w, struct keep_judge *j, const struct keep_events *b, uint32_t i, struct keep_window_class **out, struct keep_err *err)
{
    uint32_t class = keep_terms_class(b, i), alive;
    struct keep_window_class *of = w->of_class[class];
    if (!of) {
        if (!(of = calloc(1, sizeof *of + w->steps * sizeof *of->note + w->counters * sizeof *of->take)))
            return keep_window_no_memory(err);
        of->note = (void *)(of + 1);
        of->take = (void *)(of->note + w->steps);
        for (enum rank rank = 0; rank < RANKS; rank++) {
            for (uint32_t k = 0; k < w->counters; k++) {
                if (rank_of(&w->counter[k]) != rank)
                    continue;
                int rc = living(&w->counter[k], j, b, i, &alive, err);
                if (rc) {
                    free(of);
                    return rc;
                }
                learn_counter(w, k, alive, of);
            }
            of->repeats = rank == USERS_PATIENTS ? of->notes : of->repeats;
            of->by_user = rank == BY_USER ? of->takes : of->by_user;
            of->filtered = rank == BY_MORE ? of->takes : of->filtered;
        }
        of = w->of_class[class] = share(w, of);
    }
    *out = of;
    return 0;
}

/* ---- notes ---- */

/* What the sketches of a counter know a key by. */
static uint64_t sketch_key(const struct keep_window *w, const struct keep_window_counter *c, const struct keep_window_event *e, uint64_t key)
{
    if (!c->by_user)
        return keep_sketch_hash(key);
    return keep_window_user(w->world, c->a->per[0] == KEEP_FIELD_user_id ? e->subject : e->account | KEEP_BIND_BY_ACCOUNT);
}

/* What an event adds to the sketches of its class, from note `from` on. */
static void note_add(struct keep_window *w, const struct keep_window_class *of, uint32_t from, const struct keep_window_event *e, struct keep_window_recent *r)
{
    const uint32_t who[] = {e->subject, e->account}; /* a user, a login */
    const uint64_t number[] = {keep_window_user(w->world, e->subject), keep_window_user(w->world, e->account | KEEP_BIND_BY_ACCOUNT)};
    for (uint32_t k = from; k < of->notes; k++) {
        struct keep_window_counter *c = &w->counter[of->note[k].counter];
        bool login = c->a->per[0] != KEEP_FIELD_user_id;
        uint64_t key = number[login];
        if (c->by_user ? who[login] != KEEP_ID_NONE : keep_window_key(w, e, c->a, &key))
            keep_sketch_add(&c->step[of->note[k].step].stretch, c->by_user ? key : keep_sketch_hash(key), keep_window_stretch(c, e->time));
        if (k < of->repeats) {
            r->lo = c->lo > r->lo ? c->lo : r->lo;
            r->hi = c->hi < r->hi ? c->hi : r->hi;
        }
    }
}

int keep_window_note(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint32_t class, struct keep_err *err)
{
    struct keep_window_class *of = w->of_class[class];
    int rc = of ? 0 : keep_window_learn(w, j, batch, i, &of, err);
    if (!rc)
        of->noted++;
    if (rc || !of->notes)
        return rc;
    uint32_t account = batch->account[i], patient = batch->patient[i];
    struct keep_window_recent *r = &w->noted[keep_window_account(w->world, account)];
    bool again = r->of == of && r->account == account && r->patient == patient && batch->time[i] >= r->lo && batch->time[i] < r->hi;
    if (again && of->repeats == of->notes)
        return 0;
    const struct keep_bind_user *u = keep_judge_user(j, account, batch->time[i]);
    const struct keep_window_event e = {.time = batch->time[i], .account = account, .subject = keep_bind_subject(u, account), .patient = patient, .place = batch->place[i], .unit = batch->unit[i]};
    if (!again)
        *r = (struct keep_window_recent){u->lo, u->hi, of, account, patient};
    note_add(w, of, again ? of->repeats : 0, &e, r);
    return 0;
}

void keep_window_count(struct keep_window *w)
{
    for (struct keep_window_class *of = w->classes; of; of = of->next) {
        for (uint32_t k = 0; k < of->takes; k++)
            w->counter[of->take[k].counter].noted += of->noted;
        of->noted = 0;
    }
}

/* Do a stretch and the neighbours behind it hold all that a window needs? key: as the counter's sketches know it. */
static bool holds(const struct keep_window_counter *c, uint64_t key, uint32_t first)
{
    bool all = true;
    for (uint32_t k = 0; k < c->steps && all; k++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i <= c->beside && n < c->step[k].need && !c->step[k].none; i++)
            n += keep_sketch_get(&c->step[k].stretch, key, first + i);
        all = c->step[k].none || n >= c->step[k].need;
    }
    return all;
}

/* Could a window in which stretch s is hold it? */
static bool could_reach(const struct keep_window_counter *c, uint64_t key, uint32_t s)
{
    bool any = false;
    for (uint32_t i = 0; i <= c->beside && !any; i++)
        any = holds(c, key, s - c->beside + i);
    return any;
}

void keep_window_join_notes(struct keep_window *w, struct keep_window *from)
{
    keep_window_count(w);
    keep_window_count(from);
    for (size_t k = 0; k < w->counters; k++) {
        w->counter[k].noted += from->counter[k].noted;
        for (uint32_t n = 0; n < w->counter[k].steps && !w->counter[k].unfiltered; n++)
            if (!w->counter[k].step[n].none)
                keep_sketch_merge(&w->counter[k].step[n].stretch, &from->counter[k].step[n].stretch);
    }
}

/* Sets had of each user: could they reach the counter's limit at some time? Behind it is room for as many. */
static void users_reach(const struct keep_window_counter *c, uint32_t users, uint8_t *had)
{
    memset(had, 1, users);
    for (uint32_t n = 0; n < c->steps; n++) {
        if (c->step[n].none)
            continue;
        memset(had + users, 0, users);
        keep_sketch_reach(&c->step[n].stretch, c->beside, c->step[n].need, had + users);
        for (uint32_t u = 0; u < users; u++)
            had[u] &= had[users + u];
    }
}

/* A counter's bit in what accounts reach; of very many the last share one. */
static uint64_t reach_bit(size_t counter)
{
    enum { LAST = 63 };
    return UINT64_C(1) << (counter < LAST ? counter : LAST);
}

/* Which accounts have a user behind them who could. */
static int accounts_reach(struct keep_window *w, struct keep_err *err)
{
    const struct keep_world *of = w->world;
    uint32_t users = keep_window_users(of);
    uint8_t *had = malloc((size_t)users * 2);
    if (!had)
        return keep_window_no_memory(err);
    for (size_t c = 0; c < w->counters; c++) {
        if (!w->counter[c].by_user || w->counter[c].unfiltered || !w->counter[c].wanted)
            continue;
        users_reach(&w->counter[c], users, had);
        for (size_t i = 0; i <= of->accounts; i++) {
            bool any = had[of->workers + i];
            for (size_t k = 0; i < of->accounts && k < of->account[i].spans; k++)
                any |= of->account[i].span[k].worker < of->workers && had[of->account[i].span[k].worker];
            w->reach[i] |= any ? reach_bit(c) : 0;
        }
    }
    free(had);
    return 0;
}

int keep_window_wanted(struct keep_window *w, bool *out, struct keep_err *err)
{
    *out = w->whole = false;
    keep_window_count(w);
    for (size_t k = 0; k < w->counters; k++) {
        struct keep_window_counter *c = &w->counter[k];
        c->wanted = true;
        w->whole |= c->whole;
        for (uint32_t n = 0; n < c->steps && c->wanted; n++)
            c->wanted = c->unfiltered || c->step[n].none || keep_sketch_most(&c->step[n].stretch) * (c->beside + 1) >= c->step[n].need;
        *out |= c->wanted || c->whole;
    }
    return accounts_reach(w, err);
}

bool keep_window_unfiltered(const struct keep_window *w)
{
    return w->unfiltered;
}

/* ---- what they tell ---- */

/* The steps that an event of this key and time could be in a window of the counter that reaches its limit, or behind one, as bits. own: the same counter of the
 * asking window. */
static uint32_t could_be(const struct keep_window *w, const struct keep_window_counter *c, struct keep_window_counter *own, const struct keep_window_event *e, uint64_t key, uint32_t alive)
{
    if (c->unfiltered || c->whole)
        return alive;
    uint32_t s = keep_window_stretch(own, e->time), last = c->steps - 1;
    key = sketch_key(w, c, e, key);
    if (could_reach(c, key, s))
        return alive;
    return c->step[last].none && alive >> last & 1 && could_reach(c, key, s - 1) ? 1u << last : 0;
}

uint32_t keep_window_candidate(const struct keep_window *w, const struct keep_window_counter *c, struct keep_window_counter *own, const struct keep_window_event *e, uint32_t alive)
{
    uint64_t key;
    return (c->wanted || c->whole) && keep_window_counted(w, c, e, &key) ? could_be(w, c, own, e, key, alive) : 0;
}

int keep_window_takes(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, const struct keep_events *batch, uint32_t i, bool *takes, struct keep_err *err)
{
    struct keep_window_class *of;
    int rc = keep_window_learn(w, j, batch, i, &of, err);
    *takes = false;
    for (uint32_t k = 0; !rc && k < of->filtered; k++)
        *takes |= noted->counter[of->take[k].counter].wanted || noted->counter[of->take[k].counter].whole;
    return rc;
}

bool keep_window_near(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, uint32_t class, const struct keep_rows_row *row)
{
    const struct keep_window_class *of = w->of_class[class];
    uint64_t reach = noted->reach[keep_window_account(w->world, row->account)];
    bool near = false;
    for (uint32_t k = reach || noted->whole ? 0 : of->by_user; k < of->filtered && !near; k++) {
        const struct keep_window_counter *c = &noted->counter[of->take[k].counter];
        if (c->by_user && !c->whole && !(reach & reach_bit(of->take[k].counter)))
            continue;
        struct keep_window_event e = event_of(j, row);
        near = keep_window_candidate(w, c, &w->counter[of->take[k].counter], &e, of->take[k].alive);
    }
    return near;
}
