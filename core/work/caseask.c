/* A question has a number that holds the case's and counts what was asked of it,
 * so that an answer finds its way back without naming anybody. That somebody is
 * asked is on file before the questionnaire exists, as is every showing of
 * identifiers. Answers are compared with those on file before they are taken: the
 * same file twice adds nothing. */
#include "core/work/caseask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/text/csv.h"
#include "core/text/html.h"
#include "core/text/jsonw.h"
#include "core/work/caseanswer.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- who is asked what --- */

/* Whoever may be asked about a case: its user, or, of one of several people's, each who made some of its accesses. */
struct askable {
    struct askable_user {
        uint32_t user; /* world index */
        uint64_t accesses; /* 0: all of the case's */
    } *of;
    size_t n;
    uint64_t nobody; /* accesses of nobody on file */
};

static void add_access(struct askable *a, uint32_t user)
{
    size_t i = 0;
    while (i < a->n && a->of[i].user != user)
        i++;
    if (i == a->n)
        a->of[a->n++] = (struct askable_user){user, 0};
    a->of[i].accesses++;
}

static int askable_of(struct keep_casework *w, const struct keep_casebook_case *c, struct askable *out, struct keep_err *err)
{
    struct keep_casework_access *access = NULL;
    size_t n = 0;
    uint32_t user = c->kind == KEEP_ENTITY_WORKER ? keep_casework_worker_index(&w->world, c->user) : KEEP_ID_NONE;
    bool several = c->kind != KEEP_ENTITY_WORKER; /* or of an account that somebody may be known to have held since */
    int rc = several ? keep_casework_accesses(w, c, &access, &n, err) : 0;
    *out = (struct askable){.of = keep_arena_array(w->arena, n + 1, sizeof *out->of)};
    if (rc < 0 || !out->of)
        return rc < 0 ? rc : no_memory(err);
    if (user != KEEP_ID_NONE)
        out->of[out->n++] = (struct askable_user){user, 0};
    for (size_t i = 0; i < n; i++)
        if (access[i].worker != KEEP_ID_NONE)
            add_access(out, access[i].worker);
        else
            out->nobody++;
    return 0;
}

/* One more question about a case, on the sheet of whom it is asked. asked: how many of that case there are already. */
static int put_question(struct keep_casework *w, struct keep_caseask_sheets *s, const struct keep_casebook_case *c, uint32_t to, uint32_t user, uint64_t asked, struct keep_err *err)
{
    size_t k = 0;
    char name[33];
    while (k < s->n && s->sheet[k].to != to)
        k++;
    if (k == s->n) {
        struct keep_caseask_sheet *more = keep_arena_array(w->arena, s->n + 1, sizeof *more);
        if (!more)
            return no_memory(err);
        if (s->n)
            memcpy(more, s->sheet, s->n * sizeof *more);
        s->sheet = more;
        s->sheet[s->n++] = (struct keep_caseask_sheet){.to = to};
    }
    struct keep_caseask_sheet *sheet = &s->sheet[k];
    struct keep_caseask_question *q = keep_arena_array(w->arena, sheet->n + 1, sizeof *q);
    if (!q)
        return no_memory(err);
    if (sheet->n)
        memcpy(q, sheet->question, sheet->n * sizeof *q);
    sheet->question = q;
    q += sheet->n++;
    *q = (struct keep_caseask_question){.c = c, .user = user};
    keep_codec_hex(c->name, sizeof c->name, name);
    snprintf(q->number, sizeof q->number, "%.*s-%llu", KEEP_CASEANSWER_DIGITS, name, (unsigned long long)(asked + 1) % 1000000);
    return 0;
}

static int ask_about(struct keep_casework *w, struct keep_caseask_sheets *s, const struct keep_casebook_case *c, bool manager, struct keep_err *err)
{
    struct askable of;
    uint64_t asked = c->asked;
    char name[33];
    int rc = askable_of(w, c, &of, err);
    for (size_t i = 0; rc == 0 && i < of.n; i++) {
        uint32_t user = of.of[i].user, to = manager ? w->world.worker[user].manager : user;
        if (to != KEEP_ID_NONE)
            rc = put_question(w, s, c, to, user, asked++, err);
        else
            of.nobody += of.of[i].accesses;
    }
    if (rc == 0 && asked == c->asked) {
        keep_codec_hex(c->name, sizeof c->name, name);
        return keep_err_set(err, KEEP_E_USAGE, of.n ? "case %s: no manager of the user is on file" : "case %s: nobody is on file behind the account, so nobody can be asked", name);
    }
    s->nobody += of.nobody;
    return rc;
}

