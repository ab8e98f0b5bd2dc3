/* The closing screen of the demo: what an officer, an HIM manager and an
 * auditor each need to know, read from the files the commands wrote. */
#ifndef CMD_SCREEN_H
#define CMD_SCREEN_H

#include "cmd/cmd.h"

/* The one package in packages/, as "packages/ck-….tar". */
int cmd_screen_package(struct cmd *c, char *out, size_t size);
int cmd_screen(struct cmd *c, const char *dir, const char *package, double seconds);

#endif
