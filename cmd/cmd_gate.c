/* gate list, gate record: what must happen before a plan may be carried out,
 * and the evidence that it did. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd_archive.h"
#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/crypto/hash.h"
#include "core/work/dates.h"
#include "core/work/gates.h"

#define EVIDENCE_FILE (64u << 20) /* bytes: a scanned letter, a page of a newspaper */
#define SETS_NAMED 4096           /* sets that one evidence names; without any it is of all */

struct open {
    struct keep_packs packs;
    struct keep_plan plan;
    struct keep_gates gates;
    struct keep_gates_one *one; /* distinct, in order of text */
    size_t n;
};

static int by_text(const void *a, const void *b)
{
    return keep_str_order(((const struct keep_gates_one *)a)->text, ((const struct keep_gates_one *)b)->text);
}

/* Each gate of the plan once. */
static int distinct(struct cmd *c, struct open *o)
{
    size_t all = 0, n = 0;
    struct keep_gates_one one;
    for (size_t i = 0; i < o->plan.sets; i++)
        for (struct keep_str rest = o->plan.set[i].gates; keep_gates_next(&rest, &one);)
            all++;
    o->one = keep_arena_array(c->arena, all + 1, sizeof *o->one);
    if (!o->one)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    all = 0;
    for (size_t i = 0; i < o->plan.sets; i++)
        for (struct keep_str rest = o->plan.set[i].gates; keep_gates_next(&rest, &one);)
            o->one[all++] = one;
    qsort(o->one, all, sizeof *o->one, by_text);
    for (size_t i = 0; i < all; i++)
        if (n == 0 || by_text(&o->one[n - 1], &o->one[i]) != 0)
            o->one[n++] = o->one[i];
    o->n = n;
    return 0;
}

static int read_plan(struct cmd *c, bool write, struct open *o)
{
    int rc = cmd_archive_plan(c, write, &o->packs, &o->plan);
    if (rc == 0)
        rc = keep_gates_load(&o->gates, c->store, &o->plan, c->arena, &c->err);
    return rc == 0 ? distinct(c, o) : rc;
}

static const struct keep_report_field list_fields[] = {
    {"gate", KEEP_REPORT_NUMBER, "gate", 0}, {"text", KEEP_REPORT_TEXT, "what must happen", 0}, {"sets", KEEP_REPORT_NUMBER, "sets", 0}, {"without_evidence", KEEP_REPORT_NUMBER, "without evidence", 0},
    {"waiting", KEEP_REPORT_NUMBER, "waiting", 0}, {"met_from", KEEP_REPORT_DATE, "met from", 0}, {"recorded", KEEP_REPORT_NUMBER, "recorded", 0}};

/* met from: the day from which it is met for all its sets. */
static int list_row(struct cmd *c, struct keep_report *r, const struct open *o, size_t at, keep_date today)
{
    struct keep_gates_one one;
    uint64_t sets = 0, without = 0, waiting = 0, recorded = 0;
    keep_date last = KEEP_DATE_NONE;
    for (size_t i = 0; i < o->plan.sets; i++)
        for (struct keep_str rest = o->plan.set[i].gates; keep_gates_next(&rest, &one);)
            if (keep_str_eq(one.text, o->one[at].text)) {
                keep_date from = keep_gates_from(&o->gates, &one, o->plan.set[i].set);
                sets++;
                without += from == KEEP_DATE_NONE;
                waiting += from != KEEP_DATE_NONE && from > today;
                last = from > last ? from : last;
                break;
            }
    for (size_t i = 0; i < o->gates.n; i++)
        recorded += keep_str_eq(o->gates.evidence[i].gate, o->one[at].text);
    return keep_report_row(r, (struct keep_report_cell[]){KEEP_CELL_N(at + 1), KEEP_CELL(o->one[at].text), KEEP_CELL_N(sets), KEEP_CELL_N(without), KEEP_CELL_N(waiting),
                               KEEP_CELL_N(without ? KEEP_DATE_NONE : last), KEEP_CELL_N(recorded)}, &c->err);
}

