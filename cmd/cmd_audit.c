/* audit: every access judged, the cases worth a person's time first. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/work/auditsince.h"
#include "core/work/dates.h"
#include "core/work/sampling.h"

static const struct keep_report_field case_fields[] = {
    {"case", KEEP_REPORT_TEXT, "case", 0}, {"rule", KEEP_REPORT_TEXT, "rule", 20}, {"severity", KEEP_REPORT_TEXT, "severity", 0}, {"score", KEEP_REPORT_NUMBER, "score", 0},
    {"status", KEEP_REPORT_TEXT, NULL, 0}, {"account", KEEP_REPORT_TEXT, NULL, 0}, {"user", KEEP_REPORT_TEXT, "user", 0}, {"patient", KEEP_REPORT_TEXT, "patient", 0},
    {"first", KEEP_REPORT_TIME, "first", 0}, {"last", KEEP_REPORT_TIME, NULL, 0}, {"events", KEEP_REPORT_LIST, NULL, 0}, {"event_count", KEEP_REPORT_NUMBER, "events", 0},
    {"expected_reason", KEEP_REPORT_TEXT, NULL, 0}, {"evidence", KEEP_REPORT_TEXT, "evidence", 40}, {"missing_fact", KEEP_REPORT_TEXT, NULL, 0}, {"sentence", KEEP_REPORT_TEXT, NULL, 0},
    {"authority", KEEP_REPORT_TEXT, NULL, 0}};

static const struct keep_report_field event_fields[] = {
    {"event", KEEP_REPORT_TEXT, "event", 0}, {"verdict", KEEP_REPORT_TEXT, "verdict", 0}, {"rule_or_reason", KEEP_REPORT_TEXT, "rule or reason", 0}, {"account", KEEP_REPORT_TEXT, "account", 0},
    {"patient", KEEP_REPORT_TEXT, "patient", 0}, {"time", KEEP_REPORT_TIME, "time", 0}, {"action", KEEP_REPORT_TEXT, "action", 0}, {"exposure", KEEP_REPORT_TEXT, "exposure", 0}};

struct run {
    struct cmd *c;
    struct keep_auditrun a;
    struct keep_report *r;
    struct keep_arena *row; /* of one event row */
    struct keep_caserun_counts stored;
    struct keep_sampling sample;
    bool sampling;
};

static int case_row(struct run *n, const struct keep_case *k)
{
    struct keep_str *ids = keep_arena_array(n->a.arena, k->events + 1, sizeof *ids);
    bool table = cmd_format(n->c) == KEEP_REPORT_TABLE;
    char id[33];
    if (!ids)
        return keep_err_set(&n->c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; !table && i < k->events; i++)
        ids[i] = keep_auditrun_event_text(&n->a, k->event[i]);
    keep_codec_hex(k->id, 16, id);
    if (table)
        id[CMD_SHOWN_ID] = 0;
    struct keep_str user = keep_auditrun_user(&n->a, k), account = keep_auditrun_account(&n->a, k);
    struct keep_report_cell cell[] = {
        KEEP_CELL_Z(id), KEEP_CELL(k->rule), KEEP_CELL_Z(keep_vocab_severity_word((int)k->severity)), KEEP_CELL_N(k->score), KEEP_CELL_Z(keep_vocab_case_status_word((int)k->status)),
        KEEP_CELL(account), KEEP_CELL(user.n || !table ? user : account), KEEP_CELL(keep_auditrun_patient(&n->a, k)), KEEP_CELL_N(k->first), KEEP_CELL_N(k->last),
        {.list = ids, .n = table ? 0 : k->events}, KEEP_CELL_N(k->events), KEEP_CELL(k->expected_reason), KEEP_CELL(k->evidence), KEEP_CELL(k->missing_fact), KEEP_CELL(keep_mask_clear(&n->a.mask, k->sentence)),
        KEEP_CELL(k->authority)};
    return keep_report_row(n->r, cell, &n->c->err);
}

