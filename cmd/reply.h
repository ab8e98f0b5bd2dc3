/* What the verbs that answer a patient share. */
#ifndef CMD_REPLY_H
#define CMD_REPLY_H

#include "cmd/cmd.h"
#include "core/model/world.h"
#include "core/report/letter.h"
#include "core/work/answered.h"
#include "core/work/mask.h"

/* The one patient named in --patient-file or at the prompt: world index, or KEEP_ID_NONE with c->err filled. ctx is a struct cmd. */
uint32_t cmd_reply_patient(void *ctx, const struct keep_world *w, struct keep_err *err);

/* What is behind --show-phi and --officer-key, before the keep is opened: a->officer (to be freed), a->request. Shown without an officer: refused. */
int cmd_reply_officer(struct cmd *c, struct keep_answered *a, struct keep_sign_secret **officer);

/* Writes the letter, enters it in the ledger, and only then hands it out: to standard output, or to --output with its signature beside it.
 * a->document is set here. Masked and without an officer it is a look, neither signed nor entered, unless the keep's own key is to sign it. */
int cmd_reply_give(struct cmd *c, const struct keep_letter *l, struct keep_answered *a, bool keep_signs);

#endif
