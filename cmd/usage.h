/* Help, from the same tables that parse. */
#ifndef CMD_USAGE_H
#define CMD_USAGE_H

#include <stdio.h>

#include "cmd/cmd.h"

void cmd_usage_all(FILE *to);
void cmd_usage_verb(const struct cmd_verb *v);
void cmd_usage_version(void);
void cmd_usage_unknown(int argc, char **argv);

#endif
