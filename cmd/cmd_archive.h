/* What the verbs that carry out a plan have in common. */
#ifndef CMD_CMD_ARCHIVE_H
#define CMD_CMD_ARCHIVE_H

#include "core/retention/plan.h"

/* Sets of the plan that were not carried out, and why, to standard error; what is gone already is only counted. reason: one a set, or NULL. */
void cmd_archive_left(const struct keep_plan *plan, const char *const *reason);

#endif
