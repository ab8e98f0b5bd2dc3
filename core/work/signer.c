/* The one place that decides whether a key may sign, so that a key that has
 * expired is refused by every verb, in the same words. The day is today's in the
 * keep's time zone; both days of a validity count. */
#include "core/work/signer.h"

#include <string.h>

#include "core/work/dates.h"
#include "core/work/packs.h"

/* Is the key good on that day? */
static int valid(const struct keep_officer *o, keep_date day, struct keep_err *err)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    enum keep_officer_standing st = keep_officer_on(o, day);
    if (st == KEEP_OFFICER_VALID)
        return 0;
    if (st == KEEP_OFFICER_EARLY)
        return keep_err_set(err, KEEP_E_REFUSED, "the key of officer %.*s is not valid before %s", (int)o->role.n, o->role.p, keep_civil_format_date(o->from, text));
    keep_err_set(err, KEEP_E_REFUSED, "the key of officer %.*s has expired: it was valid until %s", (int)o->role.n, o->role.p, keep_civil_format_date(o->until, text));
    keep_err_hint(err, "the quorum renews it: chartkeep officer renew KEEP %.*s --until DATE", (int)o->role.n, o->role.p);
    return KEEP_E_REFUSED;
}

static int nobody(const struct keep_store *s, const struct keep_sign_public *key, struct keep_err *err)
{
    size_t n;
    const struct keep_officer *f = keep_store_former(s, &n);
    for (size_t i = 0; i < n; i++)
        if (memcmp(&f[i].key, key, sizeof *key) == 0)
            return keep_err_set(err, KEEP_E_REFUSED, "the key given is of no officer of this keep any more; it was %.*s's", (int)f[i].role.n, f[i].role.p);
    return keep_err_set(err, KEEP_E_REFUSED, "the key given is of no officer of this keep");
}

int keep_signer_of(const struct keep_store *s, const struct keep_sign_secret *key, const struct keep_officer **out, struct keep_err *err)
{
    struct keep_sign_public pub;
    keep_date today;
    keep_sign_public_of(key, &pub);
    const struct keep_officer *o = keep_packs_officer(s, &pub);
    int rc = o ? keep_dates_today(s, &today, err) : nobody(s, &pub, err);
    if (rc == 0)
        rc = valid(o, today, err);
    if (rc == 0)
        *out = o;
    return rc;
}
