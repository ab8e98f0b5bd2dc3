/* quarantine list, show, export, retry, dismiss: what could not be read, its
 * bytes, whether it can be read now, and whether that matters. */
#include <fcntl.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/crypto/age.h"
#include "core/store/load.h"
#include "core/text/jsonw.h"
#include "core/work/dates.h"
#include "core/work/retryrun.h"
#include "core/work/unread.h"

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

static const struct keep_report_field dismissed_fields[] = {
    {"item", KEEP_REPORT_NUMBER, "item", 0}, {"source", KEEP_REPORT_TEXT, "source", 0}, {"dismissed", KEEP_REPORT_TIME, "dismissed", 0}, {"role", KEEP_REPORT_TEXT, "by", 0},
    {"counts", KEEP_REPORT_BOOL, "counts", 0}, {"reason", KEEP_REPORT_TEXT, "reason", 60}};

static int each_dismissed(void *ctx, const struct keep_unread_dismissed *d, struct keep_err *err)
{
    struct listing *l = ctx;
    struct keep_report_cell cell[] = {KEEP_CELL_N(d->item), KEEP_CELL(d->source), KEEP_CELL_N(d->at), KEEP_CELL(d->role), KEEP_CELL_N(d->sound), KEEP_CELL(d->reason)};
    return keep_report_row(l->r, cell, err);
}

static int list_dismissed(struct cmd *c)
{
    struct listing l;
    int rc = cmd_rows(c, "quarantine", dismissed_fields, sizeof dismissed_fields / sizeof *dismissed_fields, &l.r);
    return rc < 0 ? rc : cmd_rows_end(c, l.r, keep_unread_list(c->store, each_dismissed, &l, &c->err));
}

static int list(struct cmd *c)
{
    struct listing l;
    int rc = cmd_open(c, false);
    if (rc == 0 && cmd_given(c, "dismissed"))
        return list_dismissed(c);
    if (rc == 0)
        rc = cmd_rows(c, "quarantine", fields, sizeof fields / sizeof *fields, &l.r);
    if (rc < 0)
        return rc;
    return cmd_rows_end(c, l.r, keep_load_quarantine(c->store, each, &l, &c->err));
}

/* Opens the keep; the bytes are the source's own, so showing them is a reveal of this scope. */
static int open_and_reveal(struct cmd *c, const char *scope)
{
    static const struct cmd_option phi = {.name = "show-phi", .arg = "SCOPE"};
    struct keep_str revealed;
    if (c->givens == CMD_VALUES)
        return keep_err_set(&c->err, KEEP_E_USAGE, "too many options");
    c->given[c->givens].option = &phi;
    c->given[c->givens++].value = scope;
    int rc = cmd_open(c, true);
    return rc == 0 ? cmd_reveal(c, &revealed) : rc;
}

static int show(struct cmd *c)
{
    struct keep_buf b = KEEP_BUF_INIT;
    uint64_t id;
    if (!keep_num_u64(keep_str_of(c->operand[1]), &id))
        return keep_err_set(&c->err, KEEP_E_USAGE, "quarantine show: the item's number as quarantine list prints it");
    int rc = open_and_reveal(c, c->operand[1]);
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
    .option = CMD_OPTIONS(CMD_SWITCH("dismissed", "what officers dismissed instead, with their reason; one that no sound signature bears does not count")),
    .example = CMD_EXAMPLES({"chartkeep quarantine list hospital.keep", "item, source, file, line, reason"}),
    .run = list};
const struct cmd_verb cmd_quarantine_show = {
    .name = "quarantine", .action = "show", .operands = "KEEP ITEM", .min = 2, .max = 2, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "print an item's bytes (signed by an officer and recorded)",
    .about = "The bytes are the source's own and may name a patient: showing them is a reveal, signed and entered in the ledger before anything is printed.\n",
    .example = CMD_EXAMPLES({"chartkeep quarantine show hospital.keep 7 --officer-key him.key", "item 7 as quarantine list numbers it"}),
    .run = show};

/* ---- export ---- */

struct export {
    struct cmd *c;
    struct keep_str only; /* --source; empty: all */
    struct keep_age_out *age;
    struct keep_buf sealed, bytes, line;
    uint64_t n;
};

static int take_sealed(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct keep_buf *b = ctx;
    keep_buf_add(b, p, n);
    return b->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int export_item(void *ctx, const struct keep_quarantined *q, struct keep_err *err)
{
    struct export *x = ctx;
    struct keep_jsonw w;
    if (x->only.n && !keep_str_eq(q->source, x->only))
        return 0;
    keep_buf_clear(&x->bytes);
    keep_buf_clear(&x->line);
    int rc = keep_load_quarantine_bytes(x->c->store, q->id, &x->bytes, err);
    if (rc == 1)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "a quarantined item's bytes are gone");
    if (rc < 0)
        return rc;
    keep_jsonw_init(&w, &x->line);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "item");
    keep_jsonw_u64(&w, q->id);
    keep_jsonw_key(&w, "source");
    keep_jsonw_str(&w, q->source);
    keep_jsonw_key(&w, "file");
    keep_jsonw_str(&w, q->file);
    keep_jsonw_key(&w, "line");
    keep_jsonw_u64(&w, q->line);
    keep_jsonw_key(&w, "offset");
    keep_jsonw_u64(&w, q->offset);
    keep_jsonw_key(&w, "reason");
    keep_jsonw_str(&w, q->reason);
    keep_jsonw_key(&w, "bytes");
    keep_buf_str(&x->line, "\""); /* base64: nothing in it needs an escape */
    keep_codec_base64(&x->line, x->bytes.p, x->bytes.n, true);
    keep_buf_str(&x->line, "\"}\n");
    if (x->line.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    x->n++;
    return keep_age_out_add(x->age, x->line.p, x->line.n, err);
}

