/* Who looks like one patient. */
#ifndef CORE_WORK_TWINS_H
#define CORE_WORK_TWINS_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/model/world.h"

#define KEEP_TWINS_CROWD 8 /* a name that more share with one day of birth says nothing */
struct keep_twins_pair {
    uint32_t a, b; /* world indices, a < b */
};
/* Pairs of patients that look like one (the same folded name and day of birth) and are not linked: a finding, never a fact. Crowds are passed over. *out lives
 * in a. */
int keep_twins_find(const struct keep_world *w, struct keep_arena *a, struct keep_twins_pair **out, size_t *n, struct keep_err *err);

#endif
