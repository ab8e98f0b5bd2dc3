/* What a declared source vouches for. Every doubt answers "not covered": an
 * absence of records is only ever concluded from a source that says it would
 * have held them. */
#include "core/model/source.h"

static bool listed(const struct keep_str *list, size_t n, struct keep_str what)
{
    for (size_t i = 0; i < n; i++)
        if (keep_str_eq(list[i], what))
            return true;
    return false;
}

bool keep_source_reaches(const struct keep_source *s, keep_date first, keep_date last)
{
    if (s->from != KEEP_DATE_NONE && (first == KEEP_DATE_NONE || first < s->from))
        return false;
    if (s->closed_on != KEEP_DATE_NONE)
        return true;
    return s->through != KEEP_DATE_NONE && last != KEEP_DATE_NONE && last <= s->through;
}

bool keep_source_covers(const struct keep_source *s, struct keep_str klass, struct keep_str facility_name, keep_date first, keep_date last)
{
    if (!s->declared || !s->complete || s->unread)
        return false;
    if (!s->all_classes && (klass.n == 0 || !listed(s->klass, s->classes, klass)))
        return false;
    if (!s->all_facilities && (facility_name.n == 0 || !listed(s->facility, s->facilities, facility_name)))
        return false;
    return keep_source_reaches(s, first, last);
}
