/* A backup put back in a keep's place, by the quorum: verified whole, copied under
 * keys of its own, and brought to what was decided since it was made. */
#ifndef CORE_WORK_RESTORERUN_H
#define CORE_WORK_RESTORERUN_H

#include "core/store/lost.h"
#include "core/store/replay.h"
#include "core/store/store.h"
#include "core/work/packs.h"

struct keep_restorerun_order {
    const char *backup, *keep;      /* folders; keep must not exist */
    const uint8_t *backup_key;
    struct keep_slot_new slot;      /* what opens the keep: a key file or a passphrase; its recovery recipient gets a slot as well */
    struct keep_lost_ask ask;
    const struct keep_sign_secret *const *officer;
    size_t officers;
    keep_time now;
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
    void *ctx;
};

struct keep_restorerun_result {
    char backup[33];
    struct keep_lost lost;      /* lost.gap empty: all that was lost is carried out again, the keep is in use; else it is read only */
    struct keep_replay done;
};

/* Memory of the result in a. KEEP_E_INTEGRITY: the backup or a witness does not hold, or they exclude each other; KEEP_E_KEY; KEEP_E_REFUSED: no quorum, no
 * backup there, or something is at keep already. The keep is there whole or not at all; witnesses get its head when it is in use (KEEP_E_UNRECORDED: it is
 * in place, that failed). */
int keep_restorerun_restore(const struct keep_restorerun_order *o, struct keep_arena *a, struct keep_restorerun_result *out, struct keep_err *err);

/* The same for a keep that was put back without them: s open for writing with `replay`. KEEP_E_USAGE: it is in use. While there is a gap nothing is changed. */
int keep_restorerun_replay(struct keep_store *s, const struct keep_lost_ask *ask, const struct keep_sign_secret *const *officer, size_t officers, struct keep_arena *a,
                           struct keep_restorerun_result *out, struct keep_err *err);

#endif
