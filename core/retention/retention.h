/* Retention: records, people and law in, one date per record set out.
 * Pure: rows and an as-of date in, verdicts and derivations out.
 * Precedence is fixed: hold > permanent > the latest date over all applicable
 * rules of all applicable jurisdictions. An unknown condition counts as
 * applying; an unknown trigger, cap or destroy-by day makes the set
 * undetermined, naming the gap. A rule stands for another (`instead of`) only
 * where it certainly applies, gives a day, and its text was read. */
#ifndef CORE_RETENTION_RETENTION_H
#define CORE_RETENTION_RETENTION_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/model/records.h"
#include "core/policy/policy.h"

struct keep_set;
struct keep_retention_input {
    const struct keep_policy *policy;
    const struct keep_world *world;
    struct keep_record_scan *records;
    keep_date as_of;
    const struct keep_adoption *adoption; /* adopted packs; a trial has none */
    size_t adoptions;
    const struct keep_hold *hold;
    size_t holds;
    /* Latest stored state of a set: 0 found, 1 none. NULL: none is stored. */
    int (*state)(void *ctx, const uint8_t set[16], struct keep_set_state *out, struct keep_err *err);
    void *state_ctx;
    const uint8_t *salt;                  /* 32 bytes: set ids are keyed digests of (series, patient, facility or source) */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
    bool own;                             /* sets are about no patient and no facility, but the hospital's own papers: they touch the states of all facilities, of which each that has a rule for them must release them */
    bool brief;                           /* no record ids, digests, steps and explanations */
    bool bound;                           /* with brief: digests all the same */
    /* NULL: all. Else asked for each set, once its status is known, whether it is wanted; of the others neither words nor anything else are made. */
    bool (*want)(void *ctx, const struct keep_set *s);
    /* NULL: the wanted sets are gathered in the result. Else each is handed over, patient by patient, and lives until this returns. */
    int (*each)(void *ctx, const struct keep_set *s, struct keep_err *err);
    void *each_ctx;                       /* of both */
};

/* One rule tried on one set. */
struct keep_retention_step {
    uint32_t rule;               /* index in policy->retention */
    enum keep_tristate applies;  /* UNKNOWN counts as applying */
    struct keep_str missing;     /* what made it unknown, or its trigger undetermined */
    enum keep_until_kind kind;   /* of its own result */
    keep_date until;             /* retained through */
    keep_date destroy_by;        /* the last day to destroy it on; NONE: the rule names none */
    bool gap;                    /* a day of it is unknown; missing says which */
    bool suspended;              /* its clock stands still, for certain */
    bool replaced;               /* another rule stands for it here */
    struct keep_str arithmetic;  /* "10 years after set.last(\"service_date\") = 1989-05-09 -> 1999-05-09" */
    bool can_release;            /* applies for certain, verified or confirmed, adopted and unexpired */
    bool decides;
};

struct keep_set {
    uint8_t id[16];
    uint32_t series;             /* index in policy->series */
    uint32_t patient, facility, source; /* world indices; KEEP_ID_NONE */
    const uint64_t *record;      /* ids, ascending; NULL of a brief run */
    size_t records;
    uint8_t digest[32];          /* over (id, version, leaf) of its records in order: what a plan binds */
    uint64_t labels;             /* any record */
    keep_date service_first, service_last; /* of the care it tells of, as far as its records say; NONE: none does */
    enum keep_custody custody;
    struct keep_str custodian, locator;
    enum keep_set_status status;
    enum keep_set_action action; /* what disposal would be: archive (official), destroy+order (copy), order (index only) */
    enum keep_until_kind kind;
    keep_date keep_until;        /* retained through this day; disposal may happen from the next */
    keep_date destroy_by;        /* the earliest day that a rule wants it destroyed by; NONE: no rule does */
    int32_t destroy_rule;        /* which, index in policy->retention; -1 none */
    bool suspended;              /* it has no date only because clocks stand still */
    int32_t rule;                /* deciding rule, index in policy->retention; -1 none */
    struct keep_str reason;      /* why it is undetermined, not adopted, held, in conflict, kept; empty when due */
    struct keep_str gates;       /* gates before disposal, "; " between */
    struct keep_str holds;       /* matters of matching holds */
    struct keep_str explain;     /* the deciding rule in its own words; empty without one */
    int32_t residue_years;
    const struct keep_retention_step *step;
    size_t steps;
    size_t undecided, unplaced;  /* records of the patient's other sets that may stand in one set with its own, for nobody recorded their codes, or where they are from, and by which it is kept longer */
    uint8_t own;                 /* 0: records. Else what the keep made itself (log periods, cases, packages): the kind of its key in the keyring, */
    uint64_t owner;              /* its number, */
    struct keep_str what;        /* and what it is, in words */
};

struct keep_retention_result {
    const struct keep_set *set;  /* ordered: status due first, then by date, then id; memory in the arena */
    size_t sets;                 /* gathered; all of them unless `want` or `each` is given */
    uint64_t seen;               /* all of them */
    uint64_t records;            /* equal to the sum of all sets' records */
    uint64_t by_status[KEEP_SET_COUNT]; /* of all */
};

/* Each record goes to exactly one set: the first series by order whose `when` is true takes it; unknown = it stays in the default and
 * that series' rules apply to its set too. Built in: medical record (per patient, facility; default), patient identity (per patient: Patient, RelatedPerson,
 * Person and records with no facility, which bind it as a chart of theirs would; disposed last), administrative (per source: about no patient). A record that a series could have taken counts towards that series' set as well, and that
 * set towards the record's, where this keeps them longer; care of no facility (core/model/placeless.h) counts towards each set that would have taken it at its own. */
/* Records may come in any order in which those of one set stand by ascending id. A run holds what its sets gather, not the records. */
int keep_retention_run(const struct keep_retention_input *in, struct keep_arena *a, struct keep_retention_result *out, struct keep_err *err);

/* Which labels each patient's records carry, for the audit: fills patient.labels and labels_unknown of the world. */
int keep_retention_labels(const struct keep_policy *p, struct keep_world *w, struct keep_record_scan *records, struct keep_err *err);

/* The derivation of one set as text lines, for `why`. */
void keep_retention_why(const struct keep_set *s, const struct keep_retention_input *in, struct keep_buf *out);

/* Age of majority by state (USPS); -1: not known for this place. */
int keep_retention_majority(struct keep_str state);
/* The table it comes from, each age with its statute and whether that was read. */
struct keep_retention_age {
    const char *state;
    int years;
    const char *cite, *checked;
};
const struct keep_retention_age *keep_retention_ages(size_t *n);

#endif
