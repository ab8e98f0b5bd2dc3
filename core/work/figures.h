/* Management figures of a keep, month by month or as of a day, each with the
 * formula that gives it. Nothing in them is about one person. */
#ifndef CORE_WORK_FIGURES_H
#define CORE_WORK_FIGURES_H

#include "core/store/store.h"
#include "core/work/packs.h"

/* enum, name, unit, formula */
#define KEEP_FIGURES(X) \
    X(ACCESSES, "accesses", "accesses", "rows of the access logs that happened in the month (time zone of the keep)") \
    X(EXPECTED, "expected share", "share", "expected / (expected + flagged + unexplained) accesses of the month, by today's rules and facts") \
    X(OPENED, "cases opened", "cases", "cases put on file in the month, by rule") \
    X(STATUS, "cases by status", "cases", "cases put on file by the as-of day and still kept, by rule and the status they had at its end") \
    X(REVIEW, "days to review", "days", "median, over the cases that a person first took up in the month, of the days from the first access to that") \
    X(DECISION, "days to decision", "days", "median, over the cases decided in the month, of the days from the first access to the decision") \
    X(REPEAT, "repeat users", "users", "users with two or more cases, still kept, that were substantiated at the end of the as-of day") \
    X(SETS, "record sets", "sets", "record sets on the as-of day, by status") \
    X(OVERDUE, "sets overdue", "sets", "record sets that are due and whose date passed more than 90 days before the as-of day") \
    X(GAPS, "undetermined sets", "sets", "record sets without a date on the as-of day, by what is missing") \
    X(DELINQUENT, "delinquent charts", "findings", "findings of the reviews of queue \"delinquent charts\" on the as-of day, by rule") \
    X(DUPLICATES, "duplicate rate", "share", "patients with another of the same names and date of birth / patients whose names and date of birth are on file")
#define X(name, word, unit, formula) KEEP_FIGURE_##name,
enum keep_figure_kind { KEEP_FIGURES(X) KEEP_FIGURE_COUNT };
#undef X
extern const struct keep_figure_words {
    const char *name, *unit, *formula;
} keep_figure_words[KEEP_FIGURE_COUNT];

#define KEEP_FIGURES_OVERDUE 90 /* days */

struct keep_figure {
    enum keep_figure_kind kind;
    keep_date month;       /* its first day; NONE: as of the day */
    struct keep_str key;   /* rule, status, what is missing; empty */
    int64_t value, of;     /* of: the denominator of a share, 0 for counts */
};

struct keep_figures {
    struct keep_arena *arena;
    const struct keep_figure *figure;
    size_t figures;        /* by kind, month, key */
    keep_date as_of;
    bool reviewed;         /* reviews stand in the rules: delinquent charts and duplicates are told */
    uint64_t unable;       /* times that an access rule could not be told */
};

struct keep_figures_params {
    keep_date from, to;    /* months of accesses and cases, both included; NONE open */
    keep_date as_of;
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};

/* Runs audit, retention and reviews under packs; stores nothing. _free in every case. */
int keep_figures_run(struct keep_figures *f, struct keep_store *s, const struct keep_packs *packs, const struct keep_figures_params *p, struct keep_err *err);
void keep_figures_free(struct keep_figures *f);

#endif