static int event_row(void *ctx, const struct keep_events *b, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    struct run *n = ctx;
    const struct keep_policy *p = n->a.in.policy;
    static const uint8_t scope[16] = "events"; /* one scope for the whole list: an account keeps its mask from row to row */
    const struct keep_world *w = &n->a.world;
    struct keep_str reason = {NULL, 0}, account = {NULL, 0}, patient = {NULL, 0};
    keep_arena_reset(n->row);
    struct keep_mask m = n->a.mask;
    m.arena = n->row;
    if (rule >= 0)
        reason = v == KEEP_VERDICT_EXPECTED ? p->explanation[rule].id : p->access[rule].id;
    if (b->account[i] != KEEP_ID_NONE)
        account = keep_mask_text(&m, scope, 16, "account", w->account[b->account[i]].entity, w->account[b->account[i]].login);
    if (b->patient[i] != KEEP_ID_NONE)
        patient = keep_mask_text(&m, scope, 16, "patient", w->patient[b->patient[i]].entity, w->patient[b->patient[i]].mrn);
    struct keep_auditrun view = n->a;
    view.arena = n->row;
    struct keep_report_cell cell[] = {
        KEEP_CELL(keep_auditrun_event_text(&view, (struct keep_event_id){b->source, b->ordinal[i]})), KEEP_CELL_Z(keep_vocab_verdict_word((int)v)), KEEP_CELL(reason), KEEP_CELL(account),
        KEEP_CELL(patient), KEEP_CELL_N(b->time[i]), KEEP_CELL_Z(keep_vocab_action_word(b->action[i])), KEEP_CELL_Z(keep_vocab_exposure_word(b->exposure[i]))};
    return keep_report_row(n->r, cell, err);
}

/* Cases that nobody has decided, beyond the first `shown` of them, by rule. */
static void left_out(const struct run *n, size_t shown)
{
    const struct keep_audit_result *r = &n->a.result;
    size_t seen = 0, left = 0;
    struct { struct keep_str rule; size_t n; } of[64] = {{{NULL, 0}, 0}};
    size_t rules = 0, other = 0;
    for (size_t i = 0; i < r->case_n; i++) {
        size_t k = 0;
        if (r->cases[i].status != KEEP_CASE_NEEDS_REVIEW || ++seen <= shown)
            continue;
        left++;
        while (k < rules && !keep_str_eq(of[k].rule, r->cases[i].rule))
            k++;
        if (k < rules)
            of[k].n++;
        else if (rules < sizeof of / sizeof *of)
            of[rules].rule = r->cases[i].rule, of[rules++].n = 1;
        else
            other++;
    }
    cmd_note(", the first %zu to be reviewed shown; left out: %zu", shown < seen ? shown : seen, left);
    for (size_t k = 0; k < rules; k++)
        cmd_note("%s%.*s %zu", k ? ", " : " (", (int)of[k].rule.n, of[k].rule.p, of[k].n);
    cmd_note("%s\n", other ? ", others)" : rules ? ")" : "");
}

static void summary(const struct run *n, size_t shown, bool trial)
{
    const struct keep_audit_result *r = &n->a.result;
    const struct keep_policy *p = n->a.in.policy;
    char when[KEEP_CIVIL_TIME_SIZE];
    size_t told = 0;
    cmd_note("as of %s: %llu access%s: %llu expected, %llu flagged, %llu unexplained, %llu not assessed%s\n", keep_civil_format_time(r->as_of, when), (unsigned long long)r->events, r->events == 1 ? "" : "es",
             (unsigned long long)r->verdicts[KEEP_VERDICT_EXPECTED], (unsigned long long)r->verdicts[KEEP_VERDICT_FLAGGED], (unsigned long long)r->verdicts[KEEP_VERDICT_UNEXPLAINED],
             (unsigned long long)r->verdicts[KEEP_VERDICT_NOT_ASSESSED], trial ? " (a trial: nothing is stored)" : "");
    if (n->stored.looked_back)
        cmd_note("as of a time before the newest audit's: cases on file stay as they are\n");
    else if (!trial)
        cmd_note("on file: %llu new case%s, %llu changed, %llu closed ones with new accesses, %llu no longer found (closing proposed)\n", (unsigned long long)n->stored.fresh, keep_str_s(n->stored.fresh),
                 (unsigned long long)n->stored.changed, (unsigned long long)n->stored.reopened, (unsigned long long)n->stored.proposed);
    if (r->after_as_of)
        cmd_note("left out, for they came after that time: %llu\n", (unsigned long long)r->after_as_of);
    cmd_note("%zu case%s%s", r->case_n, keep_str_s(r->case_n), shown < SIZE_MAX ? "" : "\n");
    if (shown < SIZE_MAX)
        left_out(n, shown);
    if (r->judged_again)
        cmd_note("what exceptions kept from firing, and what could not be told, is counted as each access was first judged; some were judged again since: `audit --full` counts anew\n");
    for (size_t i = 0; i < p->accesses; i++)
        if (r->access[i].excepted)
            cmd_note("%.*s: exceptions kept it from %llu access%s\n", (int)p->access[i].id.n, p->access[i].id.p, (unsigned long long)r->access[i].excepted,
                     r->access[i].excepted == 1 ? "" : "es");
    for (size_t i = 0; i < p->accesses; i++)
        if (r->access[i].unable && !p->access[i].evidence) {
            cmd_note("%s  %-32.*s %9llu  %.*s\n", told++ ? "" : "rules that could not be told for some accesses, and for want of what:\n", (int)p->access[i].id.n, p->access[i].id.p,
                     (unsigned long long)r->access[i].unable, (int)r->access[i].missing.n, r->access[i].missing.n ? r->access[i].missing.p : "");
        }
}

