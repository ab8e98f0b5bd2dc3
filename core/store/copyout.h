/* A copy of a keep under keys of its own. */
#ifndef CORE_STORE_COPYOUT_H
#define CORE_STORE_COPYOUT_H

#include "core/store/store.h"

#define KEEP_COPYOUT_MARK "backup" /* the file that says so; a keep with it is read, never written */

struct keep_copyout {
    const char *dir;    /* must not exist; made with mode 0700 */
    const uint8_t *key; /* 32 bytes of the key file that opens the copy */
    struct keep_str about; /* contents of the mark */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* may be NULL; non-zero: KEEP_E_INTERRUPTED */
    void *ctx;
};

/* One moment of the keep, s open for writing (so that nothing commits meanwhile) without a transaction. Both files are sealed anew under new file keys, keep.json
 * under a new master key with one slot: no key of the keep opens the copy, none of the copy opens the keep. It is checked in full before this returns 0;
 * after a failure nothing of it is left. KEEP_E_REFUSED: dir is there. */
int keep_copyout_write(struct keep_store *s, const struct keep_copyout *c, struct keep_err *err);

#endif
