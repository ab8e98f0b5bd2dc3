/* "Did you mean": the nearest of the words offered, for every place that takes a word. */
#ifndef CORE_POLICY_SUGGEST_H
#define CORE_POLICY_SUGGEST_H

#include <stdint.h>

#include "core/base/str.h"

struct keep_suggest {
    struct keep_str have;
    struct keep_str best; /* the nearest so far; distance SIZE_MAX: none */
    size_t distance;
    char text[160];
};
void keep_suggest_begin(struct keep_suggest *s, struct keep_str have);
void keep_suggest_offer(struct keep_suggest *s, struct keep_str candidate);
/* "did you mean `x`?", or fallback (NULL allowed) when nothing is near. Valid as long as s. */
const char *keep_suggest_end(struct keep_suggest *s, const char *fallback);

#endif
