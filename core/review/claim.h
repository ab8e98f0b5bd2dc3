/* A claim as its record's codes tell it, and what the code tables make of it.
 * Each list holds texts for people: codes, and days where they matter. A list
 * that cannot be told (no table, no day, no sex) is unknown, never empty. */
#ifndef CORE_REVIEW_CLAIM_H
#define CORE_REVIEW_CLAIM_H

#include "core/base/arena.h"
#include "core/model/records.h"
#include "core/review/codebook.h"

struct keep_claim_line {
    struct keep_str system, code, modifiers; /* modifiers: "25,59" */
    uint32_t units;                          /* 0: not said */
    keep_date day;                           /* of the line, else the claim's only day; NONE: one of its days, or not said */
};
struct keep_claim_diagnosis {
    struct keep_str system, code;
    char poa;                                /* 0: not said; '-': said to be none */
    bool no_poa;                             /* of a kind that has none, such as the admitting diagnosis */
};

/* What a list of findings of a claim can be. enum, name of the field */
#define KEEP_CLAIM_LISTS(X) \
    X(NOT_VALID) X(NOT_BILLABLE) X(PAIRS) X(UNITS_OVER) X(SEX) X(AGE) X(POA_MISSING) X(MODIFIERS) X(REPEATED) /* in the order of the fields of a claim */
#define X(name) KEEP_CLAIM_##name,
enum keep_claim_list { KEEP_CLAIM_LISTS(X) KEEP_CLAIM_LIST_COUNT };
#undef X

struct keep_claim {
    struct keep_str type;                    /* empty: not said */
    const struct keep_claim_line *line;
    size_t lines;
    const struct keep_claim_diagnosis *diagnosis;
    size_t diagnoses;
    const struct keep_record *record;
    const struct keep_patient *patient;      /* NULL none */
    const struct keep_encounter *encounter;  /* NULL none */
    bool cancelled;
};

/* Reads it out of r's codes. Strings are r's, lists a's. KEEP_E_NOMEM. */
int keep_claim_read(struct keep_claim *out, const struct keep_world *w, const struct keep_record *r, struct keep_arena *a, struct keep_err *err);

/* One list. missing: what kept it from being told; then *n is 0 and the list is unknown. Lists and texts are a's. KEEP_E_NOMEM. */
int keep_claim_list(const struct keep_claim *c, const struct keep_codebook *book, enum keep_claim_list which, struct keep_arena *a, const struct keep_str **out, size_t *n,
                    const char **missing, struct keep_err *err);

#endif
