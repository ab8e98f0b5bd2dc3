/* access-report: who opened a patient's chart, in the patient's hands. */
#include <stdio.h>
#include <string.h>

#include "cmd/reply.h"
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/work/chartopen.h"
#include "core/work/loglimits.h"

#define KIND "access report"

static const struct keep_report_field fields[] = {
    {"first", KEEP_REPORT_TIME, NULL, 0}, {"last", KEEP_REPORT_TIME, NULL, 0}, {"date", KEEP_REPORT_DATE, "day", 0}, {"at", KEEP_REPORT_TEXT, "at", 0}, {"times", KEEP_REPORT_NUMBER, "times", 0},
    {"department", KEEP_REPORT_TEXT, "department", 24}, {"role", KEEP_REPORT_TEXT, "role", 20}, {"person", KEEP_REPORT_TEXT, "person", 24}, {"what", KEEP_REPORT_TEXT, "what was done", 20},
    {"reason", KEEP_REPORT_TEXT, "reason on file", 40}, {"relation", KEEP_REPORT_TEXT, "care on file", 24}};

struct telling {
    struct cmd *c;
    struct keep_chartopen seen;
    struct keep_mask patient, person; /* whose identifiers are shown is decided for each apart */
    struct keep_answered answer;
    keep_date from, through;
};

static uint32_t who(void *ctx, const struct keep_world *w, struct keep_err *err)
{
    return cmd_reply_patient(ctx, w, err);
}

/* --- rows --- */

static struct keep_str person(struct telling *t, const struct keep_chartopen_row *r)
{
    const struct keep_world *w = &t->seen.run.world;
    uint64_t about = w->patient[t->seen.patient].entity; /* one person, one mask in this patient's reports, and another in anybody else's */
    if (r->worker != KEEP_ID_NONE)
        return keep_mask_text(&t->person, &about, sizeof about, "person", w->worker[r->worker].entity, w->worker[r->worker].name);
    if (r->account == KEEP_ID_NONE)
        return (struct keep_str){NULL, 0};
    return keep_mask_text(&t->person, &about, sizeof about, "account", w->account[r->account].entity, w->account[r->account].login);
}

/* Of an account that is nobody's, what it is. */
static struct keep_str role(const struct telling *t, const struct keep_chartopen_row *r)
{
    static const char *const what[KEEP_ACCOUNT_COUNT] = {[KEEP_ACCOUNT_PROXY] = "the patient's proxy or portal", [KEEP_ACCOUNT_SERVICE] = "a program of the hospital", [KEEP_ACCOUNT_EXTERNAL] = "somebody from outside",
                                                         [KEEP_ACCOUNT_VENDOR] = "a vendor", [KEEP_ACCOUNT_PERSON] = "a member of the workforce", [KEEP_ACCOUNT_UNMAPPED] = "an account that no person is on file for"};
    if (r->role.n || r->worker != KEEP_ID_NONE || r->account == KEEP_ID_NONE)
        return r->role.n ? r->role : (struct keep_str){NULL, 0};
    return keep_str_of(what[t->seen.run.world.account[r->account].kind]);
}

static void done(const struct keep_chartopen_row *r, char *text, size_t room)
{
    static const char *const word[KEEP_ACTION_COUNT] = {[KEEP_ACTION_UNKNOWN] = "opened", [KEEP_ACTION_VIEW] = "viewed", [KEEP_ACTION_CREATE] = "added to", [KEEP_ACTION_UPDATE] = "changed",
                                                        [KEEP_ACTION_DELETE] = "deleted from", [KEEP_ACTION_PRINT] = "printed", [KEEP_ACTION_EXPORT] = "exported", [KEEP_ACTION_SEARCH] = "searched",
                                                        [KEEP_ACTION_LIST] = "listed", [KEEP_ACTION_LOGIN] = "opened", [KEEP_ACTION_LOGOUT] = "opened", [KEEP_ACTION_EXECUTE] = "used"};
    size_t n = 0;
    *text = '\0';
    for (int i = 0; i < KEEP_ACTION_COUNT && n < room; i++)
        if (r->actions >> i & 1)
            n += (size_t)snprintf(text + n, room - n, "%s%s", n ? ", " : "", word[i]);
}

/* Hour and minute where the hospital is. */
static void clock_of(const struct telling *t, const struct keep_chartopen_row *r, char *text, size_t room)
{
    int minute[2];
    for (int i = 0; i < 2; i++) {
        keep_time at = i ? r->last : r->first;
        keep_time local = at / KEEP_USEC + keep_zone_offset(t->seen.run.zone, at);
        minute[i] = (int)(((local % 86400) + 86400) % 86400 / 60);
    }
    int n = snprintf(text, room, "%02d:%02d", minute[0] / 60, minute[0] % 60);
    if (minute[1] != minute[0])
        snprintf(text + n, room - (size_t)n, "-%02d:%02d", minute[1] / 60, minute[1] % 60);
}

