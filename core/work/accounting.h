/* The accounting of disclosures of one patient (45 CFR 164.528): what was told to
 * whom outside, what the law leaves out and by which paragraph, what an agency
 * holds back for a time, and which sources it rests on, with their gaps.
 *
 * Disclosures are records of the kinds of core/model/disclosure.h, and accesses
 * that are exports in the log of a source whose declaration lists the class
 * "disclosure": an exchange says so of itself, or none of its exports counts. */
#ifndef CORE_WORK_ACCOUNTING_H
#define CORE_WORK_ACCOUNTING_H

#include "core/model/disclosure.h"
#include "core/work/coverage.h"

/* What becomes of a disclosure. */
enum keep_accounting_fate {
    KEEP_ACCOUNTING_LISTED,
    KEEP_ACCOUNTING_LEFT_OUT,  /* 164.528(a)(1): paragraph */
    KEEP_ACCOUNTING_SUSPENDED, /* 164.528(a)(2) */
    KEEP_ACCOUNTING_RETRACTED, /* its source says that it was none */
    KEEP_ACCOUNTING_UNDATED,   /* listed too: it may be of the period */
    KEEP_ACCOUNTING_FATES
};

/* One disclosure, or several to the same recipient for a single purpose as 164.528(b)(3) lets them be told: the first, how many, the last.
 * Texts are empty where nothing is recorded. */
struct keep_accounting_entry {
    enum keep_accounting_fate fate;
    keep_date first, last;          /* last: of several; else the same. NONE: not recorded */
    uint64_t times;
    struct keep_str recipient, address, what, purpose, request;
    struct keep_str kept_at;        /* custodian and locator of an entry that is kept elsewhere */
    enum keep_disclosure_basis basis;
    struct keep_str basis_text;     /* what the source calls it */
    const char *paragraph;          /* of 164.528(a)(1), LEFT_OUT */
    struct keep_str agency;
    keep_date until;                /* SUSPENDED: the last day; NONE: none is on file */
    size_t source;                  /* in world.source */
    struct keep_str id;             /* "SOURCE:record N" or "SOURCE:ORDINAL": to find it again; the first's */
};

struct keep_accounting_source {
    size_t source;                  /* in cover.world.source */
    uint64_t rows;                  /* disclosures of all patients, or accesses of an exchange's log */
    keep_date first, last;          /* of them; NONE */
    bool declared, complete;        /* for the whole period, as declared */
    bool log;                       /* an exchange's log */
    uint64_t unread;                /* lines of the source, of whatever class, that are in quarantine */
    const struct keep_coverage_gap *gap;
    size_t gaps;                    /* those that touch the period */
};

struct keep_accounting {
    struct keep_arena *arena;
    struct keep_coverage cover;     /* owns world and sources */
    struct keep_accounting_entry *entry; /* by fate, then by first day, undated ones last */
    size_t entries;
    struct keep_accounting_source *source;
    size_t sources;                 /* 0: nothing can be said, and "none" least of all */
    bool complete;                  /* all of them are declared complete for the whole period, and none has lines that could not be read */
    uint64_t count[KEEP_ACCOUNTING_FATES]; /* disclosures, of the period */
    keep_date from, through;
};

struct keep_accounting_params {
    uint32_t (*patient)(void *ctx, const struct keep_world *w, struct keep_err *err); /* who it is about: an index; KEEP_ID_NONE with err set */
    void *ctx;
    keep_date from, through;        /* both days included */
    keep_date today;                /* by which suspensions have ended */
    bool each;                      /* never several as one */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
    void *progress_ctx;
};
/* *out is valid for _free in every case. */
int keep_accounting_run(struct keep_accounting *out, struct keep_store *s, const struct keep_accounting_params *p, struct keep_err *err);
void keep_accounting_free(struct keep_accounting *a);

/* What 164.528(b)(2) asks for and the entry lacks, appended: "recipient, purpose"; nothing when it is whole. */
void keep_accounting_missing(const struct keep_accounting_entry *e, struct keep_buf *out);

#endif