/* What people have decided is theirs: it is no finding any more. */
static int gate(const struct run *n, const char *fail_on)
{
    int least = fail_on ? keep_vocab_severity(keep_str_of(fail_on)) : KEEP_SEVERITY_HIGH;
    for (size_t i = 0; i < n->a.result.case_n; i++)
        if (least >= 0 && (int)n->a.result.cases[i].severity >= least && n->a.result.cases[i].status == KEEP_CASE_NEEDS_REVIEW)
            return 1;
    return 0;
}

/* Which kind of run it was, and why: to the user, and as a member of the JSON. */
static void tell_kind(const struct run *n)
{
    const char *why = keep_auditsince_why(n->a.since);
    struct keep_auditsince_counts c = keep_auditsince_counts(n->a.since);
    const struct keep_str member[] = {keep_str_of(why ? "full" : "since the last audit"), keep_str_of(why)};
    keep_report_member(n->r, "run", member, why ? 2 : 1);
    if (why)
        cmd_note("a full run: %s\n", why);
    char since[KEEP_CIVIL_TIME_SIZE];
    if (!why)
        cmd_note("on from the last audit: %llu access%s came since; judged again were those of %llu patient%s and %llu account%s of whom something changed\n", (unsigned long long)c.fresh,
                 c.fresh == 1 ? "" : "es", (unsigned long long)c.patients, keep_str_s(c.patients), (unsigned long long)c.accounts, keep_str_s(c.accounts));
    if (!why && c.again != KEEP_TIME_NONE)
        cmd_note("judged again, too, were those from %s on: what is declared complete, or the accounting of disclosures, reaches another day now\n", keep_civil_format_time(c.again, since));
}

/* Reasons that have not come in look like none: said when visits end some days before the log does. */
static void tell_visits_late(const struct run *n)
{
    enum { DAYS = 3 };
    const struct keep_world *w = &n->a.world;
    char visit[KEEP_CIVIL_DATE_SIZE], log[KEEP_CIVIL_DATE_SIZE];
    const struct keep_zone *zone = n->a.in.zone;
    keep_time last = KEEP_TIME_NONE;
    for (size_t i = 0; i < w->encounters; i++)
        if (w->encounter[i].start <= w->newest && w->encounter[i].start > last)
            last = w->encounter[i].start;
    if (last == KEEP_TIME_NONE || w->newest - last <= (keep_time)DAYS * 86400 * KEEP_USEC)
        return;
    cmd_note("the last visit on file began on %s, and the log goes on to %s: a reason for what was opened since may not have come in\n", keep_civil_format_date(keep_zone_date(zone, last), visit),
             keep_civil_format_date(keep_zone_date(zone, w->newest), log));
}

