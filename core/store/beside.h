/* A second connection to records.db, for another thread to read beside the store's
 * own: it sees what that sees, as long as that holds its read transaction
 * (keep_load_hold). Inside core/store only. */
#ifndef CORE_STORE_BESIDE_H
#define CORE_STORE_BESIDE_H

#include "core/store/inside.h"

struct keep_vfs;
struct keep_beside {
    struct keep_vfs *vfs;
    sqlite3 *db;
    sqlite3_stmt *hold; /* its own read transaction */
};

/* 0; 1 the store is in the middle of a transaction, whose rows only its own connection sees: nothing was opened; <0. */
int keep_beside_open(struct keep_beside *b, struct keep_store *s, struct keep_err *err);
/* Nothing more is read through it: its transaction ends, and no writer waits for it any longer. By any one thread. */
void keep_beside_release(struct keep_beside *b);
/* After its last statement; a zeroed struct is allowed. */
void keep_beside_close(struct keep_beside *b);

#endif
