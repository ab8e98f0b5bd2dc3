/* check: re-reads everything and says what holds. */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/verbs.h"
#include "core/crypto/secret.h"

static const struct keep_report_field fields[] = {
    {"check", KEEP_REPORT_TEXT, "check", 0}, {"result", KEEP_REPORT_TEXT, "result", 0}, {"detail", KEEP_REPORT_TEXT, "detail", 70}};

struct finding {
    struct cmd *c;
    struct keep_report *r;
    int rc;
};

static void found(void *ctx, const char *check, bool ok, const char *detail)
{
    struct finding *f = ctx;
    struct keep_report_cell cell[] = {KEEP_CELL_Z(check), KEEP_CELL_Z(ok ? "passed" : "failed"), KEEP_CELL_Z(detail ? detail : "")};
    if (f->rc == 0)
        f->rc = keep_report_row(f->r, cell, &f->c->err);
}

static int check(struct cmd *c)
{
    const char *witness[32];
    struct finding f = {.c = c};
    struct keep_err checked = {0};
    void *secret = NULL;
    struct keep_store_params p = {.path = c->operand[0], .witness = witness, .require_witness = cmd_given(c, "require-witness"), .now = c->now};
    p.witnesses = (size_t)cmd_witnesses(c, witness, 32);
    int rc = cmd_unlock(c, &p, &secret);
    if (rc == 0)
        rc = cmd_rows(c, "checks", fields, 3, &f.r);
    if (rc == 0) {
        struct keep_store_checker checker = {.ctx = &f, .found = found, .progress = cmd_progress_named};
        int outcome = keep_store_check(&p, &checker, &checked);
        rc = cmd_rows_end(c, f.r, f.rc);
        if (rc == 0 && outcome < 0) {
            c->err = checked;
            rc = outcome;
        }
    }
    keep_secret_free(secret);
    return rc;
}

const struct cmd_verb cmd_check = {
    .name = "check", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_PRINTS | CMD_LONG,
    .summary = "re-read the whole keep and verify it against its own history",
    .about = "Reads every page, row, payload, key and segment. One row a check; the run goes on after a failure. Nothing is changed.\n",
    .exits = CMD_EXITS({4, "a check failed"}),
    .example = CMD_EXAMPLES({"chartkeep check hospital.keep --witness /mnt/witness", "also against the heads that lie there"}),
    .run = check};
