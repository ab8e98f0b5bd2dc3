/* Relations and encounters, indexed as the audit asks for them: of one patient at
 * a time, by worker and by department. Who asks patient by patient pays for each
 * index once, and memory does not follow the relations. An answer comes with the stretch of
 * time over which it stays the same, so that a pair is asked once a stretch and
 * not once an event.
 *
 * A relation counts from `before` ahead of its start to `after` behind its end,
 * both ends included. One without an end is an instant, unless it is open. One
 * without a start counts from ever when open, at its end when that is known,
 * and makes the answer unknown when it has no date at all.
 *
 * Own late facts: a relation written by the asking worker after that worker's
 * first access to the patient is left out, and the answer says so. Where nobody
 * recorded when it was written, its start stands in. */
#ifndef CORE_AUDIT_RELATE_H
#define CORE_AUDIT_RELATE_H

#include <stdbool.h>

#include "core/audit/idle.h"
#include "core/base/crew.h"
#include "core/model/world.h"

struct keep_edges;  /* core/audit/edges.h */
struct keep_relate; /* for one thread; it holds the index of one patient at a time */

#define KEEP_RELATE_EVER INT64_MIN  /* lo of a stretch without beginning */
#define KEEP_RELATE_NEVER INT64_MAX /* hi of a stretch without end */

struct keep_relate_ask {
    uint32_t worker, patient; /* of the world, as wherever one of them is asked about */
    uint32_t kinds;          /* bits 1u << enum keep_relation_kind */
    int64_t before, after;   /* microseconds */
    keep_time at;
};

struct keep_relate_answer {
    enum keep_tristate holds; /* UNKNOWN: only undated relations are there */
    keep_time lo, hi;         /* the same for every time t with lo <= t < hi */
    const struct keep_relation *by; /* one that makes it hold at `at`; NULL when it does not hold */
    bool own_late;            /* a relation was left out as an own late fact */
};

/* crew: helps with what never changes; NULL: none. */
int keep_relate_new(struct keep_relate **out, const struct keep_world *w, struct keep_crew *crew, struct keep_err *err);
/* For another thread: shares what never changes with `first`, which must outlive it. */
int keep_relate_more(struct keep_relate **out, const struct keep_relate *first, struct keep_err *err);
void keep_relate_free(struct keep_relate *r);

/* Two things that only some policies ask for, and that cost time and memory. */
/* The days on which accounts were used: wanted before the first access is noted. */
int keep_relate_want_idle(struct keep_relate *r, struct keep_err *err);
/* How departments share patients: of the one that the others share with, at any time before the first question; accesses may be noted meanwhile. known: those of
 * the same world, which must outlive it; NULL: they are made. */
int keep_relate_want_edges(struct keep_relate *first, const struct keep_edges *known, struct keep_err *err);
/* Where uses of accounts are noted, and asked for when all are; NULL: not wanted. */
struct keep_idle *keep_relate_idle(const struct keep_relate *r);
/* Adds the uses that `other` noted, and lets it ask r from now on. */
int keep_relate_join(struct keep_relate *r, struct keep_relate *other, struct keep_err *err);
/* The most workers of the department where the worker is at t that share patients with a department which sees this one (edges.h); -1: not known. *lo, *hi
 * are narrowed to the worker's stay there. */
int keep_relate_ties(const struct keep_relate *r, uint32_t worker, uint32_t patient, keep_time t, keep_time *lo, keep_time *hi);
/* Likewise, how many workers were ever in that department. */
int64_t keep_relate_size(const struct keep_relate *r, uint32_t worker, keep_time t, keep_time *lo, keep_time *hi);

/* Is there a relation of the patient whose author is known, so that first accesses matter? */
bool keep_relate_authored(struct keep_relate *r, uint32_t patient);
/* Notes an access, in any order; the earliest is the first access. All of a patient's must be noted before the first question about the patient,
 * and are forgotten once another patient is noted or asked about. */
void keep_relate_access(struct keep_relate *r, uint32_t worker, uint32_t patient, keep_time t);

/* Who wrote of the patient at hand only after the first access: each worker once, in any order. each: 0 to go on, else stops and is returned. */
int keep_relate_late(const struct keep_relate *r, int (*each)(void *ctx, uint32_t worker, keep_time first), void *ctx);

void keep_relate_worker(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out);

/* The same over relations of the department or unit, as such, where the worker was at that time. */
void keep_relate_department(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out);

/* An encounter of the patient around `at` in which somebody took part who was then of the department or unit where the worker is at `at` (kinds is
 * not read). */
void keep_relate_encounter(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out);

/* Has the patient a relation of any of these kinds at all? */
bool keep_relate_any(struct keep_relate *r, uint32_t patient, uint32_t kinds);

/* The same as of keep_relate_worker over all relations of the patient, whoever's they are; own late facts are left out. The stretch may be shorter than the longest. */
void keep_relate_patient(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out);

/* At q->at itself the worker acted for somebody else whom a relation of these kinds ties to the patient. What the worker wrote late, and the other
 * behind that instant, is left out. The answer is of that instant alone. */
void keep_relate_behalf(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out);

/* Did the patient stay, or have an appointment, at that unit or department (a term's id) around t, from that long before its start to that long after its end? */
bool keep_relate_at_unit(const struct keep_relate *r, uint32_t patient, uint32_t unit, keep_time t, int64_t around);

/* End of the patient's latest encounter that began by t, t itself while it lasts; KEEP_TIME_NONE: none with a date on file. */
keep_time keep_relate_seen(const struct keep_relate *r, uint32_t patient, keep_time t);

/* Which kinds of relations are on file of anybody, as bits. */
uint32_t keep_relate_kinds(const struct keep_relate *r);
/* The newest disclosure on file, whosever; KEEP_TIME_NONE: there is none. */
keep_time keep_relate_disclosed(const struct keep_relate *r);

/* What is certain without asking, whatever the time: nothing ties the worker; the worker's departments are always known and nothing ties them. */
#define KEEP_RELATE_NO_WORKER 1u
#define KEEP_RELATE_NO_DEPARTMENT 2u
uint32_t keep_relate_strangers(struct keep_relate *r, uint32_t worker, uint32_t patient);

/* Narrows the stretch [*lo, *hi) around t to end at an edge; NONE: no edge. */
static inline void keep_relate_narrow(keep_time *lo, keep_time *hi, keep_time t, keep_time edge)
{
    if (edge == KEEP_TIME_NONE)
        return;
    if (edge <= t && edge > *lo)
        *lo = edge;
    if (edge > t && edge < *hi)
        *hi = edge;
}

/* Saturating: a time moved by a duration never wraps. */
keep_time keep_relate_shift(keep_time t, int64_t by);

#endif
