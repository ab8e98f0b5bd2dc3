/* What a keep would be told by one set of packs and by another: which record
 * sets move, which cases come and go. Two trials of each engine; nothing is
 * stored, and dates are what the rules give, whatever is on file. */
#ifndef CORE_WORK_PACKDIFF_H
#define CORE_WORK_PACKDIFF_H

#include "core/retention/retention.h"
#include "core/store/store.h"
#include "core/work/packs.h"

/* enum, word */
#define KEEP_PACKDIFF_MOVES(X) \
    X(LATER, "later") X(EARLIER, "earlier") X(DETERMINED, "determined") X(UNDETERMINED, "undetermined") X(RULE, "another rule") X(ADDED, "added") X(REMOVED, "removed") \
    X(SCORE, "another score")
enum keep_packdiff_move {
#define X(name, word) KEEP_PACKDIFF_##name,
    KEEP_PACKDIFF_MOVES(X)
#undef X
    KEEP_PACKDIFF_MOVE_COUNT
};
const char *keep_packdiff_word(enum keep_packdiff_move m);

struct keep_packdiff_side {
    enum keep_until_kind kind; /* of sets */
    keep_date until;
    int32_t score;             /* of cases */
    struct keep_str rule;      /* that decides, that fired; empty: none */
};
struct keep_packdiff_row {
    bool set;                  /* else a case */
    uint8_t id[16];
    enum keep_packdiff_move move;
    struct keep_str series;    /* of a set */
    struct keep_packdiff_side before, after;
};
struct keep_packdiff {
    const struct keep_packdiff_row *row; /* sets by id, then cases by id; what stays is in none */
    size_t rows;
    uint64_t sets[2], cases[2], verdicts[2][KEEP_VERDICT_COUNT];
    uint64_t moves[2][KEEP_PACKDIFF_MOVE_COUNT]; /* of cases, of sets */
};

/* Judges sets by as_of and accesses by the newest recorded time. Everything in *out lives in a; both packs must outlive it. */
int keep_packdiff_run(struct keep_packdiff *out, struct keep_store *s, const struct keep_packs *before, const struct keep_packs *after, keep_date as_of,
                      int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct keep_arena *a, struct keep_err *err);

#endif
