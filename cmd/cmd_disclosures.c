/* disclosures: the accounting that a patient may ask for. What the patient reads
 * must not tell what the law leaves out or an agency holds back; the officer is
 * told on standard error, and by --left-out. */
#include <stdio.h>
#include <string.h>

#include "cmd/reply.h"
#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/base/zone.h"
#include "core/work/accounting.h"
#include "core/work/dates.h"
#include "core/work/protocols.h"

#define KIND "accounting"

static const struct keep_report_field fields[] = {
    {"date", KEEP_REPORT_DATE, "date", 0}, {"recipient", KEEP_REPORT_TEXT, "to whom", 28}, {"address", KEEP_REPORT_TEXT, "address", 28}, {"description", KEEP_REPORT_TEXT, "what", 28},
    {"purpose", KEEP_REPORT_TEXT, "what for", 28}, {"basis", KEEP_REPORT_TEXT, "basis", 18}, {"authority", KEEP_REPORT_TEXT, "45 CFR", 0}, {"times", KEEP_REPORT_NUMBER, "times", 0},
    {"last", KEEP_REPORT_DATE, "the last", 0}, {"request", KEEP_REPORT_TEXT, NULL, 0}, {"kept_at", KEEP_REPORT_TEXT, NULL, 0}, {"missing", KEEP_REPORT_TEXT, "not on file", 14},
    {"entry", KEEP_REPORT_TEXT, NULL, 0}};

static const struct keep_report_field left_fields[] = {
    {"date", KEEP_REPORT_DATE, "date", 0}, {"recipient", KEEP_REPORT_TEXT, "to whom", 28}, {"why", KEEP_REPORT_TEXT, "why it is not listed", 40}, {"paragraph", KEEP_REPORT_TEXT, "45 CFR", 0},
    {"basis", KEEP_REPORT_TEXT, "basis", 24}, {"until", KEEP_REPORT_DATE, "until", 0}, {"agency", KEEP_REPORT_TEXT, "agency", 24}, {"entry", KEEP_REPORT_TEXT, "entry", 0}};

struct telling {
    struct cmd *c;
    struct keep_accounting a;
    struct keep_mask mask;
    struct keep_answered answer;
    struct keep_protocol *protocol;
    size_t protocols;
    keep_date requested;
    uint32_t patient;
    struct keep_zone *zone;
};

static uint32_t who(void *ctx, const struct keep_world *w, struct keep_err *err)
{
    struct telling *t = ctx;
    t->patient = cmd_reply_patient(t->c, w, err);
    return t->patient;
}

static bool shown(const struct telling *t)
{
    return t->answer.request.n > 0;
}

/* A recipient can be a neighbour, and free text can name anybody. */
static struct keep_str free_text(const struct telling *t, struct keep_str s)
{
    return s.n == 0 ? (struct keep_str){NULL, 0} : shown(t) ? s : KEEP_STR("(masked)");
}

/* One recipient, one mask. */
static struct keep_str recipient(struct telling *t, struct keep_str s)
{
    return s.n ? keep_mask_text(&t->mask, KIND, sizeof KIND, "recipient", keep_str_hash(s), s) : (struct keep_str){NULL, 0};
}

static struct keep_str word_of(const struct keep_accounting_entry *e)
{
    return e->basis != KEEP_DISCLOSURE_UNKNOWN ? keep_str_of(keep_disclosure_bases[e->basis].word) : (struct keep_str){NULL, 0};
}

static bool listed(const struct keep_accounting_entry *e)
{
    return e->fate == KEEP_ACCOUNTING_LISTED || e->fate == KEEP_ACCOUNTING_UNDATED;
}

