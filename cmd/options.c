/* The words of a call, by the tables of cmd.h: which verb, which options and
 * their values, how many operands. A word that no table has is an error that
 * names the nearest one; nothing is guessed at or cut short. */
#include <string.h>

#include "cmd/cmd.h"
#include "core/policy/suggest.h"

const struct cmd_group cmd_groups[CMD_GROUPS] = {
    {CMD_TRIES, "Options that choose the rules", "POLICY OPTIONS",
     CMD_OPTIONS(CMD_LIST("policy", "PATH", "try these packs (files or folders) instead of the adopted ones"))},
    {CMD_PRINTS, "Options of the output", "OUTPUT OPTIONS",
     CMD_OPTIONS(CMD_DEFAULT("format", "table|json|ndjson|csv|html", "table", "the form of the rows"),
                 CMD_DEFAULT("output", "F", "standard output", "write them to this file, which appears whole or not at all"))},
    {CMD_SIGNS, "Options of the officers who sign", "OFFICER OPTIONS",
     CMD_OPTIONS(CMD_LIST("officer-key", "F", "an officer's secret key"),
                 CMD_DEFAULT("officer-passphrase-fd", "N", "asked for at the terminal", "read that key's passphrase, one line, from this descriptor"))},
    {CMD_OPENS, "Options that open the keep", "KEY OPTIONS",
     CMD_OPTIONS(CMD_DEFAULT("key-file", "F", "the file CHARTKEEP_KEY_FILE names; without any, a passphrase is asked for", "the keep's key file"),
                 CMD_OPTION("passphrase-fd", "N", "open with a passphrase, read as one line from this descriptor"),
                 CMD_OPTION("recovery-identity", "F", "open with the age identity of the recovery slot"),
                 CMD_LIST("witness", "DIR", "a folder that holds heads of this keep (also those that CHARTKEEP_WITNESS names, separated by colons)"),
                 CMD_SWITCH("require-witness", "stop when a witness cannot be reached"))},
};

const struct cmd_verb *cmd_find_verb(int argc, char *const *argv, int *used)
{
    const struct cmd_verb *found = NULL;
    for (size_t i = 0; argc > 1 && cmd_verbs[i]; i++) {
        const struct cmd_verb *v = cmd_verbs[i];
        if (strcmp(v->name, argv[1]) != 0)
            continue;
        if (!v->action) {
            found = v;
            *used = 2;
        } else if (argc > 2 && strcmp(v->action, argv[2]) == 0) {
            *used = 3;
            return v;
        }
    }
    return found;
}

static const struct cmd_option *in_table(const struct cmd_option *o, const char *name, size_t n, struct keep_suggest *s)
{
    for (; o && o->name; o++) {
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
            return o;
        if (s)
            keep_suggest_offer(s, keep_str_of(o->name));
    }
    return NULL;
}

static const struct cmd_option *look_up(const struct cmd_verb *v, const char *name, size_t n, struct keep_suggest *s)
{
    const struct cmd_option *o = in_table(v->option, name, n, s);
    for (size_t g = 0; !o && g < CMD_GROUPS; g++)
        if (v->uses & cmd_groups[g].bit)
            o = in_table(cmd_groups[g].option, name, n, s);
    return o;
}

static const struct cmd_option *find_option(const struct cmd_verb *v, const char *name, size_t n)
{
    return look_up(v, name, n, NULL);
}

static int unknown(struct cmd *c, const char *word, const char *name, size_t n)
{
    struct keep_suggest s;
    const struct cmd_verb *v = c->verb;
    keep_suggest_begin(&s, (struct keep_str){name, n});
    look_up(v, name, n, &s);
    keep_err_set(&c->err, KEEP_E_USAGE, "no such option: %.*s", word[1] == '-' ? (int)n + 2 : 2, word); /* never the value behind '=' */
    if (s.distance != SIZE_MAX)
        keep_err_hint(&c->err, "did you mean --%.*s?", (int)s.best.n, s.best.p);
    else
        keep_err_hint(&c->err, "chartkeep %s%s%s --help lists them", v->name, v->action ? " " : "", v->action ? v->action : "");
    return KEEP_E_USAGE;
}

static int option(struct cmd *c, int argc, char *const *argv, int *at)
{
    const char *a = argv[*at], *name = a[1] == '-' ? a + 2 : "", *eq = strchr(name, '=');
    size_t n = eq ? (size_t)(eq - name) : strlen(name);
    const struct cmd_option *o = find_option(c->verb, name, n);
    if (!o)
        return unknown(c, a, name, n);
    if (c->givens == CMD_VALUES)
        return keep_err_set(&c->err, KEEP_E_USAGE, "too many options");
    if (!o->arg && eq)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--%s takes no value", o->name);
    if (o->arg && !eq && *at + 1 == argc)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--%s needs a value: %s", o->name, o->arg);
    c->given[c->givens].option = o;
    c->given[c->givens].value = !o->arg ? "" : eq ? eq + 1 : argv[++*at];
    c->givens++;
    return 0;
}

/* What is there must be enough and not too much. */
static int complete(struct cmd *c)
{
    const struct cmd_verb *v = c->verb;
    const char *gap = v->action ? " " : "", *action = v->action ? v->action : "", *format = cmd_value(c, "format");
    if (c->operands < v->min || (v->max >= 0 && c->operands > v->max)) {
        keep_err_set(&c->err, KEEP_E_USAGE, "%s%s%s: wrong number of operands", v->name, gap, action);
        keep_err_hint(&c->err, "usage: chartkeep %s%s%s %s", v->name, gap, action, v->operands);
        return KEEP_E_USAGE;
    }
    for (const struct cmd_option *o = v->option; o && o->name; o++)
        if (o->is & CMD_IS_NEEDED && !cmd_given(c, o->name))
            return keep_err_set(&c->err, KEEP_E_USAGE, "%s%s%s needs --%s %s: %s", v->name, gap, action, o->name, o->arg, o->help);
    if (format && keep_report_format(keep_str_of(format)) < 0)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--format %s: table, json, ndjson, csv or html", format);
    return 0;
}

int cmd_parse(struct cmd *c, int argc, char *const *argv, int at)
{
    bool plain = false;
    c->operand = keep_arena_array(c->arena, (size_t)argc + 1, sizeof *c->operand); /* a glob of as many files as the system takes */
    if (!c->operand)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (; at < argc; at++) {
        const char *a = argv[at];
        if (plain || a[0] != '-' || a[1] == 0) {
            c->operand[c->operands++] = a;
            continue;
        }
        if (strcmp(a, "--") == 0) {
            plain = true;
            continue;
        }
        if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0)
            return 1;
        int rc = option(c, argc, argv, &at);
        if (rc < 0)
            return rc;
    }
    return complete(c);
}
