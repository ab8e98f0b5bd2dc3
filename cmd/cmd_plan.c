/* plan, approve: what shall be disposed of, and who agreed. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/work/planrun.h"

static int plan(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_buf text = KEEP_BUF_INIT;
    const char *output = cmd_value(c, "output");
    keep_date as_of;
    size_t sets = 0;
    int rc = cmd_date(c, "as-of", &as_of);
    if (rc == 0)
        rc = cmd_open(c, false);
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0 && as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &as_of, &c->err);
    if (rc == 0)
        rc = keep_planrun_make(c->store, &packs, as_of, &text, &sets, &c->err);
    if (rc == 0)
        rc = cmd_write_file(c, output, text.p, text.n);
    if (rc == 0)
        cmd_out("%zu record sets planned in %s; it needs the approval of %u officer%s:\n  chartkeep approve %s %s --officer-key FILE\n", sets, output,
                keep_store_quorum(c->store) ? keep_store_quorum(c->store) : 1, keep_store_quorum(c->store) > 1 ? "s of distinct roles" : "", c->operand[0], output);
    if (rc == 1) {
        cmd_note("nothing is due: no plan written\n");
        rc = 0;
    }
    keep_buf_free(&text);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_plan = {
    .name = "plan", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_LONG,
    .summary = "write down what is due, for the officers to approve",
    .about = "The plan binds the keep, the adopted rules, the day and each set as it is now. When nothing is due no file is written.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("output", "F", "the plan file"),
                          CMD_DEFAULT("as-of", "DATE", "today", "the day to judge by, not after today")),
    .exits = CMD_EXITS({6, "no rules are adopted, or their review day is past"}),
    .example = CMD_EXAMPLES({"chartkeep plan hospital.keep --output plan-2026.json", "sets, actions, digests; no names"}),
    .run = plan};

static int approve(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_plan p;
    struct keep_sign_secret *officer = NULL;
    size_t have = 0;
    int rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0)
        rc = keep_planrun_read(c->store, &packs, c->operand[1], c->arena, &p, &c->err);
    if (rc == 0)
        rc = keep_planrun_honest(c->store, &packs, &p, c->arena, &c->err);
    if (rc == 0)
        rc = keep_planrun_approve(c->store, &p, officer, &have, &c->err);
    if (rc == 0) {
        uint8_t digest[32];
        char hex[65];
        keep_plan_digest(&p, digest);
        keep_codec_hex(digest, 32, hex);
        cmd_out("plan %.16s… approved by %zu of %u: %zu record sets\n", hex, have, p.quorum ? p.quorum : 1, p.sets);
    }
    keep_sign_free(officer);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_approve = {
    .name = "approve", .operands = "KEEP PLAN", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "sign a plan's digest as an officer",
    .about = "The plan is made again from the keep and must say the same before the key signs.\n",
    .example = CMD_EXAMPLES({"chartkeep approve hospital.keep plan-2026.json --officer-key him.key", "one of the quorum"}),
    .run = approve};
