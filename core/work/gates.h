/* What must happen before a plan may be carried out: notices given, consents
 * had. Evidence of it is recorded against the plan's digest, signed by an
 * officer; the lead time that a rule demands is counted from the day it was
 * done. A plan names its gates, never that they were met. */
#ifndef CORE_WORK_GATES_H
#define CORE_WORK_GATES_H

#include "core/base/arena.h"
#include "core/retention/plan.h"
#include "core/store/store.h"

/* One gate of a set's list, as the plan words it. */
struct keep_gates_one {
    struct keep_str text;  /* whole, with its lead time: "notify the department (at least 30 days before)" */
    int32_t lead;          /* 0: just before */
    enum keep_unit unit;
};
/* Takes the next gate off a list such as keep_plan_set.gates; false at its end. */
bool keep_gates_next(struct keep_str *rest, struct keep_gates_one *out);
/* The first day to dispose on of what was done on a day: that many whole days lie between; with no lead time the day itself. */
keep_date keep_gates_opens(const struct keep_gates_one *g, keep_date done);

struct keep_gates_evidence {
    struct keep_str gate;       /* its text */
    keep_date done;             /* the day that the notice was given, the consent had */
    struct keep_str reference;  /* where the paper is found; may be empty */
    uint8_t digest[32];         /* SHA-256 of the file shown as evidence */
    const uint8_t (*set)[16];   /* it is of these sets alone; in order */
    size_t sets;                /* 0: of all that have the gate */
    struct keep_str role;       /* who signed */
    keep_time at;
};
struct keep_gates {
    const struct keep_gates_evidence *evidence; /* whose signature holds, in the order it was recorded */
    size_t n;
};

/* What is recorded for a plan. Memory in a. */
int keep_gates_load(struct keep_gates *out, struct keep_store *s, const struct keep_plan *plan, struct keep_arena *a, struct keep_err *err);
/* NULL: all gates of this set of the plan are met on that day. Else which is not, and why; text in a. today KEEP_DATE_NONE: is evidence recorded, whatever its day? */
const char *keep_gates_unmet(const struct keep_gates *g, const struct keep_plan_set *set, keep_date today, struct keep_arena *a);
/* The day from which a gate is met for a set; KEEP_DATE_NONE: no evidence. */
keep_date keep_gates_from(const struct keep_gates *g, const struct keep_gates_one *one, const uint8_t set[16]);

#define KEEP_GATES_REFERENCE 200 /* bytes: a file number, not the letter */
/* Signs and enters evidence. KEEP_E_USAGE: no set of the plan has that gate, a set named is not of it, or the day lies ahead. what: gate, done, reference, digest, sets. */
int keep_gates_record(struct keep_store *s, const struct keep_plan *plan, const struct keep_gates_evidence *what, const struct keep_sign_secret *officer, struct keep_err *err);

#endif
