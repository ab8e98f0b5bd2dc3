/* Pages of the manual. Text of the tables is data here: a backslash, and a dot
 * or quote at the start of a line, are escaped; letters beyond ASCII are written
 * by number, so that a page is the same to every formatter. */
#include "cmd/manual.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/usage.h"
#include "core/base/num.h"
#include "core/policy/language.h"
#include "core/text/utf8.h"

/* ---- text ---- */

static void letters(struct keep_buf *b, struct keep_str s)
{
    for (size_t i = 0; i < s.n;) {
        uint32_t u = keep_utf8_next(s, &i);
        if (u == '\\')
            keep_buf_str(b, "\\e");
        else if (u == '-')
            keep_buf_str(b, "\\-");
        else if (u == 0x2026)
            keep_buf_str(b, "...");
        else if (u < 0x80)
            keep_buf_char(b, (char)u);
        else
            keep_buf_printf(b, "\\[u%04X]", (unsigned)u);
    }
}

/* One line that is no request. */
static void text_line(struct keep_buf *b, struct keep_str s)
{
    if (s.n && (s.p[0] == '.' || s.p[0] == '\''))
        keep_buf_str(b, "\\&");
    letters(b, s);
    keep_buf_char(b, '\n');
}

/* A sentence a line, as mdoc(7) has it. */
static void prose(struct keep_buf *b, struct keep_str s)
{
    size_t from = 0;
    for (size_t i = 0; i + 2 < s.n; i++)
        if (strchr(".:?!", s.p[i]) && s.p[i + 1] == ' ' && (s.p[i] != ':' || isupper((unsigned char)s.p[i + 2]))) {
            text_line(b, (struct keep_str){s.p + from, i + 1 - from});
            from = i + 2;
        }
    text_line(b, (struct keep_str){s.p + from, s.n - from});
}

static void text(struct keep_buf *b, const char *z)
{
    prose(b, keep_str_of(z));
}

/* Paragraphs, and lines that stand as they are between Bd and Ed. */
static void paragraphs(struct keep_buf *b, const char *z)
{
    bool literal = false, gap = false;
    while (*z) {
        size_t n = strcspn(z, "\n");
        bool now = strncmp(z, "  ", 2) == 0;
        if (now != literal)
            keep_buf_str(b, now ? ".Bd -literal -offset indent\n" : ".Ed\n");
        if (n == 0)
            gap = true;
        else {
            if (gap || (literal && !now))
                keep_buf_str(b, now ? "" : ".Pp\n");
            gap = false;
            if (now)
                text_line(b, (struct keep_str){z + 2, n - 2});
            else
                prose(b, (struct keep_str){z, n});
        }
        literal = now;
        z += n + (z[n] == '\n');
    }
    if (literal)
        keep_buf_str(b, ".Ed\n");
}

/* An argument of a macro, as one word. */
static void argument(struct keep_buf *b, const char *z)
{
    keep_buf_char(b, '"');
    letters(b, keep_str_of(z));
    keep_buf_char(b, '"');
}

