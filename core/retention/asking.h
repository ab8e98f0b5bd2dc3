/* Conditions and days of rules, asked of one record set. */
#ifndef CORE_RETENTION_ASKING_H
#define CORE_RETENTION_ASKING_H

#include "core/retention/facts.h"

struct keep_truth {
    enum keep_tristate t;
    struct keep_str missing; /* of UNKNOWN: what nobody recorded */
};

struct keep_asking_memo;

struct keep_asking {
    const struct keep_retention_input *in;
    struct keep_facts facts;           /* of the set at hand */
    struct keep_placetypes types;
    struct keep_arena *memory;
    struct keep_asking_memo *memo, *here;
    struct keep_err *err;
};

/* in and x must outlive it. */
int keep_asking_init(struct keep_asking *q, const struct keep_retention_input *in, const struct keep_tally_index *x, struct keep_err *err);
void keep_asking_done(struct keep_asking *q);

/* Turns to a set whose places are known. The rules that can apply to it come out, by index, ascending: those of its jurisdictions, less
 * those whose condition was found false for sets alike in all that it looks at. The list holds until the next call. */
int keep_asking_begin(struct keep_asking *q, const struct keep_tally *t, const struct keep_derived *where, const uint32_t **rule, size_t *rules, struct keep_err *err);

/* A rule's `when`, under every series the set stands for. */
int keep_asking_when(struct keep_asking *q, uint32_t rule, struct keep_truth *out);
/* Any other condition; NULL: true. */
int keep_asking_truth(struct keep_asking *q, const struct keep_expr *e, struct keep_truth *out);
/* A day. NONE: *missing names what nobody recorded. */
int keep_asking_day(struct keep_asking *q, const struct keep_expr *e, keep_date *out, struct keep_str *missing);

#endif