static int rows(void *ctx, struct keep_report *r, struct keep_err *err)
{
    struct telling *t = ctx;
    struct keep_buf lacks = KEEP_BUF_INIT;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->a.entries; i++) {
        const struct keep_accounting_entry *e = &t->a.entry[i];
        const char *cite = keep_disclosure_bases[e->basis].cite;
        if (!listed(e))
            continue;
        keep_buf_clear(&lacks);
        keep_accounting_missing(e, &lacks);
        struct keep_report_cell cell[] = {
            KEEP_CELL_N(e->first), KEEP_CELL(recipient(t, e->recipient)), KEEP_CELL(free_text(t, e->address)), KEEP_CELL(free_text(t, e->what)), KEEP_CELL(free_text(t, e->purpose)), KEEP_CELL(word_of(e)),
            *cite ? KEEP_CELL_Z(cite) : KEEP_CELL((struct keep_str){NULL, 0}), KEEP_CELL_N(e->times), KEEP_CELL_N(e->times > 1 ? e->last : KEEP_DATE_NONE), KEEP_CELL(free_text(t, e->request)), KEEP_CELL(free_text(t, e->kept_at)),
            KEEP_CELL(keep_buf_view(&lacks)), KEEP_CELL(e->id)};
        rc = keep_report_row(r, cell, err);
    }
    keep_buf_free(&lacks);
    return rc;
}

static int left_rows(void *ctx, struct keep_report *r, struct keep_err *err)
{
    static const char *const why[KEEP_ACCOUNTING_FATES] = {[KEEP_ACCOUNTING_LEFT_OUT] = "the law leaves it out", [KEEP_ACCOUNTING_SUSPENDED] = "an agency holds it back",
                                                           [KEEP_ACCOUNTING_RETRACTED] = "its source retracted it"};
    struct telling *t = ctx;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->a.entries; i++) {
        const struct keep_accounting_entry *e = &t->a.entry[i];
        char cite[40] = "";
        if (listed(e))
            continue;
        if (e->fate != KEEP_ACCOUNTING_RETRACTED)
            snprintf(cite, sizeof cite, "164.528(a)%s%s", e->fate == KEEP_ACCOUNTING_SUSPENDED ? "(2)" : "(1)", e->fate == KEEP_ACCOUNTING_LEFT_OUT ? e->paragraph : "");
        struct keep_report_cell cell[] = {KEEP_CELL_N(e->first), KEEP_CELL(recipient(t, e->recipient)), KEEP_CELL_Z(why[e->fate]), KEEP_CELL_Z(cite), KEEP_CELL(word_of(e)),
                                          KEEP_CELL_N(e->until), KEEP_CELL(free_text(t, e->agency)), KEEP_CELL(e->id)};
        rc = keep_report_row(r, cell, err);
    }
    return rc;
}

/* --- paragraphs --- */

static void say_who(struct telling *t, struct keep_letter *l)
{
    const struct keep_patient *p = &t->a.cover.world.patient[t->patient];
    struct keep_str name = keep_mask_text(&t->mask, KIND, sizeof KIND, "patient", p->entity, p->name);
    char a[KEEP_CIVIL_DATE_SIZE], b[KEEP_CIVIL_DATE_SIZE], asked[KEEP_CIVIL_DATE_SIZE];
    keep_letter_say(l, &l->before, "Patient: %.*s%s%.*s", (int)name.n, name.p, shown(t) && p->mrn.n ? ", " : "", shown(t) ? (int)p->mrn.n : 0, p->mrn.p);
    keep_letter_say(l, &l->before, "From %s through %s, asked for on %s (45 CFR 164.528)", keep_civil_format_date(t->a.from, a), keep_civil_format_date(t->a.through, b),
                    keep_civil_format_date(t->requested, asked));
}

/* A gap in a log is of hours, any other of whole days, which stand as they do in UTC. */
static char *gap_day(const struct telling *t, bool log, keep_time at, char out[KEEP_CIVIL_DATE_SIZE])
{
    return log ? keep_zone_format_date(t->zone, at, out) : keep_civil_format_date(keep_civil_utc_date(at), out);
}

