/* What one record set answers to expressions: the environment of its rules. */
#ifndef CORE_RETENTION_FACTS_H
#define CORE_RETENTION_FACTS_H

#include "core/retention/derive.h"
#include "core/retention/placetype.h"
#include "core/retention/trigger.h"

struct keep_facts {
    const struct keep_retention_input *in;
    const struct keep_tally_index *index;
    struct keep_arena *scratch;        /* one set at a time */
    const struct keep_tally *tally;
    const struct keep_derived *where;
    uint32_t series;                   /* the one to answer with */
    uint64_t labels;                   /* the ones to answer with */
    bool asked_labels;
    const struct keep_placetypes *types; /* NULL: a facility's type is answered as it stands */
    bool looked;                       /* at something that sets alike in series, facility, labels and custody may differ in */
    struct keep_trigger trigger[KEEP_TRIGGER_COUNT][2]; /* [first, last] */
    bool found[KEEP_TRIGGER_COUNT][2];
    struct keep_err *err;
};

/* Turns to another set: forgets what was found for the one before and empties the scratch arena. */
void keep_facts_begin(struct keep_facts *f, const struct keep_tally *t, const struct keep_derived *where, struct keep_err *err);

struct keep_env keep_facts_env(struct keep_facts *f);

#endif
