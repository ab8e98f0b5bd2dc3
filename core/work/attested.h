/* What a statement of review rests on: the accesses, audits and cases of a period
 * of days, as far as the keep can show them. */
#ifndef CORE_WORK_ATTESTED_H
#define CORE_WORK_ATTESTED_H

#include "core/base/zone.h"
#include "core/store/casebook.h"
#include "core/text/json.h"
#include "core/work/attest.h"
#include "core/work/coverage.h"

/* Accesses of one source. */
struct keep_attested_log {
    uint64_t in_period, all;  /* all: up to the newest audit's as-of time */
    keep_time first, last;    /* in the period */
};

/* A pack that audits ran under. */
struct keep_attested_pack {
    struct keep_str digest;        /* in hex */
    struct keep_str pack, version; /* as it was adopted when the last of them ran; empty: no adoption on file tells */
    keep_date adopted;
    uint64_t audits;
    keep_time last;
};

/* What the audits on file say. */
struct keep_attested_audits {
    struct keep_arena *a;
    keep_time from, to;       /* of the period */
    uint64_t n;               /* whose as-of time lies in the period or later */
    keep_time first, last;    /* when they ran */
    int64_t longest;          /* days between two that followed each other, NONE: fewer than two */
    const struct keep_json *newest;
    struct keep_attested_pack *pack; /* of all of them, in order of their first run */
    size_t packs, room;
    keep_time as_of;
    int64_t events;
};

struct keep_attested {
    struct keep_store *s;
    struct keep_arena *a;
    struct keep_zone *zone;
    struct keep_coverage cover;
    struct keep_attested_log *log; /* one a source of the world */
    struct keep_attested_audits audits;
    struct keep_casebook_case *list;
    size_t cases;
    struct keep_str *reviewer; /* whoever acted on a case, in order of their first step */
    size_t reviewers, room;
    keep_time from, to;       /* [from, to) */
};

/* KEEP_E_USAGE, KEEP_E_REFUSED: it is no period, is not over, or no audit under the rules that are adopted has seen all of its accesses. What is in it is done with either way. */
int keep_attested_gather(struct keep_attested *g, struct keep_store *s, const struct keep_attest_params *p, struct keep_err *err);
void keep_attested_done(struct keep_attested *g);

/* How many of them ran under the pack of this digest, in hex. */
uint64_t keep_attested_audits_under(const struct keep_attested_audits *u, struct keep_str digest);

static inline bool keep_attested_in_period(const struct keep_attested *g, const struct keep_casebook_case *c)
{
    return c->first < g->to && c->last >= g->from;
}

#endif