static void say_source(struct keep_letter *l, const struct telling *t, const struct keep_accounting_source *s)
{
    const struct keep_source *from = &t->a.cover.world.source[s->source];
    struct keep_str name = from->title.n ? from->title : from->name;
    char a[KEEP_CIVIL_DATE_SIZE], b[KEEP_CIVIL_DATE_SIZE];
    bool dated = s->first != KEEP_DATE_NONE;
    keep_letter_say(l, &l->after, "- %.*s%s: %s%s%s%s; %s", (int)name.n, name.p, s->log ? " (log of an exchange)" : "", s->rows == 0 ? "nothing of it has come in" : dated ? "entries from " : "entries without days",
                    dated ? keep_civil_format_date(s->first, a) : "", dated ? " to " : "", dated ? keep_civil_format_date(s->last, b) : "",
                    s->complete ? "declared complete for this time" : "not declared complete for this time");
    if (s->unread)
        keep_letter_say(l, &l->after, "  %llu lines of this source could not be read", (unsigned long long)s->unread);
    for (size_t i = 0; i < s->gaps; i++)
        keep_letter_say(l, &l->after, "  nothing of any patient from %s to %s, which is unusual for it", gap_day(t, s->log, s->gap[i].from, a), gap_day(t, s->log, s->gap[i].to, b));
}

static void say_sources(struct telling *t, struct keep_letter *l)
{
    uint64_t n = t->a.count[KEEP_ACCOUNTING_LISTED] + t->a.count[KEEP_ACCOUNTING_UNDATED];
    if (t->a.sources == 0) {
        keep_letter_say(l, &l->after, "No source of disclosures has been taken into this keep. From it nobody can tell whether anything was disclosed: this does not say that nothing was.");
        return;
    }
    if (n == 0)
        keep_letter_say(l, &l->after, t->a.complete ? "No disclosure that has to be listed is on file for this time."
                                                    : "No disclosure that has to be listed is on file for this time. This does not say that there was none: what it rests on is not declared complete.");
    keep_letter_say(l, &l->after, "It rests on:");
    for (size_t i = 0; i < t->a.sources; i++)
        say_source(l, t, &t->a.source[i]);
}

static void say_protocol(struct keep_letter *l, const struct telling *t, const struct keep_protocol *p)
{
    char a[KEEP_CIVIL_DATE_SIZE], b[KEEP_CIVIL_DATE_SIZE];
    keep_letter_say(l, &l->after, "- %.*s: %.*s", (int)p->name.n, p->name.p, (int)p->description.n, p->description.p);
    if (p->last <= t->a.through)
        keep_letter_say(l, &l->after, "  disclosed: %.*s; from %s to %s, the last of them", (int)p->disclosed.n, p->disclosed.p, keep_civil_format_date(p->first, a), keep_civil_format_date(p->last, b));
    else
        keep_letter_say(l, &l->after, "  disclosed: %.*s; from %s on, beyond the end of this time", (int)p->disclosed.n, p->disclosed.p, keep_civil_format_date(p->first, a));
    keep_letter_say(l, &l->after, "  sponsored by %.*s, %.*s, %.*s", (int)p->sponsor.n, p->sponsor.p, (int)p->sponsor_address.n, p->sponsor_address.p, (int)p->sponsor_phone.n, p->sponsor_phone.p);
    keep_letter_say(l, &l->after, "  disclosed to %.*s, %.*s, %.*s", (int)p->researcher.n, p->researcher.p, (int)p->researcher_address.n, p->researcher_address.p, (int)p->researcher_phone.n, p->researcher_phone.p);
}

/* 164.528(b)(4): whether this patient was among them is on no file. */
static void say_protocols(struct keep_letter *l, const struct telling *t)
{
    bool any = false;
    for (size_t i = 0; i < t->protocols; i++) {
        const struct keep_protocol *p = &t->protocol[i];
        if (p->last < t->a.from || p->first > t->a.through)
            continue;
        if (!any)
            keep_letter_say(l, &l->after, "Research for which the information of %d or more individuals was disclosed (164.528(b)(4)). This patient's may or may not have been disclosed for it:", KEEP_PROTOCOLS_LEAST);
        any = true;
        say_protocol(l, t, p);
    }
    if (any)
        keep_letter_say(l, &l->after, "Where it is reasonably likely that it was, help in contacting sponsor and researcher is given at the patient's request (164.528(b)(4)(ii)).");
}

