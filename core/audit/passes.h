/* The way of the log through an audit, by several threads.
 *
 * Gather: each batch of the log is put away by one thread as rows of parts, a
 * part being some neighbouring patients; what rules that count need is noted.
 * Judge: each part is sorted patient by patient, so that a patient's first
 * accesses are known before the first question, and all that is asked about one
 * patient is asked at once. A log too long for the memory allowed is read again
 * for further parts. Events that a counting rule may make its own are told when
 * all is judged, the others at once.
 *
 * Where an earlier audit is gone on from (carry.h), what it judged is told again
 * beside what is judged now; of its events only those are put away that a new
 * one may be counted with, or of whose people something changed.
 *
 * Nothing depends on how many threads there are, or where batches begin. */
#ifndef CORE_AUDIT_PASSES_H
#define CORE_AUDIT_PASSES_H

#include "core/audit/carry.h"
#include "core/audit/judge.h"
#include "core/audit/rows.h"
#include "core/audit/window.h"

#define KEEP_PASSES_MOST ((uint64_t)40000000) /* events put away at a time, mostly some 15 bytes each; of more the log is read again */

/* One event, judged. Its memory is the callee's until it returns. */
struct keep_passes_event {
    const struct keep_events *batch;
    uint32_t i, at;                    /* at: place in the pass */
    uint32_t subject;                  /* who acts: keep_judge_subject */
    const struct keep_judgement *v;
    enum keep_verdict alone;           /* its verdict without the runs */
    const struct keep_window_hit *run; /* runs it is in, in policy order */
    size_t runs;
    const uint8_t *evidence;           /* codes, of flagged and unexplained ones: keep_judge_weigh */
    bool known;                        /* an earlier audit has counted it */
    uint64_t taken;                    /* steps of counting rules that collected it (window.h) */
    const struct keep_carry_kind *kept; /* told as that audit judged it, codes of evidence aside; NULL: judged now */
    unsigned member;                   /* which of the threads judged it; its judge is passes.judge[member] */
};

struct keep_passes {
    const struct keep_audit_input *in;
    keep_time as_of;         /* NONE: no bound */
    uint64_t most;           /* events put away at a time */
    unsigned members;        /* as many as work at once */
    struct keep_crew *crew;  /* they */
    struct keep_relate *relate[KEEP_AUDIT_THREADS];
    struct keep_judge *judge[KEEP_AUDIT_THREADS];
    struct keep_window *window[KEEP_AUDIT_THREADS]; /* NULL: no rule counts */
    bool edges;              /* the policy asks how departments share patients */
    uint64_t after_as_of;    /* events left out */
    uint64_t whole;          /* keep_window_whole, where a later audit is left something */
    uint64_t fresh, opened;  /* events that no earlier audit has counted; those of them that opened somebody's chart */

    /* Each event once, in no order; calls with one member never overlap. */
    int (*tell)(void *ctx, const struct keep_passes_event *e, struct keep_err *err);
    /* Instead of it, of an event that makes no case: it is expected or not assessed, fires nothing and is in no run. NULL allowed: all are told. */
    void (*pass)(void *ctx, uint32_t at, enum keep_verdict verdict, int explanation, unsigned member);
    /* The same earlier, when it is judged and its patient is at hand; runs are not known yet. NULL allowed. */
    int (*look)(void *ctx, const struct keep_passes_event *e, struct keep_err *err);
    void *ctx;
};

int keep_passes_open(struct keep_passes *p, const struct keep_audit_input *in, struct keep_err *err);
int keep_passes_run(struct keep_passes *p, struct keep_err *err);
void keep_passes_close(struct keep_passes *p); /* a zeroed struct is allowed */

#endif
