/* case list, show: cases on file, and all there is about one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/model/vocab.h"
#include "core/work/casedecide.h"
#include "core/work/loglimits.h"

static const struct keep_report_field list_fields[] = {
    {"case", KEEP_REPORT_TEXT, "case", 0}, {"rule", KEEP_REPORT_TEXT, "rule", 20}, {"severity", KEEP_REPORT_TEXT, "severity", 0}, {"score", KEEP_REPORT_NUMBER, "score", 0},
    {"status", KEEP_REPORT_TEXT, "status", 0}, {"assignee", KEEP_REPORT_TEXT, "assigned to", 14}, {"account", KEEP_REPORT_TEXT, NULL, 0}, {"user", KEEP_REPORT_TEXT, "user", 0},
    {"patient", KEEP_REPORT_TEXT, "patient", 0}, {"first", KEEP_REPORT_TIME, "first", 0}, {"last", KEEP_REPORT_TIME, NULL, 0}, {"event_count", KEEP_REPORT_NUMBER, "events", 0},
    {"opened", KEEP_REPORT_TIME, NULL, 0}, {"changed", KEEP_REPORT_TIME, NULL, 0}, {"reviewed", KEEP_REPORT_TIME, NULL, 0}, {"decided", KEEP_REPORT_TIME, NULL, 0},
    {"asked", KEEP_REPORT_NUMBER, NULL, 0}, {"answered", KEEP_REPORT_NUMBER, NULL, 0}, {"closing_proposed", KEEP_REPORT_BOOL, "no longer found", 0},
    {"expected_reason", KEEP_REPORT_TEXT, NULL, 0}, {"evidence", KEEP_REPORT_TEXT, NULL, 0}, {"missing_fact", KEEP_REPORT_TEXT, NULL, 0}, {"authority", KEEP_REPORT_TEXT, NULL, 0}};

static int list_row(struct cmd *c, struct keep_casework *w, struct keep_report *r, const struct keep_casebook_case *k)
{
    char id[33];
    keep_codec_hex(k->name, sizeof k->name, id);
    if (cmd_format(c) == KEEP_REPORT_TABLE)
        id[CMD_SHOWN_ID] = 0;
    struct keep_str user = keep_casework_user(w, k), account = keep_casework_account(w, k);
    struct keep_report_cell cell[] = {
        KEEP_CELL_Z(id), KEEP_CELL(k->rule), KEEP_CELL_Z(keep_vocab_severity_word((int)k->severity)), KEEP_CELL_N(k->score), KEEP_CELL_Z(keep_vocab_case_status_word((int)k->status)),
        KEEP_CELL(k->assignee), KEEP_CELL(account), KEEP_CELL(user.n ? user : account), KEEP_CELL(keep_casework_patient(w, k)), KEEP_CELL_N(k->first), KEEP_CELL_N(k->last),
        KEEP_CELL_N(k->events), KEEP_CELL_N(k->opened), KEEP_CELL_N(k->changed), KEEP_CELL_N(k->reviewed), KEEP_CELL_N(k->decided), KEEP_CELL_N(k->asked), KEEP_CELL_N(k->answered),
        KEEP_CELL_N(k->proposed), KEEP_CELL(k->reason), KEEP_CELL(k->evidence), KEEP_CELL(k->missing), KEEP_CELL(k->authority)};
    return keep_report_row(r, cell, &c->err);
}

static bool is_asked_for(const struct cmd *c, const struct keep_casebook_case *k)
{
    const char *status = cmd_value(c, "status"), *rule = cmd_value(c, "rule"), *to = cmd_value(c, "assignee");
    return (!status || strcmp(keep_vocab_case_status_word((int)k->status), status) == 0) && (!rule || keep_str_is(k->rule, rule)) &&
           (!to || keep_str_is(k->assignee, to)) && (!cmd_given(c, "no-longer-found") || (k->proposed && !k->closed));
}

/* As audit ranks: by score, then the earlier access. */
static int by_rank(const void *a, const void *b)
{
    const struct keep_casebook_case *x = *(const struct keep_casebook_case *const *)a, *y = *(const struct keep_casebook_case *const *)b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int list(struct cmd *c)
{
    struct keep_casework w = {0};
    struct keep_report *r = NULL;
    const struct keep_casebook_case **order = NULL;
    size_t shown = 0;
    const char *status = cmd_value(c, "status");
    int rc = 0;
    if (status && keep_vocab_case_status(keep_str_of(status)) < 0)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--status: needs review, substantiated, unsubstantiated or insufficient evidence");
    rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_casework_open(&w, c->store, (struct keep_str){NULL, 0}, false, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "cases", list_fields, sizeof list_fields / sizeof *list_fields, &r);
    if (rc == 0 && !(order = keep_arena_array(w.arena, w.n + 1, sizeof *order)))
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < w.n; i++)
        if (is_asked_for(c, &w.list[i]))
            order[shown++] = &w.list[i];
    if (rc == 0)
        qsort(order, shown, sizeof *order, by_rank);
    for (size_t i = 0; rc == 0 && i < shown; i++)
        rc = list_row(c, &w, r, order[i]);
    if (r)
        rc = cmd_rows_end(c, r, rc);
    if (rc == 0)
        cmd_note("%zu of %zu cases on file\n", shown, w.n);
    keep_casework_close(&w);
    return rc;
}