static void say_law(const struct telling *t, struct keep_letter *l)
{
    bool several = false, lacking = false;
    struct keep_buf lacks = KEEP_BUF_INIT;
    for (size_t i = 0; i < t->a.entries; i++) {
        several |= t->a.entry[i].times > 1;
        if (listed(&t->a.entry[i]))
            keep_accounting_missing(&t->a.entry[i], &lacks);
    }
    lacking = lacks.n > 0;
    keep_buf_free(&lacks);
    if (several)
        keep_letter_say(l, &l->after, "Several disclosures to the same recipient for a single purpose stand in one row: the first, how many there were, the last (164.528(b)(3)).");
    if (lacking)
        keep_letter_say(l, &l->after, "What an accounting should tell and no source recorded is named in the row.");
    keep_letter_say(l, &l->after,
                    "An accounting does not list what 164.528(a) leaves out: disclosures for treatment, payment and health care operations, to the patient, incidental ones, those that the patient authorized, "
                    "for the facility's directory or to persons involved in the care, for national security, to correctional institutions and for custody, of limited data sets, and those before "
                    "2003-04-14. Some to health oversight agencies and law enforcement officials are listed only after a time that the agency states.");
}

/* Of 164.528(a)(1). */
static const char *const paragraphs[][2] = {
    {"(i)", "treatment, payment or operations"}, {"(ii)", "to the individual"}, {"(iii)", "incidental"}, {"(iv)", "authorized"}, {"(v)", "directory, or persons involved in the care"},
    {"(vi)", "national security"}, {"(vii)", "custodial"}, {"(viii)", "limited data set"}, {"(ix)", "before the compliance date"}};

/* What the officer has to know, and the patient must not. */
static int tell_officer(struct telling *t)
{
    keep_date due = t->requested + KEEP_DISCLOSURE_DAYS;
    char day[KEEP_CIVIL_DATE_SIZE];
    keep_time last = KEEP_TIME_NONE;
    cmd_note("%llu to be listed, %llu of them without a day\n", (unsigned long long)(t->a.count[KEEP_ACCOUNTING_LISTED] + t->a.count[KEEP_ACCOUNTING_UNDATED]),
             (unsigned long long)t->a.count[KEEP_ACCOUNTING_UNDATED]);
    for (size_t k = 0; k < sizeof paragraphs / sizeof *paragraphs; k++) {
        uint64_t n = 0;
        for (size_t i = 0; i < t->a.entries; i++)
            n += t->a.entry[i].fate == KEEP_ACCOUNTING_LEFT_OUT && strcmp(t->a.entry[i].paragraph, paragraphs[k][0]) == 0;
        if (n)
            cmd_note("  left out: %llu, %s, 164.528(a)(1)%s\n", (unsigned long long)n, paragraphs[k][1], paragraphs[k][0]);
    }
    for (size_t i = 0; i < t->a.entries; i++) {
        const struct keep_accounting_entry *e = &t->a.entry[i];
        if (e->fate == KEEP_ACCOUNTING_SUSPENDED)
            cmd_note("  held back: %.*s, 164.528(a)(2)%s%s; the patient must not learn of it%s\n", (int)e->id.n, e->id.p, e->until == KEEP_DATE_NONE ? ", no day on file" : " until ",
                     e->until == KEEP_DATE_NONE ? "" : keep_civil_format_date(e->until, day),
                     e->basis == KEEP_DISCLOSURE_OVERSIGHT || e->basis == KEEP_DISCLOSURE_POLICE ? "" : " (its basis is neither health oversight nor law enforcement: look at it)");
    }
    if (t->a.count[KEEP_ACCOUNTING_RETRACTED])
        cmd_note("  retracted by their source: %llu\n", (unsigned long long)t->a.count[KEEP_ACCOUNTING_RETRACTED]);
    if (t->a.sources == 0)
        cmd_note("no source of disclosures has been imported: nothing can be said, and \"none\" least of all\n");
    if (!cmd_given(t->c, "protocols"))
        cmd_note("research that was disclosed for 50 or more individuals and recorded by protocol only (164.528(b)(4)) is on no file here: --protocols takes the list\n");
    cmd_note("to be given by %s, or 30 days later with a written reason (164.528(c)(1))\n", keep_civil_format_date(due, day));
    int rc = keep_answered_last(t->c->store, KIND, t->a.cover.world.patient[t->patient].entity, &last, &t->c->err);
    if (rc == 0 && last != KEEP_TIME_NONE)
        cmd_note("one was given to this patient on %s; the first in any 12 months is without charge (164.528(c)(2))\n", keep_zone_format_date(t->zone, last, day));
    return rc;
}

