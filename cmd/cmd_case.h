/* What the actions of `case` share. */
#ifndef CMD_CMD_CASE_H
#define CMD_CMD_CASE_H

#include "cmd/cmd.h"

#define CMD_CASE_BY CMD_DEFAULT("by", "WHO", "the login name of whoever runs this", "who acts, as it shall stand in the history")
/* --by, else the name that the system knows whoever runs this by: stated, not proved. */
int cmd_case_acting(struct cmd *c, struct keep_str *who);

#endif
