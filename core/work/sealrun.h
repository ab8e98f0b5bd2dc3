/* Archiving an approved plan: sealed packages, each read back and verified before
 * its name appears, ledgered before and after. */
#ifndef CORE_WORK_SEALRUN_H
#define CORE_WORK_SEALRUN_H

#include "core/work/planrun.h"

#define KEEP_SEALRUN_OCTETS ((uint64_t)16 << 30) /* bytes of a package's records as they are kept: a package is copied, checked and lost as a whole */
#define KEEP_SEALRUN_RECORDS 100000u             /* a verifier holds some hundred bytes for each */

struct keep_sealrun_params {
    const struct keep_packs *adopted;
    const struct keep_plan *plan;
    const char *output;           /* folder, made when absent */
    uint64_t max_octets;          /* of the records of one package, before they are packed; a set that has more fills some of its own. 0: KEEP_SEALRUN_OCTETS */
    uint64_t max_records;         /* 0: KEEP_SEALRUN_RECORDS */
    unsigned threads;             /* 0 or 1: the caller's alone */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};
/* Reasons of sets that this run has nothing to do with. */
#define KEEP_SEALRUN_BEFORE "archived before"
#define KEEP_SEALRUN_UNPACKED "destroyed without a package"

struct keep_sealrun_result {
    char package[64];             /* id of the last one, empty: none; the files are OUTPUT/<id>.tar and, to be shown to a timestamp authority, OUTPUT/<id>.tsq */
    const char **packages;        /* ids of all that this run completed, in the arena */
    size_t count;
    uint64_t sets, records, left; /* left: sets of the plan not archived now */
    const char **reason;          /* one per set of the plan, "" archived; memory in the arena */
};
/* 1: some sets were left by drift or hold, the rest are archived. KEEP_E_REFUSED without the quorum. A set whose package lies in the folder is skipped; one whose
 * package was lost is sealed again. What a run that died left there is gone on with where its package would still hold the same, else removed. */
int keep_sealrun_archive(struct keep_store *s, const struct keep_sealrun_params *p, struct keep_arena *a, struct keep_sealrun_result *out, struct keep_err *err);

/* The number under which the keyring keeps a package's identity. */
uint64_t keep_sealrun_owner(struct keep_str id);

#endif