static int print_cases(struct run *n, const struct keep_packs *packs, size_t capacity)
{
    size_t shown = 0;
    int rc = cmd_rows(n->c, "cases", case_fields, sizeof case_fields / sizeof *case_fields, &n->r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n->a.result.case_n && shown < capacity; i++) {
        if (capacity < SIZE_MAX && n->a.result.cases[i].status != KEEP_CASE_NEEDS_REVIEW)
            continue; /* what has been decided takes nobody's time */
        rc = case_row(n, &n->a.result.cases[i]);
        shown++;
    }
    if (rc == 0 && n->a.since)
        tell_kind(n);
    rc = cmd_rows_end(n->c, n->r, rc);
    if (rc == 0)
        summary(n, capacity, packs->trial);
    if (rc == 0)
        tell_visits_late(n);
    struct keep_load_status st;
    if (rc == 0)
        rc = keep_load_status(n->c->store, &st, &n->c->err);
    if (rc == 0 && st.records_destroyed)
        cmd_note("records destroyed since they were taken in: %llu; a reason that stood in one is no longer on file\n", (unsigned long long)st.records_destroyed);
    return rc;
}

static int print_events(struct run *n)
{
    n->row = keep_arena_new(0);
    if (!n->row)
        return keep_err_set(&n->c->err, KEEP_E_NOMEM, "out of memory");
    int rc = cmd_rows(n->c, "events", event_fields, sizeof event_fields / sizeof *event_fields, &n->r);
    n->a.in.verdict = event_row;
    n->a.in.verdict_ctx = n;
    if (rc == 0)
        rc = cmd_rows_end(n->c, n->r, keep_auditrun_run(&n->a, &n->c->err));
    keep_arena_free(n->row);
    return rc;
}

/* --as-of: a time as it stands, or a day; both NONE when it is not given. */
static int as_of_asked(struct cmd *c, keep_time *at, keep_date *day)
{
    bool zone;
    const char *v = cmd_value(c, "as-of");
    *at = KEEP_TIME_NONE;
    *day = KEEP_DATE_NONE;
    return !v || keep_civil_parse_time(keep_str_of(v), at, &zone) ? 0 : cmd_date(c, "as-of", day);
}

/* A day is through its end. What would be stored is never of a day to come. */
static int as_of_settle(struct cmd *c, keep_date day, bool stores, keep_time *at)
{
    keep_date today;
    keep_time last = KEEP_TIME_NONE;
    int rc = day == KEEP_DATE_NONE ? 0 : keep_dates_end(c->store, day, at, &c->err);
    if (rc < 0 || !stores || *at == KEEP_TIME_NONE)
        return rc;
    rc = keep_dates_today(c->store, &today, &c->err);
    if (rc == 0)
        rc = keep_dates_end(c->store, today, &last, &c->err);
    if (rc == 0 && *at > last)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--as-of: a time to come; until then no other audit could change a case on file");
    return rc;
}

/* --sample: how many, and the seed. */
static int sample_asked(struct cmd *c, struct run *n, bool stores)
{
    long long want = 0;
    uint8_t seed[8];
    const char *hex = cmd_value(c, "seed");
    int rc = cmd_number(c, "sample", 1, KEEP_SAMPLING_MOST, &want);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (!stores || !cmd_given(c, "sample-output"))
        return keep_err_set(&c->err, KEEP_E_USAGE, stores ? "--sample: --sample-output F says where the table goes" : "--sample is of an audit under adopted rules, not of a trial or a list");
    if (hex && (strlen(hex) != 2 * sizeof seed || !keep_codec_unhex(keep_str_of(hex), seed, sizeof seed)))
        return keep_err_set(&c->err, KEEP_E_USAGE, "--seed: sixteen hexadecimal digits");
    n->sampling = true;
    return keep_sampling_start(&n->sample, &n->a, (size_t)want, hex ? seed : NULL, &c->err);
}

static int sample_write(struct cmd *c, struct run *n)
{
    struct keep_buf table = KEEP_BUF_INIT;
    char hex[17];
    if (!n->sampling)
        return 0;
    int rc = keep_sampling_finish(&n->sample, &n->a, &table, &c->err);
    if (rc == 0)
        rc = cmd_write_file(c, cmd_value(c, "sample-output"), table.p, table.n);
    keep_codec_hex(n->sample.seed, sizeof n->sample.seed, hex);
    if (rc == 0)
        cmd_note("a random sample of %zu of %llu expected accesses, seed %s, in %s\n", n->sample.n, (unsigned long long)n->sample.population, hex, cmd_value(c, "sample-output"));
    keep_buf_free(&table);
    return rc;
}

