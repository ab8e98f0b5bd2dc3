/* What the log cannot show, for whoever answers a complaint from it: accesses that
 * no source recorded, screens that others saw, sources that nobody declared
 * complete, and the hours in which a source was silent. */
#ifndef CORE_WORK_LOGLIMITS_H
#define CORE_WORK_LOGLIMITS_H

#include "core/base/buf.h"
#include "core/store/store.h"

/* As lines of text, the silent stretches being those that touch [from, to]; KEEP_TIME_NONE: open on that side. */
int keep_loglimits_write(struct keep_store *s, keep_time from, keep_time to, struct keep_buf *out, struct keep_err *err);

#endif
