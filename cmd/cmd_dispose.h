/* What the actions of dispose share. */
#ifndef CMD_CMD_DISPOSE_H
#define CMD_CMD_DISPOSE_H

#include "cmd/cmd.h"
#include "core/work/orderbook.h"

/* An open order to the file, its signature beside it. */
int cmd_write_order(struct cmd *c, const struct keep_order *o, const char *name);

#endif
