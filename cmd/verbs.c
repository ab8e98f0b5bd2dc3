/* The one table of verbs, in the order help shows them. Each entry stands in
 * the file of its verb. */
#include "cmd/verbs.h"

#include "cmd/cmd.h"

#define X(name) &cmd_##name,
const struct cmd_verb *const cmd_verbs[] = {CMD_VERBS(X) NULL};
#undef X
