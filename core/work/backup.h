/* Backups: each is registered in the ledger before it exists, with the day by
 * which it must be destroyed, and stays open until an officer signs that it is. */
#ifndef CORE_WORK_BACKUP_H
#define CORE_WORK_BACKUP_H

#include "core/base/arena.h"
#include "core/store/store.h"

#define KEEP_BACKUP_ID 32 /* hex digits */

struct keep_backup_order {
    const char *dir;
    const uint8_t *key; /* of the backup's own key file */
    keep_date destroy_by;
    keep_date today;
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
    int (*ready)(void *ctx, const char *path, struct keep_err *err); /* the copy is checked and about to take its name: time to put its key where it belongs */
    void *ctx;
};
/* The copy stands at o->dir whole or not at all. id: KEEP_BACKUP_ID digits and a NUL. When copying fails the registration stays (id is set, rc < 0): it is open until it is expired. KEEP_E_USAGE: a day not after
 * today. */
int keep_backup_make(struct keep_store *s, const struct keep_backup_order *o, char id[KEEP_BACKUP_ID + 1], struct keep_err *err);

struct keep_backup {
    struct keep_str id;
    keep_time made, expired; /* expired NONE: open */
    keep_date destroy_by;
    struct keep_str role;    /* who signed that it is destroyed */
};
/* All, in order of making; strings in a. */
int keep_backup_list(struct keep_store *s, struct keep_arena *a, struct keep_backup **out, size_t *n, struct keep_err *err);
struct keep_closing;
/* An officer of the keep signs that this backup and its key are destroyed. closing (closing.h): what that closes; its texts are to be freed in every case.
 * 1: no open backup has this id. */
int keep_backup_expire(struct keep_store *s, struct keep_str id, const struct keep_sign_secret *officer, struct keep_closing *closing, struct keep_err *err);

#endif
