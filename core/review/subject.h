/* What a patient, an encounter, a record or a claim answers to the conditions and
 * texts of reviews. */
#ifndef CORE_REVIEW_SUBJECT_H
#define CORE_REVIEW_SUBJECT_H

#include "core/review/claim.h"
#include "core/review/review.h"

struct keep_subject {
    const struct keep_review_input *in;
    struct keep_arena *scratch;       /* emptied at each keep_subject_at */
    struct keep_env env;              /* ctx is this struct: it must not move */
    uint32_t *alike;                  /* of each patient: others of the same names and birth date */
    uint8_t *noted;                   /* of each encounter: a note of it is on file */
    bool any_note;                    /* some source holds notes */

    uint32_t patient, encounter;      /* looked at, KEEP_ID_NONE */
    const struct keep_record *record; /* NULL none */
    struct keep_claim claim;
    bool claim_read;
    struct keep_err *err;
};

/* Gathers what a single row cannot tell: patients alike, encounters with notes. Reads in->notes to its end. */
int keep_subject_init(struct keep_subject *s, const struct keep_review_input *in, struct keep_err *err);
void keep_subject_done(struct keep_subject *s); /* a zeroed one is allowed */

/* Turns to another; record NULL: none. */
void keep_subject_at(struct keep_subject *s, uint32_t patient, uint32_t encounter, const struct keep_record *record, struct keep_err *err);

/* Is it a bill? */
bool keep_subject_bill(const struct keep_subject *s, const struct keep_record *r);

#endif
