/* What an expression of the policy reads, answered for one event from the world.
 * Besides each value it keeps account of what the value depends on and for how
 * long it stays the same, which is what lets the audit evaluate each thing once
 * at its own grain, whatever the expression looks like. */
#ifndef CORE_AUDIT_BIND_H
#define CORE_AUDIT_BIND_H

#include "core/audit/relate.h"
#include "core/base/zone.h"
#include "core/model/events.h"
#include "core/policy/policy.h"

/* One event's columns; also what a case keeps of its first event. */
struct keep_bind_event {
    uint32_t source;
    uint64_t ordinal;
    keep_time time;
    uint32_t account, patient, place, unit;
    uint8_t action, exposure, outcome, purpose, break_glass, searched;
    int16_t reason;
};

#define KEEP_BIND_UNTOLD "a source of such facts about anybody" /* is missing where a kind of relations is on file of nobody at all: that one person has none is nothing */

/* What values rest on. */
enum {
    KEEP_BIND_USER = 1,          /* the account and, over [lo, hi), the worker behind it */
    KEEP_BIND_PATIENT = 2,
    KEEP_BIND_CLASS = 4,         /* a column with few values: action, exposure, outcome, purpose, break_glass, searched */
    KEEP_BIND_EVENT = 8,         /* anything else of the event */
    KEEP_BIND_NO_WORKER = 16,    /* only that nothing ties the worker to the patient (KEEP_RELATE_NO_WORKER) */
    KEEP_BIND_NO_DEPARTMENT = 32, /* only that nothing ties the known department (KEEP_RELATE_NO_DEPARTMENT) */
    KEEP_BIND_NOT_SELF = 64      /* only that the worker certainly is not the patient (keep_bind_self) */
};

/* Who is behind an account, the same over [lo, hi). */
struct keep_bind_user {
    keep_time lo, hi;
    uint32_t worker;               /* at that time, else the only one it ever was given to; KEEP_ID_NONE */
    uint8_t affiliated;            /* enum keep_tristate */
    uint8_t on_leave;              /* likewise; UNKNOWN also where no roster names leaves */
    bool mapped;                   /* a mapping covers the time */
    uint8_t kind;                  /* of the account at that time; UNMAPPED: as the account's */
    struct keep_post post;         /* where the worker was then; empty: not recorded, or no worker */
};

struct keep_bind {
    const struct keep_world *world;
    const struct keep_policy *policy;
    const struct keep_zone *zone;  /* NULL: UTC */
    struct keep_relate *relate;
    struct keep_arena *scratch;    /* of lists and strings */
    struct keep_env env;           /* ctx is this struct: it must not move */
    bool links_known, maps_known, leaves_known; /* some source says which workers are patients, which accounts are whose, who is on leave */

    struct keep_bind_event e;

    uint32_t account;              /* of e; KEEP_ID_NONE: none recorded */
    const struct keep_bind_user *user; /* at e.time */
    struct keep_bind_user *users;  /* of each account, and of none: the latest looked at */
    uint32_t *chart;               /* of each worker: who that is as a patient, KEEP_ID_NONE; together, since it is asked of every pair */

    /* Since the last run began. */
    uint32_t deps;
    keep_time lo, hi;              /* all values read stay the same over [lo, hi), the user's state apart */
    bool own_late;
    const struct keep_relation *by;
};

int keep_bind_init(struct keep_bind *b, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                   struct keep_relate *relate, struct keep_err *err);
void keep_bind_done(struct keep_bind *b);

/* Points at an event; the user's state follows. */
void keep_bind_set(struct keep_bind *b, const struct keep_bind_event *e);
void keep_bind_row(struct keep_bind_event *out, const struct keep_events *batch, uint32_t i);

/* The account's state at t, valid until the account is asked for another time; *changed is set to true when it is not the one of the last call. */
const struct keep_bind_user *keep_bind_look(struct keep_bind *b, uint32_t account, keep_time t, bool *changed);

/* Runs over the event set, with a fresh account of dependencies. *missing: what an unknown lacked, or the error's text. */
int keep_bind_run(struct keep_bind *b, const struct keep_expr *e, enum keep_tristate *out, struct keep_str *missing, struct keep_err *err);

/* Begins a fresh account of dependencies, as every run does. */
void keep_bind_begin(struct keep_bind *b);

/* For circumstance.c: relation kinds of a list of words as bits (false: some word is none); what a question about relations answered; the day in the keep's zone. */
bool keep_bind_kinds(const struct keep_value *list, uint32_t *out);
void keep_bind_answered(struct keep_bind *b, const struct keep_relate_answer *a, struct keep_value *out);
keep_date keep_bind_day(const struct keep_bind *b, keep_time t);

/* Is there somebody behind the account of whom nobody knows who it is? A service, a vendor, an outside account is nobody's by design, a proxy's is told by BEHALF. */
bool keep_bind_unnamed(const struct keep_world *w, const struct keep_bind_user *u, uint32_t account);

/* Is the worker, KEEP_ID_NONE nobody knows who, that patient? */
enum keep_tristate keep_bind_self(const struct keep_bind *b, uint32_t worker, uint32_t patient);

/* Who acts, as one number: the worker, else the account (or none) with the top bit set. */
#define KEEP_BIND_BY_ACCOUNT UINT32_C(0x80000000)
static inline uint32_t keep_bind_subject(const struct keep_bind_user *u, uint32_t account)
{
    return u->worker != KEEP_ID_NONE ? u->worker : account | KEEP_BIND_BY_ACCOUNT;
}

#endif
