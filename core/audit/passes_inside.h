/* What gathering (passes.c), judging (passes_judge.c) and what is taken over from
 * an earlier audit (passes_known.c) share. Inside the three files only. */
#ifndef CORE_AUDIT_PASSES_INSIDE_H
#define CORE_AUDIT_PASSES_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/audit/passes.h"
#include "core/audit/places.h"
#include "core/base/crew.h"

/* A judged event that a counting rule may make its own: what the member's window took, in that order. */
struct keep_passes_waiting {
    struct keep_rows_row row;
    uint64_t taken;
    uint32_t unknown;
    int32_t explanation;
    size_t more;            /* in words: the rules fired, then the codes of evidence */
    uint16_t fired;
    uint8_t verdict;
    bool own_late, weighed; /* weighed: there are codes */
    bool known;
};

struct keep_passes_member {
    struct keep_passes_run *run;
    unsigned number;
    struct keep_crew_job job;
    int rc;
    struct keep_err err;
    struct keep_event_scan scan;
    bool shared;                     /* scan is to be given back */
    struct keep_rows_pool pool;
    struct keep_rows_list *list;     /* of each part at hand, */
    uint32_t step;                   /* as many as this thread knows them to be */
    uint64_t rows, told;             /* in them; as others may know them */
    bool gathers;                    /* this thread is adding to them */
    struct keep_rows_order order;    /* of the part being judged */
    uint64_t since;                  /* events judged since the last look at whether to stop */
    struct keep_places places;
    uint64_t late, fresh, opened;
    struct keep_carry left;          /* since, newest and lates of what this audit leaves */
    struct keep_rows_batch batch;
    uint8_t takes[KEEP_TERMS_CLASSES]; /* may counting rules want events of the class at all? 0: nobody has asked */
    uint8_t code[KEEP_JUDGE_EVIDENCE];
    struct keep_passes_waiting *waiting;
    size_t waits, wait_room;
    uint32_t base;                   /* of them among all that windows took */
    struct keep_window_hit *run_of;  /* of the event that it tells: room for one of each rule */
    uint32_t *word;
    size_t words, word_room;
};

struct keep_passes_run {
    struct keep_passes *p;
    struct keep_passes_member *member;
    struct keep_rows_shape shape;
    uint32_t first, step;            /* parts at hand, and how many at a time: fewer when they have more rows than there should be */
    _Atomic uint32_t next;           /* of those at hand, the next that nobody judges yet */
    bool noted, counts, unfiltered;  /* notes are whole; some rule collects; of that, any event that nothing explains */
    struct keep_crew_job edges;      /* keep_relate_want_edges, and how it ended */
    int edges_rc;
    struct keep_err edges_err;
    struct keep_places places;
    uint8_t *met;                    /* of each patient: accesses were put away; NULL: nobody asks */
    uint8_t *moved;                  /* of each worker: something changed about an account of theirs; NULL: nothing is gone on from */
    atomic_size_t taken;             /* of what an earlier audit left, the first that no member has taken */
    uint32_t kept;                   /* what an earlier audit left begins there among all that windows took */
    pthread_mutex_t lock;            /* of what follows, and while rows are gathered of step, and each member's step, told and gathers */
    uint64_t done, total;
    int stopped;                     /* another member failed, or the user gave up */
};

/* What is to be done with an event. */
enum keep_passes_sort {
    KEEP_PASSES_FRESH,  /* it is new */
    KEEP_PASSES_AGAIN,  /* judged before, and about somebody of whom something changed */
    KEEP_PASSES_BESIDE, /* judged before, and a counting rule could count it with a new one */
    KEEP_PASSES_SETTLED /* judged before */
};
/* last: of its source, judged before. */
int keep_passes_sort(struct keep_passes_member *m, const struct keep_events *b, uint32_t i, uint64_t last, enum keep_passes_sort *out, struct keep_err *err);

/* Has an earlier audit judged it? */
bool keep_passes_known(const struct keep_passes_member *m, struct keep_event_id id);

/* Does what an earlier audit judged stay as it is, unless a counting rule may want it? */
bool keep_passes_stays(const struct keep_passes_member *m, const struct keep_rows_row *row);

/* Is event i of the member's batch to be judged? near: a counting rule may want it. If an earlier audit has judged it, *had takes what collected it then, and what it was is forgotten. */
bool keep_passes_wanted(struct keep_passes_member *m, bool near, uint32_t i, bool *known, uint64_t *had);

/* Notes first accesses to a patient that an earlier audit knew; before any of this one's. */
void keep_passes_recall(struct keep_passes_member *m, uint32_t patient);

/* Before anything is gathered: takes over what an earlier audit left. After all: what this one leaves, but for the hits, which whoever is told them keeps. */
int keep_passes_begin(struct keep_passes_run *r, struct keep_err *err);
int keep_passes_leave(struct keep_passes_run *r, struct keep_err *err);

/* What was judged before and still stands: collected again, before runs are found; told, after. */
int keep_passes_collect_known(struct keep_passes_run *r, struct keep_err *err);
int keep_passes_tell_known(struct keep_passes_run *r, struct keep_err *err);

/* Runs work for every member, each on a thread; the error of the first that has one of its own. */
int keep_passes_all(struct keep_passes_run *r, void (*work)(void *ctx), struct keep_err *err);

int keep_passes_no_memory(struct keep_err *err); /* KEEP_E_NOMEM, said */
/* Counts n events as done; tells the user. Not 0: stop. */
int keep_passes_step(struct keep_passes_run *r, uint64_t n, struct keep_err *err);
/* A member is through, or stopped with an error. */
void keep_passes_finish(struct keep_passes_member *m, int rc);

/* Work of a member. */
void keep_passes_judge(void *ctx);        /* part after part, once all is gathered */
void keep_passes_tell_waiting(void *ctx); /* the events that waited for the runs, once these are known */

#endif
