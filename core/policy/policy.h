/* A policy: packs parsed, checked and compiled. Reading it is pure; running an
 * expression needs an environment that answers for fields and calls. */
#ifndef CORE_POLICY_POLICY_H
#define CORE_POLICY_POLICY_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/diag.h"
#include "core/base/err.h"
#include "core/model/map.h"
#include "core/model/vocab.h"
#include "core/policy/field.h"
#include "core/policy/value.h"

struct keep_expr; /* a compiled expression */

struct keep_env {
    void *ctx;
    struct keep_arena *arena; /* for lists and strings made while evaluating; the caller resets it */
    /* Fill *out (UNKNOWN with s = the field's name when not recorded). <0 only for out of memory and I/O. */
    int (*field)(void *ctx, enum keep_field f, struct keep_value *out);
    int (*call)(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out);
};

/* Evaluates. Unknown and error come out as values: also when lists or strings outgrow env->arena, or comprehensions two
 * million elements. <0: what env answered, then *out is left alone. Safe from several threads, each with its own env. */
int keep_expr_run(const struct keep_expr *e, const struct keep_env *env, struct keep_value *out);
/* Bits (1u << enum keep_grain) of the entities it reads; calls count as user|patient|event where they look at time. */
uint32_t keep_expr_grains(const struct keep_expr *e);
/* Top-level && operands, in source order; a lone expression is its own only conjunct. */
size_t keep_expr_conjuncts(const struct keep_expr *e, const struct keep_expr **out, size_t max);
/* A field, or a call of an engine with the words of its first argument, that an expression reads; has() reads nothing. */
struct keep_read {
    bool call;
    uint16_t id;                 /* enum keep_field or enum keep_call */
    const struct keep_str *word; /* of a call: its kinds of relations, its kind of day */
    size_t words;
};
/* Every one in source order, repeated where it is repeated; stops at the first answer other than 0 and returns it. */
int keep_expr_reads(const struct keep_expr *e, int (*each)(void *ctx, const struct keep_read *r), void *ctx);
/* Can it ever come out true (yes) or false when only what `have` says is ever known? Of an expression that is no condition: can it be known at all. */
bool keep_expr_can(const struct keep_expr *e, bool yes, bool (*have)(void *ctx, const struct keep_read *r), void *ctx);
/* Canonical text, for derivations ("set.last(\"service_date\")"). */
struct keep_str keep_expr_text(const struct keep_expr *e);

/* Word, meaning: how things stand with a rule about accesses or a review, and what a retention rule is. */
#define KEEP_POLICY_STATES(X) X("in_force", "in force") X("house_policy", "house policy") X("proposed", "proposed") X("vacated", "vacated")
#define KEEP_POLICY_STATUSES(X) X("law", "law") X("recommendation", "recommendation") X("contract", "contract") X("house_policy", "house policy")
#define KEEP_POLICY_WORD(word, meaning) word,
#define KEEP_POLICY_MEANING(word, meaning) meaning,

struct keep_place {
    const char *file;
    uint32_t line, col;
};

/* "checked": unverified, or the day the text was read and where. */
struct keep_check {
    bool verified;
    keep_date on;
    struct keep_str source; /* what was read */
    struct keep_str by;     /* who read it; empty: not said */
    struct keep_str digest; /* SHA-256 or SHA-512 of what was read, in hex; empty: not said */
    struct keep_place at;   /* of the day */
    uint32_t end;           /* column behind it */
};

struct keep_pack {
    struct keep_str name, version, title;
    int language;
    const char *file;
    struct keep_str text;   /* its bytes */
    uint8_t digest[32];     /* filled by the caller of core/crypto; zero here */
};

struct keep_label {
    struct keep_str id, title;
    const struct keep_expr *when; /* over record */
    struct keep_str authority;
    struct keep_check check;
    struct keep_place at;
    uint32_t pack;
};

struct keep_define { /* a named expression; rules that use it hold it already */
    struct keep_str id, title;
    const struct keep_expr *is;
    struct keep_place at;
    uint32_t pack;
};

struct keep_use { /* where a definition's name stands */
    struct keep_str id;
    size_t pack;
    uint32_t line, col;
};

enum keep_series_per { KEEP_PER_PATIENT_FACILITY, KEEP_PER_PATIENT, KEEP_PER_SOURCE };
struct keep_series {
    struct keep_str id, title;
    int32_t order;
    enum keep_series_per per;
    bool separable;
    const struct keep_expr *when; /* over record; NULL for the three built-in series */
    struct keep_str authority;
    struct keep_check check;
    struct keep_place at;
    uint32_t pack;
};

