/* policy check, adopt: the rules. */
#include <stdio.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"

int cmd_policy_packs(struct cmd *c, int first, bool warnings, struct keep_packs *p)
{
    int rc = keep_packs_read(p, c->operand + first, (size_t)(c->operands - first), &c->err);
    if (warnings || p->diags.errors)
        cmd_print_diags(&p->diags, warnings);
    return rc;
}

static const struct keep_report_field diag_fields[] = {
    {"file", KEEP_REPORT_TEXT, "file", 0}, {"line", KEEP_REPORT_NUMBER, "line", 0}, {"column", KEEP_REPORT_NUMBER, "column", 0}, {"end_column", KEEP_REPORT_NUMBER, NULL, 0},
    {"severity", KEEP_REPORT_TEXT, "severity", 0}, {"message", KEEP_REPORT_TEXT, "message", 60}, {"help", KEEP_REPORT_TEXT, "help", 60}, {"source", KEEP_REPORT_TEXT, NULL, 0}};

static struct keep_report_cell text_or_null(const char *z)
{
    return KEEP_CELL(z ? keep_str_of(z) : (struct keep_str){NULL, 0});
}

/* What an editor reads: a row each, errors or not. */
static int diags_as_rows(struct cmd *c, const struct keep_diags *d)
{
    struct keep_report *r;
    int rc = cmd_rows(c, "diagnostics", diag_fields, sizeof diag_fields / sizeof *diag_fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < d->n; i++) {
        const struct keep_diag *g = &d->list[i];
        struct keep_report_cell cell[] = {text_or_null(g->file), KEEP_CELL_N(g->line), KEEP_CELL_N(g->col), KEEP_CELL_N(g->end_col),
                                          KEEP_CELL_Z(g->level == KEEP_DIAG_ERROR ? "error" : "warning"), text_or_null(g->text), text_or_null(g->help), text_or_null(g->source)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

static int check(struct cmd *c)
{
    struct keep_packs p = {0};
    bool rows = cmd_format(c) != KEEP_REPORT_TABLE;
    keep_date as_of;
    int rc = cmd_date(c, "as-of", &as_of);
    if (rc == 0)
        rc = keep_packs_read(&p, c->operand, (size_t)c->operands, &c->err);
    if (rc == 0)
        keep_policy_dated(p.policy, as_of != KEEP_DATE_NONE ? as_of : keep_civil_utc_date(c->now), &p.diags);
    if (rows && (rc == 0 || p.diags.errors)) {
        struct keep_err why = c->err;
        int wrote = diags_as_rows(c, &p.diags);
        if (wrote == 0)
            c->err = why;
        else
            rc = wrote;
    } else if (!rows) {
        cmd_print_diags(&p.diags, true);
    }
    if (rc == 0 && !rows)
        cmd_out("%zu pack%s: %zu access and evidence rules, %zu explanations, %zu retention rules, %zu labels, %zu series, %zu maps, %zu tests; %zu warning%s\n",
                p.policy->packs, keep_str_s(p.policy->packs), p.policy->accesses, p.policy->explanations, p.policy->retentions, p.policy->labels,
                p.policy->series_n, p.policy->maps, p.policy->tests, p.diags.warnings, keep_str_s(p.diags.warnings));
    keep_packs_free(&p);
    return rc;
}

const struct cmd_verb cmd_policy_check = {
    .name = "policy", .action = "check", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_PRINTS,
    .summary = "find every mistake in packs, in one run",
    .about = "Each error with file, line, column, what is wrong and a suggestion; warnings for rules without tests, labels with only current codes, texts that nobody verified or that were read more than three years ago, and exceptions that have run out. In a format other than table the same comes as rows on standard output, for an editor.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("as-of", "DATE", "today", "the day by which exceptions have run out and texts were read too long ago")),
    .example = CMD_EXAMPLES({"chartkeep policy check policies", "every pack of the folder"},
                            {"chartkeep policy check mine.policy --format ndjson", "a line for each mistake"}),
    .run = check};

static int adopt(struct cmd *c)
{
    struct keep_packs p = {0};
    struct keep_sign_secret *officer[16] = {NULL};
    const char *confirm[64];
    struct keep_packs_adopt how = {.confirm = confirm};
    uint64_t sets = 0;
    int n = 0;
    int rc = cmd_date(c, "review-by", &how.review_by);
    if (rc == 0)
        rc = cmd_policy_packs(c, 1, false, &p);
    if (rc == 0 && cmd_given(c, "pubkey"))
        rc = cmd_policy_signed(c, &p, false);
    if (rc == 0)
        rc = cmd_officers(c, officer, 16, &n);
    if (rc == 0)
        rc = cmd_open(c, true);
    how.officer = (const struct keep_sign_secret *const *)officer;
    how.officers = (size_t)n;
    how.confirms = (size_t)cmd_values(c, "confirm", confirm, 64);
    if (rc == 0)
        rc = keep_packs_adopt(&p, c->store, &how, &sets, &c->err);
    for (int i = 0; i < n; i++)
        keep_sign_free(officer[i]);
    if (rc == 0)
        cmd_out("%zu packs adopted with %d signature%s; keep-until written for %llu record sets\n", p.texts, n, keep_str_s(n), (unsigned long long)sets);
    keep_packs_free(&p);
    return rc;
}
const struct cmd_verb cmd_policy_adopt = {
    .name = "policy", .action = "adopt", .operands = "KEEP PACK…", .min = 2, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "make these packs this hospital's rules, signed by the quorum",
    .about = "The packs' bytes are kept with the signatures: this hospital applies these rules, versions and thresholds. Keep-until dates are written for every record set. Only a rule verified in its pack, or confirmed here, can release anything.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("review-by", "DATE", "the day by which these rules must be looked at again; after it nothing can be released"),
                          CMD_LIST("confirm", "RULE=TEXT", "confirm an unverified rule: what text was read, and on which day"),
                          CMD_LIST("pubkey", "FILE", "take only packs with a signature beside them by one of these keys")),
    .example = CMD_EXAMPLES({"chartkeep policy adopt hospital.keep policies --review-by 2027-06-30 --officer-key him.key --officer-key legal.key", "two officers sign"}),
    .run = adopt};
