/* dispose orders, order, certify: what custodians were told to destroy, and their answers. */
#include "cmd/cmd_dispose.h"
#include "cmd/signed.h"
#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/work/dates.h"

int cmd_write_order(struct cmd *c, const struct keep_order *o, const char *name)
{
    struct keep_buf text = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    int rc = keep_orderbook_text(c->store, o->id, &text, &sig, &c->err);
    if (rc > 0)
        rc = keep_err_set(&c->err, KEEP_E_REFUSED, "order %.*s can be read no more: its certificate is in, or it was lost behind a restore", (int)o->id.n, o->id.p);
    if (rc == 0)
        rc = cmd_signed_write(c, name, &text, &sig);
    if (rc == 0)
        cmd_out("order to %.*s: %s\n", (int)o->custodian.n, o->custodian.p, name);
    keep_buf_free(&text);
    keep_buf_free(&sig);
    return rc;
}

static const struct keep_report_field fields[] = {
    {"order", KEEP_REPORT_TEXT, "order", 0}, {"custodian", KEEP_REPORT_TEXT, "custodian", 30}, {"made", KEEP_REPORT_TIME, "made", 0}, {"sets", KEEP_REPORT_NUMBER, "sets", 0},
    {"records", KEEP_REPORT_NUMBER, "records", 0}, {"status", KEEP_REPORT_TEXT, "status", 0}, {"destroyed_on", KEEP_REPORT_DATE, "destroyed on", 0}, {"signed_by", KEEP_REPORT_TEXT, "signed by", 0},
    {"plan", KEEP_REPORT_TEXT, NULL, 0}};

static int list(struct cmd *c)
{
    struct keep_order *o = NULL;
    struct keep_report *r = NULL;
    size_t n = 0;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_orderbook_load(c->store, c->arena, &o, &n, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "orders", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        bool done = o[i].certified != KEEP_TIME_NONE;
        struct keep_report_cell cell[] = {KEEP_CELL(o[i].id), KEEP_CELL(o[i].custodian), KEEP_CELL_N(o[i].made), KEEP_CELL_N(o[i].sets), KEEP_CELL_N(o[i].records),
                                          KEEP_CELL_Z(done ? "certified" : "open"), KEEP_CELL_N(o[i].destroyed_on), KEEP_CELL(done ? o[i].certified_by : o[i].role), KEEP_CELL(o[i].plan)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

static int write_document(struct cmd *c, const struct keep_order *o)
{
    struct keep_buf document = KEEP_BUF_INIT;
    const char *name = cmd_value(c, "output");
    int rc = keep_orderbook_document(c->store, o->id, &document, &c->err);
    if (rc > 0)
        rc = keep_err_set(&c->err, KEEP_E_REFUSED, "order %.*s: no certificate is in", (int)o->id.n, o->id.p);
    if (rc == 0)
        rc = cmd_write_file(c, name, document.p, document.n);
    if (rc == 0)
        cmd_out("certificate of %.*s: %s\n", (int)o->custodian.n, o->custodian.p, name);
    keep_buf_free(&document);
    return rc;
}

static int again(struct cmd *c)
{
    struct keep_order *o = NULL;
    size_t n = 0, i = 0;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_orderbook_load(c->store, c->arena, &o, &n, &c->err);
    while (rc == 0 && i < n && !keep_str_is(o[i].id, c->operand[1]))
        i++;
    if (rc == 0 && i == n)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no order has this id; dispose orders shows them");
    if (rc == 0 && cmd_given(c, "certificate"))
        return write_document(c, &o[i]);
    return rc == 0 ? cmd_write_order(c, &o[i], cmd_value(c, "output")) : rc;
}

static int certify(struct cmd *c)
{
    struct keep_orderbook_certificate given = {.order = keep_str_of(c->operand[1])};
    struct keep_sign_secret *officer = NULL;
    struct keep_buf document = KEEP_BUF_INIT;
    keep_date today;
    int rc = cmd_date(c, "destroyed-on", &given.destroyed_on);
    if (rc == 0)
        rc = keep_file_read_operand(cmd_value(c, "certificate"), KEEP_ORDERBOOK_DOCUMENT, &document, &c->err);
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_dates_today(c->store, &today, &c->err);
    if (rc == 0 && given.destroyed_on > today)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--destroyed-on: a day to come");
    if (rc == 0) {
        given.document = keep_buf_view(&document);
        given.officer = officer;
        rc = keep_orderbook_certify(c->store, &given, &c->err);
    }
    if (rc == 1)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no open order has this id; dispose orders shows them");
    if (rc == 0)
        cmd_out("order %s is certified; the document is on file\n", c->operand[1]);
    keep_buf_free(&document);
    keep_sign_free(officer);
    return rc;
}

const struct cmd_verb cmd_dispose_orders = {
    .name = "dispose", .action = "orders", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list destruction orders to custodians: open or certified",
    .example = CMD_EXAMPLES({"chartkeep dispose orders hospital.keep", "whose certificate is still awaited"}),
    .run = list};
const struct cmd_verb cmd_dispose_order = {
    .name = "dispose", .action = "order", .operands = "KEEP ORDER", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS,
    .summary = "write an open destruction order again, or the certificate that answered it",
    .option = CMD_OPTIONS(CMD_NEEDED("output", "F", "the order, mode 0600; F.minisig: the officer's signature"),
                          CMD_SWITCH("certificate", "the custodian's certificate instead, byte for byte as dispose certify took it in")),
    .exits = CMD_EXITS({6, "its certificate is in: its text is gone; or with --certificate, it is not in"}),
    .example = CMD_EXAMPLES({"chartkeep dispose order hospital.keep 4f1c22aa90b1c7d3 --output order.txt", "the id as dispose orders shows it"},
                            {"chartkeep dispose order hospital.keep 4f1c22aa90b1c7d3 --certificate --output box12.pdf", "what Iron Box sent back"}),
    .run = again};
const struct cmd_verb cmd_dispose_certify = {
    .name = "dispose", .action = "certify", .operands = "KEEP ORDER", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "take in a custodian's certificate for a destruction order (an officer's key)",
    .about = "The document, of any format and up to 16 MiB, is kept sealed in the keep; its digest, its day and the officer's signature go into the ledger. dispose order --certificate writes it again. What was only indexed here can then be disposed of: run dispose again, under its plan or a new one.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("certificate", "F", "the document that came back"), CMD_NEEDED("destroyed-on", "DATE", "the day it names")),
    .exits = CMD_EXITS({2, "no open order has this id, or its day is before the order or to come"}),
    .example = CMD_EXAMPLES({"chartkeep dispose certify hospital.keep 4f1c22aa90b1c7d3 --certificate box12.pdf --destroyed-on 2026-12-01 --officer-key him.key", "the order closes"}),
    .run = certify};
