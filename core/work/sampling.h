/* A random sample of accesses that were judged expected, for people to check: so
 * it becomes known how often "expected" is wrong. The sample is the accesses with
 * the least keyed hashes under a seed, so the same seed over the same log is the
 * same sample, in whatever order accesses come. */
#ifndef CORE_WORK_SAMPLING_H
#define CORE_WORK_SAMPLING_H

#include "core/work/auditrun.h"

#define KEEP_SAMPLING_MOST 10000 /* accesses a sample may have: more nobody checks */

struct keep_sampling_pick {
    uint64_t rank;
    struct keep_event_id event;
    keep_time time;
    uint32_t account, patient; /* world indices */
    uint32_t explanation;      /* in the policy */
};
struct keep_sampling {
    uint8_t seed[8];
    size_t want, n;
    uint64_t population;       /* expected accesses seen */
    struct keep_sampling_pick *pick; /* a heap while it is filled, then by rank */
};
/* Before the run: makes r tell each verdict. seed NULL: at random. */
int keep_sampling_start(struct keep_sampling *s, struct keep_auditrun *r, size_t want, const uint8_t seed[8], struct keep_err *err);
/* After the run: the table to be answered (CSV: event, time, reason, account, patient, right, remark), masked; and the act "sample" with its ledger entry. */
int keep_sampling_finish(struct keep_sampling *s, struct keep_auditrun *r, struct keep_buf *table, struct keep_err *err);

/* The newest sample and what was answered of it. */
struct keep_sampling_state {
    uint64_t id, n, population, right, wrong; /* id 0: no sample was ever drawn */
    keep_time at;
    struct keep_str seed;      /* hex */
    double bound;              /* upper bound of the share that is wrong, at 95 percent; what is not answered counts as wrong */
};
int keep_sampling_newest(struct keep_store *s, struct keep_arena *a, struct keep_sampling_state *out, struct keep_err *err);

/* Answers: columns event and right (yes or no), rows of the newest sample. All of them, or none: KEEP_E_INPUT with the line that is wrong. KEEP_E_REFUSED: nothing was drawn. */
int keep_sampling_answer(struct keep_store *s, struct keep_str csv, const char *where, struct keep_str who, struct keep_arena *a, struct keep_sampling_state *out, struct keep_err *err);

#endif
