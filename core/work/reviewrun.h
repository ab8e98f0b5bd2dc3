/* Reviews over a keep: people, records and code tables loaded, the engine run. */
#ifndef CORE_WORK_REVIEWRUN_H
#define CORE_WORK_REVIEWRUN_H

#include "core/review/review.h"
#include "core/store/load.h"
#include "core/work/mask.h"
#include "core/work/packs.h"

struct keep_reviewrun {
    struct keep_arena *arena;
    struct keep_world world;
    struct keep_codebook *book;
    struct keep_review_input in;
    struct keep_review_result result;
    struct keep_mask mask;
    struct keep_store *store;
    size_t tables;               /* pieces of code tables that were read */
};

struct keep_reviewrun_params {
    keep_date as_of;
    struct keep_str revealed;    /* hex of the one finding shown in clear; empty: none */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};

/* packs must outlive it. _free in every case. */
int keep_reviewrun_open(struct keep_reviewrun *r, struct keep_store *s, const struct keep_packs *packs, const struct keep_reviewrun_params *p, struct keep_err *err);
void keep_reviewrun_free(struct keep_reviewrun *r);

/* The patient of a finding, masked. */
struct keep_str keep_reviewrun_patient(struct keep_reviewrun *r, const struct keep_review_finding *f);

#endif