/* --- the verb --- */

static int period(struct telling *t, struct keep_accounting_params *p)
{
    struct cmd *c = t->c;
    int rc = keep_dates_today(c->store, &p->today, &c->err);
    if (rc == 0)
        rc = cmd_date(c, "requested", &t->requested);
    if (rc == 0)
        rc = cmd_date(c, "from", &p->from);
    if (rc == 0)
        rc = cmd_date(c, "through", &p->through);
    if (t->requested == KEEP_DATE_NONE)
        t->requested = p->today;
    if (p->through == KEEP_DATE_NONE)
        p->through = t->requested;
    if (p->from == KEEP_DATE_NONE)
        p->from = keep_civil_add_years(t->requested, -KEEP_DISCLOSURE_YEARS);
    if (rc == 0 && (t->requested > p->today || p->through > p->today))
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "what is to come cannot be accounted for: --requested and --through end with today, in this keep's time zone");
    if (rc == 0 && p->from > p->through)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--from is after --through");
    return rc;
}

static int give(struct telling *t)
{
    struct cmd *c = t->c;
    bool left = cmd_given(c, "left-out");
    const struct keep_answered_count count[] = {{"listed", t->a.count[KEEP_ACCOUNTING_LISTED] + t->a.count[KEEP_ACCOUNTING_UNDATED]},
                                                {"left_out", t->a.count[KEEP_ACCOUNTING_LEFT_OUT]}, {"suspended", t->a.count[KEEP_ACCOUNTING_SUSPENDED]}};
    struct keep_letter l = {.arena = c->arena, .name = "disclosures", .title = left ? "Disclosures that the accounting leaves out (not for the patient)" : "Accounting of disclosures",
                            .field = left ? left_fields : fields, .fields = left ? sizeof left_fields / sizeof *left_fields : sizeof fields / sizeof *fields,
                            .rows = left ? left_rows : rows, .ctx = t};
    t->answer.kind = left ? "left out of an accounting" : KIND;
    t->answer.comment = left ? "chartkeep left out of an accounting of disclosures" : "chartkeep accounting of disclosures";
    t->answer.patient = t->a.cover.world.patient[t->patient].entity;
    t->answer.from = t->a.from;
    t->answer.through = t->a.through;
    t->answer.count = count;
    t->answer.counts = sizeof count / sizeof *count;
    say_who(t, &l);
    if (!left) {
        say_sources(t, &l);
        say_protocols(&l, t);
        say_law(t, &l);
    }
    int rc = tell_officer(t);
    if (rc == 0)
        rc = cmd_reply_give(c, &l, &t->answer, false);
    return rc == 0 && t->a.sources == 0 ? 5 : rc;
}

static int read_protocols(struct telling *t)
{
    struct cmd *c = t->c;
    struct keep_buf text = KEEP_BUF_INIT;
    const char *file = cmd_value(c, "protocols");
    enum keep_report_format f = cmd_format(c);
    if (!file)
        return 0;
    if (f == KEEP_REPORT_NDJSON || f == KEEP_REPORT_CSV)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--protocols: rows alone cannot tell of them; give table, json or html");
    int rc = keep_file_read_operand(file, KEEP_PROTOCOLS_BYTES, &text, &c->err);
    if (rc == 0)
        rc = keep_protocols_read(&t->protocol, &t->protocols, keep_buf_view(&text), file, c->arena, &c->err);
    keep_buf_free(&text);
    return rc;
}

