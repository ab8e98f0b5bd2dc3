/* quarantine list, quarantine show: what could not be read, and its bytes. */
#include "cmd/verbs.h"
#include "core/base/num.h"
#include "core/store/load.h"

static const struct keep_report_field fields[] = {
    {"item", KEEP_REPORT_NUMBER, "item", 0}, {"source", KEEP_REPORT_TEXT, "source", 0}, {"file", KEEP_REPORT_TEXT, "file", 40}, {"line", KEEP_REPORT_NUMBER, "line", 0},
    {"offset", KEEP_REPORT_NUMBER, "offset", 0}, {"size", KEEP_REPORT_NUMBER, "bytes", 0}, {"reason", KEEP_REPORT_TEXT, "reason", 60}};

struct listing {
    struct keep_report *r;
};

static int each(void *ctx, const struct keep_quarantined *q, struct keep_err *err)
{
    struct listing *l = ctx;
    struct keep_report_cell cell[] = {KEEP_CELL_N(q->id), KEEP_CELL(q->source), KEEP_CELL(q->file), KEEP_CELL_N(q->line), KEEP_CELL_N(q->offset), KEEP_CELL_N(q->size), KEEP_CELL(q->reason)};
    return keep_report_row(l->r, cell, err);
}

static int list(struct cmd *c)
{
    struct listing l;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = cmd_rows(c, "quarantine", fields, sizeof fields / sizeof *fields, &l.r);
    if (rc < 0)
        return rc;
    return cmd_rows_end(c, l.r, keep_load_quarantine(c->store, each, &l, &c->err));
}

static int show(struct cmd *c)
{
    struct keep_str revealed;
    struct keep_buf b = KEEP_BUF_INIT;
    uint64_t id;
    if (!keep_num_u64(keep_str_of(c->operand[1]), &id))
        return keep_err_set(&c->err, KEEP_E_USAGE, "quarantine show: the item's number as quarantine list prints it");
    c->given[c->givens].option = &(const struct cmd_option){.name = "show-phi", .arg = "SCOPE"}; /* the bytes are the source's own: showing them is a reveal */
    c->given[c->givens++].value = keep_arena_copy(c->arena, c->operand[1], strlen(c->operand[1]));
    int rc = cmd_open(c, true);
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0)
        rc = keep_load_quarantine_bytes(c->store, id, &b, &c->err);
    if (rc == 1)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no such item in quarantine");
    if (rc == 0)
        cmd_out_bytes(b.p, b.n);
    keep_buf_free(&b);
    return rc;
}

const struct cmd_verb cmd_quarantine_list = {
    .name = "quarantine", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list what could not be read, with position and reason",
    .example = CMD_EXAMPLES({"chartkeep quarantine list hospital.keep", "item, source, file, line, reason"}),
    .run = list};
const struct cmd_verb cmd_quarantine_show = {
    .name = "quarantine", .action = "show", .operands = "KEEP ITEM", .min = 2, .max = 2, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "print an item's bytes (signed by an officer and recorded)",
    .about = "The bytes are the source's own and may name a patient: showing them is a reveal, signed and entered in the ledger before anything is printed.\n",
    .example = CMD_EXAMPLES({"chartkeep quarantine show hospital.keep 7 --officer-key him.key", "item 7 as quarantine list numbers it"}),
    .run = show};
