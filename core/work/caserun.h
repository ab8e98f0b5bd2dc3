/* Cases over time. What an audit under adopted rules found is put on file: a
 * finding joins the case on file of the same rule and user with which it shares
 * an access, else it becomes a new case. */
#ifndef CORE_WORK_CASERUN_H
#define CORE_WORK_CASERUN_H

#include "core/store/casebook.h"
#include "core/work/packs.h"

struct keep_auditrun;

struct keep_caserun_counts {
    uint64_t cases;    /* found by this run */
    uint64_t fresh;    /* of them new */
    uint64_t changed;  /* known, with other accesses, score or words */
    uint64_t reopened; /* closed, and now with accesses that were not there when it was decided */
    uint64_t proposed; /* open cases that are no longer found: their closing is proposed */
    bool looked_back;  /* as of a time before the newest run's: cases stay as they are */
};

struct keep_caserun;
/* The cases on file, which the crew of r begins to read, and the audit of r told to give findings their ids and statuses. r must stay where it is. What cannot be
 * read is told when findings are given their ids. */
int keep_caserun_open(struct keep_caserun **out, struct keep_auditrun *r, struct keep_err *err);
void keep_caserun_free(struct keep_caserun *c); /* NULL allowed */

/* After the run, inside a transaction: findings that are new or changed. */
int keep_caserun_store(struct keep_caserun *c, struct keep_caserun_counts *out, struct keep_err *err);

#endif