static int export_items(struct cmd *c)
{
    struct export x = {.c = c, .only = keep_str_of(cmd_value(c, "source")), .sealed = KEEP_BUF_INIT, .bytes = KEEP_BUF_INIT, .line = KEEP_BUF_INIT};
    uint8_t to[1][32];
    int rc = keep_age_recipient_read(to[0], keep_str_of(cmd_value(c, "to")), &c->err);
    if (rc == 0)
        rc = keep_file_place(AT_FDCWD, cmd_value(c, "output"), 0, &c->err);
    if (rc == 0)
        rc = open_and_reveal(c, "quarantine");
    if (rc == 0)
        rc = keep_age_out_new(&x.age, (const uint8_t (*)[32])to, 1, take_sealed, &x.sealed, &c->err);
    if (rc == 0)
        rc = keep_load_quarantine(c->store, export_item, &x, &c->err);
    if (rc == 0)
        rc = keep_age_out_finish(x.age, &c->err);
    if (rc == 0)
        rc = cmd_write_file(c, cmd_value(c, "output"), x.sealed.p, x.sealed.n);
    if (rc == 0)
        cmd_out("%llu item%s sealed in %s\n", (unsigned long long)x.n, keep_str_s(x.n), cmd_value(c, "output"));
    keep_age_out_free(x.age);
    keep_buf_free(&x.sealed);
    keep_buf_free(&x.bytes);
    keep_buf_free(&x.line);
    return rc;
}

const struct cmd_verb cmd_quarantine_export = {
    .name = "quarantine", .action = "export", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "seal what lies in quarantine to whoever can mend it (signed by an officer and recorded)",
    .about = "One age file for one recipient, the steward of the source say; in it a JSON object a line: item, source, file, line, offset, reason, and the bytes in "
             "base64. The keep keeps its own.",
    .option = CMD_OPTIONS(CMD_NEEDED("to", "AGE", "the age recipient who may open it"), CMD_NEEDED("output", "F", "the file"),
                          CMD_DEFAULT("source", "NAME", "all", "only items of this source")),
    .example = CMD_EXAMPLES({"chartkeep quarantine export hospital.keep --source lab --to age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj --output lab.age --officer-key him.key",
                             "for the laboratory to send again"}),
    .run = export_items};

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
        rc = cmd_packs_if_any(c, &packs); /* without any, FHIR needs no column maps */
    rc = rc == 1 ? 0 : rc;
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
        cmd_out("%llu item%s read again: %llu taken in, %llu still in quarantine\n", (unsigned long long)res.items, keep_str_s(res.items), (unsigned long long)res.taken, (unsigned long long)(res.items - res.taken));
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

/* ---- dismiss ---- */

static int dismiss(struct cmd *c)
{
    uint64_t *item = keep_arena_array(c->arena, (size_t)c->operands, sizeof *item), dismissed = 0;
    struct keep_sign_secret *officer = NULL;
    struct keep_unread_dismissal what = {.item = item, .source = keep_str_of(cmd_value(c, "source")), .reason = keep_str_of(cmd_value(c, "reason"))};
    int rc = item ? 0 : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (int i = 1; rc == 0 && i < c->operands; i++)
        if (!keep_num_u64(keep_str_of(c->operand[i]), &item[what.items++]))
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "quarantine dismiss: items' numbers as quarantine list prints them");
    if (rc == 0 && what.items == 0 && what.source.n == 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "quarantine dismiss: name the items, or with --source all of a source");
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_open(c, true);
    what.officer = officer;
    if (rc == 0)
        rc = keep_unread_dismiss(c->store, &what, &dismissed, &c->err);
    if (rc == 0)
        cmd_out("%llu item%s dismissed\n", (unsigned long long)dismissed, keep_str_s(dismissed));
    keep_sign_free(officer);
    return rc;
}

const struct cmd_verb cmd_quarantine_dismiss = {
    .name = "quarantine", .action = "dismiss", .operands = "KEEP [ITEM ...]", .min = 1, .max = -1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "say of items that they hold nothing which the keep lacks (an officer signs)",
    .about = "As long as an item lies in quarantine its source counts as complete in nothing: a last discharge, for one, is then not known, and no set is released by it. "
             "Read items again first (quarantine retry), or have them sent again; what still lies there and is a torn duplicate, a header, a test message is dismissed. "
             "The item's bytes stay in the keep; the reason is signed and entered in the ledger.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("reason", "TEXT", "why nothing is lost; no patient's name"), CMD_OPTION("source", "NAME", "only items of this source; without ITEM all of them")),
    .example = CMD_EXAMPLES({"chartkeep quarantine dismiss hospital.keep 7 9 --reason \"torn copies of lines 8 and 10\" --officer-key him.key", "items 7 and 9 are looked at and done with"}),
    .run = dismiss};
