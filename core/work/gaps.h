/* What keeps sets from having a date, counted: which fact to find out first. */
#ifndef CORE_WORK_GAPS_H
#define CORE_WORK_GAPS_H

#include "core/retention/retention.h"

struct keep_gap {
    struct keep_str text;  /* numbers of records left out, so that alike gaps are one */
    uint64_t sets, records;
    uint32_t series;       /* of the first */
};

struct keep_gaps;
struct keep_gaps *keep_gaps_new(void); /* NULL: out of memory */
void keep_gaps_free(struct keep_gaps *g);
/* Takes a set (as `each` of a retention run; ctx is the struct keep_gaps). */
int keep_gaps_each(void *ctx, const struct keep_set *s, struct keep_err *err);
/* All so far, the most sets first, then by text. Valid until the next call. Returns how many. */
size_t keep_gaps_list(struct keep_gaps *g, const struct keep_gap **out);

#endif