int keep_caseask_sheets(struct keep_casework *w, const struct keep_casebook_case *const *list, size_t n, bool manager, struct keep_caseask_sheets *out, struct keep_err *err)
{
    int rc = 0;
    *out = (struct keep_caseask_sheets){0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (list[j] == list[i])
                return keep_err_set(err, KEEP_E_USAGE, "a case is named twice");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = ask_about(w, out, list[i], manager, err);
    return rc;
}

static int record_question(struct keep_casework *w, struct keep_casebook *b, const struct keep_caseask_question *q, bool manager, keep_date due, struct keep_str who, struct keep_err *err)
{
    char about[120], day[KEEP_CIVIL_DATE_SIZE];
    snprintf(about, sizeof about, "%s, question %s%s%s", manager ? "manager" : "user", q->number, due == KEEP_DATE_NONE ? "" : ", by ", due == KEEP_DATE_NONE ? "" : keep_civil_format_date(due, day));
    struct keep_casebook_step step = {.kind = KEEP_CASEBOOK_ASKED, .status = q->c->status, .who = who, .about = keep_str_of(about)};
    keep_txn_count(w->store, "asked", 1);
    return keep_casebook_step(b, q->c->id, q->c->patient_key, &step, NULL, err);
}

int keep_caseask_record(struct keep_casework *w, const struct keep_caseask_sheets *s, bool manager, keep_date due, struct keep_str who, struct keep_err *err)
{
    struct keep_casebook *b = NULL;
    int rc = keep_txn_begin(w->store, KEEP_LEDGER_CASE, err);
    if (rc < 0)
        return rc;
    rc = keep_casebook_new(&b, w->store, err);
    for (size_t i = 0; rc == 0 && i < s->n; i++)
        for (size_t k = 0; rc == 0 && k < s->sheet[i].n; k++)
            rc = record_question(w, b, &s->sheet[i].question[k], manager, due, who, err);
    keep_casebook_free(b);
    return keep_txn_end(w->store, rc, err);
}

/* --- the questionnaire --- */

struct writing {
    struct keep_buf *b;
    bool html, table;
};

static void end_table(struct writing *w)
{
    if (w->table && w->html)
        keep_buf_str(w->b, "</table>\n");
    w->table = false;
}

static void put(struct writing *w, const char *tag, struct keep_str text)
{
    end_table(w);
    if (w->html) {
        keep_buf_printf(w->b, "<%s>", tag);
        keep_html_text(w->b, text);
        keep_buf_printf(w->b, "</%s>\n", tag);
        return;
    }
    keep_buf_add(w->b, text.p, text.n);
    keep_buf_str(w->b, tag[0] == 'h' ? "\n\n" : "\n");
}

static void put_row(struct writing *w, const char *when, const char *what, const char *how)
{
    if (w->html) {
        keep_buf_printf(w->b, "%s<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", w->table ? "" : "<table>\n", when, what, how);
        w->table = true;
        return;
    }
    keep_buf_printf(w->b, "    %s  %s, %s\n", when, what, how);
}

/* "2026-03-01 14:05", as the clocks of the hospital showed it. */
static void local(const struct keep_zone *z, keep_time t, char out[KEEP_CIVIL_TIME_SIZE])
{
    keep_civil_format_time(t + (keep_time)keep_zone_offset(z, t) * KEEP_USEC, out);
    out[10] = ' ';
    out[16] = 0;
}

static int write_question(struct keep_casework *w, struct writing *out, const struct keep_zone *z, const struct keep_caseask_question *q, const struct keep_caseask_form *form, struct keep_err *err)
{
    struct keep_casework_access *a = NULL;
    struct keep_buf line = KEEP_BUF_INIT;
    char when[KEEP_CIVIL_TIME_SIZE];
    size_t n = 0;
    int rc = keep_casework_accesses(w, q->c, &a, &n, err);
    if (rc < 0)
        return rc;
    struct keep_str patient = keep_casework_patient(w, q->c), user = keep_casework_worker(w, q->c, q->user);
    size_t mine = 0;
    for (size_t i = 0; i < n; i++)
        if (q->c->kind == KEEP_ENTITY_WORKER || a[i].worker == q->user) /* another's accesses are asked of another */
            a[mine++] = a[i];
    keep_buf_printf(&line, "Question %s", q->number);
    put(out, "h2", keep_buf_view(&line));
    keep_buf_clear(&line);
    if (form->manager)
        keep_buf_printf(&line, "Opened by: %.*s. ", (int)user.n, user.n ? user.p : "");
    if (patient.n)
        keep_buf_printf(&line, "Patient: %.*s.", (int)patient.n, patient.p);
    else
        keep_buf_printf(&line, "%zu accesses to several charts.", mine);
    put(out, "p", keep_buf_view(&line));
    for (size_t i = 0; i < mine; i++) {
        local(z, a[i].time, when);
        put_row(out, when, keep_vocab_action_word(a[i].action), keep_vocab_exposure_word(a[i].exposure));
    }
    end_table(out);
    keep_buf_free(&line);
    return line.failed ? no_memory(err) : 0;
}

int keep_caseask_write(struct keep_casework *w, const struct keep_caseask_sheet *sheet, const struct keep_caseask_form *form, struct keep_buf *out, struct keep_err *err)
{
    struct writing o = {.b = out, .html = form->html};
    struct keep_buf line = KEEP_BUF_INIT;
    struct keep_zone *z = NULL;
    char day[KEEP_CIVIL_DATE_SIZE];
    struct keep_str to = keep_casework_worker(w, sheet->question[0].c, sheet->to);
    int rc = keep_zone_load(&z, keep_store_zone(w->store), err);
    if (rc < 0)
        return rc;
    if (form->html)
        keep_html_begin(out, KEEP_STR("Questions about access to charts"));
    put(&o, "h1", KEEP_STR("Questions about access to charts"));
    keep_buf_printf(&line, "To: %.*s", (int)to.n, to.n ? to.p : "");
    put(&o, "p", keep_buf_view(&line));
    keep_buf_clear(&line);
    keep_buf_printf(&line, "From: %.*s", (int)form->from.n, form->from.p);
    put(&o, "p", keep_buf_view(&line));
    put(&o, "p", form->manager ? KEEP_STR("The log shows that a member of your staff opened the charts below, and no reason for it is on file. That is a question, not an accusation. Please say, for each, "
                                          "what you know of the work that it was part of.")
                               : KEEP_STR("The log shows that your account opened the charts below, and no reason for it is on file. That is a question, not an accusation. Please say, for each, why "
                                          "it was opened. If it was not you, say so."));
    keep_buf_clear(&line);
    keep_buf_printf(&line, "Answer in the table that comes with this, one row a question: your name, the day, a reason (");
    for (int i = 0; i < KEEP_CASEANSWER_REASON_COUNT; i++)
        keep_buf_printf(&line, "%s%s", i ? ", " : "", keep_caseanswer_reasons[i]);
    keep_buf_str(&line, "), and a sentence or two.");
    if (form->due != KEEP_DATE_NONE)
        keep_buf_printf(&line, " Please answer by %s.", keep_civil_format_date(form->due, day));
    keep_buf_printf(&line, " Times are those of %s.", keep_store_zone(w->store));
    put(&o, "p", keep_buf_view(&line));
    for (size_t i = 0; rc == 0 && i < sheet->n; i++)
        rc = write_question(w, &o, z, &sheet->question[i], form, err);
    if (form->html)
        keep_html_end(out);
    if (rc == 0 && (out->failed || line.failed))
        rc = no_memory(err);
    keep_buf_free(&line);
    keep_zone_free(z);
    return rc;
}

void keep_caseask_table(const struct keep_caseask_sheet *sheet, struct keep_buf *out)
{
    for (int i = 0; i < KEEP_CASEANSWER_COLUMNS; i++)
        keep_csv_write_field(out, keep_str_of(keep_caseanswer_columns[i]), i == 0);
    keep_buf_str(out, "\r\n");
    for (size_t i = 0; i < sheet->n; i++)
        keep_buf_printf(out, "%s,,,,\r\n", sheet->question[i].number);
}

/* --- answers --- */

struct taking {
    struct keep_casework *w;
    struct keep_zone *zone;
    struct keep_casebook *b;
    struct keep_caseask_counts n;
    void (*bad)(void *ctx, uint64_t line, const char *why);
    void *ctx;
};

struct comparing {
    struct keep_str question, text;
    bool same;
};

static int each_step(void *ctx, const struct keep_casebook_entry *e, struct keep_err *err)
{
    struct comparing *c = ctx;
    (void)err;
    c->same |= e->kind == KEEP_CASEBOOK_ANSWERED && keep_str_eq(e->about, c->question) && keep_str_eq(e->text, c->text);
    return 0;
}

static void write_answer(struct keep_buf *out, const struct keep_caseanswer *a)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "answered_by");
    keep_jsonw_str(&w, a->by);
    keep_jsonw_key(&w, "answered_on");
    keep_jsonw_str(&w, a->on);
    keep_jsonw_key(&w, "reason");
    keep_jsonw_z(&w, a->reason);
    keep_jsonw_key(&w, "explanation");
    keep_jsonw_str(&w, a->explanation.p ? a->explanation : KEEP_STR(""));
    keep_jsonw_end_object(&w);
}