const struct cmd_verb cmd_case_list = {
    .name = "case", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "the cases on file, and how far each is",
    .about = "Cases come on file by `audit` under adopted rules. A case keeps its id for good. One that the newest audit no longer finds, because facts came in that explain it, "
             "waits for a person to close it.\n",
    .option = CMD_OPTIONS(CMD_OPTION("status", "STATUS", "only these: needs review, substantiated, unsubstantiated, insufficient evidence"),
                          CMD_OPTION("rule", "ID", "only cases of this rule, or unexplained"), CMD_OPTION("assignee", "WHO", "only those assigned to them"),
                          CMD_SWITCH("no-longer-found", "only open cases that the newest audit does not find any more")),
    .example = CMD_EXAMPLES({"chartkeep case list hospital.keep --status 'needs review'", "what is still to be looked at"},
                            {"chartkeep case list hospital.keep --assignee jdoe --format csv", "the work of one reviewer"}),
    .run = list};

/* --- show ---- */

struct showing {
    struct cmd *c;
    struct keep_casework w;
    const struct keep_casebook_case *k;
    struct keep_zone *zone;
    struct keep_buf b, history;
    struct keep_str sentence; /* of the newest finding */
    enum keep_case_status status; /* before the step to come */
    bool lost;
};

static void line(struct keep_buf *b, const char *what, struct keep_str text)
{
    if (text.n)
        keep_buf_printf(b, "  %-18s %.*s\n", what, (int)text.n, text.p);
}

/* When the keep did something: to the second, which is what people read. */
static keep_time second(keep_time t)
{
    return t == KEEP_TIME_NONE ? t : t / KEEP_USEC * KEEP_USEC;
}

static void line_time(struct keep_buf *b, const char *what, keep_time t)
{
    char text[KEEP_CIVIL_TIME_SIZE];
    if (t != KEEP_TIME_NONE)
        line(b, what, keep_str_of(keep_civil_format_time(t, text)));
}

/* A person's text, each line set in. It may name anybody, so it is shown with the case's identifiers alone. */
static void quote(struct showing *s, struct keep_str text)
{
    struct keep_buf *b = &s->history;
    if (text.n && !s->w.mask.revealed.n) {
        keep_buf_str(b, "      | (what was written is shown with --show-phi)\n");
        return;
    }
    for (size_t i = 0; i < text.n;) {
        const char *end = memchr(text.p + i, '\n', text.n - i);
        size_t n = end ? (size_t)(end - text.p) - i : text.n - i;
        keep_buf_str(b, "      | ");
        for (size_t k = i; k < i + n; k++) /* nothing that steers a terminal */
            keep_buf_char(b, (unsigned char)text.p[k] < 0x20 || text.p[k] == 0x7f ? ' ' : text.p[k]);
        keep_buf_str(b, "\n");
        i += n + 1;
    }
}

