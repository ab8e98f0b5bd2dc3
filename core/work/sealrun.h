/* Archiving an approved plan: one sealed package, read back and verified
 * before its name appears, ledgered before and after. */
#ifndef CORE_WORK_SEALRUN_H
#define CORE_WORK_SEALRUN_H

#include "core/work/planrun.h"

struct keep_sealrun_params {
    const struct keep_packs *adopted;
    const struct keep_plan *plan;
    const char *output;           /* folder, made when absent */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};
struct keep_sealrun_result {
    char package[64];             /* id; the file is OUTPUT/<id>.tar */
    uint64_t sets, records, left; /* left: sets of the plan not archived now */
    const char **reason;          /* one per set of the plan, "" archived; memory in the arena */
};
/* 1: some sets were left by drift or hold, the rest are archived. KEEP_E_REFUSED without the quorum. A set whose package lies in the
 * folder is skipped; one whose package was lost is sealed again; what a run that died left there is removed. */
int keep_sealrun_archive(struct keep_store *s, const struct keep_sealrun_params *p, struct keep_arena *a, struct keep_sealrun_result *out, struct keep_err *err);

/* The number under which the keyring keeps a package's identity. */
uint64_t keep_sealrun_owner(struct keep_str id);

#endif
