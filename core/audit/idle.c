/* A row of bits grows to either side as days are met, so that a log of ten years
 * takes 460 bytes an account. A time outside of the years 1900 to 2200 is a slip
 * of a clock: it is not noted, or a single one would make the row endless. */
#include "core/audit/idle.h"

#include <stdlib.h>
#include <string.h>

enum { EARLIEST = -25567, LATEST = 84006, BITS = 64 }; /* days since 1970: of 1900 and 2200 */

#define DAY_USEC (INT64_C(86400) * KEEP_USEC)

int keep_idle_init(struct keep_idle *d, size_t accounts, struct keep_err *err)
{
    *d = (struct keep_idle){.accounts = accounts, .first = KEEP_DATE_NONE};
    d->of = calloc(accounts + 1, sizeof *d->of);
    d->last = malloc((accounts + 1) * sizeof *d->last);
    for (size_t i = 0; d->last && i < accounts; i++)
        d->last[i] = KEEP_DATE_NONE;
    return d->of && d->last ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

void keep_idle_done(struct keep_idle *d)
{
    for (size_t i = 0; d->of && i < d->accounts; i++)
        free(d->of[i].bit);
    free(d->of);
    free(d->last);
    *d = (struct keep_idle){0};
}

/* The multiple of 64 at or before a day. */
static keep_date floor_of(keep_date day)
{
    return day - ((day % BITS + BITS) % BITS);
}

static int reach(struct keep_idle_days *r, keep_date day, struct keep_err *err)
{
    keep_date from = floor_of(day), end = from + BITS;
    if (r->words) {
        keep_date had = r->from + (keep_date)r->words * BITS;
        from = from < r->from ? from : r->from;
        end = end > had ? end : had;
    }
    uint32_t words = (uint32_t)(end - from) / BITS;
    uint64_t *bit = calloc(words, sizeof *bit);
    if (!bit)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (r->words)
        memcpy(bit + (r->from - from) / BITS, r->bit, r->words * sizeof *bit);
    free(r->bit);
    *r = (struct keep_idle_days){from, words, bit};
    return 0;
}

int keep_idle_note_day(struct keep_idle *d, uint32_t account, keep_time t, struct keep_err *err)
{
    if (t < d->lo || t >= d->hi) {
        d->day = keep_civil_utc_date(t);
        d->lo = d->hi = 0;
        if (d->day >= EARLIEST && d->day <= LATEST) {
            d->lo = d->day * DAY_USEC;
            d->hi = d->lo + DAY_USEC;
        }
    }
    keep_date day = d->day;
    if (day < EARLIEST || day > LATEST)
        return 0;
    if (d->first == KEEP_DATE_NONE || day < d->first)
        d->first = day;
    if (account >= d->accounts || d->last[account] == day)
        return 0;
    struct keep_idle_days *r = &d->of[account];
    if (!r->words || day < r->from || day >= r->from + (keep_date)r->words * BITS) {
        int rc = reach(r, day, err);
        if (rc)
            return rc;
    }
    r->bit[(day - r->from) / BITS] |= UINT64_C(1) << ((day - r->from) % BITS);
    d->last[account] = day;
    return 0;
}

int keep_idle_merge(struct keep_idle *d, const struct keep_idle *from, struct keep_err *err)
{
    if (from->first != KEEP_DATE_NONE && (d->first == KEEP_DATE_NONE || from->first < d->first))
        d->first = from->first;
    for (size_t i = 0; i < d->accounts && i < from->accounts; i++) {
        const struct keep_idle_days *x = &from->of[i];
        struct keep_idle_days *r = &d->of[i];
        keep_date last = x->from + (keep_date)x->words * BITS - 1;
        int rc = 0;
        if (x->words && (!r->words || x->from < r->from))
            rc = reach(r, x->from, err);
        if (!rc && x->words && last >= r->from + (keep_date)r->words * BITS)
            rc = reach(r, last, err);
        if (rc)
            return rc;
        for (uint32_t k = 0; k < x->words; k++)
            r->bit[(x->from - r->from) / BITS + (keep_date)k] |= x->bit[k];
    }
    return 0;
}

bool keep_idle_used(const struct keep_idle *d, uint32_t account, keep_time t)
{
    if (account >= d->accounts)
        return false;
    const struct keep_idle_days *r = &d->of[account];
    keep_date day = keep_civil_utc_date(t);
    return r->words && day >= r->from && day < r->from + (keep_date)r->words * BITS && r->bit[(day - r->from) / BITS] >> ((day - r->from) % BITS) & 1;
}

keep_date keep_idle_before(const struct keep_idle *d, uint32_t account, keep_time t)
{
    if (account >= d->accounts || !d->of[account].words)
        return KEEP_DATE_NONE;
    const struct keep_idle_days *r = &d->of[account];
    keep_date day = keep_civil_utc_date(t), last = r->from + (keep_date)r->words * BITS - 1;
    int64_t at = (day - 1 < last ? day - 1 : last) - (int64_t)r->from;
    if (at < 0)
        return KEEP_DATE_NONE;
    uint32_t word = (uint32_t)at / BITS;
    uint64_t bits = r->bit[word] & (UINT64_MAX >> (BITS - 1 - at % BITS));
    while (!bits && word > 0)
        bits = r->bit[--word];
    return bits ? r->from + (keep_date)word * BITS + (BITS - 1 - __builtin_clzll(bits)) : KEEP_DATE_NONE;
}
