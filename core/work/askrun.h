/* Answers to a complaint: everything one user did to one patient, or who
 * opened one patient, with the reason on file for each access. */
#ifndef CORE_WORK_ASKRUN_H
#define CORE_WORK_ASKRUN_H

#include "core/work/auditrun.h"

struct keep_ask_row {
    struct keep_event_id event;
    enum keep_verdict verdict;
    struct keep_str rule;          /* rule or explanation id that decided, empty if none */
    uint32_t account, worker, patient;
    keep_time time;
    int action, exposure;
    const struct keep_relation *relation; /* on file between the two around that time, NULL none */
};

struct keep_ask_params {
    const uint32_t *patient;       /* world indices asked about; empty: any */
    size_t patients;
    const uint32_t *account;       /* likewise */
    size_t accounts;
};
/* Runs the audit over everything and calls each for the matching events, in scan order. r must be open. counts: events by verdict among the matching ones. */
int keep_askrun(struct keep_auditrun *r, const struct keep_ask_params *p, int (*each)(void *ctx, const struct keep_ask_row *, struct keep_err *), void *ctx, struct keep_err *err);

/* The relation of the two nearest in time, within a month; NULL. */
const struct keep_relation *keep_askrun_relation(const struct keep_world *w, uint32_t patient, uint32_t worker, keep_time at);
/* Accounts by login, or by name or number of the worker they belong to (whole, case folded by the caller's eyes only: exact). Appends to out, at most max; returns how many. */
size_t keep_askrun_accounts(const struct keep_world *w, struct keep_str what, uint32_t *out, size_t max);

#endif
