/* review: what the records themselves say that somebody should look at. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/work/dates.h"
#include "core/work/reviewrun.h"

static const struct keep_report_field finding_fields[] = {
    {"finding", KEEP_REPORT_TEXT, "finding", 0}, {"queue", KEEP_REPORT_TEXT, "queue", 20}, {"rule", KEEP_REPORT_TEXT, "rule", 28}, {"severity", KEEP_REPORT_TEXT, "severity", 0},
    {"patient", KEEP_REPORT_TEXT, "patient", 20}, {"record", KEEP_REPORT_NUMBER, "record", 0}, {"day", KEEP_REPORT_DATE, "day", 0}, {"sentence", KEEP_REPORT_TEXT, "sentence", 60},
    {"authority", KEEP_REPORT_TEXT, NULL, 0}, {"threshold", KEEP_REPORT_TEXT, NULL, 0}};

static const struct keep_report_field rule_fields[] = {
    {"rule", KEEP_REPORT_TEXT, "rule", 30}, {"queue", KEEP_REPORT_TEXT, "queue", 0}, {"looked_at", KEEP_REPORT_NUMBER, "looked at", 0}, {"found", KEEP_REPORT_NUMBER, "found", 0},
    {"unable", KEEP_REPORT_NUMBER, "cannot tell", 0}, {"missing", KEEP_REPORT_TEXT, "for want of", 50}};

static int finding_row(struct cmd *c, struct keep_reviewrun *r, const struct keep_review_finding *f, struct keep_report *out)
{
    const struct keep_review *x = &r->in.policy->review[f->rule];
    char id[33];
    keep_codec_hex(f->id, 16, id);
    if (cmd_format(c) == KEEP_REPORT_TABLE)
        id[CMD_SHOWN_ID] = 0;
    struct keep_report_cell cell[] = {
        KEEP_CELL_Z(id), KEEP_CELL(x->queue), KEEP_CELL(x->id), KEEP_CELL_Z(keep_vocab_severity_word((int)x->severity)), KEEP_CELL(keep_reviewrun_patient(r, f)),
        KEEP_CELL_N(f->record), KEEP_CELL_N(f->day), KEEP_CELL(f->sentence), KEEP_CELL(x->authority), KEEP_CELL(x->threshold)};
    return keep_report_row(out, cell, &c->err);
}

static bool wanted(const struct cmd *c, const struct keep_review *x)
{
    const char *queue = cmd_value(c, "queue"), *rule = cmd_value(c, "rule");
    return (!queue || keep_str_is(x->queue, queue)) && (!rule || keep_str_is(x->id, rule));
}

static int findings(struct cmd *c, struct keep_reviewrun *r)
{
    struct keep_report *out;
    int rc = cmd_rows(c, "findings", finding_fields, sizeof finding_fields / sizeof *finding_fields, &out);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < r->result.findings; i++)
        if (wanted(c, &r->in.policy->review[r->result.finding[i].rule]))
            rc = finding_row(c, r, &r->result.finding[i], out);
    return cmd_rows_end(c, out, rc);
}

static int rules(struct cmd *c, struct keep_reviewrun *r)
{
    const struct keep_policy *p = r->in.policy;
    struct keep_report *out;
    int rc = cmd_rows(c, "rules", rule_fields, sizeof rule_fields / sizeof *rule_fields, &out);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < p->reviews; i++) {
        const struct keep_review_count *n = &r->result.count[i];
        struct keep_report_cell cell[] = {KEEP_CELL(p->review[i].id), KEEP_CELL(p->review[i].queue), KEEP_CELL_N(n->looked), KEEP_CELL_N(n->found), KEEP_CELL_N(n->unable), KEEP_CELL(n->missing)};
        if (wanted(c, &p->review[i]))
            rc = keep_report_row(out, cell, &c->err);
    }
    return cmd_rows_end(c, out, rc);
}

static void summary(const struct keep_reviewrun *r, bool trial)
{
    const struct keep_policy *p = r->in.policy;
    char day[KEEP_CIVIL_DATE_SIZE];
    uint64_t unable = 0;
    for (size_t i = 0; i < p->reviews; i++)
        unable += r->result.count[i].unable;
    cmd_note("as of %s: %zu finding%s of %zu rule%s%s%s\n", keep_civil_format_date(r->in.as_of, day), r->result.findings, keep_str_s(r->result.findings), p->reviews, keep_str_s(p->reviews),
             r->tables ? "" : "; no code table is in the keep, so no claim was looked up", trial ? " (a trial: these rules are not adopted)" : "");
    if (unable)
        cmd_note("times that a rule could not be told: %llu; --rules shows for want of what\n", (unsigned long long)unable);
}

static int gate(const struct cmd *c, const struct keep_reviewrun *r)
{
    const char *fail_on = cmd_value(c, "fail-on");
    int least = fail_on ? keep_vocab_severity(keep_str_of(fail_on)) : -1;
    for (size_t i = 0; least >= 0 && i < r->result.findings; i++) {
        const struct keep_review *x = &r->in.policy->review[r->result.finding[i].rule];
        if ((int)x->severity >= least && wanted(c, x))
            return 1;
    }
    return 0;
}

static int review(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_reviewrun r = {0};
    struct keep_reviewrun_params p = {.progress = cmd_progress, .progress_ctx = "charts"};
    const char *fail_on = cmd_value(c, "fail-on");
    int rc = cmd_date(c, "as-of", &p.as_of);
    if (rc == 0 && fail_on && keep_vocab_severity(keep_str_of(fail_on)) < 0 && strcmp(fail_on, "none") != 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--fail-on: low, medium, high, critical or none");
    if (rc == 0)
        rc = cmd_open(c, cmd_given(c, "show-phi"));
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0 && packs.policy->reviews == 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no review stands in these packs; record-integrity and coding are packs that have some");
    if (rc == 0 && p.as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &p.as_of, &c->err);
    if (rc == 0)
        rc = cmd_reveal(c, &p.revealed);
    if (rc == 0)
        rc = keep_reviewrun_open(&r, c->store, &packs, &p, &c->err);
    cmd_progress_end();
    if (rc == 0)
        rc = cmd_given(c, "rules") ? rules(c, &r) : findings(c, &r);
    if (rc == 0)
        summary(&r, packs.trial);
    if (rc == 0)
        rc = gate(c, &r);
    keep_reviewrun_free(&r);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_review = {
    .name = "review", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS | CMD_TRIES | CMD_LONG,
    .summary = "charts that are unfinished or contradict themselves, and bills to read again",
    .about = "One row a finding, gravest first: delinquent charts, identities that contradict themselves, claims for coding review. A finding is a question for the people of its "
             "queue, never an error. Claims are looked up in the code tables that were imported (maps into codes, pairs and limits); for a day of which no table speaks, nothing is said.\n"
             "\n"
             "With --rules, one row a rule: how many it looked at, what it found, how often it could not tell and for want of what. Nothing is stored.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("as-of", "DATE", "today", "the day that deadlines are counted to"),
                          CMD_OPTION("queue", "QUEUE", "only this queue, such as \"delinquent charts\""),
                          CMD_OPTION("rule", "RULE", "only this rule"),
                          CMD_SWITCH("rules", "one row a rule instead of findings"),
                          CMD_DEFAULT("fail-on", "SEVERITY", "none", "exit 1 when a finding is at least so severe: low, medium, high, critical, none"),
                          CMD_OPTION("show-phi", "FINDING", "show this finding's identifiers (signed by an officer and recorded)")),
    .exits = CMD_EXITS({1, "a finding is at least as severe as --fail-on"}, {6, "no rules are adopted, or the officer's key is of no officer"}),
    .example = CMD_EXAMPLES({"chartkeep review hospital.keep --queue \"delinquent charts\" --format csv --output delinquent.csv", "the list for the medical staff office"},
                            {"chartkeep review hospital.keep --rules", "what cannot be told, and for want of what"}),
    .run = review};
