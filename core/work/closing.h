/* The closing certificate: a certificate of destruction that named registered
 * backups stays open until an officer has signed for the last of them; this says
 * that it is closed, and by whose word. */
#ifndef CORE_WORK_CLOSING_H
#define CORE_WORK_CLOSING_H

#include "core/work/backup.h"

struct keep_closing {
    struct keep_buf text, signature; /* canonical JSON, the keep's signature; empty: nothing closes. To be freed by the caller */
    size_t certificates;             /* that it closes */
    size_t open;                     /* that name the backup too and wait for others */
};
/* What the expiry of that backup, one of the n of list, closes. The list has its expiry already. */
int keep_closing_make(struct keep_store *s, const struct keep_backup *list, size_t n, struct keep_str id, struct keep_closing *out, struct keep_err *err);
/* The one made then. 1: none was. */
int keep_closing_again(struct keep_store *s, struct keep_str id, struct keep_closing *out, struct keep_err *err);

#endif
