/* plan, approve: what shall be disposed of, and who agreed. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_archive.h"
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/crypto/hash.h"
#include "core/work/special.h"

#define ORDER_FILE (64u << 20) /* bytes: a scanned order of many pages */

static const struct { const char *option; enum keep_plan_kind kind; } kinds[] = {
    {"expunge", KEEP_PLAN_EXPUNGE}, {"misfiled", KEEP_PLAN_MISFILED}, {"erroneous", KEEP_PLAN_ERRONEOUS}, {"destroy-by", KEEP_PLAN_DESTROY_BY}};

static int named_records(struct cmd *c, struct keep_special_request *r)
{
    struct keep_str *line = keep_arena_array(c->arena, KEEP_SPECIAL_MOST + 1, sizeof *line);
    uint64_t *record = keep_arena_array(c->arena, KEEP_SPECIAL_MOST + 1, sizeof *record);
    int n = 0, rc = line && record ? cmd_lines(c, "record-file", "record", line, KEEP_SPECIAL_MOST + 1, &n) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (int i = 0; rc == 0 && i < n; i++)
        if (!keep_num_u64(line[i], &record[i]) || record[i] == 0 || record[i] > INT64_MAX)
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "line %d of --record-file is no record's number", i + 1);
    r->record = record;
    r->records = (size_t)n;
    return rc;
}

/* What --special asks for; 1: it is not given. */
static int special_request(struct cmd *c, struct keep_special_request *r, uint8_t order[32])
{
    static const char *const only_special[] = {"sets-file", "record-file", "reason", "authority", "order", NULL};
    const char *kind = cmd_value(c, "special"), *reason = cmd_value(c, "reason"), *authority = cmd_value(c, "authority");
    struct keep_buf file = KEEP_BUF_INIT;
    for (int i = 0; !kind && only_special[i]; i++)
        if (cmd_given(c, only_special[i]))
            return keep_err_set(&c->err, KEEP_E_USAGE, "--%s is of a special plan: name its kind with --special", only_special[i]);
    if (!kind)
        return 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i].option) == 0)
            r->kind = kinds[i].kind;
    if (r->kind == KEEP_PLAN_DUE)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--special %s: one of expunge, misfiled, erroneous, destroy-by", kind);
    if (cmd_given(c, "sets-file") + cmd_given(c, "record-file") != 1)
        return keep_err_set(&c->err, KEEP_E_USAGE, "a special plan names record sets (--sets-file) or single records (--record-file)");
    int rc = cmd_given(c, "sets-file") ? cmd_sets(c, KEEP_SPECIAL_MOST, &r->set, &r->sets) : named_records(c, r);
    if (rc == 0 && cmd_given(c, "order")) {
        rc = keep_file_read_operand(cmd_value(c, "order"), ORDER_FILE, &file, &c->err);
        if (rc == 0)
            keep_sha256(order, file.p, file.n);
        r->order = order;
    }
    keep_buf_free(&file);
    r->reason = keep_str_of(reason);
    r->authority = keep_str_of(authority);
    return rc;
}

static int plan(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_special_request special = {.kind = KEEP_PLAN_DUE};
    uint8_t order[32];
    struct keep_buf text = KEEP_BUF_INIT;
    const char *output = cmd_value(c, "output");
    keep_date as_of;
    size_t sets = 0;
    int rc = cmd_date(c, "as-of", &as_of), is_special = 0;
    if (rc == 0) {
        is_special = special_request(c, &special, order);
        rc = is_special < 0 ? is_special : cmd_open(c, false);
    }
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0 && as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &as_of, &c->err);
    if (rc == 0)
        rc = is_special == 0 ? keep_special_make(c->store, &packs, as_of, &special, &text, &sets, &c->err) : keep_planrun_make(c->store, &packs, as_of, &text, &sets, &c->err);
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
    .about = "The plan binds the keep, the adopted rules, the day and each set as it is now. When nothing is due no file is written.\n"
             "\n"
             "A special plan destroys what no retention rule releases, by the same quorum; its reason and authority stand in it, so they name no patient. No kind touches what is on hold.\n"
             "  expunge     a court's order: sets or single records, whatever their date;\n"
             "              needs --authority, --order, and the approval of legal\n"
             "  misfiled    sets or records filed with the wrong patient, whatever their date\n"
             "  erroneous   sets or records that an import should not have brought\n"
             "  destroy-by  sets that one rule wants destroyed while another keeps them: from\n"
             "              30 days before that day, when the rule may release; its gates bind\n",
    .option = CMD_OPTIONS(CMD_NEEDED("output", "F", "the plan file"),
                          CMD_DEFAULT("as-of", "DATE", "today", "the day to judge by, not after today"),
                          CMD_DEFAULT("special", "KIND", "what is due", "a special plan: expunge, misfiled, erroneous or destroy-by"),
                          CMD_OPTION("sets-file", "F|-", "the record sets of a special plan, one a line"),
                          CMD_OPTION("record-file", "F|-", "the numbers of its records, one a line"),
                          CMD_OPTION("reason", "TEXT", "why; no patient's name"),
                          CMD_OPTION("authority", "TEXT", "the order or law it rests on; no patient's name"),
                          CMD_OPTION("order", "F", "the order's document, of which the plan holds the SHA-256"),
                          CMD_DEFAULT("threads", "N", CMD_READERS_THREADS, "how many work at once; the plan is the same with any number")),
    .exits = CMD_EXITS({6, "no rules are adopted, their review day is past, or a set named may not go"}),
    .example = CMD_EXAMPLES({"chartkeep plan hospital.keep --output plan-2026.json", "sets, actions, digests; no names"},
                            {"chartkeep plan hospital.keep --special expunge --sets-file sets.txt --reason 'sealed by the court' --authority 'Lyon County 26-CV-114, 2026-11-02' --order order.pdf --output order-114.json", "a court's order"}),
    .run = plan};

static int approve(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_plan p;
    struct keep_sign_secret *officer = NULL;
    size_t have = 0;
    int rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_archive_plan(c, true, &packs, &p);
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
        if (p.kind != KEEP_PLAN_DUE)
            cmd_out("  special: %s; %.*s; %.*s\n", keep_plan_kind_word(p.kind), (int)p.reason.n, p.reason.p, p.authority.n ? (int)p.authority.n : 19, p.authority.n ? p.authority.p : "no authority is cited");
    }
    keep_sign_free(officer);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_approve = {
    .name = "approve", .operands = "KEEP PLAN", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "sign a plan's digest as an officer",
    .about = "The plan is made again from the keep and must say the same before the key signs. One person signs once, whatever roles he has; a key that has expired signs nothing.\n",
    .exits = CMD_EXITS({6, "no officer's key, an expired one, a person who has approved already; another keep, other rules or another quorum than the plan's; rules past their review"}),
    .example = CMD_EXAMPLES({"chartkeep approve hospital.keep plan-2026.json --officer-key him.key", "one of the quorum"}),
    .run = approve};
