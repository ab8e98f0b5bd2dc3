/* Documents that go out signed, each with F.minisig beside it. */
#ifndef CMD_SIGNED_H
#define CMD_SIGNED_H

#include "cmd/cmd.h"

/* Writes both, the document first. */
int cmd_signed_write(struct cmd *c, const char *path, const struct keep_buf *text, const struct keep_buf *signature);

/* What the keep's own key has signed goes to --output, else to the second operand with suffix behind it. */
const char *cmd_signed_name(struct cmd *c, const char *suffix); /* in the arena; NULL: no memory, c->err is set */
/* Writes both and says so, with how to check them. what: its name in words. */
int cmd_signed_by_keep(struct cmd *c, const char *what, const char *suffix, const struct keep_buf *text, const struct keep_buf *signature);

#endif
