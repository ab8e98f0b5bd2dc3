/* What gathering, finishing and wording of cases share. Inside the three files only. */
#ifndef CORE_AUDIT_CASES_INSIDE_H
#define CORE_AUDIT_CASES_INSIDE_H

#include "core/audit/cases.h"
#include "core/audit/u64map.h"

/* An event of some case, or of several. */
struct keep_cases_access {
    keep_time time;
    struct keep_event_id id;
    uint32_t subject, patient;
};

/* It is in that case. */
struct keep_cases_in {
    uint32_t made, access;
};

/* A case. What each of its accesses looks at stands first, and together. */
struct keep_cases_made {
    uint32_t hits;
    bool all_expected, own_late;
    bool judged;         /* by this audit, at least one of its accesses */
    bool is_run, shaded;
    uint64_t evidence;
    keep_time last;
    struct keep_cases_end { struct keep_event_id id; uint32_t place, unit; } end; /* the event at `last` */
    struct keep_bind_event first;
    uint32_t rule, subject, patient; /* NONE: a run of several users, or of several patients */
    uint32_t unknown;
    const struct keep_judge *judge; /* whose number unknown is; NULL: that of a text (carry.h) */
    uint32_t run;        /* number of the run */
    int expected;        /* reason of the first event, -1 none */
    uint64_t count;      /* what a run's fullest window counted */
    size_t begin;        /* of its accesses once dealt out */
    int64_t weight;      /* all that the score is of but the shade */
};

#define KEEP_CASES_FIRST 256 /* cases an array begins with */

/* Items in pieces of some large pages each, that stay where they are: one more moves none, and what another thread has is taken over as it stands. */
struct keep_cases_pieces {
    struct keep_cases_piece {
        void *at;
        uint32_t n; /* items; a piece behind which another was taken over need not be full */
        bool big;   /* memory of core/base/big.h, else of malloc */
    } *piece;
    size_t pieces, cap;
};
enum { KEEP_CASES_ACCESS_BITS = 18, KEEP_CASES_ACCESSES = 1 << KEEP_CASES_ACCESS_BITS, KEEP_CASES_INS = 1 << 18 }; /* of a piece: 6 MiB, and 2 */

struct keep_cases {
    const struct keep_policy *p;
    const struct keep_world *w;
    const struct keep_judge *judge;
    struct keep_cases_made *made;
    size_t n, cap;
    struct keep_cases_pieces access, in; /* an access's number: of its piece, and in the low bits where in it */
    size_t ins;                  /* in all */
    uint32_t *dealt;             /* accesses, case by case; NULL until they are dealt out */
    struct keep_u64map *of_pair; /* one a rule, the last for unexplained: (subject, patient) */
    bool *of_user;               /* of each rule: it is about nobody's chart */
    uint32_t *of_run;            /* of each run, which are numbered from 0; KEEP_U64MAP_NONE none */
    size_t runs;
};

static inline const struct keep_cases_access *keep_cases_access(const struct keep_cases *c, uint32_t number)
{
    return (const struct keep_cases_access *)c->access.piece[number >> KEEP_CASES_ACCESS_BITS].at + (number & (KEEP_CASES_ACCESSES - 1));
}

/* All numbers of accesses are below. */
static inline size_t keep_cases_numbers(const struct keep_cases *c)
{
    return c->access.pieces << KEEP_CASES_ACCESS_BITS;
}

static inline bool keep_cases_earlier(const struct keep_cases_access *x, const struct keep_cases_access *y)
{
    if (x->time != y->time)
        return x->time < y->time;
    return x->id.source != y->id.source ? x->id.source < y->id.source : x->id.ordinal < y->id.ordinal;
}

int32_t keep_cases_score(const struct keep_cases_made *b); /* once it is weighed */

/* What a thread needs to put cases into words. All are dealt out and shaded; event: room for the ids of all their accesses. */
struct keep_cases_words;
int keep_cases_words_new(struct keep_cases_words **out, const struct keep_cases *c, const struct keep_audit_input *in, struct keep_relate *relate, struct keep_event_id *event,
                         struct keep_err *err);
/* to: takes what the words stand in; NULL: it is freed as well. f NULL allowed. */
void keep_cases_words_free(struct keep_cases_words *f, struct keep_arena *to);
/* All of *out but what is said of this one case alone: evidence, the missing fact, the sentence; those, once its id is certain. */
int keep_cases_words_case(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out, struct keep_err *err);
int keep_cases_words_say(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out, struct keep_err *err);

int keep_cases_no_memory(struct keep_err *err); /* KEEP_E_NOMEM, said */

#endif
