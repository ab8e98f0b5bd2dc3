/* Runs of the retention engine over a keep, and the writing of keep-until. */
#ifndef CORE_WORK_DATES_H
#define CORE_WORK_DATES_H

#include "core/retention/retention.h"
#include "core/store/store.h"
#include "core/work/orderbook.h"
#include "core/work/packs.h"

/* Today in the keep's time zone. */
int keep_dates_today(const struct keep_store *s, keep_date *out, struct keep_err *err);
/* The last instant of a day there: as of that day is as of then. */
int keep_dates_end(const struct keep_store *s, keep_date day, keep_time *out, struct keep_err *err);

struct keep_dates {
    struct keep_arena *arena;
    struct keep_world world;
    struct keep_retention_input in;
    struct keep_retention_result result;
    struct keep_hold *hold; /* in.holds of them */
    struct keep_order *order; /* destruction orders on file */
    size_t orders;
    struct keep_load_records *records;
    struct keep_set_state *state; /* of a run over everybody: the latest of each set, in order of set; read at once, since asking for each costs more */
    size_t states;
    bool all_states;              /* they were read */
    size_t *state_from;           /* by the first two bytes of an id, which are evenly spread: where the states of such sets begin, and behind the last where they end */
    uint8_t salt[32];
    struct keep_store *store;
};
/* Loads people, records, holds and states, and runs. packs must outlive it. _free in every case. */
int keep_dates_run(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of,
                   int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct keep_err *err);
/* Of some patients only, as far as their records alone say it. */
struct keep_dates_some {
    const uint64_t *patient; /* entities; those that are not there are passed over. NULL: everybody's, and what is about nobody */
    size_t patients;
    bool derived;            /* what the rules give, whatever is stored */
};
int keep_dates_run_some(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of, const struct keep_dates_some *some, struct keep_err *err);
/* The same, for whoever takes sets one by one or wants few: see keep_retention_input. The records are read once, in no order of sets; no set has its ids. */
struct keep_dates_how {
    bool brief;
    bool bound; /* with brief: digests all the same */
    bool (*want)(void *ctx, const struct keep_set *s);
    int (*each)(void *ctx, const struct keep_set *s, struct keep_err *err);
    void *ctx; /* of both */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};
int keep_dates_run_how(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of, const struct keep_dates_how *how, struct keep_err *err);
void keep_dates_free(struct keep_dates *d);

/* Writes keep-until of all sets whose date is determined and new or later, under the adopted packs, in one transaction. An earlier date is never written (P7). */
int keep_dates_write(struct keep_store *s, keep_date as_of, uint64_t *written, struct keep_err *err);

/* The set whose id starts with this hex (at least 6 digits): 0 found, 1 none or ambiguous. */
int keep_dates_find(const struct keep_dates *d, struct keep_str hex, const struct keep_set **out);

#endif
