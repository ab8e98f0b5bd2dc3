/* A contact is compared with a worker by digests: what one of them lacks cannot
 * be compared, and only what both have can differ. */
#include "core/audit/kin.h"

#include "core/audit/relate.h"

/* Have two lists of digests one in common? UNKNOWN: one of them is empty. */
static enum keep_tristate share(const uint64_t a[4], const uint64_t b[4])
{
    if (!a[0] || !b[0])
        return KEEP_TRI_UNKNOWN;
    for (int i = 0; i < 4 && a[i]; i++)
        for (int j = 0; j < 4 && b[j]; j++)
            if (a[i] == b[j])
                return KEEP_TRI_YES;
    return KEEP_TRI_NO;
}

static enum keep_tristate same_human(const struct keep_world *w, uint32_t worker, const struct keep_contact *c)
{
    const struct keep_worker *k = &w->worker[worker];
    uint32_t said = c->worker != KEEP_ID_NONE ? c->worker : c->self < w->patients ? w->patient[c->self].worker : KEEP_ID_NONE;
    if (said != KEEP_ID_NONE)
        return said == worker ? KEEP_TRI_YES : KEEP_TRI_NO;
    if (c->self != KEEP_ID_NONE && k->patient != KEEP_ID_NONE)
        return k->patient == c->self ? KEEP_TRI_YES : KEEP_TRI_NO;
    if (share(k->surname_key, c->surname_key) == KEEP_TRI_NO) /* who lives with a contact is another */
        return KEEP_TRI_NO;
    enum keep_tristate address = share(k->address_key, c->address_key), phone = share(k->phone_key, c->phone_key);
    if (address == KEEP_TRI_YES || phone == KEEP_TRI_YES)
        return KEEP_TRI_YES;
    return address == KEEP_TRI_NO || phone == KEEP_TRI_NO ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
}

enum keep_tristate keep_kin_contact(const struct keep_world *w, uint32_t worker, uint32_t patient, keep_time t, keep_time *lo, keep_time *hi)
{
    size_t i = keep_world_contacts(w, patient);
    enum keep_tristate out = KEEP_TRI_NO;
    if (i == w->contacts || w->contact[i].patient != patient || worker == KEEP_ID_NONE)
        return KEEP_TRI_UNKNOWN;
    for (; i < w->contacts && w->contact[i].patient == patient; i++) {
        const struct keep_contact *c = &w->contact[i];
        keep_relate_narrow(lo, hi, t, c->from);
        keep_relate_narrow(lo, hi, t, c->to);
        if ((c->from != KEEP_TIME_NONE && t < c->from) || (c->to != KEEP_TIME_NONE && t >= c->to))
            continue;
        enum keep_tristate same = same_human(w, worker, c);
        if (same == KEEP_TRI_YES)
            out = KEEP_TRI_YES;
        else if (same == KEEP_TRI_UNKNOWN && out == KEEP_TRI_NO)
            out = KEEP_TRI_UNKNOWN;
    }
    return out;
}

enum keep_tristate keep_kin_same(const struct keep_world *w, uint32_t worker, size_t contact)
{
    return same_human(w, worker, &w->contact[contact]);
}
