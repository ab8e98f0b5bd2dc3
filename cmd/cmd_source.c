/* source declare, source list: what each source holds, and who says so. */
#include "cmd/verbs.h"
#include "core/store/load.h"
#include "core/work/importrun.h"

static int declare(struct cmd *c)
{
    struct keep_sign_secret *officer = NULL;
    uint32_t id;
    const char *file = cmd_value(c, "file");
    int rc = cmd_given(c, "officer-key") ? cmd_officer(c, &officer) : 0;
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_import_declare(c->store, c->operand[1], file, officer, &id, &c->err);
    keep_sign_free(officer);
    if (rc < 0)
        return rc;
    cmd_out("source %s declared\n", c->operand[1]);
    if (!officer)
        cmd_note("unsigned: what it says of completeness counts for nothing until an officer signs it (--officer-key)\n");
    return 0;
}

const struct cmd_verb cmd_source_declare = {
    .name = "source", .action = "declare", .operands = "KEEP SOURCE", .min = 2, .max = 2, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "say what a source holds, how completely, and who has custody",
    .about = "Without an officer's signature what it says of completeness counts for nothing. The declaration is one JSON object; every member may be left out, and what is left out is not claimed:\n"
             "  {\n"
             "    \"title\": \"EHR of the main campus, final export\",\n"
             "    \"classes\": \"all\",               or [\"Encounter\", \"DocumentReference\", …]\n"
             "    \"facilities\": \"all\",            or [\"name or identifier\", …]\n"
             "    \"from\": null,                   first day it covers; null: from the beginning\n"
             "    \"closed_on\": \"2024-08-06\",      nothing can be added after this day (or \"through\": a living source's last day)\n"
             "    \"complete\": true,               everything of those classes, facilities and days is in it\n"
             "    \"codes_complete\": true,         no code means there is none\n"
             "    \"custody\": \"official\",          official, copy, or index only\n"
             "    \"custodian\": null, \"locator\": null,\n"
             "    \"jurisdiction\": \"KS\",           state of facilities that carry no address\n"
             "    \"time_zone\": \"America/Chicago\", of times without one\n"
             "    \"attested_by\": \"name and office\"\n"
             "  }\n"
             "\n"
             "Classes are types of resources, and what is no resource: \"access log\", \"roster\", \"training\", \"disclosure\". A log and a roster vouch for days on which "
             "they show nobody: without that no account is dormant, and nobody off shift. While anything of a source lies in quarantine it is complete in nothing.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("file", "F", "the declaration")),
    .example = CMD_EXAMPLES({"chartkeep source declare hospital.keep ehr --file ehr.json --officer-key him.key", "signed: it counts"}),
    .run = declare};

static const struct keep_report_field fields[] = {
    {"source", KEEP_REPORT_TEXT, "source", 0}, {"declared", KEEP_REPORT_BOOL, "declared", 0}, {"signed_by", KEEP_REPORT_TEXT, "signed by", 0},
    {"complete", KEEP_REPORT_BOOL, "complete", 0}, {"codes_complete", KEEP_REPORT_BOOL, "codes complete", 0}, {"from", KEEP_REPORT_DATE, "from", 0},
    {"through", KEEP_REPORT_DATE, "through", 0}, {"closed_on", KEEP_REPORT_DATE, "closed on", 0}, {"custody", KEEP_REPORT_TEXT, "custody", 0},
    {"title", KEEP_REPORT_TEXT, "title", 40}};

static int list(struct cmd *c)
{
    struct keep_source *s;
    size_t n;
    struct keep_report *r;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_load_sources(c->store, c->arena, &s, &n, &c->err);
    if (rc == 0)
        rc = keep_import_weigh(c->store, s, n, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "sources", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct keep_report_cell cell[] = {
            KEEP_CELL(s[i].name), KEEP_CELL_N(s[i].declared), KEEP_CELL(s[i].signer), KEEP_CELL_N(s[i].complete), KEEP_CELL_N(s[i].codes_complete),
            KEEP_CELL_N(s[i].from), KEEP_CELL_N(s[i].through), KEEP_CELL_N(s[i].closed_on), KEEP_CELL_Z(keep_vocab_custody_word(s[i].custody)), KEEP_CELL(s[i].title)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

const struct cmd_verb cmd_source_list = {
    .name = "source", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list sources and what they claim",
    .example = CMD_EXAMPLES({"chartkeep source list hospital.keep", "one row a source"}),
    .run = list};
