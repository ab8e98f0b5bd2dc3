/* The manual in mdoc(7), from the tables that parse. */
#ifndef CMD_MANUAL_H
#define CMD_MANUAL_H

#include "cmd/cmd.h"

/* Writes chartkeep.1, chartkeep-VERB.1 for every verb and chartkeep-policy.5 into a folder that is there. *pages: how many. */
int cmd_manual_write(struct cmd *c, const char *dir, int *pages);

#endif
