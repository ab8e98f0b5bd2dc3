/* What the verbs about packs share. */
#ifndef CMD_CMD_POLICY_H
#define CMD_CMD_POLICY_H

#include "cmd/cmd.h"

/* Reads the packs of the operands from `first` on. Errors are printed, all of them; warnings only where they are what was asked for. */
int cmd_policy_packs(struct cmd *c, int first, bool warnings, struct keep_packs *p);

#endif
