/* Who opened one patient's chart, as the patient may be told: by department and
 * role and the reason on file, without what the hospital is still looking into.
 *
 * Withheld is an access of a case on file that is open and is of a rule, or that
 * somebody has taken up, and one that a rule flags today and no case has decided.
 * One that is merely unexplained is told, as what it is: nobody investigates it. */
#ifndef CORE_WORK_CHARTOPEN_H
#define CORE_WORK_CHARTOPEN_H

#include "core/work/askrun.h"

/* One access, or those of one person on one day in one place of work for one reason. */
struct keep_chartopen_row {
    keep_time first, last;
    keep_date day;                        /* in the keep's zone */
    uint64_t times;
    uint32_t actions;                     /* bit of each enum keep_action */
    uint32_t account, worker;             /* world indices, KEEP_ID_NONE */
    struct keep_str department, role;     /* of then; empty: not recorded */
    struct keep_str reason;               /* title of the declared reason that holds; empty: none */
    const struct keep_relation *relation; /* on file around that time; NULL: none */
    struct keep_event_id event;           /* the first */
};

struct keep_chartopen {
    struct keep_auditrun run;             /* owns the world, and the memory of the rows */
    uint32_t patient;
    struct keep_chartopen_row *row;       /* by first time */
    size_t rows;
    uint64_t accesses;                    /* told in the rows */
    uint64_t glimpses;                    /* of the period, in which the chart was not opened: a list, a search result, a system, a refusal */
    uint64_t withheld;                    /* accesses; for the officer alone */
    const uint8_t (*open)[16];            /* the cases that withhold them; for the officer alone */
    size_t opens;
};

struct keep_chartopen_params {
    const struct keep_packs *adopted;
    uint32_t (*patient)(void *ctx, const struct keep_world *w, struct keep_err *err); /* as of keep_accounting_params */
    void *ctx;
    keep_date from, through;              /* both included; NONE: open on that side */
    bool each;                            /* every access in a row of its own */
    unsigned threads;
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};
/* *out must stay where it is; valid for _free in every case. */
int keep_chartopen_run(struct keep_chartopen *out, struct keep_store *s, const struct keep_chartopen_params *p, struct keep_err *err);
void keep_chartopen_free(struct keep_chartopen *c);

#endif
