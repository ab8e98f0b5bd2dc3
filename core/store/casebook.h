/* Cases on file: what audits under adopted rules found, and what people did
 * about it. All of it is append-only: a case is assigned its id once, a finding
 * that changed is a further row, what a person does is a step.
 *
 * Rows hold references (entities, events) and words of rules. What says more,
 * the sentence of a finding and whatever a person wrote, is sealed: under the
 * patient's key, with which it dies, or under the case's own where the case is
 * about no one patient. */
#ifndef CORE_STORE_CASEBOOK_H
#define CORE_STORE_CASEBOOK_H

#include "core/model/findings.h"
#include "core/store/txn.h"

/* name, word. Numbers are stored: add at the end. The first four are the audit's own doing, the others people's. */
#define KEEP_CASEBOOK_STEPS(X) \
    X(FOUND, "found") X(PROPOSED, "closing proposed") X(FOUND_AGAIN, "found again") X(NEW_ACCESS, "new access") \
    X(ASSIGNED, "assigned") X(NOTED, "noted") X(ASKED, "asked") X(ANSWERED, "answered") X(CLOSED, "closed") X(REOPENED, "reopened")
#define X(name, word) KEEP_CASEBOOK_##name,
enum keep_casebook_step_kind { KEEP_CASEBOOK_STEPS(X) KEEP_CASEBOOK_STEP_COUNT };
#undef X
const char *keep_casebook_step_word(int kind);

#define KEEP_CASEBOOK_TEXT ((size_t)1 << 20) /* bytes a person may write in one step: hundreds of pages */

/* --- writing, inside a transaction --- */

struct keep_casebook; /* for one transaction */
int keep_casebook_new(struct keep_casebook **out, struct keep_store *s, struct keep_err *err);
void keep_casebook_free(struct keep_casebook *b); /* NULL allowed */

/* Who and whose: entities. patient 0: about no one patient. */
struct keep_casebook_subject {
    uint8_t name[16];          /* the id people see; must be new */
    struct keep_str rule;
    enum keep_entity kind;     /* of user: WORKER, or ACCOUNT when nobody is behind it */
    uint64_t user, patient;
};
int keep_casebook_add(struct keep_casebook *b, const struct keep_casebook_subject *c, uint64_t *id, struct keep_err *err);

struct keep_casebook_finding {
    struct keep_str title, authority, evidence, reason, missing; /* words of rules */
    struct keep_str sentence;  /* with masks, sealed; may be empty */
    enum keep_severity severity;
    int32_t score, weight;     /* weight: the rule's part of the score */
    uint64_t account;          /* entity of the first event's account, 0 none */
    keep_time first, last, as_of;
    const struct keep_event_id *event; /* in order of time */
    size_t events;
    const uint8_t *digest;     /* keep_casebook_digest of it, NULL: not made yet */
    struct keep_str packed;    /* with the digest: what that told */
};
/* What a finding is, as_of aside: equal digests, nothing new. Tells its accesses as they will stand in the row, in form: room that is written over; failed when
 * there was not enough, and then there is no digest. By any thread that has room of its own. */
struct keep_str keep_casebook_digest(const struct keep_casebook *b, struct keep_buf *form, const struct keep_casebook_finding *f, uint8_t out[32]);
/* A further finding of a case; patient: the entity under whose key its sentence goes, 0 none. */
int keep_casebook_find(struct keep_casebook *b, uint64_t id, uint64_t patient, const struct keep_casebook_finding *f, struct keep_err *err);

struct keep_casebook_step {
    enum keep_casebook_step_kind kind;
    enum keep_case_status status; /* what the case's is from now on */
    struct keep_str who;          /* who acted, as stated: somebody of the privacy office, never who is asked */
    struct keep_str about;        /* in clear, no patient: ASSIGNED: to whom; ASKED: user or manager; ANSWERED: the question's number; CLOSED: dates */
    struct keep_str text;         /* what was written: sealed; may be empty */
    uint64_t act;                 /* the signed act behind it, 0 none */
};
/* step: takes its number, NULL allowed. KEEP_E_REFUSED: the key that the text would go under has been destroyed. */
int keep_casebook_step(struct keep_casebook *b, uint64_t id, uint64_t patient, const struct keep_casebook_step *what, uint64_t *step, struct keep_err *err);

/* --- reading --- */

struct keep_casebook_case {
    uint64_t id;
    uint8_t name[16];
    struct keep_str rule, title, authority, evidence, reason, missing;
    enum keep_entity kind;
    uint64_t user, account, patient; /* entities: of those that are one, the least */
    uint64_t patient_key;            /* the entity whose key seals its texts */
    keep_time opened, changed;       /* first and newest finding written */
    keep_time as_of;                 /* of the newest finding */
    keep_time first, last;           /* accesses */
    const struct keep_event_id *event;
    size_t events;
    uint64_t finding;                /* number of the newest finding */
    uint8_t digest[32];
    enum keep_severity severity;
    int32_t score, weight;
    enum keep_case_status status;
    struct keep_str assignee;
    keep_time reviewed, decided;     /* first step of a person; the newest decision, NONE once reopened. NONE: not yet */
    uint64_t steps, asked, answered;
    bool proposed;                   /* the newest audit did not find it any more */
    bool closed;
};
/* All cases in order of id, as they stand. Memory in a. */
int keep_casebook_load(struct keep_store *s, struct keep_arena *a, struct keep_casebook_case **out, size_t *n, struct keep_err *err);

/* As they stood then: cases, findings and steps that were written later are left out. Who is one with whom is as today, and what was destroyed since is missing. */
int keep_casebook_load_until(struct keep_store *s, struct keep_arena *a, keep_time until, struct keep_casebook_case **out, size_t *n, struct keep_err *err);

/* The case of that number, of those loaded; NULL none. Numbers of cases that were destroyed are missing. */
struct keep_casebook_case *keep_casebook_of(struct keep_casebook_case *list, size_t n, uint64_t id);
/* The case whose name in hex begins so, of those loaded: 0, 1 none, 2 several. */
int keep_casebook_named(const struct keep_casebook_case *list, size_t n, struct keep_str hex, const struct keep_casebook_case **out);

/* Steps of all cases in order of writing, without their texts. who lives during the call; each: 0 to go on. */
struct keep_casebook_passing {
    uint64_t id; /* of the case */
    enum keep_casebook_step_kind kind;
    enum keep_case_status status;
    keep_time at;
    struct keep_str who, about;
};
int keep_casebook_steps(struct keep_store *s, int (*each)(void *ctx, const struct keep_casebook_passing *, struct keep_err *), void *ctx, struct keep_err *err);

/* One finding or step of a case. */
struct keep_casebook_entry {
    enum keep_casebook_step_kind kind; /* FOUND: a finding */
    uint64_t number, act;
    keep_time at, as_of;
    enum keep_case_status status;
    enum keep_severity severity;
    int32_t score;
    uint64_t events;
    struct keep_str who, about, text;  /* during the call */
    bool lost;                         /* its text was sealed under a key that has been destroyed */
};
/* In order of writing, the finding of a transaction before its steps. each: 0 to go on, else stops and is returned. */
int keep_casebook_history(struct keep_store *s, uint64_t id, int (*each)(void *ctx, const struct keep_casebook_entry *, struct keep_err *), void *ctx, struct keep_err *err);

#endif