static int each_entry(void *ctx, const struct keep_casebook_entry *e, struct keep_err *err)
{
    struct showing *s = ctx;
    char at[KEEP_CIVIL_TIME_SIZE];
    keep_buf_printf(&s->history, "  %s  %s", keep_civil_format_time(second(e->at), at), keep_casebook_step_word((int)e->kind));
    if (e->kind == KEEP_CASEBOOK_FOUND) {
        keep_buf_printf(&s->history, ": %llu access%s, severity %s, score %d\n", (unsigned long long)e->events, e->events == 1 ? "" : "es", keep_vocab_severity_word((int)e->severity), (int)e->score);
        s->sentence = keep_arena_str(s->w.arena, e->text, NULL);
        s->lost = e->lost;
        return 0;
    }
    if (e->status != s->status)
        keep_buf_printf(&s->history, ", %s", keep_vocab_case_status_word((int)e->status));
    s->status = e->status;
    if (e->about.n)
        keep_buf_printf(&s->history, ": %.*s", (int)e->about.n, e->about.p);
    struct keep_str role;
    int rc = e->act ? keep_casedecide_verify(&s->w, s->k, e, &role, err) : 0;
    if (rc < 0)
        return rc;
    if (e->who.n)
        keep_buf_printf(&s->history, " (by %.*s%s)", (int)e->who.n, e->who.p, e->act ? ", signature checked" : "");
    keep_buf_str(&s->history, "\n");
    if (e->lost)
        keep_buf_str(&s->history, "      | (what was written was destroyed with the chart)\n");
    quote(s, e->text);
    return 0;
}

static void head(struct showing *s)
{
    const struct keep_casebook_case *k = s->k;
    struct keep_str user = keep_casework_user(&s->w, k), account = keep_casework_account(&s->w, k), patient = keep_casework_patient(&s->w, k);
    char id[33];
    keep_codec_hex(k->name, sizeof k->name, id);
    keep_buf_printf(&s->b, "case %s: %.*s\n", id, (int)k->title.n, k->title.p);
    if (s->sentence.n) {
        struct keep_str said = keep_mask_clear(&s->w.mask, s->sentence);
        keep_buf_printf(&s->b, "  %.*s\n", (int)said.n, said.p);
    } else if (s->lost) {
        keep_buf_str(&s->b, "  (what the finding said was destroyed with the chart)\n");
    }
    line(&s->b, "rule", k->rule);
    line(&s->b, "authority", k->authority);
    line(&s->b, "severity", keep_str_of(keep_vocab_severity_word((int)k->severity)));
    line(&s->b, "status", keep_str_of(keep_vocab_case_status_word((int)k->status)));
    line(&s->b, "assigned to", k->assignee);
    line(&s->b, "user", user);
    line(&s->b, "account", account);
    line(&s->b, "patient", patient);
    line_time(&s->b, "first access", k->first);
    line_time(&s->b, "last access", k->last);
    line_time(&s->b, "on file since", second(k->opened));
    line_time(&s->b, "first review", second(k->reviewed));
    line_time(&s->b, "decided", second(k->decided));
    keep_buf_printf(&s->b, "  %-18s %d = %d (the rule)%s%.*s%s\n", "score", (int)k->score, (int)k->weight, k->evidence.n ? "; " : "", (int)k->evidence.n, k->evidence.n ? k->evidence.p : "",
                    k->score == 0 && k->weight > 0 ? "; never below 0" : "");
    line(&s->b, "a reason on file", k->reason);
    line(&s->b, "expected with", k->missing);
    if (k->proposed && !k->closed)
        keep_buf_str(&s->b, "  The newest audit does not find it any more: closing it is proposed.\n");
}

static void part(struct keep_buf *b, const char *word, struct keep_str what)
{
    if (what.n)
        keep_buf_printf(b, "%s%.*s", word, (int)what.n, what.p);
}

/* Who made each and whose chart it was, where that is not the same of all. */
static void accesses(struct showing *s, const struct keep_casework_access *a, size_t n)
{
    char at[KEEP_CIVIL_TIME_SIZE], day[KEEP_CIVIL_DATE_SIZE];
    keep_buf_printf(&s->b, "accesses%s\n", n < s->k->events ? " (part of the log has been destroyed)" : "");
    for (size_t i = 0; i < n; i++) {
        struct keep_str id = keep_casework_event(&s->w, a[i].event);
        keep_buf_printf(&s->b, "  %s  %.*s  %s, %s%s%s", keep_civil_format_time(a[i].time, at), (int)id.n, id.p, keep_vocab_action_word(a[i].action), keep_vocab_exposure_word(a[i].exposure),
                        a[i].searched ? ", found by searching" : "", a[i].break_glass == KEEP_TRI_YES ? ", glass broken" : "");
        if (s->k->kind != KEEP_ENTITY_WORKER && s->k->account == 0)
            part(&s->b, ", by ", keep_casework_who(&s->w, s->k, &a[i]));
        if (s->k->patient == 0)
            part(&s->b, ", chart of ", keep_casework_whose(&s->w, s->k, &a[i]));
        if (a[i].relation)
            keep_buf_printf(&s->b, "; on file: %s of %s (relation %llu)\n", keep_vocab_relation_kind_word(a[i].relation->kind), keep_zone_format_date(s->zone, a[i].relation->from, day),
                            (unsigned long long)a[i].relation->row);
        else
            keep_buf_str(&s->b, "; on file: no relation\n");
    }
}