static void take_bad(void *ctx, uint64_t line, const char *why)
{
    struct taking *t = ctx;
    t->n.bad++;
    t->bad(t->ctx, line, why);
}

/* An answer is of a day behind the access, and not of one to come. */
static const char *day_is_wrong(const struct taking *t, const struct keep_caseanswer *a)
{
    keep_date on = KEEP_DATE_NONE;
    enum keep_precision prec;
    keep_civil_parse_date(a->on, &on, &prec);
    if (on > keep_zone_date(t->zone, keep_store_now(t->w->store)))
        return "answered_on is a day to come";
    return on < keep_zone_date(t->zone, a->c->first) ? "answered_on lies before the access" : NULL;
}

static int take_answer(void *ctx, const struct keep_caseanswer *a, struct keep_err *err)
{
    struct taking *t = ctx;
    struct keep_buf text = KEEP_BUF_INIT;
    const char *wrong = day_is_wrong(t, a);
    if (wrong) {
        take_bad(t, a->line, wrong);
        return 0;
    }
    write_answer(&text, a);
    struct comparing same = {.question = a->question, .text = keep_buf_view(&text)};
    int rc = text.failed ? no_memory(err) : keep_casebook_history(t->w->store, a->c->id, each_step, &same, err);
    if (rc == 0 && same.same) {
        t->n.known++;
    } else if (rc == 0) {
        struct keep_casebook_step step = {.kind = KEEP_CASEBOOK_ANSWERED, .status = a->c->status, .about = a->question, .text = keep_buf_view(&text)};
        rc = keep_casebook_step(t->b, a->c->id, a->c->patient_key, &step, NULL, err);
        t->n.taken += rc == 0;
        if (rc == KEEP_E_REFUSED) {
            keep_err_clear(err);
            take_bad(t, a->line, "the chart has been destroyed: nothing more can be written about it");
            rc = 0;
        }
    }
    keep_buf_free(&text);
    return rc;
}

int keep_caseask_take(struct keep_casework *w, struct keep_str csv, const char *where, struct keep_caseask_counts *out,
                      void (*bad)(void *ctx, uint64_t line, const char *why), void *ctx, struct keep_err *err)
{
    struct taking t = {.w = w, .bad = bad, .ctx = ctx};
    const struct keep_caseanswer_taker taker = {.ctx = &t, .answer = take_answer, .bad = take_bad};
    int rc = keep_zone_load(&t.zone, keep_store_zone(w->store), err);
    if (rc == 0)
        rc = keep_txn_begin(w->store, KEEP_LEDGER_CASE, err);
    if (rc == 0) {
        rc = keep_casebook_new(&t.b, w->store, err);
        if (rc == 0)
            rc = keep_caseanswer_read(w->list, w->n, csv, &taker, &t.n.empty, err);
        if (rc < 0 && err->where[0] == 0)
            snprintf(err->where, sizeof err->where, "%s", where);
        if (t.n.taken)
            keep_txn_count(w->store, "answered", t.n.taken);
        keep_casebook_free(t.b);
        rc = keep_txn_end(w->store, rc, err);
    }
    keep_zone_free(t.zone);
    if (rc == 0)
        *out = t.n;
    return rc;
}