static int rows(void *ctx, struct keep_report *r, struct keep_err *err)
{
    struct telling *t = ctx;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->seen.rows; i++) {
        const struct keep_chartopen_row *x = &t->seen.row[i];
        char what[160], at[24], day[KEEP_CIVIL_DATE_SIZE], relation[120] = "";
        done(x, what, sizeof what);
        clock_of(t, x, at, sizeof at);
        if (x->relation)
            snprintf(relation, sizeof relation, "%s %s", keep_vocab_relation_kind_word(x->relation->kind), keep_zone_format_date(t->seen.run.zone, x->relation->from, day));
        struct keep_report_cell cell[] = {KEEP_CELL_N(x->first), KEEP_CELL_N(x->last), KEEP_CELL_N(x->day), KEEP_CELL_Z(at), KEEP_CELL_N(x->times), KEEP_CELL(x->department), KEEP_CELL(role(t, x)),
                                          KEEP_CELL(person(t, x)), KEEP_CELL_Z(what), x->reason.n ? KEEP_CELL(x->reason) : KEEP_CELL_Z("none on file"), KEEP_CELL_Z(relation)};
        rc = keep_report_row(r, cell, err);
    }
    return rc;
}

/* --- paragraphs --- */

static void say_who(struct telling *t, struct keep_letter *l)
{
    const struct keep_patient *p = &t->seen.run.world.patient[t->seen.patient];
    struct keep_str name = keep_mask_text(&t->patient, KIND, sizeof KIND, "patient", p->entity, p->name);
    bool shown = t->answer.request.n > 0;
    char a[KEEP_CIVIL_DATE_SIZE], b[KEEP_CIVIL_DATE_SIZE], made[KEEP_CIVIL_DATE_SIZE];
    keep_letter_say(l, &l->before, "Patient: %.*s%s%.*s", (int)name.n, name.p, shown && p->mrn.n ? ", " : "", shown ? (int)p->mrn.n : 0, p->mrn.p);
    keep_letter_say(l, &l->before, "Accesses %s%s through %s; made on %s", t->from == KEEP_DATE_NONE ? "from the first on file" : "from ",
                    t->from == KEEP_DATE_NONE ? "" : keep_civil_format_date(t->from, a), t->through == KEEP_DATE_NONE ? "the last on file" : keep_civil_format_date(t->through, b),
                    keep_zone_format_date(t->seen.run.zone, keep_store_now(t->c->store), made));
}

/* Whether anything is withheld is never said: the sentence stands in every report. */
static int say_limits(struct telling *t, struct keep_letter *l)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_zone *z = t->seen.run.zone;
    if (t->seen.rows == 0)
        keep_letter_say(l, &l->after, "No access is told here.");
    keep_letter_say(l, &l->after, "Persons are told by department, role and a mark%s. A reason on file is one that the hospital recorded by itself, such as a visit or an order; that none is on file does not "
                                  "mean that there was none.", t->answer.names.n ? ", and by name as the hospital decided" : " that is the same for the same person in this patient's reports");
    keep_letter_say(l, &l->after, "Accesses that the hospital is looking into are not told until it has decided about them. Whether there are any is not said here; ask again later.");
    keep_letter_say(l, &l->after, "It tells of charts that were opened. Besides, the patient stood in a list or a search result, a program read the chart, or somebody was refused it, %llu times.", (unsigned long long)t->seen.glimpses);
    int rc = keep_loglimits_write(t->c->store, t->from == KEEP_DATE_NONE ? KEEP_TIME_NONE : keep_zone_instant(z, t->from, 0),
                                  t->through == KEEP_DATE_NONE ? KEEP_TIME_NONE : keep_zone_instant(z, t->through + 1, 0) - 1, &b, &t->c->err);
    for (struct keep_str left = keep_buf_view(&b); rc == 0 && left.n;) {
        const char *nl = memchr(left.p, '\n', left.n);
        size_t n = nl ? (size_t)(nl - left.p) : left.n;
        if (strncmp(left.p, "what the log", 12) == 0)
            keep_letter_say(l, &l->after, "W%.*s:", (int)n - 1, left.p + 1);
        else if (n > 4 && strncmp(left.p, "    ", 4) == 0)
            keep_letter_say(l, &l->after, "  %.*s", (int)n - 4, left.p + 4);
        else
            keep_letter_say(l, &l->after, "- %.*s", (int)n - 2, left.p + 2);
        left.p += nl ? n + 1 : n;
        left.n -= nl ? n + 1 : n;
    }
    keep_buf_free(&b);
    return rc;
}

static void tell_officer(const struct telling *t)
{
    cmd_note("%llu access%s told in %zu row%s\n", (unsigned long long)t->seen.accesses, t->seen.accesses == 1 ? "" : "es", t->seen.rows, keep_str_s(t->seen.rows));
    if (t->seen.withheld)
        cmd_note("%llu withheld, since they are under investigation; the patient must not learn of it\n", (unsigned long long)t->seen.withheld);
    for (size_t i = 0; i < t->seen.opens; i++) {
        char hex[33];
        keep_codec_hex(t->seen.open[i], 16, hex);
        cmd_note("  by case %.12s, until it is closed\n", hex);
    }
}