/* The whole id of the case whose identifiers are to be shown: the one asked for, named as the case was. */
static int reveal(struct showing *s)
{
    const struct keep_casebook_case *named;
    struct keep_str revealed;
    char id[33];
    if (!cmd_given(s->c, "show-phi"))
        return 0;
    int rc = keep_casework_find(&s->w, keep_str_of(cmd_value(s->c, "show-phi")), &named, &s->c->err);
    if (rc == 0 && named != s->k)
        rc = keep_err_set(&s->c->err, KEEP_E_USAGE, "--show-phi names another case than the one asked for");
    if (rc == 0)
        rc = cmd_reveal(s->c, &revealed);
    if (rc == 0) {
        keep_codec_hex(s->k->name, sizeof s->k->name, id);
        s->w.mask.revealed = keep_arena_str(s->w.arena, keep_str_of(id), NULL);
    }
    return rc;
}

static int show(struct cmd *c)
{
    struct showing *s = keep_arena_alloc(c->arena, sizeof *s);
    struct keep_casework_access *a = NULL;
    size_t n = 0;
    if (!s)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    s->c = c;
    int rc = cmd_open(c, cmd_given(c, "show-phi"));
    if (rc == 0)
        rc = keep_zone_load(&s->zone, keep_store_zone(c->store), &c->err);
    if (rc == 0)
        rc = keep_casework_open(&s->w, c->store, (struct keep_str){NULL, 0}, true, &c->err);
    if (rc == 0)
        rc = keep_casework_find(&s->w, keep_str_of(c->operand[1]), &s->k, &c->err);
    if (rc == 0)
        rc = reveal(s);
    if (rc == 0)
        rc = keep_casework_accesses(&s->w, s->k, &a, &n, &c->err);
    if (rc == 0) { /* before the history, whose texts name them */
        keep_casework_user(&s->w, s->k), keep_casework_account(&s->w, s->k), keep_casework_patient(&s->w, s->k);
        if (n && a[0].patient != KEEP_ID_NONE)
            keep_mask_note(&s->w.mask, s->k->name, sizeof s->k->name, "patient", s->w.world.patient[a[0].patient].entity, s->w.world.patient[a[0].patient].name);
        rc = keep_casebook_history(c->store, s->k->id, each_entry, s, &c->err);
    }
    if (rc == 0) {
        head(s);
        accesses(s, a, n);
        rc = keep_loglimits_write(c->store, s->k->first, s->k->last, &s->b, &c->err);
    }
    if (rc == 0) {
        keep_buf_str(&s->b, "history\n");
        keep_buf_add(&s->b, s->history.p, s->history.n);
        rc = s->b.failed || s->history.failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : cmd_put(c, &s->b);
    }
    keep_buf_free(&s->b);
    keep_buf_free(&s->history);
    keep_zone_free(s->zone);
    keep_casework_close(&s->w);
    return rc;
}

const struct cmd_verb cmd_case_show = {
    .name = "case", .action = "show", .operands = "KEEP CASE", .min = 2, .max = 2, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "all there is about a case: accesses, relations on file, score, history",
    .about = "For the privacy office alone: it says which fact on file would have made the accesses expected. CASE is an id as audit and case list print it, its first six digits or more.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("output", "F", "standard output", "write it to this file"),
                          CMD_OPTION("show-phi", "CASE", "show its identifiers (signed by an officer and recorded)")),
    .example = CMD_EXAMPLES({"chartkeep case show hospital.keep 7f09a1", "identifiers masked"},
                            {"chartkeep case show hospital.keep 7f09a1 --show-phi 7f09a1 --officer-key privacy.key", "in clear, which leaves an entry in the ledger"}),
    .run = show};
