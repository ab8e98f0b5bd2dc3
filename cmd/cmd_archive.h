/* What the verbs that carry out a plan have in common. */
#ifndef CMD_CMD_ARCHIVE_H
#define CMD_CMD_ARCHIVE_H

#include "cmd/cmd.h"
#include "core/retention/plan.h"

/* Opens the keep of the first operand and reads the plan of the second, which must bind this keep and the adopted packs. */
int cmd_archive_plan(struct cmd *c, bool write, struct keep_packs *packs, struct keep_plan *plan);

/* Sets of the plan that were not carried out, and why, to standard error; what is gone already is only counted. reason: one a set, or NULL. */
void cmd_archive_left(const struct keep_plan *plan, const char *const *reason);

#endif
