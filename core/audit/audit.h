/* The access audit: columns and an as-of time in, verdicts and cases out.
 * Pure and deterministic: no store, no clock; the same input gives the same
 * bytes. Verdict of an event: flagged (a rule fired; the case names a reason on
 * file as well) over expected (an explanation holds) over unexplained; an event
 * about no patient, or not `opened`, with no rule firing, is not assessed. */
#ifndef CORE_AUDIT_AUDIT_H
#define CORE_AUDIT_AUDIT_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/zone.h"
#include "core/model/events.h"
#include "core/model/findings.h"
#include "core/model/world.h"
#include "core/policy/policy.h"

struct keep_carry; /* core/audit/carry.h */
struct keep_edges; /* core/audit/edges.h */

struct keep_audit_input {
    const struct keep_policy *policy;
    const struct keep_world *world;      /* labels already set on patients (keep_audit does not see records) */
    const struct keep_zone *zone;        /* of local_hour */
    struct keep_event_scan *scan;
    keep_time as_of;                     /* events after it are left out and counted; NONE: world->newest */
    /* Masks an identifier for a case's sentence (P11): stable within a case; called from any of the threads, several at once. NULL: identifiers stand in clear (tests). */
    struct keep_str (*mask)(void *ctx, const uint8_t case_id[16], enum keep_field f, uint64_t entity, struct keep_str clear);
    void *mask_ctx;
    /* Cases before anything is rendered under their ids, which are digests: may give them others, and a status, and say of those that are kept which are known. time: their
     * places in the list by their first access. NULL allowed. */
    int (*identify)(void *ctx, struct keep_case *list, size_t n, const uint32_t *time, struct keep_err *err);
    void *identify_ctx;
    bool brief;                          /* of cases that are known, only those above the last of the `shown` first that need review have evidence, missing fact and sentence */
    size_t shown;
    /* Every event's verdict, in scan order, when wanted (--events; four bytes an event and another reading of the log): rule = access or explanation
     * index in the policy, -1 none. NULL allowed. */
    int (*verdict)(void *ctx, const struct keep_events *batch, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err);
    void *verdict_ctx;
    int (*progress)(void *ctx, uint64_t done, uint64_t total); /* from any of the threads, one call at a time */
    void *progress_ctx;
    struct keep_carry *before;           /* what an audit left, to go on from: only what is new is judged, and what came to be in doubt; NULL: everything. Its hits' states are set */
    struct keep_carry *after;            /* zeroed; takes what this one leaves: of hits those that it judged, of all else everything. NULL: nothing is left */
    const struct keep_edges *edges;      /* of the same world, where somebody has them (prints.h); NULL: they are made if the policy asks for them */
    uint64_t total_events;               /* for progress */
    uint64_t likely_events;              /* of them, so many wait to be judged, about: what room is made for; 0: all */
    uint64_t room;                       /* so many accesses wait in memory at a time, about: of more the log is read again; 0: KEEP_PASSES_MOST */
    unsigned threads;                    /* how many work at once, up to KEEP_AUDIT_THREADS; 0: one. The result is the same with any number */
};
#define KEEP_AUDIT_EDITION 7  /* one more with every change of what the same rules find, or what is said of it, so that no audit goes on from an older program's */
#define KEEP_AUDIT_THREADS 16 /* more would wait for one reader of the log */

struct keep_audit_rule_count {
    uint64_t fired;        /* events */
    uint64_t cases;
    uint64_t excepted;     /* events where an exception kept it from firing; of rules over several events, from counting them, so far as it was asked: of those that came near the limit */
    uint64_t unable;       /* events where an unknown kept it from firing or from holding */
    struct keep_str missing; /* the field most often missing */
};

struct keep_audit_result {
    uint64_t verdicts[KEEP_VERDICT_COUNT];
    uint64_t events, after_as_of;
    const struct keep_case *cases;       /* ranked: score, severity, first event, id; all memory in the arena given */
    size_t case_n;
    const struct keep_audit_rule_count *access;      /* one per policy->access */
    const struct keep_audit_rule_count *explanation; /* one per policy->explanation */
    bool judged_again;                   /* excepted and unable are of accesses as they were first judged, some of which were judged again since, by this audit or one that it goes on from */
    keep_time as_of;
};

/* Cases: per rule one case for each (rule, worker-or-account, patient), for each (rule, worker-or-account) when neither the rule nor its text looks at the patient – for counts one for each (rule, user, run of the window); unexplained
 * pairs are cases of rule "unexplained". Score: the rule's weight, plus evidence rules' weights that hold for any of its events, each once, less a fixed amount
 * when every event has a reason on file (core/audit/cases.h has the numbers); critical order is fixed by numbers only. What an unknown kept from mattering is not
 * counted as unable: a rule `unless expected` where a reason is on file, an explanation where another holds. A fact authored by the very user after the user's first access to the patient never makes an access expected and is named in evidence. */
int keep_audit_run(const struct keep_audit_input *in, struct keep_arena *a, struct keep_audit_result *out, struct keep_err *err);

/* Runs every condition of the policy over every event, for those who watch them (core/policy/tried.h). Slow; for tests. */
int keep_audit_exercise(const struct keep_audit_input *in, struct keep_err *err);

/* Proof for one event: every explanation, rule and evidence considered, its outcome, and the evidence rows. Calls each in policy order. */
struct keep_audit_proof {
    bool access;                 /* an access rule, else an explanation */
    uint32_t index;              /* in the policy */
    enum keep_tristate outcome;
    struct keep_str missing;     /* UNKNOWN: the field; until each returns */
    const struct keep_relation *relation; /* the relation that made it hold, or NULL */
    const struct keep_exception *exception; /* what kept an access rule from firing, or NULL */
    bool own_late_fact;          /* a relation was left out because the user wrote it after the first access */
};
int keep_audit_prove(const struct keep_audit_input *in, struct keep_event_id id, enum keep_verdict *verdict,
                     int (*each)(void *ctx, const struct keep_audit_proof *, struct keep_err *), void *ctx, struct keep_err *err); /* 1 no such event */

#endif