static int disclosures(struct cmd *c)
{
    struct telling *t = keep_arena_alloc(c->arena, sizeof *t);
    struct keep_sign_secret *officer = NULL;
    if (!t)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    t->c = c;
    struct keep_accounting_params p = {.patient = who, .ctx = t, .each = cmd_given(c, "each"), .progress = cmd_progress_named};
    int rc = read_protocols(t);
    if (rc == 0)
        rc = cmd_reply_officer(c, &t->answer, &officer);
    if (rc == 0)
        rc = cmd_open(c, officer != NULL);
    if (rc == 0)
        rc = keep_zone_load(&t->zone, keep_store_zone(c->store), &c->err);
    if (rc == 0)
        rc = period(t, &p);
    if (rc == 0)
        rc = keep_accounting_run(&t->a, c->store, &p, &c->err);
    cmd_progress_end();
    if (rc == 0) {
        keep_mask_init(&t->mask, c->store, c->arena);
        if (shown(t))
            t->mask.revealed = KEEP_STR("*");
        rc = give(t);
    }
    keep_accounting_free(&t->a);
    keep_zone_free(t->zone);
    keep_sign_free(officer);
    return rc;
}

const struct cmd_verb cmd_disclosures = {
    .name = "disclosures", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_PROOF, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS | CMD_LONG,
    .summary = "the accounting of disclosures for one patient (45 CFR 164.528)",
    .about = "Lists to whom the patient's information was disclosed, on which day, what, what for and on which basis, six years back from the request. It rests on disclosures that were imported "
             "(the column map \"disclosures\"), on index entries of the kinds \"disclosure record\" and \"accounting of disclosures\", and on the exports in the log of a source that is declared to "
             "hold the class \"disclosure\", as an exchange is; it names them, with what they are not declared to hold, and says so when there are none.\n\n"
             "What 164.528(a)(1) leaves out is counted on standard error, with the paragraph, and so is what an agency holds back for a time (164.528(a)(2)): the accounting itself must not tell of "
             "them. --left-out lists them for the officer. A basis that is not one of these words, and no provision they stand for, is listed:\n\n"
             "  treatment, payment, operations, to the individual, incidental, authorization, directory,\n"
             "  involved in care, national security, custodial, limited data set: left out\n"
             "  to the Secretary, required by law, public health, abuse or neglect, health oversight,\n"
             "  judicial, law enforcement, decedents, organ donation, research, threat to safety,\n"
             "  government function, workers' compensation, not permitted: listed\n\n"
             "The list of --protocols has the columns protocol, description, disclosed, first, last, individuals, sponsor, sponsor_address, sponsor_phone, researcher, researcher_address and researcher_phone, "
             "each of them filled in. Research that is recorded patient by patient is listed as such.\n\n"
             "Identifiers are masked, and it is a look only, unless --show-phi names the request and an officer signs: then it is entered in the ledger, and with --output signed beside the file.\n",
    .option = CMD_OPTIONS(CMD_OPTION("patient-file", "F", "file (or - for standard input) with the patient: MRN, or Family, Given, or a source's id"),
                          CMD_DEFAULT("requested", "DATE", "today", "the day the patient asked"), CMD_DEFAULT("from", "DATE", "six years before the request", "the first day to account for"),
                          CMD_DEFAULT("through", "DATE", "the day of the request", "the last"), CMD_SWITCH("each", "every disclosure in a row of its own"),
                          CMD_OPTION("protocols", "F", "the hospital's list of research for which 50 or more individuals' information was disclosed, CSV; what of it falls into the time is told as 164.528(b)(4) allows"),
                          CMD_SWITCH("left-out", "what it leaves out or holds back, for the officer instead of the patient"),
                          CMD_OPTION("show-phi", "REQUEST", "show identifiers under this request number (signed by an officer and recorded)")),
    .exits = CMD_EXITS({5, "no source of disclosures has been imported: nothing can be said"}, {6, "the key given may not sign here"}),
    .example = CMD_EXAMPLES({"chartkeep disclosures hospital.keep", "asks for the patient, and shows it masked"},
                            {"chartkeep disclosures hospital.keep --patient-file who.txt --show-phi ROI-311 --officer-key privacy.key --format html --output roi-311.html", "the accounting to hand out"}),
    .run = disclosures};
