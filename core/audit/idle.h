/* How long accounts lay still: on which days each was used, one bit a day. Bits
 * may be set in any order and on any thread's own copy: they only add up. Days
 * are those of UTC: what is asked is months. */
#ifndef CORE_AUDIT_IDLE_H
#define CORE_AUDIT_IDLE_H

#include <stdbool.h>

#include "core/base/civil.h"
#include "core/base/err.h"

struct keep_idle {
    size_t accounts;
    keep_date first;    /* first day of the log, KEEP_DATE_NONE before any use */
    keep_date day;      /* the day last noted, and when it begins and ends: most uses follow on the same */
    keep_time lo, hi;
    keep_date *last;    /* of each account, the day last noted; KEEP_DATE_NONE */
    struct keep_idle_days {
        keep_date from; /* of bit 0; a multiple of 64 */
        uint32_t words;
        uint64_t *bit;
    } *of;
};

/* KEEP_E_NOMEM. A zeroed struct may be passed to _done. */
int keep_idle_init(struct keep_idle *d, size_t accounts, struct keep_err *err);
void keep_idle_done(struct keep_idle *d);

/* Notes a use. Of an account that is not there only the log's beginning is noted. KEEP_E_NOMEM. */
int keep_idle_note_day(struct keep_idle *d, uint32_t account, keep_time t, struct keep_err *err); /* unless it is seen at once that it is noted */
static inline int keep_idle_note(struct keep_idle *d, uint32_t account, keep_time t, struct keep_err *err)
{
    bool noted = t >= d->lo && t < d->hi && account < d->accounts && d->last[account] == d->day;
    return noted ? 0 : keep_idle_note_day(d, account, t, err);
}

/* Adds the uses that `from` noted. KEEP_E_NOMEM. */
int keep_idle_merge(struct keep_idle *d, const struct keep_idle *from, struct keep_err *err);

/* Was the account used on the day of t? */
bool keep_idle_used(const struct keep_idle *d, uint32_t account, keep_time t);
/* The last day before t's own on which the account was used; KEEP_DATE_NONE: none. */
keep_date keep_idle_before(const struct keep_idle *d, uint32_t account, keep_time t);

#endif
