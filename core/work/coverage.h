/* What the keep has to go by: for each source what it holds and attests, where
 * days are missing; for each rule whether it can run, and what it lacks.
 * Nothing in it is about one person: classes, days, counts. */
#ifndef CORE_WORK_COVERAGE_H
#define CORE_WORK_COVERAGE_H

#include "core/model/world.h"
#include "core/store/store.h"
#include "core/work/packs.h"

/* A stretch without a row of a class that has rows before and after: longer than the larger of the floor (7 days; of a log 24 hours) and ten times
 * the usual distance there, which is the median of the twenty distances before it and the twenty behind it between neighbouring days (hours) that have
 * rows. Fewer than KEEP_COVERAGE_LEAST such days say nothing about gaps. */
#define KEEP_COVERAGE_LEAST 10
#define KEEP_COVERAGE_TIMES 10
#define KEEP_COVERAGE_AROUND 20
#define KEEP_COVERAGE_DAYS 7
#define KEEP_COVERAGE_HOURS 24
struct keep_coverage_gap {
    keep_time from, to; /* the first and the last day (hour, of a log) without a row */
    uint32_t empty;     /* how many of them */
    uint32_t usual;     /* the usual distance there */
};

enum keep_coverage_claim { KEEP_COVERAGE_UNSAID, KEEP_COVERAGE_ATTESTED, KEEP_COVERAGE_NOT_ATTESTED, KEEP_COVERAGE_MISSING };
struct keep_coverage_class {
    size_t source;             /* in world.source */
    struct keep_str name;      /* a record class ("Condition"), "access log", or a kind of fact: "patient", "encounter", "order relation", … */
    bool log;                  /* gaps are hours */
    enum keep_coverage_claim claim; /* UNSAID: the source is not declared, or the fact is no class of its own */
    uint64_t rows;
    keep_date first, last;     /* NONE: no row has a day */
    const struct keep_coverage_gap *gap;
    size_t gaps;
};

struct keep_coverage_source {
    uint64_t quarantined;
    keep_time latest;          /* newest row taken in; NONE: nothing was */
};

enum keep_coverage_kind { KEEP_COVERAGE_ACCESS, KEEP_COVERAGE_EVIDENCE, KEEP_COVERAGE_EXPLANATION, KEEP_COVERAGE_RETENTION, KEEP_COVERAGE_REVIEW };
struct keep_coverage_rule {
    enum keep_coverage_kind kind;
    struct keep_str id, title;
    bool runs;                 /* it can come to a result for somebody */
    const struct keep_str *missing; /* what nothing gives: "no roster", "access log without event.unit" */
    size_t missings;
    const struct keep_str *part;    /* what is there for some only: "user.department: 12 of 300 accounts" */
    size_t parts;
};

/* Kinds of days: of records service_date and created_date, of encounters discharge_date, then those of KEEP_RECORD_DAYS. */
#define KEEP_COVERAGE_DISCHARGE 2
#define KEEP_COVERAGE_OTHER 3
#define KEEP_COVERAGE_DAY_KINDS (KEEP_COVERAGE_OTHER + KEEP_DAY_COUNT)

/* Known and all, of what fields and calls read. */
struct keep_coverage_count {
    uint64_t known, all;
};

struct keep_coverage {
    struct keep_arena *arena;
    struct keep_world world;
    struct keep_coverage_source *source; /* as world.source, where complete and codes_complete say what an officer signed */
    struct keep_coverage_class *klass;   size_t classes; /* by source, records first */
    struct keep_coverage_rule *rule;     size_t rules;
    struct keep_coverage_count field[KEEP_FIELD_COUNT];
    uint64_t relation[KEEP_RELATION_COUNT]; /* rows by kind */
    struct keep_coverage_count day[KEEP_COVERAGE_DAY_KINDS]; /* what set.first and set.last read, by the words below */
    uint64_t roster, mapped;             /* workforce members known; accounts of which it is known whose they are */
    bool tables;                         /* a code table is in the keep */
    bool complete;                       /* some source's declaration of completeness counts */
};

struct keep_coverage_params {
    const struct keep_packs *packs;      /* NULL: no rules are asked about */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* non-zero: KEEP_E_INTERRUPTED; NULL allowed */
    void *ctx;
};
/* *out is valid for _free in every case. packs must outlive it. */
int keep_coverage_run(struct keep_coverage *out, struct keep_store *s, const struct keep_coverage_params *p, struct keep_err *err);
void keep_coverage_free(struct keep_coverage *c);

/* core/work/coverage_rules.c: the rules by the counts. 0 or KEEP_E_NOMEM. */
int keep_coverage_rules(struct keep_coverage *c, const struct keep_policy *p, struct keep_err *err);

#endif
