/* What ties one patient to workers and departments: the index of the patient's
 * relations, one patient at a time, and what all patients' indices rest on.
 * Inside core/audit/relate.c. */
#ifndef CORE_AUDIT_TIES_H
#define CORE_AUDIT_TIES_H

#include <stdbool.h>

#include "core/audit/posts.h"
#include "core/base/crew.h"

/* What never changes; threads share it. */
struct keep_ties_base {
    const struct keep_world *w;
    struct keep_posts posts;
    uint32_t *term;            /* number of each word of the dictionary among departments */
    uint32_t *facts, *visits;  /* of each patient: where its relations and its encounters begin; patients + 1 */
    size_t most, most_entries; /* of one patient */
    uint32_t kinds;            /* of relations that are on file of anybody, as bits */
    keep_time disclosed;       /* the newest disclosure on file of any patient; NONE */
};

struct keep_ties {
    const struct keep_ties_base *b;
    uint32_t patient;          /* whose index this is; KEEP_ID_NONE none yet */
    bool authored;             /* the author of one of the relations is known */
    uint32_t kinds;            /* that are among them, as bits */
    uint32_t *by_start;        /* relations by start */
    uint32_t *by_worker;       /* and by (worker, start) */
    uint64_t *key;             /* room to sort in */
    struct keep_ties_pair {
        uint32_t worker, begin, n; /* in by_worker */
        uint32_t kinds;        /* that are among them, as bits */
        keep_time first;       /* first access, NONE so far */
    } *pair;                   /* by worker; of a relation's worker, and of its author */
    size_t pairs;
    struct keep_ties_pair *last; /* the pair last asked for; NULL none */
    struct keep_ties_entry {
        uint32_t department, relation;
        bool colleague;        /* by a worker of the department, not by the department as such */
    } *entry;                  /* by (department, start) */
    struct keep_ties_group {
        uint32_t department, begin, n; /* in entry */
        uint32_t kinds, colleagues;    /* that are among them, as such and by colleagues, as bits */
    } *group;                  /* by department */
    size_t groups;
};

/* 0, or -1 when memory ran out; valid for _free in both cases. The world must outlive it. crew: NULL, none; the same with any. */
int keep_ties_base_init(struct keep_ties_base *b, const struct keep_world *w, struct keep_crew *crew);
void keep_ties_base_done(struct keep_ties_base *b);
/* The same; the base must outlive it. */
int keep_ties_init(struct keep_ties *t, const struct keep_ties_base *b);
void keep_ties_done(struct keep_ties *t);

/* Makes the index of a patient of the world unless it is at hand; first accesses of the one before are forgotten. */
void keep_ties_turn(struct keep_ties *t, uint32_t patient);
/* Of the patient at hand; NULL: none. */
struct keep_ties_pair *keep_ties_pair(struct keep_ties *t, uint32_t worker);
const struct keep_ties_group *keep_ties_group(const struct keep_ties *t, uint32_t department);

/* From when to when a relation itself lasts, both included (INT64_MIN ever, INT64_MAX never); false: undated. */
bool keep_ties_lasts(const struct keep_relation *x, keep_time *from, keep_time *to);

#endif
