/* Nothing declared, nothing complete: a training that is not on file is one that
 * nobody handed in, until a source's declaration names the class. */
#include "core/audit/trained.h"

#include "core/model/class.h"

bool keep_trained_counts(const struct keep_training *t, keep_date day)
{
    return t->completed != KEEP_DATE_NONE && t->completed <= day && (t->valid_until == KEEP_DATE_NONE || day <= t->valid_until);
}

/* NONE: some affiliation began nobody knows when, or none is on file. */
static keep_date joined(const struct keep_worker *k)
{
    keep_time first = KEEP_TIME_NONE;
    for (size_t i = 0; i < k->affiliations; i++) {
        if (k->affiliation[i].from == KEEP_TIME_NONE)
            return KEEP_DATE_NONE;
        if (first == KEEP_TIME_NONE || k->affiliation[i].from < first)
            first = k->affiliation[i].from;
    }
    return first != KEEP_TIME_NONE ? keep_civil_utc_date(first) : KEEP_DATE_NONE;
}

bool keep_trained_attested(const struct keep_world *w, uint32_t worker, keep_date day)
{
    keep_date first = joined(&w->worker[worker]);
    return keep_class_vouched(w->source, w->sources, KEEP_STR(KEEP_TRAINED_CLASS), first, day);
}