enum keep_unit { KEEP_UNIT_DAYS, KEEP_UNIT_MONTHS, KEEP_UNIT_YEARS };
enum keep_round { KEEP_ROUND_NONE, KEEP_ROUND_MONTH, KEEP_ROUND_QUARTER, KEEP_ROUND_YEAR, KEEP_ROUND_FISCAL };
struct keep_keep { /* one `keep` clause: N unit after EXPR [if COND], or permanent; also what `at most`, `destroy by` and `early` count */
    bool permanent;
    int32_t n;
    enum keep_unit unit;
    const struct keep_expr *after; /* date */
    const struct keep_expr *only_if; /* NULL: always */
    enum keep_round round;         /* "rounded up to end of …" */
    enum keep_round cut;           /* "after end of … of EXPR": the clock starts at that end */
    uint8_t round_month, cut_month; /* of FISCAL: the month its year starts with */
    const struct keep_keep *cap;   /* "at most …": the earliest of all these ends, and of the clause's own, before rounding */
    size_t caps;
};
struct keep_gate { /* what must happen before disposal */
    struct keep_str text;
    int32_t n;                    /* at least that long before, 0: just before */
    enum keep_unit unit;
    const struct keep_expr *only_if; /* NULL: always */
};
#define KEEP_RESIDUE_PERMANENT 10000 /* years; beyond the calendar, so that a day reckoned from it is none */
struct keep_residue { /* what must outlive the record */
    int32_t years;
    struct keep_str what;
};
struct keep_pause { /* when the clock stands still: while a condition holds, or over an interval, which is added to every period */
    const struct keep_expr *only_while;
    const struct keep_expr *from, *to, *only_if; /* when only_while is NULL; only_if NULL: always */
};
struct keep_early { /* with this, disposal may come before the date; nothing here makes it so, it is shown */
    struct keep_keep from;
    struct keep_str with;
};
struct keep_retention {
    struct keep_str id, title, jurisdiction, status; /* US, US-KS, …; status: law, recommendation, contract, house policy */
    struct keep_check check;
    const struct keep_expr *when; /* over set, facility, patient */
    const struct keep_keep *keep;       size_t keeps;    /* the latest counts */
    const struct keep_keep *destroy;    size_t destroys; /* `destroy by`: the earliest counts */
    const struct keep_gate *gate;       size_t gates;
    const struct keep_residue *residue; size_t residues;
    const struct keep_pause *pause;     size_t pauses;
    const struct keep_early *early;     size_t earlies;
    const struct keep_str *instead;     size_t insteads; /* rules of its jurisdiction that it stands for where it certainly applies and its text was read */
    keep_date from, to;           /* first and last day the rule is in force, NONE open. Records made until its last day stay under it. */
    struct keep_str cite, explain;
    struct keep_place at;
    uint32_t pack;
};

struct keep_explanation {
    struct keep_str id, title;
    struct keep_check check;
    const struct keep_expr *when; /* over event, user, patient */
    struct keep_str authority, missing; /* missing: what fact on file would have made it hold */
    struct keep_place at;
    uint32_t pack;
};

enum keep_access_form {
    KEEP_ACCESS_SINGLE, KEEP_ACCESS_COUNT, KEEP_ACCESS_DISTINCT,
    KEEP_ACCESS_OVERLAP,  /* two values of `distinct` */
    KEEP_ACCESS_SEQUENCE, /* `first … then …` */
};
#define KEEP_ACCESS_KEYS 2  /* what a rule counts per: a user, a chart, or a user and a chart */
#define KEEP_ACCESS_STEPS 4 /* of a sequence: more is a story that nobody checks by reading the rule */
struct keep_step {
    const struct keep_expr *when;
    int64_t count; /* events that it takes, at least 1 */
    bool none;     /* `then no`, of the last step only: no such event may follow */
};
struct keep_access {
    struct keep_str id, title, authority, threshold, state; /* state: in force, house policy, … */
    struct keep_check check;
    enum keep_severity severity;
    int32_t weight;               /* score of a case of this rule; evidence adds */
    bool evidence;                /* an `evidence` block: scores, never stands alone */
    enum keep_access_form form;
    const struct keep_expr *when;
    const struct keep_expr *unless; /* NULL none */
    bool unless_expected;         /* `unless expected` */
    enum keep_field per[KEEP_ACCESS_KEYS]; /* of every form but the single: user_id, user_login, event_patient_id, event_place, event_unit */
    uint32_t pers;
    int64_t within;               /* microseconds */
    int64_t limit;                /* count … >= limit; 2 of an overlap; of a sequence the events that its steps take */
    const struct keep_step *step; /* of a sequence: 2 to KEEP_ACCESS_STEPS */
    uint32_t steps;
    enum keep_field distinct;     /* one of those that is no key, or event_day */
    struct keep_str explain;
    const struct keep_exception *const *exception; /* those for this rule, in order */
    size_t exceptions;
    struct keep_place at;
    uint32_t pack;
};

/* A `review` block: what the records themselves say that somebody should look at. */
enum keep_review_over { KEEP_REVIEW_PATIENT, KEEP_REVIEW_ENCOUNTER, KEEP_REVIEW_RECORD, KEEP_REVIEW_CLAIM };
struct keep_review {
    struct keep_str id, title, queue, authority, threshold, state;
    struct keep_check check;
    enum keep_severity severity;
    enum keep_review_over over;
    const struct keep_expr *when; /* over that, and what it belongs to */
    struct keep_str explain;
    struct keep_place at;
    uint32_t pack;
};

