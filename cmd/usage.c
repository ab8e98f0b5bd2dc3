/* Help, from the same tables that parse. Text is filled to 80 columns; lines
 * of the table that begin with two blanks are examples and stand as they are. */
#include "cmd/usage.h"

#include <string.h>

#include "core/policy/suggest.h"
#include "core/store/version.h"
#include "core/text/utf8.h"

enum { WIDTH = 80, INDENT = 2, HELP_AT = 30 };

const char *const cmd_usage_part[CMD_PART_COUNT] = {
#define X(name, title) title,
    CMD_PARTS(X)
#undef X
};

struct fill {
    FILE *to;
    size_t indent, column; /* column 0: nothing on the line yet */
};

static void word(struct fill *f, struct keep_str w)
{
    size_t n = keep_utf8_columns(w);
    if (f->column > f->indent && f->column + 1 + n > WIDTH) {
        fputc('\n', f->to);
        f->column = 0;
    }
    if (f->column == 0) {
        fprintf(f->to, "%*s", (int)f->indent, "");
        f->column = f->indent;
    } else if (f->column > f->indent) {
        fputc(' ', f->to);
        f->column++;
    }
    fwrite(w.p, 1, w.n, f->to);
    f->column += n;
}

static void words(struct fill *f, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && text[end] != ' ' && text[end] != '\n')
            end++;
        if (end > i)
            word(f, (struct keep_str){text + i, end - i});
        i = end + 1;
    }
}

static void end_line(struct fill *f)
{
    if (f->column)
        fputc('\n', f->to);
    f->column = 0;
}

/* Paragraphs filled, literal lines as they are. */
static void paragraphs(FILE *to, const char *text)
{
    struct fill f = {.to = to};
    while (*text) {
        size_t n = strcspn(text, "\n");
        if (n == 0) {
            end_line(&f);
            fputc('\n', to);
        } else if (strncmp(text, "  ", 2) == 0) {
            end_line(&f);
            fprintf(to, "%.*s\n", (int)n, text);
        } else {
            words(&f, text, n);
        }
        text += n + (text[n] == '\n');
    }
    end_line(&f);
}

/* "  NAME          help…" with the help filled behind column `at`. */
static void entry(FILE *to, const char *name, size_t at, const char *help)
{
    struct fill f = {.to = to, .indent = at};
    size_t n = INDENT + keep_utf8_columns(keep_str_of(name));
    fprintf(to, "%*s%s", INDENT, "", name);
    if (n + 1 < at)
        fprintf(to, "%*s", (int)(at - n), "");
    else
        fputc('\n', to);
    f.column = n + 1 < at ? at : 0;
    words(&f, help, strlen(help));
    end_line(&f);
}

