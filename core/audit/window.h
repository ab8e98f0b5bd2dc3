/* Rules over several events: `per KEY within D` and `count >= N`, `count distinct`,
 * `overlap` (two values within D) or `first … then …` (sequence.h). Every
 * event is noted (how many could count, per key and stretch of time); those that
 * stand where the limit could be reached are collected when they are judged; then
 * it is told which of them belong to a run. Memory is a fixed sketch a rule, and
 * what stands in suspicious stretches or, for a rule `unless expected`, is not
 * explained; it does not follow the log. Each thread
 * notes and collects into a window of its own; they are joined before anything is
 * collected, and before it is told.
 *
 * A rule whose keys hold user.id or user.login counts one user's events only, so
 * that a part of the log with all of a user's events has all that such a rule
 * asks for; the others (per event.patient_id, event.place, event.unit) count
 * across users. What is noted and what is collected are both sums over events:
 * sketches add up (core/audit/sketch.h), what is collected is sorted before it is used. */
#ifndef CORE_AUDIT_WINDOW_H
#define CORE_AUDIT_WINDOW_H

#include "core/audit/judge.h"
#include "core/audit/rows.h"
#include "core/base/crew.h"

struct keep_window;

/* Two events no more than `within` apart can stand in one window. A run is every event of windows that reach the limit and share one, or of chains whose times touch. */
struct keep_window_hit {
    uint32_t rule, run; /* run: unique over all rules */
    uint64_t count;     /* the most that any window of the run counted; of a sequence, its events */
};

/* What was collected for one rule and key, in order: an event that could stand in a window. */
struct keep_window_item {
    keep_time time;
    uint32_t event, what; /* event: its number in the window; what: the value told apart, or bits of the steps that it is */
    uint32_t run;        /* KEEP_WINDOW_NO_RUN: none */
};
#define KEEP_WINDOW_NO_RUN UINT32_MAX

struct keep_window_frame {
    const struct keep_zone *zone; /* of event.day; NULL: UTC */
    uint64_t events;              /* how many are to come, about */
    keep_time as_of;              /* until when it is known what did not follow; NONE: no bound */
    const struct keep_world *world;
};

/* Does the rule count per one of the two? */
static inline bool keep_window_is_per(const struct keep_access *a, enum keep_field f, enum keep_field g)
{
    for (uint32_t k = 0; k < a->pers; k++)
        if (a->per[k] == f || a->per[k] == g)
            return true;
    return false;
}

/* *out is NULL when the policy has no such rule. */
int keep_window_new(struct keep_window **out, const struct keep_policy *p, const struct keep_window_frame *f, struct keep_err *err);
void keep_window_free(struct keep_window *w);

/* class: keep_terms_class of the event. */
int keep_window_note(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint32_t class, struct keep_err *err);
/* After noting: adds what `from` noted. */
void keep_window_join_notes(struct keep_window *w, struct keep_window *from);
/* After joining: is there anything to collect? */
int keep_window_wanted(struct keep_window *w, bool *out, struct keep_err *err);
/* Is there a rule that may collect any event that nothing explains? */
bool keep_window_unfiltered(const struct keep_window *w);

/* Could the event be collected whatever explains it, as far as its class tells (any event of it)? Then keep_window_near tells more of each. */
int keep_window_takes(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, const struct keep_events *batch, uint32_t i, bool *takes, struct keep_err *err);
/* The same by who it is of, and when. class: one that `takes` was asked of. */
bool keep_window_near(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, uint32_t class, const struct keep_rows_row *row);
/* An event that was just judged. had: steps that collected it in an earlier audit, whose notes are no more; 0. taken: takes those that collect it now, one bit
 * each, numbered through all rules in policy order (of a policy with more than KEEP_WINDOW_STEPS the last bit stands for all the others). */
struct keep_window_judged {
    const struct keep_events *batch;
    uint32_t i;
    const struct keep_judgement *v;
    uint64_t had, taken;
};
#define KEEP_WINDOW_STEPS 64
/* Collects it where the joined notes of `noted` let a limit be reached, or it had been collected. Those taken are numbered from 0. */
int keep_window_collect(struct keep_window *w, const struct keep_window *noted, struct keep_judge *j, struct keep_window_judged *e, struct keep_err *err);
/* Takes n events that no step has collected, numbered from *first. */
int keep_window_reserve(struct keep_window *w, size_t n, uint32_t *first, struct keep_err *err);
/* The event of such a number, once, is one that the steps `taken` had collected in an earlier audit. Several threads may say so, each with a judge of its own. */
void keep_window_again(struct keep_window *w, uint32_t number, struct keep_judge *j, const struct keep_rows_row *row, struct keep_event_id id, uint64_t taken);
/* Steps of rules all of whose events a later audit needs, in a run or not: those that count what nothing explains, `then no`, and those chosen. */
uint64_t keep_window_whole(const struct keep_window *w);
/* Those whose events are collected without regard to how many stand near them: what an earlier audit so kept; or after joining, when there was none, those
 * that could count few of the events. */
void keep_window_keep(struct keep_window *w, uint64_t whole);
void keep_window_choose(struct keep_window *w, uint64_t events);
/* How far back from a new event those lie that a rule could count with it, in microseconds. */
int64_t keep_window_back(const struct keep_access *a);
/* The same for one event: of the rules that its class lets live and that keep not all that they count; 0: none. */
int keep_window_reach(struct keep_window *w, struct keep_judge *j, const struct keep_events *batch, uint32_t i, int64_t *back, struct keep_err *err);
/* What was noted is no longer needed, nor its memory. */
void keep_window_forget(struct keep_window *w);
/* Moves what `from` collected behind what w has: *base is added to its numbers. */
int keep_window_join(struct keep_window *w, struct keep_window *from, uint32_t *base, struct keep_err *err);
/* After collecting, and when what was noted is forgotten: finds the runs. crew: NULL allowed. */
int keep_window_resolve(struct keep_window *w, struct keep_crew *crew, struct keep_err *err);

/* Who acts in an event taken. */
uint32_t keep_window_subject(const struct keep_window *w, uint32_t taken);
/* How many rules it has. */
size_t keep_window_rules(const struct keep_window *w);
/* The runs that an event taken belongs to, one a rule at most, in policy order; how many. out: room for one of each rule. */
size_t keep_window_find(const struct keep_window *w, uint32_t taken, struct keep_window_hit *out);

#endif