static int audit(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct run *n = keep_arena_alloc(c->arena, sizeof *n);
    struct keep_str revealed = {NULL, 0};
    keep_time as_of;
    keep_date day;
    long long capacity = 0;
    unsigned threads;
    bool stores = !cmd_given(c, "policy") && !cmd_given(c, "events");
    int rc = as_of_asked(c, &as_of, &day), limited = cmd_number(c, "capacity", 1, 1000000, &capacity);
    if (!n)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    n->c = c;
    if (rc == 0 && limited < 0)
        rc = limited;
    if (rc == 0)
        rc = cmd_threads(c, CMD_AUDIT_FEW, KEEP_AUDIT_THREADS, &threads);
    if (rc == 0 && cmd_given(c, "fail-on") && keep_vocab_severity(keep_str_of(cmd_value(c, "fail-on"))) < 0 && strcmp(cmd_value(c, "fail-on"), "none") != 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--fail-on: low, medium, high, critical or none");
    if (rc == 0)
        rc = cmd_open(c, stores || cmd_given(c, "show-phi"));
    if (rc == 0)
        rc = as_of_settle(c, day, stores, &as_of);
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0)
        rc = keep_auditrun_open_by(&n->a, c->store, &(struct keep_auditrun_asked){&packs, as_of, revealed, threads}, &c->err);
    n->a.in.progress = cmd_progress;
    n->a.in.progress_ctx = "accesses";
    if (rc == 0 && cmd_given(c, "events")) {
        rc = print_events(n);
    } else if (rc == 0) {
        n->a.in.brief = limited == 0; /* nobody looks at more */
        n->a.in.shown = (size_t)capacity;
        rc = sample_asked(c, n, stores);
        if (rc == 0 && stores)
            rc = keep_auditrun_since(&n->a, &packs, cmd_given(c, "full") ? "it was asked for" : n->sampling ? "a sample is drawn of all accesses" : NULL, &c->err);
        if (rc == 0)
            rc = keep_auditrun_run(&n->a, &c->err);
        if (rc == 0 && stores)
            rc = keep_auditrun_record(&n->a, &packs, &n->stored, &c->err);
        if (rc == 0)
            rc = print_cases(n, &packs, limited == 0 ? (size_t)capacity : SIZE_MAX);
        if (rc == 0)
            rc = sample_write(c, n);
    }
    if (rc == 0)
        rc = gate(n, cmd_value(c, "fail-on"));
    keep_auditrun_free(&n->a);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_audit = {
    .name = "audit", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS | CMD_TRIES | CMD_LONG,
    .summary = "judge every access: expected, flagged, unexplained, or not assessed",
    .about = "A case is not an accusation: it is an access, or a group of them, that a person should look at. Identifiers are masked; within a case the same person has the same mask. With --policy this is a trial and stores nothing; otherwise the run is recorded in the keep, and the next one goes on from it where that finds the same as judging the whole log: how the run was done, and why, is said.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("as-of", "TIME", "newest recorded time", "judge by what had happened by then: a day, through its end in the keep's time zone, or an RFC 3339 time"),
                          CMD_OPTION("capacity", "N", "only the N cases worth looking at first of those not decided, and what that leaves out by rule"),
                          CMD_OPTION("sample", "N", "draw N expected accesses at random, for people to check"),
                          CMD_OPTION("sample-output", "F", "the table of the sample, to be answered (case sample takes it back)"),
                          CMD_DEFAULT("seed", "HEX", "at random, and printed", "draw the sample that this seed draws"),
                          CMD_SWITCH("full", "judge the whole log, not only what came since the last recorded audit and what is in doubt by it"),
                          CMD_SWITCH("events", "every access with its verdict instead of cases"),
                          CMD_DEFAULT("fail-on", "SEVERITY", "high", "exit 1 when a case is at least so severe: low, medium, high, critical, none"),
                          CMD_DEFAULT("threads", "N", CMD_AUDIT_THREADS, "how many work at once; what comes out is the same with any number"),
                          CMD_OPTION("show-phi", "CASE", "show this case's identifiers (signed by an officer and recorded)")),
    .exits = CMD_EXITS({1, "a case is at least as severe as --fail-on"}, {6, "no rules are adopted, or the officer's key is of no officer"}),
    .example = CMD_EXAMPLES({"chartkeep audit hospital.keep --capacity 40", "the cases worth looking at first"},
                            {"chartkeep audit hospital.keep --policy mine.policy --fail-on none", "a trial"}),
    .run = audit};