/* The title line. SOURCE_DATE_EPOCH makes pages reproducible. */
static void head(struct keep_buf *b, const struct cmd *c, const char *title, int section)
{
    static const char *const month[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds = c->now / KEEP_USEC;
    if (epoch)
        keep_num_i64(keep_str_of(epoch), &seconds);
    struct keep_ymd d = keep_civil_to_ymd(keep_civil_utc_date(seconds * KEEP_USEC));
    keep_buf_printf(b, ".Dd %s %d, %d\n.Dt ", d.m ? month[d.m - 1] : month[0], d.d, d.y);
    for (const char *p = title; *p; p++)
        keep_buf_char(b, (char)toupper((unsigned char)*p));
    keep_buf_printf(b, " %d\n.Os\n.Sh NAME\n.Nm %s\n", section, title);
}

static int page(struct cmd *c, const char *dir, const char *name, struct keep_buf *b, int *pages)
{
    char path[4096];
    if (b->failed)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
        return keep_err_set(&c->err, KEEP_E_USAGE, "%s: too long a path", dir);
    ++*pages;
    return cmd_write_file(c, path, b->p, b->n);
}

/* ---- parts that pages share ---- */

static void options(struct keep_buf *b, const struct cmd_option *o)
{
    if (!o || !o->name)
        return;
    keep_buf_str(b, ".Bl -tag -width Ds\n");
    for (; o->name; o++) {
        keep_buf_str(b, ".It Fl ");
        keep_buf_printf(b, "-%s", o->name);
        if (o->arg) {
            keep_buf_str(b, " Ar ");
            argument(b, o->arg);
        }
        keep_buf_char(b, '\n');
        struct keep_buf t = KEEP_BUF_INIT;
        keep_buf_printf(&t, "%s%s%s%s%s%s.", o->help, o->is & CMD_IS_NEEDED ? " (needed)" : "", o->is & CMD_IS_LIST ? "; may be given several times" : "",
                        o->fallback ? " (default: " : "", o->fallback ? o->fallback : "", o->fallback ? ")" : "");
        if (t.n && t.p[0] >= 'a' && t.p[0] <= 'z')
            t.p[0] = (uint8_t)toupper(t.p[0]);
        prose(b, keep_buf_view(&t));
        keep_buf_free(&t);
    }
    keep_buf_str(b, ".El\n");
}

static void groups(struct keep_buf *b, unsigned uses, const char *level)
{
    for (size_t g = 0; g < CMD_GROUPS; g++)
        if (uses & cmd_groups[g].bit) {
            keep_buf_printf(b, "%s %s\n", level, cmd_groups[g].title);
            options(b, cmd_groups[g].option);
        }
}

static void exit_line(void *ctx, int status, const char *when)
{
    struct keep_buf *b = ctx;
    keep_buf_printf(b, ".It %d\n", status);
    text(b, when);
}

static void exits(struct keep_buf *b, const struct cmd_verb *v)
{
    keep_buf_str(b, ".Bl -tag -width 000 -compact\n");
    cmd_usage_exits(v, exit_line, b);
    keep_buf_str(b, ".El\n");
}

static void synopsis(struct keep_buf *b, const struct cmd_verb *v)
{
    char name[80];
    snprintf(name, sizeof name, "chartkeep %s%s%s", v->name, v->action ? " " : "", v->action ? v->action : "");
    keep_buf_str(b, ".Nm ");
    argument(b, name);
    keep_buf_str(b, "\n.Ar ");
    argument(b, v->operands);
    keep_buf_char(b, '\n');
    for (const struct cmd_option *o = v->option; o && o->name; o++) {
        keep_buf_printf(b, "%sFl -%s", o->is & CMD_IS_NEEDED ? "." : ".Op ", o->name);
        if (o->arg) {
            keep_buf_str(b, " Ar ");
            argument(b, o->arg);
        }
        keep_buf_char(b, '\n');
    }
    for (size_t g = 0; g < CMD_GROUPS; g++)
        if (v->uses & cmd_groups[g].bit) {
            keep_buf_str(b, ".Op ");
            argument(b, cmd_groups[g].word);
            keep_buf_char(b, '\n');
        }
}

static void examples(struct keep_buf *b, const struct cmd_verb *v, bool first)
{
    for (const struct cmd_example *e = v->example; e && e->line; e++) {
        struct keep_buf t = KEEP_BUF_INIT;
        keep_buf_printf(&t, "%s:", e->does);
        t.p[0] = (uint8_t)toupper(t.p[0]);
        keep_buf_str(b, first && e == v->example ? "" : ".Pp\n");
        text_line(b, keep_buf_view(&t));
        keep_buf_str(b, ".Bd -literal -offset indent\n");
        text_line(b, keep_str_of(e->line));
        keep_buf_str(b, ".Ed\n");
        keep_buf_free(&t);
    }
}

/* ---- a verb ---- */

static bool shown(const struct cmd_verb *v)
{
    return !(v->uses & CMD_HIDDEN);
}

/* The verbs of one name, each in turn. */
static const struct cmd_verb *next_action(const char *name, size_t *at)
{
    for (; cmd_verbs[*at]; ++*at)
        if (shown(cmd_verbs[*at]) && strcmp(cmd_verbs[*at]->name, name) == 0)
            return cmd_verbs[(*at)++];
    return NULL;
}

static void heading(struct keep_buf *b, const struct cmd_verb *v, bool several)
{
    if (!several)
        return;
    keep_buf_str(b, ".Ss ");
    argument(b, v->action ? v->action : v->name);
    keep_buf_char(b, '\n');
}

static void description(struct keep_buf *b, const struct cmd_verb *v, bool several)
{
    struct keep_buf t = KEEP_BUF_INIT;
    heading(b, v, several);
    keep_buf_printf(&t, "%s.", v->summary);
    t.p[0] = (uint8_t)toupper(t.p[0]);
    text_line(b, keep_buf_view(&t));
    keep_buf_free(&t);
    if (v->about) {
        keep_buf_str(b, ".Pp\n");
        paragraphs(b, v->about);
    }
    if (v->uses & CMD_LONG) {
        keep_buf_str(b, ".Pp\n");
        text(b, "On a terminal it shows how far it is. Interrupted, it stops at the next safe point with status 130; the same command then goes on or starts clean.");
    }
    options(b, v->option);
}

static int verb_page(struct cmd *c, const char *dir, const struct cmd_verb *first, int *pages)
{
    struct keep_buf b = KEEP_BUF_INIT;
    char name[80], file[96];
    size_t at = 0, n = 0;
    unsigned uses = 0;
    const struct cmd_verb *v;
    while ((v = next_action(first->name, &at))) {
        uses |= v->uses;
        n++;
    }
    snprintf(name, sizeof name, "chartkeep-%s", first->name);
    head(&b, c, name, 1);
    keep_buf_str(&b, ".Nd ");
    letters(&b, keep_str_of(n > 1 ? cmd_usage_part[first->part] : first->summary));
    keep_buf_str(&b, "\n.Sh SYNOPSIS\n");
    for (at = 0; (v = next_action(first->name, &at));)
        synopsis(&b, v);
    keep_buf_str(&b, ".Sh DESCRIPTION\n");
    for (at = 0; (v = next_action(first->name, &at));)
        description(&b, v, n > 1);
    groups(&b, uses, ".Ss");
    keep_buf_str(&b, ".Sh EXIT STATUS\n");
    for (at = 0; (v = next_action(first->name, &at));) {
        heading(&b, v, n > 1);
        exits(&b, v);
    }
    keep_buf_str(&b, ".Sh EXAMPLES\n");
    for (at = 0, n = 0; (v = next_action(first->name, &at)); n++)
        examples(&b, v, n == 0);
    keep_buf_printf(&b, ".Sh SEE ALSO\n.Xr chartkeep 1%s\n", first->part == CMD_PART_POLICY ? " ,\n.Xr chartkeep-policy 5" : "");
    snprintf(file, sizeof file, "%s.1", name);
    int rc = page(c, dir, file, &b, pages);
    keep_buf_free(&b);
    return rc;
}

/* ---- chartkeep(1) ---- */

static bool first_of_name(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (shown(cmd_verbs[k]) && strcmp(cmd_verbs[k]->name, cmd_verbs[i]->name) == 0)
            return false;
    return shown(cmd_verbs[i]);
}

/* Names in their alphabet: the one behind `last`, NULL at the end. */
static const char *next_name(const char *last)
{
    const char *least = NULL;
    for (size_t i = 0; cmd_verbs[i]; i++)
        if (shown(cmd_verbs[i]) && strcmp(cmd_verbs[i]->name, last) > 0 && (!least || strcmp(cmd_verbs[i]->name, least) < 0))
            least = cmd_verbs[i]->name;
    return least;
}

static int main_page(struct cmd *c, const char *dir, int *pages)
{
    struct keep_buf b = KEEP_BUF_INIT;
    head(&b, c, "chartkeep", 1);
    keep_buf_str(&b, ".Nd keep a hospital's records and the log of who opened them\n.Sh SYNOPSIS\n.Nm\n.Ar verb\n.Op Ar action\n.Op Ar keep\n.Ar operand ...\n.Op Fl -option Ar value\n.Sh DESCRIPTION\n");
    text(&b, "It keeps a hospital's records and their access log in one encrypted keep and answers: who looked without a reason, what is due for disposal under which law, is this archive whole.");
    for (int part = 0; part < CMD_PART_COUNT; part++) {
        keep_buf_str(&b, ".Ss ");
        argument(&b, cmd_usage_part[part]);
        keep_buf_str(&b, "\n.Bl -tag -width Ds\n");
        for (size_t i = 0; cmd_verbs[i]; i++) {
            const struct cmd_verb *v = cmd_verbs[i];
            if ((int)v->part != part || !shown(v))
                continue;
            keep_buf_printf(&b, ".It Cm %s%s%s Ar ", v->name, v->action ? " " : "", v->action ? v->action : "");
            argument(&b, v->operands);
            keep_buf_char(&b, '\n');
            text(&b, v->summary);
        }
        keep_buf_str(&b, ".El\n");
    }
    groups(&b, ~0u, ".Ss");
    keep_buf_str(&b, ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev CHARTKEEP_KEY_FILE\n");
    text(&b, "The key file of the keep, where no option names another way in.");
    keep_buf_str(&b, ".It Ev CHARTKEEP_WITNESS\n");
    text(&b, "Folders that hold heads of the keep, separated by colons.");
    keep_buf_str(&b, ".It Ev NO_COLOR\n");
    text(&b, "Anything in it: progress is plain text.");
    keep_buf_str(&b, ".El\n.Sh EXIT STATUS\n.Bl -tag -width 000 -compact\n.It 0\ndone\n.It 1\nfindings, failed policy tests, or sets left by drift\n");
#define X(name, exit, what) if (exit < 5) exit_line(&b, exit, what);
    KEEP_ERRORS(X)
#undef X
    exit_line(&b, 5, "a check that was not possible, or a set without a date");
#define X(name, exit, what) if (exit > 5) exit_line(&b, exit, what);
    KEEP_ERRORS(X)
#undef X
    keep_buf_str(&b, ".El\n.Sh SEE ALSO\n");
    for (const char *last = "", *least; (least = next_name(last)); last = least)
        keep_buf_printf(&b, ".Xr chartkeep-%s 1 ,\n", least);
    keep_buf_str(&b, ".Xr chartkeep-policy 5\n");
    int rc = page(c, dir, "chartkeep.1", &b, pages);
    keep_buf_free(&b);
    return rc;
}

/* ---- chartkeep-policy(5) ---- */

static void rows(struct keep_buf *b, const char *title, const char *about, const struct keep_language_row *r)
{
    keep_buf_str(b, ".Ss ");
    argument(b, title);
    keep_buf_char(b, '\n');
    text(b, about);
    keep_buf_str(b, ".Bl -tag -width Ds\n");
    for (; r->name; r++) {
        size_t n = strlen(r->meaning);
        keep_buf_str(b, ".It ");
        argument(b, r->name);
        if (r->type[0]) {
            keep_buf_str(b, " Pq ");
            argument(b, r->type);
        }
        keep_buf_char(b, '\n');
        prose(b, (struct keep_str){r->meaning, n > 2 && r->meaning[n - 1] == ' ' ? n - 2 : n});
    }
    keep_buf_str(b, ".El\n");
}

/* With what their numbers count, and where they come from. */
static void field_rows(struct keep_buf *b)
{
    struct keep_buf line = KEEP_BUF_INIT;
    keep_buf_str(b, ".Ss Fields\n");
    text(b, "What expressions can name, with type, what a number counts, and where it comes from. Dates are civil days, timestamps instants of UTC with microseconds.");
    keep_buf_str(b, ".Bl -tag -width Ds\n");
    for (size_t f = 0; f < KEEP_FIELD_COUNT; f++) {
        const struct keep_language_row *r = &keep_language_fields[f];
        const char *unit = keep_language_unit((enum keep_field)f), *from = keep_language_reckoned((enum keep_field)f);
        keep_buf_str(b, ".It ");
        argument(b, r->name);
        keep_buf_str(b, " Pq ");
        argument(b, r->type);
        if (*unit) {
            keep_buf_str(b, " , ");
            argument(b, unit);
        }
        keep_buf_char(b, '\n');
        keep_buf_clear(&line);
        keep_buf_printf(&line, "%s. From: %s.", r->meaning, from ? from : keep_language_origin((enum keep_field)f));
        prose(b, keep_buf_view(&line));
    }
    keep_buf_str(b, ".El\n");
    keep_buf_free(&line);
}

static int policy_page(struct cmd *c, const char *dir, int *pages)
{
    struct keep_buf b = KEEP_BUF_INIT;
    head(&b, c, "chartkeep-policy", 5);
    keep_buf_str(&b, ".Nd the language of rules\n.Sh DESCRIPTION\n");
    text(&b, "A file *.policy begins with a pack and holds blocks of clauses, in any order, without separators. Expressions are a subset of CEL with one more type, the civil date. What nobody recorded is unknown, never empty or false: an access rule then does not fire and is counted as unable, an explanation does not hold, a condition of a retention rule counts as applying. has() asks.");
    keep_buf_str(&b, ".Pp\nComments begin with // and end with the line.\n.Ss Grammar\n.Bd -literal\n");
    for (const char *const *l = keep_language_grammar; *l; l++)
        text_line(&b, keep_str_of(*l));
    keep_buf_str(&b, ".Ed\n");
    field_rows(&b);
    rows(&b, "Functions of the keep", "Beside those of CEL (size, startsWith, endsWith, contains, int, uint, double, bool, string, bytes, timestamp, duration, getFullYear and its like, all, exists, exists_one, filter, map, has), date, earlier and later:", keep_language_calls);
    rows(&b, "Periods of retention rules", "What the clauses behind when mean. A day is found in this order: the period, its caps, the days that its clock stood still, the rounding. Of several keep clauses the latest day counts, of several destroy by the earliest.", keep_language_periods);
    rows(&b, "Rules over several events", "What the clauses behind per and within mean:", keep_language_forms);
    rows(&b, "Vocabularies", "A word that is none of these is an error:", keep_language_words);
    rows(&b, "Columns of maps", "By kind of table:", keep_language_columns);
    rows(&b, "What tests can give", "Besides the fields above. An id or the name of a facility that a test names has to be given in it; a series of events may be about people whom nobody gives:", keep_language_givens);
    keep_buf_str(&b, ".Sh EXAMPLES\n.Bd -literal\n");
    for (const char *p = keep_language_example; *p;) {
        size_t n = strcspn(p, "\n");
        text_line(&b, (struct keep_str){p, n});
        p += n + (p[n] == '\n');
    }
    keep_buf_str(&b, ".Ed\n.Sh SEE ALSO\n.Xr chartkeep 1 ,\n.Xr chartkeep-policy 1\n");
    int rc = page(c, dir, "chartkeep-policy.5", &b, pages);
    keep_buf_free(&b);
    return rc;
}

int cmd_manual_write(struct cmd *c, const char *dir, int *pages)
{
    int rc = main_page(c, dir, pages);
    for (size_t i = 0; rc == 0 && cmd_verbs[i]; i++)
        if (first_of_name(i))
            rc = verb_page(c, dir, cmd_verbs[i], pages);
    return rc == 0 ? policy_page(c, dir, pages) : rc;
}
