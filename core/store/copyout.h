/* A copy of a keep under keys of its own: a backup, or a backup put back. */
#ifndef CORE_STORE_COPYOUT_H
#define CORE_STORE_COPYOUT_H

#include "core/store/store.h"

#define KEEP_COPYOUT_ABOUT "backup" /* a file that tells people what this folder is; programs go by keep.json */

struct keep_copyout {
    const char *dir;                /* must not exist */
    const struct keep_slot_new *slot; /* what opens the copy: the first of them is used to check it, so a secret, no recipient */
    size_t slots;
    enum keep_standing standing;    /* BACKUP or RESTORED */
    uint8_t backup[16];             /* its id */
    bool new_log;                   /* a log of its own goes on from that of the keep */
    struct keep_str about;          /* contents of the file "backup"; empty: none */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* may be NULL; non-zero: KEEP_E_INTERRUPTED */
    /* Called when the copy stands checked at path, which is not dir yet; may be NULL. Unless it returns 0 the copy goes. */
    int (*ready)(void *ctx, const char *path, struct keep_err *err);
    void *ctx;
};

/* One moment of the keep: s is open for writing without a transaction (so that nothing commits meanwhile), or is a backup. Both files are sealed anew under new
 * file keys, keep.json under a new master key with new slots: no key of the one opens the other. It is checked in full and takes its name in one step;
 * after a failure nothing of it is left. KEEP_E_REFUSED: dir is there. */
int keep_copyout_write(struct keep_store *s, const struct keep_copyout *c, struct keep_err *err);
/* 1: a copy for dir that never took its name was left by a process that died, and this key was to open it; 0 not. */
int keep_copyout_left(const char *dir, const uint8_t *key);

#endif
