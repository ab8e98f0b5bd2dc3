/* What the verbs about packs share. */
#ifndef CMD_CMD_POLICY_H
#define CMD_CMD_POLICY_H

#include "cmd/cmd.h"
#include "core/policy/register.h"

/* Reads the packs of the operands from `first` on. Errors are printed, all of them; warnings only where they are what was asked for. */
int cmd_policy_packs(struct cmd *c, int first, bool warnings, struct keep_packs *p);
/* Is there a signature by one of the --pubkey given beside each pack? What is wrong is printed; KEEP_E_INTEGRITY. say: also what holds. */
int cmd_policy_signed(struct cmd *c, struct keep_packs *p, bool say);

/* The packs with all rules as rows, and each pack as it is written; memory is of p. */
struct cmd_register {
    struct keep_packs p;
    struct keep_register_row *row;
    size_t rows;
    struct keep_outline *outline; /* one a pack */
};
int cmd_policy_register(struct cmd *c, int first, struct cmd_register *out);

/* Writes the rows that the filters of the call (--kind, --jurisdiction, --state) let through. */
#define CMD_POLICY_FILTERS \
    CMD_LIST("kind", "KIND", "only access, evidence, explanation, retention, label, series, review, exception, define or map"), \
        CMD_LIST("jurisdiction", "WHERE", "only retention rules of it: US, US-KS"), \
        CMD_LIST("state", "STATE", "only rules in that state: in_force, house_policy, proposed, vacated, law, recommendation, contract")
int cmd_policy_filter(struct cmd *c, struct cmd_register *g); /* drops the other rows */
int cmd_policy_rows(struct cmd *c, const struct cmd_register *g);
/* "unverified", the day, or empty. */
const char *cmd_policy_checked(const struct keep_check *check, char day[KEEP_CIVIL_DATE_SIZE]);

#endif
