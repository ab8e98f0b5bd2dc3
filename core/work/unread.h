/* What lies in quarantine: nobody knows what it says, so as long as it lies
 * there its source is complete in nothing. It is read again (retryrun.h), or an
 * officer looks at it and signs that it says nothing which the keep lacks. */
#ifndef CORE_WORK_UNREAD_H
#define CORE_WORK_UNREAD_H

#include "core/crypto/sign.h"
#include "core/model/source.h"
#include "core/store/store.h"

/* Fills `unread` of these sources: items that no reader has read since, but for those that an officer of this keep dismissed. */
int keep_unread_mark(struct keep_store *s, struct keep_source *source, size_t n, struct keep_err *err);

/* Each dismissal as it was recorded. Strings live during the call. */
struct keep_unread_dismissed {
    uint64_t item;
    struct keep_str source, reason, role;
    keep_time at;
    bool sound; /* signed for that item by an officer of this keep: it counts */
};
int keep_unread_list(struct keep_store *s, int (*each)(void *ctx, const struct keep_unread_dismissed *, struct keep_err *), void *ctx, struct keep_err *err);

enum { KEEP_UNREAD_REASON = 1024 }; /* bytes of a reason */
struct keep_unread_dismissal {
    const uint64_t *item; /* numbers as `quarantine list` prints them; none: all of the source */
    size_t items;
    struct keep_str source; /* empty: of all, which then have to be named */
    struct keep_str reason; /* no patient's name: it is kept for good */
    const struct keep_sign_secret *officer;
};
/* One signed act an item, all in one ledger entry; their bytes and keys stay. KEEP_E_USAGE: an item that does not lie there. */
int keep_unread_dismiss(struct keep_store *s, const struct keep_unread_dismissal *what, uint64_t *dismissed, struct keep_err *err);

#endif