struct keep_exception { /* keeps an access rule from firing for events of which `when` holds, before the day `until` in the keep's zone */
    struct keep_str id, rule, owner, reason;
    const struct keep_expr *when; /* over event, user, patient; unknown: the rule fires */
    keep_date until;              /* the first day without it */
    struct keep_place at, until_at;
    uint32_t until_end;           /* column behind the date */
    uint32_t pack;
    size_t file;
};

/* A `test` block: entities as literal maps; run by core/work/policytest.c with the real engines.
 * `events N every D from T event { … }` is expanded: N givens of the word "event" with i counting from 0. */
struct keep_test_given {
    enum keep_grain entity;       /* KEEP_GRAIN_COUNT for the words that are no entity */
    struct keep_str word;         /* a word of KEEP_POLICY_ENTITIES, "relation", "code", "pair" or "limit" */
    struct keep_value fields;     /* MAP: field names (KEEP_POLICY_FIELDS, KEEP_POLICY_GIVENS) to values of their type; null = not recorded */
    keep_time time;               /* T + i * D in an expanded series, NONE otherwise */
    struct keep_place at;
};
struct keep_test_expect {
    enum { KEEP_EXPECT_UNTIL, KEEP_EXPECT_PERMANENT, KEEP_EXPECT_UNDETERMINED, KEEP_EXPECT_FINDINGS, KEEP_EXPECT_VERDICT, KEEP_EXPECT_LABEL, KEEP_EXPECT_SERIES, KEEP_EXPECT_NOT_APPLICABLE, KEEP_EXPECT_CONFLICT, KEEP_EXPECT_SUSPENDED, KEEP_EXPECT_DESTROY, KEEP_EXPECT_GATE, KEEP_EXPECT_SENTENCE } what;
    bool negated;                 /* expect no label "x" */
    keep_date until;              /* of UNTIL and DESTROY */
    int64_t findings;
    struct keep_str text;         /* rule, explanation, label, series or the missing fact, empty: not stated; of SENTENCE, what is said */
    enum keep_verdict verdict;
    struct keep_place at;
};
struct keep_test {
    struct keep_str title, subject; /* `for "id"`, may be empty */
    keep_date as_of;                /* NONE when not stated */
    const struct keep_test_given *given;
    size_t givens;
    const struct keep_test_expect *expect;
    size_t expects;
    struct keep_place at;
    uint32_t pack;
};

struct keep_policy {
    struct keep_arena *arena;
    const struct keep_pack *pack;           size_t packs;
    const struct keep_series *series;       size_t series_n;   /* in order; the three built-in ones are index 0 to 2 */
    const struct keep_label *label;         size_t labels;     /* at most 64 */
    const struct keep_retention *retention; size_t retentions;
    const struct keep_explanation *explanation; size_t explanations;
    const struct keep_access *access;       size_t accesses;   /* access and evidence */
    const struct keep_exception *exception; size_t exceptions;
    const struct keep_review *review;       size_t reviews;
    const struct keep_map *map;             size_t maps;
    const struct keep_define *define;       size_t defines;
    const struct keep_use *use;             size_t uses;
    const struct keep_test *test;           size_t tests;
};
#define KEEP_SERIES_MEDICAL_RECORD 0
#define KEEP_SERIES_PATIENT_IDENTITY 1
#define KEEP_SERIES_ADMINISTRATIVE 2
#define KEEP_POLICY_LABELS 64

struct keep_policy_text {
    const char *file;     /* name for messages */
    struct keep_str text;
};
/* Parses, resolves, checks and compiles all files together. Diagnostics of every file come in one run; 0 done (warnings possible),
 * KEEP_E_USAGE when there are errors (all in diags). Everything lives in a, diags->arena included. */
int keep_policy_compile(const struct keep_policy **out, const struct keep_policy_text *file, size_t n, struct keep_arena *a, struct keep_diags *diags, struct keep_err *err);

#define KEEP_POLICY_STALE_YEARS 3 /* law that was read longer ago is to be read again: legislatures sit every year or two */
/* Adds a warning for each exception that has run out by that day, and for each text that was read too long before it, or is said to have been read behind it. */
void keep_policy_dated(const struct keep_policy *p, keep_date as_of, struct keep_diags *diags);

/* Renders an explain text of the policy into out: {expr} placeholders evaluated in env, identifiers that they read
 * (user.name, patient.name, patient.mrn, user.login) through mask (NULL: in clear). What is unknown reads "(not recorded)".
 * <0: what env answered, KEEP_E_NOMEM, or KEEP_E_USAGE when explain is no text of this policy. */
typedef struct keep_str (*keep_policy_mask)(void *ctx, enum keep_field f, struct keep_str clear);
int keep_policy_explain(const struct keep_policy *p, struct keep_str explain, const struct keep_env *env, keep_policy_mask mask, void *mask_ctx, struct keep_buf *out);

#endif
