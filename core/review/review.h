/* What the records themselves say that somebody should look at: charts that are
 * not finished, facts that contradict each other, bills that a coder should read
 * again. Pure: rows and an as-of day in, findings out. A finding is a question
 * for the people of its queue. Nothing here says "error", and what nobody
 * recorded never makes a finding: it is counted, with what is missing. */
#ifndef CORE_REVIEW_REVIEW_H
#define CORE_REVIEW_REVIEW_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/model/records.h"
#include "core/model/world.h"
#include "core/policy/policy.h"
#include "core/review/codebook.h"

struct keep_review_input {
    const struct keep_policy *policy;
    const struct keep_world *world;
    struct keep_record_scan *notes;      /* a pass over all records, for what is on file at all; NULL: no records */
    struct keep_record_scan *records;    /* another, in the same order; NULL: no records */
    const struct keep_codebook *book;    /* the hospital's code tables; NULL: none, and no claim is told anything about */
    keep_date as_of;
    /* Masks an identifier for a finding's sentence (P11). NULL: identifiers stand in clear (tests). */
    struct keep_str (*mask)(void *ctx, const uint8_t finding[16], enum keep_field f, uint64_t entity, struct keep_str clear);
    void *mask_ctx;
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};

struct keep_review_finding {
    uint8_t id[16];          /* digest of rule and subject: the same in every run */
    uint32_t rule;           /* in policy->review */
    uint32_t patient;        /* world index, KEEP_ID_NONE */
    uint32_t encounter;      /* world index, KEEP_ID_NONE */
    uint64_t record;         /* id in the keep, 0 none */
    keep_date day;           /* the care, or the making, that it is about; NONE */
    struct keep_str sentence;
};

struct keep_review_count {
    uint64_t looked, found, unable; /* subjects; unable: an unknown kept it from being told */
    struct keep_str missing;        /* the first thing that was missing */
};

struct keep_review_result {
    const struct keep_review_finding *finding; /* gravest first, then by rule, patient, day, record */
    size_t findings;
    const struct keep_review_count *count;     /* one per policy->review */
};

/* All memory of the result is a's. <0 as the scans and progress gave it, KEEP_E_NOMEM. */
int keep_review_run(const struct keep_review_input *in, struct keep_arena *a, struct keep_review_result *out, struct keep_err *err);

#endif
