/* What one record set has gathered while the records went by: dates, kinds,
 * sources, labels, custody. Working data of this folder: a run holds one for each
 * set, so it is small; what few sets have is behind a pointer. */
#ifndef CORE_RETENTION_TALLY_H
#define CORE_RETENTION_TALLY_H

#include "core/retention/retention.h"

#define KEEP_TALLY_DISCLOSURES 3 /* kinds that a disclosure can be */
#define KEEP_TALLY_CUSTODIANS 4 /* distinct ones named on a set; more are counted */
#define KEEP_TALLY_OPEN INT32_MAX

struct keep_tally_day {
    keep_date first, last; /* hold when have > 0 */
    size_t have;           /* records that bear it */
    size_t lacks;          /* of KEEP_DAY_DISCLOSED: disclosures that do not. Other days are asked of every record */
};

struct keep_tally {
    uint32_t series;                     /* index in policy->series */
    uint32_t patient, facility;          /* world indices; KEEP_ID_NONE */
    uint32_t source;                     /* world index, of a set per source; KEEP_ID_NONE */
    uint64_t also, maybe;                /* bit i: series i matched a record that stays here, or could have */
    uint64_t labels, labels_unknown, held; /* held: any record's, see assign.h */
    keep_date service_first, service_last, created_first, created_last;
    keep_date written_last;              /* the last creation of a record without a service day: its care was no later */
    keep_date stay_last;                 /* the latest discharge from encounters that records name and that are not known to be of this patient there */
    bool stay_open, stay_missing;        /* one of these has no discharge; a record names one that is not on file */
    struct keep_tally_day *other;        /* KEEP_DAY_COUNT of them; NULL: no record bears another day */
    size_t undated, uncreated, dateless, destroyed; /* records without service day, without created day, with neither; already destroyed */
    uint32_t *kind;                      /* term ids, distinct, in order of appearance */
    size_t kinds, kind_cap;
    uint32_t *from;                      /* world source indices, distinct, in order of appearance */
    size_t froms, from_cap;
    uint64_t *record;                    /* NULL of a brief run */
    size_t records, record_cap;
    uint8_t digest[32];                  /* chained over (id, version, leaf); zero unless the run is bound */
    enum keep_custody custody;           /* the weakest */
    bool official, copy, index, no_custody; /* which custodies occur */
    struct keep_tally_custodian { struct keep_str name, locator; } *custodian; /* at most KEEP_TALLY_CUSTODIANS */
    size_t custodians;
    uint64_t could;                      /* bit i: a record here may belong to a set of series i instead; core/retention/doubt.h */
    size_t unplaced;                     /* of a tally of such records: those of the patient's that say no facility */
    struct keep_tally *doubt;            /* what these records alone say, without record ids, digest and custodians; NULL: all here are such, or none is */
};

struct keep_onfile;

/* Lookups built once a run: where a patient's encounters begin, which world index a source id has, what a set's days may rest on. */
struct keep_tally_index {
    const struct keep_world *world;
    size_t *encounter;   /* patients + 1 offsets into world->encounter */
    keep_date *stray;    /* the latest discharge from an encounter whose patient is not recorded: of each facility, then where it is not recorded either, then of all; NONE: there is no such encounter, KEEP_TALLY_OPEN: of one it is not known */
    uint32_t *source;    /* source id -> world index, KEEP_ID_NONE none; length sources_n */
    size_t sources_n;
    bool brief;          /* record ids and digests are not gathered, */
    bool bound;          /* but the digests */
    struct keep_onfile *onfile; /* of the patient at hand; the run's, NULL: nothing is gathered */
    const struct keep_tally *const *mate; /* all sets of the patient at hand; the run's, NULL: none are known */
    size_t mates;
    uint32_t encounter_kind; /* term id of "Encounter", KEEP_ID_NONE when no record is one */
    uint32_t disclosure_kind[KEEP_TALLY_DISCLOSURES]; /* of core/model/disclosure.h, likewise */
};

/* Did it take place at all? */
bool keep_tally_took_place(const struct keep_encounter *e);
/* Its discharge; NONE: not recorded, or before it began. */
keep_date keep_tally_discharge(const struct keep_encounter *e);
/* The latest discharge from an encounter of nobody that may have been at this facility, KEEP_ID_NONE any: as `stray` has it. */
keep_date keep_tally_stray(const struct keep_tally_index *x, uint32_t facility);

int keep_tally_index_new(struct keep_tally_index **out, const struct keep_world *w, struct keep_err *err);
void keep_tally_index_free(struct keep_tally_index *x);
/* World index of a source id; KEEP_ID_NONE when there is none. */
uint32_t keep_tally_source(const struct keep_tally_index *x, uint32_t id);

/* Adds one record; lists grow in a. Returns 0 or KEEP_E_NOMEM / KEEP_E_LIMIT. */
int keep_tally_add(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, struct keep_arena *a, struct keep_err *err);

struct keep_assigned;
/* What that record is: its labels and series. */
void keep_tally_note(struct keep_tally *t, const struct keep_assigned *to);
/* Adds a record without its id, digest and custodian. */
int keep_tally_gather(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, struct keep_arena *a, struct keep_err *err);
/* Begins the doubt of t with all that t has gathered, if it could belong to other sets; else with nothing. */
int keep_tally_split(struct keep_tally *t, struct keep_arena *a, struct keep_err *err);

/* What of t could belong to other sets; NULL: nothing. */
const struct keep_tally *keep_tally_doubtful(const struct keep_tally *t);

/* What more has gathered, added to t, but record ids, digest and custodians; neither may be the other. 0 or KEEP_E_NOMEM / KEEP_E_LIMIT. */
int keep_tally_join(struct keep_tally *t, const struct keep_tally *more, struct keep_arena *a, struct keep_err *err);
/* One that has gathered nothing. */
struct keep_tally keep_tally_empty(uint32_t series, uint32_t patient, uint32_t facility, uint32_t source);

/* An allocation from a failed: KEEP_E_LIMIT when it has a ceiling, else KEEP_E_NOMEM. */
int keep_tally_full(const struct keep_arena *a, struct keep_err *err);

#endif
