/* Whom and what the givens of a test name: an id with a slip in it would mean
 * somebody of whom nothing is known, and the test would pass for that. */
#ifndef CORE_POLICY_TESTIDS_H
#define CORE_POLICY_TESTIDS_H

#include "core/policy/compile.h"

struct keep_testids { /* begins zeroed */
    struct keep_vec given, named;
};

/* Notes the ids of a given's map, those that are constant. series: the map is of many events. */
void keep_testids_note(struct keep_compiler *c, struct keep_testids *t, const char *word, const struct keep_expr *map, bool series);
/* Notes those that one event of a series makes of its counter, from the series' map and what came of it. */
void keep_testids_made(struct keep_compiler *c, struct keep_testids *t, const struct keep_expr *map, const struct keep_value *event);
/* Reports every one that is named and not given. */
void keep_testids_check(struct keep_compiler *c, struct keep_testids *t);

#endif
