/* attest: the signed statement of what was reviewed. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/signed.h"
#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/work/attest.h"

static int attest(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_sign_secret *officer = NULL;
    struct keep_buf statement = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_attest_params p = {.packs = &packs, .progress = cmd_progress_named};
    const char *path = cmd_value(c, "output");
    int rc = cmd_date(c, "from", &p.from);
    if (rc == 0)
        rc = cmd_date(c, "to", &p.to);
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    if (rc == 0 && path)
        rc = keep_file_place(AT_FDCWD, path, 0, &c->err);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_packs_adopted(&packs, c->store, &c->err);
    p.officer = officer;
    if (rc == 0)
        rc = keep_attest(c->store, &p, &statement, &sig, &c->err);
    if (rc == 0 && path) {
        rc = cmd_signed_write(c, path, &statement, &sig);
        if (rc == 0)
            cmd_out("%s and %s.minisig: to be checked with the officer's public key: minisign -Vm %s -p ROLE.pub\n", path, path, path);
    } else if (rc == 0) {
        cmd_out_bytes(statement.p, statement.n);
    }
    keep_sign_free(officer);
    keep_buf_free(&statement);
    keep_buf_free(&sig);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_attest = {
    .name = "attest", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "sign a statement of what was reviewed in a period",
    .about = "For the accesses of these days: what the log covers and where it was silent, which audits looked at it under which adopted rules, what became of the cases, and who worked on "
             "them. It names no patient and no user. It answers what OCR's audit protocol asks of activity review (45 CFR 164.308(a)(1)(ii)(D)), and is refused until an audit under the rules "
             "that are adopted now has seen every access of the period that is on file; packs that only earlier audits ran under stand apart.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("from", "DATE", "the first day of the period"), CMD_NEEDED("to", "DATE", "its last day, which must be over"),
                          CMD_DEFAULT("output", "F", "standard output", "write it to F, and its signature to F.minisig")),
    .exits = CMD_EXITS({6, "the key is of no officer, no rules are adopted, or the period is not over or not reviewed"}),
    .example = CMD_EXAMPLES({"chartkeep attest hospital.keep --from 2026-10-01 --to 2026-10-31 --officer-key privacy.key --output october.json", "a month"}),
    .run = attest};
