/* investigate: "did X look at me?" Everything one user did to a patient, or
 * who opened a patient, with the reason on file for each access. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/zone.h"
#include "core/store/person.h"
#include "core/work/askrun.h"
#include "core/work/loglimits.h"

static const struct keep_report_field fields[] = {
    {"time", KEEP_REPORT_TIME, "time", 0}, {"event", KEEP_REPORT_TEXT, NULL, 0}, {"account", KEEP_REPORT_TEXT, "account", 20}, {"user", KEEP_REPORT_TEXT, "user", 24},
    {"patient", KEEP_REPORT_TEXT, "patient", 24}, {"action", KEEP_REPORT_TEXT, "action", 0}, {"exposure", KEEP_REPORT_TEXT, "exposure", 0}, {"verdict", KEEP_REPORT_TEXT, "verdict", 0},
    {"rule_or_reason", KEEP_REPORT_TEXT, "rule or reason", 22}, {"relation", KEEP_REPORT_TEXT, "relation on file", 34}};

#define MAX_SUBJECTS 256

struct asked {
    struct cmd *c;
    struct keep_auditrun *a;
    struct keep_report *r;
    uint64_t rows, by_verdict[KEEP_VERDICT_COUNT];
    const uint32_t *patient;
    size_t patients;
};

static struct keep_str relation_text(struct asked *q, const struct keep_relation *r)
{
    char text[160], day[KEEP_CIVIL_DATE_SIZE];
    if (!r)
        return KEEP_STR("none on file");
    int n = snprintf(text, sizeof text, "%s %s", keep_vocab_relation_kind_word(r->kind), keep_zone_format_date(q->a->zone, r->from, day));
    return keep_arena_str(q->a->arena, (struct keep_str){text, n > 0 ? (size_t)n : 0}, NULL);
}

static int each_row(void *ctx, const struct keep_ask_row *row, struct keep_err *err)
{
    struct asked *q = ctx;
    const struct keep_world *w = &q->a->world;
    static const char scope[] = "investigation";
    struct keep_str nil = {NULL, 0}, account = nil, user = nil, patient = nil;
    if (row->account != KEEP_ID_NONE)
        account = keep_mask_text(&q->a->mask, scope, sizeof scope, "account", w->account[row->account].entity, w->account[row->account].login);
    if (row->worker != KEEP_ID_NONE)
        user = keep_mask_text(&q->a->mask, scope, sizeof scope, "user", w->worker[row->worker].entity, w->worker[row->worker].name);
    if (row->patient != KEEP_ID_NONE)
        patient = keep_mask_text(&q->a->mask, scope, sizeof scope, "patient", w->patient[row->patient].entity, w->patient[row->patient].name);
    q->rows++;
    q->by_verdict[row->verdict]++;
    struct keep_report_cell cell[] = {
        KEEP_CELL_N(row->time), KEEP_CELL(keep_auditrun_event_text(q->a, row->event)), KEEP_CELL(account), KEEP_CELL(user), KEEP_CELL(patient), KEEP_CELL_Z(keep_vocab_action_word(row->action)),
        KEEP_CELL_Z(keep_vocab_exposure_word(row->exposure)), KEEP_CELL_Z(keep_vocab_verdict_word((int)row->verdict)), KEEP_CELL(row->rule), KEEP_CELL(relation_text(q, row->relation))};
    return keep_report_row(q->r, cell, err);
}

struct subjects {
    uint32_t id[MAX_SUBJECTS];
    size_t n;
};

static int add_patient(void *ctx, uint32_t patient)
{
    struct subjects *s = ctx;
    if (s->n < MAX_SUBJECTS)
        s->id[s->n++] = patient;
    return 0;
}

static int find_subjects(struct cmd *c, struct keep_auditrun *a, struct subjects *patients, struct subjects *accounts)
{
    struct keep_str line[64];
    int n = 0, rc = 0;
    if (cmd_given(c, "patient-file") || !cmd_given(c, "user"))
        rc = cmd_lines(c, "patient-file", "patient's MRN, or Family, Given, or a source's id", line, 64, &n);
    for (int i = 0; rc == 0 && i < n; i++) {
        size_t before = patients->n;
        rc = keep_person_find(c->store, &a->world, line[i], add_patient, patients, &c->err);
        if (rc == 0 && patients->n == before)
            rc = cmd_names_nobody(c, i + 1);
        else if (patients->n > before + 1)
            cmd_note("line %d names %zu patients; all are shown\n", i + 1, patients->n - before);
    }
    const char *user = cmd_value(c, "user");
    if (rc == 0 && user) {
        accounts->n = keep_askrun_accounts(&a->world, keep_str_of(user), accounts->id, MAX_SUBJECTS);
        if (accounts->n == 0)
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "--user names no account or workforce member of this keep");
    }
    return rc;
}

static int closing(const struct asked *q)
{
    struct keep_buf b = KEEP_BUF_INIT;
    cmd_note("%llu access%s: %llu expected, %llu flagged, %llu unexplained, %llu not assessed\n", (unsigned long long)q->rows, q->rows == 1 ? "" : "es", (unsigned long long)q->by_verdict[KEEP_VERDICT_EXPECTED],
             (unsigned long long)q->by_verdict[KEEP_VERDICT_FLAGGED], (unsigned long long)q->by_verdict[KEEP_VERDICT_UNEXPLAINED], (unsigned long long)q->by_verdict[KEEP_VERDICT_NOT_ASSESSED]);
    int rc = keep_loglimits_write(q->c->store, KEEP_TIME_NONE, KEEP_TIME_NONE, &b, &q->c->err);
    if (rc == 0)
        cmd_note("%.*s", (int)b.n, (const char *)b.p);
    keep_buf_free(&b);
    return rc;
}

static int investigate(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_auditrun *a = keep_arena_alloc(c->arena, sizeof *a);
    struct subjects *patients = keep_arena_alloc(c->arena, sizeof *patients), *accounts = keep_arena_alloc(c->arena, sizeof *accounts);
    struct asked q = {.c = c, .a = a};
    struct keep_str revealed = {NULL, 0};
    if (!a || !patients || !accounts)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    int rc = cmd_open(c, cmd_given(c, "show-phi"));
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0)
        rc = keep_auditrun_open(a, c->store, &packs, KEEP_TIME_NONE, revealed.n ? KEEP_STR("*") : revealed, &c->err);
    if (rc == 0)
        rc = cmd_threads(c, CMD_AUDIT_FEW, KEEP_AUDIT_THREADS, &a->in.threads);
    if (rc == 0)
        rc = find_subjects(c, a, patients, accounts);
    if (rc == 0)
        rc = cmd_rows(c, "accesses", fields, sizeof fields / sizeof *fields, &q.r);
    if (rc == 0) {
        struct keep_ask_params p = {patients->id, patients->n, accounts->id, accounts->n};
        rc = cmd_rows_end(c, q.r, keep_askrun(a, &p, each_row, &q, &c->err));
    }
    if (rc == 0)
        rc = closing(&q);
    keep_auditrun_free(a);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_investigate = {
    .name = "investigate", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS | CMD_TRIES | CMD_LONG,
    .summary = "who opened this patient's chart, or what this user opened, and the reason on file",
    .about = "Name the patient in a file, on standard input or at the prompt, never on the command line. With both --patient-file and --user it lists what that user did to that patient.\n",
    .option = CMD_OPTIONS(CMD_OPTION("patient-file", "F", "file (or - for standard input) with a patient a line: MRN, or Family, Given, or a source's id"),
                          CMD_OPTION("user", "ID", "a login, employee number or NPI"),
                          CMD_OPTION("show-phi", "REQUEST", "show identifiers under this request number (signed by an officer and recorded)")),
    .example = CMD_EXAMPLES({"chartkeep investigate hospital.keep", "asks for the patient"},
                            {"chartkeep investigate hospital.keep --patient-file complaint.txt --user jdoe", "what jdoe did to them"}),
    .run = investigate};
