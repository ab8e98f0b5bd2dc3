/* sql: one SELECT over the keep's views, people masked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/store/sqlview.h"

enum { STATEMENT_LIMIT = 64 << 10, TIMEOUT = 60, TIMEOUT_MOST = 86400, WIDE = 40 };

struct watch {
    struct timespec until;
    bool late;
};

static int stop(void *ctx)
{
    struct watch *w = ctx;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    w->late = t.tv_sec > w->until.tv_sec || (t.tv_sec == w->until.tv_sec && t.tv_nsec >= w->until.tv_nsec);
    return w->late || cmd_progress("answering", 0, 0);
}

/* The operand, or standard input. */
static int statement(struct cmd *c, struct keep_buf *out)
{
    const char *given = c->operands > 1 ? c->operand[1] : "-";
    if (strcmp(given, "-") != 0) {
        keep_buf_str(out, given);
        return out->failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    if (isatty(0))
        cmd_note("the statement, closed with Ctrl-D:\n");
    return keep_file_read_fd(0, "standard input", STATEMENT_LIMIT, out, &c->err);
}

static int print(struct cmd *c, struct keep_sqlview *v)
{
    struct keep_report_field field[KEEP_SQLVIEW_COLUMNS];
    struct keep_report_cell cell[KEEP_SQLVIEW_COLUMNS];
    struct keep_sqlview_value value[KEEP_SQLVIEW_COLUMNS];
    struct keep_report *r = NULL;
    int n = keep_sqlview_columns(v), rc, got = 0;
    for (int i = 0; i < n; i++) {
        const char *name = keep_arena_copy(c->arena, keep_sqlview_name(v, i), strlen(keep_sqlview_name(v, i)));
        if (!name)
            return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
        field[i] = (struct keep_report_field){name, KEEP_REPORT_VALUE, name, WIDE};
    }
    rc = cmd_rows(c, "rows", field, (size_t)n, &r);
    while (rc == 0 && (got = keep_sqlview_next(v, value, &c->err)) == 1) {
        for (int i = 0; i < n; i++)
            cell[i] = (struct keep_report_cell){.text = value[i].text, .n = value[i].type == KEEP_SQLVIEW_NUMBER};
        rc = keep_report_row(r, cell, &c->err);
    }
    if (got < 0)
        rc = got;
    return r ? cmd_rows_end(c, r, rc) : rc;
}

static int sql(struct cmd *c)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_sqlview *v = NULL;
    struct watch w = {.late = false};
    struct keep_sqlview_limits limits = {.stop = stop, .ctx = &w};
    long long seconds = TIMEOUT, steps = 0;
    int rc = cmd_number(c, "timeout", 1, TIMEOUT_MOST, &seconds);
    if (rc >= 0)
        rc = cmd_number(c, "steps", 10000, INT64_MAX, &steps);
    if (rc >= 0)
        rc = statement(c, &text);
    if (rc == 0)
        rc = cmd_open(c, false);
    limits.steps = steps ? (uint64_t)steps : cmd_given(c, "timeout") ? (uint64_t)INT64_MAX : 0;
    clock_gettime(CLOCK_MONOTONIC, &w.until);
    w.until.tv_sec += seconds;
    if (rc == 0)
        rc = keep_sqlview_open(&v, c->store, &limits, &c->err);
    if (rc == 0)
        rc = keep_sqlview_prepare(v, keep_buf_view(&text), &c->err);
    if (rc == 0)
        rc = print(c, v);
    if (rc == KEEP_E_INTERRUPTED && w.late) {
        keep_err_clear(&c->err);
        rc = keep_err_set(&c->err, KEEP_E_LIMIT, "no answer within %lld seconds", seconds);
        keep_err_hint(&c->err, "ask for less at a time, or give --timeout SECONDS");
    }
    keep_sqlview_close(v);
    keep_buf_free(&text);
    return rc;
}

const struct cmd_verb cmd_sql = {
    .name = "sql", .operands = "KEEP [STATEMENT]", .min = 1, .max = 2, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_PRINTS | CMD_LONG,
    .summary = "answer one SELECT over the keep's views, people masked",
    .about = "The statement is read from standard input when not given. Views (times in UTC and dates ISO 8601, so that text order is time order):\n"
             "  patients(patient, known, birth_year, deceased, death_year, confidential, worker)\n"
             "  workers(worker, known, department, role, unit, patient, manager)\n"
             "  accounts(account, kind, worker, since, until)\n"
             "  affiliations(worker, since, until, end_known, department, role, unit)\n"
             "  assignments(account, kind, worker, since, until)\n"
             "  duties(worker, kind, unit, since, until, source)\n"
             "  trainings(worker, course, completed, valid_until, source)\n"
             "  contacts(patient, relationship, worker, self, since, until, address, phone, source)\n"
             "  addresses(address, patients, workers, institution, crowded, confidential)\n"
             "  facilities(facility, known, type, state)\n"
             "  encounters(encounter, patient, facility, class, status, started, ended, start_date, end_date, source)\n"
             "  relations(relation, patient, kind, worker, department, author, since, until, open, recorded, source)\n"
             "  records(record, patient, version, kind, source, facility, encounter, first_service, last_service, created, status, custody,\n"
             "    codes, bytes, destroyed, signed, signer, amends,\n"
            "    amends_missing, restored_from)\n"
             "  sets(record_set, keep_until, keep_until_kind, status, rule, package, time)\n"
             "  sources(source, name, declared, first_day, last_day, closed_on, complete, codes_complete, custody, jurisdiction)\n"
             "  access_log(event, source, time, account, patient, action, exposure, outcome, purpose, break_glass, place, unit)\n"
             "  ledger(entry, time, kind, counts, digests, leaves, root, keep_generation, keyring_generation)\n"
             "  acts(act, kind, role, time, signed)\n"
             "patient, worker and account are masks of the keep: the same in every answer, so they join and count, and useless outside. A condition on access_log's time, source, account or patient, or on the patient of patients, encounters and relations, is looked up and not scanned for.\n"
             "\n"
             "Functions:\n"
             "  abs avg coalesce count cume_dist date datetime dense_rank first_value glob group_concat hex ifnull iif instr julianday\n"
             "  lag last_value lead length like lower ltrim max min nth_value ntile nullif percent_rank rank replace round row_number rtrim\n"
             "  sign strftime substr substring sum time total trim typeof unixepoch upper\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("timeout", "SECONDS", "60", "stop after so long"),
                          CMD_DEFAULT("steps", "N", "a billion", "stop after so many steps of SQLite's machine")),
    .example = CMD_EXAMPLES({"chartkeep sql hospital.keep \"SELECT account, count(DISTINCT patient) AS charts FROM access_log WHERE time >= '2026-01-01' AND exposure = 'opened' GROUP BY account ORDER BY charts DESC LIMIT 20\"", "the twenty accounts that opened the most charts"}),
    .run = sql};
