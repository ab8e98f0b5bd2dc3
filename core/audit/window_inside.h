/* What noting (window_note.c), collecting (window.c), dealing (window_deal.c) and finding runs (window_runs.c)
 * share. Inside the four files only. */
#ifndef CORE_AUDIT_WINDOW_INSIDE_H
#define CORE_AUDIT_WINDOW_INSIDE_H

#include "core/audit/sketch.h"
#include "core/audit/window.h"

struct keep_window_step {
    uint32_t unit;              /* whose condition it is: the rule's, or a step's (keep_judge_alive) */
    uint32_t need;              /* events of it in a window, as far as a sketch can tell */
    bool none;                  /* `then no`: no window needs it, and nothing is noted */
    struct keep_sketch stretch; /* (key, stretch) -> events */
};

struct keep_window_counter {
    uint32_t rule; /* in the policy */
    const struct keep_access *a;
    struct keep_window_step step[KEEP_ACCESS_STEPS];
    uint32_t steps; /* one, but of a sequence */
    size_t bit;     /* number of the first among the steps of all */
    bool unfiltered; /* counts only what nothing explains: few events, which are known once they are judged, so no sketch tells */
    bool whole;     /* collects all that it counts, for a later audit: it is little */
    bool by_user;   /* its key is one user, or login: a number of keep_window_user */
    uint64_t noted; /* events that it could count */
    bool wanted;    /* some stretch of each step holds its part of what is needed */
    int64_t length;   /* of a stretch, in microseconds */
    uint32_t beside;  /* a window lies within a stretch and so many neighbours on one side */
    keep_time lo, hi; /* of the stretch last asked for: most events are of the same */
    uint32_t stretch;
    uint32_t *run;    /* after resolving, of each event: 1 + the number of its run, 0 in none; NULL: there is no run */
};

/* An event that some counter took. */
struct keep_window_event {
    keep_time time;
    uint64_t ordinal;
    uint32_t source, account, subject, patient, place, unit;
};

/* Of events of one class, or of several alike, which steps are noted and which counters may take them. */
struct keep_window_class {
    struct keep_window_class *next;
    uint64_t noted;             /* events, not yet among those of the counters */
    uint32_t notes, takes;
    uint32_t repeats;           /* so many of the first notes are of a user's different patients */
    uint32_t by_user, filtered; /* so many of the first counters that take are by user, or look at what else was noted */
    struct {
        uint32_t counter, step;
    } *note;
    struct {
        uint32_t counter, alive; /* alive: steps as bits */
    } *take;
};

/* What was last noted of an account: people stay with a chart for some accesses, so most notes would be the same again. */
struct keep_window_recent {
    keep_time lo, hi;           /* within one stretch of each counter that it is about; lo = hi: nothing */
    const struct keep_window_class *of;
    uint32_t account, patient;
};

struct keep_window {
    const struct keep_world *world;
    struct keep_window_recent *noted; /* of each account, and of all others together */
    uint64_t *reach;          /* after joining, of each account likewise: of the counters by user those whose limit a user behind it could reach at some time, as bits */
    struct keep_window_class *classes;  /* all that differ */
    struct keep_window_class **of_class; /* NULL: not yet known */
    size_t steps;
    bool unfiltered, whole;   /* some counter is; whole: after keep_window_wanted */
    const struct keep_zone *zone;
    keep_time as_of;
    struct keep_window_counter *counter;
    size_t counters;
    struct keep_window_event *event;
    uint64_t *took;           /* of each event so many words: which of all steps it is */
    size_t words;
    size_t events, room, took_room;
    uint64_t *peak;           /* after resolving, of each run */
    uint32_t *telling;        /* and the counters that have runs */
    size_t tellings;
};

/* The steps of one counter, in the words of an event. */
static inline uint32_t keep_window_steps_of(const struct keep_window_counter *c, const uint64_t *took)
{
    size_t word = c->bit / 64, at = c->bit % 64;
    uint64_t steps = took[word] >> at;
    if (at + c->steps > 64)
        steps |= took[word + 1] << (64 - at);
    return (uint32_t)(steps & ((UINT64_C(1) << c->steps) - 1));
}

static inline bool keep_window_tells_apart(const struct keep_access *a)
{
    return a->form == KEEP_ACCESS_DISTINCT || a->form == KEEP_ACCESS_OVERLAP;
}

static inline uint32_t keep_window_day(const struct keep_window *w, keep_time t)
{
    return (uint32_t)(w->zone ? keep_zone_date(w->zone, t) : keep_civil_utc_date(t));
}