/* --- the verb --- */

static int give(struct telling *t)
{
    struct cmd *c = t->c;
    const struct keep_answered_count count[] = {{"accesses", t->seen.accesses}, {"withheld", t->seen.withheld}};
    struct keep_letter l = {.arena = c->arena, .name = "accesses", .title = "Who opened the chart", .field = fields, .fields = sizeof fields / sizeof *fields, .rows = rows, .ctx = t};
    keep_mask_init(&t->patient, c->store, c->arena);
    keep_mask_init(&t->person, c->store, c->arena);
    t->patient.revealed = t->answer.request.n ? KEEP_STR("*") : (struct keep_str){NULL, 0};
    t->person.revealed = t->answer.names.n ? KEEP_STR("*") : (struct keep_str){NULL, 0};
    t->answer.kind = KIND;
    t->answer.comment = "chartkeep access report";
    t->answer.patient = t->seen.run.world.patient[t->seen.patient].entity;
    t->answer.from = t->from;
    t->answer.through = t->through;
    t->answer.count = count;
    t->answer.counts = sizeof count / sizeof *count;
    say_who(t, &l);
    int rc = say_limits(t, &l);
    if (rc < 0)
        return rc;
    tell_officer(t);
    return cmd_reply_give(c, &l, &t->answer, true);
}

static int access_report(struct cmd *c)
{
    struct telling *t = keep_arena_alloc(c->arena, sizeof *t);
    struct keep_packs packs = {0};
    struct keep_sign_secret *officer = NULL;
    if (!t)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    t->c = c;
    t->answer.names = keep_str_of(cmd_value(c, "names"));
    struct keep_chartopen_params p = {.adopted = &packs, .patient = who, .ctx = c, .each = cmd_given(c, "each"), .progress = cmd_progress, .progress_ctx = "accesses"};
    int rc = cmd_date(c, "from", &t->from);
    if (rc == 0)
        rc = cmd_date(c, "through", &t->through);
    if (rc == 0 && t->from != KEEP_DATE_NONE && t->through != KEEP_DATE_NONE && t->from > t->through)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--from is after --through");
    if (rc == 0 && cmd_given(c, "names") && t->answer.names.n == 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--names takes what the decision rests on, such as a number of the hospital's policy");
    p.from = t->from;
    p.through = t->through;
    if (rc == 0)
        rc = cmd_reply_officer(c, &t->answer, &officer);
    if (rc == 0)
        rc = cmd_threads(c, CMD_AUDIT_FEW, KEEP_AUDIT_THREADS, &p.threads);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_packs_adopted(&packs, c->store, &c->err);
    if (rc == 0)
        rc = keep_chartopen_run(&t->seen, c->store, &p, &c->err);
    cmd_progress_end();
    if (rc == 0)
        rc = give(t);
    keep_chartopen_free(&t->seen);
    keep_packs_free(&packs);
    keep_sign_free(officer);
    return rc;
}

const struct cmd_verb cmd_access_report = {
    .name = "access-report", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_PROOF, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS | CMD_LONG,
    .summary = "who opened this patient's chart, for the patient",
    .about = "By day: department and role, what was done, and the reason and care on file; no name of a member of the workforce, but a mark that is the same for the same person. It rests on the "
             "adopted rules and on what the logs hold, and says what they cannot show.\n\n"
             "What the hospital is looking into is withheld until it is decided: accesses of open cases of a rule, of cases that somebody has taken up, and those that a rule flags and nobody has "
             "looked at. Every report says that this may be so and none says whether it is; the officer is told on standard error. investigate shows everything.\n\n"
             "The report is signed, by the officer whose key is given or else by the keep, and entered in the ledger. With --output its signature is written beside it.\n",
    .option = CMD_OPTIONS(CMD_OPTION("patient-file", "F", "file (or - for standard input) with the patient: MRN, or Family, Given, or a source's id"),
                          CMD_DEFAULT("from", "DATE", "the first day on file", "the first day"), CMD_DEFAULT("through", "DATE", "the last on file", "the last day"),
                          CMD_SWITCH("each", "every access in a row of its own"),
                          CMD_OPTION("names", "WHY", "name the persons too: an officer's decision, signed and recorded with WHY, such as the number of the hospital's policy"),
                          CMD_OPTION("show-phi", "REQUEST", "show the patient's name under this request number (signed by an officer and recorded)")),
    .exits = CMD_EXITS({6, "no rules are adopted, the key given may not sign here, or names are asked for without an officer"}),
    .example = CMD_EXAMPLES({"chartkeep access-report hospital.keep", "asks for the patient"},
                            {"chartkeep access-report hospital.keep --patient-file who.txt --show-phi AR-12 --officer-key privacy.key --format html --output ar-12.html", "the page to hand out"}),
    .run = access_report};
