/* Help, from the same tables that parse. */
#ifndef CMD_USAGE_H
#define CMD_USAGE_H

#include <stdio.h>

#include "cmd/cmd.h"

void cmd_usage_all(FILE *to);
void cmd_usage_verb(const struct cmd_verb *v);
void cmd_usage_version(void);
/* For a call that names no verb with its action: the actions of its verb, to standard output when help was asked for, else what is wrong. True when there is such a verb. */
bool cmd_usage_unknown(int argc, char **argv, bool help);

extern const char *const cmd_usage_part[CMD_PART_COUNT]; /* titles of the chapters */
/* The statuses that a verb can end with, ascending, and when: calls each. */
void cmd_usage_exits(const struct cmd_verb *v, void (*each)(void *ctx, int status, const char *when), void *ctx);

#endif