static void options(const char *title, const struct cmd_option *o)
{
    if (!o || !o->name)
        return;
    printf("\n%s:\n", title);
    for (; o->name; o++) {
        char name[80], help[800];
        snprintf(name, sizeof name, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        snprintf(help, sizeof help, "%s%s%s%s%s%s", o->help, o->is & CMD_IS_NEEDED ? " (needed)" : "", o->is & CMD_IS_LIST ? "; may be given several times" : "",
                 o->fallback ? " (default: " : "", o->fallback ? o->fallback : "", o->fallback ? ")" : "");
        entry(stdout, name, HELP_AT, help);
    }
}

static void synopsis(FILE *to, const struct cmd_verb *v)
{
    struct fill f = {.to = to, .indent = 4};
    char w[120];
    snprintf(w, sizeof w, "usage: chartkeep %s%s%s", v->name, v->action ? " " : "", v->action ? v->action : "");
    fputs(w, to);
    f.column = strlen(w);
    words(&f, v->operands, strlen(v->operands));
    for (const struct cmd_option *o = v->option; o && o->name; o++) {
        bool needed = o->is & CMD_IS_NEEDED;
        snprintf(w, sizeof w, "%s--%s%s%s%s%s", needed ? "" : "[", o->name, o->arg ? " " : "", o->arg ? o->arg : "", needed ? "" : "]", o->is & CMD_IS_LIST ? "…" : "");
        word(&f, keep_str_of(w));
    }
    for (size_t g = 0; g < CMD_GROUPS; g++)
        if (v->uses & cmd_groups[g].bit) {
            snprintf(w, sizeof w, "[%s]", cmd_groups[g].word);
            word(&f, keep_str_of(w));
        }
    end_line(&f);
}

/* ---- exit statuses ---- */

/* What a status means everywhere, and the verbs it is possible for. */
static const struct {
    int status;
    unsigned uses; /* 0: every verb */
    const char *when;
} always[] = {
    {0, 0, "done"},
    {2, 0, "the command line, a file of rules, or what stands in one is wrong"},
    {3, 0, "input could not be read, writing failed, or there was no memory"},
    {4, CMD_OPENS, "the keep is damaged, altered, or older than its own history"},
    {6, CMD_SIGNS, "refused: hold, gate, quorum, role or adoption"},
    {10, CMD_OPENS, "there is no keep there"},
    {11, CMD_OPENS, "in use by another process"},
    {12, CMD_OPENS | CMD_SIGNS, "the key does not open it"},
    {130, CMD_LONG, "interrupted; run again to go on"},
};

void cmd_usage_exits(const struct cmd_verb *v, void (*each)(void *ctx, int status, const char *when), void *ctx)
{
    size_t next = 0;
    const size_t n = sizeof always / sizeof *always;
    for (int status = 0; status <= 130; status++) {
        const char *when = NULL;
        if (next < n && always[next].status == status) {
            if (!always[next].uses || v->uses & always[next].uses)
                when = always[next].when;
            next++;
        }
        for (const struct cmd_exit *e = v->exits; e && e->when; e++)
            if (e->status == status)
                when = e->when;
        if (when)
            each(ctx, status, when);
    }
}

static void exit_line(void *ctx, int status, const char *when)
{
    char name[16];
    (void)ctx;
    snprintf(name, sizeof name, "%3d", status);
    entry(stdout, name, 8, when);
}

/* ---- whole texts ---- */

void cmd_usage_verb(const struct cmd_verb *v)
{
    synopsis(stdout, v);
    printf("\nchartkeep %s%s%s: %s\n", v->name, v->action ? " " : "", v->action ? v->action : "", v->summary);
    if (v->about) {
        fputc('\n', stdout);
        paragraphs(stdout, v->about);
    }
    options("Options", v->option);
    for (size_t g = 0; g < CMD_GROUPS; g++)
        if (v->uses & cmd_groups[g].bit)
            options(cmd_groups[g].title, cmd_groups[g].option);
    fputs("\nExit status:\n", stdout);
    cmd_usage_exits(v, exit_line, NULL);
    if (v->example && v->example->line)
        fputs("\nExamples:\n", stdout);
    for (const struct cmd_example *e = v->example; e && e->line; e++) {
        struct fill f = {.to = stdout, .indent = 6};
        printf("  %s\n", e->line);
        words(&f, e->does, strlen(e->does));
        end_line(&f);
    }
}

void cmd_usage_all(FILE *to)
{
    fputs("chartkeep keeps a hospital's records and their access log, and answers: who looked\n"
          "without a reason, what is due for disposal under which law, is this archive whole.\n\n"
          "usage: chartkeep VERB [ACTION] [KEEP] OPERAND… [--option VALUE]…\n", to);
    for (int part = 0; part < CMD_PART_COUNT; part++) {
        fprintf(to, "\n%s:\n", cmd_usage_part[part]);
        for (size_t i = 0; cmd_verbs[i]; i++) {
            const struct cmd_verb *v = cmd_verbs[i];
            char name[120];
            if ((int)v->part != part || v->uses & CMD_HIDDEN)
                continue;
            snprintf(name, sizeof name, "%s%s%s %s", v->name, v->action ? " " : "", v->action ? v->action : "", v->operands);
            entry(to, name, 34, v->summary);
        }
    }
    fputs("\nchartkeep VERB [ACTION] --help, or chartkeep help VERB [ACTION], tells all of one. Exit status:\n", to);
    fputs("    0  done\n    1  findings, failed policy tests, or sets left by drift\n", to);
#define X(name, exit, text) if (exit < 5) fprintf(to, "  %3d  %s\n", exit, text);
    KEEP_ERRORS(X)
#undef X
    fputs("    5  a check that was not possible, or a set without a date\n", to);
#define X(name, exit, text) if (exit > 5) fprintf(to, "  %3d  %s\n", exit, text);
    KEEP_ERRORS(X)
#undef X
}

void cmd_usage_version(void)
{
    printf("chartkeep 0.1\nsqlite %s\n", keep_version_sqlite());
}

static bool same_verb(const struct cmd_verb *v, const char *name)
{
    return strcmp(v->name, name) == 0 && !(v->uses & CMD_HIDDEN);
}

bool cmd_usage_unknown(int argc, char **argv, bool help)
{
    FILE *to = help ? stdout : stderr;
    struct keep_suggest verb, action;
    bool found = false;
    keep_suggest_begin(&verb, keep_str_of(argv[1]));
    keep_suggest_begin(&action, keep_str_of(argc > 2 ? argv[2] : ""));
    for (size_t i = 0; cmd_verbs[i]; i++) {
        found = found || same_verb(cmd_verbs[i], argv[1]);
        if (cmd_verbs[i]->uses & CMD_HIDDEN)
            continue;
        keep_suggest_offer(&verb, keep_str_of(cmd_verbs[i]->name));
        if (argc > 2 && same_verb(cmd_verbs[i], argv[1]) && cmd_verbs[i]->action)
            keep_suggest_offer(&action, keep_str_of(cmd_verbs[i]->action));
    }
    if (!found) {
        cmd_note("chartkeep: no such verb: %s\n", argv[1]);
        if (verb.distance != SIZE_MAX)
            fprintf(stderr, "hint: did you mean %.*s?\n", (int)verb.best.n, verb.best.p);
        else
            fputs("hint: chartkeep --help lists them\n", stderr);
        return false;
    }
    if (!help && argc > 2 && action.distance != SIZE_MAX)
        fprintf(to, "chartkeep: %s has no action %s; did you mean %.*s? It has:\n", argv[1], argv[2], (int)action.best.n, action.best.p);
    else if (!help)
        fprintf(to, argc > 2 ? "chartkeep: %s has no action %s; it has:\n" : "chartkeep: %s needs an action:\n", argv[1], argc > 2 ? argv[2] : "");
    for (size_t i = 0; cmd_verbs[i]; i++)
        if (same_verb(cmd_verbs[i], argv[1]))
            fprintf(to, "  chartkeep %s %s %s\n      %s\n", argv[1], cmd_verbs[i]->action ? cmd_verbs[i]->action : "", cmd_verbs[i]->operands, cmd_verbs[i]->summary);
    return true;
}