static int gate_list(struct cmd *c)
{
    struct open o = {.n = 0};
    struct keep_report *r;
    keep_date today;
    int rc = read_plan(c, false, &o);
    if (rc == 0)
        rc = keep_dates_today(c->store, &today, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "gates", list_fields, sizeof list_fields / sizeof *list_fields, &r);
    if (rc == 0) {
        for (size_t i = 0; rc == 0 && i < o.n; i++)
            rc = list_row(c, r, &o, i, today);
        rc = cmd_rows_end(c, r, rc);
    }
    keep_packs_free(&o.packs);
    return rc;
}

const struct cmd_verb cmd_gate_list = {
    .name = "gate", .action = "list", .operands = "KEEP PLAN", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list what must happen before a plan may be carried out",
    .about = "For each gate: how many sets it stops, for how many of them no evidence is recorded, how many wait for the end of a lead time, and from when all of them may pass.\n",
    .example = CMD_EXAMPLES({"chartkeep gate list hospital.keep plan-2026.json", "notices and consents, numbered"}),
    .run = gate_list};

static int evidence_digest(struct cmd *c, struct keep_gates_evidence *e)
{
    struct keep_buf file = KEEP_BUF_INIT;
    int rc = keep_file_read_operand(cmd_value(c, "evidence"), EVIDENCE_FILE, &file, &c->err);
    if (rc == 0)
        keep_sha256(e->digest, file.p, file.n);
    keep_buf_free(&file);
    return rc;
}

static int gate_record(struct cmd *c)
{
    struct open o = {.n = 0};
    const char *reference = cmd_value(c, "reference");
    struct keep_gates_evidence e = {.reference = reference ? keep_str_of(reference) : KEEP_STR("")};
    struct keep_sign_secret *officer = NULL;
    long long which = 0;
    char day[KEEP_CIVIL_DATE_SIZE];
    int rc = cmd_number(c, "gate", 1, INT32_MAX, &which);
    if (rc == 0)
        rc = cmd_date(c, "done", &e.done);
    if (rc == 0)
        rc = evidence_digest(c, &e);
    if (rc == 0 && cmd_given(c, "sets-file"))
        rc = cmd_sets(c, SETS_NAMED, &e.set, &e.sets);
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = read_plan(c, true, &o);
    if (rc == 0 && (size_t)which > o.n)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "this plan has %zu gates: gate list numbers them", o.n);
    if (rc == 0) {
        e.gate = o.one[which - 1].text;
        rc = keep_gates_record(c->store, &o.plan, &e, officer, &c->err);
    }
    if (rc == 0)
        cmd_out("recorded: %.*s\n  done on %s; it lets sets pass from then on, or when its lead time is over: gate list tells\n", (int)e.gate.n, e.gate.p, keep_civil_format_date(e.done, day));
    keep_sign_free(officer);
    keep_packs_free(&o.packs);
    return rc;
}

const struct cmd_verb cmd_gate_record = {
    .name = "gate", .action = "record", .operands = "KEEP PLAN", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "record that a notice was given or a consent had (an officer signs)",
    .about = "The evidence is signed and entered in the ledger against the plan's digest: the day, the file's SHA-256, where it is found. The file itself stays with you. "
             "A lead time (30 days before) is counted from that day: so many whole days must lie between it and the disposal.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("gate", "N", "its number in gate list"), CMD_NEEDED("done", "DATE", "the day that it was done"),
                          CMD_NEEDED("evidence", "F", "the file that shows it: a letter, a page, minutes"), CMD_OPTION("reference", "TEXT", "where the paper is found; no patient's name"),
                          CMD_DEFAULT("sets-file", "F|-", "all sets with that gate", "the sets it is of, one a line")),
    .example = CMD_EXAMPLES({"chartkeep gate record hospital.keep plan-2026.json --gate 1 --done 2026-10-01 --evidence letter.pdf --reference DPH-114 --officer-key him.key", "the department was told"}),
    .run = gate_record};