/* What events are counted per, or counted apart by, as a number; false: this event has none. */
static inline bool keep_window_value(const struct keep_window *w, const struct keep_window_event *e, enum keep_field f, uint32_t *out)
{
    switch ((int)f) {
    case KEEP_FIELD_user_id: *out = e->subject; break;
    case KEEP_FIELD_user_login: *out = e->account; break;
    case KEEP_FIELD_event_patient_id: *out = e->patient; break;
    case KEEP_FIELD_event_place: *out = e->place; break;
    case KEEP_FIELD_event_unit: *out = e->unit; break;
    case KEEP_FIELD_event_day: *out = keep_window_day(w, e->time); return true;
    default: return false;
    }
    return *out != KEEP_ID_NONE;
}

static inline bool keep_window_key(const struct keep_window *w, const struct keep_window_event *e, const struct keep_access *a, uint64_t *out)
{
    uint32_t v;
    *out = 0;
    for (uint32_t k = 0; k < a->pers; k++) {
        if (!keep_window_value(w, e, a->per[k], &v))
            return false;
        *out = *out << 32 | v;
    }
    return true;
}

/* Has the event what it is counted per, the key, and what it is told apart by? */
static inline bool keep_window_counted(const struct keep_window *w, const struct keep_window_counter *c, const struct keep_window_event *e, uint64_t *key)
{
    uint32_t what;
    return keep_window_key(w, e, c->a, key) && (!keep_window_tells_apart(c->a) || keep_window_value(w, e, c->a->distinct, &what));
}

static inline struct keep_window_event keep_window_event_at(struct keep_judge *j, const struct keep_events *b, uint32_t i)
{
    return (struct keep_window_event){.time = b->time[i], .ordinal = b->ordinal[i], .source = b->source, .account = b->account[i], .subject = keep_judge_subject(j, b, i),
                                      .patient = b->patient[i], .place = b->place[i], .unit = b->unit[i]};
}

/* Where an account's own things stand; those that the world does not know share the last place. */
static inline size_t keep_window_account(const struct keep_world *w, uint32_t account)
{
    return account < w->accounts ? account : w->accounts;
}

/* A user's number, of all who can be behind an account: a worker, else the account itself. */
static inline uint32_t keep_window_user(const struct keep_world *w, uint32_t subject)
{
    return subject < w->workers ? subject : (uint32_t)(w->workers + keep_window_account(w, subject & ~KEEP_BIND_BY_ACCOUNT));
}
static inline uint32_t keep_window_users(const struct keep_world *w)
{
    return (uint32_t)(w->workers + w->accounts + 1);
}

/* What events of the class of this one are noted for, and who may take them. */
int keep_window_learn(struct keep_window *w, struct keep_judge *j, const struct keep_events *b, uint32_t i, struct keep_window_class **out, struct keep_err *err);
/* Adds what the classes counted to their counters. */
void keep_window_count(struct keep_window *w);
/* A number for the counter's stretch in which t lies; c->lo, c->hi are its bounds. Neighbours differ by one; numbers that wrap only make a stretch look fuller. */
uint32_t keep_window_stretch_new(struct keep_window_counter *c, keep_time t); /* another than the last */
static inline uint32_t keep_window_stretch(struct keep_window_counter *c, keep_time t)
{
    return t >= c->lo && t < c->hi ? c->stretch : keep_window_stretch_new(c, t);
}
/* The steps that the event could be, as the notes of c tell, as bits; own: the same counter of the window w that asks. */
uint32_t keep_window_candidate(const struct keep_window *w, const struct keep_window_counter *c, struct keep_window_counter *own, const struct keep_window_event *e, uint32_t alive);

/* Counters that count per the same, whatever else they ask; of a view, those that count per its one value, and per another beside it. */
struct keep_window_view {
    const struct keep_access *a;    /* of one of them */
    uint64_t *mask;                 /* the steps of all of them, as events have them */
    uint32_t view;                  /* of an order: the one whose pieces it is looked for in */
};

/* Events of one share of all, in their order. */
struct keep_window_list {
    uint32_t *event;
    size_t n, room;
};

/* All events dealt out: for each view into pieces, all of one key into the same. */
struct keep_window_deal {
    struct keep_window_view *view, *order;
    size_t views, orders;
    uint32_t *order_of;             /* of each counter */
    size_t pieces, shares;          /* a power of two; as many threads deal at once */
    struct keep_window_list *list;  /* of each share, in it of each view, in it of each piece */
};
/* -1: out of memory. keep_window_deal_done in every case. crew: NULL allowed. */
int keep_window_deal(struct keep_window_deal *d, const struct keep_window *w, struct keep_crew *crew);
void keep_window_deal_done(struct keep_window_deal *d);
bool keep_window_any(const uint64_t *took, const uint64_t *mask, size_t words); /* has an event any of these steps? */
static inline const struct keep_window_list *keep_window_dealt(const struct keep_window_deal *d, size_t share, size_t view, size_t piece)
{
    return &d->list[(share * d->views + view) * d->pieces + piece];
}
int keep_window_no_memory(struct keep_err *err); /* KEEP_E_NOMEM, said */

#endif
