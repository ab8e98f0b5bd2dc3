/* quarantine list, show, retry: what could not be read, its bytes, and whether
 * it can be read now. */
#include <fcntl.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/store/load.h"
#include "core/work/dates.h"
#include "core/work/retryrun.h"

#define HEADER_FILE (1u << 30) /* only its first line is used */

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

/* ---- retry ---- */

/* The first line of --header, its end included. */
static int read_header(struct cmd *c, struct keep_buf *out)
{
    const char *path = cmd_value(c, "header");
    if (!path)
        return 0;
    int rc = keep_file_read_operand(path, HEADER_FILE, out, &c->err);
    const char *end = rc == 0 && out->n ? memchr(out->p, '\n', out->n) : NULL;
    if (rc == 0 && !end)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--header %s: no line in it", path);
    if (rc == 0)
        out->n = (size_t)(end - (const char *)out->p) + 1;
    return rc;
}

/* Adopted packs or those to try; without any, FHIR needs no column maps. */
static int packs_of(struct cmd *c, struct keep_packs *packs)
{
    int rc = cmd_packs(c, packs);
    if (rc != KEEP_E_REFUSED || cmd_given(c, "policy"))
        return rc;
    keep_err_clear(&c->err);
    return 0;
}

static int retry(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_buf header = KEEP_BUF_INIT;
    struct keep_retry_result res = {0, 0};
    uint64_t sets = 0;
    keep_date today;
    int rc = read_header(c, &header);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = packs_of(c, &packs);
    struct keep_retry_params p = {.source = cmd_value(c, "source"), .packs = packs.policy ? &packs : NULL, .map = cmd_value(c, "map"), .header = keep_buf_view(&header),
                                  .progress = {.step = cmd_progress_named}};
    if (rc == 0)
        rc = keep_retry_run(c->store, &p, &res, &c->err);
    if (rc == 0 && res.taken && packs.policy && !packs.trial) {
        rc = keep_dates_today(c->store, &today, &c->err);
        if (rc == 0)
            rc = keep_dates_write(c->store, today, &sets, &c->err);
    }
    if (rc == 0 || res.taken)
        cmd_out("%llu items read again: %llu taken in, %llu still in quarantine\n", (unsigned long long)res.items, (unsigned long long)res.taken, (unsigned long long)(res.items - res.taken));
    keep_buf_free(&header);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_quarantine_retry = {
    .name = "quarantine", .action = "retry", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_TRIES | CMD_LONG,
    .summary = "read what lies in quarantine again, with today's readers and column maps",
    .about = "Each item is read as a file of its own. One that is read whole leaves quarantine; its bytes stay in the keep, and the ledger says that it was "
             "taken. The others stay as they are. Running it again changes nothing more.\n"
             "\n"
             "A row of a table means nothing without its header, which the keep does not have: give the table, or one line of it, with --header. Rows of other "
             "tables then stay in quarantine.",
    .option = CMD_OPTIONS(CMD_DEFAULT("source", "NAME", "all", "only items of this source"), CMD_OPTION("header", "F", "a table whose first line is the header of the rows in quarantine"),
                          CMD_DEFAULT("map", "ID", "the one whose columns the header has", "column map of the rows")),
    .example = CMD_EXAMPLES({"chartkeep quarantine retry hospital.keep --source ehr", "after an update of this program"},
                            {"chartkeep quarantine retry hospital.keep --source access --header access-log.csv", "after the adoption of a better column map"}),
    .run = retry};
